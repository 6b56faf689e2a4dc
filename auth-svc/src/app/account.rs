//! An account with its roles.

use chassis::db::{DbError, On};

use crate::rules::role::{self, Granted, Role};
use crate::store::accounts::{self, AccountRow};
use crate::store::roles;

/// An account as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Id.
    pub(crate) id: String,
    /// Lower case.
    pub(crate) user_name: String,
    /// Name of the person.
    pub(crate) display_name: String,
    /// In a stable order.
    pub(crate) roles: Vec<Role>,
    /// The student whose account it is.
    pub(crate) student_id: Option<String>,
    /// The lecturer whose account it is.
    pub(crate) lecturer_id: Option<String>,
    /// Has a password.
    pub(crate) activated: bool,
    /// May log in.
    pub(crate) enabled: bool,
}

impl Account {
    /// Puts a row and its granted roles together.
    pub(crate) fn new(row: AccountRow, granted: Vec<Granted>) -> Self {
        Self {
            roles: role::all(row.student_id.is_some(), row.lecturer_id.is_some(), granted),
            id: row.account_id,
            user_name: row.user_name,
            display_name: row.display_name,
            student_id: row.student_id,
            lecturer_id: row.lecturer_id,
            activated: row.password_hash.is_some(),
            enabled: row.enabled,
        }
    }
}

/// Adds the roles to a row. Locks nothing.
pub(crate) async fn with_roles(on: impl Into<On<'_>>, row: AccountRow) -> Result<Account, DbError> {
    let granted = roles::of(on, &row.account_id).await?;
    Ok(Account::new(row, granted))
}

/// One account. Locks nothing.
pub(crate) async fn load(db: &chassis::db::Db, account_id: &str) -> Result<Option<Account>, DbError> {
    match accounts::by_id(db, account_id).await? {
        Some(row) => Ok(Some(with_roles(db, row).await?)),
        None => Ok(None),
    }
}
