//! Reading the feed, batch by batch.

use proto::feed::v1::Event;

use super::{BATCH_BYTES, BATCH_ROWS};
use crate::{
    db::{Db, DbError, Stamp},
    sql,
};

#[derive(sqlx::FromRow)]
struct EventRow {
    seq: i64,
    event_id: String,
    kind: String,
    aggregate_id: String,
    version: i64,
    payload: Vec<u8>,
    tombstone: bool,
    traceparent: String,
    at: Stamp,
}

/// The events after a position, in dense order, within the bounds of a batch. Kinds that are not wanted (`kinds` empty: all are)
/// come without their payload.
pub(super) async fn batch(db: &Db, after: i64, kinds: &[String]) -> Result<Vec<Event>, DbError> {
    let rows: Vec<EventRow> = sql!(
        "SELECT seq, event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at
           FROM (SELECT seq, event_id, kind, aggregate_id, version, payload, tombstone, traceparent, at,
                        SUM(LENGTH(payload)) OVER (ORDER BY seq) AS bytes
                   FROM (SELECT * FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2) AS page) AS sized
          WHERE bytes <= $3 OR seq = $1 + 1
          ORDER BY seq"
    )
    .bind(after)
    .bind(BATCH_ROWS)
    .bind(BATCH_BYTES)
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let wanted = kinds.is_empty() || kinds.contains(&row.kind);
            Event {
                seq: row.seq,
                event_id: row.event_id,
                aggregate_id: row.aggregate_id,
                version: row.version,
                payload: if wanted { row.payload } else { Vec::new() },
                tombstone: row.tombstone,
                traceparent: row.traceparent,
                at: Some(timestamp(row.at)),
                kind: row.kind,
            }
        })
        .collect())
}

/// The id of the event at a position that is still kept.
pub(super) async fn event_id(db: &Db, seq: i64) -> Result<Option<String>, DbError> {
    let row = sql!("SELECT event_id FROM outbox WHERE seq = $1").bind(seq).opt::<(String,)>(db).await?;
    Ok(row.map(|(id,)| id))
}

fn timestamp(stamp: Stamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: stamp.0.as_second(), nanos: stamp.0.subsec_nanosecond() }
}
