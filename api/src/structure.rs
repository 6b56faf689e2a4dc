//! Faculties, study programmes and lecturers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

/// A faculty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Faculty {
    /// Opaque id.
    pub id: String,
    /// Natural key.
    #[schema(max_length = 10, example = "FIK")]
    pub code: String,
    /// Name.
    #[schema(example = "Fakultas Ilmu Komputer")]
    pub name: String,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

words! {
    /// Degree level of a study programme (jenjang).
    DegreeLevel {
        /// Diploma three.
        D3 = "d3",
        /// Applied bachelor.
        D4 = "d4",
        /// Bachelor.
        S1 = "s1",
        /// Master.
        S2 = "s2",
        /// Doctor.
        S3 = "s3",
        /// Professional programme.
        Profesi = "profesi",
    }
}

/// A study programme (prodi).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Programme {
    /// Opaque id.
    pub id: String,
    /// Natural key.
    #[schema(max_length = 10, example = "IF-S1")]
    pub code: String,
    /// Name without the level.
    #[schema(example = "Informatika")]
    pub name: String,
    /// Level.
    pub degree_level: DegreeLevel,
    /// Faculty that it belongs to.
    pub faculty_id: String,
    /// `id_prodi` at PDDikti; `null` while unmapped.
    pub pddikti_id: Option<String>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Which study programmes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ProgrammeQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Only of this faculty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub faculty_id: Option<String>,
}

/// A lecturer (dosen).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lecturer {
    /// Opaque id.
    pub id: String,
    /// Name with degrees, as printed.
    #[schema(example = "Dr. Rahmat Hidayat, M.Kom.")]
    pub name: String,
    /// National lecturer number.
    #[schema(example = "0412058801")]
    pub nidn: Option<String>,
    /// Special national lecturer number.
    pub nidk: Option<String>,
    /// NUPTK.
    pub nuptk: Option<String>,
    /// Home study programme.
    pub programme_id: Option<String>,
    /// Campus e-mail address.
    pub email: Option<String>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Which lecturers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LecturerQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Part of the name or of a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 100)]
    pub search: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
}
