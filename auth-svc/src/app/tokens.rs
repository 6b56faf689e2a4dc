//! The pair of tokens that a login or a refresh gives.

use chassis::db::Stamp;
use jiff::Timestamp;
use secrecy::SecretString;

use super::account::Account;
use super::{App, later};
use crate::crypto::access_token::Claims;
use crate::crypto::refresh_token;
use crate::error::Error;
use crate::rules::refresh::TokenState;
use crate::store::refresh_tokens::TokenRow;
use crate::store::sessions::SessionRow;

/// What a session's owner gets.
pub(crate) struct Tokens {
    /// JWT.
    pub(crate) access_token: String,
    /// Its end.
    pub(crate) access_expires_at: Timestamp,
    /// Single use.
    pub(crate) refresh_token: SecretString,
    /// The session's absolute end.
    pub(crate) session_expires_at: Timestamp,
    /// Whose session it is.
    pub(crate) account: Account,
}

impl App {
    /// Signs an access token for a session, which it does not outlive, and adds the refresh token.
    ///
    /// # Errors
    /// No key to sign with.
    pub(crate) fn tokens(
        &self,
        session: &SessionRow,
        account: Account,
        refresh_token: SecretString,
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let session_expires_at = Timestamp::from(session.expires_at);
        let access_expires_at = later(now, self.terms.access).min(session_expires_at);
        let claims = Claims::new(&account, &session.session_id, session.auth_time.into(), now, access_expires_at);
        let access_token = self.keyring.sign(&claims, now)?;
        Ok(Tokens { access_token, access_expires_at, refresh_token, session_expires_at, account })
    }

    /// The row of a live refresh token of a session, which it does not outlive.
    pub(crate) fn live_row(
        &self,
        session: &SessionRow,
        token: &SecretString,
        parent_hash: Option<String>,
        nonce: String,
        now: Timestamp,
    ) -> TokenRow {
        TokenRow {
            token_hash: refresh_token::stored(token),
            session_id: session.session_id.clone(),
            parent_hash,
            nonce,
            state: TokenState::Live,
            issued_at: Stamp(now),
            expires_at: Stamp(later(now, self.terms.idle).min(session.expires_at.into())),
        }
    }
}
