//! Accounts follow the records of students and lecturers.

use chassis::db::{DbError, Tx};
use jiff::Timestamp;

use super::{Terms, revoke};
use crate::rules::person::{Person, Record, last_resort, user_names};
use crate::rules::user_name::UserName;
use crate::store::accounts::{self, AccountRow, NewAccount};
use crate::store::roles;
use crate::store::sessions::Why;

/// Makes the person's account, or brings it up to date: names follow, who has left is disabled and logged out.
///
/// # Errors
/// The database.
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

/// Makes the account under the first of its names that is free. Never fails because of names: whoever may write a record
/// chooses its number, and must not be able to stop the feed by it.
async fn make(tx: &mut Tx, person: &Person, number: &UserName, now: Timestamp) -> Result<(), DbError> {
    let (student_id, lecturer_id) = match person.record {
        Record::Student => (Some(person.id.as_str()), None),
        Record::Lecturer => (None, Some(person.id.as_str())),
    };
    let account_id = chassis::id::new();
    let mut names = user_names(number, person.record).into_iter();
    loop {
        let user_name = names.next().map_or_else(
            || {
                let name = last_resort(person.record, &chassis::id::new());
                tracing::warn!(
                    account_id,
                    record = person.id,
                    name,
                    "every user name of a record is taken; made one up"
                );
                name
            },
            |name| name.to_string(),
        );
        let new = NewAccount {
            account_id: &account_id,
            user_name: &user_name,
            display_name: &person.name,
            student_id,
            lecturer_id,
            demo: false,
        };
        if accounts::insert(tx, &new, now).await? || adopt(tx, person, &user_name).await? {
            return Ok(());
        }
    }
}

/// Links the account of this name, when it may have been made for the person before the record arrived: it follows no
/// record, and nobody has given it a role. Whoever may write a record must not get hold of an account with powers by giving
/// the record its name; an operator who wants both gives the roles after the account follows the record.
async fn adopt(tx: &mut Tx, person: &Person, user_name: &str) -> Result<bool, DbError> {
    let Some(row) = accounts::lock_by_user_name(tx, user_name).await? else { return Ok(false) };
    if row.student_id.is_some() || row.lecturer_id.is_some() {
        return Ok(false);
    }
    if roles::any(&mut *tx, &row.account_id).await? {
        tracing::warn!(
            account_id = row.account_id,
            record = person.id,
            "a record has the user name of an account with granted roles, which is not linked"
        );
        return Ok(false);
    }
    accounts::link(tx, &row.account_id, person).await?;
    tracing::info!(account_id = row.account_id, "an account made by the operator now follows a record");
    accounts::set_names(tx, &AccountRow { display_name: person.name.clone(), ..row }).await?;
    Ok(true)
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
            match free_name(tx, &names).await? {
                Some(name) => row.user_name = name,
                // The present one is its own, and cannot collide.
                None => tracing::warn!(
                    account_id = row.account_id,
                    record = person.id,
                    "every user name of a record is taken; its account keeps the one it has"
                ),
            }
        }
    }
    row.display_name.clone_from(&person.name);
    accounts::set_names(tx, &row).await
}

/// The first of the names that nobody has.
async fn free_name(tx: &mut Tx, names: &[UserName]) -> Result<Option<String>, DbError> {
    for name in names {
        if accounts::by_user_name(&mut *tx, name.as_str()).await?.is_none() {
            return Ok(Some(name.to_string()));
        }
    }
    Ok(None)
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
