//! SQL by table: functions over a transaction or the database, which say what they lock. No rule lives here.
//!
//! Order of locks, for every writer: sheets by class, then records by student.

pub mod campus;
pub mod classes;
pub mod grades;
pub mod import_world;
pub mod imports;
pub mod periods;
pub mod records;
pub mod rosters;
pub mod scales;
pub mod sheets;

use chassis::db::DbError;

use crate::rules::period::PeriodCode;
use crate::rules::scale::Points;
use crate::rules::score::Score;

/// Rows of one bulk statement. On SQLite its lists are joined as `chassis::db` says: the first is walked, the others are
/// looked up by its key, and more than four become materialised tables; lists that are joined bare are nested loops.
pub(crate) const CHUNK: usize = 500;

/// A number that a CHECK keeps within `u32`.
fn small(value: i64) -> Result<u32, DbError> {
    u32::try_from(value).map_err(|_| DbError::usage("a stored number is out of range"))
}

/// A word that a CHECK keeps within a list of ours.
fn known<T>(value: Option<T>, what: &'static str) -> Result<T, DbError> {
    value.ok_or_else(|| DbError::usage(format!("a stored {what} is not one that this program knows")))
}

/// A stored period code.
pub(crate) fn period(code: &str) -> Result<PeriodCode, DbError> {
    known(PeriodCode::parse(code), "period code")
}

/// A stored score.
fn score(value: i64) -> Result<Score, DbError> {
    known(Score::from_hundredths(small(value)?), "score")
}

/// Stored grade points.
fn points(value: i64) -> Result<Points, DbError> {
    known(Points::from_hundredths(small(value)?), "number of grade points")
}

fn ids(rows: Vec<(String,)>) -> Vec<String> {
    rows.into_iter().map(|(id,)| id).collect()
}
