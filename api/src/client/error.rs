//! What can go wrong with a call.

use crate::Problem;

/// The address of the gateway is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address of the gateway is wrong: {0}")]
pub struct InvalidBase(pub(super) String);

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The gateway answered with a problem document: it, or a service behind it, refused.
    #[error("{} ({})", .0.reason, .0.status)]
    Problem(Box<Problem>),
    /// No answer came: no connection, a broken one, or too slow. Whether a change took effect is unknown.
    #[error("the gateway cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What came is not an answer of this interface, or the request could not be written.
    #[error("{0}")]
    Protocol(String),
}

impl Error {
    pub(super) fn unreachable(error: reqwest::Error) -> Self {
        if error.is_builder() { Self::Protocol(error.to_string()) } else { Self::Unreachable(Box::new(error)) }
    }

    /// The problem document, when there is one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Unreachable(_) | Self::Protocol(_) => None,
        }
    }

    /// The HTTP status, when the gateway answered.
    pub fn status(&self) -> Option<u16> {
        self.problem().map(|problem| problem.status)
    }

    /// Whether the gateway answered with this reason, leading or among others.
    pub fn has_reason(&self, reason: &str) -> bool {
        self.problem().is_some_and(|problem| problem.has_reason(reason))
    }
}

impl From<InvalidBase> for Error {
    fn from(error: InvalidBase) -> Self {
        Self::Protocol(error.to_string())
    }
}
