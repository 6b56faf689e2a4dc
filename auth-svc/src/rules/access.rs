//! Who may do what with accounts. Everything that is not allowed here is denied.

/// What a person wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Read the own account.
    ReadOwnAccount,
    /// Change the own password.
    ChangeOwnPassword,
    /// End the own session.
    EndOwnSession,
    /// Read everybody's account.
    ListAccounts,
    /// Give or take a role.
    ChangeRoles,
}

/// What is known of the caller. The first comes from the token, the others from this service's own rows and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    /// Holds the role `system_admin`.
    pub(crate) system_admin: bool,
    /// The session exists, has not ended and was not revoked, and its account is enabled.
    pub(crate) live: bool,
    /// The password was given recently enough for what cannot be undone quietly.
    pub(crate) fresh: bool,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The session has ended.
    SessionEnded,
    /// Only system administrators.
    SystemAdminOnly,
    /// The password was given too long ago.
    LoginTooOld,
}

/// Decides. Ending a session that has already ended is allowed: it changes nothing.
pub(crate) fn decide(who: Who, action: Action) -> Result<(), Denial> {
    let live = if who.live { Ok(()) } else { Err(Denial::SessionEnded) };
    let admin = if who.system_admin { Ok(()) } else { Err(Denial::SystemAdminOnly) };
    let fresh = if who.fresh { Ok(()) } else { Err(Denial::LoginTooOld) };
    match action {
        Action::EndOwnSession => Ok(()),
        Action::ReadOwnAccount | Action::ChangeOwnPassword => live,
        Action::ListAccounts => live.and(admin),
        Action::ChangeRoles => live.and(admin).and(fresh),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every caller against every action; the table is the specification.
    #[test]
    fn the_whole_table() {
        use Action::{ChangeOwnPassword, ChangeRoles, EndOwnSession, ListAccounts, ReadOwnAccount};
        for bits in 0..8_u8 {
            let who = Who { system_admin: bits & 1 != 0, live: bits & 2 != 0, fresh: bits & 4 != 0 };
            for action in [ReadOwnAccount, ChangeOwnPassword, EndOwnSession, ListAccounts, ChangeRoles] {
                let expected = match (action, who.live, who.system_admin, who.fresh) {
                    (EndOwnSession, ..) => Ok(()),
                    (_, false, ..) => Err(Denial::SessionEnded),
                    (ReadOwnAccount | ChangeOwnPassword, true, ..) => Ok(()),
                    (ListAccounts | ChangeRoles, true, false, _) => Err(Denial::SystemAdminOnly),
                    (ChangeRoles, true, true, false) => Err(Denial::LoginTooOld),
                    (ListAccounts | ChangeRoles, true, true, _) => Ok(()),
                };
                assert_eq!(decide(who, action), expected, "{who:?} {action:?}");
            }
        }
    }
}
