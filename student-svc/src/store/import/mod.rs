//! Bulk imports: rows wait in staging tables until they were judged together, and are applied in one short transaction.
//!
//! Everything is set-based, so that no import is ever in memory as a whole. What a staged row comes to (ids instead of
//! natural keys) and in which columns it differs from what is stored is written once per table, and used both to foretell
//! and to apply.

mod apply;
mod judge;
mod resolve;
mod stage;

use chassis::db::{DbError, Tx};
use chassis::sql;
use jiff::Timestamp;

pub(crate) use apply::{faculties, holds, lecturers, programmes, statuses, students};
pub(crate) use judge::{Found, judge};
pub(crate) use resolve::foretell;
pub(crate) use stage::{Kind, Staged, stage};

/// Begins an import.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn begin(tx: &mut Tx, import_id: &str, now: Timestamp) -> Result<(), DbError> {
    sql!("INSERT INTO import (import_id, started_at, touched_at) VALUES ($1, $2, $2)")
        .bind(import_id)
        .bind(now)
        .run(tx)
        .await
        .map(drop)
}

/// Says that the import is alive. Locks its row. Returns false when it is gone.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn touch(tx: &mut Tx, import_id: &str, now: Timestamp) -> Result<bool, DbError> {
    let rows = sql!("UPDATE import SET touched_at = $2 WHERE import_id = $1").bind(import_id).bind(now).run(tx).await?;
    Ok(rows == 1)
}

/// Removes the import with all of its rows.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn remove(tx: &mut Tx, import_id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM import WHERE import_id = $1").bind(import_id).run(tx).await.map(drop)
}

/// Removes imports that nobody has touched since then: their streams ended with a process. Returns how many.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn remove_stale(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    sql!("DELETE FROM import WHERE touched_at < $1").bind(before).run(tx).await
}

/// Waits until no other import is being applied, and keeps others out until the transaction ends.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn pass_gate(tx: &mut Tx) -> Result<(), DbError> {
    sql!("UPDATE import_gate SET applied = applied + 1 WHERE gate = 1").run(tx).await.map(drop)
}

/// Has PostgreSQL plan every statement of this transaction for the rows that are there: a plan made while the staging
/// tables were empty is of no use for forty thousand rows.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn plan_for_many(tx: &mut Tx) -> Result<(), DbError> {
    let (_mode,): (String,) =
        sql!(sqlite = "SELECT 'auto'", postgres = "SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE)")
            .one(tx)
            .await?;
    Ok(())
}
