//! Holds: what may be done with one, given the state it is in.

use jiff::Timestamp;

use super::field::{self, Checker, Need, Wrong};
use crate::reasons;

/// What matters of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Until when a waiver suspends it.
    pub waived_until: Option<Timestamp>,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
    /// Version, from 1.
    pub version: i64,
}

/// Why a hold cannot be waived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoWaiver {
    /// It was changed since the caller read it.
    Stale,
    /// It was lifted.
    Lifted,
}

impl State {
    /// The hold with a waiver until then, a later or an earlier one included. `version` is the one that was read.
    ///
    /// # Errors
    /// When it was changed in the meantime, or lifted.
    pub(crate) fn waived(self, until: Timestamp, version: i64) -> Result<Self, NoWaiver> {
        if version != self.version {
            Err(NoWaiver::Stale)
        } else if self.lifted_at.is_some() {
            Err(NoWaiver::Lifted)
        } else {
            Ok(Self { waived_until: Some(until), version: self.version + 1, ..self })
        }
    }

    /// The lifted hold; nothing if it was lifted before.
    #[must_use]
    pub(crate) fn lifted(self, now: Timestamp) -> Option<Self> {
        self.lifted_at.is_none().then_some(Self { lifted_at: Some(now), version: self.version + 1, ..self })
    }
}

/// A note as it is stored. The student reads it, so it must say something.
pub(crate) fn note(c: &mut Checker, value: &str) -> String {
    c.text("note", value, field::NOTE, Need::Required)
}

/// A waiver must end ahead: one that is over already would be a change without an effect.
pub(crate) fn until(c: &mut Checker, until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match until {
        None => c.push(Wrong::new("until", reasons::REQUIRED)),
        Some(until) if until <= now => c.push(Wrong::new("until", reasons::NOT_AHEAD)),
        Some(until) => return Some(until),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const BINDING: State = State { waived_until: None, lifted_at: None, version: 3 };

    #[test]
    fn a_waiver_needs_the_version_that_was_read_and_a_hold_that_binds() {
        assert_eq!(BINDING.waived(at(9), 3), Ok(State { waived_until: Some(at(9)), lifted_at: None, version: 4 }));
        assert_eq!(BINDING.waived(at(9), 2), Err(NoWaiver::Stale));
        let lifted = BINDING.lifted(at(5)).unwrap();
        assert_eq!(lifted.waived(at(9), 4), Err(NoWaiver::Lifted));
        assert_eq!(lifted.waived(at(9), 3), Err(NoWaiver::Stale));
    }

    #[test]
    fn lifting_twice_changes_nothing() {
        let lifted = BINDING.lifted(at(5)).unwrap();
        assert_eq!(lifted, State { waived_until: None, lifted_at: Some(at(5)), version: 4 });
        assert_eq!(lifted.lifted(at(6)), None);
    }

    #[test]
    fn a_waiver_ends_ahead() {
        let mut c = Checker::new();
        assert_eq!(until(&mut c, Some(at(6)), at(5)), Some(at(6)));
        assert_eq!(until(&mut c, Some(at(5)), at(5)), None);
        assert_eq!(until(&mut c, None, at(5)), None);
        let words: Vec<_> = c.into_wrong().iter().map(|w| w.reason).collect();
        assert_eq!(words, ["not-ahead", "required"]);
    }
}
