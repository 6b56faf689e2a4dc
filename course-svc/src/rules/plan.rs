//! The study plan (KRS): whether a class may be added or given back, and whether the plan may be handed in and approved.
//!
//! [`may_add`], [`may_submit`], [`may_approve`] and their siblings are the only evaluators: the page that foretells a
//! refusal and the act that is refused both ask them. What is in a plan is checked by [`held_refusals`] alone, at
//! submission, at approval and in the advisor's queue.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::rules::allocation::AllocationState;
use crate::rules::credits::{Ceiling, CeilingReason};
use crate::rules::curriculum::RequirementKind;
use crate::rules::eligibility::Standing;
use crate::rules::exam::{self, Exam};
use crate::rules::period::{PeriodCode, PeriodState, Term};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::policy::{Cut, Policy};
use crate::rules::prerequisite::{self, Asked, Finding, Requirements, Studies};
use crate::rules::record::Record;
use crate::rules::refusal::Refusal;
use crate::rules::registration::SeatPolicy;
use crate::rules::repeat;
use crate::rules::schedule::{self, Meeting};
use crate::rules::seats::Seats;
use crate::rules::window::{Belongs, Gate};

/// A class as the rules of a plan see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassFacts {
    /// Which.
    pub class_id: String,
    /// Of which course.
    pub course_id: String,
    /// The course's code.
    pub code: String,
    /// How the course counts.
    pub requirement: RequirementKind,
    /// How people call it: names of course and class, `Basis Data A`.
    pub label: String,
    /// SKS of the course.
    pub credits: u32,
    /// Weekly meetings.
    pub meetings: Vec<Meeting>,
    /// Exams.
    pub exams: Vec<Exam>,
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
    /// What its approval windows say about this student.
    pub approval: Gate,
    /// What its revision windows say to this student.
    pub revision: Gate,
    /// Where the student belongs.
    pub belongs: Belongs,
    /// Which semester of study the period is, from 1; `None` while the period of entry is not known.
    pub semester: Option<u32>,
    /// What the university decides by.
    pub policy: Arc<Policy>,
    /// Whether the student may register at all.
    pub standing: Standing,
    /// How many SKS, but for what the plan's own courses do to it: [`Facts::ceiling`].
    pub allowed: Ceiling,
    /// When a class holds a seat.
    pub seat_policy: SeatPolicy,
    /// How far the allocation is, where seats are given by one.
    pub allocation: AllocationState,
    /// Classes in the plan.
    pub plan: Vec<Arc<ClassFacts>>,
    /// Those of them that are only wished for, by id.
    pub wished: BTreeSet<String>,
    /// Where the plan is on its road.
    pub stage: Stage,
    /// The student's results; `None` while none has arrived and grade-svc was never heard.
    pub record: Option<Record>,
    /// What courses ask for.
    pub requirements: Arc<Requirements>,
    /// The record and the earlier plans as prerequisites look at them.
    pub studies: Studies,
}

impl Facts {
    /// SKS of the plan.
    pub fn credits(&self) -> u32 {
        self.plan.iter().map(|class| class.credits).sum()
    }

    /// SKS of the plan that count towards the ceiling.
    pub fn counted(&self) -> u32 {
        self.plan.iter().map(|class| self.counts(class)).sum()
    }

    /// How many SKS the plan may have, with the courses that are in it.
    pub fn ceiling(&self) -> Ceiling {
        self.ceiling_of(self.classes())
    }

    fn classes(&self) -> impl Iterator<Item = &ClassFacts> + Clone {
        self.plan.iter().map(|class| &**class)
    }

    /// SKS of a class that count towards the ceiling. Theory and practice of one course are one number.
    fn counts(&self, class: &ClassFacts) -> u32 {
        if self.is_counted(class) { class.credits } else { 0 }
    }

    /// Whether the SKS of a class count towards the ceiling.
    pub fn is_counted(&self, class: &ClassFacts) -> bool {
        self.policy.counts(class.requirement, &class.code)
    }

