//! Judging what is offered: courses, rooms, periods, windows, classes and their meetings.

use crate::app::import::judge::{Effect, Judge, Key};
use crate::app::import::row::{ClassBody, ClassKey, CourseBody, CourseKey, Origin, RowFault};
use crate::app::import::world::Tracked;
use crate::model::{Class, ClassLecturer, Course, Period, Room};
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::allocation;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::schedule::{Meeting, Place, Slot};
use crate::rules::seats::Seats;
use crate::rules::window::{Scope, Window};

impl Judge {
    pub(super) fn course(&mut self, origin: &Origin, key: CourseKey, body: Option<CourseBody>) {
        if !self.first(origin, Key::Course(key.clone())) {
            return;
        }
        let programme = self.world.programme(&key.programme);
        if programme.is_none() && !key.programme.is_empty() {
            let fault = RowFault::new(origin, "programme", reasons::UNKNOWN_PROGRAMME);
            self.fault(fault.fact("programme", &key.programme));
        }
        let Some((programme_id, body)) = programme.zip(body) else {
            self.broken.insert(Key::Course(key));
            return;
        };
        let known = self.world.courses.remove(&key);
        let mut tracked = known.unwrap_or_else(|| {
            let course = new_course(&key, programme_id, &body);
            Tracked::made(course, origin)
        });
        let (name, name_en, credits, requirement, semester) =
            (body.name, body.name_en, body.credits, body.requirement, body.semester);
        tracked.now = Course { name, name_en, credits, requirement, semester, ..tracked.now };
        tracked.origin = Some(origin.clone());
        self.count(effect(&tracked));
        self.world.courses.insert(key, tracked);
    }

    pub(super) fn room(&mut self, origin: &Origin, code: String, body: Option<(String, u32)>) {
        if !self.first(origin, Key::Room(code.clone())) {
            return;
        }
        let Some((name, capacity)) = body else {
            self.broken.insert(Key::Room(code));
            return;
        };
        let known = self.world.rooms.remove(&code);
        let mut tracked = known.unwrap_or_else(|| {
            let room = Room { id: chassis::id::new(), code: code.clone(), name: String::new(), capacity, version: 1 };
            Tracked::made(room, origin)
        });
        tracked.now = Room { name, capacity, ..tracked.now };
        tracked.origin = Some(origin.clone());
        self.count(effect(&tracked));
        self.world.rooms.insert(code, tracked);
    }

    pub(super) fn period(&mut self, origin: &Origin, code: Option<PeriodCode>, state: Option<PeriodState>) {
        let Some(code) = code else { return };
        if !self.first(origin, Key::Period(code)) {
            return;
        }
        let Some(state) = state else {
            self.broken.insert(Key::Period(code));
            return;
        };
        let known = self.world.periods.remove(&code);
        let mut tracked = known.unwrap_or_else(|| {
            let (windows, registration, allocation) = Default::default();
            let period = Period { code, state, windows, registration, allocation, version: 1 };
            Tracked::made(period, origin)
        });
        let from = tracked.now.state;
        if !from.may_become(state) {
            self.fault(RowFault::refused(origin, &Refusal::PeriodStateOrder { from, to: state }));
        } else if let Some(running) = allocation::running(tracked.now.allocation).filter(|_| state != from) {
            self.fault(RowFault::refused(origin, &running));
        } else if state == PeriodState::Planned && from != PeriodState::Planned {
            let plans = self.world.found_states.keys().filter(|(_, period)| *period == code).count();
            if let Some(students) = u64::try_from(plans).ok().filter(|students| *students > 0) {
                self.fault(RowFault::refused(origin, &Refusal::PeriodHasPlans { students }));
            }
        }
        tracked.now.state = state;
        tracked.origin = Some(origin.clone());
        self.count(effect(&tracked));
        self.world.periods.insert(code, tracked);
    }

    /// Whether a row may speak of a period; a fault when there is none.
    fn has_period(&mut self, origin: &Origin, code: PeriodCode) -> bool {
        if self.world.periods.contains_key(&code) {
            return true;
        }
        if !self.broken.contains(&Key::Period(code)) {
            let fault = RowFault::new(origin, "period", reasons::UNKNOWN_PERIOD);
            self.fault(fault.fact("period", code));
        }
        false
    }

