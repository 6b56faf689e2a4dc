//! Use cases, one a file: load under lock, decide, store, commit.

use chassis::clock::Clock;
use chassis::db::Db;
use jiff::{SignedDuration, Timestamp};

use crate::crypto::hasher::Hasher;
use crate::crypto::keyring::{KeyError, Keyring};
use crate::crypto::refresh_token::RefreshTokens;
use crate::throttle::Throttle;

pub(crate) mod account;
pub(crate) mod apply_person;
pub(crate) mod change_password;
pub(crate) mod grant_role;
pub(crate) mod list_accounts;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod prune;
pub(crate) mod put_account;
pub(crate) mod refresh;
pub(crate) mod revoke;
pub(crate) mod revoke_role;
pub(crate) mod tokens;

/// What the use cases work with.
pub(crate) struct App {
    /// The database.
    pub(crate) db: Db,
    /// The time.
    pub(crate) clock: Clock,
    /// What this service trusts when it verifies tokens: itself.
    pub(crate) trust: chassis::auth::Trust,
    /// Password hashes.
    pub(crate) hasher: Hasher,
    /// Signing keys.
    pub(crate) keyring: Keyring,
    /// Refresh tokens.
    pub(crate) refresh_tokens: RefreshTokens,
    /// Failed logins.
    pub(crate) throttle: Throttle,
    /// Lives and switches.
    pub(crate) terms: Terms,
}

/// How long things live, and what is allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Life of an access token.
    pub(crate) access: SignedDuration,
    /// A session that is not refreshed for this long ends.
    pub(crate) idle: SignedDuration,
    /// A session ends after this long, whatever is refreshed.
    pub(crate) session: SignedDuration,
    /// Two refreshes within this time are one that was asked twice.
    pub(crate) race_window: SignedDuration,
    /// Roles are changed only this long after the password was given.
    pub(crate) fresh: SignedDuration,
    /// Demo accounts exist.
    pub(crate) allow_demo: bool,
}

impl App {
    /// Does what is due with the signing keys, and verifies with those that are now published.
    ///
    /// # Errors
    /// [`KeyError`]; the keys as they were stay in use.
    pub(crate) async fn keep_keys(&self, now: Timestamp) -> Result<(), KeyError> {
        self.keyring.upkeep(now).await?;
        self.publish_keys(now).map(drop)
    }

    /// The key set to publish now, which this service verifies with, too.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(crate) fn publish_keys(&self, now: Timestamp) -> Result<String, KeyError> {
        let jwks = self.keyring.jwks(now)?;
        if let Err(error) = self.trust.replace_keys(&jwks) {
            tracing::error!(%error, "our own key set is of no use");
        }
        Ok(jwks)
    }
}

/// A moment later than another; the end of time when there is none.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
