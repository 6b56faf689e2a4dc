//! Remembers failed logins, in memory: by user name, whether or not there is such an account, and by address.
//!
//! Each replica remembers for itself, so guessing is slowed by each of them. What is remembered is bounded; when it is
//! full, what lapses first is forgotten first.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::rules::throttle::{Attempts, Delays, Rate};
use crate::rules::user_name::UserName;

/// Who is slowed down, and how much is remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThrottleLimits {
    /// By user name.
    pub(crate) delays: Delays,
    /// By address.
    pub(crate) rate: Rate,
    /// User names, and addresses, remembered at most.
    pub(crate) remembered: usize,
}

/// See the module.
pub(crate) struct Throttle {
    limits: ThrottleLimits,
    names: Mutex<HashMap<UserName, Attempts>>,
    addresses: Mutex<HashMap<Network, Timestamp>>,
}

/// An attempt that was let through. Counted as failed until it is said to have succeeded, or never to have been judged.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    name: UserName,
    network: Option<Network>,
}

/// An address, as far as it tells clients apart: of IPv6, the network of 64 bits that one client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    /// Reads an address; `None` when the text is none.
    pub(crate) fn parse(address: &str) -> Option<Self> {
        let address: IpAddr = address.parse().ok()?;
        Some(Self(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
            v4 @ IpAddr::V4(_) => v4,
        }))
    }
}

impl Throttle {
    /// A throttle that remembers nothing yet.
    pub(crate) fn new(limits: ThrottleLimits) -> Self {
        Self { limits, names: Mutex::default(), addresses: Mutex::default() }
    }

    /// Lets an attempt through, or says how long to wait.
    ///
    /// # Errors
    /// [`Error::TooOften`].
    pub(crate) fn begin(&self, name: &UserName, network: Option<Network>, now: Timestamp) -> Result<Attempt, Error> {
        {
            let mut names = lock(&self.names);
            let attempts = self.limits.delays.begin(names.get(name).copied(), now).map_err(too_often)?;
            make_room(&mut names, self.limits.remembered, now, |attempts| attempts.forget_at);
            names.insert(name.clone(), attempts);
        }
        let attempt = Attempt { name: name.clone(), network };
        let Some(network) = network else { return Ok(attempt) };
        let mut addresses = lock(&self.addresses);
        match self.limits.rate.take(addresses.get(&network).copied(), now) {
            Ok(paid_until) => {
                make_room(&mut addresses, self.limits.remembered, now, |until| *until);
                addresses.insert(network, paid_until);
                Ok(attempt)
            }
            Err(wait) => {
                drop(addresses);
                self.undo_name(&attempt.name);
                Err(too_often(wait))
            }
        }
    }

    /// The password was right: earlier failures under this name are forgotten, and the address is not charged.
    pub(crate) fn succeeded(&self, attempt: Attempt) {
        lock(&self.names).remove(&attempt.name);
        self.undo_address(attempt.network);
    }

    /// The attempt was not judged at all: as if it had not been made.
    pub(crate) fn not_judged(&self, attempt: Attempt) {
        self.undo_name(&attempt.name);
        self.undo_address(attempt.network);
    }

    fn undo_name(&self, name: &UserName) {
        let mut names = lock(&self.names);
        if let Some(attempts) = names.get_mut(name) {
            attempts.failures = attempts.failures.saturating_sub(1);
            if self.limits.delays.after(attempts.failures).is_zero() {
                attempts.next_at = Timestamp::MIN;
            }
            if attempts.failures == 0 {
                names.remove(name);
            }
        }
    }

    fn undo_address(&self, network: Option<Network>) {
        if let Some(network) = network
            && let Some(paid_until) = lock(&self.addresses).get_mut(&network)
        {
            *paid_until = self.limits.rate.give_back(*paid_until);
        }
    }
}

fn too_often(wait: SignedDuration) -> Error {
    // Rounded up: Retry-After counts whole seconds, and too early is of no use.
    let seconds = u64::try_from(wait.as_secs()).unwrap_or(0) + u64::from(wait.subsec_nanos() > 0);
    Error::TooOften(Duration::from_secs(seconds.max(1)))
}

/// Forgets what has lapsed when the memory is full; and if nothing has, one of those that lapse first.
fn make_room<K: Clone + Eq + Hash, V>(
    memory: &mut HashMap<K, V>,
    most: usize,
    now: Timestamp,
    lapses: impl Fn(&V) -> Timestamp,
) {
    if memory.len() < most {
        return;
    }
    memory.retain(|_, value| lapses(value) > now);
    if memory.len() >= most
        && let Some(first) = memory.iter().min_by_key(|(_, value)| lapses(value)).map(|(key, _)| key.clone())
    {
        memory.remove(&first);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(remembered: usize) -> Throttle {
        Throttle::new(ThrottleLimits {
            delays: Delays {
                free: 2,
                first: SignedDuration::from_secs(1),
                longest: SignedDuration::from_secs(8),
                forget: SignedDuration::from_mins(15),
            },
            rate: Rate { burst: 4, per: SignedDuration::from_secs(10) },
            remembered,
        })
    }

    fn name(text: &str) -> UserName {
        UserName::parse(text).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    #[test]
    fn one_name_is_slowed_from_wherever_it_is_tried_and_others_are_not() {
        let throttle = throttle(100);
        for host in 0..3 {
            let network = Network::parse(&format!("192.0.2.{host}"));
            throttle.begin(&name("budi"), network, at(0)).map(drop).unwrap();
        }
        assert!(matches!(throttle.begin(&name("budi"), None, at(0)), Err(Error::TooOften(w)) if w.as_secs() == 1));
        assert!(throttle.begin(&name("wati"), None, at(0)).is_ok());
    }

    #[test]
    fn success_forgets_and_what_was_not_judged_does_not_count() {
        let throttle = throttle(100);
        for _ in 0..20 {
            let attempt = throttle.begin(&name("budi"), Network::parse("192.0.2.1"), at(0)).unwrap();
            throttle.not_judged(attempt);
        }
        for _ in 0..20 {
            throttle.begin(&name("budi"), None, at(0)).map(drop).unwrap();
            let attempt = throttle.begin(&name("budi"), Network::parse("192.0.2.1"), at(0)).unwrap();
            throttle.succeeded(attempt);
        }
    }

    #[test]
    fn one_address_is_slowed_whatever_names_it_tries() {
        let throttle = throttle(100);
        for user in 0..4 {
            throttle.begin(&name(&format!("u{user}")), Network::parse("2001:db8::1"), at(0)).map(drop).unwrap();
        }
        let same_client = Network::parse("2001:db8::ffff:2");
        assert!(
            matches!(throttle.begin(&name("u9"), same_client, at(0)), Err(Error::TooOften(w)) if w.as_secs() == 10)
        );
        assert!(throttle.begin(&name("u9"), Network::parse("2001:db8:0:1::1"), at(0)).is_ok());
        assert!(throttle.begin(&name("u10"), same_client, at(10)).is_ok());
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_both_spellings() {
        assert_eq!(Network::parse("::ffff:192.0.2.1"), Network::parse("192.0.2.1"));
        assert_eq!(Network::parse("localhost"), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let throttle = throttle(10);
        for user in 0..100 {
            throttle.begin(&name(&format!("u{user}")), None, at(user)).map(drop).unwrap();
        }
        assert_eq!(lock(&throttle.names).len(), 10);
    }
}
