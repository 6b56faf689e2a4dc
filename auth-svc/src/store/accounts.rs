//! Table `account`.

use chassis::db::{DbError, On, Tx};
use chassis::sql;
use jiff::Timestamp;
use sqlx::FromRow;

use crate::rules::person::{Person, Record};

/// A row.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct AccountRow {
    /// Id.
    pub(crate) account_id: String,
    /// Lower case.
    pub(crate) user_name: String,
    /// Name of the person.
    pub(crate) display_name: String,
    /// The student whose account it is.
    pub(crate) student_id: Option<String>,
    /// The lecturer whose account it is.
    pub(crate) lecturer_id: Option<String>,
    /// PHC string; none until activated.
    pub(crate) password_hash: Option<String>,
    /// False once the person has left.
    pub(crate) enabled: bool,
    /// Made for the demo campus.
    pub(crate) demo: bool,
}

/// A row to insert; everything else starts empty.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    /// Id.
    pub(crate) account_id: &'a str,
    /// Lower case.
    pub(crate) user_name: &'a str,
    /// Name of the person.
    pub(crate) display_name: &'a str,
    /// The student whose account it is.
    pub(crate) student_id: Option<&'a str>,
    /// The lecturer whose account it is.
    pub(crate) lecturer_id: Option<&'a str>,
    /// Made for the demo campus.
    pub(crate) demo: bool,
}

/// One account by id. Locks nothing.
pub(crate) async fn by_id(on: impl Into<On<'_>>, account_id: &str) -> Result<Option<AccountRow>, DbError> {
    sql!(
        "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
         FROM account WHERE account_id = $1"
    )
    .bind(account_id)
    .opt(on)
    .await
}

/// One account by user name. Locks nothing.
pub(crate) async fn by_user_name(on: impl Into<On<'_>>, user_name: &str) -> Result<Option<AccountRow>, DbError> {
    sql!(
        "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
         FROM account WHERE user_name = $1"
    )
    .bind(user_name)
    .opt(on)
    .await
}

/// Locks one account until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, account_id: &str) -> Result<Option<AccountRow>, DbError> {
    sql!(
        sqlite = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                  FROM account WHERE account_id = $1",
        postgres = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                    FROM account WHERE account_id = $1 FOR UPDATE"
    )
    .bind(account_id)
    .opt(tx)
    .await
}

/// Locks the account of this user name until the transaction ends.
pub(crate) async fn lock_by_user_name(tx: &mut Tx, user_name: &str) -> Result<Option<AccountRow>, DbError> {
    sql!(
        sqlite = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                  FROM account WHERE user_name = $1",
        postgres = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                    FROM account WHERE user_name = $1 FOR UPDATE"
    )
    .bind(user_name)
    .opt(tx)
    .await
}

/// Locks the account that follows this record until the transaction ends.
pub(crate) async fn lock_by_record(tx: &mut Tx, record: Record, id: &str) -> Result<Option<AccountRow>, DbError> {
    let query = match record {
        Record::Student => sql!(
            sqlite = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                      FROM account WHERE student_id = $1",
            postgres =
                "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                        FROM account WHERE student_id = $1 FOR UPDATE"
        ),
        Record::Lecturer => sql!(
            sqlite = "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                      FROM account WHERE lecturer_id = $1",
            postgres =
                "SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
                        FROM account WHERE lecturer_id = $1 FOR UPDATE"
        ),
    };
    query.bind(id).opt(tx).await
}

/// Inserts an account without a password, unless the user name is taken; then returns false and changes nothing.
pub(crate) async fn insert(tx: &mut Tx, account: &NewAccount<'_>, now: Timestamp) -> Result<bool, DbError> {
    let inserted = sql!(
        "INSERT INTO account (account_id, user_name, display_name, search, student_id, lecturer_id, enabled, demo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8)
         ON CONFLICT (user_name) DO NOTHING"
    )
    .bind(account.account_id)
    .bind(account.user_name)
    .bind(account.display_name)
    .bind(search_text(account.user_name, account.display_name))
    .bind(account.student_id)
    .bind(account.lecturer_id)
    .bind(account.demo)
    .bind(now)
    .run(tx)
    .await?;
    Ok(inserted == 1)
}

