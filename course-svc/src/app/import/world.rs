//! The campus as an import finds it and as it would leave it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chassis::db::Tx;

use crate::app::import::history::Past;
use crate::app::import::row::{ClassKey, CourseKey, CurriculumKey, Origin};
use crate::app::import::study::entry;
use crate::error::Error;
use crate::model::{Class, Course, Curriculum, Period, Room};
use crate::rules::eligibility::Status;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::PlanState;
use crate::rules::prerequisite::Group;
use crate::rules::seats::Bucket;
use crate::rules::window::Belongs;
use crate::store::{
    campus, classes, courses, curricula, equivalents, periods, plans, policies, prerequisites, records, rooms,
};

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
    /// Where they belong; the cohort alone stands in `entry`.
    pub(super) belongs: Belongs,
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
    /// Codes of the courses by id.
    codes: HashMap<String, String>,
    /// With courses in order of id, without what is only for display.
    pub(super) curricula: BTreeMap<CurriculumKey, Tracked<Curriculum>>,
    /// What courses ask for, by id.
    pub(super) asks: HashMap<String, Vec<Group>>,
    /// Courses for which that is another now.
    pub(super) asks_changed: BTreeSet<String>,
    /// Equivalent courses, the smaller id first.
    pub(super) pairs: BTreeSet<(String, String)>,
    /// Those of them that the import makes.
    pub(super) linked: Vec<(String, String)>,
    pub(super) rooms: HashMap<String, Tracked<Room>>,
    pub(super) periods: BTreeMap<PeriodCode, Tracked<Period>>,
    pub(super) classes: Vec<Tracked<Class>>,
    pub(super) class_by_key: HashMap<ClassKey, usize>,
    /// Classes of each plan, as positions in `classes`.
    pub(super) plans: HashMap<PlanKey, Vec<usize>>,
    /// Classes that the import puts into plans.
    pub(super) added: Vec<(PlanKey, usize, Bucket)>,
    /// Classes that plans only wished for, and in which the import takes seats because it moves the plans on.
    pub(super) claimed: Vec<(PlanKey, usize, Bucket)>,
    /// Periods that the import speaks of.
    pub(super) named: BTreeSet<PeriodCode>,
    /// States of plans as they were found.
    pub(super) found_states: HashMap<PlanKey, PlanState>,
    /// Plans that were approved before and are not now, as they were found.
    pub(super) revisions: HashSet<PlanKey>,
    /// Students and classes of their plans in which they have no seat.
    pub(super) wished: HashSet<(String, usize)>,
    /// States of plans as rows say them.
    pub(super) said_states: HashMap<PlanKey, Said>,
    /// Whether everything that grade-svc has to say was heard once.
    pub(super) results_heard: bool,
    /// Grade points in hundredths of a programme's letter.
    pub(super) points: HashMap<(String, String), u32>,
    /// What is stored of the students that rows speak of.
    pub(super) pasts: HashMap<String, Past>,
}

/// What rows say about the state of a plan.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// State.
    pub(super) state: PlanState,
    /// A row names it; else it follows from the period, and says nothing about a plan that is there.
    pub(super) named: bool,
    /// The first row.
    pub(super) origin: Origin,
}

/// How far a state is on the road of a plan: an import takes no plan back.
fn rank(state: PlanState) -> u32 {
    match state {
        PlanState::None => 0,
        PlanState::Draft | PlanState::Returned => 1,
        PlanState::Submitted => 2,
        PlanState::Approved | PlanState::Revising => 3,
        PlanState::Locked | PlanState::Void => 4,
    }
}

