//! Tables `class`, `class_meeting` and `class_lecturer`: reading and locking. Writing lies in [`write`].

use std::collections::HashMap;

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;
use chassis::text::fold;

use super::courses::{CourseRow, course_columns};
use super::small;
use crate::model::{Class, ClassLecturer};
use crate::rules::period::PeriodCode;
use crate::rules::schedule::{Meeting, Place, Slot};
use crate::rules::seats::Seats;

mod seats;
mod write;

pub use seats::{kept, kept_of_period, move_kept};
pub use write::{add_taken, delete, insert, insert_many, store_seats, update};

macro_rules! select_class {
    ($tail:literal) => {
        concat!(
            "SELECT c.class_id, c.period_code, c.name AS class_name, c.capacity, c.taken, c.reserved, c.waiting, c.seat_version, c.open, \
             c.version AS class_version, ",
            course_columns!(),
            " FROM class c JOIN course k ON k.course_id = c.course_id \
             LEFT JOIN programme p ON p.programme_id = k.programme_id ",
            $tail
        )
    };
}

#[derive(Debug, sqlx::FromRow)]
struct ClassRow {
    class_id: String,
    period_code: String,
    class_name: String,
    capacity: i64,
    taken: i64,
    reserved: i64,
    waiting: i64,
    seat_version: i64,
    open: bool,
    class_version: i64,
    #[sqlx(flatten)]
    course: CourseRow,
}

#[derive(Debug, sqlx::FromRow)]
struct MeetingRow {
    class_id: String,
    day: i64,
    start_minute: i64,
    end_minute: i64,
    room_id: Option<String>,
    room_code: Option<String>,
}

impl MeetingRow {
    fn meeting(self) -> Result<Meeting, DbError> {
        let slot = Slot::new(small(self.day)?, small(self.start_minute)?, small(self.end_minute)?);
        let place = self.room_id.map(|room_id| Place { room_id, room_code: self.room_code.unwrap_or_default() });
        Ok(Meeting { slot: super::known(slot, "meeting")?, place })
    }
}

type LecturerRow = (String, String, String, bool);

/// Classes with all that belongs to them, in the order of the rows. Four statements, however many rows.
async fn assemble(tx: &mut Tx, rows: Vec<ClassRow>) -> Result<Vec<Class>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Texts = rows.iter().map(|row| row.class_id.clone()).collect();
    let mut meetings: HashMap<String, Vec<Meeting>> = HashMap::new();
    for row in meeting_rows(&mut *tx, ids.clone()).await? {
        meetings.entry(row.class_id.clone()).or_default().push(row.meeting()?);
    }
    let mut lecturers: HashMap<String, Vec<ClassLecturer>> = HashMap::new();
    let mut exams = seats::exams(&mut *tx, ids.clone()).await?;
    let mut kept = kept(&mut *tx, ids.clone()).await?;
    for (class_id, lecturer_id, name, lead) in lecturer_rows(tx, ids).await? {
        lecturers.entry(class_id).or_default().push(ClassLecturer { lecturer_id, name, lead });
    }
    let class = |row: ClassRow| {
        Ok(Class {
            period: super::period(&row.period_code)?,
            course: row.course.course()?,
            name: row.class_name,
            seats: Seats {
                reservations: kept.remove(&row.class_id).unwrap_or_default(),
                reserved: small(row.reserved)?,
                waiting: small(row.waiting)?,
                ..Seats::new(small(row.capacity)?, small(row.taken)?)
            },
            seat_version: row.seat_version,
            meetings: meetings.remove(&row.class_id).unwrap_or_default(),
            exams: exams.remove(&row.class_id).unwrap_or_default(),
            lecturers: lecturers.remove(&row.class_id).unwrap_or_default(),
            open: row.open,
            version: row.class_version,
            id: row.class_id,
        })
    };
    rows.into_iter().map(class).collect()
}

async fn meeting_rows(tx: &mut Tx, ids: Texts) -> Result<Vec<MeetingRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT m.class_id, m.day, m.start_minute, m.end_minute, m.room_id, r.code AS room_code
                  FROM class_meeting m LEFT JOIN room r ON r.room_id = m.room_id
                  WHERE m.class_id IN (SELECT value FROM json_each($1)) ORDER BY m.class_id, m.place",
        postgres = "SELECT m.class_id, m.day, m.start_minute, m.end_minute, m.room_id, r.code AS room_code
                    FROM class_meeting m LEFT JOIN room r ON r.room_id = m.room_id
                    WHERE m.class_id = ANY($1) ORDER BY m.class_id, m.place"
    );
    query.bind(ids).all::<MeetingRow>(tx).await
}

