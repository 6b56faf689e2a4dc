//! Waiting lists: who may join, whose turn it is, when a place ends.
//!
//! Every gate but the seat is asked when somebody joins and again when their turn comes; it is the gate that adding the class
//! would ask ([`plan::may_wait`]). A turn comes only when time says nothing against it ([`has_time`]): what passes by itself
//! costs nobody their place.

use jiff::Timestamp;

use crate::model::Period;
use crate::rules::allocation;
use crate::rules::period::PeriodState;
use crate::rules::plan::{self, ClassFacts, Facts};
use crate::rules::plan_state::Stage;
use crate::rules::plan_time;
use crate::rules::refusal::Refusal;
use crate::rules::seats::Seats;
use crate::rules::window::{self, Belongs, Window, WindowKind};

/// What a student who would join is in already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLine {
    /// Whether they are in this line.
    pub here: bool,
    /// In how many lines of the period they are.
    pub lines: usize,
    /// In how many they may be.
    pub limit: u32,
}

/// Whether the student may join the line of a class, to give another one of the plan back when the seat comes; every reason
/// that says no, at once.
pub fn may_join(
    facts: &Facts,
    class: &ClassFacts,
    seats: &Seats,
    instead_of: Option<&str>,
    found: InLine,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = plan::may_wait(facts, instead_of, class).err().unwrap_or_default();
    if found.here {
        refusals.push(Refusal::AlreadyWaiting);
        return Err(refusals);
    }
    let free = seats.bucket_for(&facts.belongs, facts.now).is_ok();
    refusals.extend(free.then_some(Refusal::SeatFree));
    let limit = found.limit;
    let is_most = u32::try_from(found.lines).unwrap_or(u32::MAX) >= limit;
    refusals.extend(is_most.then_some(Refusal::WaitingLimit { limit }));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// One who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    /// Who.
    pub student_id: String,
    /// Class of their plan that is given back when the seat comes.
    pub instead_of: Option<String>,
    /// Where they belong: some seats are kept for some.
    pub belongs: Belongs,
    /// How far their plan is.
    pub stage: Stage,
    /// Whether it is known if they register.
    pub is_known: bool,
}

/// Whether somebody who waits can have a turn at that moment: neither period nor windows, an allocation, or what has not
/// arrived say no, which all pass by themselves. Whoever's place is over can: their turn ends it.
pub fn has_time(period: &Period, waiter: &Waiter, now: Timestamp) -> bool {
    let gate = |kind| window::gate(&period.windows, kind, &waiter.belongs, now);
    let shut = || {
        let [krs, approval, revision] = [WindowKind::Krs, WindowKind::KrsApproval, WindowKind::Revision].map(gate);
        plan_time::shut(&waiter.stage, &krs, &approval, &revision)
    };
    let runs = period.state == PeriodState::Active
        && !allocation::is_pending(period.registration.seat_policy, period.allocation);
    is_over(period.state, ends_at(&period.windows, &waiter.belongs), now)
        || (runs && waiter.is_known && shut().is_none())
}

/// When somebody may have a turn only because time has passed: when a window opens or closes next, or seats that are kept for
/// some are everybody's. `None` for never.
pub fn next_change(windows: &[Window], seats: &Seats, now: Timestamp) -> Option<Timestamp> {
    let windows = windows.iter().flat_map(|window| [window.opens_at, window.closes_at]);
    windows.chain(seats.reservations.iter().filter_map(|kept| kept.until)).filter(|at| *at > now).min()
}

/// Those of a line, which is in order and has those who have time, for whom there is a seat now: whoever has no claim to one
/// that is left stays in line. Nobody while the class takes no students: its line waits.
pub fn turns<'a>(open: bool, seats: &Seats, line: &'a [Waiter], now: Timestamp) -> Vec<&'a Waiter> {
    let (mut left, mut turns) = (seats.clone(), Vec::new());
    for waiter in line {
        if !open || left.free() == 0 {
            break;
        }
        if let Ok(bucket) = left.bucket_in_line(&waiter.belongs, now) {
            left.take(&bucket);
            turns.push(waiter);
        }
    }
    turns
}

/// When places in line end for somebody who belongs there: with the last window in which they could take a class; `None`
/// when no window is known.
pub fn ends_at(windows: &[Window], who: &Belongs) -> Option<Timestamp> {
    let takes = |window: &&Window| matches!(window.kind, WindowKind::Krs | WindowKind::Revision) && window.is_for(who);
    windows.iter().filter(takes).map(|window| window.closes_at).max()
}

