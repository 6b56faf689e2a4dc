//! Study programmes.

use chassis::db::{Db, DbError, On, Tx};
use chassis::sql;
use sqlx::FromRow;

use crate::rules::words::DegreeLevel;

/// A study programme.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Programme {
    /// Id.
    pub programme_id: String,
    /// Natural key.
    pub code: String,
    /// Name without the level.
    pub name: String,
    /// Level.
    #[sqlx(try_from = "String")]
    pub degree_level: DegreeLevel,
    /// Its faculty.
    pub faculty_id: String,
    /// `id_prodi`; empty while unmapped.
    pub pddikti_id: String,
    /// Version, from 1.
    pub version: i64,
}

/// Programmes by code, after that code; of one faculty, or of all when `faculty_id` is empty.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(db: &Db, faculty_id: &str, after: &str, limit: i64) -> Result<Vec<Programme>, DbError> {
    sql!(
        "SELECT programme_id, code, name, degree_level, faculty_id, pddikti_id, version FROM programme
          WHERE code > $1 AND ($2 = '' OR faculty_id = $2) ORDER BY code LIMIT $3"
    )
    .bind(after)
    .bind(faculty_id)
    .bind(limit)
    .all(db)
    .await
}

/// Whether there is such a programme.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn exists(on: impl Into<On<'_>>, programme_id: &str) -> Result<bool, DbError> {
    let found: Option<(String,)> =
        sql!("SELECT programme_id FROM programme WHERE programme_id = $1").bind(programme_id).opt(on).await?;
    Ok(found.is_some())
}

/// Programmes by id, after that id: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Programme>, DbError> {
    sql!(
        "SELECT programme_id, code, name, degree_level, faculty_id, pddikti_id, version FROM programme
          WHERE programme_id > $1 ORDER BY programme_id LIMIT $2"
    )
    .bind(after)
    .bind(limit)
    .all(tx)
    .await
}
