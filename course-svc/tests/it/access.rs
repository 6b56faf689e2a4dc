//! Every method x role x {own, other, unassigned}. A method that is not in the table fails the test.

use chassis::auth::methods_of;
use chassis::client::Channel;
use chassis::error::{Fault, Kind};
use proto::course::v1 as pb;
use proto::course::v1::admission_client::AdmissionClient;
use proto::course::v1::allocations_client::AllocationsClient;
use proto::course::v1::approvals_client::ApprovalsClient;
use proto::course::v1::catalogue_client::CatalogueClient;
use proto::course::v1::course_import_client::CourseImportClient;
use proto::course::v1::curricula_client::CurriculaClient;
use proto::course::v1::krs_client::KrsClient;
use proto::course::v1::offering_client::OfferingClient;
use proto::course::v1::packages_client::PackagesClient;
use proto::course::v1::registration_client::RegistrationClient;
use proto::course::v1::waiting_lists_client::WaitingListsClient;
use tonic::{Response, Status};

use crate::support::bulk::{delegation, start_request};
use crate::support::policies::document;
use crate::support::study::curriculum;
use crate::support::wishes::{allocation_request, outcomes_request, put_wishes_request, run_request, wishes_request};
use crate::support::{
    PERIOD, TestApp, add_request, answer, approve_request, begin, drop_request, fails, id, input_of, join_request,
    leave_request, list_request, package, packages_request, plans_request, return_request, revise_request,
    steps_request, submit_request, swap_request, take_request, tradings_request, void_request, withdraw_request,
};

/// What a call came to, as far as access is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// It got past: it succeeded, or was refused for another reason.
    In,
    /// May know, may not do.
    Denied,
    /// May not know.
    Absent,
}

fn met<T>(result: Result<Response<T>, Status>) -> Met {
    match result.map_err(|status| Fault::from_status(&status)) {
        Err(fault) if fault.kind() == Kind::Denied => {
            assert_eq!(fault.reason(), "not-allowed");
            Met::Denied
        }
        Err(fault) if fault.kind() == Kind::Absent => Met::Absent,
        Ok(_) => Met::In,
        Err(fault) => {
            let expected = [Kind::Refused, Kind::Stale, Kind::Duplicate];
            assert!(expected.contains(&fault.kind()), "{fault}");
            Met::In
        }
    }
}

/// What every method is asked about.
struct Things {
    course: pb::Course,
    room: pb::Room,
    period: pb::Period,
    class: pb::Class,
    curriculum: pb::Curriculum,
    approval: pb::Approval,
    delegation: pb::Delegation,
    policy: pb::Policy,
    package: pb::Package,
    /// A full class.
    full: pb::Class,
}

