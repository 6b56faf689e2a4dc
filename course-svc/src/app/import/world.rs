//! The campus as an import finds it and as it would leave it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chassis::db::Tx;

use crate::app::import::row::{ClassKey, CourseKey, Origin};
use crate::error::Error;
use crate::model::{Class, Course, Period, Room};
use crate::rules::credits::Gpa;
use crate::rules::eligibility::Status;
use crate::rules::period::PeriodCode;
use crate::store::{campus, classes, courses, periods, plans, rooms};

/// Something that an import may make or change.
#[derive(Debug, Clone)]
pub(super) struct Tracked<T> {
    /// As it was found; `None` when the import makes it.
    pub(super) before: Option<T>,
    /// As it would be left.
    pub(super) now: T,
    /// The row that speaks of it.
    pub(super) origin: Option<Origin>,
}

impl<T: PartialEq + Clone> Tracked<T> {
    fn found(value: T) -> Self {
        Self { before: Some(value.clone()), now: value, origin: None }
    }

    pub(super) fn made(value: T, origin: &Origin) -> Self {
        Self { before: None, now: value, origin: Some(origin.clone()) }
    }

    pub(super) fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.now)
    }
}

/// What is known of a student.
#[derive(Debug, Clone)]
pub(super) struct Student {
    pub(super) id: String,
    pub(super) entry: Option<PeriodCode>,
    pub(super) exit_kind: Option<String>,
    pub(super) last_gpa: Option<Gpa>,
}

/// Keys that student-svc is about to learn.
#[derive(Debug, Default)]
pub(super) struct Announced {
    pub(super) faculties: HashSet<String>,
    pub(super) programmes: HashSet<String>,
    pub(super) lecturers: HashSet<String>,
    pub(super) students: HashSet<String>,
}

/// Student and period.
pub(super) type PlanKey = (String, PeriodCode);

/// The campus. Ids of things that do not exist yet are provisional: only an apply, which finds everything, keeps them.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) announced: Announced,
    pub(super) faculties: HashSet<String>,
    /// Ids by code.
    pub(super) programmes: HashMap<String, String>,
    /// Id and name by each of a lecturer's numbers.
    pub(super) lecturers: HashMap<String, (String, String)>,
    /// By NIM.
    pub(super) students: HashMap<String, Student>,
    pub(super) statuses: HashMap<PlanKey, Status>,
    pub(super) courses: HashMap<CourseKey, Tracked<Course>>,
    pub(super) rooms: HashMap<String, Tracked<Room>>,
    pub(super) periods: BTreeMap<PeriodCode, Tracked<Period>>,
    pub(super) classes: Vec<Tracked<Class>>,
    pub(super) class_by_key: HashMap<ClassKey, usize>,
    /// Classes of each plan, as positions in `classes`.
    pub(super) plans: HashMap<PlanKey, Vec<usize>>,
    /// Classes that the import puts into plans.
    pub(super) added: Vec<(PlanKey, usize)>,
}

impl World {
    /// Reads the campus, with the classes and plans of the periods that the import speaks of.
    pub(super) async fn load(tx: &mut Tx, named: &BTreeSet<PeriodCode>) -> Result<Self, Error> {
        let mut world = Self {
            faculties: campus::faculty_codes(&mut *tx).await?.into_iter().collect(),
            programmes: campus::programmes(&mut *tx).await?.into_iter().collect(),
            ..Self::default()
        };
        for lecturer in campus::all_lecturers(&mut *tx).await? {
            for number in lecturer.numbers() {
                world.lecturers.insert(number.to_owned(), (lecturer.id.clone(), lecturer.name.clone()));
            }
        }
        world.load_students(&mut *tx, named).await?;
        for course in courses::all(&mut *tx).await? {
            let key = CourseKey { programme: course.programme_code.clone(), code: course.code.clone() };
            world.courses.insert(key, Tracked::found(course));
        }
        for room in rooms::all(&mut *tx).await? {
            world.rooms.insert(room.code.clone(), Tracked::found(room));
        }
        let mut after = String::new();
        loop {
            let page = periods::page(&mut *tx, &after, 200).await?;
            let Some(last) = page.last() else { break };
            after = last.code.to_string();
            world.periods.extend(page.into_iter().map(|period| (period.code, Tracked::found(period))));
        }
        for period in named {
            world.load_period(&mut *tx, *period).await?;
        }
        Ok(world)
    }

    async fn load_students(&mut self, tx: &mut Tx, named: &BTreeSet<PeriodCode>) -> Result<(), Error> {
        for row in campus::students(&mut *tx).await? {
            let student = Student {
                id: row.student_id,
                entry: PeriodCode::parse(&row.entry_period),
                exit_kind: (!row.exit_kind.is_empty()).then_some(row.exit_kind),
                last_gpa: row.last_ips.and_then(|ips| u32::try_from(ips).ok()).and_then(Gpa::from_hundredths),
            };
            self.students.insert(row.nim, student);
        }
        for period in named {
            for (student, letter) in campus::statuses(&mut *tx, &period.to_string()).await? {
                if let Some(status) = Status::parse(&letter) {
                    self.statuses.insert((student, *period), status);
                }
            }
        }
        Ok(())
    }

    async fn load_period(&mut self, tx: &mut Tx, period: PeriodCode) -> Result<(), Error> {
        let mut by_id = HashMap::new();
        for class in classes::of_period(&mut *tx, period).await? {
            by_id.insert(class.id.clone(), self.classes.len());
            self.class_by_key.insert(key_of(&class), self.classes.len());
            self.classes.push(Tracked::found(class));
        }
        for (student, class) in plans::all_items(tx, period).await? {
            if let Some(n) = by_id.get(&class) {
                self.plans.entry((student, period)).or_default().push(*n);
            }
        }
        Ok(())
    }

    /// Id of a programme; provisional when it is only announced.
    pub(super) fn programme(&self, code: &str) -> Option<String> {
        let announced = || self.announced.programmes.contains(code).then(|| provisional(code));
        self.programmes.get(code).cloned().or_else(announced)
    }

    /// Whether a faculty is known or announced.
    pub(super) fn has_faculty(&self, code: &str) -> bool {
        self.faculties.contains(code) || self.announced.faculties.contains(code)
    }

    /// Id and name of a lecturer; provisional when only announced.
    pub(super) fn lecturer(&self, number: &str) -> Option<(String, String)> {
        let announced = || self.announced.lecturers.contains(number).then(|| (provisional(number), number.to_owned()));
        self.lecturers.get(number).cloned().or_else(announced)
    }

    /// A student; nothing but the NIM is known of one who is only announced.
    pub(super) fn student(&self, nim: &str) -> Option<Student> {
        let unknown = || Student { id: provisional(nim), entry: None, exit_kind: None, last_gpa: None };
        let announced = || self.announced.students.contains(nim).then(unknown);
        self.students.get(nim).cloned().or_else(announced)
    }
}

/// Stands for an id that student-svc has not given yet.
fn provisional(key: &str) -> String {
    format!("announced {key}")
}

/// Natural key of a class.
pub(super) fn key_of(class: &Class) -> ClassKey {
    let course = CourseKey { programme: class.course.programme_code.clone(), code: class.course.code.clone() };
    ClassKey { period: class.period, course, name: class.name.clone() }
}
