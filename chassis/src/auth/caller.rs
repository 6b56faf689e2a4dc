//! The user behind a request.

use jiff::Timestamp;
use tonic::Request;

use crate::error::Fault;
use crate::reasons;

/// Names of roles, as they stand in access tokens.
pub mod roles {
    /// A student: `student_id` says which.
    pub const STUDENT: &str = "student";
    /// A lecturer: `lecturer_id` says which.
    pub const LECTURER: &str = "lecturer";
    /// Administrator of one study programme, named by the scope.
    pub const PROGRAMME_ADMIN: &str = "programme_admin";
    /// Registrar of the university.
    pub const REGISTRAR: &str = "registrar";
    /// Administrator of the system: accounts and roles, no academic data.
    pub const SYSTEM_ADMIN: &str = "system_admin";
}

/// A role, limited to its scope where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// One of [`roles`]; others are kept and mean nothing here.
    pub name: String,
    /// What the role is limited to; for `programme_admin` the id of the programme.
    pub scope: Option<String>,
}

/// The user behind a request, as a verified access token names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account (`sub`), an opaque id.
    pub account_id: String,
    /// Session (`sid`).
    pub session_id: String,
    /// Roles at the time when the token was issued.
    pub roles: Vec<Role>,
    /// The student that the account belongs to.
    pub student_id: Option<String>,
    /// The lecturer that the account belongs to.
    pub lecturer_id: Option<String>,
    /// When the user last gave their password.
    pub auth_time: Timestamp,
    /// How they proved who they are (RFC 8176), for example `pwd`.
    pub amr: Vec<String>,
    /// The token has expired and is accepted only because auth-svc is silent.
    pub stale: bool,
}

impl Caller {
    /// The user behind a gRPC request, put there by the server's layers.
    ///
    /// # Errors
    /// `unauthenticated` when the method's policy asks for no user.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Fault> {
        let caller = request.extensions().get::<Self>().cloned();
        caller.ok_or_else(|| Fault::unauthenticated(reasons::TOKEN_MISSING, "no access token"))
    }

    /// This very student.
    #[must_use]
    pub fn is_student(&self, student_id: &str) -> bool {
        self.has(roles::STUDENT) && self.student_id.as_deref() == Some(student_id)
    }

    /// This very lecturer.
    #[must_use]
    pub fn is_lecturer(&self, lecturer_id: &str) -> bool {
        self.has(roles::LECTURER) && self.lecturer_id.as_deref() == Some(lecturer_id)
    }

    /// Registrar of the university.
    #[must_use]
    pub fn is_registrar(&self) -> bool {
        self.has(roles::REGISTRAR)
    }

    /// Administrator of the system.
    #[must_use]
    pub fn is_system_admin(&self) -> bool {
        self.has(roles::SYSTEM_ADMIN)
    }

    /// Administrator of this study programme. The registrar is not one of them: ask for both where both may.
    #[must_use]
    pub fn administers(&self, programme_id: &str) -> bool {
        self.roles.iter().any(|r| r.name == roles::PROGRAMME_ADMIN && r.scope.as_deref() == Some(programme_id))
    }

    /// Ids of the study programmes that the caller administers.
    pub fn programmes(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().filter(|r| r.name == roles::PROGRAMME_ADMIN).filter_map(|r| r.scope.as_deref())
    }

    /// Has a role of this name, whatever its scope.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r.name == role)
    }
}
