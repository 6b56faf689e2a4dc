//! A follower: what lives in memory, such as the revoked sessions or the catalogue, every replica follows for itself.

use std::collections::HashMap;

use jiff::Timestamp;
use proto::feed::v1::subscribe_response::Message;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    Event,
    link::{Backoff, FeedChannel, Link, LinkError, Position},
};
use crate::clock::Clock;

/// State in memory that is fed by another service's events.
pub trait Follow: Send + 'static {
    /// Kinds that it wants; other ones are skipped.
    fn kinds(&self) -> &'static [&'static str];

    /// The whole present state: forget everything else.
    ///
    /// # Errors
    /// An event that is of no use: the follower stops and raises an alarm.
    fn replace(&mut self, events: Vec<Event>) -> Result<(), String>;

    /// A newer state of one aggregate, or its tombstone.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    fn apply(&mut self, event: &Event) -> Result<(), String>;
}

/// Who follows what.
#[derive(Debug, Clone)]
pub struct FollowConfig {
    /// Name of the follower, for the other side's metrics and logs: this service's name.
    pub consumer: &'static str,
    /// Name of the service whose feed it is, for metrics and logs here.
    pub source: &'static str,
}

/// How far a follower is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FollowState {
    /// When anything was heard last, by the follower's clock; `None`: never.
    pub heard: Option<Timestamp>,
    /// Last position applied; `None` until the first snapshot is in.
    pub seq: Option<i64>,
    /// The end of the feed, as last heard.
    pub head: i64,
    /// An event could not be understood: the state stands still, and so does `heard`.
    pub poisoned: bool,
}

/// A running follower. Dropping the handle does not stop it.
#[derive(Debug)]
pub struct Follower {
    state: watch::Receiver<FollowState>,
    task: JoinHandle<()>,
}

impl Follower {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> FollowState {
        self.state.borrow().clone()
    }

    /// When anything was heard last, a heartbeat included (every two seconds). `None`: never.
    #[must_use]
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.state.borrow().heard
    }

    /// Follows how far it is.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<FollowState> {
        self.state.clone()
    }

    /// Stops it where it stands.
    pub fn abort(&self) {
        self.task.abort();
    }
}

/// Starts following the feed behind `channel` in memory, until `shutdown`. No database is needed.
pub fn follow<C: FeedChannel, F: Follow>(
    config: FollowConfig,
    channel: C,
    follow: F,
    clock: Clock,
    shutdown: CancellationToken,
) -> Follower {
    let (state, watch) = watch::channel(FollowState::default());
    let worker = Worker {
        link: Link::new(channel, config.consumer, follow.kinds()),
        source: config.source,
        follow,
        clock,
        state,
        position: None,
        unsure: None,
    };
    let task = tokio::spawn(async move {
        shutdown.run_until_cancelled(worker.run()).await;
    });
    Follower { state: watch, task }
}

struct Worker<C, F> {
    link: Link<C>,
    source: &'static str,
    follow: F,
    clock: Clock,
    state: watch::Sender<FollowState>,
    position: Option<Position>,
    /// Versions that the snapshot named. What it has seen committed but not numbered comes again as an event; all of that lies
    /// before the head of the next greeting, and after that point the versions are forgotten.
    unsure: Option<Unsure>,
}

struct Unsure {
    until: Option<i64>,
    versions: HashMap<(String, String), i64>,
}

enum Stop {
    Link(LinkError),
    Poison(String),
}

impl From<LinkError> for Stop {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl<C: FeedChannel, F: Follow> Worker<C, F> {
    async fn run(mut self) {
        let mut backoff = Backoff::default();
        loop {
            match self.session(&mut backoff).await {
                Ok(()) => {}
                Err(Stop::Poison(what)) => {
                    metrics::gauge!("feed_consumer_poisoned", "source" => self.source).set(1.0);
                    tracing::error!(
                        source = self.source,
                        what,
                        "ALARM: an event cannot be understood; what this process knows from that feed stands still"
                    );
                    self.state.send_modify(|state| state.poisoned = true);
                    return;
                }
                Err(Stop::Link(error)) if backoff.failures() == 0 => {
                    tracing::warn!(source = self.source, cause = %error, "feed interrupted, trying again");
                }
                Err(Stop::Link(error)) => {
                    tracing::debug!(source = self.source, cause = %error, "feed still interrupted");
                }
            }
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    async fn session(&mut self, backoff: &mut Backoff) -> Result<(), Stop> {
        let mut position = match self.position.clone() {
            Some(position) => position,
            None => self.load().await?,
        };
        loop {
            let (hello, mut events) = self.link.subscribe(&position).await?;
            backoff.reset();
            if let Some(unsure) = &mut self.unsure {
                unsure.until.get_or_insert(hello.head);
            }
            self.heard(position.seq, hello.head);
            loop {
                match events.next().await? {
                    None => return Ok(()),
                    Some(Message::Batch(batch)) => {
                        for event in &batch.events {
                            if event.seq != position.seq + 1 {
                                return Err(LinkError::Protocol("a batch that does not follow the cursor").into());
                            }
                            self.apply(event).map_err(Stop::Poison)?;
                            position.seq = event.seq;
                            position.event_id.clone_from(&event.event_id);
                        }
                        self.position = Some(position.clone());
                        self.heard(position.seq, batch.head);
                    }
                    Some(Message::Heartbeat(beat)) => self.heard(position.seq, beat.head),
                    Some(Message::Reset(reset)) => {
                        tracing::warn!(
                            source = self.source,
                            reason = reset.reason,
                            "cursor is of no use, starting anew"
                        );
                        self.position = None;
                        position = self.load().await?;
                        break;
                    }
                    Some(Message::Hello(_)) => return Err(LinkError::Protocol("a second greeting").into()),
                }
            }
        }
    }

    /// Replaces the state by a snapshot.
    async fn load(&mut self) -> Result<Position, Stop> {
        let (position, mut snapshot) = self.link.snapshot().await?;
        let mut all = Vec::new();
        while let Some(mut events) = snapshot.next().await? {
            events.retain(|event| self.follow.kinds().contains(&event.kind.as_str()));
            all.append(&mut events);
        }
        let versions = all.iter().map(|e| ((e.kind.clone(), e.aggregate_id.clone()), e.version)).collect();
        self.follow.replace(all).map_err(Stop::Poison)?;
        self.unsure = Some(Unsure { until: None, versions });
        self.position = Some(position.clone());
        Ok(position)
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        let wanted = self.follow.kinds().contains(&event.kind.as_str());
        if let Some(unsure) = &mut self.unsure {
            if unsure.until.is_some_and(|until| event.seq > until) {
                self.unsure = None;
            } else if wanted {
                let known = unsure.versions.entry((event.kind.clone(), event.aggregate_id.clone())).or_insert(0);
                if event.version <= *known {
                    return Ok(());
                }
                *known = event.version;
            }
        }
        if wanted { self.follow.apply(event) } else { Ok(()) }
    }

    fn heard(&self, seq: i64, head: i64) {
        let now = self.clock.now();
        self.state.send_modify(|state| {
            state.heard = Some(now);
            state.seq = Some(seq);
            state.head = head;
        });
    }
}
