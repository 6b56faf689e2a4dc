//! How much at once, and how much per second. Nobody waits in a queue here: what is too much is answered at once.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::{LaneLimits, Rate};
use crate::error::{Rejection, Result};
use crate::reasons;

/// What a request costs: each lane has its own places, so that a storm of logins leaves reading alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Logging in and changing a password: costs a password hash.
    Login,
    /// Exchanging a refresh token: costs a write, and keeps everybody who is at work logged in.
    Refresh,
    /// Reads.
    Read,
    /// Everything that changes something.
    Write,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Places for requests under way.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    login: Arc<Semaphore>,
    refresh: Arc<Semaphore>,
    read: Arc<Semaphore>,
    write: Arc<Semaphore>,
}

impl Lanes {
    pub(crate) fn new(limits: &LaneLimits) -> Self {
        let places = |limit: usize| Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        Self {
            login: places(limits.login),
            refresh: places(limits.refresh),
            read: places(limits.read),
            write: places(limits.write),
        }
    }

    /// A place, or `overloaded`.
    pub(crate) fn enter(&self, lane: Lane) -> Result<OwnedSemaphorePermit> {
        let places = match lane {
            Lane::Login => &self.login,
            Lane::Refresh => &self.refresh,
            Lane::Read => &self.read,
            Lane::Write => &self.write,
        };
        places.clone().try_acquire_owned().map_err(|_| {
            metrics::counter!("gateway_shed_total", "lane" => lane.name()).increment(1);
            let wait = Duration::from_secs(1);
            Rejection::busy(StatusCode::SERVICE_UNAVAILABLE, chassis::reasons::OVERLOADED, wait)
        })
    }
}

/// Slots of a limiter. Keys share a slot by a hash that nobody outside can compute: memory stays bounded whatever keys
/// come, and two keys that meet merely share a quota.
const SLOTS: u64 = 1 << 18;

/// A rate limit per key.
pub(crate) struct Limiter {
    name: &'static str,
    hasher: RandomState,
    cells: RateLimiter<u64, DashMapStateStore<u64>, MonotonicClock, NoOpMiddleware<std::time::Instant>>,
}

impl Limiter {
    pub(crate) fn new(name: &'static str, rate: Rate) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.burst));
        let cells = RateLimiter::new(quota, DashMapStateStore::default(), MonotonicClock);
        Self { name, hasher: RandomState::new(), cells }
    }

    /// Counts one request of this key, or refuses it with `rate-limited`.
    pub(crate) fn count(&self, key: &impl Hash) -> Result<()> {
        let slot = self.hasher.hash_one(key) % SLOTS;
        self.cells.check_key(&slot).map_err(|early| {
            metrics::counter!("gateway_rate_limited_total", "limit" => self.name).increment(1);
            let wait = early.wait_time_from(MonotonicClock.now());
            Rejection::busy(StatusCode::TOO_MANY_REQUESTS, reasons::RATE_LIMITED, wait)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_lane_refuses_at_once_and_leaves_the_others_alone() {
        let lanes = Lanes::new(&LaneLimits { login: 1, refresh: 1, read: 1, write: 1 });
        let place = lanes.enter(Lane::Login).unwrap();
        assert_eq!(lanes.enter(Lane::Login).unwrap_err().reason(), "overloaded");
        assert!(lanes.enter(Lane::Read).is_ok() && lanes.enter(Lane::Refresh).is_ok());
        drop(place);
        assert!(lanes.enter(Lane::Login).is_ok());
    }

    #[test]
    fn a_key_that_asks_too_often_is_refused_and_others_are_not() {
        let limiter = Limiter::new("test", Rate { per_second: 1, burst: 2 });
        assert!(limiter.count(&"a").is_ok() && limiter.count(&"a").is_ok());
        assert_eq!(limiter.count(&"a").unwrap_err().reason(), "rate-limited");
        assert!(limiter.count(&"b").is_ok());
    }

    #[test]
    fn the_memory_of_a_limiter_is_bounded() {
        let limiter = Limiter::new("test", Rate { per_second: 1, burst: 1 });
        for key in 0..2 * SLOTS {
            let _ = limiter.count(&key);
        }
        assert!(limiter.cells.len() as u64 <= SLOTS);
    }
}
