//! Judging an import: row by row against what the rows before it leave.

mod grades;
mod scales;
mod sheets;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::DefaultComponent;
use crate::app::import::row::{ClassKey, CourseKey, Origin, Parsed, Row, RowFault, ScaleKey};
use crate::app::import::world::{Class, Course, GradeKey, Part, Student, World};
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::scale::Step;
use crate::rules::sheet::Component;

/// Faults that are told one by one, and as many warnings; the rest are only counted.
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
pub(super) struct Judge<'p> {
    pub(super) world: World,
    /// Components of a class of which nothing else is known.
    pub(super) defaults: &'p [DefaultComponent],
    /// Faults and warnings, at most [`FAULTS_TOLD`] of each.
    pub(super) faults: Vec<RowFault>,
    pub(super) tally: Tally,
    /// How many faults and how many warnings were told.
    told: [usize; 2],
    wrong: HashSet<Origin>,
    /// First row of every key.
    seen: HashMap<Key, Origin>,
    /// Keys whose rows could not be read: references to them are no fault of their own.
    broken: HashSet<Broken>,
    steps: BTreeMap<ScaleKey, Vec<(Origin, Step)>>,
    parts: BTreeMap<Class, Vec<(Origin, Component)>>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Scale(ScaleKey),
    Step(ScaleKey, String),
    Component(Class, String),
    Score(Student, Part),
    Grade(GradeKey),
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Broken {
    Scale(ScaleKey),
    Components(Class),
}

/// What a row does to what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Creates,
    Changes,
    Nothing,
}

impl Effect {
    fn of<T: PartialEq>(before: Option<&T>, now: &T) -> Self {
        match before {
            None => Self::Creates,
            Some(before) if before == now => Self::Nothing,
            Some(_) => Self::Changes,
        }
    }
}

impl<'p> Judge<'p> {
    pub(super) fn new(world: World, defaults: &'p [DefaultComponent]) -> Self {
        Self {
            world,
            defaults,
            faults: Vec::new(),
            tally: Tally::default(),
            told: [0, 0],
            wrong: HashSet::new(),
            seen: HashMap::new(),
            broken: HashSet::new(),
            steps: BTreeMap::new(),
            parts: BTreeMap::new(),
        }
    }

    /// Judges one row. Rows come in the order of their phases.
    pub(super) fn row(&mut self, parsed: Parsed) {
        let Parsed { origin, row, faults } = parsed;
        let sound = faults.is_empty();
        faults.into_iter().for_each(|fault| self.fault(fault));
        match row {
            Row::Empty if sound => self.fault(RowFault::new(&origin, "", reasons::ROW_EMPTY)),
            Row::Empty => {}
            Row::Scale { key, body } => self.scale(&origin, key, body.filter(|_| sound)),
            Row::ScaleStep { key, step } => self.scale_step(&origin, key, step.filter(|_| sound)),
            Row::Component { key, body } => self.component(&origin, key, body.filter(|_| sound)),
            Row::Score { nim, key, component, score } => {
                self.score(&origin, &nim, key, &component, score.filter(|_| sound));
            }
            Row::Grade { nim, period, course, body } => {
                self.grade(&origin, &nim, period, &course, body.filter(|_| sound));
            }
        }
    }

    fn fault(&mut self, fault: RowFault) {
        if fault.warning {
            self.tally.warnings += 1;
        } else if self.wrong.insert(fault.origin.clone()) {
            self.tally.wrong += 1;
        }
        let told = &mut self.told[usize::from(fault.warning)];
        if *told < FAULTS_TOLD {
            *told += 1;
            self.faults.push(fault);
        }
    }

    fn count(&mut self, effect: Effect) {
        match effect {
            Effect::Creates => self.tally.created += 1,
            Effect::Changes => self.tally.changed += 1,
            Effect::Nothing => self.tally.unchanged += 1,
        }
    }

    /// Counts the rows of things that are replaced together. When something falls away that no row names, a row that would
    /// change nothing stands for it: an import that changes anything never says that it changed nothing.
    fn count_together(&mut self, mut effects: Vec<Effect>, falls_away: bool) {
        if falls_away
            && effects.iter().all(|effect| *effect == Effect::Nothing)
            && let Some(first) = effects.first_mut()
        {
            *first = Effect::Changes;
        }
        effects.into_iter().for_each(|effect| self.count(effect));
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

    /// The student that a row refers to; a fault when there is none.
    fn student(&mut self, origin: &Origin, nim: &str) -> Option<Student> {
        let student = self.world.students.get(nim).copied();
        if student.is_none() && !nim.is_empty() {
            self.fault(RowFault::new(origin, "nim", reasons::UNKNOWN_STUDENT).fact("student", nim));
        }
        student
    }

    /// Whether a row may speak of a period; a fault when there is none.
    fn has_period(&mut self, origin: &Origin, column: &'static str, period: PeriodCode) -> bool {
        let known = self.world.periods.contains(&period);
        if !known {
            self.fault(RowFault::new(origin, column, reasons::UNKNOWN_PERIOD).fact("period", period));
        }
        known
    }

    /// The course that a row refers to; a fault when there is none.
    fn course(&mut self, origin: &Origin, key: &CourseKey) -> Option<Course> {
        let course = self.world.course_by_key.get(key).copied();
        if course.is_none() {
            let fault = match self.world.programmes.contains_key(&key.programme) {
                true => RowFault::new(origin, "course", reasons::UNKNOWN_COURSE)
                    .fact("course", &key.code)
                    .fact("programme", &key.programme),
                false => {
                    RowFault::new(origin, "programme", reasons::UNKNOWN_PROGRAMME).fact("programme", &key.programme)
                }
            };
            self.fault(fault);
        }
        course
    }

    /// The class that a row refers to; a fault when there is none.
    fn class(&mut self, origin: &Origin, key: &ClassKey) -> Option<Class> {
        let class = self.world.class_by_key.get(key).copied();
        if class.is_none()
            && self.has_period(origin, "period", key.period)
            && self.course(origin, &key.course).is_some()
        {
            let fault = RowFault::new(origin, "class", reasons::UNKNOWN_CLASS);
            self.fault(fault.fact("class", key.label()).fact("period", key.period));
        }
        class
    }

    /// Whether a student is on the roster of a class; a fault when not.
    fn is_on_roster(&mut self, origin: &Origin, class: Class, student: Student) -> bool {
        let on_roster = self.world.classes[class].roster.contains(&student);
        if !on_roster {
            let fault = RowFault::new(origin, "nim", reasons::NOT_ON_ROSTER);
            let label = self.world.classes[class].key.label();
            self.fault(fault.fact("class", label));
        }
        on_roster
    }
}
