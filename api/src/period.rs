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

words! {
    /// When a class in a plan holds a seat.
    SeatPolicy {
        /// From the moment it is put into the plan.
        AtAdd = "at_add",
        /// From the submission of the plan: all its seats together or none.
        AtSubmit = "at_submit",
        /// By an allocation over everybody's ranked wishes; afterwards as `at_add`.
        Allocation = "allocation",
    }
}

/// How registration runs in a period. In a number 0 is the university's default, where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// When a class holds a seat.
    pub seat_policy: SeatPolicy,
    /// Students admitted per second from an opening on; 0 for no waiting room.
    #[schema(maximum = 10_000, example = 50)]
    pub admission_rate: u32,
    /// Students admitted at once at the opening.
    #[schema(maximum = 100_000, example = 500)]
    pub admission_burst: u32,
    /// Minutes before an opening from which on those who are there take part in the draw of places.
    #[schema(maximum = 1440, example = 15)]
    pub presence_minutes: u32,
    /// Waiting lists that one student may be on at a time.
    #[schema(maximum = 50, example = 3)]
    pub waiting_limit: u32,
    /// Classes that one student may give back within `trading_hours` before it is recorded for the registrar.
    #[schema(maximum = 1000, example = 10)]
    pub trading_limit: u32,
    /// Hours over which they are counted.
    #[schema(maximum = 720, example = 24)]
    pub trading_hours: u32,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            seat_policy: SeatPolicy::AtAdd,
            admission_rate: 0,
            admission_burst: 0,
            presence_minutes: 0,
            waiting_limit: 0,
            trading_limit: 0,
            trading_hours: 0,
        }
    }
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
    /// How registration runs.
    pub registration: Registration,
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
    /// How registration runs; the university's defaults when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
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
    /// How registration runs; kept as it is when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
}
