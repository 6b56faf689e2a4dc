//! A durable consumer: applies another service's events to tables of its own database.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use proto::feed::v1::subscribe_response::Message;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    Event, apply,
    lease::Lease,
    link::{Backoff, FeedChannel, Link, LinkError, Position},
};
use crate::{
    clock::Clock,
    db::{Db, DbError, DbErrorKind, Tx},
    id,
};

/// Failures of the same event, none of which could pass by itself, after which it counts as poisoned.
const POISON_AFTER: u32 = 5;
/// How often the applying replica makes sure that it still holds the lock.
const LEASE_CHECK: Duration = Duration::from_secs(5);

/// Tables fed by another service's events. The chassis decides *whether* an event is applied (cursor and version); the
/// projection only writes.
pub trait Projection: Send + Sync + 'static {
    /// Kinds that it wants; other ones are counted and skipped.
    fn kinds(&self) -> &'static [&'static str];

    /// Writes the state that the event carries over whatever is there. Never called for a tombstone. Do not compare versions: an
    /// event is newer than the last one applied, or part of a snapshot that replaces a state which may have a higher version.
    fn apply(&self, tx: &mut Tx, event: &Event) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// Up to `limit` ids of this kind that the projection holds, greater than `after`, rising. What a snapshot has not named is
    /// removed by this list. A projection that keeps things for good (accounts) answers with those that are not yet marked gone.
    fn ids(
        &self,
        tx: &mut Tx,
        kind: &str,
        after: &str,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<String>, DbError>> + Send;

    /// The aggregate is gone. It may never have been there.
    fn remove(&self, tx: &mut Tx, kind: &str, id: &str) -> impl Future<Output = Result<(), DbError>> + Send;
}

/// Why an event was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// What the database says; tried again, and counted as poison when it can never pass.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The event itself is of no use. The consumer stops and raises an alarm; it never skips.
    #[error("{0}")]
    Poison(String),
}

impl From<prost::DecodeError> for ApplyError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Poison(error.to_string())
    }
}

/// Who consumes what.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// Name of the consumer, for the other side's metrics and logs: this service's name.
    pub consumer: &'static str,
    /// Name of the service whose feed it is; the key of the cursor.
    pub source: &'static str,
}

/// What a consumer is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsumerState {
    /// Another replica applies; this one waits to take over.
    Standby,
    /// The other service does not answer.
    Connecting,
    /// A snapshot is being applied.
    Bootstrapping,
    /// Events are applied as they come.
    Live {
        /// Last position applied.
        seq: i64,
        /// End of the feed, as last heard.
        head: i64,
    },
    /// An event cannot be applied: a person has to look.
    Poisoned {
        /// Its position; 0 in a snapshot.
        seq: i64,
        /// Its kind.
        kind: String,
    },
    /// Ended by shutdown.
    Stopped,
}

/// A running consumer. Dropping the handle does not stop it.
#[derive(Debug)]
pub struct Consumer {
    state: watch::Receiver<ConsumerState>,
    task: JoinHandle<()>,
}

impl Consumer {
    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> ConsumerState {
        self.state.borrow().clone()
    }

    /// Follows what it is doing.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ConsumerState> {
        self.state.clone()
    }

    /// Kills it where it stands, as a crash would.
    pub fn abort(&self) {
        self.task.abort();
    }

    /// Waits until it has ended.
    pub async fn join(self) {
        self.task.await.ok();
    }
}

/// Starts applying the feed behind `channel` to `db`, until `shutdown`. At most one consumer per source and database applies at a
/// time, in whichever process; the others stand by. Exactly-once effect: cursor and rows move in one transaction.
pub fn consume<C: FeedChannel, P: Projection>(
    config: ConsumerConfig,
    channel: C,
    db: Db,
    projection: P,
    clock: Clock,
    shutdown: CancellationToken,
) -> Consumer {
    let (state, watch) = watch::channel(ConsumerState::Standby);
    let worker = Worker {
        link: Link::new(channel, config.consumer, projection.kinds()),
        source: config.source,
        db,
        projection: Arc::new(projection),
        clock,
        state,
        failures: (0, 0),
    };
    let task = tokio::spawn(worker.run(shutdown));
    Consumer { state: watch, task }
}