async fn lecturer_rows(tx: &mut Tx, ids: Texts) -> Result<Vec<LecturerRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT l.class_id, l.lecturer_id, COALESCE(n.name, ''), l.lead
                  FROM class_lecturer l LEFT JOIN lecturer n ON n.lecturer_id = l.lecturer_id
                  WHERE l.class_id IN (SELECT value FROM json_each($1)) ORDER BY l.class_id, l.place",
        postgres = "SELECT l.class_id, l.lecturer_id, COALESCE(n.name, ''), l.lead
                    FROM class_lecturer l LEFT JOIN lecturer n ON n.lecturer_id = l.lecturer_id
                    WHERE l.class_id = ANY($1) ORDER BY l.class_id, l.place"
    );
    query.bind(ids).all::<LecturerRow>(tx).await
}

/// Those of the classes that exist, by id.
pub async fn by_ids(tx: &mut Tx, ids: &[String]) -> Result<Vec<Class>, DbError> {
    let query = sql!(
        sqlite = select_class!("WHERE c.class_id IN (SELECT value FROM json_each($1)) ORDER BY c.class_id"),
        postgres = select_class!("WHERE c.class_id = ANY($1) ORDER BY c.class_id")
    );
    let rows = query.bind(Texts(ids.to_vec())).all::<ClassRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// One class.
pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<Class>, DbError> {
    let rows = sql!(select_class!("WHERE c.class_id = $1")).bind(id).all::<ClassRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// Whether the course has another class in the period under a name that people read as the same, case and accents aside.
/// The caller has locked the period, so none appears until its transaction ends.
pub async fn has_namesake(tx: &mut Tx, class: &Class) -> Result<bool, DbError> {
    let query = sql!("SELECT name FROM class WHERE period_code = $1 AND course_id = $2 AND class_id <> $3");
    let query = query.bind(class.period.to_string()).bind(class.course.id.clone()).bind(class.id.clone());
    let names = query.all::<(String,)>(tx).await?;
    Ok(names.iter().any(|(name,)| fold(name) == fold(&class.name)))
}

/// All classes of a period, in no order.
pub async fn of_period(tx: &mut Tx, period: PeriodCode) -> Result<Vec<Class>, DbError> {
    let query = sql!(select_class!("WHERE c.period_code = $1"));
    let rows = query.bind(period.to_string()).all::<ClassRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// Classes by id, after an id: every one, for a snapshot.
pub async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Class>, DbError> {
    let query = sql!(select_class!("WHERE c.class_id > $1 ORDER BY c.class_id LIMIT $2"));
    let rows = query.bind(after).bind(limit).all::<ClassRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// Period of a class, for whoever must lock that first.
pub async fn period_of(on: impl Into<On<'_>>, id: &str) -> Result<Option<PeriodCode>, DbError> {
    let row = sql!("SELECT period_code FROM class WHERE class_id = $1").bind(id).opt::<(String,)>(on).await?;
    row.map(|(code,)| super::period(&code)).transpose()
}

/// Study programme that owns the course of a class.
pub async fn programme_of(on: impl Into<On<'_>>, id: &str) -> Result<Option<String>, DbError> {
    let query =
        sql!("SELECT k.programme_id FROM class c JOIN course k ON k.course_id = c.course_id WHERE c.class_id = $1");
    let row = query.bind(id).opt::<(String,)>(on).await?;
    Ok(row.map(|(programme,)| programme))
}

/// Locks the classes until the transaction ends, in id order; those that exist are answered. Read and count seats only
/// after this returns: on PostgreSQL the statement that waits for a lock still sees what was there before it waited.
pub async fn lock(tx: &mut Tx, ids: &[String]) -> Result<Vec<String>, DbError> {
    let query = sql!(
        sqlite = "SELECT class_id FROM class WHERE class_id IN (SELECT value FROM json_each($1)) ORDER BY class_id",
        postgres = "SELECT class_id FROM class WHERE class_id = ANY($1) ORDER BY class_id FOR NO KEY UPDATE"
    );
    let rows = query.bind(Texts(ids.to_vec())).all::<(String,)>(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Locks every class of a period until the transaction ends, in id order.
pub async fn lock_period(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT class_id FROM class WHERE period_code = $1 ORDER BY class_id",
        postgres = "SELECT class_id FROM class WHERE period_code = $1 ORDER BY class_id FOR NO KEY UPDATE"
    );
    query.bind(period.to_string()).all::<(String,)>(tx).await.map(drop)
}

/// Locks every class of the courses until the transaction ends, in id order.
pub async fn lock_of_courses(tx: &mut Tx, course_ids: &[String]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT class_id FROM class
                  WHERE course_id IN (SELECT value FROM json_each($1)) ORDER BY class_id",
        postgres = "SELECT class_id FROM class WHERE course_id = ANY($1) ORDER BY class_id FOR NO KEY UPDATE"
    );
    query.bind(Texts(course_ids.to_vec())).all::<(String,)>(tx).await.map(drop)
}

/// Seats of one class as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SeatRow {
    /// Which.
    pub class_id: String,
    /// Seats taken.
    #[sqlx(try_from = "i64")]
    pub taken: u32,
    /// Free seats that are kept for those who wait.
    #[sqlx(try_from = "i64")]
    pub reserved: u32,
    /// How many wait.
    #[sqlx(try_from = "i64")]
    pub waiting: u32,
    /// Version of these numbers.
    pub seat_version: i64,
    /// Version of the offering.
    pub version: i64,
}

/// Seats of all classes of a period: what another replica may have changed.
pub async fn seats_of_period(on: impl Into<On<'_>>, period: PeriodCode) -> Result<Vec<SeatRow>, DbError> {
    let query =
        sql!("SELECT class_id, taken, reserved, waiting, seat_version, version FROM class WHERE period_code = $1");
    query.bind(period.to_string()).all::<SeatRow>(on).await
}

/// Seats taken of one class, and what says whether a description of it is the stored one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TakenRow {
    /// Which.
    pub class_id: String,
    /// Version of the offering.
    pub version: i64,
    /// Version of the course.
    pub course_version: i64,
    /// Seats taken.
    #[sqlx(try_from = "i64")]
    pub taken: u32,
    /// Free seats that are kept for those who wait.
    #[sqlx(try_from = "i64")]
    pub reserved: u32,
    /// How many wait.
    #[sqlx(try_from = "i64")]
    pub waiting: u32,
    /// Version of these numbers.
    pub seat_version: i64,
}

/// Seats taken of those of the classes that exist, by id.
pub async fn seats_of(tx: &mut Tx, ids: &[String]) -> Result<Vec<TakenRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id, c.version, k.version AS course_version, c.taken, c.reserved, c.waiting,
                      c.seat_version
                  FROM class c JOIN course k ON k.course_id = c.course_id
                  WHERE c.class_id IN (SELECT value FROM json_each($1)) ORDER BY c.class_id",
        postgres = "SELECT c.class_id, c.version, k.version AS course_version, c.taken, c.reserved, c.waiting,
                        c.seat_version
                    FROM class c JOIN course k ON k.course_id = c.course_id
                    WHERE c.class_id = ANY($1) ORDER BY c.class_id"
    );
    query.bind(Texts(ids.to_vec())).all::<TakenRow>(tx).await
}

