//! Exams and kept seats of classes, beside their rows. The caller of whatever writes holds the locks of the classes.

use std::collections::HashMap;

use chassis::db::{DbError, On, Stamp, Texts, Tx};
use chassis::sql;
use serde_json::json;

use crate::app::catalogue::SeatChange;
use crate::model::Class;
use crate::rules::exam::{Exam, ExamKind};
use crate::rules::period::PeriodCode;
use crate::rules::seats::{Bucket, Reservation};
use crate::rules::window::Scope;
use crate::store::{CHUNK, known, small};

#[derive(Debug, sqlx::FromRow)]
struct ExamRow {
    class_id: String,
    kind: String,
    day: String,
    start_minute: i64,
    end_minute: i64,
}

/// Exams of classes, earliest first; those without any are left out.
pub(super) async fn exams(tx: &mut Tx, ids: Texts) -> Result<HashMap<String, Vec<Exam>>, DbError> {
    let query = sql!(
        sqlite = "SELECT class_id, kind, day, start_minute, end_minute FROM class_exam
                  WHERE class_id IN (SELECT value FROM json_each($1)) ORDER BY class_id, place",
        postgres = "SELECT class_id, kind, day, start_minute, end_minute FROM class_exam
                    WHERE class_id = ANY($1) ORDER BY class_id, place"
    );
    let mut exams: HashMap<String, Vec<Exam>> = HashMap::new();
    for row in query.bind(ids).all::<ExamRow>(tx).await? {
        let kind = known(ExamKind::parse(&row.kind), "exam")?;
        let day = known(row.day.parse().ok(), "day")?;
        let exam = Exam::new(kind, day, small(row.start_minute)?, small(row.end_minute)?);
        exams.entry(row.class_id).or_default().push(known(exam, "exam")?);
    }
    Ok(exams)
}

#[derive(Debug, sqlx::FromRow)]
struct KeptRow {
    class_id: String,
    scope: String,
    scope_key: String,
    seats: i64,
    taken: i64,
    waiting: i64,
    until: Option<Stamp>,
}

/// What classes keep, with how many of those who wait each is for.
macro_rules! select_kept {
    ($tail:literal) => {
        concat!(
            "SELECT r.class_id, r.scope, r.scope_key, r.seats, r.taken, r.until, \
                 (SELECT COUNT(*) FROM waiting_entry w \
                  JOIN student s ON s.student_id = w.student_id \
                  LEFT JOIN programme p ON p.programme_id = s.programme_id \
                  LEFT JOIN faculty f ON f.faculty_id = p.faculty_id \
                  WHERE w.class_id = r.class_id AND CASE r.scope \
                      WHEN 'cohort' THEN substr(s.entry_period, 1, 4) = r.scope_key \
                      WHEN 'programme' THEN p.code = r.scope_key \
                      WHEN 'faculty' THEN f.code = r.scope_key END) AS waiting \
             FROM class_reservation r ",
            $tail
        )
    };
}

/// Kept seats by class.
fn by_class(rows: Vec<KeptRow>) -> Result<HashMap<String, Vec<Reservation>>, DbError> {
    let mut kept: HashMap<String, Vec<Reservation>> = HashMap::new();
    for row in rows {
        kept.entry(row.class_id).or_default().push(Reservation {
            scope: known(Scope::parse(&row.scope, &row.scope_key), "scope")?,
            seats: small(row.seats)?,
            taken: small(row.taken)?,
            waiting: small(row.waiting)?,
            until: row.until.map(|until| until.0),
        });
    }
    Ok(kept)
}

/// Seats that classes keep; those that keep none are left out.
pub async fn kept(on: impl Into<On<'_>>, ids: Texts) -> Result<HashMap<String, Vec<Reservation>>, DbError> {
    let query = sql!(
        sqlite = select_kept!("WHERE r.class_id IN (SELECT value FROM json_each($1)) ORDER BY r.class_id, r.place"),
        postgres = select_kept!("WHERE r.class_id = ANY($1) ORDER BY r.class_id, r.place")
    );
    by_class(query.bind(ids).all::<KeptRow>(on).await?)
}

