//! What the batches of all replicas take turns at. On SQLite they do so anyway: it has one writer.

use std::time::Duration;

use chassis::db::{DbError, Engine, Tx};
use chassis::sql;

use crate::rules::period::PeriodCode;

/// Waits until this transaction is one of `slots` that settle orders, over all replicas, and keeps it one until it ends:
/// before its orders are taken from the queue, so that they gather where somebody can still add to them. `own` (from 0) is
/// the slot that is tried first, and waited for when none is free; those who wait for one are served in the order in which
/// they came. When nothing is heard of the transaction for `idle`, as of a machine that is gone, it loses everything.
pub async fn take_slot(tx: &mut Tx, own: usize, slots: usize, idle: Duration) -> Result<(), DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let query = sql!(
        sqlite = "SELECT CAST($1 AS TEXT) || $2 || $3",
        postgres = "SELECT set_config('idle_in_transaction_session_timeout', $3, true) || CASE
                WHEN pg_try_advisory_xact_lock(hashtextextended('registrar slot ' || CAST($1 AS BIGINT), 0)) THEN ''
                WHEN EXISTS (SELECT 1 FROM generate_series(0, CAST($2 AS BIGINT) - 1) AS s (n)
                    WHERE s.n <> CAST($1 AS BIGINT)
                        AND pg_try_advisory_xact_lock(hashtextextended('registrar slot ' || s.n, 0))) THEN ''
                ELSE CAST(pg_advisory_xact_lock(hashtextextended('registrar slot ' || CAST($1 AS BIGINT), 0)) AS TEXT) END"
    );
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let query = query.bind(number(own)).bind(number(slots)).bind(format!("{}ms", idle.as_millis()));
    query.one::<(String,)>(tx).await.map(drop)
}

/// Waits for the turn of this transaction among those that settle orders about classes of a period, and keeps it until the
/// transaction ends: after the locks of the plans, before those of the classes. Orders that come together want classes that
/// overlap, so they would wait anyway: class by class, and read each of them again when they had waited for it.
pub async fn take_turn(tx: &mut Tx, code: PeriodCode) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT $1 IS NOT NULL",
        postgres = "SELECT pg_advisory_xact_lock(hashtextextended('registrar ' || $1, 0))"
    );
    query.bind(code.to_string()).run(tx).await.map(drop)
}
