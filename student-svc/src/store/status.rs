//! Status of a student per period. Writers lock the student first.

use chassis::db::{Db, DbError, Tx};
use chassis::sql;
use sqlx::FromRow;

use crate::rules::words::StatusKind;

/// Status of one student in one period.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct PeriodStatus {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period_code: String,
    /// Which.
    #[sqlx(try_from = "String")]
    pub status: StatusKind,
    /// Version, from 1.
    pub version: i64,
}

/// Statuses of one student, latest period first, before that period.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(db: &Db, student_id: &str, before: &str, limit: i64) -> Result<Vec<PeriodStatus>, DbError> {
    sql!(
        "SELECT student_id, period_code, status, version FROM period_status
          WHERE student_id = $1 AND period_code < $2 ORDER BY period_code DESC LIMIT $3"
    )
    .bind(student_id)
    .bind(before)
    .bind(limit)
    .all(db)
    .await
}

/// One status.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(tx: &mut Tx, student_id: &str, period_code: &str) -> Result<Option<PeriodStatus>, DbError> {
    sql!(
        "SELECT student_id, period_code, status, version FROM period_status WHERE student_id = $1 AND period_code = $2"
    )
    .bind(student_id)
    .bind(period_code)
    .opt(tx)
    .await
}

/// Sets the status, as a new row or as the next version of the one that is there. The student is locked.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn put(
    tx: &mut Tx,
    student_id: &str,
    period: &str,
    status: StatusKind,
) -> Result<PeriodStatus, DbError> {
    sql!(
        "INSERT INTO period_status (student_id, period_code, status, version) VALUES ($1, $2, $3, 1)
         ON CONFLICT (student_id, period_code)
         DO UPDATE SET status = excluded.status, version = period_status.version + 1
         RETURNING student_id, period_code, status, version"
    )
    .bind(student_id)
    .bind(period)
    .bind(status.word())
    .one(tx)
    .await
}

/// Statuses by student and period, after those: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_key(tx: &mut Tx, after: (&str, &str), limit: i64) -> Result<Vec<PeriodStatus>, DbError> {
    sql!(
        "SELECT student_id, period_code, status, version FROM period_status
          WHERE (student_id, period_code) > ($1, $2) ORDER BY student_id, period_code LIMIT $3"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .all(tx)
    .await
}
