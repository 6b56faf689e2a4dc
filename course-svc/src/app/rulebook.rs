//! What a university decides registration by, beside the facts of a student: its ceilings, and what its courses ask for.
//!
//! Prerequisites and equivalent courses are few and change seldom, so they are held in memory, all of them; a number in
//! the database says whether what is held is still what is stored. A decision costs one small look-up, a list of choices
//! costs the same, and both decide by one state.

use std::sync::{Arc, Mutex, PoisonError};

use chassis::db::{DbError, Tx};

use crate::rules::credits::CreditPolicy;
use crate::rules::prerequisite::Requirements;
use crate::rules::registration::Registration;
use crate::store::prerequisites;

/// Ceilings, prerequisites and equivalent courses.
#[derive(Debug)]
pub struct Rulebook {
    /// Ceilings.
    pub credits: CreditPolicy,
    /// How registration runs where a period does not say otherwise.
    pub registration: Registration,
    /// What the courses ask for, with the number that it was stored under.
    held: Mutex<Option<(i64, Arc<Requirements>)>>,
}

impl Rulebook {
    /// A rulebook that has not read its prerequisites yet.
    pub fn new(credits: CreditPolicy, registration: Registration) -> Self {
        Self { credits, registration, held: Mutex::default() }
    }

    /// The one of a university that has set nothing. For tests and measurements.
    #[must_use]
    pub fn shipped() -> Self {
        Self::new(CreditPolicy::default(), Registration::SHIPPED)
    }

    /// What the courses ask for, as the transaction sees it.
    pub async fn requirements(&self, tx: &mut Tx) -> Result<Arc<Requirements>, DbError> {
        let stored = prerequisites::changes(&mut *tx).await?;
        if let Some(held) = self.held(stored) {
            return Ok(held);
        }
        let read = Arc::new(prerequisites::requirements(tx).await?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of an older state never replaces a newer one.
        if held.as_ref().is_none_or(|(number, _)| *number < stored) {
            *held = Some((stored, read.clone()));
        }
        Ok(read)
    }

    fn held(&self, stored: i64) -> Option<Arc<Requirements>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|(number, _)| *number == stored).map(|(_, requirements)| requirements.clone())
    }
}
