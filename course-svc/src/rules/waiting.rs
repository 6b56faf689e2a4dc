//! Waiting lists: who may join, whose turn it is, when a place ends.
//!
//! Every gate but the seat is asked when somebody joins and again when their turn comes; it is the gate that adding the class
//! would ask ([`plan::may_wait`]).

use jiff::Timestamp;

use crate::rules::period::PeriodState;
use crate::rules::plan::{self, ClassFacts, Facts};
use crate::rules::refusal::Refusal;
use crate::rules::seats::Seats;
use crate::rules::window::{Belongs, Window, WindowKind};

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
}

/// How many of a line are looked at when seats are kept for some: those who stand before have no claim to them.
const DEEP: u32 = 1000;

/// How far lines are looked at for the turns that their classes can give.
pub fn asked<'a>(due: impl Iterator<Item = &'a Seats>) -> i64 {
    let of = |seats: &Seats| if seats.reservations.is_empty() { seats.reserved } else { DEEP };
    due.map(of).max().unwrap_or_default().into()
}

/// Those of a line, which is in order, for whom there is a seat now: whoever has no claim to one that is left stays in line.
/// Nobody while the class takes no students: its line waits.
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
        Waiter { student_id: id.to_owned(), instead_of: None, belongs }
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
        let reservations = vec![Reservation { scope, seats: 1, taken: 0, until: Some(at(9)) }];
        let seats = Seats { waiting: 4, reservations, ..Seats::new(4, 2) }.settled();
        assert_eq!(ids(turns(true, &seats, &line, at(0))), ["a", "b"], "one is everybody's, one is kept");
        let seats = Seats { taken: 3, ..seats }.settled();
        assert_eq!(ids(turns(true, &seats, &line, at(0))), ["b"], "the first one has no claim and stays");
        assert_eq!(ids(turns(true, &seats, &line, at(9))), ["a"], "from then on it is everybody's");
        assert_eq!((asked([&seats].into_iter()), asked([].into_iter())), (1000, 0));
    }
}
