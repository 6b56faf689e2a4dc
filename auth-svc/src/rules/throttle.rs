//! How long whoever guesses passwords must wait. Nobody is ever locked out: the wait has an upper end.

use jiff::{SignedDuration, Timestamp};

/// Waits after failed logins of one user name: none for the first few, then doubling up to `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delays {
    /// Failures that cost nothing.
    pub(crate) free: u32,
    /// Wait after the first failure that costs.
    pub(crate) first: SignedDuration,
    /// Upper end of the wait.
    pub(crate) longest: SignedDuration,
    /// After this long without an attempt the failures are forgotten.
    pub(crate) forget: SignedDuration,
}

/// The attempts under one user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Attempts that have not succeeded, those under way included.
    pub(crate) failures: u32,
    /// The next one is allowed from here on.
    pub(crate) next_at: Timestamp,
    /// Once this has passed the attempts are forgotten.
    pub(crate) forget_at: Timestamp,
}

impl Delays {
    /// Wait after so many failures.
    pub(crate) fn after(&self, failures: u32) -> SignedDuration {
        let Some(paid) = failures.checked_sub(self.free).filter(|paid| *paid > 0) else {
            return SignedDuration::ZERO;
        };
        let factor = 1_i32.checked_shl(paid - 1).filter(|factor| *factor > 0).unwrap_or(i32::MAX);
        self.first.checked_mul(factor).map_or(self.longest, |wait| wait.min(self.longest))
    }

    /// Counts an attempt that begins now as failed until it has succeeded, so that many at once gain nothing;
    /// or says how long to wait. A refused attempt does not prolong the wait.
    pub(crate) fn begin(&self, before: Option<Attempts>, now: Timestamp) -> Result<Attempts, SignedDuration> {
        let before = before.filter(|attempts| now < attempts.forget_at);
        if let Some(attempts) = before
            && now < attempts.next_at
        {
            return Err(attempts.next_at.duration_since(now));
        }
        let failures = before.map_or(0, |attempts| attempts.failures).saturating_add(1);
        let next_at = later(now, self.after(failures));
        Ok(Attempts { failures, next_at, forget_at: later(next_at, self.forget) })
    }
}

/// Failed logins that one address may make: `burst` at once, then one every `per`. Logins that succeed cost nothing,
/// so a whole campus behind one address may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// How many at once.
    pub(crate) burst: u32,
    /// One more every.
    pub(crate) per: SignedDuration,
}

impl Rate {
    /// Takes one (generic cell rate algorithm). `paid_until` is what the last call returned; returns the new one,
    /// or how long to wait.
    pub(crate) fn take(&self, paid_until: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, SignedDuration> {
        let next = later(paid_until.map_or(now, |at| at.max(now)), self.per);
        let room = self.per.checked_mul(i32::try_from(self.burst).unwrap_or(i32::MAX)).unwrap_or(SignedDuration::MAX);
        let wait = next.duration_since(now).saturating_sub(room);
        if wait.is_positive() { Err(wait) } else { Ok(next) }
    }

    /// Gives one back.
    pub(crate) fn give_back(&self, paid_until: Timestamp) -> Timestamp {
        paid_until.checked_sub(self.per).unwrap_or(Timestamp::MIN)
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAYS: Delays = Delays {
        free: 3,
        first: SignedDuration::from_secs(1),
        longest: SignedDuration::from_secs(60),
        forget: SignedDuration::from_mins(15),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_wait_doubles_up_to_its_end() {
        let waits: Vec<i64> = (0..12).map(|failures| DELAYS.after(failures).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(DELAYS.after(u32::MAX), DELAYS.longest);
    }

    #[test]
    fn attempts_at_once_are_counted_before_they_have_failed() {
        let mut attempts = None;
        for _ in 0..4 {
            attempts = Some(DELAYS.begin(attempts, at(0)).unwrap());
        }
        assert_eq!(DELAYS.begin(attempts, at(0)), Err(SignedDuration::from_secs(1)));
        assert_eq!(DELAYS.begin(attempts, at(1)).unwrap().failures, 5);
    }

    #[test]
    fn a_long_silence_is_forgiven() {
        let mut attempts = None;
        for _ in 0..4 {
            attempts = Some(DELAYS.begin(attempts, at(0)).unwrap());
        }
        assert_eq!(DELAYS.begin(attempts, at(1 + 15 * 60 - 1)).unwrap().failures, 5);
        assert_eq!(DELAYS.begin(attempts, at(1 + 15 * 60)).unwrap().failures, 1);
    }

    #[test]
    fn an_address_has_a_burst_and_then_a_rate() {
        let rate = Rate { burst: 3, per: SignedDuration::from_secs(10) };
        let mut paid = None;
        for _ in 0..3 {
            paid = Some(rate.take(paid, at(0)).unwrap());
        }
        assert_eq!(rate.take(paid, at(0)), Err(SignedDuration::from_secs(10)));
        assert_eq!(rate.take(paid, at(9)), Err(SignedDuration::from_secs(1)));
        paid = Some(rate.take(paid, at(10)).unwrap());
        assert!(rate.take(paid, at(10)).is_err());
        assert!(rate.take(paid.map(|p| rate.give_back(p)), at(10)).is_ok(), "a login that succeeded costs nothing");
    }
}