    pub(super) fn window(&mut self, origin: &Origin, period: Option<PeriodCode>, window: Option<Window>) {
        let Some(code) = period.filter(|code| self.has_period(origin, *code)) else { return };
        let Some(window) = window else { return };
        match &window.scope {
            Scope::Faculty(code) if !self.world.has_faculty(code) => {
                let fault = RowFault::new(origin, "scope_key", reasons::UNKNOWN_FACULTY);
                return self.fault(fault.fact("faculty", code));
            }
            Scope::Programme(code) if self.world.programme(code).is_none() => {
                let fault = RowFault::new(origin, "scope_key", reasons::UNKNOWN_PROGRAMME);
                return self.fault(fault.fact("programme", code));
            }
            _ => {}
        }
        if self.first(origin, Key::Window(code, window.clone())) {
            let before = self.world.periods.get(&code).and_then(|tracked| tracked.before.as_ref());
            let known = before.is_some_and(|period| period.windows.contains(&window));
            self.count(if known { Effect::Nothing } else { Effect::Creates });
            self.windows.entry(code).or_default().push(window);
        }
    }

    /// After the windows: those of every period that was named are replaced together. The order of a file means nothing.
    pub(super) fn end_windows(&mut self) {
        for (code, mut windows) in std::mem::take(&mut self.windows) {
            let Some(tracked) = self.world.periods.get_mut(&code) else { continue };
            let known = tracked.now.windows.clone();
            windows.sort_by_key(|window| known.iter().position(|old| old == window).unwrap_or(usize::MAX));
            let only_gone = windows.len() < known.len() && windows.iter().all(|window| known.contains(window));
            tracked.now.windows = windows;
            if only_gone {
                self.count_gone();
            }
        }
    }

    /// Before the classes: they show their courses as the import leaves them.
    pub(super) fn begin_classes(&mut self) {
        for tracked in &mut self.world.classes {
            let course = &tracked.now.course;
            let key = CourseKey { programme: course.programme_code.clone(), code: course.code.clone() };
            if let Some(course) = self.world.courses.get(&key).filter(|course| course.is_changed()) {
                tracked.now.course = course.now.clone();
                if let Some(before) = &mut tracked.before {
                    before.course = course.now.clone();
                }
            }
        }
    }

    pub(super) fn class(&mut self, origin: &Origin, key: Option<ClassKey>, body: Option<ClassBody>) {
        let Some(key) = key else { return };
        if !self.first(origin, Key::Class(key.clone())) {
            return;
        }
        let has_period = self.has_period(origin, key.period);
        let course = self.world.courses.get(&key.course).map(|tracked| tracked.now.clone());
        if course.is_none() && !self.broken.contains(&Key::Course(key.course.clone())) {
            self.fault(unknown_course(origin, &key.course));
        }
        let mut lecturers = Vec::new();
        for number in body.iter().flat_map(|body| &body.lecturers) {
            let Some((lecturer_id, name)) = self.world.lecturer(number) else {
                let fault = RowFault::new(origin, "lecturers", reasons::UNKNOWN_LECTURER);
                self.fault(fault.fact("lecturer", number));
                continue;
            };
            let lead = lecturers.is_empty();
            lecturers.push(ClassLecturer { lecturer_id, name, lead });
        }
        let (Some(course), Some(body), true) = (course, body, has_period) else {
            self.broken.insert(Key::Class(key));
            return;
        };
        let n = match self.world.class_by_key.get(&key) {
            Some(n) => *n,
            None => {
                let class = new_class(&key, course, &body);
                self.world.classes.push(Tracked::made(class, origin));
                self.world.class_by_key.insert(key, self.world.classes.len() - 1);
                self.world.classes.len() - 1
            }
        };
        let tracked = &mut self.world.classes[n];
        tracked.now.seats.capacity = body.capacity;
        tracked.now.open = body.open;
        tracked.now.lecturers = lecturers;
        tracked.origin = Some(origin.clone());
        let effect = effect(tracked);
        self.count(effect);
    }

