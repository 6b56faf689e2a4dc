//! Tables `period` and `period_window`.

use std::collections::HashMap;

use chassis::db::{DbError, Ints, On, Query, Stamp, Texts, Tx};
use chassis::sql;

use super::{known, small};
use crate::model::Period;
use crate::rules::allocation::AllocationState;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::{Registration, SeatPolicy};
use crate::rules::window::{Scope, Window, WindowKind};

#[derive(Debug, sqlx::FromRow)]
struct PeriodRow {
    period_code: String,
    state: String,
    version: i64,
    seat_policy: String,
    admission_rate: i64,
    admission_burst: i64,
    presence_minutes: i64,
    waiting_limit: i64,
    trading_limit: i64,
    trading_hours: i64,
    allocation: String,
}

impl PeriodRow {
    fn period(self, windows: Vec<Window>) -> Result<Period, DbError> {
        Ok(Period {
            windows,
            code: super::period(&self.period_code)?,
            state: known(PeriodState::parse(&self.state), "period state")?,
            registration: Registration {
                seat_policy: known(SeatPolicy::parse(&self.seat_policy), "seat policy")?,
                admission_rate: small(self.admission_rate)?,
                admission_burst: small(self.admission_burst)?,
                presence_minutes: small(self.presence_minutes)?,
                waiting_limit: small(self.waiting_limit)?,
                trading_limit: small(self.trading_limit)?,
                trading_hours: small(self.trading_hours)?,
            },
            allocation: known(AllocationState::parse(&self.allocation), "state of an allocation")?,
            version: self.version,
        })
    }
}

/// Periods with how far their allocation is, which its own row says.
macro_rules! select_period {
    ($rest:literal) => {
        concat!(
            "SELECT p.period_code, p.state, p.version, p.seat_policy, p.admission_rate, p.admission_burst, \
                 p.presence_minutes, p.waiting_limit, p.trading_limit, p.trading_hours, \
                 COALESCE(a.state, 'pending') AS allocation \
             FROM period p LEFT JOIN allocation a ON a.period_code = p.period_code ",
            $rest
        )
    };
}

#[derive(Debug, sqlx::FromRow)]
struct WindowRow {
    period_code: String,
    kind: String,
    scope: String,
    scope_key: String,
    opens_at: Stamp,
    closes_at: Stamp,
}

impl WindowRow {
    fn window(self) -> Result<Window, DbError> {
        Ok(Window {
            kind: known(WindowKind::parse(&self.kind), "window kind")?,
            scope: known(Scope::parse(&self.scope, &self.scope_key), "window scope")?,
            opens_at: self.opens_at.0,
            closes_at: self.closes_at.0,
        })
    }
}

fn assemble(rows: Vec<PeriodRow>, windows: Vec<WindowRow>) -> Result<Vec<Period>, DbError> {
    let mut by_period: HashMap<String, Vec<Window>> = HashMap::new();
    for row in windows {
        by_period.entry(row.period_code.clone()).or_default().push(row.window()?);
    }
    let period = |row: PeriodRow| {
        let windows = by_period.remove(&row.period_code).unwrap_or_default();
        row.period(windows)
    };
    rows.into_iter().map(period).collect()
}

/// Windows of the periods, in the order in which they were written.
async fn windows(on: impl Into<On<'_>>, codes: Vec<String>) -> Result<Vec<WindowRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code, kind, scope, scope_key, opens_at, closes_at FROM period_window
                  WHERE period_code IN (SELECT value FROM json_each($1)) ORDER BY period_code, place",
        postgres = "SELECT period_code, kind, scope, scope_key, opens_at, closes_at FROM period_window
                    WHERE period_code = ANY($1) ORDER BY period_code, place"
    );
    query.bind(Texts(codes)).all::<WindowRow>(on).await
}

fn codes(rows: &[PeriodRow]) -> Vec<String> {
    rows.iter().map(|row| row.period_code.clone()).collect()
}

/// One period with its windows, both as of the transaction.
pub async fn get(tx: &mut Tx, code: PeriodCode) -> Result<Option<Period>, DbError> {
    let query = sql!(select_period!("WHERE p.period_code = $1"));
    let rows = query.bind(code.to_string()).all::<PeriodRow>(&mut *tx).await?;
    let windows = windows(tx, codes(&rows)).await?;
    Ok(assemble(rows, windows)?.pop())
}

/// One period with its windows, locked until the transaction ends: the first lock of whoever changes what is offered.
pub async fn lock(tx: &mut Tx, code: PeriodCode) -> Result<Option<Period>, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code FROM period WHERE period_code = $1",
        postgres = "WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('offering ' || $1, 0)))
                    SELECT p.period_code FROM line, period p WHERE p.period_code = $1 FOR NO KEY UPDATE OF p"
    );
    query.bind(code.to_string()).opt::<(String,)>(&mut *tx).await?;
    get(tx, code).await
}

/// Keeps a period from being changed by who has to know all plans in it (see [`lock_out`]) until the transaction ends: the
/// first lock of whoever may make a plan. Whether there is such a period.
///
/// Those who share a row on PostgreSQL pass somebody who waits to have it alone, and with batches that overlap all day that one
/// would wait all day. Nobody passes in the line for an advisory lock, which is taken before the row.
pub async fn hold(tx: &mut Tx, code: PeriodCode) -> Result<bool, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code FROM period WHERE period_code = $1",
        postgres =
            "WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended('period ' || $1, 0)))
                    SELECT p.period_code FROM line, period p WHERE p.period_code = $1 FOR KEY SHARE OF p"
    );
    Ok(query.bind(code.to_string()).opt::<(String,)>(tx).await?.is_some())
}

