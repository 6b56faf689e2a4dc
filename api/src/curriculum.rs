//! Curricula of study programmes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::RequirementKind;

/// A course in a curriculum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CurriculumCourse {
    /// Course.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub course_id: String,
    /// Its code, for display.
    #[schema(example = "IF201")]
    pub code: String,
    /// Its name, for display.
    #[schema(example = "Struktur Data")]
    pub name: String,
    /// Its SKS, for display.
    #[schema(example = 4)]
    pub credits: u32,
    /// Semester; `null` for an elective that no semester is set for.
    #[schema(minimum = 1, maximum = 14, example = 3)]
    pub semester: Option<u32>,
    /// How it counts in this curriculum.
    pub requirement_kind: RequirementKind,
}

/// A curriculum. A student follows the latest one that started no later than they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Curriculum {
    /// Opaque id.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub id: String,
    /// Study programme.
    pub programme_id: String,
    /// Code of the study programme, for display.
    #[schema(example = "IF-S1")]
    pub programme_code: Option<String>,
    /// Name, unique within the programme.
    #[schema(example = "Kurikulum 2024")]
    pub name: String,
    /// First period.
    #[schema(example = "20241")]
    pub start_period: String,
    /// SKS to graduate with.
    #[schema(example = 144)]
    pub credits_required: u32,
    /// Of them compulsory.
    #[schema(example = 120)]
    pub credits_compulsory: u32,
    /// Of them elective.
    #[schema(example = 24)]
    pub credits_elective: u32,
    /// Courses, by semester and code. Left empty in a list: read the one curriculum.
    pub courses: Vec<CurriculumCourse>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A course of a curriculum as an admin writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CurriculumCourseInput {
    /// Course.
    #[schema(min_length = 1, max_length = 36)]
    pub course_id: String,
    /// Semester.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 14, example = 3)]
    pub semester: Option<u32>,
    /// How it counts in this curriculum.
    pub requirement_kind: RequirementKind,
}

/// A curriculum as an admin writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CurriculumInput {
    /// Study programme. Cannot change.
    #[schema(min_length = 1, max_length = 36)]
    pub programme_id: String,
    /// Name, unique within the programme.
    #[schema(min_length = 1, max_length = 60, example = "Kurikulum 2024")]
    pub name: String,
    /// First period.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20241")]
    pub start_period: String,
    /// SKS to graduate with.
    #[schema(maximum = 400, example = 144)]
    pub credits_required: u32,
    /// Of them compulsory.
    #[schema(maximum = 400, example = 120)]
    pub credits_compulsory: u32,
    /// Of them elective.
    #[schema(maximum = 400, example = 24)]
    pub credits_elective: u32,
    /// Courses, none of them twice: these replace those there were.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub courses: Vec<CurriculumCourseInput>,
}

impl From<Curriculum> for CurriculumInput {
    /// What to send back unchanged.
    fn from(curriculum: Curriculum) -> Self {
        let courses = curriculum.courses.into_iter().map(|course| CurriculumCourseInput {
            course_id: course.course_id,
            semester: course.semester,
            requirement_kind: course.requirement_kind,
        });
        Self {
            programme_id: curriculum.programme_id,
            name: curriculum.name,
            start_period: curriculum.start_period,
            credits_required: curriculum.credits_required,
            credits_compulsory: curriculum.credits_compulsory,
            credits_elective: curriculum.credits_elective,
            courses: courses.collect(),
        }
    }
}

/// Which curricula.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CurriculumQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
}
