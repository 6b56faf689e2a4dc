//! Rows of import files, read and checked each by itself. References are natural keys that may name nothing.

use crate::model::{Credits, RequirementKind};
use crate::rules::Refusal;
use crate::rules::credits::Gpa;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan_state::PlanState;
use crate::rules::schedule::Slot;
use crate::rules::window::Window;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// File.
    pub file: String,
    /// Line there, from 1.
    pub line: u32,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Where it stands.
    pub origin: Origin,
    /// Column heading; empty when the whole row is meant.
    pub column: &'static str,
    /// Reason word.
    pub reason: &'static str,
    /// Facts by name.
    pub facts: Vec<(&'static str, String)>,
    /// Only a warning: the row is applied all the same.
    pub warning: bool,
}

impl RowFault {
    /// A fault without facts.
    pub fn new(origin: &Origin, column: &'static str, reason: &'static str) -> Self {
        Self { origin: origin.clone(), column, reason, facts: Vec::new(), warning: false }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }

    /// A rule that refuses the whole row.
    pub fn refused(origin: &Origin, refusal: &Refusal) -> Self {
        let facts = refusal.facts().into_iter().collect();
        Self { origin: origin.clone(), column: "", reason: refusal.reason(), facts, warning: false }
    }
}

/// Natural key of a course.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CourseKey {
    /// Code of the programme that owns it.
    pub programme: String,
    /// Code.
    pub code: String,
}

/// Natural key of a class.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassKey {
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course: CourseKey,
    /// Name.
    pub name: String,
}

impl ClassKey {
    /// How people call it.
    pub fn label(&self) -> String {
        format!("{} {}", self.course.code, self.name)
    }
}

/// What a course row says beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseBody {
    /// Name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// SKS.
    pub credits: Credits,
    /// How it counts.
    pub requirement: RequirementKind,
    /// Semester; 0 for none.
    pub semester: u32,
}

/// Natural key of a curriculum.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CurriculumKey {
    /// Code of its programme.
    pub programme: String,
    /// Name.
    pub name: String,
}

/// What a curriculum row says beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurriculumBody {
    /// First period.
    pub start: PeriodCode,
    /// SKS to graduate with.
    pub required: u32,
    /// Of them compulsory.
    pub compulsory: u32,
    /// Of them elective.
    pub elective: u32,
}

/// A condition as a row names it: [`crate::rules::prerequisite::Condition`] with natural keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the fields are those of the condition")]
pub enum Wanted {
    /// Passed with grade points in hundredths.
    Passed { course: CourseKey, points: u32, letter: String },
    /// Taken.
    Taken { course: CourseKey },
    /// Taken, or in the same plan.
    Concurrent { course: CourseKey },
    /// SKS passed.
    Credits { at_least: u32 },
    /// IPK.
    Gpa { at_least: Gpa },
}

/// What a class row says beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassBody {
    /// Seats.
    pub capacity: u32,
    /// Numbers of the lecturers, the leading one first.
    pub lecturers: Vec<String>,
    /// Whether it takes students.
    pub open: bool,
}

/// A row. What could not be read is `None`, and then the row has faults of its own; its key, where it could be read,
/// still answers the references of other rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the rows in course.proto")]
pub enum Row {
    /// A faculty that student-svc is about to learn.
    Faculty(String),
    /// A study programme that student-svc is about to learn.
    Programme(String),
    /// A lecturer that student-svc is about to learn.
    Lecturer(String),
    /// A student that student-svc is about to learn.
    Student(String),
    /// A course.
    Course { key: CourseKey, body: Option<CourseBody> },
    /// A curriculum.
    Curriculum { key: CurriculumKey, body: Option<CurriculumBody> },
    /// A course of a curriculum: its semester and how it counts.
    CurriculumCourse { key: CurriculumKey, course: CourseKey, body: Option<(u32, RequirementKind)> },
    /// A condition of a course, in a group.
    Prerequisite { course: CourseKey, group: Option<u32>, wanted: Option<Wanted> },
    /// Two equivalent courses.
    Equivalent { one: CourseKey, other: CourseKey },
    /// A room: its name and its seats.
    Room { code: String, body: Option<(String, u32)> },
    /// A period.
    Period { code: Option<PeriodCode>, state: Option<PeriodState> },
    /// A window.
    Window { period: Option<PeriodCode>, window: Option<Window> },
    /// A class.
    Class { key: Option<ClassKey>, body: Option<ClassBody> },
    /// A meeting of a class; the room's code may be empty.
    Meeting { key: Option<ClassKey>, slot: Option<Slot>, room: String },
    /// What a letter is worth in a programme; grade points in hundredths.
    Grade { programme: String, letter: String, points: Option<u32> },
    /// A result that grade-svc is about to learn.
    Result { nim: String, period: Option<PeriodCode>, course: CourseKey, letter: String },
    /// A seat taken, and the state of the plan if the row says it.
    Plan { nim: String, key: Option<ClassKey>, state: Option<PlanState> },
    /// It says nothing.
    Empty,
}

/// A row with where it stands and what is wrong with it by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Where.
    pub origin: Origin,
    /// What.
    pub row: Row,
    /// What is wrong.
    pub faults: Vec<RowFault>,
}

impl Parsed {
    /// NIM of the student whose past decides about the row.
    pub fn nim(&self) -> Option<&str> {
        match &self.row {
            Row::Result { nim, .. } | Row::Plan { nim, .. } => Some(nim),
            _ => None,
        }
    }
}

/// Order in which rows are judged, whatever order they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Keys that student-svc is about to learn, and rows that say nothing.
    Announcements = 0,
    /// Courses.
    Courses = 1,
    /// Curricula.
    Curricula = 2,
    /// Courses of curricula.
    CurriculumCourses = 3,
    /// Prerequisites.
    Prerequisites = 4,
    /// Equivalent courses.
    Equivalents = 5,
    /// Rooms.
    Rooms = 6,
    /// Periods.
    Periods = 7,
    /// Windows.
    Windows = 8,
    /// Classes.
    Classes = 9,
    /// Meetings.
    Meetings = 10,
    /// What letters are worth.
    Grades = 11,
    /// Results that grade-svc is about to learn.
    Results = 12,
    /// Plans.
    Plans = 13,
}

impl Step {
    /// Every step in order.
    pub const ALL: [Self; 14] = [
        Self::Announcements,
        Self::Courses,
        Self::Curricula,
        Self::CurriculumCourses,
        Self::Prerequisites,
        Self::Equivalents,
        Self::Rooms,
        Self::Periods,
        Self::Windows,
        Self::Classes,
        Self::Meetings,
        Self::Grades,
        Self::Results,
        Self::Plans,
    ];
}
