//! Seats that were taken before this system came, and the plans that they make.
//!
//! Rows of plans are kept until all of them were read: what stands beside a class in its plan, and what was taken in the
//! periods before, does not hang on the order of a file.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::import::history::Known;
use crate::app::import::judge::{Effect, Judge, Key};
use crate::app::import::row::{ClassKey, Origin, RowFault};
use crate::app::import::world::{PlanKey, Said, Student};
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::allocation::AllocationState;
use crate::rules::credits::{self, Achieved, Ceiling, CeilingReason};
use crate::rules::eligibility::{Holds, Standing, Status};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan::{ClassFacts, Facts, may_add};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::policy::Policy;
use crate::rules::prerequisite::{self, Asked, Requirements, Studies};
use crate::rules::registration::SeatPolicy;
use crate::rules::seats::Bucket;
use crate::rules::window::{Gate, Scope, Window, WindowKind};

/// A row of a plan whose student and class are known.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    origin: Origin,
    student: Student,
    class: usize,
}

/// What all rows of the plans together say.
struct Whole {
    requirements: Requirements,
    /// Classes of each plan, those of wrong rows included: a wrong row is not told of twice.
    classes: HashMap<PlanKey, BTreeSet<usize>>,
    /// SKS of each plan so far, of periods that are over.
    credits: HashMap<PlanKey, u32>,
    /// First period in which rows name a student.
    first: HashMap<String, PeriodCode>,
}

impl Judge {
    pub(super) fn plan(&mut self, origin: Origin, nim: String, key: Option<ClassKey>, state: Option<PlanState>) {
        let student = self.world.student(&nim);
        if student.is_none() && !nim.is_empty() {
            let fault = RowFault::new(&origin, "nim", reasons::UNKNOWN_STUDENT);
            self.fault(fault.fact("student", &nim));
        }
        let Some(key) = key else { return };
        let class = self.class_of(&origin, &key);
        let Some((student, class)) = student.zip(class) else { return };
        let period = key.period;
        if self.first(&origin, Key::Plan(nim, key)) && self.says(&origin, (student.id.clone(), period), state) {
            self.seats.push(Seat { origin, student, class });
        }
    }

    fn is_over(&self, period: PeriodCode) -> bool {
        self.world.periods.get(&period).is_some_and(|period| period.now.state.is_over())
    }

    /// Takes what a row says about the state of its plan; false, with a fault, when another row says otherwise.
    fn says(&mut self, origin: &Origin, key: PlanKey, state: Option<PlanState>) -> bool {
        let by_period = if self.is_over(key.1) { PlanState::Locked } else { PlanState::Draft };
        let (named, state) = (state.is_some(), state.unwrap_or(by_period));
        let Some(said) = self.world.said_states.get_mut(&key) else {
            self.world.said_states.insert(key, Said { state, named, origin: origin.clone() });
            return true;
        };
        if said.state == state {
            said.named |= named;
            return true;
        }
        let fault = RowFault::new(origin, "state", reasons::PLAN_STATES_DIFFER);
        let fault = fault.fact("state", said.state.word());
        let fault = fault.fact("file", &said.origin.file).fact("line", said.origin.line);
        self.fault(fault);
        false
    }

    /// After the plans: each seat is judged, earlier periods first, and then the results that are announced.
    pub(super) fn end_plans(&mut self) {
        let mut seats = std::mem::take(&mut self.seats);
        seats.sort_by_key(|seat| self.world.classes[seat.class].now.period);
        let mut whole = self.whole(&seats);
        let mut known = Known::default();
        for seat in &seats {
            self.seat(seat, &mut whole, &mut known);
        }
        self.claim(&seats);
        self.check_results(&whole.requirements);
    }

