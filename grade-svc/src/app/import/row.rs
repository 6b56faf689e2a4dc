//! Rows of import files, read and checked each by itself. References are natural keys that may name nothing.

use crate::rules::period::PeriodCode;
use crate::rules::scale::{Points, RepeatPolicy, Step};
use crate::rules::score::Score;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// File.
    pub file: String,
    /// Line there, from 1.
    pub line: u32,
}

/// What is wrong with a row, or what somebody should look at.
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
    /// Only a warning.
    pub warning: bool,
}

impl RowFault {
    /// A fault without facts.
    pub fn new(origin: &Origin, column: &'static str, reason: &'static str) -> Self {
        Self { origin: origin.clone(), column, reason, facts: Vec::new(), warning: false }
    }

    /// A warning without facts.
    pub fn warning(origin: &Origin, column: &'static str, reason: &'static str) -> Self {
        Self { warning: true, ..Self::new(origin, column, reason) }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.push((name, value.to_string()));
        self
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

/// Natural key of a scale.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScaleKey {
    /// Code of the programme.
    pub programme: String,
    /// First period.
    pub start: PeriodCode,
}

/// What a row of a grade says beside whose and of what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeBody {
    /// Name of the class; empty when it is not known.
    pub class: String,
    /// Letter.
    pub letter: String,
    /// Final score; `None` when the row says nothing of it.
    pub score: Option<Score>,
}

/// A row. What could not be read is `None`, and then the row has faults of its own; its key, where it could be read,
/// still answers the references of other rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the rows in grade.proto")]
pub enum Row {
    /// A scale.
    Scale { key: Option<ScaleKey>, body: Option<(Points, RepeatPolicy)> },
    /// A step of a scale.
    ScaleStep { key: Option<ScaleKey>, step: Option<Step> },
    /// A component of a class: its name and its weight.
    Component { key: Option<ClassKey>, body: Option<(String, u32)> },
    /// A score.
    Score { nim: String, key: Option<ClassKey>, component: String, score: Option<Score> },
    /// A published grade.
    Grade { nim: String, period: Option<PeriodCode>, course: CourseKey, body: Option<GradeBody> },
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

/// A key that another service is about to learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Code of a study programme.
    Programme(String),
    /// NIM of a student.
    Student(String),
    /// A course.
    Course(CourseKey),
    /// A period.
    Period(PeriodCode),
    /// A class.
    Class(ClassKey),
    /// A place on the roster of a class: the student's NIM.
    Place(ClassKey, String),
}

/// Order in which rows are judged, whatever order they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Scales, and rows that say nothing.
    Scales = 0,
    /// Steps of scales.
    Steps = 1,
    /// Components.
    Components = 2,
    /// Scores.
    Scores = 3,
    /// Grades.
    Grades = 4,
}

impl Phase {
    /// Every phase in order.
    pub const ALL: [Self; 5] = [Self::Scales, Self::Steps, Self::Components, Self::Scores, Self::Grades];
}
