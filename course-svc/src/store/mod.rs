//! SQL by table: functions over a transaction or the database, which say what they lock. No rule lives here.
//!
//! Order of locks, for every writer: the slot of a batch, the gate of the prerequisites or of the policies, the period, the
//! allocation whose turns are settled, then plans by student, the turn of a batch, then curricula, courses, rooms and classes
//! by id.

pub mod admissions;
pub mod allocations;
pub mod approvals;
pub mod batches;
mod by_key;
pub mod campus;
pub mod classes;
pub mod courses;
pub mod curricula;
pub mod delegations;
pub mod equivalents;
pub mod imports;
pub mod packages;
pub mod periods;
pub mod plan_steps;
pub mod plans;
pub mod policies;
pub mod prerequisites;
pub mod queue;
pub mod records;
mod refusals;
pub mod rooms;
pub mod students;
pub mod tradings;
pub mod waiting;
pub mod wishes;

pub use by_key::{by_key, forget_outgrown};

use chassis::db::DbError;

use crate::rules::period::PeriodCode;

/// Rows of one bulk statement. On SQLite its lists are joined as `chassis::db` says: the first is walked, the others are
/// looked up by its key, and more than four become materialised tables; lists that are joined bare are nested loops.
const CHUNK: usize = 500;

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

/// A pattern for `LIKE .. ESCAPE '\'` that finds the text itself, whatever it contains.
fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_only_letters() {
        assert_eq!(escape_like(r"50%_\x"), r"50\%\_\\x");
    }
}