    fn whole(&self, seats: &[Seat]) -> Whole {
        let named: HashSet<_> = seats.iter().map(|seat| (seat.student.id.as_str(), seat.class)).collect();
        let mut classes: HashMap<PlanKey, BTreeSet<usize>> = HashMap::new();
        let mut credits = HashMap::new();
        for (key, plan) in &self.world.plans {
            classes.entry(key.clone()).or_default().extend(plan);
            let others = plan.iter().filter(|n| !named.contains(&(key.0.as_str(), **n)));
            let others = others.map(|n| self.world.classes[*n].now.course.credits.total());
            credits.insert(key.clone(), others.sum());
        }
        let mut first: HashMap<String, PeriodCode> = HashMap::new();
        for seat in seats {
            let period = self.world.classes[seat.class].now.period;
            classes.entry((seat.student.id.clone(), period)).or_default().insert(seat.class);
            // Sorted by period: the first row has the first one.
            first.entry(seat.student.id.clone()).or_insert(period);
        }
        Whole { requirements: self.requirements(), classes, credits, first }
    }

    /// Every rule applies but those that bind the taking and not the having: the window, holds, a class that takes no more
    /// students, and a ceiling that is only the lowest band because the IPS is not known. In a period that is over a broken
    /// prerequisite or ceiling is history: a warning.
    fn seat(&mut self, seat: &Seat, whole: &mut Whole, known: &mut Known) {
        let wanted = &self.world.classes[seat.class].now;
        let key = (seat.student.id.clone(), wanted.period);
        let (over, credits) = (self.is_over(wanted.period), wanted.course.credits.total());
        let is_in = self.world.plans.get(&key).is_some_and(|plan| plan.contains(&seat.class));
        let moves_on = self.world.state_of(&key) != self.world.found_states.get(&key).copied();
        if let Some(running) = self.running(key.1).filter(|_| !is_in || moves_on) {
            return self.fault(RowFault::refused(&seat.origin, &running));
        }
        if is_in && !over {
            return self.count_seat(&key, true);
        }
        let before = known.get(&key, || self.before(&whole.requirements, &key.0, key.1));
        let entry = seat.student.entry.or_else(|| {
            let planned = whole.first.get(&seat.student.id).copied();
            planned.into_iter().chain(self.first_result(&seat.student.id)).min()
        });
        let policy = self.policies.of(&seat.student.belongs, key.1);
        let achieved = Achieved {
            entry,
            gpa: before.record.last_gpa(key.1, policy.gpa_semesters.get()),
            cumulative: before.record.cumulative,
            // Who was away when is not asked: an import brings plans that somebody let pass.
            away: None,
            nothing_yet: false,
        };
        let ceiling = credits::ceiling(&policy, key.1, &achieved);
        let ceiling = match ceiling.reason {
            CeilingReason::GpaUnknown => Ceiling { credits: u32::MAX, ..ceiling },
            _ => ceiling,
        };
        let plan: Vec<_> = whole.classes.get(&key).into_iter().flatten().collect();
        let plan: Vec<_> = plan.into_iter().map(|n| self.world.classes[*n].now.course.id.as_str()).collect();
        let asked = Asked { course: &wanted.course.id, plan: &plan };
        let mut history = prerequisite::check(&whole.requirements, &before.studies, asked).refusals;
        let mut refusals = Vec::new();
        if !is_in {
            let facts = self.facts(seat, &key, over, ceiling, policy);
            let candidate = ClassFacts { open: true, ..wanted.facts() };
            refusals = may_add(&facts, &candidate, &wanted.seats).err().unwrap_or_default();
            refusals.extend((self.world.found_states.get(&key) == Some(&PlanState::Void)).then_some(Refusal::PlanVoid));
        }
        if over {
            let so_far = whole.credits.entry(key.clone()).or_default();
            *so_far += credits;
            let (wanted, Ceiling { credits: ceiling, reason, .. }) = (*so_far, ceiling);
            history.extend((wanted > ceiling).then_some(Refusal::CreditLimit { wanted, ceiling, reason }));
            history.iter().for_each(|refusal| self.warn(RowFault::refused(&seat.origin, refusal)));
        } else {
            refusals.append(&mut history);
        }
        if !refusals.is_empty() {
            return refusals.iter().for_each(|refusal| self.fault(RowFault::refused(&seat.origin, refusal)));
        }
        self.count_seat(&key, is_in);
        if !is_in {
            self.world.plans.entry(key.clone()).or_default().push(seat.class);
            let seats = &mut self.world.classes[seat.class].now.seats;
            // A class may be over-full, of a period that is over: then the seat is one of everybody's.
            let bucket = seats.bucket_for(&seat.student.belongs, Timestamp::UNIX_EPOCH).unwrap_or(Bucket::Public);
            seats.take(&bucket);
            self.world.added.push((key, seat.class, bucket));
        }
    }

