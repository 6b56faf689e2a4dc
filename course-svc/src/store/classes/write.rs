//! Writing classes. The caller holds the locks that each function names.

use chassis::db::{Bools, DbError, Ints, OptTexts, Texts, Tx};
use chassis::sql;
use serde_json::json;

use super::seats;
use crate::app::catalogue::SeatChange;
use crate::model::{Class, ClassLecturer};
use crate::rules::schedule::Meeting;
use crate::rules::seats::Seats;
use crate::store::CHUNK;

/// Adds a class with its meetings and lecturers. Violates `uq_class_period_code_course_id_name` when the course has a
/// class of that name. The caller holds the lock of the period.
pub async fn insert(tx: &mut Tx, class: &Class) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO class (class_id, period_code, course_id, name, capacity, taken, seat_version, open, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    let query = query.bind(&class.id).bind(class.period.to_string()).bind(&class.course.id).bind(&class.name);
    let query = query.bind(class.seats.capacity).bind(class.seats.taken).bind(class.seat_version);
    query.bind(class.open).bind(class.version).run(&mut *tx).await?;
    insert_children(tx, class).await
}

/// Adds many classes at once, with their meetings and lecturers: an import's. Violates
/// `uq_class_period_code_course_id_name` as [`insert`] does. The caller holds the locks of their periods.
pub async fn insert_many(tx: &mut Tx, classes: &[&Class]) -> Result<(), DbError> {
    for chunk in classes.chunks(CHUNK) {
        let row = |class: &&Class| {
            let (period, seats) = (class.period.to_string(), &class.seats);
            json!([
                class.id,
                period,
                class.course.id,
                class.name,
                seats.capacity,
                seats.taken,
                class.seat_version,
                class.open,
                class.version
            ])
        };
        let query = sql!(
            sqlite = "INSERT INTO class
                          (class_id, period_code, course_id, name, capacity, taken, seat_version, open, version)
                      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                          value ->> 7, value ->> 8
                      FROM json_each($1)",
            postgres = "INSERT INTO class
                            (class_id, period_code, course_id, name, capacity, taken, seat_version, open, version)
                        SELECT r ->> 0, r ->> 1, r ->> 2, r ->> 3, CAST(r ->> 4 AS BIGINT), CAST(r ->> 5 AS BIGINT),
                            CAST(r ->> 6 AS BIGINT), CAST(r ->> 7 AS BOOLEAN), CAST(r ->> 8 AS BIGINT)
                        FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        query.bind(json_rows(chunk.iter().map(row))).run(&mut *tx).await?;
    }
    let meetings: Vec<_> =
        classes.iter().flat_map(|class| class.meetings.iter().zip(0..).map(|m| (&class.id, m))).collect();
    for chunk in meetings.chunks(CHUNK) {
        let row = |(id, (meeting, place)): &(&String, (&Meeting, i64))| {
            let (slot, room) = (meeting.slot, meeting.place.as_ref().map(|place| &place.room_id));
            json!([id, place, slot.day(), slot.start(), slot.end(), room])
        };
        let query = sql!(
            sqlite = "INSERT INTO class_meeting (class_id, place, day, start_minute, end_minute, room_id)
                      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
                      FROM json_each($1)",
            postgres = "INSERT INTO class_meeting (class_id, place, day, start_minute, end_minute, room_id)
                        SELECT r ->> 0, CAST(r ->> 1 AS BIGINT), CAST(r ->> 2 AS BIGINT), CAST(r ->> 3 AS BIGINT),
                            CAST(r ->> 4 AS BIGINT), r ->> 5
                        FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        query.bind(json_rows(chunk.iter().map(row))).run(&mut *tx).await?;
    }
    let lecturers: Vec<_> =
        classes.iter().flat_map(|class| class.lecturers.iter().zip(0..).map(|l| (&class.id, l))).collect();
    for chunk in lecturers.chunks(CHUNK) {
        let row = |(id, (lecturer, place)): &(&String, (&ClassLecturer, i64))| {
            json!([id, place, lecturer.lecturer_id, lecturer.lead])
        };
        let query = sql!(
            sqlite = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1)",
            postgres = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                        SELECT r ->> 0, CAST(r ->> 1 AS BIGINT), r ->> 2, CAST(r ->> 3 AS BOOLEAN)
                        FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        query.bind(json_rows(chunk.iter().map(row))).run(&mut *tx).await?;
    }
    insert_few(tx, classes).await
}

/// Exams and kept seats of an import's classes: few of them have any.
async fn insert_few(tx: &mut Tx, classes: &[&Class]) -> Result<(), DbError> {
    for class in classes {
        seats::insert(&mut *tx, class).await?;
    }
    Ok(())
}

fn json_rows(rows: impl Iterator<Item = serde_json::Value>) -> String {
    serde_json::Value::from(rows.collect::<Vec<_>>()).to_string()
}

/// Replaces what may change of a class, `version`, meetings and lecturers included, and how many seats are kept for the
/// waiting list, but not the seats taken. The caller holds the locks of the period and of the class.
pub async fn update(tx: &mut Tx, class: &Class) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE class SET name = $2, capacity = $3, open = $4, version = $5, seat_version = seat_version + 1,
             reserved = $6
         WHERE class_id = $1"
    );
    let query = query.bind(&class.id).bind(&class.name).bind(class.seats.capacity).bind(class.open);
    query.bind(class.version).bind(class.seats.reserved).run(&mut *tx).await?;
    delete_children(tx, &class.id).await?;
    insert_children(tx, class).await
}

