//! Approved plans that are revised, and plans that the office voids.

use chassis::error::Kind;
use chassis::outbox::Change;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use proto::student::v1 as student_pb;

use crate::feeds::{snapshot, told};
use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, answer, decoded, fails, fields, id, keyed, krs_window, plans_request, reasons,
    return_request, revise_request, status, student_state, void_request, words,
};

/// A window of revisions, days from now.
fn revision_window(app: &TestApp, opens: i64, closes: i64) -> pb::Window {
    pb::Window { kind: pb::WindowKind::Revision.into(), ..krs_window(app.clock.now(), opens, closes) }
}

/// A period whose KRS is open for a day and which is revised from the second to the fourth; two classes, and `s1` with
/// the first of them on an approved plan.
async fn approved(app: &TestApp) -> (pb::Class, pb::Class) {
    let windows = vec![krs_window(app.clock.now(), -1, 1), revision_window(app, 2, 4)];
    app.period(PERIOD, pb::PeriodState::Active, windows).await;
    let first = app.offer("IF201", 4, 1, MONDAY).await;
    let second = app.offer("IF202", 3, 9, TUESDAY).await;
    app.add("s1", &first.id).await.expect("a seat");
    app.submit("s1").await.expect("handed in");
    app.approve("l1", "s1").await.expect("approved");
    (first, second)
}

fn days(app: &TestApp, days: i64) {
    app.clock.advance(SignedDuration::from_hours(24 * days));
}

/// What others last heard of a plan.
async fn last_told(app: &TestApp) -> pb::PlanSnapshot {
    let plans: Vec<_> = told(app).await.into_iter().filter(|event| event.kind == "course.plan").collect();
    decoded(&plans.last().expect("a plan").payload)
}