/// Calls every method about the plan of `s1` and about things of programme IF-S1. Writes that get past access are refused
/// for another reason, so that nobody disturbs the next caller.
async fn call_all(channel: &Channel, things: &Things) -> Vec<(&'static str, Met)> {
    let mut catalogue = CatalogueClient::new(channel.clone());
    let mut offering = OfferingClient::new(channel.clone());
    let mut krs = KrsClient::new(channel.clone());
    let mut admission = AdmissionClient::new(channel.clone());
    let mut curricula = CurriculaClient::new(channel.clone());
    let mut approvals = ApprovalsClient::new(channel.clone());
    let mut start = start_request(&["s1".to_owned()]);
    start.plans[0].version = 999;
    let approval = things.approval.id.clone();
    let outcomes = pb::ListApprovalOutcomesRequest { id: approval.clone(), page: None };
    let delegate = delegation(begin(), "l1", "l3", 1000, 1001);
    let end = pb::EndDelegationRequest { id: things.delegation.id.clone() };
    let mut registration = RegistrationClient::new(channel.clone());
    let policy = pb::Policy { version: 999, ..things.policy.clone() };
    let get_policy = pb::GetPolicyRequest { id: policy.id.clone() };
    let delete_policy = pb::DeletePolicyRequest { id: policy.id.clone(), version: 999 };
    let effective =
        pb::GetEffectivePolicyRequest { period_code: PERIOD.to_owned(), student_id: id("s1"), ..Default::default() };
    let mut lines = WaitingListsClient::new(channel.clone());
    let mut packages = PackagesClient::new(channel.clone());
    let mut allocations = AllocationsClient::new(channel.clone());
    let package_id = things.package.id.clone();
    let preset = Some(package("Paket", &[&things.class.id]));
    let create_package = pb::CreatePackageRequest { package: preset.clone() };
    let update_package = pb::UpdatePackageRequest { id: package_id.clone(), package: preset, version: 999 };
    let delete_package = pb::DeletePackageRequest { id: package_id.clone(), version: 999 };
    let line = pb::ListWaitingListRequest { class_id: things.full.id.clone(), page: None };
    let stale = |version: &mut i64| *version = 999;
    let mut course = things.course.clone();
    stale(&mut course.version);
    let mut room = things.room.clone();
    stale(&mut room.version);
    let mut period = things.period.clone();
    stale(&mut period.version);
    let class = Some(input_of(&things.class));
    let class_id = things.class.id.clone();
    let (student_id, period_code) = (id("s1"), PERIOD.to_owned());
    let get_plan = pb::GetPlanRequest { student_id: student_id.clone(), period_code: period_code.clone() };
    let open_plan = pb::OpenPlanRequest { student_id: student_id.clone(), period_code };
    let enter = pb::EnterAdmissionRequest { student_id: student_id.clone(), period_code: PERIOD.to_owned() };
    let choices = pb::ListChoicesRequest { student_id, filter: Some(list_request()), takeable: false };
    let create_period = pb::CreatePeriodRequest { period: Some(things.period.clone()) };
    let create_room = pb::CreateRoomRequest { room: Some(things.room.clone()) };
    let create_course = pb::CreateCourseRequest { course: Some(things.course.clone()) };
    let curriculum = things.curriculum.clone();
    let get_curriculum = pb::GetCurriculumRequest { id: curriculum.id.clone() };
    let create_curriculum = pb::CreateCurriculumRequest { curriculum: Some(curriculum.clone()) };
    let update_curriculum =
        pb::UpdateCurriculumRequest { curriculum: Some(pb::Curriculum { version: 999, ..curriculum }) };
    let course_id = course.id.clone();
    let get_prerequisites = pb::GetPrerequisitesRequest { course_id: course_id.clone() };
    let asked = pb::Prerequisites { course_id: course_id.clone(), version: 999, ..Default::default() };
    let put_prerequisites = pb::PutPrerequisitesRequest { prerequisites: Some(asked) };
    let get_equivalents = pb::GetEquivalentsRequest { course_id: course_id.clone() };
    let wanted = pb::Equivalents { course_id, version: 999, ..Default::default() };
    let put_equivalents = pb::PutEquivalentsRequest { equivalents: Some(wanted) };
    let update_class = pb::UpdateClassRequest { id: class_id.clone(), class: class.clone(), version: 999 };
    vec![
        ("Catalogue/ListPeriods", met(catalogue.list_periods(pb::ListPeriodsRequest::default()).await)),
        ("Catalogue/GetPeriod", met(catalogue.get_period(pb::GetPeriodRequest { code: PERIOD.to_owned() }).await)),
        ("Catalogue/ListCourses", met(catalogue.list_courses(pb::ListCoursesRequest::default()).await)),
        ("Catalogue/GetCourse", met(catalogue.get_course(pb::GetCourseRequest { id: course.id.clone() }).await)),
        ("Catalogue/ListRooms", met(catalogue.list_rooms(pb::ListRoomsRequest::default()).await)),
        ("Catalogue/ListClasses", met(catalogue.list_classes(list_request()).await)),
        ("Catalogue/GetClass", met(catalogue.get_class(pb::GetClassRequest { id: class_id.clone() }).await)),
        ("Catalogue/ListPublicClasses", met(catalogue.list_public_classes(list_request()).await)),
        ("Catalogue/ListPublicPeriods", met(catalogue.list_public_periods(pb::ListPeriodsRequest::default()).await)),
        ("Offering/CreateCourse", met(offering.create_course(create_course).await)),
        ("Offering/UpdateCourse", met(offering.update_course(pb::UpdateCourseRequest { course: Some(course) }).await)),
        ("Offering/CreatePeriod", met(offering.create_period(create_period).await)),
        ("Offering/UpdatePeriod", met(offering.update_period(pb::UpdatePeriodRequest { period: Some(period) }).await)),
        ("Offering/CreateRoom", met(offering.create_room(create_room).await)),
        ("Offering/UpdateRoom", met(offering.update_room(pb::UpdateRoomRequest { room: Some(room) }).await)),
        ("Offering/CreateClass", met(offering.create_class(pb::CreateClassRequest { class }).await)),
        ("Offering/UpdateClass", met(offering.update_class(update_class).await)),
        ("Offering/DeleteClass", met(offering.delete_class(pb::DeleteClassRequest { id: class_id.clone() }).await)),
        ("Curricula/ListCurricula", met(curricula.list_curricula(pb::ListCurriculaRequest::default()).await)),
        ("Curricula/GetCurriculum", met(curricula.get_curriculum(get_curriculum).await)),
        ("Curricula/CreateCurriculum", met(curricula.create_curriculum(create_curriculum).await)),
        ("Curricula/UpdateCurriculum", met(curricula.update_curriculum(update_curriculum).await)),
        ("Curricula/GetPrerequisites", met(curricula.get_prerequisites(get_prerequisites).await)),
        ("Curricula/PutPrerequisites", met(curricula.put_prerequisites(put_prerequisites).await)),
        ("Curricula/GetEquivalents", met(curricula.get_equivalents(get_equivalents).await)),
        ("Curricula/PutEquivalents", met(curricula.put_equivalents(put_equivalents).await)),
        ("Admission/EnterAdmission", met(admission.enter_admission(enter).await)),
        ("Registration/ListPolicies", met(registration.list_policies(pb::ListPoliciesRequest::default()).await)),
        ("Registration/GetPolicy", met(registration.get_policy(get_policy).await)),
        ("Registration/PutPolicy", met(registration.put_policy(pb::PutPolicyRequest { policy: Some(policy) }).await)),
        ("Registration/DeletePolicy", met(registration.delete_policy(delete_policy).await)),
        ("Registration/GetEffectivePolicy", met(registration.get_effective_policy(effective).await)),
        ("Krs/GetPlan", met(krs.get_plan(get_plan).await)),
        ("Krs/OpenPlan", met(krs.open_plan(open_plan).await)),
        ("Krs/ListChoices", met(krs.list_choices(choices).await)),
        ("Krs/AddClass", met(krs.add_class(add_request("s1", &class_id)).await)),
        ("Krs/SwapClass", met(krs.swap_class(swap_request("s1", &class_id, &class_id)).await)),
        ("Krs/DropClass", met(krs.drop_class(drop_request("s1", &class_id)).await)),
        ("Krs/SubmitPlan", met(krs.submit_plan(submit_request("s1", 999)).await)),
        ("Krs/WithdrawPlan", met(krs.withdraw_plan(withdraw_request("s1", 999)).await)),
        ("Krs/ApprovePlan", met(krs.approve_plan(approve_request("s1", 999)).await)),
        ("Krs/ReturnPlan", met(krs.return_plan(return_request("s1", 999, "x")).await)),
        ("Krs/RevisePlan", met(krs.revise_plan(revise_request("s1", 999)).await)),
        ("Krs/VoidPlan", met(krs.void_plan(void_request("s1", 999, "x")).await)),
        ("Krs/ListPlanSteps", met(krs.list_plan_steps(steps_request("s1")).await)),
        ("Krs/ListPlans", met(krs.list_plans(plans_request()).await)),
        ("Approvals/StartApproval", met(approvals.start_approval(start).await)),
        ("Approvals/GetApproval", met(approvals.get_approval(pb::GetApprovalRequest { id: approval }).await)),
        ("Approvals/ListApprovalOutcomes", met(approvals.list_approval_outcomes(outcomes).await)),
        ("Approvals/ListDelegations", met(approvals.list_delegations(pb::ListDelegationsRequest::default()).await)),
        ("Approvals/CreateDelegation", met(approvals.create_delegation(delegate).await)),
        ("Approvals/EndDelegation", met(approvals.end_delegation(end).await)),
        ("WaitingLists/JoinWaitingList", met(lines.join_waiting_list(join_request("s1", &class_id, "")).await)),
        ("WaitingLists/LeaveWaitingList", met(lines.leave_waiting_list(leave_request("s1", &things.full.id)).await)),
        ("WaitingLists/ListWaitingList", met(lines.list_waiting_list(line).await)),
        ("WaitingLists/ListTradings", met(lines.list_tradings(tradings_request()).await)),
        ("Packages/ListPackages", met(packages.list_packages(packages_request()).await)),
        ("Packages/CreatePackage", met(packages.create_package(create_package).await)),
        ("Packages/UpdatePackage", met(packages.update_package(update_package).await)),
        ("Packages/DeletePackage", met(packages.delete_package(delete_package).await)),
        ("Packages/TakePackage", met(packages.take_package(take_request("s1", &package_id)).await)),
        ("Allocations/GetWishes", met(allocations.get_wishes(wishes_request("s1")).await)),
        ("Allocations/PutWishes", met(allocations.put_wishes(put_wishes_request("s1", 999, &[])).await)),
        ("Allocations/RunAllocation", met(allocations.run_allocation(run_request("")).await)),
        ("Allocations/GetAllocation", met(allocations.get_allocation(allocation_request()).await)),
        ("Allocations/ListAllocationOutcomes", met(allocations.list_allocation_outcomes(outcomes_request("s1")).await)),
        ("Krs/LockPlans", met(krs.lock_plans(pb::LockPlansRequest { period_code: PERIOD.to_owned() }).await)),
    ]
}

