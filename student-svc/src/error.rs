//! What can go wrong here, and what a caller hears of it.

use chassis::db::DbError;
use chassis::error::{Fault, FieldFault, Refusal};

use crate::reasons;
use crate::rules::access::Decision;
use crate::rules::field::Wrong;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Fields hold what they may not hold.
    #[error("{} fields are wrong", .0.len())]
    Malformed(Vec<Wrong>),
    /// The caller may know of it and may not do this.
    #[error("the caller's roles do not cover this")]
    NotAllowed,
    /// There is none, or the caller may not know of it.
    #[error("no such {0}")]
    Absent(&'static str),
    /// It was changed since the caller read it.
    #[error("changed in the meantime")]
    Stale,
    /// Another student has the NIM.
    #[error("the NIM is taken")]
    NimTaken,
    /// The same hold binds the student already.
    #[error("the hold is there already")]
    HoldExists,
    /// The hold was lifted.
    #[error("the hold was lifted")]
    HoldLifted,
    /// A message of the import stream has no place there.
    #[error("the import stream is out of order: {0}")]
    ImportOutOfOrder(&'static str),
    /// Wrong rows were found.
    #[error("the import has wrong rows")]
    ImportHasFaults,
    /// What the import refers to changed after the verdict.
    #[error("the import was judged against another state")]
    ImportOutdated,
    /// The client of an import was silent for too long.
    #[error("the importing client was silent for too long")]
    ImportSilent,
    /// What the chassis answers: paging, idempotency.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let refused = |reason| Self::refused(vec![Refusal::new(reason)]).with_message(text.clone());
        match error {
            Error::Malformed(wrong) => Self::malformed(wrong.iter().map(field_fault).collect()),
            Error::NotAllowed => Self::denied(reasons::NOT_ALLOWED, text),
            Error::Absent(what) => Self::absent(what),
            Error::Stale => Self::stale(),
            Error::NimTaken => Self::duplicate(reasons::NIM_TAKEN, text),
            Error::HoldExists => Self::duplicate(reasons::HOLD_EXISTS, text),
            Error::HoldLifted => refused(reasons::HOLD_LIFTED),
            Error::ImportOutOfOrder(_) => refused(reasons::IMPORT_OUT_OF_ORDER),
            Error::ImportHasFaults => refused(reasons::IMPORT_HAS_FAULTS),
            Error::ImportOutdated => refused(reasons::IMPORT_OUTDATED),
            Error::ImportSilent => Self::too_slow(),
            Error::Fault(fault) => fault,
            Error::Db(error) => error.into(),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}

/// Turns a decision over a student's record into an answer.
///
/// # Errors
/// `NotAllowed` or `Absent`, unless it is allowed.
pub(crate) fn permit(decision: Decision) -> Result<(), Error> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Denied => Err(Error::NotAllowed),
        Decision::Hidden => Err(Error::Absent("student")),
    }
}

/// The fault of one field. The message is for developers and never repeats the value.
fn field_fault(wrong: &Wrong) -> FieldFault {
    let facts: String = wrong.facts.iter().map(|(name, value)| format!(", {name}: {value}")).collect();
    FieldFault::new(wrong.field, wrong.reason, format!("{}{facts}", wrong.reason))
}