chassis::both_engines! {
    async fn an_approved_plan_is_revised_in_its_window(app: TestApp) {
        let (first, second) = approved(&app).await;
        let plan = app.plan("s1").await;
        assert_eq!(reasons(&plan.revise_refusals), ["revision-not-open"], "the page foretells the act");
        assert_eq!(plan.revision_window.map(|window| window.kind()), Some(pb::WindowKind::Revision));
        let fault = fails(app.revise("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["revision-not-open"]);
        let (opens, closes) = ("2026-08-12T02:00:00Z", "2026-08-14T02:00:00Z");
        assert_eq!((&*fault.refusals()[0].facts["opens_at"], &*fault.refusals()[0].facts["closes_at"]), (opens, closes));

        days(&app, 2);
        assert_eq!(words(&fails(app.drop("s1", &first.id).await, Kind::Refused)), ["krs-closed", "plan-approved"]);
        assert_eq!(reasons(&app.plan("s1").await.revise_refusals), [""; 0]);
        let plan = app.revise("s1").await.expect("opened for changes");
        assert_eq!((plan.state(), plan.version, plan.items.len()), (pb::PlanState::Revising, 4, 1));
        assert_eq!((reasons(&plan.refusals), reasons(&plan.revise_refusals)), (vec![], vec![]));
        let told = last_told(&app).await;
        assert!(told.revision, "still on its roster");
        assert_eq!((told.state(), told.class_ids), (pb::PlanState::Revising, vec![first.id.clone()]));
        assert_eq!(words(&fails(app.revise("s1").await, Kind::Refused)), ["plan-state"]);
        assert_eq!(words(&fails(app.approve("l1", "s1").await, Kind::Refused)), ["plan-state"], "it was not handed in");

        let plan = app.add("s1", &second.id).await.expect("a class more");
        assert_eq!((plan.state(), plan.items.len()), (pb::PlanState::Revising, 2));
        app.drop("s1", &first.id).await.expect("given back");
        assert_eq!(app.taken(&first.id).await, 0);
        // Returned within the window, it is mended and handed in again, though the KRS window is long over.
        app.submit("s1").await.expect("handed in");
        app.give_back("l1", "s1", "Ambil IF201 lagi.").await.expect("returned");
        app.add("s1", &first.id).await.expect("mended");
        app.submit("s1").await.expect("handed in again");
        let plan = app.approve("l1", "s1").await.expect("approved");
        assert_eq!((plan.state(), plan.items.len()), (pb::PlanState::Approved, 2));

        app.revise("s1").await.expect("once more");
        days(&app, 2);
        let plan = app.plan("s1").await;
        assert_eq!(plan.state(), pb::PlanState::Revising, "what was not handed in stays");
        assert_eq!((reasons(&plan.refusals), reasons(&plan.submit_refusals)), (vec!["revision-closed"], vec!["revision-closed"]));
        for fault in [app.drop("s1", &first.id).await, app.submit("s1").await] {
            let fault = fails(fault, Kind::Refused);
            assert_eq!(words(&fault), ["revision-closed"]);
            assert_eq!(fault.refusals()[0].facts["closed_at"], closes);
        }
        assert_eq!(app.lock_plans().await, 0, "only what is approved becomes final");

        use pb::PlanDeed::{Add, Approve, Drop, Return, Revise, Submit};
        let deeds: Vec<_> = app.steps("s1").await.iter().rev().map(pb::PlanStep::deed).collect();
        let all = [Add, Submit, Approve, Revise, Add, Drop, Submit, Return, Add, Submit, Approve, Revise];
        assert_eq!(deeds, all);
    }

    async fn a_revision_is_approved_and_withdrawn_while_revisions_are_made(app: TestApp) {
        let now = app.clock.now();
        let approval = |opens, closes| pb::Window { kind: pb::WindowKind::KrsApproval.into(), ..krs_window(now, opens, closes) };
        // Approval follows the KRS, and there is one more after the revisions, with a day in between.
        let windows = vec![krs_window(now, -1, 1), approval(-1, 2), revision_window(&app, 4, 6), approval(7, 8)];
        app.period(PERIOD, pb::PeriodState::Active, windows).await;
        let first = app.offer("IF201", 4, 9, MONDAY).await;
        let second = app.offer("IF202", 3, 9, TUESDAY).await;
        for name in ["s1", "s2", "s3"] {
            app.add(name, &first.id).await.expect("a seat");
            app.submit(name).await.expect("handed in");
        }
        for name in ["s1", "s2"] {
            app.approve("l1", name).await.expect("approved");
        }
        let told_of = |state| (state, true, vec![first.id.clone()]);
        days(&app, 4);
        app.revise("s1").await.expect("opened for changes");
        app.submit("s1").await.expect("handed in");
        let told = last_told(&app).await;
        assert_eq!((told.state(), told.revision, told.class_ids), told_of(pb::PlanState::Submitted), "it keeps its places");
        let office = |name: &str| pb::GetPlanRequest { student_id: id(name), period_code: PERIOD.to_owned() };
        let seen = answer(app.advising("l1").get_plan(office("s1")).await).expect("a plan");
        assert_eq!((reasons(&seen.approve_refusals), reasons(&seen.refusals)), (vec![], vec!["plan-submitted"]));
        assert_eq!(words(&fails(app.approve("l1", "s3").await, Kind::Refused)), ["approval-not-open"], "it is no revision");
        // Taken back it is being revised again, as if it had not been handed in.
        let plan = app.withdraw("s1").await.expect("taken back");
        assert_eq!(plan.state(), pb::PlanState::Revising);
        app.add("s1", &second.id).await.expect("a class more");
        app.drop("s1", &second.id).await.expect("given back");
        app.submit("s1").await.expect("handed in");
        app.give_back("l1", "s1", "Lengkapi.").await.expect("returned");
        let told = last_told(&app).await;
        assert_eq!((told.state(), told.revision, told.class_ids), told_of(pb::PlanState::Returned));
        app.submit("s1").await.expect("handed in again");
        let plan = app.approve("l1", "s1").await.expect("approved in the window of revisions");
        assert_eq!(plan.state(), pb::PlanState::Approved);
        assert!(!last_told(&app).await.revision);

        // Handed in on the last day, it is decided about until the approval after it is over.
        for name in ["s1", "s2"] {
            app.revise(name).await.expect("opened for changes");
            app.submit(name).await.expect("handed in");
        }
        days(&app, 2);
        assert_eq!(words(&fails(app.withdraw("s1").await, Kind::Refused)), ["revision-closed"]);
        assert_eq!(words(&fails(app.withdraw("s3").await, Kind::Refused)), ["krs-closed"]);
        app.approve("l1", "s1").await.expect("approved between the two windows");
        days(&app, 2);
        let fault = fails(app.approve("l1", "s2").await, Kind::Refused);
        assert_eq!(words(&fault), ["approval-not-open"]);
        assert_eq!(fault.refusals()[0].facts["closes_at"], "2026-08-18T02:00:00Z");
        // The snapshot tells it as the events did.
        let told = last_told(&app).await;
        let shown: Vec<_> = snapshot(&app).await.into_iter().filter(|event| event.kind == "course.plan").collect();
        let shown: Vec<pb::PlanSnapshot> = shown.iter().map(|event| decoded(&event.payload)).collect();
        let revisions: Vec<_> = shown.iter().filter(|plan| plan.revision).map(|plan| plan.student_id.clone()).collect();
        assert_eq!((shown.len(), revisions, told.revision), (3, vec![id("s2")], false));
    }

    async fn a_period_without_revisions_has_none(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        assert_eq!(reasons(&app.plan("s1").await.revise_refusals), [""; 0], "there is nothing to revise");
        app.submit("s1").await.expect("handed in");
        app.approve("l1", "s1").await.expect("approved");
        assert_eq!(words(&fails(app.revise("s1").await, Kind::Refused)), ["revision-no-window"]);
        app.tell(&[status("s1", PERIOD, student_pb::StatusKind::Leave, 2)]).await;
        let told = reasons(&app.plan("s1").await.revise_refusals).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told, ["revision-no-window", "status-on-leave"]);
        fails(answer(app.advising("l2").revise_plan(revise_request("s1", 3)).await), Kind::Absent);
        fails(answer(app.advising("l1").revise_plan(revise_request("s1", 3)).await), Kind::Denied);
        fails(answer(app.krs("s1").revise_plan(revise_request("s1", 2)).await), Kind::Stale);
    }

    async fn the_office_voids_a_plan_and_frees_its_seats(app: TestApp) {
        let (first, second) = approved(&app).await;
        app.add("s2", &second.id).await.expect("a seat");
        assert_eq!(words(&fails(app.add("s2", &first.id).await, Kind::Refused)), ["class-full"]);
        for (note, reason) in [("", "required"), (&*"x".repeat(501), "too-long")] {
            assert_eq!(fields(&fails(app.void("s1", note).await, Kind::Malformed)), [("note".to_owned(), reason.to_owned())]);
        }
        let mut registrar = KrsClient::new(app.as_registrar());
        fails(answer(registrar.void_plan(void_request("s1", 2, "Cuti.")).await), Kind::Stale);
        for _ in 0..2 {
            let request = keyed(void_request("s1", 3, "Cuti akademik."), "void");
            let plan = answer(registrar.void_plan(request).await).expect("void");
            assert_eq!((plan.state(), plan.version, plan.items.len()), (pb::PlanState::Void, 4, 0));
        }
        let told = last_told(&app).await;
        assert_eq!((told.state(), told.class_ids.len()), (pb::PlanState::Void, 0), "off every roster");
        assert_eq!(app.taken(&first.id).await, 0);
        app.add("s2", &first.id).await.expect("the freed seat");
        let step = &app.steps("s1").await[0];
        assert_eq!((step.deed(), step.actor.as_str(), step.note.as_str()), (pb::PlanDeed::Void, "registrar", "Cuti akademik."));

        assert_eq!(words(&fails(app.add("s1", &second.id).await, Kind::Refused)), ["plan-void"]);
        assert_eq!(words(&fails(app.void("s1", "Lagi.").await, Kind::Refused)), ["plan-void"]);
        assert_eq!(words(&fails(app.give_back("l1", "s1", "x").await, Kind::Refused)), ["plan-state"], "not the advisor's");
        // The only way back: the office returns it, empty, and the student fills it within the windows.
        let back = answer(registrar.return_plan(return_request("s1", 4, "Cuti dibatalkan.")).await).expect("given back");
        assert_eq!((back.state(), back.items.len()), (pb::PlanState::Returned, 0));
        app.add("s1", &second.id).await.expect("filled again");
        // Somebody of the office stays that, though they are the student's advisor as well.
        let void = app.void("s1", "Lagi.").await.expect("void again");
        let both = app.token().account("both").registrar().lecturer(&id("l1")).sign();
        let request = return_request("s1", void.version, "Batal lagi.");
        let back = answer(KrsClient::new(app.bearing(&both)).return_plan(request).await).expect("given back");
        assert_eq!(back.state(), pb::PlanState::Returned);
        assert_eq!(words(&fails(app.void("s3", "x").await, Kind::Refused)), ["plan-state"], "there is no plan");
    }

    async fn only_the_registrar_voids(app: TestApp) {
        approved(&app).await;
        let request = || void_request("s1", 3, "Cuti.");
        for mut krs in [app.krs("s1"), app.advising("l1")] {
            assert_eq!(fails(answer(krs.void_plan(request()).await), Kind::Denied).reason(), "not-allowed");
        }
        for mut krs in [app.krs("s2"), app.advising("l2")] {
            fails(answer(krs.void_plan(request()).await), Kind::Absent);
        }
        assert_eq!(app.lock_plans().await, 1);
        assert_eq!(words(&fails(app.void("s1", "Cuti.").await, Kind::Refused)), ["plan-locked"], "what is final stays");
    }

    async fn a_leave_or_an_exit_takes_nothing_and_is_shown_to_the_office(app: TestApp) {
        let (first, second) = approved(&app).await;
        app.add("s2", &second.id).await.expect("a seat");
        let left = student_pb::StudentState { exit_kind: "4".to_owned(), ..student_state("s2", "IF-S1", "20241", "l1") };
        app.tell(&[
            status("s1", PERIOD, student_pb::StatusKind::Leave, 2),
            Change::new("student.student", id("s2"), 2, &left),
        ])
        .await;
        let list = app.plans(plans_request()).await;
        let flags = |name: &str| {
            let row = list.plans.iter().find(|plan| plan.student_name == name).expect("it is listed");
            reasons(&row.flags).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!((flags("s1"), flags("s2")), (vec!["status-on-leave".to_owned()], vec!["student-left".to_owned()]));
        assert_eq!((app.taken(&first.id).await, app.taken(&second.id).await), (1, 1), "nothing is taken silently");
        for name in ["s1", "s2"] {
            app.void(name, "Tidak terdaftar.").await.expect("void");
        }
        assert_eq!((app.taken(&first.id).await, app.taken(&second.id).await), (0, 0));
        let gone = app.plans(pb::ListPlansRequest { state: pb::PlanState::Void.into(), ..plans_request() }).await;
        assert!(gone.plans.len() == 2 && gone.plans.iter().all(|plan| plan.flags.is_empty()), "nothing is left to do");
    }
}