/// Removes a class. The caller holds the locks of the period and of the class, and has seen that no seat is taken.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    delete_children(tx, id).await?;
    sql!("DELETE FROM class WHERE class_id = $1").bind(id).run(tx).await.map(drop)
}

/// Writes new numbers of seats, kept ones included, each with its version. The caller holds the locks of the classes, has read the
/// numbers under them, and has decided that the seats may be taken.
pub async fn store_seats(tx: &mut Tx, seats: &[&SeatChange]) -> Result<(), DbError> {
    for chunk in seats.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE class SET taken = $2 ->> n.key, reserved = $3 ->> n.key, waiting = $4 ->> n.key,
                          seat_version = $5 ->> n.key
                      FROM json_each($1) AS n WHERE class_id = n.value",
            postgres = "UPDATE class SET taken = n.taken, reserved = n.reserved, waiting = n.waiting,
                            seat_version = n.seat_version
                        FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                            AS n (class_id, taken, reserved, waiting, seat_version)
                        WHERE class.class_id = n.class_id"
        );
        let query = query.bind(chunk.iter().map(|seats| seats.class_id.clone()).collect::<Texts>());
        let number = |of: fn(&Seats) -> u32| chunk.iter().map(|change| i64::from(of(&change.seats))).collect::<Ints>();
        let query = query.bind(number(|seats| seats.taken)).bind(number(|seats| seats.reserved));
        let query = query.bind(number(|seats| seats.waiting));
        query.bind(chunk.iter().map(|seats| seats.seat_version).collect::<Ints>()).run(&mut *tx).await?;
    }
    seats::store(tx, seats).await
}

/// Takes many seats at once: class, how many, and how many are kept for the waiting list then; an import's. The caller holds
/// the locks of all the classes.
pub async fn add_taken(tx: &mut Tx, taken: &[(String, i64, u32)]) -> Result<(), DbError> {
    for chunk in taken.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE class SET taken = taken + n.by, seat_version = seat_version + 1, reserved = n.reserved
                      FROM (SELECT i.value AS id, $2 ->> i.key AS by, $3 ->> i.key AS reserved
                            FROM json_each($1) AS i) n
                      WHERE class.class_id = n.id",
            postgres = "UPDATE class SET taken = taken + n.by, seat_version = seat_version + 1, reserved = n.reserved
                        FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS n (id, by, reserved)
                        WHERE class.class_id = n.id"
        );
        let query = query.bind(chunk.iter().map(|(id, ..)| id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, by, _)| *by).collect::<Ints>());
        query.bind(chunk.iter().map(|(.., reserved)| i64::from(*reserved)).collect::<Ints>()).run(&mut *tx).await?;
    }
    Ok(())
}

async fn delete_children(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    seats::delete(&mut *tx, id).await?;
    sql!("DELETE FROM class_meeting WHERE class_id = $1").bind(id).run(&mut *tx).await?;
    sql!("DELETE FROM class_lecturer WHERE class_id = $1").bind(id).run(tx).await.map(drop)
}

async fn insert_children(tx: &mut Tx, class: &Class) -> Result<(), DbError> {
    seats::insert(&mut *tx, class).await?;
    if !class.meetings.is_empty() {
        let query = sql!(
            sqlite = "INSERT INTO class_meeting (class_id, place, day, start_minute, end_minute, room_id)
                      SELECT $1, d.key, d.value, $3 ->> d.key, $4 ->> d.key, $5 ->> d.key FROM json_each($2) AS d",
            postgres = "INSERT INTO class_meeting (class_id, place, day, start_minute, end_minute, room_id)
                        SELECT $1, m.place, m.day, m.starts, m.ends, m.room_id
                        FROM UNNEST($2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
                            WITH ORDINALITY AS m (day, starts, ends, room_id, place)"
        );
        let meetings = || class.meetings.iter();
        let query = query.bind(&class.id).bind(meetings().map(|m| i64::from(m.slot.day())).collect::<Ints>());
        let query = query.bind(meetings().map(|m| i64::from(m.slot.start())).collect::<Ints>());
        let query = query.bind(meetings().map(|m| i64::from(m.slot.end())).collect::<Ints>());
        let rooms = meetings().map(|m| m.place.as_ref().map(|place| place.room_id.clone()));
        query.bind(rooms.collect::<OptTexts>()).run(&mut *tx).await?;
    }
    if !class.lecturers.is_empty() {
        let query = sql!(
            sqlite = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                      SELECT $1, l.key, l.value, $3 ->> l.key FROM json_each($2) AS l",
            postgres = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                        SELECT $1, n.place, n.lecturer_id, n.lead
                        FROM UNNEST($2::text[], $3::boolean[]) WITH ORDINALITY AS n (lecturer_id, lead, place)"
        );
        let lecturers = || class.lecturers.iter();
        let query = query.bind(&class.id).bind(lecturers().map(|l| l.lecturer_id.clone()).collect::<Texts>());
        query.bind(lecturers().map(|l| l.lead).collect::<Bools>()).run(&mut *tx).await?;
    }
    Ok(())
}
