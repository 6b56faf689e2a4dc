//! Students.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

words! {
    /// Gender as PDDikti knows it.
    Gender {
        /// L.
        Male = "male",
        /// P.
        Female = "female",
    }
}

/// A student. Personal data is `null` in lists, and for those who may not see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Student {
    /// Opaque id.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub id: String,
    /// Student number.
    #[schema(max_length = 24, example = "202401001")]
    pub nim: String,
    /// Name.
    #[schema(max_length = 100, example = "Anindya Putri")]
    pub name: String,
    /// Study programme.
    pub programme_id: String,
    /// The study programme's name with level, for display.
    #[schema(example = "S1 Informatika")]
    pub programme_name: Option<String>,
    /// Period of entry; its year is the cohort (angkatan).
    #[schema(example = "20241")]
    pub entry_period: String,
    /// Advisor (dosen wali); `null` when none is assigned.
    pub advisor_id: Option<String>,
    /// The advisor's name, for display.
    pub advisor_name: Option<String>,
    /// Campus e-mail address.
    pub email: Option<String>,
    /// Telephone number. Personal data.
    pub phone: Option<String>,
    /// National id (NIK). Personal data.
    pub national_id: Option<String>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Place of birth. Personal data.
    pub birth_place: Option<String>,
    /// Date of birth, `YYYY-MM-DD`. Personal data.
    #[schema(format = Date, example = "2005-08-17")]
    pub birth_date: Option<String>,
    /// Mother's maiden name. Personal data.
    pub mother_name: Option<String>,
    /// How the student left (PDDikti `id_jenis_keluar`); `null` while enrolled.
    pub exit_kind: Option<String>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A student as the office writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudentInput {
    /// Student number. Cannot change.
    #[schema(min_length = 1, max_length = 24, example = "202401001")]
    pub nim: String,
    /// Name.
    #[schema(min_length = 1, max_length = 100, example = "Anindya Putri")]
    pub name: String,
    /// Study programme.
    #[schema(min_length = 1, max_length = 36)]
    pub programme_id: String,
    /// Period of entry.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20241")]
    pub entry_period: String,
    /// Advisor.
    #[serde(default)]
    #[schema(max_length = 36)]
    pub advisor_id: Option<String>,
    /// Campus e-mail address.
    #[serde(default)]
    #[schema(max_length = 60, example = "anindya@kampus.example")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub phone: Option<String>,
    /// National id (NIK), 16 digits.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 16, pattern = "^[0-9]{16}$")]
    pub national_id: Option<String>,
    /// Gender.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// Place of birth.
    #[serde(default)]
    #[schema(max_length = 32)]
    pub birth_place: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(format = Date, example = "2005-08-17")]
    pub birth_date: Option<String>,
    /// Mother's maiden name.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub mother_name: Option<String>,
    /// How the student left (PDDikti `id_jenis_keluar`); leave out while enrolled.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub exit_kind: Option<String>,
}

impl From<Student> for StudentInput {
    /// What to send back unchanged.
    fn from(student: Student) -> Self {
        Self {
            nim: student.nim,
            name: student.name,
            programme_id: student.programme_id,
            entry_period: student.entry_period,
            advisor_id: student.advisor_id,
            email: student.email,
            phone: student.phone,
            national_id: student.national_id,
            gender: student.gender,
            birth_place: student.birth_place,
            birth_date: student.birth_date,
            mother_name: student.mother_name,
            exit_kind: student.exit_kind,
        }
    }
}

words! {
    /// Order of a list of students.
    StudentOrder {
        /// By student number.
        Nim = "nim",
        /// By name.
        Name = "name",
    }
}

/// Which students.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StudentQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Part of the name, or the beginning of a student number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 100)]
    pub search: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
    /// Only of this cohort: the year of entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(min_length = 4, max_length = 4, example = "2024")]
    pub cohort: Option<String>,
    /// Only advisees of this lecturer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub advisor_id: Option<String>,
    /// Order; `nim` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub order: Option<StudentOrder>,
}
