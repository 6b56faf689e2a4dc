//! Accounts, for administrators.

use super::App;
use super::account::Account;
use crate::error::Error;
use crate::store::{accounts, roles};

/// Accounts by user name after `after`, at most `limit`, whose names contain `search` (empty: all).
///
/// # Errors
/// The database.
pub(crate) async fn list_accounts(app: &App, search: &str, after: &str, limit: i64) -> Result<Vec<Account>, Error> {
    let rows = accounts::list(&app.db, &chassis::text::fold(search), after, limit).await?;
    let ids = rows.iter().map(|row| row.account_id.clone()).collect();
    let mut granted = roles::of_many(&app.db, ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let roles = granted.remove(&row.account_id).unwrap_or_default();
            Account::new(row, roles)
        })
        .collect())
}
