//! The rules of an import that need all rows: other SKS for courses in plans, clashes of what is offered, students under
//! classes that move, and classes whose seats are allocated.

use std::collections::{BTreeSet, HashMap};

use crate::app::import::judge::Judge;
use crate::app::import::row::RowFault;
use crate::app::import::world::Tracked;
use crate::app::offering::{neighbour, offer};
use crate::model::{Class, Course};
use crate::rules::Refusal;
use crate::rules::allocation;
use crate::rules::offering::{RoomSize, may_move, may_offer};
use crate::rules::period::PeriodCode;
use crate::rules::plan::ClassFacts;
use crate::rules::schedule::Slot;

impl Judge {
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
        self.world.index_courses();
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

    /// After the meetings: classes of a period whose seats are allocated at this moment stay as they are.
    pub(super) fn check_allocated(&mut self) {
        let fault = |tracked: &Tracked<Class>| {
            let changed = tracked.before.is_some() && tracked.is_changed();
            let running = self.running(tracked.now.period).filter(|_| changed)?;
            Some(RowFault::refused(tracked.origin.as_ref()?, &running))
        };
        let faults: Vec<_> = self.world.classes.iter().filter_map(fault).collect();
        faults.into_iter().for_each(|fault| self.fault(fault));
    }

    /// Why nothing that the turns of an allocation look at may change in a period now.
    pub(super) fn running(&self, period: PeriodCode) -> Option<Refusal> {
        allocation::running(self.world.periods.get(&period)?.now.allocation)
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
            let refusals = may_move(&tracked.now.meetings, &[], others).err().unwrap_or_default();
            if let Some(origin) = tracked.origin.clone() {
                refusals.iter().for_each(|refusal| self.fault(RowFault::refused(&origin, refusal)));
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