impl World {
    /// Reads the campus, with the classes and plans of the periods that the import speaks of.
    pub(super) async fn load(tx: &mut Tx, named: &BTreeSet<PeriodCode>) -> Result<Self, Error> {
        let mut world = Self {
            faculties: campus::faculty_codes(&mut *tx).await?.into_iter().collect(),
            programmes: campus::programmes(&mut *tx).await?.into_iter().collect(),
            results_heard: policies::ground(&mut *tx).await?.grade_heard,
            named: named.clone(),
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
        world.load_study(&mut *tx).await?;
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

    /// Curricula, prerequisites and equivalent courses.
    async fn load_study(&mut self, tx: &mut Tx) -> Result<(), Error> {
        for mut curriculum in curricula::all(&mut *tx).await? {
            let (programme, name) = (curriculum.programme_code.clone(), curriculum.name.clone());
            let courses = curriculum.courses.into_iter();
            let mut courses: Vec<_> = courses.map(|c| entry(c.course_id, c.semester, c.requirement)).collect();
            courses.sort_by(|a, b| a.course_id.cmp(&b.course_id));
            curriculum.courses = courses;
            self.curricula.insert(CurriculumKey { programme, name }, Tracked::found(curriculum));
        }
        self.asks = prerequisites::all(&mut *tx).await?;
        self.pairs = equivalents::pairs(tx).await?.into_iter().collect();
        Ok(())
    }

    /// After the courses: their codes by id.
    pub(super) fn index_courses(&mut self) {
        let courses = self.courses.values().map(|tracked| (tracked.now.id.clone(), tracked.now.code.clone()));
        self.codes = courses.collect();
    }

    /// Code of a course.
    pub(super) fn code_of(&self, id: &str) -> String {
        self.codes.get(id).cloned().unwrap_or_default()
    }

    /// Reads what is stored of those of the students, named by NIM, that were not read yet: as many statements
    /// however many they are.
    pub(super) async fn load_pasts<'a>(
        &mut self,
        tx: &mut Tx,
        nims: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        let ids: BTreeSet<_> =
            nims.filter_map(|nim| self.students.get(nim)).map(|student| student.id.clone()).collect();
        let ids: Vec<_> = ids.into_iter().filter(|id| !self.pasts.contains_key(id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut records = records::of_students(&mut *tx, &ids).await?;
        for item in plans::earlier_items(tx, &ids, PeriodCode::LAST).await? {
            let period = crate::store::period(&item.period_code)?;
            self.pasts.entry(item.student_id).or_default().taken.push((period, item.course_id));
        }
        for id in ids {
            let record = records.remove(&id);
            self.pasts.entry(id).or_default().record = record;
        }
        Ok(())
    }

    /// State of a plan as the import leaves it; `None` while nobody opened it.
    pub(super) fn state_of(&self, key: &PlanKey) -> Option<PlanState> {
        let found = self.found_states.get(key).copied();
        let Some(said) = self.said_states.get(key) else { return found };
        match found {
            None => Some(said.state),
            Some(found) if said.named && rank(said.state) > rank(found) => Some(said.state),
            Some(found) => Some(found),
        }
    }

    /// Whether the import hands a plan in, or moves it further: from then on it has seats and no wishes.
    pub(super) fn hands_in(&self, key: &PlanKey) -> bool {
        let state = self.state_of(key);
        let has_seats = matches!(state, Some(PlanState::Submitted | PlanState::Approved | PlanState::Locked));
        has_seats && state != self.found_states.get(key).copied()
    }

    /// Whether a plan is approved, or was before and has not been void since, as the import leaves it.
    pub(super) fn gives_places(&self, key: &PlanKey) -> bool {
        let state = self.state_of(key);
        state.is_some_and(PlanState::is_approved) || (self.revisions.contains(key) && state != Some(PlanState::Void))
    }

    async fn load_students(&mut self, tx: &mut Tx, named: &BTreeSet<PeriodCode>) -> Result<(), Error> {
        for row in campus::students(&mut *tx).await? {
            let entry = PeriodCode::parse(&row.entry_period);
            let (faculty, programme, cohort) = (row.faculty_code, row.programme_code, entry.map(PeriodCode::year));
            let student = Student {
                id: row.student_id,
                entry,
                belongs: Belongs { faculty, programme, cohort },
                exit_kind: (!row.exit_kind.is_empty()).then_some(row.exit_kind),
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
        for (student, stage) in plans::stages(&mut *tx, period).await? {
            if stage.is_revision() {
                self.revisions.insert((student.clone(), period));
            }
            self.found_states.insert((student, period), stage.state());
        }
        for (student, class, held) in plans::all_items(tx, period).await? {
            if let Some(n) = by_id.get(&class) {
                if !held {
                    self.wished.insert((student.clone(), *n));
                }
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
        let unknown = || Student { id: provisional(nim), entry: None, exit_kind: None, belongs: Belongs::default() };
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
