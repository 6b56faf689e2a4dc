//! Roles, their words in tokens and tables, and which of them a person may give.

/// A role of an account, in the order in which lists and tokens name them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Follows from the account's student record.
    Student,
    /// Follows from the account's lecturer record.
    Lecturer,
    /// Given by hand.
    Granted(Granted),
}

/// A role that is given by hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Granted {
    /// Administers one study programme, named by its id.
    ProgrammeAdmin(String),
    /// The academic bureau.
    Registrar,
    /// Runs the system: accounts and roles.
    SystemAdmin,
}

/// Which role, without its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// See [`Role::Student`].
    Student,
    /// See [`Role::Lecturer`].
    Lecturer,
    /// See [`Granted::ProgrammeAdmin`].
    ProgrammeAdmin,
    /// See [`Granted::Registrar`].
    Registrar,
    /// See [`Granted::SystemAdmin`].
    SystemAdmin,
}

/// Why a role cannot be given by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoleFault {
    /// Student and lecturer follow the campus's records.
    FollowsRecords,
    /// A programme admin without a programme.
    ScopeRequired,
    /// A scope on a role that knows none.
    ScopeNotAllowed,
    /// The scope is longer than [`MAX_SCOPE_BYTES`].
    ScopeTooLong,
}

/// Longest scope, in bytes: ids of the house have 36.
pub(crate) const MAX_SCOPE_BYTES: usize = 64;

impl Granted {
    /// The role named by a kind and a scope (empty for none).
    pub(crate) fn new(kind: Kind, scope: &str) -> Result<Self, RoleFault> {
        let unscoped = |role| if scope.is_empty() { Ok(role) } else { Err(RoleFault::ScopeNotAllowed) };
        match kind {
            Kind::Student | Kind::Lecturer => Err(RoleFault::FollowsRecords),
            Kind::Registrar => unscoped(Self::Registrar),
            Kind::SystemAdmin => unscoped(Self::SystemAdmin),
            Kind::ProgrammeAdmin if scope.is_empty() => Err(RoleFault::ScopeRequired),
            Kind::ProgrammeAdmin if scope.len() > MAX_SCOPE_BYTES => Err(RoleFault::ScopeTooLong),
            Kind::ProgrammeAdmin => Ok(Self::ProgrammeAdmin(scope.to_owned())),
        }
    }

    /// Reads a row of `account_role`; `None` for a word that this version does not know.
    pub(crate) fn from_row(word: &str, scope: &str) -> Option<Self> {
        match word {
            "programme_admin" => Some(Self::ProgrammeAdmin(scope.to_owned())),
            "registrar" => Some(Self::Registrar),
            "system_admin" => Some(Self::SystemAdmin),
            _ => None,
        }
    }

    /// The word in tokens and in the table.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::ProgrammeAdmin(_) => "programme_admin",
            Self::Registrar => "registrar",
            Self::SystemAdmin => "system_admin",
        }
    }

    /// What it is limited to; empty for unlimited.
    pub(crate) fn scope(&self) -> &str {
        match self {
            Self::ProgrammeAdmin(programme) => programme,
            Self::Registrar | Self::SystemAdmin => "",
        }
    }
}

impl Role {
    /// The word in tokens.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Lecturer => "lecturer",
            Self::Granted(granted) => granted.word(),
        }
    }

    /// What it is limited to; empty for unlimited.
    pub(crate) fn scope(&self) -> &str {
        match self {
            Self::Student | Self::Lecturer => "",
            Self::Granted(granted) => granted.scope(),
        }
    }
}

/// All roles of an account, in a stable order without repetition.
pub(crate) fn all(is_student: bool, is_lecturer: bool, granted: Vec<Granted>) -> Vec<Role> {
    let mut roles: Vec<Role> = granted.into_iter().map(Role::Granted).collect();
    if is_student {
        roles.push(Role::Student);
    }
    if is_lecturer {
        roles.push(Role::Lecturer);
    }
    roles.sort();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_goes_with_programme_admin_and_with_nothing_else() {
        assert_eq!(Granted::new(Kind::ProgrammeAdmin, "p1"), Ok(Granted::ProgrammeAdmin("p1".into())));
        assert_eq!(Granted::new(Kind::ProgrammeAdmin, ""), Err(RoleFault::ScopeRequired));
        assert_eq!(Granted::new(Kind::ProgrammeAdmin, &"p".repeat(65)), Err(RoleFault::ScopeTooLong));
        for kind in [Kind::Registrar, Kind::SystemAdmin] {
            assert!(Granted::new(kind, "").is_ok());
            assert_eq!(Granted::new(kind, "p1"), Err(RoleFault::ScopeNotAllowed));
        }
    }

    #[test]
    fn records_make_students_and_lecturers_not_people() {
        for kind in [Kind::Student, Kind::Lecturer] {
            assert_eq!(Granted::new(kind, ""), Err(RoleFault::FollowsRecords));
        }
    }

    #[test]
    fn a_row_reads_back_as_what_was_written() {
        for role in [Granted::ProgrammeAdmin("p1".into()), Granted::Registrar, Granted::SystemAdmin] {
            assert_eq!(Granted::from_row(role.word(), role.scope()), Some(role));
        }
        assert_eq!(Granted::from_row("dean", ""), None);
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_granting() {
        let programme = |p: &str| Granted::ProgrammeAdmin(p.into());
        let one = all(false, true, vec![Granted::SystemAdmin, programme("b"), programme("a")]);
        let two = all(false, true, vec![programme("a"), Granted::SystemAdmin, programme("b"), programme("a")]);
        assert_eq!(one, two);
        assert_eq!(
            one.iter().map(Role::word).collect::<Vec<_>>(),
            ["lecturer", "programme_admin", "programme_admin", "system_admin"]
        );
    }
}