/// Why applying stopped.
#[derive(Debug)]
pub(super) enum Stop {
    Link(LinkError),
    Db(DbError),
    Poison(String),
    /// Another consumer has moved the cursor.
    Moved,
    /// The other side does not keep to the protocol.
    Protocol(&'static str),
    /// The lock was lost.
    LeaseLost,
    /// Stopped for good.
    Poisoned,
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<LinkError> for Stop {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Db(error) => write!(f, "{error:?}"),
            Self::Poison(what) => write!(f, "poisoned event: {what}"),
            Self::Moved => f.write_str("another consumer moved the cursor"),
            Self::Protocol(what) => write!(f, "protocol: {what}"),
            Self::LeaseLost => f.write_str("the consumer lock was lost"),
            Self::Poisoned => f.write_str("stopped at a poisoned event"),
        }
    }
}

struct Worker<C, P> {
    link: Link<C>,
    source: &'static str,
    db: Db,
    projection: Arc<P>,
    clock: Clock,
    state: watch::Sender<ConsumerState>,
    /// Position of the event that failed last, and how often in a row.
    failures: (i64, u32),
}

impl<C: FeedChannel, P: Projection> Worker<C, P> {
    async fn run(mut self, shutdown: CancellationToken) {
        let poisoned = shutdown.run_until_cancelled(self.run_until_poisoned()).await.is_some();
        if poisoned {
            // The state stays visible; only a person, and a new start, goes past the event.
            shutdown.cancelled().await;
        }
        self.state.send_replace(ConsumerState::Stopped);
    }

