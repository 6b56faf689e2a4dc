//! Tables `study_plan` and `study_plan_item`.

use std::collections::HashMap;

use chassis::db::{DbError, On, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, small};
use crate::rules::period::PeriodCode;

/// A plan's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// From 1; 0 while it was not opened.
    pub version: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// A class in a plan.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Which.
    pub class_id: String,
    /// When the seat was taken.
    pub taken_at: Stamp,
}

/// Makes the plan's row if there is none, and locks it until the transaction ends: the first lock of whoever changes
/// the plan. A row made by this call has version 0 and vanishes with the transaction unless [`bump`] follows.
pub async fn lock(tx: &mut Tx, student_id: &str, period: PeriodCode, now: Timestamp) -> Result<Plan, DbError> {
    let query = sql!(
        "INSERT INTO study_plan (student_id, period_code, state, version, changed_at) VALUES ($1, $2, 'draft', 0, $3)
         ON CONFLICT (student_id, period_code) DO NOTHING"
    );
    query.bind(student_id).bind(period.to_string()).bind(now).run(&mut *tx).await?;
    let query = sql!(
        sqlite = "SELECT version, changed_at FROM study_plan WHERE student_id = $1 AND period_code = $2",
        postgres = "SELECT version, changed_at FROM study_plan WHERE student_id = $1 AND period_code = $2
                    FOR NO KEY UPDATE"
    );
    let (version, changed_at) = query.bind(student_id).bind(period.to_string()).one::<(i64, Stamp)>(tx).await?;
    Ok(Plan { version, changed_at: changed_at.0 })
}

/// A plan without a lock; `None` while it was not opened.
pub async fn get(on: impl Into<On<'_>>, student_id: &str, period: PeriodCode) -> Result<Option<Plan>, DbError> {
    let query = sql!("SELECT version, changed_at FROM study_plan WHERE student_id = $1 AND period_code = $2");
    let row = query.bind(student_id).bind(period.to_string()).opt::<(i64, Stamp)>(on).await?;
    Ok(row.map(|(version, changed_at)| Plan { version, changed_at: changed_at.0 }))
}

/// Says that the plan changed. The caller holds its lock.
pub async fn bump(tx: &mut Tx, student_id: &str, period: PeriodCode, now: Timestamp) -> Result<Plan, DbError> {
    let query = sql!(
        "UPDATE study_plan SET version = version + 1, changed_at = $3 WHERE student_id = $1 AND period_code = $2
         RETURNING version"
    );
    let query = query.bind(student_id).bind(period.to_string()).bind(now);
    let (version,) = query.one::<(i64,)>(tx).await?;
    Ok(Plan { version, changed_at: now })
}

/// Classes of a plan, by id.
pub async fn items(on: impl Into<On<'_>>, student_id: &str, period: PeriodCode) -> Result<Vec<Item>, DbError> {
    let query = sql!(
        "SELECT class_id, taken_at FROM study_plan_item WHERE student_id = $1 AND period_code = $2 ORDER BY class_id"
    );
    query.bind(student_id).bind(period.to_string()).all::<Item>(on).await
}

/// Puts a class into a plan. Violates `pk_study_plan_item` or `uq_study_plan_item_student_id_period_code_course_id` when
/// the class, or another of its course, is in it. The caller holds the locks of the plan and of the class.
pub async fn insert_item(
    tx: &mut Tx,
    student_id: &str,
    period: PeriodCode,
    class_id: &str,
    course_id: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
         VALUES ($1, $2, $3, $4, $5)"
    );
    let query = query.bind(student_id).bind(period.to_string()).bind(class_id).bind(course_id).bind(now);
    query.run(tx).await.map(drop)
}

/// Takes a class out of a plan; false when it was not in it. The caller holds the locks of the plan and of the class.
pub async fn delete_item(tx: &mut Tx, student_id: &str, period: PeriodCode, class_id: &str) -> Result<bool, DbError> {
    let query = sql!("DELETE FROM study_plan_item WHERE student_id = $1 AND period_code = $2 AND class_id = $3");
    let gone = query.bind(student_id).bind(period.to_string()).bind(class_id).run(tx).await?;
    Ok(gone > 0)
}

/// Students who have a seat in the class, by id.
pub async fn students_of(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM study_plan_item WHERE class_id = $1 ORDER BY student_id");
    let rows = query.bind(class_id).all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many students have a class of each course in their plans, in any period; courses that nobody has are left out.
pub async fn students_of_courses(
    on: impl Into<On<'_>>,
    course_ids: &[String],
) -> Result<HashMap<String, u32>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.course_id, COUNT(DISTINCT i.student_id)
                  FROM class c JOIN study_plan_item i ON i.class_id = c.class_id
                  WHERE c.course_id IN (SELECT value FROM json_each($1)) GROUP BY c.course_id",
        postgres = "SELECT c.course_id, COUNT(DISTINCT i.student_id)
                    FROM class c JOIN study_plan_item i ON i.class_id = c.class_id
                    WHERE c.course_id = ANY($1) GROUP BY c.course_id"
    );
    let rows = query.bind(Texts(course_ids.to_vec())).all::<(String, i64)>(on).await?;
    rows.into_iter().map(|(id, students)| Ok((id, small(students)?))).collect()
}

/// What else stands in the plans of the students who have a seat in the class: student and class, one row per pair.
pub async fn beside(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        "SELECT o.student_id, o.class_id
         FROM study_plan_item i
         JOIN study_plan_item o
             ON o.student_id = i.student_id AND o.period_code = i.period_code AND o.class_id <> i.class_id
         WHERE i.class_id = $1 ORDER BY o.student_id, o.class_id"
    );
    query.bind(class_id).all::<(String, String)>(on).await
}

