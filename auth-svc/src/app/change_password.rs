//! Changing the own password.

use secrecy::{ExposeSecret as _, SecretString};

use super::{App, revoke};
use crate::error::Error;
use crate::rules::password::{self, MAX_BYTES, PasswordFault};
use crate::rules::user_name::UserName;
use crate::store::accounts;
use crate::store::sessions::Why;

/// What a logged-in person asks for.
pub(crate) struct ChangePassword {
    /// Whose.
    pub(crate) account_id: String,
    /// The session that goes on.
    pub(crate) session_id: String,
    /// The present password.
    pub(crate) current: SecretString,
    /// The new one.
    pub(crate) new: SecretString,
}

/// Changes the password and ends the other sessions. Guessing the present password is slowed as logging in is.
///
/// # Errors
/// [`Error::BadPassword`], [`Error::WrongPassword`], [`Error::TooOften`]; overloaded.
pub(crate) async fn change_password(app: &App, cmd: ChangePassword) -> Result<(), Error> {
    let now = app.clock.now();
    if cmd.current.expose_secret().len() > MAX_BYTES {
        return Err(Error::BadPassword("current_password", PasswordFault::TooLong));
    }
    let seen = accounts::by_id(&app.db, &cmd.account_id).await?.ok_or(Error::NoSuchAccount)?;
    let name = UserName::parse(&seen.user_name).map_err(Error::BadUserName)?;
    password::judge(cmd.new.expose_secret(), &name).map_err(|fault| Error::BadPassword("new_password", fault))?;

    let attempt = app.throttle.begin(&name, None, now)?;
    match app.hasher.check(cmd.current, seen.password_hash.clone()).await {
        Ok(checked) if checked.matches => app.throttle.succeeded(attempt),
        Ok(_) => return Err(Error::WrongPassword),
        Err(error) => {
            app.throttle.not_judged(attempt);
            return Err(error.into());
        }
    }
    let hash = app.hasher.hash(cmd.new).await?;

    let mut tx = app.db.begin().await?;
    let row = accounts::lock(&mut tx, &cmd.account_id).await?.ok_or(Error::NoSuchAccount)?;
    if row.password_hash != seen.password_hash {
        return Err(Error::WrongPassword);
    }
    accounts::set_password(&mut tx, &row.account_id, &hash, now).await?;
    let ended = revoke::sessions_of(&mut tx, &app.terms, &row.account_id, &cmd.session_id, Why::Password, now).await?;
    tx.commit().await?;
    tracing::info!(account_id = row.account_id, ended, "changed a password");
    Ok(())
}
