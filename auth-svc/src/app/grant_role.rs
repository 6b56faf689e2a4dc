//! Giving a role.

use super::App;
use super::account::{self, Account};
use crate::error::Error;
use crate::rules::role::Granted;
use crate::store::{accounts, roles};

/// Gives an account a role; one that it has already stays as it is. It is in the next token.
///
/// # Errors
/// [`Error::NoSuchAccount`].
pub(crate) async fn grant_role(app: &App, by: &str, account_id: &str, role: &Granted) -> Result<Account, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let row = accounts::lock(&mut tx, account_id).await?.ok_or(Error::NoSuchAccount)?;
    let given = roles::insert(&mut tx, account_id, role, now).await?;
    let account = account::with_roles(&mut tx, row).await?;
    tx.commit().await?;
    if given {
        tracing::info!(by, account_id, role = role.word(), scope = role.scope(), "gave a role");
    }
    Ok(account)
}
