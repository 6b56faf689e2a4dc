//! What a verifier knows of auth-svc: its keys, the sessions that it ended, and when it was last heard.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::ended::EndedSessions;
use super::learn::{self, Source};
use super::{KeySet, KeySetError};
use crate::client::Channel;
use crate::clock::Clock;

/// auth-svc counts as silent when nothing was heard of it for longer than this.
pub const SILENCE: SignedDuration = SignedDuration::from_secs(10);
/// While auth-svc is silent, graceful methods take tokens that expired at most this long ago.
pub const GRACE: SignedDuration = SignedDuration::from_mins(30);

/// Whose trust it is, and where it is kept.
#[derive(Debug, Clone)]
pub struct TrustConfig {
    /// Name of the service that trusts, for example `course`.
    pub service: &'static str,
    /// The service's data folder. Below it, `trust/<service>.jwks.json` keeps the key set and `trust/<service>.revoked.json`
    /// the ended sessions, so that both outlive a restart while auth-svc is down.
    pub data_dir: PathBuf,
}

impl TrustConfig {
    /// Where knowledge of this kind is kept.
    pub(crate) fn file(&self, what: &str) -> PathBuf {
        self.data_dir.join("trust").join(format!("{}.{what}.json", self.service))
    }
}

/// What a verifier knows of auth-svc. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    clock: Clock,
    origin: Origin,
    keys: RwLock<Known>,
    revoked: Arc<EndedSessions>,
    heard: Mutex<Timestamp>,
    /// Ends the tasks that listen to auth-svc when the last clone is gone.
    _listening: DropGuard,
}

/// Where the knowledge comes from.
enum Origin {
    /// auth-svc trusts itself, and never counts as silent to itself.
    Own,
    /// Somebody tells it: tests.
    Told,
    /// auth-svc.
    Service(Source),
}

struct Known {
    set: Arc<KeySet>,
    /// Rises whenever the keys change, so that nothing verified with older keys is remembered.
    generation: u64,
}

impl Trust {
    /// Starts to trust auth-svc: takes the keys and the ended sessions kept on disk, and from then on listens to auth-svc over `auth` for new
    /// keys and for sessions that it ended. Never waits for auth-svc; must be called inside a tokio runtime.
    #[must_use]
    pub fn start(config: TrustConfig, auth: Channel, clock: Clock) -> Self {
        let source = Source::new(&config, auth);
        let set = source.stored().unwrap_or_default();
        let revoked = EndedSessions::load(config.file("revoked"), clock.now());
        let stop = CancellationToken::new();
        let trust = Self::with(set, revoked, clock, Origin::Service(source), stop.clone().drop_guard());
        learn::spawn(config.service, &trust, stop);
        trust
    }

    /// The trust of auth-svc in itself: it says which keys it signs with and which sessions it ended, and never counts
    /// as silent.
    ///
    /// # Errors
    /// When the key set cannot be used.
    pub fn own(jwks: &str, clock: Clock) -> Result<Self, KeySetError> {
        let stop = CancellationToken::new().drop_guard();
        Ok(Self::with(KeySet::parse(jwks)?, EndedSessions::default(), clock, Origin::Own, stop))
    }

    /// A trust without auth-svc, for tests: it knows what it is told, and counts auth-svc as silent once the clock has
    /// moved on without [`Trust::heard`].
    ///
    /// # Errors
    /// When the key set cannot be used.
    pub fn told(jwks: &str, clock: Clock) -> Result<Self, KeySetError> {
        let stop = CancellationToken::new().drop_guard();
        Ok(Self::with(KeySet::parse(jwks)?, EndedSessions::default(), clock, Origin::Told, stop))
    }

    fn with(set: KeySet, revoked: EndedSessions, clock: Clock, origin: Origin, listening: DropGuard) -> Self {
        Self(Arc::new(Inner {
            heard: Mutex::new(clock.now()),
            clock,
            origin,
            keys: RwLock::new(Known { set: Arc::new(set), generation: 0 }),
            revoked: Arc::new(revoked),
            _listening: listening,
        }))
    }

    /// Takes a new key set in place of the present one; what cannot be used changes nothing.
    ///
    /// # Errors
    /// When the key set cannot be used.
    pub fn replace_keys(&self, jwks: &str) -> Result<(), KeySetError> {
        let set = KeySet::parse(jwks)?;
        let mut known = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        if known.set.ids() != set.ids() {
            known.generation += 1;
            tracing::info!(keys = ?set.ids(), "the token issuer's keys changed");
        }
        known.set = Arc::new(set);
        Ok(())
    }

    /// Ends a session: its tokens are void from now on. After `until` none of them can still be valid, and the entry is
    /// forgotten.
    pub fn revoke(&self, sid: impl Into<String>, until: Timestamp) {
        // A token may be used past its end while auth-svc is silent, so the entry lives as much longer.
        let until = until.checked_add(GRACE).unwrap_or(Timestamp::MAX);
        self.0.revoked.insert(sid.into(), until, self.0.clock.now());
    }

    /// The session was ended.
    #[must_use]
    pub fn is_revoked(&self, sid: &str) -> bool {
        self.0.revoked.contains(sid)
    }

    /// auth-svc was heard just now.
    pub fn heard(&self) {
        self.heard_at(self.0.clock.now());
    }

    pub(crate) fn heard_at(&self, at: Timestamp) {
        let mut heard = lock(&self.0.heard);
        *heard = at.max(*heard);
    }

    /// Forgets ended sessions none of whose tokens can be valid any more.
    pub(crate) fn forget_lapsed(&self) {
        self.0.revoked.forget_lapsed(self.0.clock.now());
    }

    /// When auth-svc was last heard; at first, when this trust began.
    #[must_use]
    pub fn last_heard(&self) -> Timestamp {
        *lock(&self.0.heard)
    }

    /// Nothing was heard of auth-svc for more than [`SILENCE`].
    #[must_use]
    pub fn is_silent(&self) -> bool {
        !matches!(self.0.origin, Origin::Own) && self.0.clock.now().duration_since(self.last_heard()) > SILENCE
    }

    /// Has keys to verify with; until then the server is not ready.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys().0.is_empty()
    }

    /// The clock that the trust goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The present keys and their generation.
    pub(crate) fn keys(&self) -> (Arc<KeySet>, u64) {
        let known = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        (known.set.clone(), known.generation)
    }

    /// Asks auth-svc for its keys because one is not known, at most once per 30 s.
    pub(crate) async fn refresh_for(&self, kid: &str) {
        if let Origin::Service(source) = &self.0.origin {
            source.refresh_for(self, kid).await;
        }
    }

    pub(crate) fn ended(&self) -> Arc<EndedSessions> {
        self.0.revoked.clone()
    }

    pub(crate) fn source(&self) -> Option<&Source> {
        match &self.0.origin {
            Origin::Service(source) => Some(source),
            Origin::Own | Origin::Told => None,
        }
    }

    pub(crate) fn downgrade(&self) -> WeakTrust {
        WeakTrust(Arc::downgrade(&self.0))
    }
}

/// Lets the listening tasks end with the trust that they serve.
#[derive(Clone)]
pub(crate) struct WeakTrust(Weak<Inner>);

impl WeakTrust {
    pub(crate) fn upgrade(&self) -> Option<Trust> {
        self.0.upgrade().map(Trust)
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").field("keys", &self.keys().0).field("last_heard", &self.last_heard()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
