//! What this service talks about, between database and wire.

use chassis::db::Stamp;

use crate::rules::access::ClassOwner;
use crate::rules::period::PeriodCode;
use crate::rules::scale::{self, Points};
use crate::rules::score::Score;
use crate::rules::sheet::SheetState;
use crate::rules::window::Belongs;

/// A course, as the projection of course-svc has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Course {
    /// Id.
    pub course_id: String,
    /// Programme that owns it.
    pub programme_id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// SKS.
    #[sqlx(try_from = "i64")]
    pub credits: u32,
}

/// A lecturer of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teacher {
    /// Id.
    pub lecturer_id: String,
    /// Name; empty while it has not arrived.
    pub name: String,
    /// Leads the class.
    pub lead: bool,
}

/// A class with what else is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Id.
    pub id: String,
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course: Course,
    /// Name.
    pub name: String,
    /// Code of the programme that owns the course; empty while it has not arrived.
    pub programme_code: String,
    /// Code of its faculty; empty while it has not arrived.
    pub faculty_code: String,
    /// Lecturers, the leading one first.
    pub lecturers: Vec<Teacher>,
}

impl Class {
    /// What windows are compared with.
    pub fn belongs(&self) -> Belongs {
        let known = |code: &String| Some(code.clone()).filter(|code| !code.is_empty());
        Belongs { faculty: known(&self.faculty_code), programme: known(&self.programme_code) }
    }

    /// Asks a question about whom the class belongs to.
    pub fn owner<T>(&self, ask: impl FnOnce(ClassOwner<'_>) -> T) -> T {
        let lecturers: Vec<_> = self.lecturers.iter().map(|one| (one.lecturer_id.as_str(), one.lead)).collect();
        ask(ClassOwner { programme_id: &self.course.programme_id, lecturers: &lecturers })
    }
}

/// A sheet's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetHead {
    /// State.
    pub state: SheetState,
    /// Version of components and state; 0 while nothing was written.
    pub version: i64,
    /// When it was published.
    pub published_at: Option<Stamp>,
}

/// A scale with its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// Id; empty for one that is to be written.
    pub id: String,
    /// Programme.
    pub programme_id: String,
    /// Code of the programme; empty while it has not arrived.
    pub programme_code: String,
    /// First period that it holds for.
    pub start: PeriodCode,
    /// Letters, pass mark and repeats.
    pub rules: scale::Scale,
    /// Version, from 1.
    pub version: i64,
}

/// A published result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Whose.
    pub student_id: String,
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course_id: String,
    /// Class, if known.
    pub class_id: Option<String>,
    /// Letter.
    pub letter: String,
    /// What it is worth.
    pub points: Points,
    /// SKS.
    pub credits: u32,
    /// Final score, if known.
    pub score: Option<Score>,
    /// Passed.
    pub passed: bool,
}

impl Grade {
    /// As far as averages are concerned.
    pub fn attempt(&self) -> crate::rules::gpa::Attempt {
        crate::rules::gpa::Attempt {
            course_id: self.course_id.clone(),
            period: self.period,
            credits: self.credits,
            points: self.points,
            passed: self.passed,
        }
    }
}