/// Seats that the classes of a period keep: what another replica may have changed.
pub async fn kept_of_period(
    on: impl Into<On<'_>>,
    period: PeriodCode,
) -> Result<HashMap<String, Vec<Reservation>>, DbError> {
    let query = sql!(select_kept!(
        "JOIN class c ON c.class_id = r.class_id WHERE c.period_code = $1 ORDER BY r.class_id, r.place"
    ));
    by_class(query.bind(period.to_string()).all::<KeptRow>(on).await?)
}

/// Takes kept seats (`by` = 1) or gives them back (`by` = -1): so many of each class's bucket. Nothing for seats that are
/// everybody's. A seat whose bucket is no longer kept changes nothing.
pub async fn move_kept(tx: &mut Tx, moves: &[(String, Bucket, i64)]) -> Result<(), DbError> {
    for (class_id, bucket, by) in moves {
        let Bucket::Kept(scope) = bucket else { continue };
        let query = sql!(
            "UPDATE class_reservation SET taken = taken + $4 WHERE class_id = $1 AND scope = $2 AND scope_key = $3"
        );
        query.bind(class_id).bind(scope.word()).bind(scope.key()).bind(*by).run(&mut *tx).await?;
    }
    Ok(())
}

/// Writes how many of the kept seats are taken, of the classes that keep any.
pub(super) async fn store(tx: &mut Tx, seats: &[&SeatChange]) -> Result<(), DbError> {
    let kept: Vec<_> = seats
        .iter()
        .flat_map(|change| change.seats.reservations.iter().map(|kept| (&change.class_id, kept)))
        .map(|(class_id, kept)| json!([class_id, kept.scope.word(), kept.scope.key(), kept.taken]))
        .collect();
    for chunk in kept.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE class_reservation SET taken = n.value ->> 3 FROM json_each($1) AS n
                      WHERE class_id = n.value ->> 0 AND scope = n.value ->> 1 AND scope_key = n.value ->> 2",
            postgres = "UPDATE class_reservation SET taken = CAST(n ->> 3 AS BIGINT)
                        FROM json_array_elements(CAST($1 AS JSON)) AS n
                        WHERE class_id = n ->> 0 AND scope = n ->> 1 AND scope_key = n ->> 2"
        );
        query.bind(serde_json::Value::from(chunk.to_vec()).to_string()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Adds the exams and kept seats of a class that has none.
pub(super) async fn insert(tx: &mut Tx, class: &Class) -> Result<(), DbError> {
    for (exam, place) in class.exams.iter().zip(0i64..) {
        let query = sql!(
            "INSERT INTO class_exam (class_id, place, kind, day, start_minute, end_minute)
             VALUES ($1, $2, $3, $4, $5, $6)"
        );
        let query = query.bind(&class.id).bind(place).bind(exam.kind().word()).bind(exam.day().to_string());
        query.bind(exam.start()).bind(exam.end()).run(&mut *tx).await?;
    }
    for (kept, place) in class.seats.reservations.iter().zip(0i64..) {
        let query = sql!(
            "INSERT INTO class_reservation (class_id, place, scope, scope_key, seats, taken, until)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        );
        let query = query.bind(&class.id).bind(place).bind(kept.scope.word()).bind(kept.scope.key());
        query.bind(kept.seats).bind(kept.taken).bind(kept.until).run(&mut *tx).await?;
    }
    Ok(())
}

/// Removes the exams and kept seats of a class. Seats that were of a kept sort are everybody's from then on, unless
/// [`insert`] adds the sort again.
pub(super) async fn delete(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM class_exam WHERE class_id = $1").bind(id).run(&mut *tx).await?;
    sql!("DELETE FROM class_reservation WHERE class_id = $1").bind(id).run(tx).await.map(drop)
}
