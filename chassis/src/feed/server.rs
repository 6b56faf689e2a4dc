//! The feed as a gRPC service.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::Stream;
use jiff::SignedDuration;
use proto::feed::v1::{self as pb, feed_server::Feed};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    Head, SnapshotSource,
    head::{self, HeadRow},
    snapshot::snapshot,
    stream::subscription,
};
use crate::{
    clock::Clock,
    db::{Db, DbError, Engine},
    error::Fault,
    reasons, sql,
};

/// How a feed behaves. The defaults are those of production.
#[derive(Debug, Clone)]
pub struct FeedConfig {
    /// How long events are kept for consumers that are behind (7 days).
    pub keep: SignedDuration,
    /// How often old events are looked for (10 minutes).
    pub prune_every: Duration,
    /// How often the head is looked at without being told: what other replicas commit is seen this late.
    /// `None`: 100 ms on PostgreSQL, 1 s on SQLite, which has no other replicas.
    pub poll: Option<Duration>,
    /// A subscriber hears something at least this often (2 s).
    pub heartbeat: Duration,
    /// A subscription ends after this time, so that replicas that were added get their share (15 minutes).
    pub max_age: Duration,
    /// A snapshot may take this long (5 minutes).
    pub snapshot_time: Duration,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            keep: SignedDuration::from_hours(7 * 24),
            prune_every: Duration::from_secs(600),
            poll: None,
            heartbeat: Duration::from_secs(2),
            max_age: Duration::from_secs(900),
            snapshot_time: Duration::from_secs(300),
        }
    }
}

/// The feed of this service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FeedServer(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) sources: Vec<SnapshotSource>,
    pub(super) config: FeedConfig,
    /// The head as this process knows it: `None` until it was read first.
    pub(super) heads: watch::Sender<Option<HeadRow>>,
    /// A snapshot holds a connection and an old state of the database for its time.
    pub(super) snapshots: Arc<Semaphore>,
    pub(super) shutdown: CancellationToken,
}

impl FeedServer {
    /// Starts the sequencer and the pruning, which run until `shutdown`; streams end then too.
    #[must_use]
    pub fn start(
        db: Db,
        sources: Vec<SnapshotSource>,
        config: FeedConfig,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let snapshots = Arc::new(Semaphore::new(2));
        let shared = Arc::new(Shared { db, sources, config, heads: watch::Sender::new(None), snapshots, shutdown });
        tokio::spawn(sequence(Arc::clone(&shared)));
        tokio::spawn(prune(Arc::clone(&shared), clock));
        Self(shared)
    }

    /// The gRPC service.
    #[must_use]
    pub fn into_service(self) -> pb::feed_server::FeedServer<Self> {
        pb::feed_server::FeedServer::new(self)
    }

    /// The head, including every commit that was acknowledged before the call.
    ///
    /// # Errors
    /// What the database says.
    pub async fn head(&self) -> Result<Head, DbError> {
        let head = head::number(&self.0.db).await?;
        self.0.publish(&head);
        Ok(head.head())
    }

    /// Forgets events that were decided before `before`; returns how many. The pruning task does it by `FeedConfig::keep`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn prune(&self, before: jiff::Timestamp) -> Result<u64, DbError> {
        head::prune(&self.0.db, before).await
    }
}

impl Shared {
    pub(super) fn publish(&self, head: &HeadRow) {
        self.heads.send_if_modified(|known| {
            // Readings of the same epoch may arrive in any order: the head never goes back.
            let newer = known.as_ref().is_none_or(|known| known.epoch != head.epoch || known.seq < head.seq);
            if newer {
                *known = Some(head.clone());
            }
            newer
        });
    }

    fn poll(&self) -> Duration {
        self.config.poll.unwrap_or(match self.db.engine() {
            Engine::Sqlite => Duration::from_secs(1),
            Engine::Postgres => Duration::from_millis(100),
        })
    }
}

