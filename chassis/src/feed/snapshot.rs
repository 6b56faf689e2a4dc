//! The present state of a service, for whoever starts anew.

use std::{fmt, pin::Pin, sync::Arc, time::Instant};

use prost::Message as _;
use proto::feed::v1 as pb;
use tonic::Status;

use super::{
    BATCH_BYTES, BATCH_ROWS, Event, head,
    server::{Out, Shared, refused},
};
use crate::{
    db::{DbError, Tx},
    error::Fault,
};

/// One aggregate in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Its id.
    pub aggregate_id: String,
    /// Its present version.
    pub version: i64,
    /// Its state: the encoded protobuf message that belongs to the kind.
    pub payload: Vec<u8>,
}

/// Future of a page of a snapshot.
pub type PageFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<SnapshotRow>, DbError>> + Send + 'a>>;

/// Reads a page of a snapshot.
type ReadPage = dyn for<'a> Fn(&'a mut Tx, &'a str, i64) -> PageFuture<'a> + Send + Sync;

/// How the present state of one kind is read.
#[derive(Clone)]
pub struct SnapshotSource {
    kind: &'static str,
    page: Arc<ReadPage>,
}

impl SnapshotSource {
    /// `page` gives up to `limit` aggregates whose id is greater than `after` (first call: empty), by rising id:
    /// `SnapshotSource::new("student.student", |tx, after, limit| Box::pin(store::student::snapshot(tx, after, limit)))`.
    #[must_use]
    pub fn new(
        kind: &'static str,
        page: impl for<'a> Fn(&'a mut Tx, &'a str, i64) -> PageFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        Self { kind, page: Arc::new(page) }
    }
}

impl fmt::Debug for SnapshotSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SnapshotSource({})", self.kind)
    }
}

/// Sends the present state, read in one transaction together with the head that it belongs to. What was committed and not yet
/// numbered is in the state and comes again as an event, which the version makes harmless.
pub(super) async fn snapshot(
    shared: &Shared,
    request: &pb::SnapshotRequest,
    out: &Out<pb::SnapshotResponse>,
) -> Result<(), Status> {
    use pb::snapshot_response::Message;
    let say = |message: Message| {
        let message = pb::SnapshotResponse { message: Some(message) };
        async move { out.send(Ok(message)).await.map_err(|_| Status::cancelled("the consumer is gone")) }
    };
    let _permit = shared.snapshots.acquire().await.map_err(|error| Status::from(Fault::internal(error)))?;
    head::number(&shared.db).await.map_err(refused)?;
    let mut tx = shared.db.snapshot().await.map_err(refused)?;
    let head = head::read(&mut tx).await.map_err(refused)?;
    let start = Instant::now();
    say(Message::Start(pb::SnapshotStart { epoch: head.epoch, seq: head.seq, event_id: head.event_id })).await?;
    let mut rows: u64 = 0;
    for source in &shared.sources {
        if !request.kinds.is_empty() && !request.kinds.iter().any(|kind| kind == source.kind) {
            continue;
        }
        let mut after = String::new();
        loop {
            let page = (source.page)(&mut tx, &after, BATCH_ROWS).await.map_err(refused)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.aggregate_id);
            rows += page.len() as u64;
            for events in batches(source.kind, page) {
                say(Message::Rows(pb::Batch { events, head: head.seq })).await?;
            }
        }
    }
    tx.rollback().await.map_err(refused)?;
    tracing::info!(consumer = request.consumer, rows, took = ?start.elapsed(), "snapshot sent");
    say(Message::End(pb::SnapshotEnd { rows })).await
}

/// Cuts a page into messages within the bounds of a batch.
fn batches(kind: &str, page: Vec<SnapshotRow>) -> Vec<Vec<Event>> {
    let limit = usize::try_from(BATCH_BYTES).unwrap_or(usize::MAX);
    let mut batches: Vec<Vec<Event>> = Vec::new();
    let mut bytes = usize::MAX;
    for row in page {
        let event = Event {
            kind: kind.to_owned(),
            aggregate_id: row.aggregate_id,
            version: row.version,
            payload: row.payload,
            ..Event::default()
        };
        bytes = bytes.saturating_add(event.encoded_len());
        match batches.last_mut() {
            Some(batch) if bytes <= limit => batch.push(event),
            _ => {
                bytes = event.encoded_len();
                batches.push(vec![event]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_by_bytes_and_nothing_is_lost() {
        let row =
            |n: usize, size: usize| SnapshotRow { aggregate_id: n.to_string(), version: 1, payload: vec![0; size] };
        let page: Vec<_> =
            [300_000, 200_000, 100_000, 600_000, 1, 1].into_iter().enumerate().map(|(n, s)| row(n, s)).collect();
        let batches = batches("k", page);
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 1, 2]);
        let ids: Vec<&str> = batches.iter().flatten().map(|event| event.aggregate_id.as_str()).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5"]);
    }
}
