//! Which service may call which method, and whether a user must stand behind the call.

use chassis::auth::{Method, User};

/// Programs come in through the gateway.
const GATEWAY: &[&str] = &["gateway"];
/// The operator's command line.
const OPERATOR: &[&str] = &["siakad"];
/// Whoever verifies access tokens.
const VERIFIERS: &[&str] = &["gateway", "student", "course", "grade"];
/// Whoever waits until others have caught up.
const WAITERS: &[&str] = &["gateway", "student", "course", "grade", "siakad"];

/// The gRPC services of this server.
pub const SERVICES: &[&str] = &[
    "siakad.auth.v1.Sessions",
    "siakad.auth.v1.Accounts",
    "siakad.auth.v1.Operator",
    "siakad.common.v1.Trust",
    "siakad.feed.v1.Feed",
];

/// Every method of this service.
pub static POLICY: &[Method] = &[
    Method { path: "/siakad.auth.v1.Sessions/Login", callers: GATEWAY, user: User::None },
    Method { path: "/siakad.auth.v1.Sessions/Refresh", callers: GATEWAY, user: User::None },
    Method { path: "/siakad.auth.v1.Sessions/Logout", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Accounts/GetMe", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Accounts/ChangePassword", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Accounts/List", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Accounts/GrantRole", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Accounts/RevokeRole", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.auth.v1.Operator/PutAccount", callers: OPERATOR, user: User::None },
    Method { path: "/siakad.common.v1.Trust/GetJwks", callers: VERIFIERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: VERIFIERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: VERIFIERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetHead", callers: WAITERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetCursors", callers: WAITERS, user: User::None },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_listed_and_no_other() {
        assert_eq!(chassis::auth::unlisted(POLICY, SERVICES), Vec::<String>::new());
    }
}
