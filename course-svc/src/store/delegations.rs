//! Table `delegation`: who decides in an advisor's stead, and when.

use chassis::db::{DbError, On, Stamp, Tx};
use chassis::sql;
use jiff::Timestamp;

/// A delegation as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Id.
    pub id: String,
    /// The advisor.
    pub advisor_id: String,
    /// Name; empty while it has not arrived.
    pub advisor_name: String,
    /// Who decides.
    pub delegate_id: String,
    /// Name; empty while it has not arrived.
    pub delegate_name: String,
    /// First moment.
    pub from: Timestamp,
    /// First moment after it.
    pub until: Timestamp,
    /// Why; may be empty.
    pub note: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
}

/// Where a row stands in the list: when it was given (microseconds), id.
pub type Position = (i64, String);

impl Delegation {
    /// Where it stands in the list.
    pub fn position(&self) -> Position {
        (self.given_at.as_microsecond(), self.id.clone())
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    delegation_id: String,
    advisor_id: String,
    advisor_name: String,
    delegate_id: String,
    delegate_name: String,
    from_at: Stamp,
    until_at: Stamp,
    note: String,
    given_at: Stamp,
    ended_at: Option<Stamp>,
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Self {
        Self {
            id: row.delegation_id,
            advisor_id: row.advisor_id,
            advisor_name: row.advisor_name,
            delegate_id: row.delegate_id,
            delegate_name: row.delegate_name,
            from: row.from_at.0,
            until: row.until_at.0,
            note: row.note,
            given_at: row.given_at.0,
            ended_at: row.ended_at.map(|stamp| stamp.0),
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.delegation_id, d.advisor_id, COALESCE(a.name, '') AS advisor_name, d.delegate_id, \
                 COALESCE(l.name, '') AS delegate_name, d.from_at, d.until_at, d.note, d.given_at, d.ended_at \
             FROM delegation d \
             LEFT JOIN lecturer a ON a.lecturer_id = d.advisor_id \
             LEFT JOIN lecturer l ON l.lecturer_id = d.delegate_id \
             WHERE ",
            $rest
        )
    };
}

/// One delegation.
pub async fn get(on: impl Into<On<'_>>, id: &str) -> Result<Option<Delegation>, DbError> {
    let row = sql!(select!("d.delegation_id = $1")).bind(id).opt::<Row>(on).await?;
    Ok(row.map(Delegation::from))
}

/// Delegations that a lecturer gave or received (an empty id: everybody's), the latest first, after a position; only those
/// that hold at a moment, if one is given.
pub async fn list(
    on: impl Into<On<'_>>,
    lecturer_id: &str,
    at: Option<Timestamp>,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Delegation>, DbError> {
    let query = sql!(select!(
        "($1 = '' OR d.advisor_id = $1 OR d.delegate_id = $1)
           AND ($2 < 0 OR (d.from_at <= $2 AND $2 < d.until_at AND d.ended_at IS NULL))
           AND (d.given_at, d.delegation_id) < ($3, $4)
         ORDER BY d.given_at DESC, d.delegation_id DESC LIMIT $5"
    ));
    let first = (i64::MAX, String::new());
    let (given_at, id) = after.unwrap_or(&first);
    let query = query.bind(lecturer_id).bind(at.map_or(-1, Timestamp::as_microsecond)).bind(*given_at).bind(id);
    Ok(query.bind(limit).all::<Row>(on).await?.into_iter().map(Delegation::from).collect())
}

/// Advisors who have delegated to this lecturer, at a moment.
pub async fn advisors_of(on: impl Into<On<'_>>, delegate_id: &str, at: Timestamp) -> Result<Vec<String>, DbError> {
    let query = sql!(
        "SELECT DISTINCT advisor_id FROM delegation
         WHERE delegate_id = $1 AND from_at <= $2 AND $2 < until_at AND ended_at IS NULL ORDER BY advisor_id"
    );
    let rows = query.bind(delegate_id).bind(at).all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Adds a delegation, given by an account.
pub async fn insert(tx: &mut Tx, row: &Delegation, given_by: &str) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO delegation (delegation_id, advisor_id, delegate_id, from_at, until_at, note, given_at, given_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let query = query.bind(&row.id).bind(&row.advisor_id).bind(&row.delegate_id).bind(row.from).bind(row.until);
    query.bind(&row.note).bind(row.given_at).bind(given_by).run(tx).await.map(drop)
}

/// Ends a delegation, unless it was ended or is over already.
pub async fn end(tx: &mut Tx, id: &str, ended_by: &str, now: Timestamp) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE delegation SET ended_at = $2, ended_by = $3
         WHERE delegation_id = $1 AND ended_at IS NULL AND until_at > $2"
    );
    query.bind(id).bind(now).bind(ended_by).run(tx).await.map(drop)
}