/// What a role may do.
struct May {
    /// Reading the plan of `s1`.
    read: Met,
    /// Changing it.
    change: Met,
    /// Deciding about it.
    decide: Met,
    /// Voiding it.
    void: Met,
    /// Listing the plans that it may read.
    list: Met,
    /// Keeping programme IF-S1.
    programme: Met,
    /// Keeping the campus.
    campus: Met,
    /// Beginning a bulk approval, seeing one of the office, delegating for `l1`, ending what `l1` gave, listing such.
    bulk: [Met; 5],
}

/// What no lecturer and no registrar may do with many plans and delegations.
const NOBODY: [Met; 5] = [Met::Denied, Met::Absent, Met::Denied, Met::Absent, Met::Denied];

fn expected(who: &str, path: &str, may: &May) -> Met {
    match path {
        // A student with their own, staff all, and nobody else.
        "Packages/ListPackages" => match who {
            "unassigned student" | "system admin" | "no role" => Met::Denied,
            _ => Met::In,
        },
        "Krs/GetPlan" | "Krs/ListChoices" | "Krs/ListPlanSteps" => may.read,
        "Krs/OpenPlan" | "Krs/AddClass" | "Krs/DropClass" | "Krs/SwapClass" => may.change,
        "Krs/SubmitPlan" | "Krs/WithdrawPlan" => may.change,
        "Admission/EnterAdmission" => may.change,
        "WaitingLists/JoinWaitingList" | "WaitingLists/LeaveWaitingList" | "Packages/TakePackage" => may.change,
        "Krs/ApprovePlan" | "Krs/ReturnPlan" => may.decide,
        "Approvals/StartApproval" => may.bulk[0],
        "Approvals/GetApproval" | "Approvals/ListApprovalOutcomes" => may.bulk[1],
        "Approvals/CreateDelegation" => may.bulk[2],
        "Approvals/EndDelegation" => may.bulk[3],
        "Approvals/ListDelegations" => may.bulk[4],
        "Krs/RevisePlan" | "Allocations/PutWishes" => may.change,
        "Allocations/GetWishes" | "Allocations/ListAllocationOutcomes" => may.read,
        "Allocations/RunAllocation" => may.campus,
        "Allocations/GetAllocation" => Met::In,
        "Krs/VoidPlan" => may.void,
        "Krs/ListPlans" | "Registration/ListPolicies" | "Registration/GetPolicy" => may.list,
        "Registration/PutPolicy" | "Registration/DeletePolicy" => may.campus,
        "Registration/GetEffectivePolicy" => may.read,
        "Krs/LockPlans" | "WaitingLists/ListTradings" => may.campus,
        "WaitingLists/ListWaitingList" => may.programme,
        "Packages/CreatePackage" | "Packages/UpdatePackage" | "Packages/DeletePackage" => may.programme,
        "Offering/CreateCourse" | "Offering/UpdateCourse" => may.programme,
        "Curricula/CreateCurriculum" | "Curricula/UpdateCurriculum" => may.programme,
        "Curricula/PutPrerequisites" | "Curricula/PutEquivalents" => may.programme,
        "Offering/CreateClass" | "Offering/UpdateClass" | "Offering/DeleteClass" => may.programme,
        "Offering/CreatePeriod" | "Offering/UpdatePeriod" | "Offering/CreateRoom" | "Offering/UpdateRoom" => may.campus,
        path if path.starts_with("Catalogue/") || path.starts_with("Curricula/") => Met::In,
        other => panic!("{other} is not in the table"),
    }
}

