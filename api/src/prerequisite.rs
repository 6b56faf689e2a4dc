//! What a course asks for, and which courses count as one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

words! {
    /// What a condition of a prerequisite asks.
    ConditionKind {
        /// The course, or an equivalent, was passed: with at least `min_points_hundredths`.
        Passed = "passed",
        /// The course, or an equivalent, was taken before: a grade of any height.
        Taken = "taken",
        /// The course is in the same plan, or was taken before.
        Concurrent = "concurrent",
        /// At least `credits` SKS were passed.
        Credits = "credits",
        /// The IPK is at least `gpa_hundredths`.
        Gpa = "gpa",
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Condition {
    /// What it asks.
    pub kind: ConditionKind,
    /// Which course; `null` for SKS and IPK.
    pub course_id: Option<String>,
    /// Code of the course, for display.
    #[schema(example = "IF101")]
    pub course_code: Option<String>,
    /// Name of the course, for display.
    #[schema(example = "Dasar Pemrograman")]
    pub course_name: Option<String>,
    /// Grade points in hundredths that the course was passed with at least; 0 for any pass mark. Only for `passed`.
    #[schema(minimum = 0, maximum = 400, example = 200)]
    pub min_points_hundredths: u32,
    /// The letter that people know for those points.
    #[schema(max_length = 3, example = "C")]
    pub min_letter: Option<String>,
    /// SKS passed at least; 0 unless the kind is `credits`.
    pub credits: u32,
    /// IPK in hundredths at least; 0 unless the kind is `gpa`.
    pub gpa_hundredths: u32,
}

/// Conditions of which one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConditionGroup {
    /// At least one.
    pub any_of: Vec<Condition>,
}

/// What a course asks for: every group must be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prerequisites {
    /// Course.
    pub course_id: String,
    /// Groups; none when the course asks for nothing.
    pub all_of: Vec<ConditionGroup>,
    /// Version, from 0 for a course that never asked for anything.
    #[schema(minimum = 0)]
    pub version: i64,
}

/// One condition as an admin writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionInput {
    /// What it asks.
    pub kind: ConditionKind,
    /// Which course: required for `passed`, `taken` and `concurrent`.
    #[serde(default)]
    #[schema(max_length = 36)]
    pub course_id: Option<String>,
    /// Grade points in hundredths, for `passed`; 0 for any pass mark.
    #[serde(default)]
    #[schema(maximum = 400, example = 200)]
    pub min_points_hundredths: u32,
    /// The letter that people know for those points.
    #[serde(default)]
    #[schema(max_length = 3, example = "C")]
    pub min_letter: Option<String>,
    /// SKS passed at least, for `credits`.
    #[serde(default)]
    #[schema(maximum = 400)]
    pub credits: u32,
    /// IPK in hundredths at least, for `gpa`.
    #[serde(default)]
    #[schema(maximum = 400)]
    pub gpa_hundredths: u32,
}

/// Conditions of which one is enough, as an admin writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionGroupInput {
    /// At least one.
    #[schema(min_items = 1, max_items = 20)]
    pub any_of: Vec<ConditionInput>,
}

/// What a course asks for from now on: the whole new state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrerequisitesInput {
    /// Groups, every one of which must be met; none when the course asks for nothing.
    #[schema(max_items = 20)]
    pub all_of: Vec<ConditionGroupInput>,
}

impl From<Prerequisites> for PrerequisitesInput {
    /// What to send back unchanged.
    fn from(prerequisites: Prerequisites) -> Self {
        let groups = prerequisites
            .all_of
            .into_iter()
            .map(|group| ConditionGroupInput { any_of: group.any_of.into_iter().map(ConditionInput::from).collect() });
        Self { all_of: groups.collect() }
    }
}

impl From<Condition> for ConditionInput {
    /// What to send back unchanged.
    fn from(condition: Condition) -> Self {
        Self {
            kind: condition.kind,
            course_id: condition.course_id,
            min_points_hundredths: condition.min_points_hundredths,
            min_letter: condition.min_letter,
            credits: condition.credits,
            gpa_hundredths: condition.gpa_hundredths,
        }
    }
}

/// A course whose result counts as that of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EquivalentCourse {
    /// Course.
    pub course_id: String,
    /// Its code, for display.
    #[schema(example = "SI201")]
    pub code: String,
    /// Its name, for display.
    #[schema(example = "Struktur Data dan Algoritma")]
    pub name: String,
    /// Its SKS, for display.
    #[schema(example = 4)]
    pub credits: u32,
}

/// Courses whose result counts as this one's, across programmes and curricula. Equivalence holds in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Equivalents {
    /// Course.
    pub course_id: String,
    /// The others, by code.
    pub courses: Vec<EquivalentCourse>,
    /// Version, from 0.
    #[schema(minimum = 0)]
    pub version: i64,
}

/// What counts as a course from now on: the whole new state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EquivalentsInput {
    /// Ids of the other courses, none of them twice.
    #[schema(max_items = 50)]
    pub course_ids: Vec<String>,
}
