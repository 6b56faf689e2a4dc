//! Who is in a class: the projection of plans that are approved or locked, or were approved before: a change of them that
//! is being made, waits for the advisor or was returned takes nobody off a roster but who gave the seat back.

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;

use super::ids;
use crate::rules::period::PeriodCode;

/// Writes the classes of a student in a period, none when the plan gives no place or is gone. True when anything changed.
pub async fn put(tx: &mut Tx, student_id: &str, period: &str, mut class_ids: Vec<String>) -> Result<bool, DbError> {
    class_ids.sort();
    class_ids.dedup();
    let query = sql!("SELECT class_id FROM roster WHERE student_id = $1 AND period_code = $2 ORDER BY class_id");
    let present = ids(query.bind(student_id).bind(period).all(&mut *tx).await?);
    if present == class_ids {
        return Ok(false);
    }
    if !present.is_empty() {
        let query = sql!("DELETE FROM roster WHERE student_id = $1 AND period_code = $2");
        query.bind(student_id).bind(period).run(&mut *tx).await?;
    }
    if !class_ids.is_empty() {
        let query = sql!(
            sqlite = "INSERT INTO roster (class_id, student_id, period_code)
                      SELECT value, $1, $2 FROM json_each($3)",
            postgres = "INSERT INTO roster (class_id, student_id, period_code)
                        SELECT c, $1, $2 FROM UNNEST($3::text[]) AS u (c)"
        );
        query.bind(student_id).bind(period).bind(Texts(class_ids)).run(tx).await?;
    }
    Ok(true)
}

/// Plans that give a place, after a position, as student and period.
pub async fn keys(tx: &mut Tx, after: (&str, &str), limit: i64) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        "SELECT DISTINCT student_id, period_code FROM roster WHERE (student_id, period_code) > ($1, $2)
         ORDER BY student_id, period_code LIMIT $3"
    );
    query.bind(after.0).bind(after.1).bind(limit).all(tx).await
}

/// Students on the roster of a class, by id.
pub async fn students_of(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM roster WHERE class_id = $1 ORDER BY student_id");
    Ok(ids(query.bind(class_id).all(on).await?))
}

/// Every place, as class and student: for an import.
pub async fn all(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    sql!("SELECT class_id, student_id FROM roster").all::<(String, String)>(tx).await
}

/// Courses of students whose grades are not published yet: student, period and course, in this order. A place in a class
/// that has not arrived does not count.
pub async fn pending(tx: &mut Tx, student_ids: &[String]) -> Result<Vec<(String, PeriodCode, String)>, DbError> {
    let query = sql!(
        sqlite = "SELECT r.student_id, c.period_code, c.course_id
                  FROM roster r JOIN class c ON c.class_id = r.class_id
                  LEFT JOIN grade g ON g.student_id = r.student_id AND g.period_code = c.period_code
                      AND g.course_id = c.course_id
                  WHERE r.student_id IN (SELECT value FROM json_each($1)) AND g.student_id IS NULL
                  ORDER BY r.student_id, c.period_code, c.course_id",
        postgres = "SELECT r.student_id, c.period_code, c.course_id
                    FROM roster r JOIN class c ON c.class_id = r.class_id
                    LEFT JOIN grade g ON g.student_id = r.student_id AND g.period_code = c.period_code
                        AND g.course_id = c.course_id
                    WHERE r.student_id = ANY($1) AND g.student_id IS NULL
                    ORDER BY r.student_id, c.period_code, c.course_id"
    );
    let rows = query.bind(Texts(student_ids.to_vec())).all::<(String, String, String)>(tx).await?;
    rows.into_iter().map(|(student, code, course)| Ok((student, super::period(&code)?, course))).collect()
}

/// A place of a student whose grade is not published yet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PendingRow {
    /// Period of the class.
    pub period_code: String,
    /// Course.
    pub course_id: String,
    /// Name of the class.
    pub class_name: String,
}

/// Places of one student whose grades are not published yet.
pub async fn pending_of(tx: &mut Tx, student_id: &str) -> Result<Vec<PendingRow>, DbError> {
    let query = sql!(
        "SELECT c.period_code, c.course_id, c.name AS class_name
         FROM roster r JOIN class c ON c.class_id = r.class_id
         LEFT JOIN grade g ON g.student_id = r.student_id AND g.period_code = c.period_code
             AND g.course_id = c.course_id
         WHERE r.student_id = $1 AND g.student_id IS NULL ORDER BY c.period_code, c.class_id"
    );
    query.bind(student_id).all::<PendingRow>(tx).await
}
