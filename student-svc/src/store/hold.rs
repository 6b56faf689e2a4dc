//! Holds.

use chassis::db::{Db, DbError, On, Stamp, Tx};
use chassis::sql;
use jiff::Timestamp;
use sqlx::FromRow;

use crate::rules::hold::State;
use crate::rules::words::HoldKind;

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Hold {
    /// Id.
    pub hold_id: String,
    /// Whose.
    pub student_id: String,
    /// Kind.
    #[sqlx(try_from = "String")]
    pub kind: HoldKind,
    /// What the student reads.
    pub note: String,
    /// When it was placed.
    pub placed_at: Stamp,
    /// Until when a waiver suspends it.
    pub waived_until: Option<Stamp>,
    /// When it was lifted.
    pub lifted_at: Option<Stamp>,
    /// Version, from 1.
    pub version: i64,
}

impl Hold {
    /// What the rules look at.
    #[must_use]
    pub(crate) fn state(&self) -> State {
        State {
            waived_until: self.waived_until.map(Timestamp::from),
            lifted_at: self.lifted_at.map(Timestamp::from),
            version: self.version,
        }
    }

    /// Takes over a new state.
    pub(crate) fn take(&mut self, state: &State) {
        self.waived_until = state.waived_until.map(Stamp);
        self.lifted_at = state.lifted_at.map(Stamp);
        self.version = state.version;
    }
}

/// Where a list of holds goes on: before this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    /// When it was placed, in microseconds since 1970.
    pub placed_at: i64,
    /// Id.
    pub hold_id: &'a str,
}

/// Holds of one student, latest first; lifted ones included.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    db: &Db,
    student_id: &str,
    before: Option<Before<'_>>,
    limit: i64,
) -> Result<Vec<Hold>, DbError> {
    // Ids are hexadecimal digits and hyphens, so `~` comes after all of them.
    let before = before.unwrap_or(Before { placed_at: i64::MAX, hold_id: "~" });
    sql!(
        "SELECT hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version FROM hold
          WHERE student_id = $1 AND (placed_at, hold_id) < ($2, $3)
          ORDER BY placed_at DESC, hold_id DESC LIMIT $4"
    )
    .bind(student_id)
    .bind(before.placed_at)
    .bind(before.hold_id)
    .bind(limit)
    .all(db)
    .await
}

/// Student of a hold; it never changes.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn student_of(on: impl Into<On<'_>>, hold_id: &str) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> = sql!("SELECT student_id FROM hold WHERE hold_id = $1").bind(hold_id).opt(on).await?;
    Ok(found.map(|(id,)| id))
}

/// Reads the hold and keeps it locked until the transaction ends. The student is locked.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn lock(tx: &mut Tx, hold_id: &str) -> Result<Option<Hold>, DbError> {
    sql!(
        sqlite = "SELECT hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version FROM hold
                   WHERE hold_id = $1",
        postgres = "SELECT hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version FROM hold
                     WHERE hold_id = $1 FOR NO KEY UPDATE"
    )
    .bind(hold_id)
    .opt(tx)
    .await
}

/// Adds the hold.
///
/// # Errors
/// Unique `uq_hold_student_id_kind_note` when the same hold binds already.
pub(crate) async fn insert(tx: &mut Tx, hold: &Hold) -> Result<(), DbError> {
    sql!(
        "INSERT INTO hold (hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(&hold.hold_id)
    .bind(&hold.student_id)
    .bind(hold.kind.word())
    .bind(&hold.note)
    .bind(hold.placed_at)
    .bind(hold.waived_until)
    .bind(hold.lifted_at)
    .bind(hold.version)
    .run(tx)
    .await
    .map(drop)
}

/// Stores a new state of a locked hold.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn save(tx: &mut Tx, hold_id: &str, state: &State) -> Result<(), DbError> {
    sql!("UPDATE hold SET waived_until = $2, lifted_at = $3, version = $4 WHERE hold_id = $1")
        .bind(hold_id)
        .bind(state.waived_until)
        .bind(state.lifted_at)
        .bind(state.version)
        .run(tx)
        .await
        .map(drop)
}

/// Holds by id, after that id: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Hold>, DbError> {
    sql!(
        "SELECT hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version FROM hold
          WHERE hold_id > $1 ORDER BY hold_id LIMIT $2"
    )
    .bind(after)
    .bind(limit)
    .all(tx)
    .await
}
