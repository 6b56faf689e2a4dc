//! Events, written in the transaction of the change that they tell.
//!
//! The caller holds the lock of the aggregate's row (or has just inserted it) and has raised its version; therefore the identity
//! numbers of one aggregate's events rise as its versions do. The sequencer gives committed rows their place in the feed.

use jiff::Timestamp;
use prost::Message;

use crate::{
    db::{Blobs, Bools, DbError, Ints, Texts, Tx},
    id, sql,
    telemetry::Context,
};

/// Largest payload of one event, in bytes. The full state of an aggregate that does not fit is two aggregates.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// Rows of one bulk insert.
const CHUNK: usize = 500;

/// One change of one aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Kind of the aggregate: `<service>.<noun>`, for example `student.student`.
    pub kind: &'static str,
    /// Its id.
    pub aggregate_id: String,
    /// Its version after the change, from 1.
    pub version: i64,
    /// Its full new state.
    pub state: State,
    /// W3C trace context of the command; may be empty. [`Change::new`] takes that of the present request.
    pub traceparent: String,
}

/// The state of an aggregate after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The encoded protobuf message that belongs to the kind.
    Is(Vec<u8>),
    /// The aggregate is gone.
    Gone,
}

impl Change {
    /// The aggregate is now as `message` says.
    pub fn new(kind: &'static str, aggregate_id: impl Into<String>, version: i64, message: &impl Message) -> Self {
        let state = State::Is(message.encode_to_vec());
        Self { kind, aggregate_id: aggregate_id.into(), version, state, traceparent: Context::traceparent() }
    }

    /// The aggregate is gone; `version` is one more than the last one.
    pub fn tombstone(kind: &'static str, aggregate_id: impl Into<String>, version: i64) -> Self {
        Self {
            kind,
            aggregate_id: aggregate_id.into(),
            version,
            state: State::Gone,
            traceparent: Context::traceparent(),
        }
    }

    /// With another trace context.
    #[must_use]
    pub fn traced(mut self, traceparent: impl Into<String>) -> Self {
        self.traceparent = traceparent.into();
        self
    }

    fn payload(&self) -> &[u8] {
        match &self.state {
            State::Is(bytes) => bytes,
            State::Gone => &[],
        }
    }

    fn check(&self) -> Result<(), DbError> {
        if self.payload().len() > MAX_PAYLOAD {
            return Err(DbError::usage(format!("an event of {} bytes", self.payload().len())));
        }
        if self.version < 1 || self.aggregate_id.is_empty() {
            return Err(DbError::usage("an event needs an aggregate id and a version from 1"));
        }
        Ok(())
    }
}

/// Writes one event. The sequencer wakes when the transaction commits.
///
/// # Errors
/// `Usage` for an event that is too large or has no version; else what the database says.
pub async fn put(tx: &mut Tx, change: &Change, now: Timestamp) -> Result<(), DbError> {
    change.check()?;
    sql!(
        "INSERT INTO outbox (event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(id::new())
    .bind(change.kind)
    .bind(&change.aggregate_id)
    .bind(change.version)
    .bind(change.payload())
    .bind(change.state == State::Gone)
    .bind(&change.traceparent)
    .bind(now)
    .run(tx)
    .await?;
    tx.mark_outbox();
    Ok(())
}

/// Writes many events in a few statements, in the order given.
///
/// # Errors
/// As [`put`].
pub async fn put_all(tx: &mut Tx, changes: &[Change], now: Timestamp) -> Result<(), DbError> {
    for change in changes {
        change.check()?;
    }
    for chunk in changes.chunks(CHUNK) {
        // Lists are joined through materialised tables, which SQLite gives an index; seven bare `json_each` would be seven
        // nested loops.
        sql!(
            sqlite = "WITH e AS MATERIALIZED (SELECT key, value FROM json_each($1)),
                           k AS MATERIALIZED (SELECT key, value FROM json_each($2)),
                           a AS MATERIALIZED (SELECT key, value FROM json_each($3)),
                           v AS MATERIALIZED (SELECT key, value FROM json_each($4)),
                           p AS MATERIALIZED (SELECT key, value FROM json_each($5)),
                           t AS MATERIALIZED (SELECT key, value FROM json_each($6)),
                           c AS MATERIALIZED (SELECT key, value FROM json_each($7))
                      INSERT INTO outbox (event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at)
                      SELECT e.value, k.value, a.value, v.value, unhex(p.value), t.value, c.value, $8
                        FROM e
                        JOIN k ON k.key = e.key
                        JOIN a ON a.key = e.key
                        JOIN v ON v.key = e.key
                        JOIN p ON p.key = e.key
                        JOIN t ON t.key = e.key
                        JOIN c ON c.key = e.key
                       ORDER BY e.key",
            postgres = "INSERT INTO outbox (event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at)
                        SELECT e, k, a, v, p, t, c, $8
                          FROM UNNEST(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS BIGINT[]),
                                      CAST($5 AS BYTEA[]), CAST($6 AS BOOLEAN[]), CAST($7 AS TEXT[]))
                               WITH ORDINALITY AS u (e, k, a, v, p, t, c, place)
                         ORDER BY place"
        )
        .bind(chunk.iter().map(|_| id::new()).collect::<Texts>())
        .bind(chunk.iter().map(|change| change.kind.to_owned()).collect::<Texts>())
        .bind(chunk.iter().map(|change| change.aggregate_id.clone()).collect::<Texts>())
        .bind(chunk.iter().map(|change| change.version).collect::<Ints>())
        .bind(chunk.iter().map(|change| change.payload().to_vec()).collect::<Blobs>())
        .bind(chunk.iter().map(|change| change.state == State::Gone).collect::<Bools>())
        .bind(chunk.iter().map(|change| change.traceparent.clone()).collect::<Texts>())
        .bind(now)
        .run(tx)
        .await?;
        tx.mark_outbox();
    }
    Ok(())
}