    async fn run_until_poisoned(&mut self) {
        let mut backoff = Backoff::default();
        loop {
            self.state.send_replace(ConsumerState::Standby);
            let ended = match Lease::take(&self.db, self.source).await {
                Ok(mut lease) => self.session(&mut lease, &mut backoff).await,
                Err(error) => Err(Stop::Db(error)),
            };
            match ended {
                Ok(()) => {}
                Err(Stop::Poisoned) => return,
                Err(stop) => {
                    metrics::counter!("feed_consumer_errors_total", "source" => self.source).increment(1);
                    // A service that is down says so once, not twice a second.
                    if backoff.failures() == 0 {
                        tracing::warn!(source = self.source, cause = %stop, "feed interrupted, trying again");
                    } else {
                        tracing::debug!(source = self.source, cause = %stop, "feed still interrupted");
                    }
                }
            }
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    /// One connection: bootstrap when needed, then events until the stream ends.
    async fn session(&mut self, lease: &mut Lease, backoff: &mut Backoff) -> Result<(), Stop> {
        self.state.send_replace(ConsumerState::Connecting);
        let mut position = apply::cursor(&self.db, self.source).await?;
        if position.epoch.is_empty() {
            position = self.bootstrap().await?;
        }
        loop {
            let (hello, mut events) = self.link.subscribe(&position).await?;
            if backoff.failures() > 0 {
                tracing::info!(source = self.source, seq = position.seq, head = hello.head, "feed connected");
            }
            let mut head = hello.head;
            let mut checked = Instant::now();
            // The greeting comes before the judgement on our cursor: only what follows it says that we are live.
            loop {
                match events.next().await? {
                    None => return Ok(()),
                    Some(Message::Batch(batch)) => {
                        // Only progress ends a series of failures: a greeting alone would let a failing batch spin.
                        head = batch.head.max(head);
                        position = self.apply(&position, &batch.events).await?;
                        backoff.reset();
                        let at = batch.events.last().and_then(|event| event.at.as_ref());
                        self.live(&position, head, at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()));
                    }
                    Some(Message::Heartbeat(beat)) => {
                        head = beat.head;
                        backoff.reset();
                        self.live(&position, head, None);
                    }
                    Some(Message::Reset(reset)) => {
                        tracing::warn!(
                            source = self.source,
                            reason = reset.reason,
                            "cursor is of no use, starting anew"
                        );
                        metrics::counter!("feed_resets_total", "source" => self.source).increment(1);
                        position = self.bootstrap().await?;
                        break;
                    }
                    Some(Message::Hello(_)) => return Err(Stop::Protocol("a second greeting")),
                }
                if checked.elapsed() > LEASE_CHECK {
                    lease.check().await?;
                    checked = Instant::now();
                }
            }
        }
    }

    async fn bootstrap(&mut self) -> Result<Position, Stop> {
        let start = Instant::now();
        let (to, mut snapshot) = self.link.snapshot().await?;
        self.state.send_replace(ConsumerState::Bootstrapping);
        let bootstrap = id::new();
        apply::begin_bootstrap(&self.db, self.source, &bootstrap).await?;
        let mut rows = 0;
        while let Some(events) = snapshot.next().await? {
            if let Err((index, stop)) =
                apply::snapshot_rows(&self.db, self.source, &*self.projection, &bootstrap, &events).await
            {
                return Err(self.failed(events.get(index), stop));
            }
            rows += events.len();
        }
        let removed = apply::end_bootstrap(&self.db, self.source, &*self.projection, &bootstrap, &to).await?;
        tracing::info!(source = self.source, seq = to.seq, rows, removed, took = ?start.elapsed(), "snapshot applied");
        Ok(to)
    }

    /// Applies a batch; before a poisoned event, everything that precedes it.
    async fn apply(&mut self, from: &Position, events: &[Event]) -> Result<Position, Stop> {
        match apply::batch(&self.db, self.source, &*self.projection, from, events).await {
            Ok(position) => {
                self.failures = (0, 0);
                Ok(position)
            }
            Err((index, stop)) => {
                if index > 0 && matches!(stop, Stop::Poison(_) | Stop::Db(_)) {
                    // The next batch begins with the event that failed.
                    let (before, rest) = events.split_at(index);
                    return match apply::batch(&self.db, self.source, &*self.projection, from, before).await {
                        Ok(position) => Box::pin(self.apply(&position, rest)).await,
                        Err((index, stop)) => Err(self.failed(events.get(index), stop)),
                    };
                }
                Err(self.failed(events.get(index), stop))
            }
        }
    }

    /// Counts failures of one event, and stops for good at a poisoned one.
    fn failed(&mut self, event: Option<&Event>, stop: Stop) -> Stop {
        let (seq, kind) = event.map_or((0, ""), |event| (event.seq, event.kind.as_str()));
        let poisoned = match &stop {
            Stop::Poison(_) => true,
            // A constraint, a type, a wrong statement: no number of attempts helps.
            Stop::Db(error) => {
                let passing = matches!(
                    error.kind(),
                    DbErrorKind::Unavailable | DbErrorKind::Timeout | DbErrorKind::Serialization
                );
                self.failures = match (passing, self.failures) {
                    (true, failures) => failures,
                    (false, (last, times)) if last == seq => (seq, times + 1),
                    (false, _) => (seq, 1),
                };
                !passing && self.failures.1 >= POISON_AFTER
            }
            _ => false,
        };
        if !poisoned {
            return stop;
        }
        metrics::gauge!("feed_consumer_poisoned", "source" => self.source).set(1.0);
        tracing::error!(
            source = self.source,
            seq,
            kind,
            event_id = event.map_or("", |event| event.event_id.as_str()),
            cause = %stop,
            "ALARM: an event cannot be applied; the projection stands still until somebody has looked"
        );
        self.state.send_replace(ConsumerState::Poisoned { seq, kind: kind.to_owned() });
        Stop::Poisoned
    }

    fn live(&self, position: &Position, head: i64, at: Option<Timestamp>) {
        let behind =
            u32::try_from(head.saturating_sub(position.seq)).unwrap_or(if head > position.seq { u32::MAX } else { 0 });
        metrics::gauge!("feed_lag_events", "source" => self.source).set(f64::from(behind));
        if let Some(at) = at {
            // What was decided at `at` has just become visible here.
            let age = self.clock.now().duration_since(at).as_secs().clamp(0, i64::from(u32::MAX));
            metrics::gauge!("feed_lag_seconds", "source" => self.source)
                .set(f64::from(u32::try_from(age).unwrap_or(0)));
        } else if behind == 0 {
            metrics::gauge!("feed_lag_seconds", "source" => self.source).set(0.0);
        }
        let live = ConsumerState::Live { seq: position.seq, head };
        self.state.send_if_modified(|state| {
            let changed = *state != live;
            *state = live;
            changed
        });
    }
}