/// Locks the plans of many students in one period until the transaction ends, in order of student; plans that do not
/// exist are not made.
pub async fn lock_existing(tx: &mut Tx, period: PeriodCode, student_ids: &[String]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT student_id FROM study_plan
                  WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2)) ORDER BY student_id",
        postgres = "SELECT student_id FROM study_plan
                    WHERE period_code = $1 AND student_id = ANY($2) ORDER BY student_id FOR NO KEY UPDATE"
    );
    query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).all::<(String,)>(tx).await.map(drop)
}

/// Makes the plans of many students that do not exist yet, with version 0. `student_ids` is sorted: the order in which
/// writers that make the same plans wait for each other.
pub async fn make_many(tx: &mut Tx, period: PeriodCode, student_ids: &[String], now: Timestamp) -> Result<(), DbError> {
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                      SELECT value, $1, 'draft', 0, $3 FROM json_each($2) WHERE true ORDER BY value
                      ON CONFLICT (student_id, period_code) DO NOTHING",
            postgres = "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                        SELECT n.student_id, $1, 'draft', 0, $3 FROM UNNEST($2::text[]) AS n (student_id)
                        ORDER BY n.student_id
                        ON CONFLICT (student_id, period_code) DO NOTHING"
        );
        query.bind(period.to_string()).bind(Texts(chunk.to_vec())).bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Says that many plans changed, and answers their new versions by student. The caller holds their locks.
pub async fn bump_many(
    tx: &mut Tx,
    period: PeriodCode,
    student_ids: &[String],
    now: Timestamp,
) -> Result<Vec<(String, i64)>, DbError> {
    let mut versions = Vec::with_capacity(student_ids.len());
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE study_plan SET version = version + 1, changed_at = $3
                      WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2))
                      RETURNING student_id, version",
            postgres = "UPDATE study_plan SET version = version + 1, changed_at = $3
                        WHERE period_code = $1 AND student_id = ANY($2)
                        RETURNING student_id, version"
        );
        let query = query.bind(period.to_string()).bind(Texts(chunk.to_vec())).bind(now);
        versions.extend(query.all::<(String, i64)>(&mut *tx).await?);
    }
    Ok(versions)
}

/// A class that is put into a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Whose plan.
    pub student_id: String,
    /// Which class.
    pub class_id: String,
    /// Its course.
    pub course_id: String,
}

/// Puts many classes into plans of one period. The caller holds the locks of the plans and of the classes.
pub async fn insert_items(tx: &mut Tx, period: PeriodCode, items: &[NewItem], now: Timestamp) -> Result<(), DbError> {
    for chunk in items.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
                      SELECT s.value, $1, $3 ->> s.key, $4 ->> s.key, $5 FROM json_each($2) AS s",
            postgres = "INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
                        SELECT n.student_id, $1, n.class_id, n.course_id, $5
                        FROM UNNEST($2::text[], $3::text[], $4::text[]) AS n (student_id, class_id, course_id)"
        );
        let query = query.bind(period.to_string());
        let query = query.bind(chunk.iter().map(|item| item.student_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|item| item.class_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|item| item.course_id.clone()).collect::<Texts>());
        query.bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Takes back the rows that [`make_many`] made for plans that nothing was put into.
pub async fn delete_unopened(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!("DELETE FROM study_plan WHERE period_code = $1 AND version = 0");
    query.bind(period.to_string()).run(tx).await.map(drop)
}

/// Items of all plans of a period, by student and class.
pub async fn all_items(tx: &mut Tx, period: PeriodCode) -> Result<Vec<(String, String)>, DbError> {
    let query =
        sql!("SELECT student_id, class_id FROM study_plan_item WHERE period_code = $1 ORDER BY student_id, class_id");
    query.bind(period.to_string()).all::<(String, String)>(tx).await
}

/// A plan in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlanRow {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period_code: String,
    /// Version.
    pub version: i64,
}

/// Plans after a position (student, period): every opened one, for a snapshot.
pub async fn page(tx: &mut Tx, after: (&str, &str), limit: i64) -> Result<Vec<PlanRow>, DbError> {
    let query = sql!(
        "SELECT student_id, period_code, version FROM study_plan
         WHERE version > 0 AND (student_id, period_code) > ($1, $2)
         ORDER BY student_id, period_code LIMIT $3"
    );
    query.bind(after.0).bind(after.1).bind(limit).all::<PlanRow>(tx).await
}

/// Items of many students, all periods: for a snapshot.
pub async fn items_of(tx: &mut Tx, student_ids: Vec<String>) -> Result<Vec<(String, String, String)>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, period_code, class_id FROM study_plan_item
                  WHERE student_id IN (SELECT value FROM json_each($1)) ORDER BY student_id, period_code, class_id",
        postgres = "SELECT student_id, period_code, class_id FROM study_plan_item
                    WHERE student_id = ANY($1) ORDER BY student_id, period_code, class_id"
    );
    query.bind(Texts(student_ids)).all::<(String, String, String)>(tx).await
}

/// Locks every plan of a period until the transaction ends, in order of student.
pub async fn lock_period(tx: &mut Tx, period: PeriodCode) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT student_id FROM study_plan WHERE period_code = $1 ORDER BY student_id",
        postgres = "SELECT student_id FROM study_plan WHERE period_code = $1 ORDER BY student_id FOR NO KEY UPDATE"
    );
    query.bind(period.to_string()).all::<(String,)>(tx).await.map(drop)
}