    /// The class that a row refers to; a fault when there is none.
    pub(super) fn class_of(&mut self, origin: &Origin, key: &ClassKey) -> Option<usize> {
        if let Some(n) = self.world.class_by_key.get(key) {
            return Some(*n);
        }
        let broken = [Key::Class(key.clone()), Key::Course(key.course.clone()), Key::Period(key.period)];
        if !broken.iter().any(|key| self.broken.contains(key)) {
            let fault = RowFault::new(origin, "name", reasons::UNKNOWN_CLASS);
            self.fault(fault.fact("class", key.label()).fact("period", key.period));
        }
        None
    }

    pub(super) fn meeting(&mut self, origin: &Origin, key: Option<ClassKey>, slot: Option<Slot>, room: String) {
        let Some(key) = key else { return };
        let Some(n) = self.class_of(origin, &key) else { return };
        let Some(slot) = slot else { return };
        let place = match self.world.rooms.get(&room) {
            Some(known) => Some(Place { room_id: known.now.id.clone(), room_code: room.clone() }),
            None if room.is_empty() => None,
            None if self.broken.contains(&Key::Room(room.clone())) => return,
            None => {
                let fault = RowFault::new(origin, "room", reasons::UNKNOWN_ROOM);
                return self.fault(fault.fact("room", room));
            }
        };
        if self.first(origin, Key::Meeting(key.clone(), slot, room)) {
            let meeting = Meeting { slot, place };
            let before = self.world.classes[n].before.as_ref();
            let known = before.is_some_and(|class| class.meetings.contains(&meeting));
            self.count(if known { Effect::Nothing } else { Effect::Creates });
            self.meetings.entry(key).or_default().push((origin.clone(), meeting));
        }
    }

    /// After the meetings: those of every class that was named are replaced together. The order of a file means nothing.
    pub(super) fn end_meetings(&mut self) {
        for (key, mut meetings) in std::mem::take(&mut self.meetings) {
            let Some(n) = self.world.class_by_key.get(&key) else { continue };
            let tracked = &mut self.world.classes[*n];
            let known = tracked.now.meetings.clone();
            meetings.sort_by_key(|(_, new)| known.iter().position(|old| old == new).unwrap_or(usize::MAX));
            if tracked.origin.is_none() {
                tracked.origin = meetings.first().map(|(origin, _)| origin.clone());
            }
            let only_gone = meetings.len() < known.len() && meetings.iter().all(|(_, new)| known.contains(new));
            tracked.now.meetings = meetings.into_iter().map(|(_, meeting)| meeting).collect();
            if only_gone {
                self.count_gone();
            }
        }
    }
}

/// What rows do to something that is tracked.
pub(super) fn effect<T: PartialEq + Clone>(tracked: &Tracked<T>) -> Effect {
    match (&tracked.before, tracked.is_changed()) {
        (None, _) => Effect::Creates,
        (Some(_), true) => Effect::Changes,
        (Some(_), false) => Effect::Nothing,
    }
}

/// A reference to a course that is neither here nor in the import.
pub(super) fn unknown_course(origin: &Origin, key: &CourseKey) -> RowFault {
    let fault = RowFault::new(origin, "course", reasons::UNKNOWN_COURSE);
    fault.fact("course", &key.code).fact("programme", &key.programme)
}

fn new_course(key: &CourseKey, programme_id: String, body: &CourseBody) -> Course {
    Course {
        id: chassis::id::new(),
        programme_id,
        programme_code: key.programme.clone(),
        code: key.code.clone(),
        name: body.name.clone(),
        name_en: body.name_en.clone(),
        credits: body.credits,
        requirement: body.requirement,
        semester: body.semester,
        version: 1,
    }
}

fn new_class(key: &ClassKey, course: Course, body: &ClassBody) -> Class {
    Class {
        id: chassis::id::new(),
        period: key.period,
        course,
        name: key.name.clone(),
        seats: Seats::new(body.capacity, 0),
        seat_version: 0,
        meetings: Vec::new(),
        exams: Vec::new(),
        lecturers: Vec::new(),
        open: body.open,
        version: 1,
    }
}
