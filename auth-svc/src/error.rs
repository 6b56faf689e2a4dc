//! What can go wrong here, and what a client hears of it.

use std::time::Duration;

use chassis::db::DbError;
use chassis::error::{Fault, FieldFault, Refusal};

use crate::crypto::hasher::HashError;
use crate::crypto::keyring::KeyError;
use crate::reasons;
use crate::rules::access::Denial;
use crate::rules::password::PasswordFault;
use crate::rules::refresh::Worthless;
use crate::rules::role::RoleFault;
use crate::rules::user_name::UserNameFault;

/// How long whoever finds the hashing queue full should wait.
const OVERLOAD_RETRY: Duration = Duration::from_secs(2);

/// Everything that a use case can answer instead of a result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// User name, password, activation or enablement: nobody learns which.
    #[error("login failed")]
    LoginFailed,
    /// Too many failed logins.
    #[error("too many failed logins")]
    TooOften(Duration),
    /// The refresh token is worth nothing.
    #[error("refresh token is worth nothing: {0:?}")]
    Refresh(Worthless),
    /// The caller may not.
    #[error("denied: {0:?}")]
    Denied(Denial),
    /// No such account.
    #[error("no such account")]
    NoSuchAccount,
    /// The present password is another.
    #[error("the present password is wrong")]
    WrongPassword,
    /// The new password in this field is not good enough.
    #[error("{0} is not good enough: {1:?}")]
    BadPassword(&'static str, PasswordFault),
    /// The user name cannot be one.
    #[error("user name: {0:?}")]
    BadUserName(UserNameFault),
    /// The role in this field cannot be given or taken.
    #[error("{0}: {1:?}")]
    BadRole(String, RoleFault),
    /// The account has a password, and the operator did not say that it may be replaced.
    #[error("the account has a password")]
    HasPassword,
    /// Demo accounts are switched off.
    #[error("demo accounts are not allowed here")]
    DemoNotAllowed,
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Signing.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The operating system's randomness.
    #[error("no randomness: {0}")]
    Random(#[from] std::io::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::LoginFailed => {
                Self::unauthenticated(reasons::LOGIN_FAILED, "user name and password do not fit, or may not log in")
            }
            Error::TooOften(wait) => Self::too_fast(reasons::LOGIN_TOO_OFTEN, wait),
            Error::Refresh(Worthless::Ended) => Self::unauthenticated(reasons::SESSION_ENDED, "the session is over"),
            Error::Refresh(Worthless::Reused) => Self::unauthenticated(
                reasons::REFRESH_REUSED,
                "the refresh token was used before; the session was ended",
            ),
            Error::Denied(Denial::SessionEnded) => {
                Self::unauthenticated(chassis::reasons::SESSION_REVOKED, "the session was ended")
            }
            Error::Denied(Denial::SystemAdminOnly) => {
                Self::denied(reasons::SYSTEM_ADMIN_ONLY, "only system administrators")
            }
            Error::Denied(Denial::LoginTooOld) => {
                Self::denied(reasons::LOGIN_TOO_OLD, "the password was given too long ago; log in again")
            }
            Error::NoSuchAccount => Self::absent("account"),
            Error::WrongPassword => {
                Self::field("current_password", reasons::PASSWORD_WRONG, "the present password is another")
            }
            Error::BadPassword(field, fault) => Self::malformed(vec![password_fault(field, fault)]),
            Error::BadUserName(fault) => Self::malformed(vec![user_name_fault(fault)]),
            Error::BadRole(field, fault) => role_fault(&field, fault),
            Error::HasPassword => Self::refused(vec![Refusal::new(reasons::ACCOUNT_HAS_PASSWORD)]),
            Error::DemoNotAllowed => Self::refused(vec![Refusal::new(reasons::DEMO_NOT_ALLOWED)]),
            Error::Hash(HashError::Overloaded) => Self::unavailable(reasons::LOGIN_OVERLOADED, Some(OVERLOAD_RETRY)),
            Error::Db(error) => error.into(),
            Error::Hash(error @ (HashError::Argon(_) | HashError::Task(_))) => Self::internal(error),
            Error::Key(error) => Self::internal(error),
            Error::Random(error) => Self::internal(error),
        }
    }
}

fn password_fault(field: &str, fault: PasswordFault) -> FieldFault {
    let (reason, message) = match fault {
        PasswordFault::TooShort => (reasons::PASSWORD_TOO_SHORT, "at least 8 bytes"),
        PasswordFault::TooLong => (reasons::PASSWORD_TOO_LONG, "at most 128 bytes"),
        PasswordFault::IsUserName => (reasons::PASSWORD_IS_USER_NAME, "must not be the user name"),
        PasswordFault::Common => (reasons::PASSWORD_COMMON, "is one that everybody tries first"),
    };
    FieldFault::new(field, reason, message)
}

fn user_name_fault(fault: UserNameFault) -> FieldFault {
    let (reason, message) = match fault {
        UserNameFault::Empty => (reasons::REQUIRED, "must be given"),
        UserNameFault::TooLong => (reasons::TOO_LONG, "at most 128 bytes"),
        UserNameFault::BadCharacter => {
            (reasons::FORBIDDEN_CHARACTER, "must not hold white space or control characters")
        }
    };
    FieldFault::new("user_name", reason, message)
}

fn role_fault(field: &str, fault: RoleFault) -> Fault {
    let scope = format!("{field}.scope");
    match fault {
        RoleFault::FollowsRecords => Fault::refused(vec![Refusal::new(reasons::ROLE_FOLLOWS_RECORDS)]),
        RoleFault::ScopeRequired => Fault::field(scope, reasons::SCOPE_REQUIRED, "the id of a study programme"),
        RoleFault::ScopeNotAllowed => Fault::field(scope, reasons::SCOPE_NOT_ALLOWED, "this role knows no scope"),
        RoleFault::ScopeTooLong => Fault::field(scope, reasons::TOO_LONG, "at most 64 bytes"),
    }
}
