//! Faculties.

use chassis::db::{Db, DbError, Tx};
use chassis::sql;
use sqlx::FromRow;

/// A faculty.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Faculty {
    /// Id.
    pub faculty_id: String,
    /// Natural key.
    pub code: String,
    /// Name.
    pub name: String,
    /// Version, from 1.
    pub version: i64,
}

/// Faculties by code, after that code.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(db: &Db, after: &str, limit: i64) -> Result<Vec<Faculty>, DbError> {
    sql!("SELECT faculty_id, code, name, version FROM faculty WHERE code > $1 ORDER BY code LIMIT $2")
        .bind(after)
        .bind(limit)
        .all(db)
        .await
}

/// Faculties by id, after that id: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Faculty>, DbError> {
    sql!("SELECT faculty_id, code, name, version FROM faculty WHERE faculty_id > $1 ORDER BY faculty_id LIMIT $2")
        .bind(after)
        .bind(limit)
        .all(tx)
        .await
}
