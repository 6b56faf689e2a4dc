//! What keeps a student from registering.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

words! {
    /// Why a hold was placed.
    HoldKind {
        /// Unpaid tuition (UKT).
        Tuition = "tuition",
        /// Library.
        Library = "library",
        /// Academic or disciplinary.
        Academic = "academic",
        /// Missing documents.
        Document = "document",
    }
}

/// Something that keeps a student from registering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Opaque id.
    pub id: String,
    /// Whose.
    pub student_id: String,
    /// Kind.
    pub kind: HoldKind,
    /// What the student reads.
    #[schema(max_length = 200, example = "UKT Ganjil 2026/2027")]
    pub note: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Until when a waiver (dispensasi) suspends it; `null` when there is none.
    pub waived_until: Option<Timestamp>,
    /// When it was lifted; `null` while it binds.
    pub lifted_at: Option<Timestamp>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A hold to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    /// Kind.
    pub kind: HoldKind,
    /// What the student reads.
    #[schema(max_length = 200, example = "UKT Ganjil 2026/2027")]
    pub note: String,
}

/// A dated waiver to grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverInput {
    /// Until when the hold does not bind; must lie ahead.
    pub until: Timestamp,
}