/// Numbers what this process commits at once, and what other replicas commit within the poll time.
async fn sequence(shared: Arc<Shared>) {
    let mut healthy = true;
    loop {
        match head::number(&shared.db).await {
            Ok(head) => {
                healthy = true;
                #[expect(clippy::cast_precision_loss, reason = "a gauge")]
                metrics::gauge!("feed_head").set(head.seq as f64);
                shared.publish(&head);
            }
            Err(error) => {
                metrics::counter!("feed_sequencer_errors_total").increment(1);
                if healthy {
                    tracing::warn!(%error, detail = error.detail(), "events wait for their number");
                }
                healthy = false;
            }
        }
        let woken = async {
            tokio::select! {
                () = shared.db.outbox_notify().notified() => {}
                () = tokio::time::sleep(shared.poll()) => {}
            }
        };
        if shared.shutdown.run_until_cancelled(woken).await.is_none() {
            return;
        }
    }
}

async fn prune(shared: Arc<Shared>, clock: Clock) {
    let mut ticks = tokio::time::interval(shared.config.prune_every);
    while shared.shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        match head::prune(&shared.db, clock.now() - shared.config.keep).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "old events forgotten"),
            Err(error) => tracing::warn!(%error, detail = error.detail(), "old events are kept for now"),
        }
    }
}

/// A stream of answers, boxed for tonic.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Feed for FeedServer {
    type SubscribeStream = Answers<pb::SubscribeResponse>;
    type SnapshotStream = Answers<pb::SnapshotResponse>;

    async fn subscribe(
        &self,
        request: Request<pb::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        // One message waits here and one in the transport: a slow reader slows the reading of the database.
        let (out, answers) = mpsc::channel(1);
        let shared = Arc::clone(&self.0);
        let request = request.into_inner();
        tokio::spawn(async move {
            let _open = Gauge::up("feed_subscriptions");
            let ended = tokio::select! {
                ended = subscription(&shared, &request, &out) => ended,
                () = out.closed() => return,
                () = shared.shutdown.cancelled() => Err(Fault::unavailable(reasons::STOPPING, None).into()),
                // Streams that began together do not end together.
                () = tokio::time::sleep(jittered(shared.config.max_age)) => return,
            };
            if let Err(status) = ended {
                // Nobody may be listening any more.
                out.send(Err(status)).await.ok();
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn snapshot(&self, request: Request<pb::SnapshotRequest>) -> Result<Response<Self::SnapshotStream>, Status> {
        let (out, answers) = mpsc::channel(1);
        let shared = Arc::clone(&self.0);
        let request = request.into_inner();
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = snapshot(&shared, &request, &out) => ended,
                () = out.closed() => return,
                () = shared.shutdown.cancelled() => Err(Fault::unavailable(reasons::STOPPING, None).into()),
                () = tokio::time::sleep(shared.config.snapshot_time) => Err(Fault::too_slow().into()),
            };
            if let Err(status) = ended {
                out.send(Err(status)).await.ok();
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn get_head(&self, _: Request<pb::GetHeadRequest>) -> Result<Response<pb::GetHeadResponse>, Status> {
        let head = self.head().await.map_err(refused)?;
        Ok(Response::new(pb::GetHeadResponse { epoch: head.epoch, head: head.seq }))
    }

    async fn get_cursors(&self, _: Request<pb::GetCursorsRequest>) -> Result<Response<pb::GetCursorsResponse>, Status> {
        let rows = sql!("SELECT source, epoch, seq FROM feed_cursor ORDER BY source")
            .all::<(String, String, i64)>(&self.0.db)
            .await
            .map_err(refused)?;
        let cursors = rows.into_iter().map(|(source, epoch, seq)| pb::Cursor { source, epoch, seq }).collect();
        Ok(Response::new(pb::GetCursorsResponse { cursors }))
    }
}

/// Where answers go.
pub(super) type Out<T> = mpsc::Sender<Result<T, Status>>;

pub(super) fn refused(error: DbError) -> Status {
    Fault::from(error).into()
}

/// Between 90 and 100 % of the time.
fn jittered(time: Duration) -> Duration {
    let tenth = u64::try_from(time.as_millis() / 10).unwrap_or(0);
    time - Duration::from_millis(super::link::random_below(tenth))
}

/// A gauge that falls again when it is dropped.
struct Gauge(&'static str);

impl Gauge {
    fn up(name: &'static str) -> Self {
        metrics::gauge!(name).increment(1);
        Self(name)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1);
    }
}
