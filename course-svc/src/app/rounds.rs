//! Work that goes on in rounds beside the requests, on every replica, until nothing is left of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// How a worker shares its work with those of other replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often it looks for what others began or left behind, and when it tries again what did not work.
    pub tick: Duration,
    /// After this nobody believes any more that whoever took a piece of work up is still at it.
    pub lease: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { tick: Duration::from_secs(1), lease: Duration::from_secs(60) }
    }
}

impl Pace {
    /// Until when work that is taken up now is left to whoever took it.
    pub(super) fn until(self, now: Timestamp) -> Timestamp {
        now.checked_add(self.lease).unwrap_or(Timestamp::MAX)
    }
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// There is nothing to do.
    Nothing,
    /// Something was done; there may be more.
    Done,
    /// Some of it may work a moment later.
    Later,
}

/// Who works in rounds.
pub(super) trait Worker {
    /// What the log calls the work.
    const WHAT: &'static str;

    /// Does the next of it.
    fn round(&mut self) -> impl Future<Output = Result<Round, Error>> + Send;
}

/// Makes one round after the other until `stop`, and rests while there is nothing to do, until the next tick or until it is
/// woken.
pub(super) async fn work<W: Worker>(mut worker: W, wake: Arc<Notify>, tick: Duration, stop: CancellationToken) {
    loop {
        let turn = async {
            match worker.round().await {
                Ok(Round::Done) => {}
                Ok(Round::Nothing) => drop(tokio::time::timeout(tick, wake.notified()).await),
                Ok(Round::Later) => tokio::time::sleep(tick).await,
                Err(error) => {
                    tracing::warn!(%error, what = W::WHAT, "the work rests for a moment");
                    tokio::time::sleep(tick).await;
                }
            }
        };
        if stop.run_until_cancelled(turn).await.is_none() {
            return;
        }
    }
}
