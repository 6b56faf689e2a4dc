//! The rules of an import that need all rows: other SKS for courses in plans, clashes of what is offered, students under
//! classes that move, and seats that were taken before this system came.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::app::import::judge::{Effect, Judge};
use crate::app::import::row::{Origin, RowFault};
use crate::app::import::world::{Student, Tracked};
use crate::app::offering::{neighbour, offer};
use crate::model::{Class, Course};
use crate::rules::Refusal;
use crate::rules::credits::{self, Ceiling, CeilingReason};
use crate::rules::eligibility::{Holds, Standing, Status};
use crate::rules::offering::{RoomSize, may_move, may_offer};
use crate::rules::period::PeriodState;
use crate::rules::plan::{ClassFacts, Facts, may_add};
use crate::rules::schedule::Slot;
use crate::rules::window::{Gate, Scope, Window, WindowKind};

impl Judge<'_> {
    /// Ids of the known courses to which the rows give other SKS.
    pub(super) fn other_credits(&self) -> Vec<String> {
        let changed = |tracked: &&Tracked<Course>| other_part(tracked).is_some();
        self.world.courses.values().filter(changed).map(|tracked| tracked.now.id.clone()).collect()
    }

    /// After the courses: those that students have in their plans keep their SKS. `students` says how many, by course.
    pub(super) fn end_courses(&mut self, students: &HashMap<String, u32>) {
        let fault = |tracked: &Tracked<Course>| {
            let students = *students.get(&tracked.now.id)?;
            let refused = RowFault::refused(tracked.origin.as_ref()?, &Refusal::CourseHasPlans { students });
            Some(RowFault { column: other_part(tracked)?, ..refused })
        };
        let mut faults: Vec<_> = self.world.courses.values().filter_map(fault).collect();
        faults.sort_by(|a, b| (&a.origin.file, a.origin.line).cmp(&(&b.origin.file, b.origin.line)));
        faults.into_iter().for_each(|fault| self.fault(fault));
    }

    /// After the meetings: whether what is offered now fits together. Of two classes that clash the later one is told.
    pub(super) fn check_offering(&mut self) {
        let mut by_room: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_lecturer: HashMap<String, Vec<usize>> = HashMap::new();
        let touched = |judge: &Self, n: usize| judge.world.classes[n].is_changed();
        let count = self.world.classes.len();
        let untouched_first = (0..count).filter(|n| !touched(self, *n)).chain((0..count).filter(|n| touched(self, *n)));
        for n in untouched_first.collect::<Vec<_>>() {
            let class = &self.world.classes[n].now;
            if touched(self, n) {
                let near: BTreeSet<_> = room_ids(class)
                    .filter_map(|room| by_room.get(room))
                    .chain(class.lecturers.iter().filter_map(|lecturer| by_lecturer.get(&lecturer.lecturer_id)))
                    .flatten()
                    .collect();
                let near = near.into_iter().map(|other| &self.world.classes[*other].now);
                let neighbours: Vec<_> = near.filter(|other| other.period == class.period).map(neighbour).collect();
                let refusals = may_offer(&offer(class), &self.room_sizes(class), &neighbours).err().unwrap_or_default();
                if let Some(origin) = self.world.classes[n].origin.clone() {
                    refusals.iter().for_each(|refusal| self.fault(RowFault::refused(&origin, refusal)));
                }
            }
            let class = &self.world.classes[n].now;
            for room in room_ids(class) {
                by_room.entry(room.to_owned()).or_default().push(n);
            }
            for lecturer in &class.lecturers {
                by_lecturer.entry(lecturer.lecturer_id.clone()).or_default().push(n);
            }
        }
        self.check_moves();
    }

    fn room_sizes(&self, class: &Class) -> Vec<RoomSize> {
        let places = class.meetings.iter().filter_map(|meeting| meeting.place.as_ref());
        let codes: BTreeSet<_> = places.map(|place| &place.room_code).collect();
        let rooms = codes.into_iter().filter_map(|code| self.world.rooms.get(code));
        rooms
            .map(|room| RoomSize {
                room_id: room.now.id.clone(),
                code: room.now.code.clone(),
                capacity: room.now.capacity,
            })
            .collect()
    }

    /// Whether students who have a seat could follow their classes to the new hours.
    fn check_moves(&mut self) {
        let slots = |class: &Class| class.meetings.iter().map(|meeting| meeting.slot).collect::<BTreeSet<Slot>>();
        let moved = |n: &usize| {
            let tracked = &self.world.classes[*n];
            tracked.before.as_ref().is_some_and(|before| slots(before) != slots(&tracked.now))
        };
        let moved: BTreeSet<usize> = (0..self.world.classes.len()).filter(moved).collect();
        if moved.is_empty() {
            return;
        }
        let mut beside: HashMap<usize, Vec<(String, ClassFacts)>> = HashMap::new();
        for ((student, _), plan) in &self.world.plans {
            for n in plan.iter().filter(|n| moved.contains(n)) {
                let others = plan.iter().filter(|other| *other != n);
                let others = others.map(|other| (student.clone(), self.world.classes[*other].now.facts()));
                beside.entry(*n).or_default().extend(others);
            }
        }
        for n in moved {
            let tracked = &self.world.classes[n];
            let others = beside.get(&n).map(Vec::as_slice).unwrap_or_default();
            let refusals = may_move(&tracked.now.meetings, others).err().unwrap_or_default();
            if let Some(origin) = tracked.origin.clone() {
                refusals.iter().for_each(|refusal| self.fault(RowFault::refused(&origin, refusal)));
            }
        }
    }

    /// A seat that was taken before this system came. Every rule applies but those that bind the taking and not the
    /// having: the window, holds, a class that takes no more students, and a ceiling that is only the lowest band because
    /// the IPS is not known.
    pub(super) fn seat(&mut self, origin: &Origin, student: &Student, class: usize) {
        let wanted = &self.world.classes[class].now;
        let plan_key = (student.id.clone(), wanted.period);
        let plan = self.world.plans.get(&plan_key).map(Vec::as_slice).unwrap_or_default();
        if plan.contains(&class) {
            return self.count(Effect::Nothing);
        }
        let state = self.world.periods.get(&wanted.period).map(|period| period.now.state);
        let over = state.is_some_and(PeriodState::is_over);
        let ceiling = credits::ceiling(self.policy, wanted.period, student.entry, student.last_gpa);
        let ceiling = match ceiling.reason {
            CeilingReason::GpaUnknown => Ceiling { credits: u32::MAX, ..ceiling },
            _ => ceiling,
        };
        let status = self.world.statuses.get(&plan_key).copied();
        let facts = Facts {
            now: Timestamp::UNIX_EPOCH,
            period: wanted.period,
            state: PeriodState::Active,
            gate: Gate::Open(always()),
            standing: Standing {
                status: status.or(Some(Status::Active)),
                exit_kind: student.exit_kind.clone().filter(|_| !over),
                holds: Holds::Known(Vec::new()),
            },
            ceiling,
            plan: plan.iter().map(|n| self.world.classes[*n].now.facts()).collect(),
        };
        let candidate = ClassFacts { open: true, ..wanted.facts() };
        match may_add(&facts, &candidate, wanted.seats) {
            Err(refusals) => {
                refusals.iter().for_each(|refusal| self.fault(RowFault::refused(origin, refusal)));
            }
            Ok(()) => {
                self.world.plans.entry(plan_key.clone()).or_default().push(class);
                self.world.classes[class].now.seats.taken += 1;
                self.world.added.push((plan_key, class));
                self.count(Effect::Creates);
            }
        }
    }
}

/// Column of the first part of a known course's SKS that is another now.
fn other_part(tracked: &Tracked<Course>) -> Option<&'static str> {
    let (before, now) = (tracked.before.as_ref()?.credits, tracked.now.credits);
    let parts = [
        ("credits_lecture", before.lecture != now.lecture),
        ("credits_practice", before.practice != now.practice),
        ("credits_field", before.field != now.field),
        ("credits_simulation", before.simulation != now.simulation),
    ];
    parts.into_iter().find(|(_, other)| *other).map(|(column, _)| column)
}

/// Rooms that a class meets in, each once.
fn room_ids(class: &Class) -> impl Iterator<Item = &str> {
    let places = class.meetings.iter().filter_map(|meeting| meeting.place.as_ref());
    places.map(|place| place.room_id.as_str()).collect::<BTreeSet<_>>().into_iter()
}

/// A window that is never shut: an import speaks of the past.
fn always() -> Window {
    let (opens_at, closes_at) = (Timestamp::MIN, Timestamp::MAX);
    Window { kind: WindowKind::Krs, scope: Scope::University, opens_at, closes_at }
}