    /// The ceiling of a plan with these classes.
    fn ceiling_of<'a>(&self, classes: impl Iterator<Item = &'a ClassFacts> + Clone) -> Ceiling {
        let has = |cut: &&Cut| classes.clone().any(|class| cut.has(class.requirement, &class.code));
        let cuts = self.policy.with_course.iter().filter(has);
        match cuts.map(|cut| cut.cap.get()).min() {
            Some(credits) if credits < self.allowed.credits => {
                Ceiling { credits, reason: CeilingReason::WithCourse, ..self.allowed }
            }
            _ => self.allowed,
        }
    }

    /// Whether the class is in the plan.
    pub fn has(&self, class_id: &str) -> bool {
        self.plan.iter().any(|class| class.class_id == class_id)
    }

    /// Whether the class has a seat in the plan.
    fn holds(&self, class_id: &str) -> bool {
        self.has(class_id) && !self.wished.contains(class_id)
    }

    /// The seats of a class that comes into the plan, if they are asked for already then.
    fn asked<'a>(&self, seats: &'a Seats) -> Option<&'a Seats> {
        (self.seat_policy != SeatPolicy::AtSubmit).then_some(seats)
    }

    /// What the prerequisites of a class say, which is in this plan or would come into it.
    fn prerequisites(&self, plan: &[Arc<ClassFacts>], class: &ClassFacts) -> Finding {
        if self.requirements.of(&class.course_id).is_empty() {
            // Most courses ask for nothing, and a list of choices asks about all of them.
            return Finding::default();
        }
        let plan: Vec<_> = plan.iter().map(|other| other.course_id.as_str()).collect();
        let asked = Asked { course: &class.course_id, plan: &plan };
        prerequisite::check(&self.requirements, &self.studies, asked)
    }

    /// More SKS than the ceiling, in a plan with these classes.
    fn credit_limit<'a>(&self, classes: impl Iterator<Item = &'a ClassFacts> + Clone) -> Option<Refusal> {
        let Ceiling { credits: ceiling, reason, .. } = self.ceiling_of(classes.clone());
        let wanted = classes.map(|class| self.counts(class)).sum();
        (wanted > ceiling).then_some(Refusal::CreditLimit { wanted, ceiling, reason })
    }

    /// What the repeat rules say to a class.
    fn repeats(&self, class: &ClassFacts) -> Finding {
        if repeat::is_free(&self.policy) {
            return Finding::default();
        }
        repeat::check(&self.policy, &self.requirements, &self.studies, &class.course_id, &class.code)
    }

    /// Rules of classes of the plan that hang on a grade which is not published yet.
    fn pending_grades(&self) -> impl Iterator<Item = Refusal> + '_ {
        let flags =
            |class: &ClassFacts| [self.prerequisites(&self.plan, class).flags, self.repeats(class).flags].concat();
        self.plan.iter().flat_map(move |class| of(class, flags(class)))
    }

    /// What stands in the way of any class that the student would choose: what stands in the way of any class, and a
    /// semester in which the office chooses.
    pub fn general_refusals(&self) -> Vec<Refusal> {
        let mut refusals = self.entry_refusals();
        refusals.extend(self.package_refusal());
        refusals
    }

    /// What stands in the way of any class, whoever chooses it: period, window, seats that are not given yet, the plan's
    /// state, status, holds.
    pub fn entry_refusals(&self) -> Vec<Refusal> {
        let state = self.stage.state().fill_refusal();
        let before = self.time_refusals().into_iter().chain(self.allocation_refusal());
        before.chain(state).chain(self.standing_refusals()).collect()
    }

    /// Status and holds.
    pub(super) fn standing_refusals(&self) -> Vec<Refusal> {
        self.standing.refusals(&self.policy, self.now)
    }

    /// A semester in which the office puts the classes of a package into the plan.
    pub(super) fn package_refusal(&self) -> Option<Refusal> {
        let semesters = self.policy.package_semesters.get();
        let semester = self.semester.filter(|semester| *semester <= semesters && self.period.term() != Term::Antara)?;
        Some(Refusal::PackageOnly { semester, semesters })
    }

    /// Fewer SKS than a plan should have. An empty plan is refused by its own name.
    fn below_minimum(&self) -> Option<Refusal> {
        let (minimum, credits) = (self.policy.minimum.credits.get(), self.credits());
        (!self.plan.is_empty() && credits < minimum).then_some(Refusal::CreditMinimum { credits, minimum })
    }

    /// What was not known and was decided in the student's favour, or may still change what was decided; of a plan that
    /// was approved also the rules that it breaks by now: nobody takes a seat away silently.
    pub fn flags(&self) -> Vec<Refusal> {
        let mut flags = self.standing.flags(&self.policy, self.now);
        flags.extend(self.record_flag());
        flags.extend(self.pending_grades());
        flags.extend(self.below_minimum().filter(|_| !self.policy.minimum.binding));
        if self.stage.state().is_approved() {
            flags.extend(held_refusals(self));
        }
        flags
    }

    /// What is not known of the student's results.
    fn record_flag(&self) -> Option<Refusal> {
        let Some(record) = &self.record else { return Some(Refusal::ResultsUnknown) };
        let pending = record.pending(self.period).filter(|_| self.allowed.reason.is_by_gpa())?;
        Some(Refusal::GpaPending { period: pending.period, pending: pending.pending })
    }
}

