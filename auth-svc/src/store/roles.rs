//! Table `account_role`: the roles given by hand.

use std::collections::HashMap;

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use crate::rules::role::Granted;

/// The roles of one account. Locks nothing.
pub(crate) async fn of(on: impl Into<On<'_>>, account_id: &str) -> Result<Vec<Granted>, DbError> {
    let rows: Vec<(String, String)> =
        sql!("SELECT role, scope FROM account_role WHERE account_id = $1 ORDER BY role, scope")
            .bind(account_id)
            .all(on)
            .await?;
    Ok(rows.iter().filter_map(|(role, scope)| Granted::from_row(role, scope)).collect())
}

/// Whether the account has any role given by hand, one that this version does not know included. Locks nothing.
pub(crate) async fn any(on: impl Into<On<'_>>, account_id: &str) -> Result<bool, DbError> {
    let (roles,): (i64,) =
        sql!("SELECT COUNT(*) FROM account_role WHERE account_id = $1").bind(account_id).one(on).await?;
    Ok(roles > 0)
}

/// The roles of many accounts, by account id. Locks nothing.
pub(crate) async fn of_many(
    on: impl Into<On<'_>>,
    account_ids: Vec<String>,
) -> Result<HashMap<String, Vec<Granted>>, DbError> {
    let rows: Vec<(String, String, String)> = sql!(
        sqlite = "SELECT account_id, role, scope FROM account_role
                  WHERE account_id IN (SELECT value FROM json_each($1)) ORDER BY account_id, role, scope",
        postgres = "SELECT account_id, role, scope FROM account_role
                    WHERE account_id = ANY($1) ORDER BY account_id, role, scope"
    )
    .bind(Texts(account_ids))
    .all(on)
    .await?;
    let mut by_account: HashMap<String, Vec<Granted>> = HashMap::new();
    for (account_id, role, scope) in rows {
        by_account.entry(account_id).or_default().extend(Granted::from_row(&role, &scope));
    }
    Ok(by_account)
}

/// Gives a role; false when the account has it already. The caller holds the account's lock.
pub(crate) async fn insert(tx: &mut Tx, account_id: &str, role: &Granted, now: Timestamp) -> Result<bool, DbError> {
    let inserted = sql!(
        "INSERT INTO account_role (account_id, role, scope, granted_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, role, scope) DO NOTHING"
    )
    .bind(account_id)
    .bind(role.word())
    .bind(role.scope())
    .bind(now)
    .run(tx)
    .await?;
    Ok(inserted == 1)
}

/// Takes a role; false when the account does not have it. The caller holds the account's lock.
pub(crate) async fn delete(tx: &mut Tx, account_id: &str, role: &Granted) -> Result<bool, DbError> {
    let deleted = sql!("DELETE FROM account_role WHERE account_id = $1 AND role = $2 AND scope = $3")
        .bind(account_id)
        .bind(role.word())
        .bind(role.scope())
        .run(tx)
        .await?;
    Ok(deleted == 1)
}
