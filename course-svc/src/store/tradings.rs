//! Table `trading`: classes that students gave back more often than goes unnoticed.

use std::collections::HashMap;

use chassis::db::{DbError, On, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::small;
use crate::rules::period::PeriodCode;
use crate::rules::trading::{GivenBack, Trading};

#[derive(Debug, sqlx::FromRow)]
struct TradingRow {
    student_id: String,
    first_at: Stamp,
    last_at: Stamp,
    drops: i64,
    labels: String,
}

impl TradingRow {
    fn trading(self) -> Result<(String, Trading), DbError> {
        let labels = serde_json::from_str(&self.labels).map_err(|error| DbError::usage(error.to_string()))?;
        let (first_at, last_at, drops) = (self.first_at.0, self.last_at.0, small(self.drops)?);
        Ok((self.student_id, Trading { first_at, last_at, drops, labels }))
    }
}

/// What these students gave back in a period after a moment, by the history of their plans, oldest first.
pub async fn given_back(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    student_ids: &[String],
    after: Timestamp,
) -> Result<HashMap<String, Vec<GivenBack>>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, at, class_label FROM plan_step
                  WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2))
                    AND deed IN ('drop', 'swap') AND at > $3
                  ORDER BY student_id, version",
        postgres = "SELECT student_id, at, class_label FROM plan_step
                    WHERE period_code = $1 AND student_id = ANY($2) AND deed IN ('drop', 'swap') AND at > $3
                    ORDER BY student_id, version"
    );
    let query = query.bind(period.to_string()).bind(Texts(student_ids.to_vec())).bind(after);
    let mut found: HashMap<String, Vec<GivenBack>> = HashMap::new();
    for (student_id, at, label) in query.all::<(String, Stamp, String)>(on).await? {
        found.entry(student_id).or_default().push(GivenBack { at: at.0, label });
    }
    Ok(found)
}

/// The latest record of each of these students in a period; most have none.
pub async fn latest(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    student_ids: &[String],
) -> Result<HashMap<String, Trading>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, first_at, last_at, drops, labels FROM trading
                  WHERE period_code = $1 AND student_id IN (SELECT value FROM json_each($2)) ORDER BY first_at",
        postgres = "SELECT student_id, first_at, last_at, drops, labels FROM trading
                    WHERE period_code = $1 AND student_id = ANY($2) ORDER BY first_at"
    );
    let query = query.bind(period.to_string()).bind(Texts(student_ids.to_vec()));
    // Of several the last one stays.
    query.all::<TradingRow>(on).await?.into_iter().map(TradingRow::trading).collect()
}

/// Writes a record, in place of what it was before. The caller holds the lock of the student's plan.
pub async fn put(tx: &mut Tx, student_id: &str, period: PeriodCode, record: &Trading) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO trading (student_id, period_code, first_at, last_at, drops, labels) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (student_id, period_code, first_at)
         DO UPDATE SET last_at = excluded.last_at, drops = excluded.drops, labels = excluded.labels"
    );
    let labels = serde_json::to_string(&record.labels).map_err(|error| DbError::usage(error.to_string()))?;
    let query = query.bind(student_id).bind(period.to_string()).bind(record.first_at).bind(record.last_at);
    query.bind(record.drops).bind(labels).run(tx).await.map(drop)
}

/// Where a record stands in the list: its last moment in microseconds, and the student.
pub type Position = (i64, String);

/// A record as the registrar reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Who.
    pub student_id: String,
    /// Student number; empty while it has not arrived.
    pub nim: String,
    /// Name; empty while it has not arrived.
    pub name: String,
    /// What.
    pub trading: Trading,
}

impl Watched {
    /// Where it stands.
    pub fn position(&self) -> Position {
        (self.trading.last_at.as_microsecond(), self.student_id.clone())
    }
}

#[derive(Debug, sqlx::FromRow)]
struct WatchedRow {
    nim: String,
    name: String,
    #[sqlx(flatten)]
    row: TradingRow,
}

/// Records of a period, latest first, after a position.
pub async fn list(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Watched>, DbError> {
    let query = sql!(
        "SELECT t.student_id, t.first_at, t.last_at, t.drops, t.labels, COALESCE(s.nim, '') AS nim,
             COALESCE(s.name, '') AS name
         FROM trading t LEFT JOIN student s ON s.student_id = t.student_id
         WHERE t.period_code = $1 AND (t.last_at < $2 OR (t.last_at = $2 AND t.student_id > $3))
         ORDER BY t.last_at DESC, t.student_id LIMIT $4"
    );
    let (last_at, student) = after.map_or((i64::MAX, ""), |(at, student)| (*at, student.as_str()));
    let query = query.bind(period.to_string()).bind(last_at).bind(student).bind(limit);
    let watched = |row: WatchedRow| {
        let (student_id, trading) = row.row.trading()?;
        Ok(Watched { student_id, nim: row.nim, name: row.name, trading })
    };
    query.all::<WatchedRow>(on).await?.into_iter().map(watched).collect()
}
