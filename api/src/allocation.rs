//! Seats by ranked wishes instead of by speed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;
use crate::{Class, Refusal};

words! {
    /// How far an allocation is.
    AllocationState {
        /// The seats of the period are given otherwise.
        None = "none",
        /// Not started: wishes can be put.
        Pending = "pending",
        /// Seats are being given.
        Running = "running",
        /// Every wish has its outcome, and what is left is taken as it comes.
        Done = "done",
    }
}

/// A class that is wished for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wish {
    /// The class, with its live seats.
    pub class: Class,
    /// Rank, from 1.
    #[schema(minimum = 1)]
    pub rank: u32,
    /// How many wish for it, on any rank.
    pub wishers: u32,
    /// Why it could not be given now, were it the student's turn; empty when it could.
    pub refusals: Vec<Refusal>,
}

/// The wishes of a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wishes {
    /// Whose.
    pub student_id: String,
    /// In which period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// In order.
    pub wishes: Vec<Wish>,
    /// Why they cannot be changed now; empty when they can.
    pub refusals: Vec<Refusal>,
    /// How many there may be.
    #[schema(example = 30)]
    pub limit: u32,
    /// How far the allocation of the period is.
    pub allocation: AllocationState,
    /// Version, from 1; 0 while there are none.
    #[schema(minimum = 0)]
    pub version: i64,
}

/// The whole new list of wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WishesInput {
    /// Classes of the period in order of preference, each once, at most `limit` of the wishes; none takes them back. Several
    /// of one course are alternatives.
    #[schema(max_items = 200)]
    pub class_ids: Vec<String>,
}

/// How to run an allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationInput {
    /// What to shuffle by, so that a draw in public can be used; the service draws one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, example = "undian 2026-08-10")]
    pub seed: Option<String>,
}

/// An allocation of a period's seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Allocation {
    /// Period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// How far it is.
    pub state: AllocationState,
    /// What was shuffled by; `null` while it was not started.
    #[schema(example = "undian 2026-08-10")]
    pub seed: Option<String>,
    /// When it was started; `null` while it was not. Dates of the rules are judged as of this moment.
    pub run_at: Option<Timestamp>,
    /// When the last student was settled; `null` before.
    pub done_at: Option<Timestamp>,
    /// The round that is being settled, or was the last; 0 while it was not started.
    #[schema(example = 3)]
    pub round: u32,
    /// Students with wishes.
    #[schema(example = 812)]
    pub students: u32,
    /// Students for whom it is over, of `students`.
    #[schema(example = 790)]
    pub settled: u32,
    /// Wishes.
    #[schema(example = 4872)]
    pub wishes: u32,
    /// Wishes that got a seat so far.
    #[schema(example = 3960)]
    pub granted: u32,
}

/// Whose outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AllocationQuery {
    /// Only of this student; all that the caller may read when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub student_id: Option<String>,
    /// Only of this class.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub class_id: Option<String>,
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
}

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllocationOutcome {
    /// Whose.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name of the student; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub student_name: Option<String>,
    /// Class.
    pub class_id: String,
    /// How people call it.
    #[schema(example = "IF201 A")]
    pub class_label: String,
    /// Rank of the wish, from 1.
    #[schema(minimum = 1)]
    pub rank: u32,
    /// The student's place in the shuffle, from 1.
    #[schema(minimum = 1)]
    pub place: u32,
    /// The round in which it was given, or of the student's last turn.
    #[schema(minimum = 1)]
    pub round: u32,
    /// A seat was given.
    pub granted: bool,
    /// Why not, in the student's last turn; empty when it was.
    pub refusals: Vec<Refusal>,
}
