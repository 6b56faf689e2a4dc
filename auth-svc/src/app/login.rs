//! Logging in.

use chassis::db::Stamp;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::tokens::Tokens;
use super::{App, account, later};
use crate::crypto::hasher::{Checked, HashError};
use crate::error::Error;
use crate::rules::password::{MAX_BYTES, PasswordFault};
use crate::rules::user_name::UserName;
use crate::store::accounts::{self, AccountRow};
use crate::store::refresh_tokens;
use crate::store::sessions::{self, SessionRow};
use crate::throttle::Network;

/// Who wants in.
pub(crate) struct Login {
    /// As typed.
    pub(crate) user_name: String,
    /// As typed.
    pub(crate) password: SecretString,
    /// From where, when that is known.
    pub(crate) network: Option<Network>,
}

/// Opens a session. An unknown user name, a wrong password, an account without a password and a disabled one all cost one
/// hash and get one answer.
///
/// # Errors
/// Malformed lengths; [`Error::TooOften`]; overloaded; [`Error::LoginFailed`].
pub(crate) async fn login(app: &App, login: Login) -> Result<Tokens, Error> {
    let now = app.clock.now();
    if login.password.expose_secret().len() > MAX_BYTES {
        return Err(Error::BadPassword("password", PasswordFault::TooLong));
    }
    let name = UserName::parse(&login.user_name).map_err(Error::BadUserName)?;
    let attempt = app.throttle.begin(&name, login.network, now)?;
    match check(app, &name, login.password, now).await {
        Ok(tokens) => {
            app.throttle.succeeded(attempt);
            tracing::info!(account_id = tokens.account.id, "logged in");
            Ok(tokens)
        }
        Err(Error::LoginFailed) => {
            metrics::counter!("auth_logins_failed_total").increment(1);
            tracing::info!("a login failed");
            Err(Error::LoginFailed)
        }
        Err(other) => {
            app.throttle.not_judged(attempt);
            if matches!(other, Error::Hash(HashError::Overloaded)) {
                metrics::counter!("auth_logins_shed_total").increment(1);
            }
            Err(other)
        }
    }
}

async fn check(app: &App, name: &UserName, password: SecretString, now: Timestamp) -> Result<Tokens, Error> {
    let row = accounts::by_user_name(&app.db, name.as_str()).await?.filter(|row| may_log_in(app, row));
    let stored = row.as_ref().and_then(|row| row.password_hash.clone());
    let checked = app.hasher.check(password, stored).await?;
    match row {
        Some(row) if checked.matches => open(app, &row, checked, now).await,
        _ => Err(Error::LoginFailed),
    }
}

fn may_log_in(app: &App, row: &AccountRow) -> bool {
    row.enabled && (!row.demo || app.terms.allow_demo)
}

/// Opens the session, if the account is still as it was when the password was checked.
async fn open(app: &App, seen: &AccountRow, checked: Checked, now: Timestamp) -> Result<Tokens, Error> {
    let first = app.refresh_tokens.first()?;
    let mut tx = app.db.begin().await?;
    let row = accounts::lock(&mut tx, &seen.account_id).await?.ok_or(Error::LoginFailed)?;
    if !may_log_in(app, &row) || row.password_hash != seen.password_hash {
        return Err(Error::LoginFailed);
    }
    if let Some(hash) = &checked.rehashed {
        accounts::set_rehashed(&mut tx, &row.account_id, hash).await?;
    }
    let session = SessionRow {
        session_id: chassis::id::new(),
        account_id: row.account_id.clone(),
        auth_time: Stamp(now),
        expires_at: Stamp(later(now, app.terms.session)),
        revoked_at: None,
    };
    sessions::insert(&mut tx, &session).await?;
    refresh_tokens::insert(&mut tx, &app.live_row(&session, &first, None, String::new(), now)).await?;
    let account = account::with_roles(&mut tx, row).await?;
    let tokens = app.tokens(&session, account, first, now)?;
    tx.commit().await?;
    Ok(tokens)
}
