//! What can go wrong here, and what it becomes on the wire.

use std::fmt;

use chassis::db::DbError;
use chassis::error::{Fault, FieldFault};
use chassis::once::Retryable;

use crate::reasons;
use crate::rules::Refusal;

/// Why a command or a question has no result.
#[derive(Debug)]
pub enum Error {
    /// Rules say no; all of them.
    Refused(Vec<Refusal>),
    /// It is not there, or the caller may not know of it. Names the kind of thing.
    Absent(&'static str),
    /// The caller may know of it and may not do it.
    Denied,
    /// Somebody else changed it since it was read.
    Stale,
    /// It is there already; the reason word says what.
    Duplicate(&'static str),
    /// Fields are wrong.
    Fields(Vec<FieldFault>),
    /// Another command came in between, where the order of locks does not allow to wait for it.
    Raced,
    /// The database failed.
    Db(DbError),
    /// The chassis has its own word for it.
    Fault(Fault),
}

impl Error {
    /// One wrong field.
    pub fn field(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self::Fields(vec![FieldFault::new(field, reason, message)])
    }

    /// The error of an insert, with a violated UNIQUE constraint named by its reason word.
    pub fn unless_taken(error: DbError, constraint: &str, reason: &'static str) -> Self {
        if error.violates(constraint) { Self::Duplicate(reason) } else { Self::Db(error) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusals) => {
                f.write_str("refused:")?;
                refusals.iter().try_for_each(|refusal| write!(f, " {}", refusal.reason()))
            }
            Self::Absent(what) => write!(f, "no such {what}"),
            Self::Denied => f.write_str("denied"),
            Self::Stale => f.write_str("stale version"),
            Self::Raced => f.write_str("raced by another command"),
            Self::Duplicate(reason) => f.write_str(reason),
            Self::Fields(fields) => write!(f, "{} wrong fields", fields.len()),
            Self::Db(error) => error.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl Retryable for Error {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Raced => true,
            Self::Db(error) => error.is_retryable(),
            _ => false,
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusals) => Self::refused(refusals.iter().map(carried).collect()),
            Error::Absent(what) => Self::absent(what),
            Error::Denied => Self::denied(reasons::NOT_ALLOWED, "none of the account's roles allows it"),
            Error::Stale | Error::Raced => Self::stale(),
            Error::Duplicate(reason) => Self::duplicate(reason, "it is there already"),
            Error::Fields(fields) => Self::malformed(fields),
            Error::Db(error) => error.into(),
            Error::Fault(fault) => fault,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}

/// A refusal as the chassis carries it.
pub fn carried(refusal: &Refusal) -> chassis::error::Refusal {
    let carried = chassis::error::Refusal::new(refusal.reason());
    refusal.facts().into_iter().fold(carried, |carried, (name, value)| carried.fact(name, value))
}
