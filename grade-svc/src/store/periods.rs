//! Projections `period` and `period_window`.

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::sql;

use super::{ids, known};
use crate::rules::period::PeriodCode;
use crate::rules::window::{Scope, Window};

#[derive(Debug, sqlx::FromRow)]
struct WindowRow {
    period_code: String,
    scope: String,
    scope_key: String,
    opens_at: Stamp,
    closes_at: Stamp,
}

/// Grade-entry windows of periods, as pairs of period and window.
pub async fn windows(on: impl Into<On<'_>>, periods: &[PeriodCode]) -> Result<Vec<(PeriodCode, Window)>, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code, scope, scope_key, opens_at, closes_at FROM period_window
                  WHERE period_code IN (SELECT value FROM json_each($1)) ORDER BY period_code, place",
        postgres = "SELECT period_code, scope, scope_key, opens_at, closes_at FROM period_window
                    WHERE period_code = ANY($1) ORDER BY period_code, place"
    );
    let rows = query.bind(periods.iter().map(PeriodCode::to_string).collect::<Texts>()).all::<WindowRow>(on).await?;
    let window = |row: WindowRow| {
        let scope = known(Scope::parse(&row.scope, &row.scope_key), "window scope")?;
        let window = Window { scope, opens_at: row.opens_at.0, closes_at: row.closes_at.0 };
        Ok((super::period(&row.period_code)?, window))
    };
    rows.into_iter().map(window).collect()
}

/// Writes a period with its grade-entry windows.
pub async fn put(tx: &mut Tx, code: PeriodCode, state: &str, windows: &[Window]) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO period (period_code, state) VALUES ($1, $2)
         ON CONFLICT (period_code) DO UPDATE SET state = excluded.state"
    );
    query.bind(code.to_string()).bind(state).run(tx).await?;
    sql!("DELETE FROM period_window WHERE period_code = $1").bind(code.to_string()).run(tx).await?;
    if windows.is_empty() {
        return Ok(());
    }
    let query = sql!(
        sqlite = "INSERT INTO period_window (period_code, place, scope, scope_key, opens_at, closes_at)
                  SELECT $1, s.key, s.value, $3 ->> s.key, $4 ->> s.key, $5 ->> s.key FROM json_each($2) AS s",
        postgres = "INSERT INTO period_window (period_code, place, scope, scope_key, opens_at, closes_at)
                    SELECT $1, w.place, w.scope, w.scope_key, w.opens_at, w.closes_at
                    FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[])
                        WITH ORDINALITY AS w (scope, scope_key, opens_at, closes_at, place)"
    );
    let query = query.bind(code.to_string());
    let query = query.bind(windows.iter().map(|window| window.scope.word().to_owned()).collect::<Texts>());
    let query = query.bind(windows.iter().map(|window| window.scope.key()).collect::<Texts>());
    let query = query.bind(windows.iter().map(|window| window.opens_at.as_microsecond()).collect::<Ints>());
    query.bind(windows.iter().map(|window| window.closes_at.as_microsecond()).collect::<Ints>()).run(tx).await.map(drop)
}

/// Forgets a period.
pub async fn remove(tx: &mut Tx, code: &str) -> Result<(), DbError> {
    sql!("DELETE FROM period_window WHERE period_code = $1").bind(code).run(tx).await?;
    sql!("DELETE FROM period WHERE period_code = $1").bind(code).run(tx).await.map(drop)
}

/// Codes of periods after a code.
pub async fn codes(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT period_code FROM period WHERE period_code > $1 ORDER BY period_code LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}