/// Other classes of the period that share a room or a lecturer with a class that is planned. `except` is that class
/// itself, or empty.
pub async fn neighbours(
    tx: &mut Tx,
    period: PeriodCode,
    room_ids: Vec<String>,
    lecturer_ids: Vec<String>,
    except: &str,
) -> Result<Vec<Class>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id FROM class c
                  WHERE c.period_code = $1 AND c.class_id <> $4 AND (
                      EXISTS (SELECT 1 FROM class_meeting m WHERE m.class_id = c.class_id
                              AND m.room_id IN (SELECT value FROM json_each($2)))
                      OR EXISTS (SELECT 1 FROM class_lecturer l WHERE l.class_id = c.class_id
                                 AND l.lecturer_id IN (SELECT value FROM json_each($3))))",
        postgres = "SELECT c.class_id FROM class c
                    WHERE c.period_code = $1 AND c.class_id <> $4 AND (
                        EXISTS (SELECT 1 FROM class_meeting m WHERE m.class_id = c.class_id AND m.room_id = ANY($2))
                        OR EXISTS (SELECT 1 FROM class_lecturer l WHERE l.class_id = c.class_id
                                   AND l.lecturer_id = ANY($3)))"
    );
    let query = query.bind(period.to_string()).bind(Texts(room_ids)).bind(Texts(lecturer_ids)).bind(except);
    let ids: Vec<_> = query.all::<(String,)>(&mut *tx).await?.into_iter().map(|(id,)| id).collect();
    by_ids(tx, &ids).await
}
