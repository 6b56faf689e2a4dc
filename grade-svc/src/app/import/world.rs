//! Scales, sheets and grades as an import finds them and as it would leave them.
//!
//! Students, courses, classes and components are numbers here: there are tens of thousands of rows and few of these.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chassis::db::Tx;

use crate::app::import::announced::Announced;
use crate::app::import::row::{ClassKey, CourseKey, Origin, ScaleKey};
use crate::error::Error;
use crate::model;
use crate::rules::period::PeriodCode;
use crate::rules::scale::Points;
use crate::rules::score::Score;
use crate::rules::sheet::{Component, SheetState};
use crate::store::{campus, classes, grades, import_world, periods, scales};

/// Something that an import may make or change.
#[derive(Debug, Clone)]
pub(super) struct Tracked<T> {
    /// As it was found; `None` when the import makes it.
    pub(super) before: Option<T>,
    /// As it would be left.
    pub(super) now: T,
}

impl<T: PartialEq + Clone> Tracked<T> {
    pub(super) fn found(value: T) -> Self {
        Self { before: Some(value.clone()), now: value }
    }

    pub(super) fn made(value: T) -> Self {
        Self { before: None, now: value }
    }

    pub(super) fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.now)
    }
}

/// Place of a student in [`World::student_ids`].
pub(super) type Student = usize;
/// Place of a course in [`World::courses`].
pub(super) type Course = usize;
/// Place of a class in [`World::classes`].
pub(super) type Class = usize;
/// Place of a component in [`World::components`].
pub(super) type Part = usize;

/// What is known of a course.
#[derive(Debug)]
pub(super) struct CourseFacts {
    pub(super) id: String,
    /// Code of the programme that owns it.
    pub(super) programme: String,
    /// SKS; 0 while the course is only announced.
    pub(super) credits: u32,
}

/// A class with its sheet.
#[derive(Debug)]
pub(super) struct ClassFacts {
    pub(super) id: String,
    pub(super) key: ClassKey,
    /// Course, if it has arrived or is announced.
    pub(super) course: Option<Course>,
    pub(super) state: Tracked<SheetState>,
    /// Components in their order; empty for a class that is only announced.
    pub(super) parts: Tracked<Vec<Component>>,
    /// The same as places in [`World::components`], after the component rows were judged.
    pub(super) places: Vec<Part>,
    /// Students on the roster.
    pub(super) roster: HashSet<Student>,
    /// The first row that publishes it.
    pub(super) published_by: Option<Origin>,
    /// It has not arrived.
    pub(super) announced: bool,
}

/// A grade, without whose and of what it is: a campus has many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grade {
    pub(super) class_id: Option<String>,
    pub(super) letter: String,
    pub(super) points: Points,
    pub(super) credits: u32,
    pub(super) score: Option<Score>,
    pub(super) passed: bool,
}

/// Student, course and period.
pub(super) type GradeKey = (Student, Course, PeriodCode);

/// Periods of which the rows speak.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// Of components and scores.
    pub(super) sheets: BTreeSet<PeriodCode>,
    /// Of grades.
    pub(super) grades: BTreeSet<PeriodCode>,
}

impl Named {
    /// Those of components and scores.
    fn sheets(&self) -> Vec<PeriodCode> {
        self.sheets.iter().copied().collect()
    }

