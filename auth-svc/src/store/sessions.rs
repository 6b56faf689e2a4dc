//! Table `session`.

use chassis::db::{DbError, On, Stamp, Tx};
use chassis::sql;
use jiff::Timestamp;
use sqlx::FromRow;

/// Why a session was ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its owner logged out.
    Logout,
    /// The password was changed.
    Password,
    /// A role was taken away.
    Role,
    /// The person has left the campus.
    Left,
    /// A refresh token was used twice.
    Reuse,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Password => "password",
            Self::Role => "role",
            Self::Left => "left",
            Self::Reuse => "reuse",
        }
    }
}

/// A row.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SessionRow {
    /// `sid` of its tokens.
    pub(crate) session_id: String,
    /// Whose.
    pub(crate) account_id: String,
    /// When the password was given.
    pub(crate) auth_time: Stamp,
    /// Its absolute end.
    pub(crate) expires_at: Stamp,
    /// When it was ended early.
    pub(crate) revoked_at: Option<Stamp>,
}

/// A session that was ended early and whose tokens may still be alive somewhere.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct RevokedRow {
    /// `sid` of its tokens.
    pub(crate) session_id: String,
    /// After this moment none of them is accepted anywhere.
    pub(crate) revoked_until: Stamp,
}

/// Opens a session.
pub(crate) async fn insert(tx: &mut Tx, row: &SessionRow) -> Result<(), DbError> {
    sql!("INSERT INTO session (session_id, account_id, auth_time, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(&row.session_id)
        .bind(&row.account_id)
        .bind(row.auth_time)
        .bind(row.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

/// Locks one session until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, session_id: &str) -> Result<Option<SessionRow>, DbError> {
    sql!(
        sqlite = "SELECT session_id, account_id, auth_time, expires_at, revoked_at FROM session WHERE session_id = $1",
        postgres = "SELECT session_id, account_id, auth_time, expires_at, revoked_at FROM session WHERE session_id = $1
                    FOR UPDATE"
    )
    .bind(session_id)
    .opt(tx)
    .await
}

/// Whether this session of this account has not ended and the account is enabled. Locks nothing.
pub(crate) async fn is_live(
    on: impl Into<On<'_>>,
    session_id: &str,
    account_id: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row: Option<(String,)> = sql!(
        "SELECT s.session_id FROM session s JOIN account a ON a.account_id = s.account_id
         WHERE s.session_id = $1 AND s.account_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND a.enabled"
    )
    .bind(session_id)
    .bind(account_id)
    .bind(now)
    .opt(on)
    .await?;
    Ok(row.is_some())
}

/// Ends one session of this account early; false when it has ended already. Locks it.
pub(crate) async fn revoke(
    tx: &mut Tx,
    session_id: &str,
    why: Why,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    let revoked = sql!(
        "UPDATE session SET revoked_at = $2, revoked_for = $3, revoked_until = $4
         WHERE session_id = $1 AND revoked_at IS NULL AND expires_at > $2"
    )
    .bind(session_id)
    .bind(now)
    .bind(why.word())
    .bind(until)
    .run(tx)
    .await?;
    Ok(revoked == 1)
}

/// Ends every open session of an account but `keep` (empty: every one) and returns their ids, in order. Locks them; the
/// caller holds the account's lock, so no new one comes up meanwhile.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    account_id: &str,
    keep: &str,
    why: Why,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> = sql!(
        "UPDATE session SET revoked_at = $3, revoked_for = $4, revoked_until = $5
         WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL AND expires_at > $3
         RETURNING session_id"
    )
    .bind(account_id)
    .bind(keep)
    .bind(now)
    .bind(why.word())
    .bind(until)
    .all(tx)
    .await?;
    let mut ids: Vec<String> = rows.into_iter().map(|(id,)| id).collect();
    ids.sort();
    Ok(ids)
}

/// Sessions ended early whose tokens may still be alive at `now`, by id after `after`.
pub(crate) async fn revoked(
    on: impl Into<On<'_>>,
    now: Timestamp,
    after: &str,
    limit: i64,
) -> Result<Vec<RevokedRow>, DbError> {
    sql!(
        "SELECT session_id, revoked_until FROM session WHERE revoked_until > $1 AND session_id > $2
         ORDER BY session_id LIMIT $3"
    )
    .bind(now)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

/// Deletes up to `limit` sessions that ended before `before`, with their refresh tokens; tells how many.
pub(crate) async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    sql!(
        "DELETE FROM refresh_token WHERE session_id IN
         (SELECT session_id FROM session WHERE expires_at < $1 ORDER BY expires_at, session_id LIMIT $2)"
    )
    .bind(before)
    .bind(limit)
    .run(tx)
    .await?;
    sql!(
        "DELETE FROM session WHERE session_id IN
         (SELECT session_id FROM session WHERE expires_at < $1 ORDER BY expires_at, session_id LIMIT $2)"
    )
    .bind(before)
    .bind(limit)
    .run(tx)
    .await
}