/// Whether the class may be added to the plan; every reason that says no, at once.
///
/// A class that is in the plan already is refused for that and for what is general, not for being full or for clashing
/// with itself.
pub fn may_add(facts: &Facts, class: &ClassFacts, seats: &Seats) -> Result<(), Vec<Refusal>> {
    joined(facts, &facts.plan, class, facts.asked(seats), facts.general_refusals())
}

/// Whether the class may take the place of another one of the plan; every reason that says no, at once. It is decided as
/// if the other one had been given back before. A seat is given back only for a seat, whenever the period gives them.
pub fn may_swap(facts: &Facts, given_back: &str, class: &ClassFacts, seats: &Seats) -> Result<(), Vec<Refusal>> {
    if given_back == class.class_id {
        // A class in the place of itself is a class that is in the plan already.
        return may_add(facts, class, seats);
    }
    let seats = if facts.holds(given_back) { Some(seats) } else { facts.asked(seats) };
    joined(facts, &without(facts, given_back), class, seats, facts.general_refusals())
}

/// Whether the student could take the class if it had a seat for them, giving another one of the plan back for it or none:
/// what a waiting list asks, when somebody joins it and when their turn has come. A class that is no longer in the plan is
/// not given back.
pub fn may_wait(facts: &Facts, instead_of: Option<&str>, class: &ClassFacts) -> Result<(), Vec<Refusal>> {
    match instead_of.filter(|instead_of| *instead_of != class.class_id) {
        Some(instead_of) => joined(facts, &without(facts, instead_of), class, None, facts.general_refusals()),
        None => joined(facts, &facts.plan, class, None, facts.general_refusals()),
    }
}

/// The plan without one class.
fn without(facts: &Facts, class_id: &str) -> Vec<Arc<ClassFacts>> {
    facts.plan.iter().filter(|other| other.class_id != class_id).cloned().collect()
}

/// Whether all the classes of a package may come into the plan together; every reason of every class that says no, at once,
/// and after them what all of them together break. A class that is in the plan already stays as it is. It is the office that
/// has chosen: a semester in which students choose nothing is no reason.
pub fn may_place_all(facts: &Facts, package: &[(Arc<ClassFacts>, Seats)]) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.entry_refusals();
    let news: Vec<_> = package.iter().filter(|(class, _)| !facts.has(&class.class_id)).collect();
    let mut plan = facts.plan.clone();
    let all: Vec<_> = plan.iter().cloned().chain(news.iter().map(|(class, _)| class.clone())).collect();
    for (class, seats) in news {
        let mut own: Vec<_> = same_course(&plan, class).into_iter().collect();
        own.extend((!class.open).then_some(Refusal::ClassClosed));
        own.extend(facts.asked(seats).and_then(|seats| seats.bucket_for(&facts.belongs, facts.now).err()));
        own.extend(clashes(&plan, class));
        own.extend(facts.prerequisites(&all, class).refusals);
        own.extend(facts.repeats(class).refusals);
        refusals.extend(of(class, own));
        plan.push(class.clone());
    }
    refusals.extend(facts.credit_limit(all.iter().map(|class| &**class)));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the class may come to these of the plan: what refuses it, after what refuses any. Its seats are asked if they are
