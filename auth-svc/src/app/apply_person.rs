//! Accounts follow the records of students and lecturers.

use chassis::db::{DbError, Tx};
use jiff::Timestamp;

use super::{Terms, revoke};
use crate::rules::person::{Person, Record, user_names};
use crate::rules::user_name::UserName;
use crate::store::accounts::{self, AccountRow, NewAccount};
use crate::store::sessions::Why;

/// Makes the person's account, or brings it up to date: names follow, who has left is disabled and logged out.
///
/// # Errors
/// The database; and when every user name that the person could have belongs to somebody else, which stops the feed here
/// until the operator has looked at it.
pub(crate) async fn apply_person(tx: &mut Tx, terms: &Terms, person: &Person, now: Timestamp) -> Result<(), DbError> {
    match accounts::lock_by_record(tx, person.record, &person.id).await? {
        Some(row) => update(tx, terms, row, person, now).await,
        None if person.left => Ok(()),
        None => match &person.number {
            Some(number) => make(tx, person, number, now).await,
            // Nothing to log in with yet.
            None => Ok(()),
        },
    }
}

/// The record is gone: disables its account, which keeps its id.
///
/// # Errors
/// The database.
pub(crate) async fn remove_person(
    tx: &mut Tx,
    terms: &Terms,
    record: Record,
    id: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    match accounts::lock_by_record(tx, record, id).await? {
        Some(row) => set_enabled(tx, terms, &row, false, now).await,
        None => Ok(()),
    }
}

async fn make(tx: &mut Tx, person: &Person, number: &UserName, now: Timestamp) -> Result<(), DbError> {
    for name in user_names(number, person.record) {
        let (student_id, lecturer_id) = match person.record {
            Record::Student => (Some(person.id.as_str()), None),
            Record::Lecturer => (None, Some(person.id.as_str())),
        };
        let new = NewAccount {
            account_id: &chassis::id::new(),
            user_name: name.as_str(),
            display_name: &person.name,
            student_id,
            lecturer_id,
            demo: false,
        };
        if accounts::insert(tx, &new, now).await? {
            return Ok(());
        }
        // The operator may have made the account before the record arrived: then it is this person's.
        if let Some(row) = accounts::lock_by_user_name(tx, name.as_str()).await?
            && row.student_id.is_none()
            && row.lecturer_id.is_none()
        {
            accounts::link(tx, &row.account_id, person).await?;
            tracing::info!(account_id = row.account_id, "an account made by the operator now follows a record");
            return accounts::set_names(tx, &AccountRow { display_name: person.name.clone(), ..row }).await;
        }
    }
    Err(DbError::usage("every user name of a record belongs to another account"))
}

async fn update(
    tx: &mut Tx,
    terms: &Terms,
    mut row: AccountRow,
    person: &Person,
    now: Timestamp,
) -> Result<(), DbError> {
    set_enabled(tx, terms, &row, !person.left, now).await?;
    if let Some(number) = &person.number {
        let names = user_names(number, person.record);
        if !names.iter().any(|name| name.as_str() == row.user_name) {
            row.user_name = free_name(tx, &names).await?;
        }
    }
    row.display_name.clone_from(&person.name);
    accounts::set_names(tx, &row).await
}

async fn free_name(tx: &mut Tx, names: &[UserName]) -> Result<String, DbError> {
    for name in names {
        if accounts::by_user_name(&mut *tx, name.as_str()).await?.is_none() {
            return Ok(name.to_string());
        }
    }
    Err(DbError::usage("every user name of a record belongs to another account"))
}

async fn set_enabled(
    tx: &mut Tx,
    terms: &Terms,
    row: &AccountRow,
    enabled: bool,
    now: Timestamp,
) -> Result<(), DbError> {
    if row.enabled != enabled {
        accounts::set_enabled(tx, &row.account_id, enabled).await?;
    }
    if row.enabled && !enabled {
        revoke::sessions_of(tx, terms, &row.account_id, "", Why::Left, now).await?;
        tracing::info!(account_id = row.account_id, "disabled an account whose person has left");
    }
    Ok(())
}
