//! Judging an import: row by row against the campus as the rows before it leave it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::app::import::history::Announced;
use crate::app::import::row::{ClassKey, CourseKey, CurriculumKey, Origin, Parsed, Row, RowFault, Wanted};
use crate::app::import::seats::Seat;
use crate::app::import::world::World;
use crate::app::rulebook::Policies;
use crate::model::CurriculumCourse;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::prerequisite::Condition;
use crate::rules::schedule::{Meeting, Slot};
use crate::rules::window::Window;

/// Faults, and as many warnings, that are told one by one; the rest are only counted.
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
    /// Warnings.
    pub warnings: u64,
}

/// The judgement so far.
pub(super) struct Judge {
    pub(super) world: World,
    pub(super) policies: Arc<Policies>,
    /// Faults and warnings, at most [`FAULTS_TOLD`] of each.
    pub(super) faults: Vec<RowFault>,
    pub(super) tally: Tally,
    wrong: HashSet<Origin>,
    /// Faults that were told so far, without warnings.
    told: usize,
    /// First row of every key.
    seen: HashMap<Key, Origin>,
    /// Keys whose rows could not be read: references to them are no fault of their own.
    pub(super) broken: HashSet<Key>,
    pub(super) curriculum_courses: BTreeMap<CurriculumKey, Vec<(Origin, CurriculumCourse)>>,
    pub(super) conditions: BTreeMap<CourseKey, Vec<(Origin, u32, Condition)>>,
    pub(super) windows: BTreeMap<PeriodCode, Vec<Window>>,
    pub(super) meetings: BTreeMap<ClassKey, Vec<(Origin, Meeting)>>,
    /// Rows of plans, until all of them are known.
    pub(super) seats: Vec<Seat>,
    /// Results that are announced, by student, until the plans are known.
    pub(super) results: HashMap<String, Vec<Announced>>,
    /// Texts that they have in common.
    pub(super) texts: HashSet<Arc<str>>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Course(CourseKey),
    Curriculum(CurriculumKey),
    CurriculumCourse(CurriculumKey, CourseKey),
    Prerequisite(CourseKey, u32, Wanted),
    Equivalent(CourseKey, CourseKey),
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

impl Judge {
    pub(super) fn new(world: World, policies: Arc<Policies>) -> Self {
        Self {
            world,
            policies,
            faults: Vec::new(),
            tally: Tally::default(),
            wrong: HashSet::new(),
            told: 0,
            seen: HashMap::new(),
            broken: HashSet::new(),
            curriculum_courses: BTreeMap::new(),
            conditions: BTreeMap::new(),
            windows: BTreeMap::new(),
            meetings: BTreeMap::new(),
            seats: Vec::new(),
            results: HashMap::new(),
            texts: HashSet::new(),
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
            Row::Curriculum { key, body } => self.curriculum(&origin, key, body.filter(|_| sound)),
            Row::CurriculumCourse { key, course, body } => {
                self.curriculum_course(&origin, key, course, body.filter(|_| sound));
            }
            Row::Prerequisite { course, group, wanted } => {
                self.prerequisite(&origin, course, group, wanted.filter(|_| sound));
            }
            Row::Equivalent { one, other } if sound => self.equivalent(&origin, one, other),
            Row::Equivalent { .. } => {}
            Row::Grade { programme, letter, points } => self.grade(programme, letter, points),
            Row::Result { nim, period, course, letter } => self.result(origin, &nim, period, &course, letter),
            Row::Plan { nim, key, state } => self.plan(origin, nim, key.filter(|_| sound), state),
        }
    }

    pub(super) fn fault(&mut self, fault: RowFault) {
        if self.wrong.insert(fault.origin.clone()) {
            self.tally.wrong += 1;
        }
        if self.told < FAULTS_TOLD {
            self.told += 1;
            self.faults.push(fault);
        }
    }

    /// Says what somebody should look at; the row is applied all the same.
    pub(super) fn warn(&mut self, warning: RowFault) {
        self.tally.warnings += 1;
        if self.tally.warnings <= FAULTS_TOLD as u64 {
            self.faults.push(RowFault { warning: true, ..warning });
        }
    }

    pub(super) fn count(&mut self, effect: Effect) {
        match effect {
            Effect::Creates => self.tally.created += 1,
            Effect::Changes => self.tally.changed += 1,
            Effect::Nothing => self.tally.unchanged += 1,
        }
    }

    /// Rows of one thing are replaced together, and all of them were known: others are gone from the file. One of those that
    /// stayed counts as changed, so that a changed thing never goes by as unchanged.
    pub(super) fn count_gone(&mut self) {
        self.tally.unchanged -= 1;
        self.tally.changed += 1;
    }

    /// Remembers the key of a row; false, with a fault, when an earlier row has it.
    pub(super) fn first(&mut self, origin: &Origin, key: Key) -> bool {
        let Some(earlier) = self.seen.get(&key) else {
            self.seen.insert(key, origin.clone());
            return true;
        };
        let fault = RowFault::new(origin, "", reasons::DUPLICATE_ROW);
        let fault = fault.fact("file", &earlier.file).fact("line", earlier.line);
        self.fault(fault);
        false
    }
}
