//! Results of students: semesters, the result of one (KHS) and the transcript.
//!
//! IPS and IPK are sums of SKS times points over sums of SKS, in hundredths, cut after two decimals.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RepeatPolicy;

/// A period in sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Semester {
    /// Period.
    #[schema(example = "20251")]
    pub period_code: String,
    /// SKS taken, with published grades.
    #[schema(example = 20)]
    pub credits: u32,
    /// SKS passed.
    #[schema(example = 20)]
    pub credits_passed: u32,
    /// Sum of SKS times grade points in hundredths.
    #[schema(example = 6600)]
    pub weighted: u32,
    /// IPS in hundredths; `null` while no grade is published.
    #[schema(minimum = 0, maximum = 400, example = 330)]
    pub gpa_hundredths: Option<u32>,
    /// IPK up to and with this period, in hundredths; `null` while no grade is published.
    #[schema(minimum = 0, maximum = 400, example = 325)]
    pub cumulative_hundredths: Option<u32>,
    /// Courses whose grades are not published yet.
    #[schema(example = 0)]
    pub pending: u32,
}

/// One page of a student's semesters, with the sums over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Semesters {
    /// Semesters, latest first.
    pub items: Vec<Semester>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 1024)]
    pub next_cursor: Option<String>,
    /// IPK over everything, in hundredths; `null` while no grade is published.
    #[schema(minimum = 0, maximum = 400, example = 325)]
    pub cumulative_hundredths: Option<u32>,
    /// SKS passed over everything.
    #[schema(example = 82)]
    pub credits_passed: u32,
}

/// One course with its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CourseResult {
    /// Course.
    pub course_id: String,
    /// Code.
    #[schema(example = "IF201")]
    pub course_code: String,
    /// Name.
    #[schema(example = "Struktur Data")]
    pub course_name: String,
    /// English name.
    #[schema(example = "Data Structures")]
    pub course_name_en: Option<String>,
    /// SKS.
    #[schema(example = 4)]
    pub credits: u32,
    /// Name of the class; `null` when it is not known.
    #[schema(example = "A")]
    pub class_name: Option<String>,
    /// Period.
    #[schema(example = "20251")]
    pub period_code: String,
    /// Final score in hundredths; `null` when only the letter is known or nothing is published.
    #[schema(minimum = 0, maximum = 10000, example = 8225)]
    pub score_hundredths: Option<u32>,
    /// Letter; `null` while it is not published.
    #[schema(example = "AB")]
    pub letter: Option<String>,
    /// Grade points in hundredths; `null` without a letter.
    #[schema(minimum = 0, maximum = 400, example = 350)]
    pub points_hundredths: Option<u32>,
    /// SKS times points in hundredths; 0 without a letter.
    #[schema(example = 1400)]
    pub weighted: u32,
    /// Passed.
    pub passed: bool,
    /// Another attempt counts in its place: it stands in the KHS, not in the IPK.
    pub superseded: bool,
}

/// Who a document is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Student.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub name: Option<String>,
    /// Study programme with level.
    #[schema(example = "S1 Informatika")]
    pub programme_name: Option<String>,
    /// Name of the faculty.
    #[schema(example = "Fakultas Ilmu Komputer")]
    pub faculty_name: Option<String>,
    /// Period of entry.
    #[schema(example = "20241")]
    pub entry_period: Option<String>,
    /// Name of the advisor; `null` when none is assigned.
    pub advisor_name: Option<String>,
}

/// The result of one period (KHS).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SemesterResult {
    /// Who.
    pub person: Person,
    /// The sums.
    pub semester: Semester,
    /// Courses by code; those without a published grade have no letter.
    pub results: Vec<CourseResult>,
}

/// The transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transcript {
    /// Who.
    pub person: Person,
    /// Every published result, by period and code; superseded ones are marked.
    pub results: Vec<CourseResult>,
    /// SKS that count in the IPK.
    #[schema(example = 84)]
    pub credits: u32,
    /// SKS passed.
    #[schema(example = 82)]
    pub credits_passed: u32,
    /// Sum of SKS times points in hundredths over the counted results.
    #[schema(example = 27300)]
    pub weighted: u32,
    /// IPK in hundredths; `null` while no grade is published.
    #[schema(minimum = 0, maximum = 400, example = 325)]
    pub cumulative_hundredths: Option<u32>,
    /// How repeats count.
    pub repeat_policy: RepeatPolicy,
}
