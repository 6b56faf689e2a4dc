//! The consumer's end of the wire, shared by both kinds of consumer.

use std::time::Duration;

use bytes::Bytes;
use proto::feed::v1::{
    self as pb, feed_client::FeedClient, snapshot_response::Message as SnapshotMessage,
    subscribe_response::Message as SubscribeMessage,
};
use tonic::{Status, Streaming, body::Body, client::GrpcService};

/// A stream that says nothing for this long is dead: the server sends a heartbeat every two seconds.
const SILENCE: Duration = Duration::from_secs(10);
/// Time to answer a call with the beginning of its stream.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// What carries gRPC to another service: `chassis::client`'s channel, or tonic's own.
pub trait FeedChannel:
    GrpcService<
        Body,
        Error: Into<tonic::codegen::StdError>,
        Future: Send,
        ResponseBody: tonic::codegen::Body<Data = Bytes, Error: Into<tonic::codegen::StdError> + Send> + Send + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<C> FeedChannel for C where
    C: GrpcService<
            Body,
            Error: Into<tonic::codegen::StdError>,
            Future: Send,
            ResponseBody: tonic::codegen::Body<Data = Bytes, Error: Into<tonic::codegen::StdError> + Send>
                              + Send
                              + 'static,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// A position in somebody's feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Empty: never read.
    pub(super) epoch: String,
    pub(super) seq: i64,
    pub(super) event_id: String,
}

/// Why a stream ended before its time.
#[derive(Debug)]
pub(super) enum LinkError {
    Status(Status),
    Silence,
    Protocol(&'static str),
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{:?}: {}", status.code(), status.message()),
            Self::Silence => f.write_str("nothing was heard in time"),
            Self::Protocol(what) => write!(f, "protocol: {what}"),
        }
    }
}

impl From<Status> for LinkError {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// Calls one feed.
#[derive(Debug, Clone)]
pub(super) struct Link<C> {
    client: FeedClient<C>,
    consumer: String,
    kinds: Vec<String>,
}

impl<C: FeedChannel> Link<C> {
    pub(super) fn new(channel: C, consumer: &str, kinds: &[&str]) -> Self {
        Self {
            client: FeedClient::new(channel),
            consumer: consumer.to_owned(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        }
    }

    /// Subscribes after a position. The first message is the greeting.
    pub(super) async fn subscribe(&mut self, from: &Position) -> Result<(pb::Hello, Subscription), LinkError> {
        let request = pb::SubscribeRequest {
            consumer: self.consumer.clone(),
            epoch: from.epoch.clone(),
            after_seq: from.seq,
            after_event_id: from.event_id.clone(),
            kinds: self.kinds.clone(),
        };
        let stream = in_time(CONNECT, self.client.subscribe(request)).await?.into_inner();
        let mut subscription = Subscription(stream);
        match subscription.next().await? {
            Some(SubscribeMessage::Hello(hello)) => Ok((hello, subscription)),
            _ => Err(LinkError::Protocol("no greeting")),
        }
    }

    /// Asks for the present state.
    pub(super) async fn snapshot(&mut self) -> Result<(Position, Snapshot), LinkError> {
        let request = pb::SnapshotRequest { consumer: self.consumer.clone(), kinds: self.kinds.clone() };
        let mut stream = in_time(CONNECT, self.client.snapshot(request)).await?.into_inner();
        match in_time(SILENCE, stream.message()).await?.and_then(|answer| answer.message) {
            Some(SnapshotMessage::Start(start)) => {
                let position = Position { epoch: start.epoch, seq: start.seq, event_id: start.event_id };
                Ok((position, Snapshot { stream, rows: 0 }))
            }
            _ => Err(LinkError::Protocol("a snapshot without its start")),
        }
    }
}

/// An open subscription.
pub(super) struct Subscription(Streaming<pb::SubscribeResponse>);

impl Subscription {
    /// The next message; `None` when the server has ended the stream in order.
    pub(super) async fn next(&mut self) -> Result<Option<SubscribeMessage>, LinkError> {
        match in_time(SILENCE, self.0.message()).await? {
            None => Ok(None),
            Some(answer) => answer.message.map(Some).ok_or(LinkError::Protocol("an empty message")),
        }
    }
}

/// A snapshot on its way.
pub(super) struct Snapshot {
    stream: Streaming<pb::SnapshotResponse>,
    rows: u64,
}

impl Snapshot {
    /// The next rows; `None` when the snapshot is complete. A stream that ends before is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<pb::Event>>, LinkError> {
        // A page of a snapshot may take its time.
        match in_time(SILENCE * 3, self.stream.message()).await?.and_then(|answer| answer.message) {
            Some(SnapshotMessage::Rows(batch)) => {
                self.rows += batch.events.len() as u64;
                Ok(Some(batch.events))
            }
            Some(SnapshotMessage::End(end)) if end.rows == self.rows => Ok(None),
            Some(SnapshotMessage::End(_)) => Err(LinkError::Protocol("a snapshot with rows missing")),
            _ => Err(LinkError::Protocol("a snapshot without its end")),
        }
    }
}

async fn in_time<T>(time: Duration, call: impl Future<Output = Result<T, Status>>) -> Result<T, LinkError> {
    match tokio::time::timeout(time, call).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(LinkError::Silence),
    }
}

/// Pauses between attempts: 50 ms doubling up to two seconds, each drawn between half and whole.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.0 = 0;
    }

    pub(super) fn failures(&self) -> u32 {
        self.0
    }

    pub(super) fn pause(&mut self) -> Duration {
        let whole = Duration::from_millis(50).saturating_mul(1 << self.0.min(10)).min(MAX_PAUSE);
        self.0 = self.0.saturating_add(1);
        let half = u64::try_from(whole.as_millis() / 2).unwrap_or(0);
        whole - Duration::from_millis(random_below(half))
    }
}

/// A random number below `bound`; 0 when the system has no randomness to give.
pub(super) fn random_below(bound: u64) -> u64 {
    getrandom::u64().unwrap_or(0).checked_rem(bound).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_start_over() {
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            assert!(backoff.pause() <= MAX_PAUSE);
        }
        assert!(backoff.pause() >= MAX_PAUSE / 2);
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(50));
    }
}