/// Whether the places in line have ended.
pub fn is_over(state: PeriodState, ends_at: Option<Timestamp>, now: Timestamp) -> bool {
    state.is_over() || ends_at.is_none_or(|end| end <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::allocation::AllocationState;
    use crate::rules::period::PeriodCode;
    use crate::rules::plan_state::PlanState;
    use crate::rules::registration::{Registration, SeatPolicy};
    use crate::rules::seats::Reservation;
    use crate::rules::window::Scope;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn window(kind: WindowKind, scope: Scope, closes: i64) -> Window {
        Window { kind, scope, opens_at: at(0), closes_at: at(closes) }
    }

    #[test]
    fn a_place_ends_with_the_last_window_in_which_a_class_can_be_taken() {
        let who = Belongs { cohort: Some(2024), ..Belongs::default() };
        let windows = [
            window(WindowKind::Krs, Scope::University, 10),
            window(WindowKind::Revision, Scope::Cohort(2024), 20),
            window(WindowKind::Revision, Scope::Cohort(2023), 30),
            window(WindowKind::KrsApproval, Scope::University, 40),
        ];
        assert_eq!(ends_at(&windows, &who), Some(at(20)));
        assert_eq!(ends_at(&windows[3..], &who), None);
        for (state, end, now, over) in [
            (PeriodState::Active, Some(at(20)), 19, false),
            (PeriodState::Active, Some(at(20)), 20, true),
            (PeriodState::Active, None, 0, true),
            (PeriodState::Closed, Some(at(20)), 0, true),
        ] {
            assert_eq!(is_over(state, end, at(now)), over, "{state:?} {end:?} {now}");
        }
    }

    fn waiter(id: &str, programme: &str) -> Waiter {
        let belongs = Belongs { programme: Some(programme.to_owned()), ..Belongs::default() };
        let stage = Stage::stored(PlanState::Draft, String::new());
        Waiter { student_id: id.to_owned(), instead_of: None, belongs, stage, is_known: true }
    }

    #[test]
    fn a_turn_comes_when_time_says_nothing_against_it() {
        use PlanState::{Approved, Draft, Returned, Revising};
        let of = |kind, opens, closes| Window { opens_at: at(opens), ..window(kind, Scope::University, closes) };
        let period = Period {
            code: PeriodCode::parse("20261").unwrap(),
            state: PeriodState::Active,
            windows: vec![
                of(WindowKind::Krs, 10, 20),
                of(WindowKind::KrsApproval, 20, 30),
                of(WindowKind::Revision, 40, 50),
                of(WindowKind::Krs, 60, 70),
            ],
            registration: Registration::default(),
            allocation: AllocationState::Pending,
            version: 1,
        };
        let of = |state| Waiter { stage: Stage::stored(state, String::new()).of_revision(false), ..waiter("a", "IF") };
        for (state, now, expected) in [
            (Draft, 9, false),
            (Draft, 10, true),
            (Draft, 19, true),
            (Draft, 20, false),
            (Returned, 20, true),
            (Returned, 30, false),
            (Draft, 40, false),
            (Approved, 40, false),
            (Revising, 39, false),
            (Revising, 40, true),
            (Revising, 50, false),
            (Draft, 60, true),
            // The place is over, which its turn says.
            (Draft, 70, true),
        ] {
            assert_eq!(has_time(&period, &of(state), at(now)), expected, "{state:?} {now}");
        }
        assert!(!has_time(&period, &Waiter { is_known: false, ..of(Draft) }, at(10)));
        assert!(!has_time(&Period { state: PeriodState::Planned, ..period.clone() }, &of(Draft), at(10)));
        let registration = Registration { seat_policy: SeatPolicy::Allocation, ..Registration::default() };
        let by_wishes = |allocation| Period { registration, allocation, ..period.clone() };
        assert!(!has_time(&by_wishes(AllocationState::Running), &of(Draft), at(10)));
        assert!(has_time(&by_wishes(AllocationState::Done), &of(Draft), at(10)));
        let reservations =
            vec![Reservation { scope: Scope::Cohort(2024), seats: 1, taken: 0, waiting: 0, until: Some(at(44)) }];
        let seats = Seats { reservations, ..Seats::new(2, 0) };
        for (now, expected) in [(0, Some(10)), (10, Some(20)), (40, Some(44)), (44, Some(50)), (70, None)] {
            assert_eq!(next_change(&period.windows, &seats, at(now)), expected.map(at), "{now}");
        }
    }

    fn ids(turns: Vec<&Waiter>) -> Vec<&str> {
        turns.into_iter().map(|waiter| waiter.student_id.as_str()).collect()
    }

    #[test]
    fn as_many_have_their_turn_as_seats_are_free() {
        let line = ["a", "b", "c"].map(|id| waiter(id, "IF"));
        for (open, taken, expected) in [(true, 5, 0), (true, 3, 1), (true, 0, 3), (true, 7, 0), (false, 3, 0)] {
            assert_eq!(turns(open, &Seats::new(4, taken), &line, at(0)).len(), expected, "{open} {taken}");
        }
    }

    #[test]
    fn a_seat_that_is_kept_for_some_is_their_first_ones_turn() {
        let line = [waiter("a", "SI"), waiter("b", "IF"), waiter("c", "SI"), waiter("d", "IF")];
        let scope = Scope::Programme("IF".to_owned());
        let reservations = vec![Reservation { scope, seats: 1, taken: 0, waiting: 0, until: Some(at(9)) }];
        let seats = Seats { waiting: 4, reservations, ..Seats::new(4, 2) };
        assert_eq!(ids(turns(true, &seats, &line, at(0))), ["a", "b"], "one is everybody's, one is kept");
        let seats = Seats { taken: 3, ..seats };
        assert_eq!(ids(turns(true, &seats, &line, at(0))), ["b"], "the first one has no claim and stays");
        assert_eq!(ids(turns(true, &seats, &line, at(9))), ["a"], "from then on it is everybody's");
    }
}
