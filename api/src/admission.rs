//! The waiting room in front of the registration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

words! {
    /// Where a student is in the waiting room.
    AdmissionState {
        /// There is no waiting room for this student now: begin.
        Open = "open",
        /// The opening is to come, and too far away to be noted.
        Early = "early",
        /// The opening is near; the student is noted and takes part in the draw.
        Noted = "noted",
        /// In line.
        Waiting = "waiting",
        /// Admitted: begin.
        Admitted = "admitted",
    }
}

/// What the waiting room says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Admission {
    /// Where the student is.
    pub state: AdmissionState,
    /// The service's clock now: what a countdown is set by.
    pub now: Timestamp,
    /// When registration opens, or opened, for this student; `null` when there is no window.
    pub opens_at: Option<Timestamp>,
    /// Place in line, from 1; 0 while there is none.
    #[schema(example = 1204)]
    pub place: u32,
    /// How many are before the student now.
    #[schema(example = 318)]
    pub ahead: u32,
    /// When the student is admitted; `null` while there is no place.
    pub admitted_at: Option<Timestamp>,
    /// Signed ticket with the place; `null` while there is none. It goes into the header `Admission-Ticket` of every
    /// change of the plan.
    #[schema(max_length = 512)]
    pub ticket: Option<String>,
    /// How many are noted so far, before the opening.
    pub noted: u32,
    /// What the draw was shuffled by, once it was drawn: anybody can check their place.
    pub seed: Option<String>,
    /// Students admitted per second.
    #[schema(example = 50)]
    pub rate: u32,
}
