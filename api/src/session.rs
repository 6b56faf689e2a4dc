//! Logging in and staying so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Account;

/// User name and password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// NIM, NIDN or a chosen name.
    #[schema(min_length = 1, max_length = 128, example = "202401001")]
    pub user_name: String,
    /// The password.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
}

/// A refresh token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// As issued; works once.
    #[schema(min_length = 1, max_length = 512)]
    pub refresh_token: String,
}

/// A session's tokens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Goes into `Authorization: Bearer`. A JWT of five minutes; opaque to the client.
    pub access_token: String,
    /// When it ends.
    pub access_expires_at: Timestamp,
    /// For `POST /api/v1/sessions/refresh`; works once.
    pub refresh_token: String,
    /// When the session ends for good.
    pub refresh_expires_at: Timestamp,
    /// Whose session it is.
    pub account: Account,
}

/// A value that must not reach a log.
const HIDDEN: &str = "***";

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user_name", &self.user_name).field("password", &HIDDEN).finish()
    }
}

impl std::fmt::Debug for Refresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh").field("refresh_token", &HIDDEN).finish()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("access_expires_at", &self.access_expires_at)
            .field("refresh_expires_at", &self.refresh_expires_at)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let login = Login { user_name: "1".into(), password: "open sesame".into() };
        let refresh = Refresh { refresh_token: "open sesame".into() };
        assert!(!format!("{login:?} {refresh:?}").contains("sesame"));
    }
}