/// As [`lock`], beside others who do no more than this: nothing that is offered changes, and no allocation is started. They
/// do not pass who waits for [`lock`] either.
pub async fn lock_shared(tx: &mut Tx, code: PeriodCode) -> Result<Option<Period>, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code FROM period WHERE period_code = $1",
        postgres =
            "WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended('offering ' || $1, 0)))
                    SELECT p.period_code FROM line, period p WHERE p.period_code = $1 FOR SHARE OF p"
    );
    query.bind(code.to_string()).opt::<(String,)>(&mut *tx).await?;
    get(tx, code).await
}

/// As [`lock`], and nobody makes a plan in the period meanwhile: those who are about to are waited for, and who comes later
/// waits (see [`hold`]).
pub async fn lock_out(tx: &mut Tx, code: PeriodCode) -> Result<Option<Period>, DbError> {
    let query = sql!(
        sqlite = "SELECT period_code FROM period WHERE period_code = $1",
        postgres = "WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('period ' || $1, 0)),
                        pg_advisory_xact_lock(hashtextextended('offering ' || $1, 0)))
                    SELECT p.period_code FROM line, period p WHERE p.period_code = $1 FOR UPDATE OF p"
    );
    query.bind(code.to_string()).opt::<(String,)>(&mut *tx).await?;
    get(tx, code).await
}

/// Periods, latest first, before a code (empty for the latest); planned ones only on demand.
pub async fn list(tx: &mut Tx, before: &str, planned: bool, limit: i64) -> Result<Vec<Period>, DbError> {
    let query = sql!(select_period!(
        "WHERE ($1 = '' OR p.period_code < $1) AND ($2 OR p.state <> 'planned') ORDER BY p.period_code DESC LIMIT $3"
    ));
    let rows = query.bind(before).bind(planned).bind(limit).all::<PeriodRow>(&mut *tx).await?;
    let windows = windows(tx, codes(&rows)).await?;
    assemble(rows, windows)
}

/// Periods by code, after a code: every one, for a snapshot.
pub async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Period>, DbError> {
    let query = sql!(select_period!("WHERE p.period_code > $1 ORDER BY p.period_code LIMIT $2"));
    let rows = query.bind(after).bind(limit).all::<PeriodRow>(&mut *tx).await?;
    let windows = windows(tx, codes(&rows)).await?;
    assemble(rows, windows)
}

/// Adds a period with its windows. Violates `pk_period` when there is one.
pub async fn insert(tx: &mut Tx, period: &Period) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO period (period_code, state, version, seat_policy, admission_rate, admission_burst, presence_minutes,
             waiting_limit, trading_limit, trading_hours)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    bound(query, period).run(tx).await?;
    insert_windows(tx, period).await
}

/// The columns of a period, in their order.
fn bound(query: Query, period: &Period) -> Query {
    let registration = period.registration;
    let query = query.bind(period.code.to_string()).bind(period.state.word()).bind(period.version);
    let query = query.bind(registration.seat_policy.word()).bind(registration.admission_rate);
    let query = query.bind(registration.admission_burst).bind(registration.presence_minutes);
    query.bind(registration.waiting_limit).bind(registration.trading_limit).bind(registration.trading_hours)
}

/// Replaces state, version, settings and windows of a period. The caller holds the row's lock.
pub async fn update(tx: &mut Tx, period: &Period) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE period SET state = $2, version = $3, seat_policy = $4, admission_rate = $5, admission_burst = $6,
             presence_minutes = $7, waiting_limit = $8, trading_limit = $9, trading_hours = $10
         WHERE period_code = $1"
    );
    bound(query, period).run(tx).await?;
    sql!("DELETE FROM period_window WHERE period_code = $1").bind(period.code.to_string()).run(tx).await?;
    insert_windows(tx, period).await
}

async fn insert_windows(tx: &mut Tx, period: &Period) -> Result<(), DbError> {
    if period.windows.is_empty() {
        return Ok(());
    }
    let query = sql!(
        sqlite = "WITH k AS MATERIALIZED (SELECT key, value FROM json_each($2)),
                       s AS MATERIALIZED (SELECT key, value FROM json_each($3)),
                       y AS MATERIALIZED (SELECT key, value FROM json_each($4)),
                       o AS MATERIALIZED (SELECT key, value FROM json_each($5)),
                       c AS MATERIALIZED (SELECT key, value FROM json_each($6))
                  INSERT INTO period_window (period_code, place, kind, scope, scope_key, opens_at, closes_at)
                  SELECT $1, k.key, k.value, s.value, y.value, o.value, c.value
                  FROM k JOIN s ON s.key = k.key JOIN y ON y.key = k.key
                      JOIN o ON o.key = k.key JOIN c ON c.key = k.key",
        postgres = "INSERT INTO period_window (period_code, place, kind, scope, scope_key, opens_at, closes_at)
                    SELECT $1, w.place, w.kind, w.scope, w.scope_key, w.opens_at, w.closes_at
                    FROM UNNEST($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
                        WITH ORDINALITY AS w (kind, scope, scope_key, opens_at, closes_at, place)"
    );
    let windows = || period.windows.iter();
    let query = query.bind(period.code.to_string());
    let query = query.bind(windows().map(|window| window.kind.word().to_owned()).collect::<Texts>());
    let query = query.bind(windows().map(|window| window.scope.word().to_owned()).collect::<Texts>());
    let query = query.bind(windows().map(|window| window.scope.key()).collect::<Texts>());
    let query = query.bind(windows().map(|window| window.opens_at.as_microsecond()).collect::<Ints>());
    query.bind(windows().map(|window| window.closes_at.as_microsecond()).collect::<Ints>()).run(tx).await.map(drop)
}
