//! Who is logged in: the tokens, sealed in a cookie that no script reads. There is no session store, so any replica
//! serves any request.

use api::{Account, Role, RoleKind, Tokens};
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

/// What the session's cookie holds. A browser keeps 4 KiB of it, so of the account's roles it holds each kind once and
/// no scopes: pages ask only for the kind, and what a role is limited to is in the access token.
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
    /// The student's period of entry, once known: classes of their semester come first.
    #[serde(default)]
    pub entry_period: Option<String>,
    /// The place in the waiting room of the registration, once there is one.
    #[serde(default)]
    pub ticket: Option<Ticket>,
}

/// A place in the waiting room. It is kept here so that reloading, another window and another replica know it; after a
/// new login it is asked for again, and the same comes back.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Ticket {
    /// Period.
    pub period: String,
    /// What is sent with every change of the plan.
    pub word: String,
    /// When its turn comes.
    pub admitted_at: Option<Timestamp>,
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
        Self {
            id: random_word(),
            user: Some(User { tokens: without_scopes(tokens), programme_id: None, entry_period: None, ticket: None }),
        }
    }
}

/// The tokens with each kind of role once.
fn without_scopes(mut tokens: Tokens) -> Tokens {
    let mut kinds: Vec<Role> = Vec::new();
    for role in tokens.account.roles {
        if kinds.iter().all(|known| known.kind != role.kind) {
            kinds.push(Role { kind: role.kind, scope: None });
        }
    }
    tokens.account.roles = kinds;
    tokens
}

impl User {
    /// Goes on with the next tokens.
    pub fn renew(&mut self, tokens: Tokens) {
        self.tokens = without_scopes(tokens);
    }

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

    /// Whether the account is a lecturer's.
    #[must_use]
    pub fn is_lecturer(&self) -> bool {
        self.account().has_role(RoleKind::Lecturer)
    }

    /// Whether the account is of the academic bureau.
    #[must_use]
    pub fn is_registrar(&self) -> bool {
        self.account().has_role(RoleKind::Registrar)
    }

    /// Whether the account runs the system.
    #[must_use]
    pub fn is_system_admin(&self) -> bool {
        self.account().has_role(RoleKind::SystemAdmin)
    }

    /// The student that the account belongs to.
    #[must_use]
    pub fn student_id(&self) -> Option<&str> {
        self.account().student_id.as_deref().filter(|_| self.account().has_role(RoleKind::Student))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::render_tests::{account, tokens};

    #[test]
    fn however_many_roles_an_account_has_the_cookie_holds_each_kind_once() {
        let vault = Vault::new(&Keys::generate().unwrap());
        let mut account = account(&[RoleKind::Lecturer, RoleKind::Registrar], "Sri Rahayu");
        let scopes = (0..60).map(|n| Role { kind: RoleKind::ProgrammeAdmin, scope: Some(format!("{n:036}")) });
        account.roles.extend(scopes);
        let tokens = tokens(account);
        let session = Session::logged_in(tokens.clone());
        let mut user = session.user.clone().unwrap();
        let kinds: Vec<_> = user.account().roles.iter().map(|role| role.kind).collect();
        assert_eq!(kinds, [RoleKind::Lecturer, RoleKind::Registrar, RoleKind::ProgrammeAdmin]);
        assert!(user.is_office());
        user.renew(tokens);
        assert_eq!(user.account().roles.len(), 3, "nor do they come back with the next tokens");
        let sealed = vault.seal(SESSION, &Session { user: Some(user), ..session });
        assert!(sealed.unwrap().len() < 1_000);
    }
}
