//! Learning from auth-svc: its keys, and the sessions that it ended.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use proto::common::v1::trust_client::TrustClient;
use proto::common::v1::{Empty, SessionRevoked};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::ended::{self, EndedSessions};
use super::trust::WeakTrust;
use super::{KeySet, Trust, TrustConfig};
use crate::client::Channel;
use crate::feed::{self, Event, Follow, FollowConfig, FollowState};

/// A key id that is not known makes us ask auth-svc at most this often, so that nobody can make us flood it.
const REFETCH: SignedDuration = SignedDuration::from_secs(30);
/// How often the keys are asked for without a reason.
const REFRESH: Duration = Duration::from_secs(300);
/// How often they are asked for until the first answer.
const RETRY: Duration = Duration::from_secs(1);
/// How long after the ended sessions could not be kept on disk that is tried again.
const SAVE_AGAIN: Duration = Duration::from_secs(30);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where keys come from: auth-svc, and the copy of its last answer on disk.
pub(crate) struct Source {
    auth: Channel,
    file: PathBuf,
    /// When the keys were last asked for because of an unknown key id; locked while they are asked for.
    asked: Mutex<Option<Timestamp>>,
}

impl Source {
    pub(crate) fn new(config: &TrustConfig, auth: Channel) -> Self {
        Self { auth, file: config.file("jwks"), asked: Mutex::new(None) }
    }

    /// The last good key set, if there ever was one.
    pub(crate) fn stored(&self) -> Option<KeySet> {
        let json = std::fs::read_to_string(&self.file).ok()?;
        let set = KeySet::parse(&json);
        set.inspect_err(|error| tracing::warn!(%error, file = %self.file.display(), "kept keys are of no use")).ok()
    }

    /// Asks for the keys because one is not known. Whoever comes while the question is asked waits for its answer.
    pub(crate) async fn refresh_for(&self, trust: &Trust, kid: &str) {
        let mut asked = self.asked.lock().await;
        let now = trust.clock().now();
        let lately = asked.is_some_and(|at| now.duration_since(at).abs() < REFETCH);
        if lately || trust.keys().0.get(kid).is_some() {
            return;
        }
        *asked = Some(now);
        self.refresh(trust).await;
    }

    /// Asks for the keys, whenever they were asked for last.
    async fn refresh_now(&self, trust: &Trust) -> bool {
        let _alone = self.asked.lock().await;
        self.refresh(trust).await
    }

    /// Asks for the keys and keeps a good answer, in memory and on disk. One at a time.
    async fn refresh(&self, trust: &Trust) -> bool {
        let mut client = TrustClient::new(self.auth.clone());
        let answer = match tokio::time::timeout(PATIENCE, client.get_jwks(Empty {})).await {
            Ok(Ok(answer)) => answer.into_inner(),
            Ok(Err(status)) => {
                tracing::debug!(code = ?status.code(), "auth-svc did not give its keys");
                return false;
            }
            Err(_) => return false,
        };
        trust.heard();
        if let Err(error) = KeySet::parse(&answer.json) {
            tracing::error!(%error, "auth-svc's key set is of no use; the last good one is kept");
            return false;
        }
        // On disk first: once the keys are used, the next start has them too.
        let (file, json) = (self.file.clone(), answer.json.clone());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || ended::replace(&file, &json)).await {
            tracing::warn!(%error, file = %self.file.display(), "the keys could not be kept on disk");
        }
        // It was read above, so this does not fail.
        let _replaced = trust.replace_keys(&answer.json);
        true
    }
}

/// Starts the tasks that listen to auth-svc; they end with the trust.
pub(crate) fn spawn(service: &'static str, trust: &Trust, stop: CancellationToken) {
    let weak = trust.downgrade();
    tokio::spawn(stop.clone().run_until_cancelled_owned(keep_keys(weak.clone())));
    tokio::spawn(keep_ended(trust.ended(), stop.clone()));
    let Some(source) = trust.source() else { return };
    let config = FollowConfig { consumer: service, source: "auth" };
    let ended = Ended { trust: weak.clone() };
    let follower = feed::follow(config, source.auth.clone(), ended, trust.clock().clone(), stop.clone());
    tokio::spawn(stop.run_until_cancelled_owned(keep_heard(weak, follower.watch())));
}

/// Asks for the keys until there is an answer, then again from time to time.
async fn keep_keys(weak: WeakTrust) {
    loop {
        let Some(trust) = weak.upgrade() else { return };
        let Some(source) = trust.source() else { return };
        let pause = if source.refresh_now(&trust).await { REFRESH } else { RETRY };
        trust.forget_lapsed();
        drop(trust);
        tokio::time::sleep(pause).await;
    }
}

/// Keeps the ended sessions on disk: as soon as they change, and a last time at the end. What changes while the file is
/// written waits for the next time, so a flood of them is a few writes.
async fn keep_ended(ended: Arc<EndedSessions>, stop: CancellationToken) {
    loop {
        let last = stop.run_until_cancelled(ended.changed()).await.is_none();
        let save = ended.clone();
        let saved = tokio::task::spawn_blocking(move || save.save()).await;
        if let Ok(Err(error)) = &saved {
            tracing::warn!(%error, "the ended sessions could not be kept on disk");
        }
        if last {
            return;
        }
        if !matches!(saved, Ok(Ok(()))) {
            stop.run_until_cancelled(tokio::time::sleep(SAVE_AGAIN)).await;
            ended.retry();
        }
    }
}

/// Notes when the feed was heard, heartbeats included.
async fn keep_heard(weak: WeakTrust, mut state: watch::Receiver<FollowState>) {
    while state.changed().await.is_ok() {
        let heard = state.borrow_and_update().heard;
        let Some(trust) = weak.upgrade() else { return };
        heard.inspect(|at| trust.heard_at(*at));
    }
}

/// Sessions that auth-svc ended, from its feed.
struct Ended {
    trust: WeakTrust,
}

impl Ended {
    fn end(&self, event: &Event) -> Result<(), String> {
        // An entry is forgotten when it lapses; a tombstone only says that auth-svc has tidied up.
        if event.tombstone {
            return Ok(());
        }
        let revoked = SessionRevoked::decode(event.payload.as_slice()).map_err(|error| error.to_string())?;
        let until = revoked.until.ok_or("a session that ended without a time")?;
        let until = Timestamp::new(until.seconds, until.nanos).map_err(|error| error.to_string())?;
        if let Some(trust) = self.trust.upgrade() {
            trust.revoke(revoked.sid, until);
        }
        Ok(())
    }
}

impl Follow for Ended {
    fn kinds(&self) -> &'static [&'static str] {
        &["auth.session_revoked"]
    }

    /// Adds them all. Nothing that was ended comes to life again, so nothing is taken out.
    fn replace(&mut self, events: Vec<Event>) -> Result<(), String> {
        events.iter().try_for_each(|event| self.end(event))
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        self.end(event)
    }
}
