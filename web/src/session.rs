//! Who is logged in: the tokens, sealed in a cookie that no script reads. There is no session store, so any replica
//! serves any request.

use api::{Account, RoleKind, Tokens};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

mod keys;
mod refresh;
mod token;
mod vault;

pub use keys::{KeyError, Keys};
pub use refresh::{Refresher, Renewal};
pub use token::FormToken;
pub use vault::{Vault, random_word};

/// Name of the session's cookie.
pub const SESSION: &str = "__Host-sid";

/// Name of the cookie that carries a notice over a redirect.
pub const FLASH: &str = "__Host-flash";

/// Name of the cookie that keeps what was typed while one logs in again.
pub const DRAFT: &str = "__Host-draft";

/// An access token with less left than this is exchanged before it is used.
const REFRESH_AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// What the session's cookie holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Random; what form tokens are bound to. Another one after each login and logout.
    pub id: String,
    /// Who is logged in; nobody before the login.
    pub user: Option<User>,
}

/// Somebody logged in.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// The tokens and the account.
    pub tokens: Tokens,
    /// The student's study programme, once known: the KRS page shows its classes first, also while student-svc is
    /// down.
    pub programme_id: Option<String>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("account", &self.tokens.account.id).finish_non_exhaustive()
    }
}

impl Session {
    /// A new session in which nobody is logged in.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { id: random_word(), user: None }
    }

    /// A new session for somebody who has just logged in.
    #[must_use]
    pub fn logged_in(tokens: Tokens) -> Self {
        Self { id: random_word(), user: Some(User { tokens, programme_id: None }) }
    }
}

impl User {
    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.tokens.account
    }

    /// Whether the access token should be exchanged now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.tokens.access_expires_at.duration_since(now) < REFRESH_AHEAD
    }

    /// Whether the account keeps classes: programme admin or registrar.
    #[must_use]
    pub fn is_office(&self) -> bool {
        self.account().has_role(RoleKind::ProgrammeAdmin) || self.account().has_role(RoleKind::Registrar)
    }

    /// The student that the account belongs to.
    #[must_use]
    pub fn student_id(&self) -> Option<&str> {
        self.account().student_id.as_deref().filter(|_| self.account().has_role(RoleKind::Student))
    }
}
