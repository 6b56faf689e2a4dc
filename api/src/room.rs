//! Rooms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// Opaque id.
    pub id: String,
    /// Natural key.
    #[schema(max_length = 20, example = "A.2.03")]
    pub code: String,
    /// Name.
    pub name: Option<String>,
    /// Seats; 0 for unlimited (online).
    #[schema(example = 40)]
    pub capacity: u32,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A room as the office writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomInput {
    /// Natural key. Cannot change.
    #[schema(min_length = 1, max_length = 20, example = "A.2.03")]
    pub code: String,
    /// Name.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// Seats; 0 for unlimited (online).
    #[schema(maximum = 10_000, example = 40)]
    pub capacity: u32,
}