/// given.
pub(super) fn joined(
    facts: &Facts,
    plan: &[Arc<ClassFacts>],
    class: &ClassFacts,
    seats: Option<&Seats>,
    mut refusals: Vec<Refusal>,
) -> Result<(), Vec<Refusal>> {
    if plan.iter().any(|other| other.class_id == class.class_id) {
        refusals.push(Refusal::ClassAlreadyTaken { class: class.label.clone() });
        return Err(refusals);
    }
    refusals.extend(same_course(plan, class));
    refusals.extend((!class.open).then_some(Refusal::ClassClosed));
    refusals.extend(seats.and_then(|seats| seats.bucket_for(&facts.belongs, facts.now).err()));
    refusals.extend(clashes(plan, class));
    refusals.extend(facts.credit_limit(plan.iter().map(|other| &**other).chain([class])));
    refusals.extend(facts.prerequisites(plan, class).refusals);
    refusals.extend(facts.repeats(class).refusals);
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Another class of the same course among these.
fn same_course(others: &[Arc<ClassFacts>], class: &ClassFacts) -> Option<Refusal> {
    let other = others.iter().find(|other| other.course_id == class.course_id)?;
    Some(Refusal::CourseAlreadyTaken { class: other.label.clone(), class_id: other.class_id.clone() })
}

/// Classes among these that meet, or have an exam, in the same minute.
fn clashes<'a>(others: &'a [Arc<ClassFacts>], class: &'a ClassFacts) -> impl Iterator<Item = Refusal> + 'a {
    let meeting = |other: &ClassFacts| {
        let clash = schedule::clash(&class.meetings, &other.meetings)?;
        Some(Refusal::ScheduleClash { class: other.label.clone(), class_id: other.class_id.clone(), clash })
    };
    let exam = |other: &ClassFacts| {
        let exam = exam::clash(&class.exams, &other.exams)?;
        Some(Refusal::ExamClash { class: other.label.clone(), class_id: other.class_id.clone(), exam })
    };
    others.iter().flat_map(move |other| meeting(other).into_iter().chain(exam(other)))
}

/// Reasons that are about one class of the plan.
fn of(class: &ClassFacts, refusals: impl IntoIterator<Item = Refusal>) -> impl Iterator<Item = Refusal> {
    refusals.into_iter().map(|refusal| Refusal::Of {
        class: class.label.clone(),
        class_id: class.class_id.clone(),
        refusal: Box::new(refusal),
    })
}

/// Every rule that the classes of the plan break among themselves. Seats are held: neither a full class nor one that
/// takes no more students is a reason. A reason that is about one class names it in its facts `of` and `of_id`.
pub fn held_refusals(facts: &Facts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (n, class) in facts.plan.iter().enumerate() {
        let before = &facts.plan[..n];
        let broken = same_course(before, class).into_iter().chain(clashes(before, class));
        // A class may have left that this one must be taken with, and a result may have changed.
        let broken = broken.chain(facts.prerequisites(&facts.plan, class).refusals);
        let broken = broken.chain(facts.repeats(class).refusals);
        refusals.extend(of(class, broken));
    }
    refusals.extend(facts.credit_limit(facts.classes()));
    refusals.extend(facts.below_minimum().filter(|_| facts.policy.minimum.binding));
    refusals
}

/// What an advisor should look at in a plan, whatever its state: what approving would meet once it is submitted, but for
/// the time of it, and the flags. Nothing about a plan that nobody can change any more.
pub fn concerns(facts: &Facts) -> Vec<Refusal> {
    match facts.stage.state() {
        PlanState::Locked | PlanState::Void => Vec::new(),
        // The flags of an approved plan have what it breaks.
        state if state.is_approved() => facts.standing_refusals().into_iter().chain(facts.flags()).collect(),
        _ => {
            let mut refusals = facts.standing_refusals();
            refusals.extend(held_refusals(facts));
            refusals.extend(facts.flags());
            refusals
        }
    }
}

/// Whether the plan may be handed to the advisor; every reason that says no, at once. What is in it is checked again.
pub fn may_submit(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.time_refusals();
    refusals.extend(facts.allocation_refusal());
    refusals.extend(facts.stage.clone().submitted().err());
    refusals.extend(facts.standing_refusals());
    refusals.extend(facts.plan.is_empty().then_some(Refusal::PlanEmpty));
    refusals.extend(held_refusals(facts));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// As [`may_submit`], for a plan with classes that are only wished for: all of them get a seat, or the plan stays as it is.
pub fn may_hand_in<'a>(
    facts: &Facts,
    wished: impl IntoIterator<Item = (&'a ClassFacts, &'a Seats)>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = may_submit(facts).err().unwrap_or_default();
    refusals.extend(seat_refusals(facts, wished));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Why classes that are only wished for get no seat.
pub(super) fn seat_refusals<'a>(
    facts: &Facts,
    wished: impl IntoIterator<Item = (&'a ClassFacts, &'a Seats)>,
) -> Vec<Refusal> {
    let refusals = |(class, seats): (&'a ClassFacts, &Seats)| {
        let closed = (!class.open).then_some(Refusal::ClassClosed);
        let full = seats.bucket_for(&facts.belongs, facts.now).err();
        of(class, closed.into_iter().chain(full))
    };
    wished.into_iter().flat_map(refusals).collect()
}

/// Whether the student may take the plan back, and what it is then. Only while the KRS window is open, or for what was
/// approved before that of revisions: outside of it the plan could never be submitted again.
pub fn may_withdraw(facts: &Facts) -> Result<Stage, Vec<Refusal>> {
    let mut refusals = facts.time_refusals();
    refusals.extend(facts.running_refusal());
    match facts.stage.clone().withdrawn(facts.is_revised()) {
        Ok(stage) if refusals.is_empty() => return Ok(stage),
        Ok(_) => {}
        Err(refusal) => refusals.push(refusal),
    }
    Err(refusals)
}

/// Whether the plan may be approved; every reason that says no, at once. What is in it is checked again, the seats are
/// held. The KRS window may be over: the plan was submitted in time.
pub fn may_approve(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.approval_refusals();
    refusals.extend(facts.stage.clone().approved().err());
    refusals.extend(checked_again(facts));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// What an approval checks again, whenever it comes: all but time and state.
pub(super) fn checked_again(facts: &Facts) -> Vec<Refusal> {
    let mut refusals = facts.standing_refusals();
    refusals.extend(facts.plan.is_empty().then_some(Refusal::PlanEmpty));
    refusals.extend(held_refusals(facts));
    refusals
}

/// Whether the plan may be returned to the student. Only while the student can mend it and hand it in again: in the KRS
/// window, or as long as an approval or revision window is open. `by_office` says whether a registrar asks.
pub fn may_return(facts: &Facts, by_office: bool) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.approval_refusals();
    if facts.approval == Gate::Nothing && !facts.may_be_mended() {
        refusals.extend(facts.window_refusal());
    }
    refusals.extend(facts.running_refusal());
    refusals.extend(facts.stage.clone().returned(String::new(), by_office).err());
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the plan may be opened: what would refuse every class, whoever chooses it, refuses this too.
pub fn may_open(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let refusals = facts.entry_refusals();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether a class of the plan may be given back. Only the period, its window, an allocation that is giving seats at this
/// moment, the plan's state and a semester in which the office chooses say no: somebody on leave or in arrears may always free
/// a seat for others.
pub fn may_drop(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let mut refusals = facts.time_refusals();
    refusals.extend(facts.running_refusal());
    refusals.extend(facts.stage.state().fill_refusal());
    refusals.extend(facts.package_refusal());
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
