//! Approving many plans at once, and deciding in an advisor's stead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Refusal;
use crate::word::words;

/// A plan as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRef {
    /// Whose.
    #[schema(min_length = 1, max_length = 36)]
    pub student_id: String,
    /// The version that was read.
    #[schema(minimum = 1, maximum = 9007199254740991_i64, example = 3)]
    pub version: i64,
}

/// Plans to approve: those that are named, or what is left over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalInput {
    /// Period.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20261")]
    pub period_code: String,
    /// Plans as the caller saw them; one that changed since is not approved.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub plans: Vec<PlanRef>,
    /// Instead of naming plans: all that are submitted, or still being revised, after their windows have closed.
    /// Registrar only.
    #[serde(default)]
    pub leftovers: bool,
    /// With `leftovers`, only of this study programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 36)]
    pub programme_id: Option<String>,
}

words! {
    /// How far a bulk approval is.
    ApprovalState {
        /// Being worked on.
        Running = "running",
        /// Every plan was decided.
        Done = "done",
    }
}

/// A bulk approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Opaque id.
    pub id: String,
    /// Period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// How far it is.
    pub state: ApprovalState,
    /// Plans in all.
    #[schema(example = 300)]
    pub total: u32,
    /// Approved so far.
    #[schema(example = 287)]
    pub approved: u32,
    /// Refused so far: a rule said no, the plan had changed, or it was not the caller's to decide.
    #[schema(example = 13)]
    pub refused: u32,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the last plan was decided; `null` while it is running.
    pub finished_at: Option<Timestamp>,
}

/// What became of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalOutcome {
    /// Whose.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub name: Option<String>,
    /// Decided already.
    pub done: bool,
    /// Why it was not approved; empty when it was, or is not decided yet.
    pub refusals: Vec<Refusal>,
}

/// Somebody decides in an advisor's stead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delegation {
    /// Opaque id.
    pub id: String,
    /// The advisor.
    pub advisor_id: String,
    /// Name, for display.
    #[schema(example = "Dr. Rahmat Hidayat, M.Kom.")]
    pub advisor_name: Option<String>,
    /// Who decides.
    pub delegate_id: String,
    /// Name, for display.
    #[schema(example = "Ratna Sari, M.Cs.")]
    pub delegate_name: Option<String>,
    /// First moment.
    pub from: Timestamp,
    /// First moment after it.
    pub until: Timestamp,
    /// Why.
    pub note: Option<String>,
    /// When it was ended before its time; `null` otherwise.
    pub ended_at: Option<Timestamp>,
}

/// A new delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationInput {
    /// The advisor; the caller when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 36)]
    pub advisor_id: Option<String>,
    /// Who decides.
    #[schema(min_length = 1, max_length = 36)]
    pub delegate_id: String,
    /// First moment.
    pub from: Timestamp,
    /// First moment after it; at most a year later.
    pub until: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200, example = "Cuti melahirkan")]
    pub note: Option<String>,
}

/// Which delegations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DelegationQuery {
    /// Only those that hold now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
}
