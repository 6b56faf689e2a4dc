//! Which service may call which method, and whether a user must stand behind the call.
//!
//! Reading and entering scores go on while auth-svc is silent (`Graceful`); publishing and scales do not.

use chassis::auth::{Method, User};

/// Programs come in through the gateway.
const GATEWAY: &[&str] = &["gateway"];
/// The operator's command line.
const OPERATOR: &[&str] = &["siakad"];
/// Whoever keeps a projection of results.
const READERS: &[&str] = &["gateway", "auth", "student", "course"];
/// Whoever waits until others have caught up, or compares what they say (`siakad check`).
const WAITERS: &[&str] = &["gateway", "auth", "student", "course", "siakad"];

/// Every method of this service.
pub static POLICY: &[Method] = &[
    Method { path: "/siakad.grade.v1.Grading/ListSheets", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Grading/GetSheet", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Grading/PutComponents", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Grading/PutScores", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Grading/PublishSheet", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.grade.v1.Results/ListSemesters", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Results/GetSemester", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Results/GetTranscript", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Scales/ListScales", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.grade.v1.Scales/PutScale", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.grade.v1.GradeImport/Import", callers: OPERATOR, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: READERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: WAITERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetHead", callers: WAITERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetCursors", callers: WAITERS, user: User::None },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_listed_and_no_other() {
        let services = [
            "siakad.grade.v1.Grading",
            "siakad.grade.v1.Results",
            "siakad.grade.v1.Scales",
            "siakad.grade.v1.GradeImport",
            "siakad.feed.v1.Feed",
        ];
        assert_eq!(chassis::auth::unlisted(POLICY, &services), Vec::<String>::new());
    }

    #[test]
    fn publishing_and_scales_do_not_outlive_the_login_service() {
        for method in POLICY {
            let for_good = method.path.ends_with("/PublishSheet") || method.path.ends_with("/PutScale");
            assert_eq!(method.user == User::Required, for_good, "{}", method.path);
        }
    }
}
