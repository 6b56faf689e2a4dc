//! Status of a student per period.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

words! {
    /// Status in a period; the letter is PDDikti's.
    StatusKind {
        /// A, aktif: registered again and entitled to fill a KRS.
        Active = "active",
        /// C, cuti: on approved leave.
        Leave = "leave",
        /// N, non-aktif: not registered again.
        Inactive = "inactive",
        /// G, sedang double degree.
        DoubleDegree = "double_degree",
        /// M, Kampus Merdeka.
        Merdeka = "merdeka",
    }
}

/// Status of one student in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeriodStatus {
    /// Whose.
    pub student_id: String,
    /// In which period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// Which.
    pub status: StatusKind,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A status to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusInput {
    /// Which.
    pub status: StatusKind,
}
