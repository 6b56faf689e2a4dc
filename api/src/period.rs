//! Academic periods and their windows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

words! {
    /// How far a period is.
    PeriodState {
        /// Not begun; not shown to students.
        Planned = "planned",
        /// Running; what may be done is said by the windows.
        Active = "active",
        /// Over.
        Closed = "closed",
        /// Over and reported to PDDikti.
        Reported = "reported",
    }
}

words! {
    /// What a window opens.
    WindowKind {
        /// Admins prepare classes.
        Offering = "offering",
        /// Students fill the KRS.
        Krs = "krs",
        /// Advisors approve.
        KrsApproval = "krs_approval",
        /// Students revise (PRS).
        Revision = "revision",
        /// Lecturers enter grades.
        GradeEntry = "grade_entry",
    }
}

words! {
    /// For whom a window is open.
    WindowScope {
        /// The whole university.
        University = "university",
        /// One faculty: `scope_key` is its code.
        Faculty = "faculty",
        /// One study programme: `scope_key` is its code.
        Programme = "programme",
        /// One cohort: `scope_key` is the year of entry.
        Cohort = "cohort",
    }
}

/// A dated window. Windows may overlap; a deed is allowed while any window of its kind is open for the student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// What it opens.
    pub kind: WindowKind,
    /// For whom.
    pub scope: WindowScope,
    /// Code of the faculty or programme, or the cohort year; `null` for the whole university.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub scope_key: Option<String>,
    /// First moment.
    pub opens_at: Timestamp,
    /// First moment after it.
    pub closes_at: Timestamp,
}

/// An academic period (semester).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    /// Start year and term: 1 Ganjil, 2 Genap, 3 Antara. The natural key and the id.
    #[schema(example = "20261")]
    pub code: String,
    /// How far it is.
    pub state: PeriodState,
    /// Windows.
    pub windows: Vec<Window>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A new period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPeriod {
    /// Start year and term.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20262")]
    pub code: String,
    /// How far it is.
    pub state: PeriodState,
    /// Windows.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub windows: Vec<Window>,
}

/// The whole new state of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodInput {
    /// How far it is.
    pub state: PeriodState,
    /// Windows: these replace those there were.
    #[schema(max_items = 200)]
    pub windows: Vec<Window>,
}
