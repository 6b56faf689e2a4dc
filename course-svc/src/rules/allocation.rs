//! The allocation: seats by ranked wishes instead of by speed. The same seed over the same wishes and the same facts gives the
//! same seats, and anybody can repeat it by hand:
//!
//! 1. Every student with wishes has a place: the rank of SHA-256 over seed and student id ([`crate::rules::shuffle`]).
//! 2. There are rounds. In odd ones the students have their turns in the order of their places, in even ones in the reverse
//!    order, so that who comes last in one comes first in the next ([`Order`]).
//! 3. In a turn the student gets the best-ranked wish that is left, that the rules allow, and that has a seat for them ([`turn`]).
//!    A wish that was passed over is tried again in the next turn: what it must be taken with may have come by then.
//! 4. A student who gets nothing in a turn, or to whom no wish is left, has no further one. When nobody has one, it is over.
//!
//! The rules are those of adding a class, but for time: wishes were made in the window, the office chooses when seats are given.
//! All dates (of holds, waivers, seats that are kept) are judged as of the moment at which the allocation was started, so an
//! allocation that was interrupted comes to the same end.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::Period;
use crate::rules::period::PeriodState;
use crate::rules::plan::{ClassFacts, Facts, joined};
use crate::rules::refusal::Refusal;
use crate::rules::registration::SeatPolicy;
use crate::rules::seats::Seats;

/// How far the allocation of a period is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AllocationState {
    /// Not started.
    #[default]
    Pending,
    /// Seats are being given.
    Running,
    /// Every wish has its outcome.
    Done,
}

impl AllocationState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Running, Self::Done];

    /// The word for it in the database and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl Facts {
    /// Why no seat is taken otherwise, in a period whose seats are given by an allocation which is not done.
    pub fn allocation_refusal(&self) -> Option<Refusal> {
        let state = self.allocation;
        is_pending(self.seat_policy, state).then_some(Refusal::AllocationPending { state })
    }

    /// Why nothing that its turns look at may change now: an allocation gives seats at this moment.
    pub fn running_refusal(&self) -> Option<Refusal> {
        running(self.allocation)
    }
}

/// Why nothing that the turns of an allocation look at may change while it is like this.
pub fn running(state: AllocationState) -> Option<Refusal> {
    (state == AllocationState::Running).then_some(Refusal::AllocationPending { state })
}

/// Whether a period gives its seats by an allocation that is not done.
pub(super) fn is_pending(seat_policy: SeatPolicy, state: AllocationState) -> bool {
    seat_policy == SeatPolicy::Allocation && state != AllocationState::Done
}

/// Why the student cannot change their wishes now; empty when they can. Only period, window and the allocation say no: what
/// else stands in the way of a class may be gone when it is started.
pub fn wish_refusals(facts: &Facts, started_at: Option<Timestamp>) -> Vec<Refusal> {
    let by = by_wishes(facts.seat_policy);
    let started = started_at.map(|started_at| Refusal::AllocationStarted { started_at });
    [facts.period_refusal(), by, started, facts.window_refusal()].into_iter().flatten().collect()
}

/// Whether the allocation of a period may be started; every reason that says no, at once.
///
/// # Errors
/// `period-not-active`, `no-allocation`, `allocation-started`.
pub fn may_start(period: &Period, started_at: Option<Timestamp>) -> Result<(), Vec<Refusal>> {
    let Period { code, state, .. } = *period;
    let inactive = (state != PeriodState::Active).then_some(Refusal::PeriodNotActive { period: code, state });
    let started = started_at.map(|started_at| Refusal::AllocationStarted { started_at });
    let refusals: Vec<_> =
        [inactive, by_wishes(period.registration.seat_policy), started].into_iter().flatten().collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn by_wishes(seat_policy: SeatPolicy) -> Option<Refusal> {
    (seat_policy != SeatPolicy::Allocation).then_some(Refusal::NoAllocation { seat_policy })
}

/// Whether a class that the student wishes for may be given to them, were it their turn; every reason that says no, at once.
///
/// # Errors
/// Those of adding it, but for its time.
pub fn may_be_given(facts: &Facts, class: &ClassFacts, seats: &Seats) -> Result<(), Vec<Refusal>> {
    let before = facts.period_refusal().into_iter().chain(facts.stage.state().fill_refusal());
    let general = before.chain(facts.standing_refusals()).chain(facts.package_refusal());
    joined(facts, &facts.plan, class, Some(seats), general.collect())
}

/// What a turn comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The seat in this one of the wishes.
    Given(usize),
    /// Nothing, and why not for each of the wishes.
    Nothing(Vec<Vec<Refusal>>),
}

/// The turn of a student: the first of the wishes that are left, best first, that may be given.
pub fn turn<'a>(facts: &Facts, wishes: impl IntoIterator<Item = (&'a ClassFacts, &'a Seats)>) -> Turn {
    let mut nothing = Vec::new();
    for (n, (class, seats)) in wishes.into_iter().enumerate() {
        match may_be_given(facts, class, seats) {
            Ok(()) => return Turn::Given(n),
            Err(refusals) => nothing.push(refusals),
        }
    }
    Turn::Nothing(nothing)
}

/// In which order the places of a round have their turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the first place on.
    Forwards,
    /// From the last place back.
    Backwards,
}

impl Order {
    /// That of a round, which are counted from 1.
    pub fn of(round: u32) -> Self {
        if round % 2 == 1 { Self::Forwards } else { Self::Backwards }
    }

    /// Whether one place has its turn before another one.
    fn is_before(self, place: u32, other: u32) -> bool {
        match self {
            Self::Forwards => place < other,
            Self::Backwards => place > other,
        }
    }
}

/// Where an allocation is: whose turns are next. Whoever settles a turn holds it, so that no turn is settled twice and none
/// before its time, whoever asks for it and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns {
    /// As of when the rules judge.
    pub at: Timestamp,
    /// The round, from 1.
    pub round: u32,
    /// The next places of it, in order; as many as may be asked about.
    pub next: VecDeque<u32>,
}

/// Whether it is a turn's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It was settled.
    Past,
    /// It is the next one.
    Now,
    /// Somebody else comes first.
    Later,
}

impl Turns {
    /// Whether it is the time of a place in a round.
    pub fn due(&self, round: u32, place: u32) -> Due {
        let order = Order::of(round);
        match self.next.front() {
            _ if round < self.round => Due::Past,
            _ if round > self.round => Due::Later,
            Some(next) if *next == place => Due::Now,
            Some(next) if order.is_before(*next, place) => Due::Later,
            _ => Due::Past,
        }
    }
}

#[cfg(test)]
#[path = "allocation_tests.rs"]
mod tests;
