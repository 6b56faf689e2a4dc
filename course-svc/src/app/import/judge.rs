//! Judging an import: row by row against the campus as the rows before it leave it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::app::import::row::{ClassBody, ClassKey, CourseBody, CourseKey, Origin, Parsed, Row, RowFault};
use crate::app::import::world::{Tracked, World};
use crate::model::{Class, ClassLecturer, Course, Period, Room};
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::credits::CreditPolicy;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::schedule::{Meeting, Place, Slot};
use crate::rules::seats::Seats;
use crate::rules::window::{Scope, Window};

/// Faults that are told one by one; the rest are only counted.
pub const FAULTS_TOLD: usize = 1000;

/// Counts of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that name something new.
    pub created: u64,
    /// Rows that change something known.
    pub changed: u64,
    /// Rows that say what is already so.
    pub unchanged: u64,
    /// Wrong rows.
    pub wrong: u64,
}

/// The judgement so far.
pub(super) struct Judge<'p> {
    pub(super) world: World,
    pub(super) policy: &'p CreditPolicy,
    /// Faults, at most [`FAULTS_TOLD`].
    pub(super) faults: Vec<RowFault>,
    pub(super) tally: Tally,
    wrong: HashSet<Origin>,
    /// First row of every key.
    seen: HashMap<Key, Origin>,
    /// Keys whose rows could not be read: references to them are no fault of their own.
    broken: HashSet<Key>,
    windows: BTreeMap<PeriodCode, Vec<Window>>,
    meetings: BTreeMap<ClassKey, Vec<(Origin, Meeting)>>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Course(CourseKey),
    Room(String),
    Period(PeriodCode),
    Window(PeriodCode, Window),
    Class(ClassKey),
    Meeting(ClassKey, Slot, String),
    Plan(String, ClassKey),
}

/// What a row does to what it names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Effect {
    Creates,
    Changes,
    Nothing,
}

impl<'p> Judge<'p> {
    pub(super) fn new(world: World, policy: &'p CreditPolicy) -> Self {
        Self {
            world,
            policy,
            faults: Vec::new(),
            tally: Tally::default(),
            wrong: HashSet::new(),
            seen: HashMap::new(),
            broken: HashSet::new(),
            windows: BTreeMap::new(),
            meetings: BTreeMap::new(),
        }
    }

    /// Judges one row. Rows come in the order of their steps.
    pub(super) fn row(&mut self, parsed: Parsed) {
        let Parsed { origin, row, faults } = parsed;
        let sound = faults.is_empty();
        faults.into_iter().for_each(|fault| self.fault(fault));
        match row {
            Row::Faculty(code) => drop(self.world.announced.faculties.insert(code)),
            Row::Programme(code) => drop(self.world.announced.programmes.insert(code)),
            Row::Lecturer(number) => drop(self.world.announced.lecturers.insert(number)),
            Row::Student(nim) => drop(self.world.announced.students.insert(nim)),
            Row::Empty if sound => self.fault(RowFault::new(&origin, "", reasons::ROW_EMPTY)),
            Row::Empty => {}
            Row::Course { key, body } => self.course(&origin, key, body.filter(|_| sound)),
            Row::Room { code, body } => self.room(&origin, code, body.filter(|_| sound)),
            Row::Period { code, state } => self.period(&origin, code, state.filter(|_| sound)),
            Row::Window { period, window } => self.window(&origin, period, window.filter(|_| sound)),
            Row::Class { key, body } => self.class(&origin, key, body.filter(|_| sound)),
            Row::Meeting { key, slot, room } => self.meeting(&origin, key, slot.filter(|_| sound), room),
            Row::Plan { nim, key } => self.plan(&origin, &nim, key.filter(|_| sound)),
        }
    }

    pub(super) fn fault(&mut self, fault: RowFault) {
        if self.wrong.insert(fault.origin.clone()) {
            self.tally.wrong += 1;
        }
        if self.faults.len() < FAULTS_TOLD {
            self.faults.push(fault);
        }
    }

    pub(super) fn count(&mut self, effect: Effect) {
        match effect {
            Effect::Creates => self.tally.created += 1,
            Effect::Changes => self.tally.changed += 1,
            Effect::Nothing => self.tally.unchanged += 1,
        }
    }

    /// Remembers the key of a row; false, with a fault, when an earlier row has it.
    fn first(&mut self, origin: &Origin, key: Key) -> bool {
        let Some(earlier) = self.seen.get(&key) else {
            self.seen.insert(key, origin.clone());
            return true;
        };
        let fault = RowFault::new(origin, "", reasons::DUPLICATE_ROW);
        let fault = fault.fact("file", &earlier.file).fact("line", earlier.line);
        self.fault(fault);
        false
    }

    fn course(&mut self, origin: &Origin, key: CourseKey, body: Option<CourseBody>) {
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

    fn room(&mut self, origin: &Origin, code: String, body: Option<(String, u32)>) {
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

    fn period(&mut self, origin: &Origin, code: Option<PeriodCode>, state: Option<PeriodState>) {
        let Some(code) = code else { return };
        if !self.first(origin, Key::Period(code)) {
            return;
        }
        let Some(state) = state else {
            self.broken.insert(Key::Period(code));
            return;
        };
        let known = self.world.periods.remove(&code);
        let mut tracked =
            known.unwrap_or_else(|| Tracked::made(Period { code, state, windows: Vec::new(), version: 1 }, origin));
        let from = tracked.now.state;
        if !from.may_become(state) {
            self.fault(RowFault::refused(origin, &Refusal::PeriodStateOrder { from, to: state }));
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

    fn window(&mut self, origin: &Origin, period: Option<PeriodCode>, window: Option<Window>) {
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
            tracked.now.windows = windows;
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

    fn class(&mut self, origin: &Origin, key: Option<ClassKey>, body: Option<ClassBody>) {
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

    fn meeting(&mut self, origin: &Origin, key: Option<ClassKey>, slot: Option<Slot>, room: String) {
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
            tracked.now.meetings = meetings.into_iter().map(|(_, meeting)| meeting).collect();
        }
    }

    fn plan(&mut self, origin: &Origin, nim: &str, key: Option<ClassKey>) {
        let student = self.world.student(nim);
        if student.is_none() && !nim.is_empty() {
            let fault = RowFault::new(origin, "nim", reasons::UNKNOWN_STUDENT);
            self.fault(fault.fact("student", nim));
        }
        let Some(key) = key else { return };
        let class = self.class_of(origin, &key);
        let Some((student, class)) = student.zip(class) else { return };
        if self.first(origin, Key::Plan(nim.to_owned(), key)) {
            self.seat(origin, &student, class);
        }
    }
}

fn effect<T: PartialEq + Clone>(tracked: &Tracked<T>) -> Effect {
    match (&tracked.before, tracked.is_changed()) {
        (None, _) => Effect::Creates,
        (Some(_), true) => Effect::Changes,
        (Some(_), false) => Effect::Nothing,
    }
}

fn unknown_course(origin: &Origin, key: &CourseKey) -> RowFault {
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
        seats: Seats { capacity: body.capacity, taken: 0 },
        seat_version: 0,
        meetings: Vec::new(),
        lecturers: Vec::new(),
        open: body.open,
        version: 1,
    }
}