    /// What a plan only wished for takes its seats when rows hand the plan in or move it further, as when the student hands
    /// it in: after the seats that rows name, in the order of the rows. A seat that is not there is a fault of the row that
    /// names the class, or else of the first row that says where the plan is.
    fn claim(&mut self, seats: &[Seat]) {
        if self.world.wished.is_empty() {
            return;
        }
        let mut rows: HashMap<(&str, usize), &Origin> = HashMap::new();
        for seat in seats {
            rows.entry((&seat.student.id, seat.class)).or_insert(&seat.origin);
        }
        let mut done = HashSet::new();
        for seat in seats {
            let key = (seat.student.id.clone(), self.world.classes[seat.class].now.period);
            if !self.world.hands_in(&key) || !done.insert(key.clone()) {
                continue;
            }
            for n in self.world.plans.get(&key).cloned().unwrap_or_default() {
                if !self.world.wished.contains(&(key.0.clone(), n)) {
                    continue;
                }
                let class = &mut self.world.classes[n].now;
                match class.seats.bucket_for(&seat.student.belongs, Timestamp::UNIX_EPOCH) {
                    Ok(bucket) => {
                        class.seats.take(&bucket);
                        self.world.wished.remove(&(key.0.clone(), n));
                        self.world.claimed.push((key.clone(), n, bucket));
                    }
                    Err(refusal) => {
                        let refusal = Refusal::Of {
                            class: class.label(),
                            class_id: class.id.clone(),
                            refusal: Box::new(refusal),
                        };
                        let said = self.world.said_states.get(&key).map(|said| &said.origin);
                        let origin = rows.get(&(key.0.as_str(), n)).copied().or(said).unwrap_or(&seat.origin);
                        let fault = RowFault::refused(origin, &refusal);
                        self.fault(fault);
                    }
                }
            }
        }
    }

    fn count_seat(&mut self, key: &PlanKey, is_in: bool) {
        let found = self.world.found_states.get(key).copied();
        self.count(match is_in {
            false => Effect::Creates,
            true if found == self.world.state_of(key) => Effect::Nothing,
            true => Effect::Changes,
        });
    }

    /// What decides about a seat, as it was when the seat was taken. Prerequisites are asked about the whole plan instead.
    fn facts(&self, seat: &Seat, key: &PlanKey, over: bool, ceiling: Ceiling, policy: Arc<Policy>) -> Facts {
        let plan = self.world.plans.get(key).map(Vec::as_slice).unwrap_or_default();
        let status = self.world.statuses.get(key).copied();
        Facts {
            now: Timestamp::UNIX_EPOCH,
            period: key.1,
            state: PeriodState::Active,
            gate: Gate::Open(always()),
            approval: Gate::Nothing,
            revision: Gate::Nothing,
            standing: Standing {
                status: status.or(Some(Status::Active)),
                exit_kind: seat.student.exit_kind.clone().filter(|_| !over),
                holds: Holds::Known(Vec::new()),
            },
            belongs: seat.student.belongs.clone(),
            // Whoever chose the classes of an import: they were chosen.
            semester: None,
            policy,
            allowed: if over { Ceiling { credits: u32::MAX, ..ceiling } } else { ceiling },
            seat_policy: SeatPolicy::AtAdd,
            allocation: AllocationState::Pending,
            plan: plan.iter().map(|n| Arc::new(self.world.classes[*n].now.facts())).collect(),
            wished: BTreeSet::new(),
            stage: Stage::UNOPENED,
            record: None,
            requirements: Default::default(),
            studies: Studies::default(),
        }
    }
}

/// A window that is never shut: an import speaks of the past.
fn always() -> Window {
    let (opens_at, closes_at) = (Timestamp::MIN, Timestamp::MAX);
    Window { kind: WindowKind::Krs, scope: Scope::University, opens_at, closes_at }
}
