//! What the operator's command line does: makes an account, or gives an existing one a password and roles.

use chassis::db::Tx;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::account::{self, Account};
use super::{App, revoke};
use crate::error::Error;
use crate::rules::password;
use crate::rules::role::{Granted, RoleFault};
use crate::rules::user_name::UserName;
use crate::store::accounts::{self, AccountRow, NewAccount};
use crate::store::roles;
use crate::store::sessions::Why;

/// An account as the operator wants it.
pub(crate) struct PutAccount {
    /// Its user name; made when there is none.
    pub(crate) user_name: UserName,
    /// Name of the person; `None` keeps it.
    pub(crate) display_name: Option<String>,
    /// New password; `None` keeps it.
    pub(crate) password: Option<SecretString>,
    /// The new password may take the place of one that the account has.
    pub(crate) replace: bool,
    /// Roles to add.
    pub(crate) roles: Vec<Granted>,
    /// Names the field of the role student among those asked for, if any; the account must be a student's.
    pub(crate) as_student: Option<String>,
    /// As `as_student`, for a lecturer.
    pub(crate) as_lecturer: Option<String>,
    /// A demo account.
    pub(crate) demo: bool,
}

/// Makes or changes the account. A new password ends its sessions.
///
/// # Errors
/// [`Error::DemoNotAllowed`], [`Error::BadPassword`]; [`Error::HasPassword`] when it was not asked to replace one;
/// [`Error::BadRole`] for student or lecturer without such a record. Nothing was changed then.
pub(crate) async fn put_account(app: &App, cmd: PutAccount) -> Result<Account, Error> {
    let now = app.clock.now();
    if cmd.demo && !app.terms.allow_demo {
        return Err(Error::DemoNotAllowed);
    }
    let hash = match &cmd.password {
        Some(new) => {
            password::judge(new.expose_secret(), &cmd.user_name)
                .map_err(|fault| Error::BadPassword("password", fault))?;
            Some(app.hasher.hash(new.clone()).await?)
        }
        None => None,
    };
    let mut tx = app.db.begin().await?;
    let mut row = find_or_make(&mut tx, &cmd, now).await?;
    if hash.is_some() && row.password_hash.is_some() && !cmd.replace {
        return Err(Error::HasPassword);
    }
    for (field, there) in [(&cmd.as_student, &row.student_id), (&cmd.as_lecturer, &row.lecturer_id)] {
        if let (Some(field), None) = (field, there) {
            return Err(Error::BadRole(field.clone(), RoleFault::FollowsRecords));
        }
    }
    if let Some(name) = &cmd.display_name {
        row.display_name.clone_from(name);
    }
    row.demo |= cmd.demo;
    accounts::set_names(&mut tx, &row).await?;
    if let Some(hash) = hash {
        accounts::set_password(&mut tx, &row.account_id, &hash, now).await?;
        revoke::sessions_of(&mut tx, &app.terms, &row.account_id, "", Why::Password, now).await?;
        row.password_hash = Some(hash);
    }
    for role in &cmd.roles {
        roles::insert(&mut tx, &row.account_id, role, now).await?;
    }
    let account = account::with_roles(&mut tx, row).await?;
    tx.commit().await?;
    tracing::info!(account_id = account.id, "the operator put an account");
    Ok(account)
}

/// Locks the account of this name, which is made when there is none.
async fn find_or_make(tx: &mut Tx, cmd: &PutAccount, now: Timestamp) -> Result<AccountRow, Error> {
    let name = cmd.user_name.as_str();
    if let Some(row) = accounts::lock_by_user_name(tx, name).await? {
        return Ok(row);
    }
    let new = NewAccount {
        account_id: &chassis::id::new(),
        user_name: name,
        display_name: cmd.display_name.as_deref().unwrap_or(name),
        student_id: None,
        lecturer_id: None,
        demo: cmd.demo,
    };
    // Somebody else may make it at this moment; then it is theirs that is changed.
    accounts::insert(tx, &new, now).await?;
    accounts::lock_by_user_name(tx, name).await?.ok_or(Error::NoSuchAccount)
}
