//! The study plan (KRS): whether a class may be added or given back.
//!
//! [`may_add`] is the only evaluator: the page that lists choices and the act that takes a seat both ask it, so what a
//! page shows before the click is what would refuse the click.

use jiff::Timestamp;

use crate::rules::credits::Ceiling;
use crate::rules::eligibility::Standing;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::refusal::Refusal;
use crate::rules::schedule::{self, Meeting};
use crate::rules::seats::Seats;
use crate::rules::window::Gate;

/// A class as the rules of a plan see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassFacts {
    /// Which.
    pub class_id: String,
    /// Of which course.
    pub course_id: String,
    /// How people call it: names of course and class, `Basis Data A`.
    pub label: String,
    /// SKS of the course.
    pub credits: u32,
    /// Weekly meetings.
    pub meetings: Vec<Meeting>,
    /// Whether it takes students.
    pub open: bool,
}

/// Everything that decides about one student's plan in one period at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The moment.
    pub now: Timestamp,
    /// Which period.
    pub period: PeriodCode,
    /// How far it is.
    pub state: PeriodState,
    /// What its KRS windows say to this student.
    pub gate: Gate,
    /// Whether the student may register at all.
    pub standing: Standing,
    /// How many SKS.
    pub ceiling: Ceiling,
    /// Classes in the plan.
    pub plan: Vec<ClassFacts>,
}

impl Facts {
    /// SKS of the plan.
    pub fn credits(&self) -> u32 {
        self.plan.iter().map(|class| class.credits).sum()
    }

    /// Whether the class is in the plan.
    pub fn has(&self, class_id: &str) -> bool {
        self.plan.iter().any(|class| class.class_id == class_id)
    }

    /// What stands in the way of any class: period, window, status, holds.
    pub fn general_refusals(&self) -> Vec<Refusal> {
        self.time_refusals().into_iter().chain(self.standing.refusals(self.now)).collect()
    }

    /// Period and window.
    fn time_refusals(&self) -> Vec<Refusal> {
        let period = (self.state != PeriodState::Active)
            .then_some(Refusal::PeriodNotActive { period: self.period, state: self.state });
        let window = match &self.gate {
            Gate::Open(_) => None,
            Gate::NotYet(next) => Some(Refusal::KrsNotOpenYet { opens_at: next.opens_at, closes_at: next.closes_at }),
            Gate::Closed(last) => Some(Refusal::KrsClosed { closed_at: last.closes_at }),
            Gate::Nothing => Some(Refusal::KrsNoWindow),
        };
        period.into_iter().chain(window).collect()
    }
}

/// Whether the class may be added to the plan; every reason that says no, at once.
///
/// A class that is in the plan already is refused for that and for what is general, not for being full or for clashing
/// with itself.
pub fn may_add(facts: &Facts, class: &ClassFacts, seats: Seats) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.general_refusals();
    if facts.has(&class.class_id) {
        refusals.push(Refusal::ClassAlreadyTaken { class: class.label.clone() });
        return Err(refusals);
    }
    let same_course = facts.plan.iter().find(|other| other.course_id == class.course_id);
    refusals.extend(
        same_course
            .map(|other| Refusal::CourseAlreadyTaken { class: other.label.clone(), class_id: other.class_id.clone() }),
    );
    refusals.extend((!class.open).then_some(Refusal::ClassClosed));
    let full = Refusal::ClassFull { capacity: seats.capacity, taken: seats.taken };
    refusals.extend(seats.is_full().then_some(full));
    refusals.extend(facts.plan.iter().filter_map(|other| {
        let clash = schedule::clash(&class.meetings, &other.meetings)?;
        Some(Refusal::ScheduleClash { class: other.label.clone(), class_id: other.class_id.clone(), clash })
    }));
    let wanted = facts.credits() + class.credits;
    let Ceiling { credits: ceiling, reason, .. } = facts.ceiling;
    refusals.extend((wanted > ceiling).then_some(Refusal::CreditLimit { wanted, ceiling, reason }));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the plan may be opened: what would refuse every class refuses this too.
pub fn may_open(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let refusals = facts.general_refusals();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether a class of the plan may be given back. Only the period and its window say no: somebody on leave or in
/// arrears may always free a seat for others.
pub fn may_drop(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let refusals = facts.time_refusals();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
