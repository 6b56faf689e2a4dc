//! Taking a role.

use super::account::{self, Account};
use super::{App, revoke};
use crate::error::Error;
use crate::rules::role::Granted;
use crate::store::sessions::Why;
use crate::store::{accounts, roles};

/// Takes a role from an account and ends its sessions, whose tokens carry it. Without the role, nothing changes.
///
/// # Errors
/// [`Error::NoSuchAccount`].
pub(crate) async fn revoke_role(app: &App, by: &str, account_id: &str, role: &Granted) -> Result<Account, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let row = accounts::lock(&mut tx, account_id).await?.ok_or(Error::NoSuchAccount)?;
    let taken = roles::delete(&mut tx, account_id, role).await?;
    if taken {
        revoke::sessions_of(&mut tx, &app.terms, account_id, "", Why::Role, now).await?;
    }
    let account = account::with_roles(&mut tx, row).await?;
    tx.commit().await?;
    if taken {
        tracing::info!(by, account_id, role = role.word(), scope = role.scope(), "took a role");
    }
    Ok(account)
}