    /// Those of grades.
    fn grades(&self) -> Vec<PeriodCode> {
        self.grades.iter().copied().collect()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<PeriodCode> {
        self.sheets.union(&self.grades).copied().collect()
    }
}

/// What an import is judged against. Ids of things that have not arrived are provisional: only an apply, which finds
/// everything, keeps them.
#[derive(Debug, Default)]
pub(super) struct World {
    /// Ids by code.
    pub(super) programmes: HashMap<String, String>,
    pub(super) periods: HashSet<PeriodCode>,
    /// By NIM.
    pub(super) students: HashMap<String, Student>,
    pub(super) student_ids: Vec<String>,
    pub(super) course_by_key: HashMap<CourseKey, Course>,
    pub(super) courses: Vec<CourseFacts>,
    pub(super) class_by_key: HashMap<ClassKey, Class>,
    pub(super) classes: Vec<ClassFacts>,
    /// Ids of components, and the class of each.
    pub(super) components: Vec<(String, Class)>,
    /// By code of the programme and start period.
    pub(super) scales: HashMap<String, BTreeMap<PeriodCode, Tracked<model::Scale>>>,
    pub(super) scores: HashMap<(Student, Part), Tracked<Score>>,
    /// Components that had scores of students on the roster before.
    pub(super) scored: HashSet<Part>,
    pub(super) grades: HashMap<GradeKey, Tracked<Grade>>,
}

impl World {
    /// Reads what there is, with the sheets and grades of the periods of which the import speaks. What is announced joins it.
    pub(super) async fn load(tx: &mut Tx, named: &Named, announced: &Announced) -> Result<Self, Error> {
        let mut world =
            Self { programmes: campus::programmes(&mut *tx).await?.into_iter().collect(), ..Self::default() };
        for code in &announced.programmes {
            world.programmes.entry(code.clone()).or_insert_with(|| provisional(code));
        }
        let mut student_by_id = HashMap::new();
        for (nim, id) in campus::students(&mut *tx).await? {
            student_by_id.insert(id.clone(), world.add_student(nim, id));
        }
        for nim in &announced.students {
            if !world.students.contains_key(nim) {
                world.add_student(nim.clone(), provisional(nim));
            }
        }
        world.load_periods(&mut *tx, announced).await?;
        let course_by_id = world.load_courses(&mut *tx, announced).await?;
        world.load_scales(&mut *tx).await?;
        let class_by_id = world.load_classes(&mut *tx, named, &course_by_id).await?;
        for (class, student) in import_world::places(&mut *tx, &named.all()).await? {
            let place = class_by_id.get(&class).copied().zip(student_by_id.get(&student).copied());
            if let Some((class, student)) = place {
                world.classes[class].roster.insert(student);
            }
        }
        world.load_components(&mut *tx, named, &class_by_id).await?;
        world.load_scores(&mut *tx, named, &student_by_id).await?;
        for row in grades::of_periods(tx, &named.grades()).await? {
            // Grades of students or courses that are not here any more are nobody's business here.
            let (student, course) = (student_by_id.get(&row.student_id), course_by_id.get(&row.course_id));
            if let Some((student, course)) = student.copied().zip(course.copied()) {
                let model::Grade { class_id, letter, points, credits, score, passed, period, .. } = row;
                let grade = Grade { class_id, letter, points, credits, score, passed };
                world.grades.insert((student, course, period), Tracked::found(grade));
            }
        }
        world.announce(announced);
        Ok(world)
    }

    fn add_student(&mut self, nim: String, id: String) -> Student {
        self.student_ids.push(id);
        self.students.insert(nim, self.student_ids.len() - 1);
        self.student_ids.len() - 1
    }

    fn add_course(&mut self, key: CourseKey, id: String, credits: u32) -> Course {
        self.courses.push(CourseFacts { id, programme: key.programme.clone(), credits });
        self.course_by_key.insert(key, self.courses.len() - 1);
        self.courses.len() - 1
    }

