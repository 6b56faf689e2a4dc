//! Waiting lists of full classes, and what the registrar watches.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A waiting list to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingInput {
    /// The full class.
    #[schema(min_length = 1, max_length = 36, example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub class_id: String,
    /// Class of the plan that is given back when the seat comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 36)]
    pub instead_of_id: Option<String>,
}

/// One who waits for a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingStudent {
    /// Who.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub name: Option<String>,
    /// Place in line, from 1.
    #[schema(minimum = 1)]
    pub place: u32,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Seats taken and given back by one student, often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trading {
    /// Who.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub name: Option<String>,
    /// Classes given back within the hours that count, at the last of them.
    #[schema(example = 12)]
    pub drops: u32,
    /// First of them.
    pub first_at: Timestamp,
    /// Last of them.
    pub last_at: Timestamp,
    /// The classes, as people call them, latest first, at most 20.
    #[schema(example = json!(["IF201 A", "IF201 B"]))]
    pub class_labels: Vec<String>,
}
