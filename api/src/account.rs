//! Accounts, passwords and roles.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

words! {
    /// Who may do what in general; what exactly, each service decides from its own data.
    RoleKind {
        /// A student; the account carries `student_id`. Cannot be given by hand.
        Student = "student",
        /// A lecturer, perhaps an advisor; the account carries `lecturer_id`. Cannot be given by hand.
        Lecturer = "lecturer",
        /// Administers one study programme: `scope` is its id.
        ProgrammeAdmin = "programme_admin",
        /// The academic bureau: all programmes.
        Registrar = "registrar",
        /// Runs the system: accounts and roles, no academic record.
        SystemAdmin = "system_admin",
    }
}

/// A role of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Which role.
    pub kind: RoleKind,
    /// Id of what it is limited to; `null` when it is not limited.
    pub scope: Option<String>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Opaque id.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub id: String,
    /// NIM, NIDN or a chosen name, in lower case.
    #[schema(example = "202401001")]
    pub user_name: String,
    /// Name of the person.
    #[schema(example = "Anindya Putri")]
    pub display_name: String,
    /// Roles, in a stable order.
    pub roles: Vec<Role>,
    /// The student, when the account belongs to one.
    pub student_id: Option<String>,
    /// The lecturer, when the account belongs to one.
    pub lecturer_id: Option<String>,
    /// False until a password was set.
    pub activated: bool,
    /// False when the person has left: no login.
    pub enabled: bool,
}

impl Account {
    /// Whether the account has this role, with whatever scope.
    pub fn has_role(&self, kind: RoleKind) -> bool {
        self.roles.iter().any(|role| role.kind == kind)
    }
}

/// Which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Part of the user name or of the person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 100)]
    pub search: Option<String>,
}

/// What a role is limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RoleScope {
    /// Id of the study programme: required for `programme_admin`, not allowed otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub scope: Option<String>,
}

/// Old and new password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub current_password: String,
    /// 8 to 128 bytes, not the user name, not a well-known one.
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}
