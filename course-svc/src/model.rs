//! The nouns of this service as its code passes them around: neither rows nor messages.

use std::collections::HashMap;

use crate::rules::allocation::AllocationState;
pub use crate::rules::curriculum::RequirementKind;
use crate::rules::exam::Exam;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan::ClassFacts;
use crate::rules::policy::book::Reach;
use crate::rules::prerequisite::Group;
use crate::rules::registration::Registration;
use crate::rules::schedule::Meeting;
use crate::rules::seats::Seats;
use crate::rules::window::Window;

/// SKS of a course, in its parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Credits {
    /// In class (tatap muka).
    pub lecture: u32,
    /// Practice.
    pub practice: u32,
    /// Field work.
    pub field: u32,
    /// Simulation.
    pub simulation: u32,
}

impl Credits {
    /// The sum, which is what a student is charged with: theory and practice of one course are counted once.
    pub fn total(self) -> u32 {
        self.lecture.saturating_add(self.practice).saturating_add(self.field).saturating_add(self.simulation)
    }
}

/// A catalogue course (mata kuliah).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// UUIDv7.
    pub id: String,
    /// Study programme that owns it.
    pub programme_id: String,
    /// The programme's code, for display; empty while student-svc has not said it.
    pub programme_code: String,
    /// Natural key within the programme.
    pub code: String,
    /// Name.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// SKS.
    pub credits: Credits,
    /// How it counts.
    pub requirement: RequirementKind,
    /// Semester of the curriculum, 1 to 8; 0 for none.
    pub semester: u32,
    /// From 1.
    pub version: i64,
}

/// A course in a curriculum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurriculumCourse {
    /// Which.
    pub course_id: String,
    /// Semester, 1 to 14; 0 for none.
    pub semester: u32,
    /// How it counts.
    pub requirement: RequirementKind,
    /// Its code, for display.
    pub code: String,
    /// Its name, for display.
    pub name: String,
    /// Its SKS, for display.
    pub credits: u32,
}

/// A curriculum of a study programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curriculum {
    /// UUIDv7.
    pub id: String,
    /// Study programme.
    pub programme_id: String,
    /// The programme's code, for display; empty while student-svc has not said it.
    pub programme_code: String,
    /// Natural key within the programme.
    pub name: String,
    /// First period.
    pub start: PeriodCode,
    /// SKS to graduate with.
    pub credits_required: u32,
    /// Of them compulsory.
    pub credits_compulsory: u32,
    /// Of them elective.
    pub credits_elective: u32,
    /// By semester and code; empty in lists.
    pub courses: Vec<CurriculumCourse>,
    /// From 1.
    pub version: i64,
}

/// What a course asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prerequisites {
    /// Which course.
    pub course_id: String,
    /// Groups.
    pub groups: Vec<Group>,
    /// From 0, for a course that never asked for anything.
    pub version: i64,
    /// Code and name of the courses that are asked for, by id, for display.
    pub names: HashMap<String, (String, String)>,
}

/// Courses that count as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivalents {
    /// Which course.
    pub course_id: String,
    /// The others, by code.
    pub courses: Vec<Course>,
    /// From 0, for a course that never had any.
    pub version: i64,
}

/// An academic period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Code, the id.
    pub code: PeriodCode,
    /// How far it is.
    pub state: PeriodState,
    /// Windows, in the order in which they were written.
    pub windows: Vec<Window>,
    /// How registration runs in it, as it is set: 0 for the university's default.
    pub registration: Registration,
    /// How far its allocation is, where seats are given by one.
    pub allocation: AllocationState,
    /// From 1.
    pub version: i64,
}

/// A policy document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// UUIDv7.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// For whom.
    pub reach: Reach,
    /// First period.
    pub from: PeriodCode,
    /// Last period; `None` for no end.
    pub until: Option<PeriodCode>,
    /// The document, a JSON object.
    pub body: String,
    /// From 1.
    pub version: i64,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// UUIDv7.
    pub id: String,
    /// Natural key.
    pub code: String,
    /// May be empty.
    pub name: String,
    /// Seats; 0 for unlimited (online).
    pub capacity: u32,
    /// From 1.
    pub version: i64,
}

/// A lecturer of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassLecturer {
    /// Who.
    pub lecturer_id: String,
    /// Name, for display.
    pub name: String,
    /// Leads the class.
    pub lead: bool,
}

/// A section of a course in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// UUIDv7.
    pub id: String,
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course: Course,
    /// At most 5 characters.
    pub name: String,
    /// Seats at the moment of reading.
    pub seats: Seats,
    /// Rises with every change of the seats taken.
    pub seat_version: i64,
    /// Meetings.
    pub meetings: Vec<Meeting>,
    /// Exams, earliest first.
    pub exams: Vec<Exam>,
    /// Lecturers, the leading one first.
    pub lecturers: Vec<ClassLecturer>,
    /// Whether it takes students.
    pub open: bool,
    /// Version of the offering, from 1. Seats taken do not change it.
    pub version: i64,
}

impl Class {
    /// How people call it: `Basis Data A`.
    pub fn label(&self) -> String {
        format!("{} {}", self.course.name, self.name)
    }

    /// What the rules of a plan look at.
    pub fn facts(&self) -> ClassFacts {
        ClassFacts {
            class_id: self.id.clone(),
            course_id: self.course.id.clone(),
            code: self.course.code.clone(),
            requirement: self.course.requirement,
            label: self.label(),
            credits: self.course.credits.total(),
            meetings: self.meetings.clone(),
            exams: self.exams.clone(),
            open: self.open,
        }
    }
}
