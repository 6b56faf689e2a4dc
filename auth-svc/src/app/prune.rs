//! Forgetting sessions and refresh tokens that ended long ago.

use jiff::SignedDuration;

use super::App;
use crate::error::Error;
use crate::store::{refresh_tokens, sessions};

/// Ended sessions and tokens are kept this long, so that a late reuse is still recognised.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Rows of one transaction, so that nobody waits long for the writer.
const CHUNK: u32 = 500;

/// Deletes in small transactions until nothing is left to delete; tells how many rows.
///
/// # Errors
/// The database.
pub(crate) async fn prune(app: &App) -> Result<u64, Error> {
    let before = app.clock.now().checked_sub(KEPT).unwrap_or(jiff::Timestamp::MIN);
    let mut deleted = 0;
    loop {
        let mut tx = app.db.begin().await?;
        let tokens = refresh_tokens::prune(&mut tx, before, CHUNK).await?;
        let ended = sessions::prune(&mut tx, before, CHUNK).await?;
        tx.commit().await?;
        deleted += tokens + ended;
        if tokens.max(ended) < u64::from(CHUNK) {
            return Ok(deleted);
        }
    }
}