async fn things(app: &TestApp) -> Things {
    let period = app.open_period().await;
    let course = app.course("IF201", 4).await;
    let room = app.room("A.2.03", 45).await;
    let class = app.class(crate::support::input(&course.id, "A", 9, &[(1, 420, 570)])).await;
    // Somebody has a seat, so that nobody can delete the class; `s1` has it, so that dropping it needs no other class.
    app.add("s2", &class.id).await.expect("a seat");
    let request = pb::CreateCurriculumRequest { curriculum: Some(curriculum("Kurikulum 2024", &[(&course.id, 3)])) };
    let curriculum = answer(app.curricula().create_curriculum(request).await).expect("a curriculum");
    let mut start = start_request(&["s1".to_owned()]);
    start.plans[0].version = 999;
    let approval = answer(app.office().start_approval(start).await).expect("begun");
    let delegation = app.delegate("l1", "l3", 1000, 1001).await.expect("given");
    let policy = app.put_policy(document("SK 1", &serde_json::json!({}))).await.expect("a policy");
    let package = app.make_package(package("Paket A", &[&class.id])).await.expect("a package");
    let full = app.class(crate::support::input(&app.course("IF209", 4).await.id, "A", 1, &[(5, 420, 570)])).await;
    app.add("s3", &full.id).await.expect("the seat");
    Things { course, room, period, class, curriculum, approval, delegation, policy, package, full }
}

