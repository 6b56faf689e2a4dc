//! The catalogue of courses.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

words! {
    /// How a course counts in a curriculum (PDDikti `id_jenis_mata_kuliah`).
    RequirementKind {
        /// Wajib.
        Compulsory = "compulsory",
        /// Pilihan.
        Elective = "elective",
        /// National compulsory course (MKWU).
        National = "national",
        /// Tugas akhir.
        Thesis = "thesis",
    }
}

/// A course (mata kuliah).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Course {
    /// Opaque id.
    pub id: String,
    /// Natural key, unique within the programme.
    #[schema(max_length = 20, example = "IF201")]
    pub code: String,
    /// Name.
    #[schema(max_length = 200, example = "Struktur Data")]
    pub name: String,
    /// English name.
    #[schema(example = "Data Structures")]
    pub name_en: Option<String>,
    /// SKS in all: the sum of the four parts.
    #[schema(minimum = 1, maximum = 24, example = 4)]
    pub credits: u32,
    /// SKS in class (tatap muka).
    #[schema(example = 3)]
    pub credits_lecture: u32,
    /// SKS of practice.
    #[schema(example = 1)]
    pub credits_practice: u32,
    /// SKS of field work.
    pub credits_field: u32,
    /// SKS of simulation.
    pub credits_simulation: u32,
    /// Study programme that owns it.
    pub programme_id: String,
    /// Code of the owning programme, for display.
    pub programme_code: Option<String>,
    /// How it counts.
    pub requirement_kind: RequirementKind,
    /// Semester in which the curriculum places it; `null` for none.
    #[schema(minimum = 1, maximum = 8, example = 3)]
    pub recommended_semester: Option<u32>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A course as an admin writes it: new, or the whole new state. Its SKS are the sum of the four parts, 1 to 24.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseInput {
    /// Natural key. Cannot change.
    #[schema(min_length = 1, max_length = 20, example = "IF201")]
    pub code: String,
    /// Name.
    #[schema(min_length = 1, max_length = 200, example = "Struktur Data")]
    pub name: String,
    /// English name.
    #[serde(default)]
    #[schema(max_length = 200, example = "Data Structures")]
    pub name_en: Option<String>,
    /// SKS in class (tatap muka).
    #[serde(default)]
    #[schema(maximum = 24, example = 3)]
    pub credits_lecture: u32,
    /// SKS of practice.
    #[serde(default)]
    #[schema(maximum = 24, example = 1)]
    pub credits_practice: u32,
    /// SKS of field work.
    #[serde(default)]
    #[schema(maximum = 24)]
    pub credits_field: u32,
    /// SKS of simulation.
    #[serde(default)]
    #[schema(maximum = 24)]
    pub credits_simulation: u32,
    /// Study programme that owns it. Cannot change.
    #[schema(min_length = 1, max_length = 36)]
    pub programme_id: String,
    /// How it counts.
    pub requirement_kind: RequirementKind,
    /// Semester in which the curriculum places it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 8, example = 3)]
    pub recommended_semester: Option<u32>,
}

/// Which courses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CourseQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Part of the name, or the beginning of a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 100)]
    pub search: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
}