    async fn load_periods(&mut self, tx: &mut Tx, announced: &Announced) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let page = periods::codes(&mut *tx, &after, 200).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            self.periods.extend(page.iter().filter_map(|code| PeriodCode::parse(code)));
        }
        self.periods.extend(&announced.periods);
        Ok(())
    }

    async fn load_courses(&mut self, tx: &mut Tx, announced: &Announced) -> Result<HashMap<String, Course>, Error> {
        let codes: HashMap<_, _> = self.programmes.iter().map(|(code, id)| (id.clone(), code.clone())).collect();
        let mut by_id = HashMap::new();
        for course in classes::all_courses(&mut *tx).await? {
            // A course whose programme has not arrived cannot be named yet.
            let Some(programme) = codes.get(&course.programme_id).cloned() else { continue };
            let id = course.course_id.clone();
            let key = CourseKey { programme, code: course.code };
            by_id.insert(id, self.add_course(key, course.course_id, course.credits));
        }
        for key in &announced.courses {
            if !self.course_by_key.contains_key(key) {
                self.add_course(key.clone(), provisional(&key.code), 0);
            }
        }
        Ok(by_id)
    }

    async fn load_scales(&mut self, tx: &mut Tx) -> Result<(), Error> {
        for scale in scales::all(&mut *tx).await? {
            let starts = self.scales.entry(scale.programme_code.clone()).or_default();
            starts.insert(scale.start, Tracked::found(scale));
        }
        Ok(())
    }

    async fn load_classes(
        &mut self,
        tx: &mut Tx,
        named: &Named,
        course_by_id: &HashMap<String, Course>,
    ) -> Result<HashMap<String, Class>, Error> {
        let keys: HashMap<Course, CourseKey> =
            self.course_by_key.iter().map(|(key, course)| (*course, key.clone())).collect();
        let mut by_id = HashMap::new();
        for row in import_world::sheets(&mut *tx, &named.all()).await? {
            // A class whose course has not arrived cannot be named yet.
            let Some(course) = course_by_id.get(&row.course_id).copied() else { continue };
            let Some(key) = keys.get(&course).cloned() else { continue };
            let class = ClassFacts {
                id: row.class_id.clone(),
                key: ClassKey { period: row.period, course: key, name: row.name },
                course: Some(course),
                state: Tracked::found(row.state),
                parts: Tracked::found(Vec::new()),
                places: Vec::new(),
                roster: HashSet::new(),
                published_by: None,
                announced: false,
            };
            self.class_by_key.insert(class.key.clone(), self.classes.len());
            by_id.insert(row.class_id, self.classes.len());
            self.classes.push(class);
        }
        Ok(by_id)
    }

    async fn load_components(
        &mut self,
        tx: &mut Tx,
        named: &Named,
        class_by_id: &HashMap<String, Class>,
    ) -> Result<(), Error> {
        for (class_id, component) in import_world::components(tx, &named.sheets()).await? {
            let Some(class) = class_by_id.get(&class_id).copied() else { continue };
            self.classes[class].parts.now.push(component);
        }
        for n in 0..self.classes.len() {
            self.classes[n].parts.before = Some(self.classes[n].parts.now.clone());
            self.place_parts(n);
        }
        Ok(())
    }

    /// Numbers the components that a class has now; those that it had keep their numbers.
    pub(super) fn place_parts(&mut self, class: Class) {
        let facts = &mut self.classes[class];
        let places = std::mem::take(&mut facts.places);
        for part in &facts.parts.now {
            let known = places.iter().copied().find(|place| self.components[*place].0 == part.id);
            facts.places.push(known.unwrap_or(self.components.len()));
            if known.is_none() {
                self.components.push((part.id.clone(), class));
            }
        }
    }

    async fn load_scores(
        &mut self,
        tx: &mut Tx,
        named: &Named,
        student_by_id: &HashMap<String, Student>,
    ) -> Result<(), Error> {
        let places: HashMap<String, Part> =
            self.components.iter().enumerate().map(|(place, (id, _))| (id.clone(), place)).collect();
        for (student, component, score) in import_world::scores(tx, &named.sheets()).await? {
            let key = student_by_id.get(&student).copied().zip(places.get(&component).copied());
            if let Some(key) = key {
                let (student, part) = key;
                if self.classes[self.components[part].1].roster.contains(&student) {
                    self.scored.insert(part);
                }
                self.scores.insert(key, Tracked::found(score));
            }
        }
        Ok(())
    }

    /// Joins the announced places to the rosters, and the announced classes to the others.
    fn announce(&mut self, announced: &Announced) {
        for key in announced.classes() {
            if self.class_by_key.contains_key(key) {
                continue;
            }
            let class = ClassFacts {
                id: provisional(&key.label()),
                key: key.clone(),
                course: self.course_by_key.get(&key.course).copied(),
                state: Tracked::found(SheetState::Empty),
                parts: Tracked::found(Vec::new()),
                places: Vec::new(),
                roster: HashSet::new(),
                published_by: None,
                announced: true,
            };
            self.class_by_key.insert(key.clone(), self.classes.len());
            self.classes.push(class);
        }
        for class in &mut self.classes {
            class.roster.extend(announced.places(&class.key).filter_map(|nim| self.students.get(nim)));
        }
    }

    /// A grade as it would be left, as a row.
    pub(super) fn grade(&self, key: &GradeKey) -> Option<model::Grade> {
        let (student, course, period) = *key;
        let Grade { class_id, letter, points, credits, score, passed } = self.grades.get(key)?.now.clone();
        let (student_id, course_id) = (self.student_ids[student].clone(), self.courses[course].id.clone());
        Some(model::Grade { student_id, period, course_id, class_id, letter, points, credits, score, passed })
    }

    /// The scale that holds for a programme in a period.
    pub(super) fn scale(&self, programme: &str, period: PeriodCode) -> Option<(PeriodCode, &model::Scale)> {
        let (start, scale) = self.scales.get(programme)?.range(..=period).next_back()?;
        Some((*start, &scale.now))
    }

    /// A scale by its key.
    pub(super) fn scale_mut(&mut self, key: &ScaleKey) -> Option<&mut Tracked<model::Scale>> {
        self.scales.get_mut(&key.programme)?.get_mut(&key.start)
    }
}

/// Stands for an id that another service has not given yet.
fn provisional(key: &str) -> String {
    format!("announced {key}")
}
