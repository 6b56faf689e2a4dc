//! Repeating a call: rarely, late enough, and not in step with everybody else.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// A repeat costs so much of the budget as this many calls bring in: repeats are at most a tenth of all calls.
const COST: u32 = 10;
/// The budget holds at most so many repeats: about what is under way at a replica that dies, and no more, so that a quiet
/// hour does not save up for a storm.
const MOST: u32 = 100;

/// How many repeats may still be made.
#[derive(Debug)]
pub(super) struct Budget(Mutex<u32>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Mutex::new(MOST * COST))
    }

    /// A call was made.
    pub(super) fn deposit(&self) {
        let mut saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *saved = (*saved + 1).min(MOST * COST);
    }

    /// Takes one repeat out of the budget, if there is one.
    pub(super) fn withdraw(&self) -> bool {
        let mut saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match saved.checked_sub(COST) {
            Some(left) => {
                *saved = left;
                true
            }
            None => false,
        }
    }
}

/// A pause before a repeat: 25 to 250 ms, evenly spread.
pub(super) fn pause() -> Duration {
    let random = u16::from_be_bytes(crate::telemetry::random());
    Duration::from_millis(25 + u64::from(random) * 225 / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_a_tenth_of_all_calls_in_the_long_run() {
        let budget = Budget::new();
        while budget.withdraw() {}
        let mut repeats = 0;
        for _ in 0..1000 {
            budget.deposit();
            repeats += u32::from(budget.withdraw());
        }
        assert_eq!(repeats, 100);
    }

    #[test]
    fn a_pause_is_between_25_and_250_ms() {
        for _ in 0..1000 {
            let pause = pause().as_millis();
            assert!((25..=250).contains(&pause), "{pause}");
        }
    }
}
