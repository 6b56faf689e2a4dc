//! Lecturers.

use chassis::db::{Db, DbError, On, Tx};
use chassis::{sql, text};
use sqlx::FromRow;

use super::starting_with;
use crate::rules::words::NumberKind;

/// A lecturer.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Lecturer {
    /// Id.
    pub lecturer_id: String,
    /// The national number that the campus knows the lecturer by.
    pub number: String,
    /// Which number that is.
    #[sqlx(try_from = "String")]
    pub number_kind: NumberKind,
    /// Name with degrees.
    pub name: String,
    /// The name as it is sorted.
    pub name_key: String,
    /// Home study programme.
    pub programme_id: String,
    /// E-mail; may be empty.
    pub email: String,
    /// Version, from 1.
    pub version: i64,
}

/// Lecturers by name, after that name and id. `search` is part of a name or the beginning of a number.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    db: &Db,
    search: &str,
    programme_id: &str,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<Lecturer>, DbError> {
    sql!(
        r"SELECT lecturer_id, number, number_kind, name, name_key, programme_id, email, version FROM lecturer
           WHERE (name_key, lecturer_id) > ($1, $2) AND (name_key LIKE $3 ESCAPE '\' OR number LIKE $4 ESCAPE '\')
             AND ($5 = '' OR programme_id = $5)
           ORDER BY name_key, lecturer_id LIMIT $6"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(text::contains(search))
    .bind(starting_with(search.trim()))
    .bind(programme_id)
    .bind(limit)
    .all(db)
    .await
}

/// One lecturer.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(on: impl Into<On<'_>>, lecturer_id: &str) -> Result<Option<Lecturer>, DbError> {
    sql!(
        "SELECT lecturer_id, number, number_kind, name, name_key, programme_id, email, version FROM lecturer
          WHERE lecturer_id = $1"
    )
    .bind(lecturer_id)
    .opt(on)
    .await
}

/// Lecturers by id, after that id: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Lecturer>, DbError> {
    sql!(
        "SELECT lecturer_id, number, number_kind, name, name_key, programme_id, email, version FROM lecturer
          WHERE lecturer_id > $1 ORDER BY lecturer_id LIMIT $2"
    )
    .bind(after)
    .bind(limit)
    .all(tx)
    .await
}
