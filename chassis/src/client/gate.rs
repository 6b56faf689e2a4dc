//! Whether a replica that can be reached is asked, as its last answers have it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row shut the gate.
const FAILURES: u32 = 5;
/// It stays shut for so long at first; twice as long after each probe that failed.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two probes.
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// What the gate says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Come in.
    Open,
    /// Not now.
    Shut,
    /// One call may try whether the replica is well again.
    Due,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    shut: Option<Shut>,
}

#[derive(Debug)]
struct Shut {
    until: Instant,
    pause: Duration,
    probing: bool,
}

/// Counts failures in a row. Times are parameters.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<State>);

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pass(&self, now: Instant) -> Pass {
        match &self.lock().shut {
            None => Pass::Open,
            Some(shut) if shut.probing || now < shut.until => Pass::Shut,
            Some(_) => Pass::Due,
        }
    }

    pub(super) fn is_shut(&self) -> bool {
        self.lock().shut.is_some()
    }

    /// Makes the caller the one probe; false when somebody else is it, or no probe is due.
    pub(super) fn probe(&self, now: Instant) -> bool {
        match &mut self.lock().shut {
            Some(shut) if !shut.probing && now >= shut.until => {
                shut.probing = true;
                true
            }
            _ => false,
        }
    }

    /// A call was answered. What was asked before the gate shut does not open it.
    pub(super) fn succeeded(&self, probe: bool) {
        let mut state = self.lock();
        if probe || state.shut.is_none() {
            *state = State::default();
        }
    }

    /// A call failed. True when that shut the gate, which it does only if it `may`.
    pub(super) fn failed(&self, now: Instant, probe: bool, may: bool) -> bool {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        let enough = may && state.failures >= FAILURES;
        match &mut state.shut {
            Some(shut) => {
                if probe {
                    let pause = (shut.pause * 2).min(LAST_PAUSE);
                    *shut = Shut { until: now + pause, pause, probing: false };
                }
                false
            }
            None if enough => {
                state.shut = Some(Shut { until: now + FIRST_PAUSE, pause: FIRST_PAUSE, probing: false });
                true
            }
            None => false,
        }
    }

    /// The probe ended without an answer of any kind: the next call may be it.
    pub(super) fn abandoned(&self) {
        if let Some(shut) = &mut self.lock().shut {
            shut.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_shut_it_and_one_good_probe_opens_it() {
        let (gate, begin) = (Gate::default(), Instant::now());
        for _ in 0..3 {
            for _ in 1..FAILURES {
                assert!(!gate.failed(begin, false, true));
            }
            gate.succeeded(false);
        }
        assert_eq!(gate.pass(begin), Pass::Open);
        let shut = (0..FAILURES).map(|_| gate.failed(begin, false, true)).filter(|shut| *shut).count();
        assert_eq!((shut, gate.pass(begin)), (1, Pass::Shut));
        gate.succeeded(false);
        assert!(gate.is_shut(), "an answer to an older call says nothing");
        assert!(!gate.probe(begin), "not yet");
        let due = begin + FIRST_PAUSE;
        assert_eq!(gate.pass(due), Pass::Due);
        assert!(gate.probe(due) && !gate.probe(due), "one probe at a time");
        assert_eq!(gate.pass(due), Pass::Shut);
        gate.abandoned();
        assert!(gate.probe(due));
        gate.succeeded(true);
        assert_eq!(gate.pass(due), Pass::Open);
        assert!(!gate.failed(due, false, true), "it counts from the beginning");
    }

    #[test]
    fn probes_become_rare_and_stay_so() {
        let (gate, mut now) = (Gate::default(), Instant::now());
        for _ in 0..FAILURES {
            gate.failed(now, false, true);
        }
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            assert!(!gate.probe(now + Duration::from_secs(seconds) - Duration::from_millis(1)), "{seconds}");
            now += Duration::from_secs(seconds);
            assert!(gate.probe(now), "{seconds}");
            gate.failed(now, true, true);
        }
    }

    #[test]
    fn a_gate_that_may_not_shut_stays_open() {
        let (gate, now) = (Gate::default(), Instant::now());
        for _ in 0..3 * FAILURES {
            assert!(!gate.failed(now, false, false));
        }
        assert_eq!(gate.pass(now), Pass::Open);
        assert!(gate.failed(now, false, true), "it shuts as soon as it may");
    }
}
