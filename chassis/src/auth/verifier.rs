//! Verifying an access token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::token::{self, Age, Claims, TokenFault};
use super::{Caller, GRACE, Trust, User};
use crate::error::Fault;
use crate::reasons;

/// A verified signature is remembered for at most this long.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(30);
/// Tokens remembered at most, in each half of the memory.
const MOST: usize = 8192;

/// Verifies access tokens. Cheap to clone; clones share the memory of lately verified tokens.
///
/// Remembering spares the signature only: times and ended sessions are looked at on every call.
#[derive(Clone, Debug)]
pub struct Verifier {
    trust: Trust,
    seen: Arc<Mutex<Seen>>,
}

impl Verifier {
    /// A verifier that goes by this trust and its clock.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self { trust, seen: Arc::default() }
    }

    /// What it trusts.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The user of a token, as it came after `Bearer `. With [`User::Graceful`] an expired token may pass while auth-svc
    /// is silent; the caller is then marked `stale`.
    ///
    /// # Errors
    /// `unauthenticated` with `token-invalid`, `token-expired` or `session-revoked`.
    pub async fn verify(&self, token: &str, user: User) -> Result<Caller, Fault> {
        let claims = self.open(token).await?;
        let stale = match claims.age(self.trust.clock().now()) {
            Age::Valid => false,
            Age::NotYet => return Err(invalid()),
            Age::Expired(over) if user == User::Graceful && over <= GRACE && self.trust.is_silent() => true,
            Age::Expired(_) => {
                return Err(Fault::unauthenticated(reasons::TOKEN_EXPIRED, "the access token has expired"));
            }
        };
        if self.trust.is_revoked(&claims.sid) {
            return Err(Fault::unauthenticated(reasons::SESSION_REVOKED, "the session was ended"));
        }
        Ok(claims.caller(stale))
    }

    async fn open(&self, token: &str) -> Result<Arc<Claims>, Fault> {
        let name: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let (keys, generation) = self.trust.keys();
        let now = self.trust.clock().now();
        if let Some(claims) = self.seen().get(&name, generation, now) {
            return Ok(claims);
        }
        let (claims, generation) = match token::open(token, &keys) {
            Ok(claims) => (claims, generation),
            Err(TokenFault::Invalid) => return Err(invalid()),
            Err(TokenFault::UnknownKey(kid)) => {
                self.trust.refresh_for(&kid).await;
                let (keys, generation) = self.trust.keys();
                (token::open(token, &keys).map_err(|_| invalid())?, generation)
            }
        };
        let claims = Arc::new(claims);
        self.seen().put(name, generation, now, claims.clone());
        Ok(claims)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn invalid() -> Fault {
    Fault::unauthenticated(reasons::TOKEN_INVALID, "the access token is not valid")
}

/// Lately verified tokens by their SHA-256, each with the time when its signature was verified. In two halves, the older
/// of which is dropped as a whole when the younger one is full: so it never grows without bound.
#[derive(Debug, Default)]
struct Seen {
    generation: u64,
    young: HashMap<[u8; 32], (Timestamp, Arc<Claims>)>,
    old: HashMap<[u8; 32], (Timestamp, Arc<Claims>)>,
}

impl Seen {
    fn get(&self, name: &[u8; 32], generation: u64, now: Timestamp) -> Option<Arc<Claims>> {
        let (at, claims) = self.young.get(name).or_else(|| self.old.get(name))?;
        let fresh = generation == self.generation && now.duration_since(*at).abs() <= REMEMBERED;
        fresh.then(|| claims.clone())
    }

    fn put(&mut self, name: [u8; 32], generation: u64, now: Timestamp, claims: Arc<Claims>) {
        if generation > self.generation {
            *self = Self { generation, ..Self::default() };
        }
        if generation < self.generation {
            return;
        }
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, (now, claims));
    }
}
