//! Ending sessions early: the rows and the events that tell every verifier, in one transaction.

use chassis::auth::GRACE;
use chassis::db::{DbError, Tx};
use chassis::outbox::{self, Change};
use jiff::{SignedDuration, Timestamp};

use super::{Terms, later};
use crate::feed::{SESSION_REVOKED, session_revoked};
use crate::store::sessions::{self, Why};

/// Clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Ends one session; false when it had ended. Locks it.
pub(crate) async fn session(
    tx: &mut Tx,
    terms: &Terms,
    session_id: &str,
    why: Why,
    now: Timestamp,
) -> Result<bool, DbError> {
    let until = until(terms, now);
    let revoked = sessions::revoke(tx, session_id, why, now, until).await?;
    if revoked {
        announce(tx, session_id, now, until).await?;
    }
    Ok(revoked)
}

/// Ends every session of an account but `keep` (empty: every one); tells how many. The caller holds the account's lock.
pub(crate) async fn sessions_of(
    tx: &mut Tx,
    terms: &Terms,
    account_id: &str,
    keep: &str,
    why: Why,
    now: Timestamp,
) -> Result<usize, DbError> {
    let until = until(terms, now);
    let revoked = sessions::revoke_all(tx, account_id, keep, why, now, until).await?;
    for session_id in &revoked {
        announce(tx, session_id, now, until).await?;
    }
    Ok(revoked.len())
}

/// When no token given until now is accepted anywhere: not even by a verifier that shows grace while we are silent.
fn until(terms: &Terms, now: Timestamp) -> Timestamp {
    later(later(later(now, terms.access), GRACE), SKEW)
}

async fn announce(tx: &mut Tx, session_id: &str, now: Timestamp, until: Timestamp) -> Result<(), DbError> {
    let change = Change::new(SESSION_REVOKED, session_id, 1, &session_revoked(session_id, until));
    outbox::put(tx, &change, now).await
}