/// Sets a password. The caller holds the row's lock.
pub(crate) async fn set_password(tx: &mut Tx, account_id: &str, hash: &str, now: Timestamp) -> Result<(), DbError> {
    sql!("UPDATE account SET password_hash = $2, password_changed_at = $3 WHERE account_id = $1")
        .bind(account_id)
        .bind(hash)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Stores the same password's hash with other parameters. The caller holds the row's lock.
pub(crate) async fn set_rehashed(tx: &mut Tx, account_id: &str, hash: &str) -> Result<(), DbError> {
    sql!("UPDATE account SET password_hash = $2 WHERE account_id = $1").bind(account_id).bind(hash).run(tx).await?;
    Ok(())
}

/// Sets what people see, and marks a demo account. The caller holds the row's lock.
pub(crate) async fn set_names(tx: &mut Tx, row: &AccountRow) -> Result<(), DbError> {
    sql!("UPDATE account SET user_name = $2, display_name = $3, search = $4, demo = $5 WHERE account_id = $1")
        .bind(&row.account_id)
        .bind(&row.user_name)
        .bind(&row.display_name)
        .bind(search_text(&row.user_name, &row.display_name))
        .bind(row.demo)
        .run(tx)
        .await?;
    Ok(())
}

/// Lets an account follow a record. The caller holds the row's lock and knows that it follows none yet.
pub(crate) async fn link(tx: &mut Tx, account_id: &str, person: &Person) -> Result<(), DbError> {
    let query = match person.record {
        Record::Student => sql!("UPDATE account SET student_id = $2 WHERE account_id = $1"),
        Record::Lecturer => sql!("UPDATE account SET lecturer_id = $2 WHERE account_id = $1"),
    };
    query.bind(account_id).bind(&person.id).run(tx).await?;
    Ok(())
}

/// Enables or disables an account. The caller holds the row's lock.
pub(crate) async fn set_enabled(tx: &mut Tx, account_id: &str, enabled: bool) -> Result<(), DbError> {
    sql!("UPDATE account SET enabled = $2 WHERE account_id = $1").bind(account_id).bind(enabled).run(tx).await?;
    Ok(())
}

/// Ids of the records that enabled accounts follow, in order, after `after`.
pub(crate) async fn record_ids(tx: &mut Tx, record: Record, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = match record {
        Record::Student => {
            sql!("SELECT student_id FROM account WHERE student_id > $1 AND enabled ORDER BY student_id LIMIT $2")
        }
        Record::Lecturer => {
            sql!("SELECT lecturer_id FROM account WHERE lecturer_id > $1 AND enabled ORDER BY lecturer_id LIMIT $2")
        }
    };
    let rows: Vec<(String,)> = query.bind(after).bind(limit).all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Accounts by user name after `after` whose names contain the folded text `search` (empty: all).
pub(crate) async fn list(
    on: impl Into<On<'_>>,
    search: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<AccountRow>, DbError> {
    sql!(
        r"SELECT account_id, user_name, display_name, student_id, lecturer_id, password_hash, enabled, demo
          FROM account WHERE user_name > $1 AND search LIKE $2 ESCAPE '\' ORDER BY user_name LIMIT $3"
    )
    .bind(after)
    .bind(contains(search))
    .bind(limit)
    .all(on)
    .await
}

/// The pattern that finds a text anywhere.
fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn search_text(user_name: &str, display_name: &str) -> String {
    chassis::text::fold(&format!("{user_name} {display_name}"))
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn nothing_that_is_searched_for_is_a_wildcard() {
        assert_eq!(contains(""), "%%");
        assert_eq!(contains(r"50%_a\"), r"%50\%\_a\\%");
    }
}
