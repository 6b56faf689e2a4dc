//! Table `refresh_token`. Whoever writes it holds the lock of the session.

use chassis::db::{DbError, On, Stamp, Tx};
use chassis::sql;
use jiff::Timestamp;
use sqlx::FromRow;

use crate::rules::refresh::TokenState;

/// A row.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct TokenRow {
    /// SHA-256 of the token.
    pub(crate) token_hash: String,
    /// The family.
    pub(crate) session_id: String,
    /// The token that was exchanged for this one; none for the first.
    pub(crate) parent_hash: Option<String>,
    /// Makes this token from its parent again.
    pub(crate) nonce: String,
    /// What it is worth.
    #[sqlx(try_from = "String")]
    pub(crate) state: TokenState,
    /// When it was given.
    pub(crate) issued_at: Stamp,
    /// When it ends if it is not used.
    pub(crate) expires_at: Stamp,
}

impl TryFrom<String> for TokenState {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::from_word(&word).ok_or_else(|| format!("no state is called {word:?}"))
    }
}

/// One token. Locks nothing: read it again under the session's lock.
pub(crate) async fn by_hash(on: impl Into<On<'_>>, token_hash: &str) -> Result<Option<TokenRow>, DbError> {
    sql!(
        "SELECT token_hash, session_id, parent_hash, nonce, state, issued_at, expires_at
         FROM refresh_token WHERE token_hash = $1"
    )
    .bind(token_hash)
    .opt(on)
    .await
}

/// The family's live token.
pub(crate) async fn live_of(tx: &mut Tx, session_id: &str) -> Result<Option<TokenRow>, DbError> {
    sql!(
        "SELECT token_hash, session_id, parent_hash, nonce, state, issued_at, expires_at
         FROM refresh_token WHERE session_id = $1 AND state = 'live'"
    )
    .bind(session_id)
    .opt(tx)
    .await
}

/// Inserts a token. The family must have no live one.
pub(crate) async fn insert(tx: &mut Tx, row: &TokenRow) -> Result<(), DbError> {
    sql!(
        "INSERT INTO refresh_token (token_hash, session_id, parent_hash, nonce, state, issued_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(&row.token_hash)
    .bind(&row.session_id)
    .bind(row.parent_hash.as_deref())
    .bind(&row.nonce)
    .bind(row.state.word())
    .bind(row.issued_at)
    .bind(row.expires_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Changes what a token is worth.
pub(crate) async fn set_state(tx: &mut Tx, token_hash: &str, state: TokenState) -> Result<(), DbError> {
    sql!("UPDATE refresh_token SET state = $2 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(state.word())
        .run(tx)
        .await?;
    Ok(())
}

/// Deletes up to `limit` tokens that ended before `before`; tells how many. What is deleted is refused as unknown.
pub(crate) async fn prune(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    sql!(
        "DELETE FROM refresh_token WHERE token_hash IN
         (SELECT token_hash FROM refresh_token WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    )
    .bind(before)
    .bind(limit)
    .run(tx)
    .await
}
