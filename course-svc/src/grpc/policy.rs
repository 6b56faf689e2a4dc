//! Which service may call which method, and whether a user must stand behind the call.
//!
//! Reading and the student's KRS go on while auth-svc is silent (`Graceful`); deciding about plans and keeping what is
//! offered do not.

use chassis::auth::{Method, User};

/// Programs come in through the gateway.
const GATEWAY: &[&str] = &["gateway"];
/// The operator's command line.
const OPERATOR: &[&str] = &["siakad"];
/// Whoever keeps a projection of courses and plans.
const READERS: &[&str] = &["gateway", "auth", "student", "grade"];
/// Whoever waits until others have caught up, or compares what they say (`siakad check`).
const WAITERS: &[&str] = &["gateway", "auth", "student", "grade", "siakad"];

/// Every method of this service.
pub static POLICY: &[Method] = &[
    Method { path: "/siakad.course.v1.Catalogue/ListPeriods", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/GetPeriod", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/ListCourses", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/GetCourse", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/ListRooms", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/ListClasses", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/GetClass", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Catalogue/ListPublicClasses", callers: GATEWAY, user: User::None },
    Method { path: "/siakad.course.v1.Catalogue/ListPublicPeriods", callers: GATEWAY, user: User::None },
    Method { path: "/siakad.course.v1.Offering/CreateCourse", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/UpdateCourse", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/CreatePeriod", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/UpdatePeriod", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/CreateRoom", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/UpdateRoom", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/CreateClass", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/UpdateClass", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Offering/DeleteClass", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Curricula/ListCurricula", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Curricula/GetCurriculum", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Curricula/CreateCurriculum", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Curricula/UpdateCurriculum", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Curricula/GetPrerequisites", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Curricula/PutPrerequisites", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Curricula/GetEquivalents", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Curricula/PutEquivalents", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Krs/GetPlan", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/OpenPlan", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/ListChoices", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/AddClass", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/DropClass", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/SwapClass", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/SubmitPlan", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/WithdrawPlan", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/ApprovePlan", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Krs/ReturnPlan", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Krs/RevisePlan", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/VoidPlan", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Krs/ListPlanSteps", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/ListPlans", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Krs/LockPlans", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Admission/EnterAdmission", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Allocations/GetWishes", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Allocations/PutWishes", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Allocations/RunAllocation", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Allocations/GetAllocation", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Allocations/ListAllocationOutcomes", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Approvals/StartApproval", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Approvals/GetApproval", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Approvals/ListApprovalOutcomes", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Approvals/ListDelegations", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Approvals/CreateDelegation", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Approvals/EndDelegation", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Registration/ListPolicies", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Registration/GetPolicy", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Registration/PutPolicy", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Registration/DeletePolicy", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Registration/GetEffectivePolicy", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.WaitingLists/JoinWaitingList", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.WaitingLists/LeaveWaitingList", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.WaitingLists/ListWaitingList", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.WaitingLists/ListTradings", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Packages/ListPackages", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.Packages/CreatePackage", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Packages/UpdatePackage", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Packages/DeletePackage", callers: GATEWAY, user: User::Required },
    Method { path: "/siakad.course.v1.Packages/TakePackage", callers: GATEWAY, user: User::Graceful },
    Method { path: "/siakad.course.v1.CourseImport/Import", callers: OPERATOR, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: READERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: WAITERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetHead", callers: WAITERS, user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetCursors", callers: WAITERS, user: User::None },
];

/// Methods whose calls wait in the registrar's queue. It says how many are too many.
pub const QUEUED: &[&str] = &[
    "/siakad.course.v1.Krs/OpenPlan",
    "/siakad.course.v1.Krs/AddClass",
    "/siakad.course.v1.Krs/DropClass",
    "/siakad.course.v1.Krs/SwapClass",
    "/siakad.course.v1.Krs/SubmitPlan",
    "/siakad.course.v1.Krs/WithdrawPlan",
    "/siakad.course.v1.WaitingLists/JoinWaitingList",
    "/siakad.course.v1.WaitingLists/LeaveWaitingList",
    "/siakad.course.v1.Packages/TakePackage",
];

/// The method whose calls wait in the queue of the waiting room.
pub const ENTER: &str = "/siakad.course.v1.Admission/EnterAdmission";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_listed_and_no_other() {
        let services = [
            "siakad.course.v1.Catalogue",
            "siakad.course.v1.Offering",
            "siakad.course.v1.Curricula",
            "siakad.course.v1.Krs",
            "siakad.course.v1.Admission",
            "siakad.course.v1.Allocations",
            "siakad.course.v1.Approvals",
            "siakad.course.v1.Registration",
            "siakad.course.v1.WaitingLists",
            "siakad.course.v1.Packages",
            "siakad.course.v1.CourseImport",
            "siakad.feed.v1.Feed",
        ];
        assert_eq!(chassis::auth::unlisted(POLICY, &services), Vec::<String>::new());
    }

    #[test]
    fn every_method_with_a_limit_of_its_own_is_listed() {
        for path in QUEUED.iter().chain([&ENTER]) {
            assert!(POLICY.iter().any(|method| method.path == *path), "{path}");
        }
    }

    #[test]
    fn only_reading_and_krs_outlive_the_login_service() {
        for method in POLICY {
            let reads = method.path.contains("/List") || method.path.contains("/Get");
            let keeping = [".Offering/", ".Curricula/", ".Registration/", ".Approvals/"];
            let writes_offering = !reads && keeping.iter().any(|part| method.path.contains(part));
            let decides = ["ApprovePlan", "ReturnPlan", "VoidPlan", "LockPlans", "RunAllocation"];
            let decides = decides.iter().any(|name| method.path.ends_with(name));
            let keeps_package = !reads && method.path.contains(".Packages/") && !method.path.ends_with("/TakePackage");
            let required = writes_offering || decides || keeps_package;
            assert_eq!(method.user == User::Required, required, "{}", method.path);
        }
    }
}