chassis::both_engines! {
    async fn every_role_meets_what_the_table_says(app: TestApp) {
        let things = things(&app).await;
        use Met::{Absent, Denied, In};
        let token = || app.token();
        let may = |[read, change, decide, void]: [Met; 4], list, programme, campus| {
            May { read, change, decide, void, list, programme, campus, bulk: NOBODY }
        };
        let nothing = || may([Absent; 4], Denied, Denied, Denied);
        let only_lists = || may([Absent; 4], In, Denied, Denied);
        let of = |bulk, may| May { bulk, ..may };
        let table = [
            ("own student", token().student(&id("s1")), may([In, In, Denied, Denied], Denied, Denied, Denied)),
            ("other student", token().student(&id("s2")), nothing()),
            ("unassigned student", token().role("student", None), nothing()),
            ("advisor", token().lecturer(&id("l1")), of([In, Absent, In, In, In], may([In, Denied, In, Denied], In, Denied, Denied))),
            ("other lecturer", token().lecturer(&id("l2")), of([In, Absent, Denied, Absent, In], only_lists())),
            ("unassigned lecturer", token().role("lecturer", None), only_lists()),
            ("own programme", token().programme_admin(&id("IF-S1")), may([In, Denied, Denied, Denied], In, In, Denied)),
            ("other programme", token().programme_admin(&id("SI-S1")), only_lists()),
            ("no programme", token().role("programme_admin", None), only_lists()),
            ("registrar", token().registrar(), of([In; 5], may([In, Denied, In, In], In, In, In))),
            ("system admin", token().system_admin(), nothing()),
            ("no role", token(), nothing()),
        ];
        for (who, token, may) in table {
            if who == "own student" {
                // What is in the plan can be dropped: the answer is then not `absent`.
                app.add("s1", &things.class.id).await.expect("a seat");
                app.join("s1", &things.full.id).await.expect("in line");
            }
            for (path, found) in call_all(&app.bearing(&token.sign()), &things).await {
                assert_eq!(found, expected(who, path, &may), "{who} {path}");
            }
        }
    }

    async fn every_method_is_in_the_table(app: TestApp) {
        let things = things(&app).await;
        let called: Vec<_> = call_all(&app.as_registrar(), &things).await.into_iter().map(|(path, _)| path).collect();
        let services = [
            "Catalogue", "Offering", "Curricula", "Registration", "Krs", "Admission", "Approvals", "WaitingLists",
            "Packages", "Allocations",
        ];
        for service in services {
            for path in methods_of(&format!("siakad.course.v1.{service}")) {
                assert!(called.iter().any(|short| path.ends_with(&format!(".{short}"))), "{path}");
            }
        }
        assert_eq!(methods_of("siakad.course.v1.CourseImport"), ["/siakad.course.v1.CourseImport/Import"]);
    }

    async fn without_a_token_only_the_public_list_answers(app: TestApp) {
        let things = things(&app).await;
        let bare = app.server.channel(&app.pki, "gateway");
        let mut catalogue = CatalogueClient::new(bare.clone());
        let public = answer(catalogue.list_public_classes(list_request()).await).expect("classes");
        let ids: Vec<_> = public.classes.iter().map(|class| class.id.as_str()).collect();
        assert_eq!(ids, [things.class.id.as_str(), things.full.id.as_str()]);
        assert!(public.classes.iter().all(|class| class.taken == 0), "seats taken are not public");
        assert_eq!(app.taken(&things.class.id).await, 1);
        let periods = answer(catalogue.list_public_periods(pb::ListPeriodsRequest::default()).await).expect("periods");
        assert_eq!(periods.periods, std::slice::from_ref(&things.period));
        fails(answer(catalogue.list_periods(pb::ListPeriodsRequest::default()).await), Kind::Unauthenticated);
        fails(answer(catalogue.list_classes(list_request()).await), Kind::Unauthenticated);
        let get = pb::GetPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
        fails(answer(KrsClient::new(bare.clone()).get_plan(get).await), Kind::Unauthenticated);
        let add = add_request("s1", &things.class.id);
        fails(answer(KrsClient::new(bare).add_class(add).await), Kind::Unauthenticated);
    }

    async fn a_bare_name_of_a_role_gives_nothing_and_a_bad_token_nobody(app: TestApp) {
        let things = things(&app).await;
        let add = || add_request("s1", &things.class.id);
        let other_audience = app.token().student(&id("s1")).claim("aud", "elsewhere").sign();
        let expired = app.token().student(&id("s1")).issued_ago(jiff::SignedDuration::from_hours(2)).sign();
        for token in [other_audience, expired, "nonsense".to_owned()] {
            let mut krs = KrsClient::new(app.bearing(&token));
            fails(answer(krs.add_class(add()).await), Kind::Unauthenticated);
        }
    }

    async fn only_the_gateway_and_the_operator_come_in(app: TestApp) {
        things(&app).await;
        let token = app.token().registrar().sign();
        for peer in ["web", "auth", "student", "siakad"] {
            let channel = app.server.channel(&app.pki, peer).with_bearer(&token);
            let fault = fails(answer(CatalogueClient::new(channel).list_classes(list_request()).await), Kind::Denied);
            assert_eq!(fault.reason(), "peer-refused", "{peer}");
        }
        for peer in ["gateway", "web", "auth", "student"] {
            let channel = app.server.channel(&app.pki, peer).with_bearer(&token);
            let rows = tokio_stream::iter(Vec::<pb::ImportRequest>::new());
            let fault = fails(answer(CourseImportClient::new(channel).import(rows).await).map(drop), Kind::Denied);
            assert_eq!(fault.reason(), "peer-refused", "{peer}");
        }
    }

    async fn an_advisor_reads_exactly_the_advisees(app: TestApp) {
        app.open_period().await;
        let channel = app.bearing(&app.token().lecturer(&id("l1")).sign());
        let mut krs = KrsClient::new(channel);
        for n in 1..=9 {
            let request = pb::GetPlanRequest { student_id: id(&format!("s{n}")), period_code: PERIOD.to_owned() };
            let read = answer(krs.get_plan(request).await);
            match n <= 3 {
                true => assert_eq!(read.expect("an advisee").student_id, id(&format!("s{n}"))),
                false => drop(fails(read, Kind::Absent)),
            }
        }
    }
}
