//! When which signing key is used. A key is known by the moment from which it signs.

use jiff::{SignedDuration, Timestamp};

/// Lives of signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyTimes {
    /// How long a key signs; zero: no key is ever made or removed (the operator mounts them).
    pub(crate) period: SignedDuration,
    /// How long before it signs a key is published, so that every verifier has it in time.
    pub(crate) lead: SignedDuration,
    /// How long after its last signature a key is still published: as long as a token may be accepted.
    pub(crate) linger: SignedDuration,
}

/// What to do with the keys that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPlan {
    /// The key that signs; `None` when no key has begun yet.
    pub(crate) present: Option<Timestamp>,
    /// The keys to publish, oldest first.
    pub(crate) listed: Vec<Timestamp>,
    /// A key to make, beginning then.
    pub(crate) make: Option<Timestamp>,
    /// Keys that nothing needs any more.
    pub(crate) retire: Vec<Timestamp>,
}

/// Plans over the keys' beginnings, which must be sorted and distinct.
pub(crate) fn plan(begins: &[Timestamp], now: Timestamp, times: KeyTimes) -> KeyPlan {
    let rotates = times.period.is_positive();
    let present = begins.iter().copied().rfind(|begin| *begin <= now);
    let has_next = begins.last().is_some_and(|last| *last > now);
    let (mut listed, mut retire) = (Vec::new(), Vec::new());
    for (index, begin) in begins.iter().enumerate() {
        let superseded_at = begins.get(index + 1).copied();
        let over = superseded_at.is_some_and(|at| later(at, times.linger) <= now);
        if over && rotates { retire.push(*begin) } else { listed.push(*begin) }
    }
    let make = match present {
        _ if !rotates => None,
        None => Some(now),
        Some(_) if has_next => None,
        Some(begin) => {
            let due = later(begin, times.period);
            let earliest = later(now, times.lead);
            (due <= earliest).then_some(earliest)
        }
    };
    KeyPlan { present, listed, make, retire }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: KeyTimes = KeyTimes {
        period: SignedDuration::from_hours(240),
        lead: SignedDuration::from_hours(24),
        linger: SignedDuration::from_hours(2),
    };

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + hours * 3600).unwrap()
    }

    #[track_caller]
    fn check(begins: &[i64], now: i64, present: Option<i64>, listed: &[i64], make: Option<i64>, retire: &[i64]) {
        let many = |hours: &[i64]| hours.iter().map(|h| at(*h)).collect::<Vec<_>>();
        let expected =
            KeyPlan { present: present.map(at), listed: many(listed), make: make.map(at), retire: many(retire) };
        assert_eq!(plan(&many(begins), at(now), TIMES), expected);
    }

    #[test]
    fn the_first_key_signs_at_once() {
        check(&[], 0, None, &[], Some(0), &[]);
    }

    #[test]
    fn the_next_key_is_published_a_day_before_it_signs() {
        check(&[0], 215, Some(0), &[0], None, &[]);
        check(&[0], 216, Some(0), &[0], Some(240), &[]);
        check(&[0, 240], 239, Some(0), &[0, 240], None, &[]);
        check(&[0, 240], 240, Some(240), &[0, 240], None, &[]);
    }

    #[test]
    fn after_a_long_stop_the_next_key_still_gets_its_day() {
        check(&[0], 1000, Some(0), &[0], Some(1024), &[]);
    }

    #[test]
    fn an_old_key_stays_as_long_as_its_tokens() {
        check(&[0, 240], 241, Some(240), &[0, 240], None, &[]);
        check(&[0, 240], 242, Some(240), &[240], None, &[0]);
    }

    #[test]
    fn a_key_that_only_begins_later_does_not_leave_us_without_one() {
        check(&[10], 0, None, &[10], Some(0), &[]);
    }

    #[test]
    fn without_a_period_nothing_is_made_or_removed() {
        let fixed = KeyTimes { period: SignedDuration::ZERO, ..TIMES };
        let plan = plan(&[at(0), at(1)], at(10_000), fixed);
        assert_eq!(plan, KeyPlan { present: Some(at(1)), listed: vec![at(0), at(1)], make: None, retire: vec![] });
    }
}
