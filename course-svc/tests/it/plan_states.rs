//! The road of a plan: handed in, withdrawn, returned, approved, locked; what refuses each step, and the history of all.

use chassis::error::Kind;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use proto::student::v1 as student_pb;

use crate::feeds::told;
use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, add_request, answer, approve_request, decoded, fails, fields, hold, id, keyed,
    krs_window, reasons, record, return_request, student_state, submit_request, withdraw_request, words,
};

/// State, version and note of a plan.
fn place(plan: &pb::PlanView) -> (pb::PlanState, i64, &str) {
    (plan.state(), plan.version, plan.note.as_str())
}

/// A window in which advisors decide, days from now.
fn approval_window(app: &TestApp, opens: i64, closes: i64) -> pb::Window {
    pb::Window { kind: pb::WindowKind::KrsApproval.into(), ..krs_window(app.clock.now(), opens, closes) }
}

chassis::both_engines! {
    async fn a_plan_goes_the_whole_road(app: TestApp) {
        app.open_period().await;
        let first = app.offer("IF201", 4, 9, MONDAY).await;
        let second = app.offer("IF202", 3, 9, TUESDAY).await;
        app.add("s1", &first.id).await.expect("a seat");

        let plan = app.submit("s1").await.expect("handed in");
        assert_eq!(place(&plan), (pb::PlanState::Submitted, 2, ""));
        assert_eq!(reasons(&plan.refusals), ["plan-submitted"]);
        assert_eq!(words(&fails(app.add("s1", &second.id).await, Kind::Refused)), ["plan-submitted"]);
        assert_eq!(words(&fails(app.drop("s1", &first.id).await, Kind::Refused)), ["plan-submitted"]);
        let fault = fails(app.submit("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["plan-state"]);
        assert_eq!(fault.refusals()[0].facts["state"], "submitted");
        assert_eq!(fault.refusals()[0].facts["wanted"], "draft");

        let plan = app.withdraw("s1").await.expect("taken back");
        assert_eq!(place(&plan), (pb::PlanState::Draft, 3, ""));
        assert_eq!(words(&fails(app.withdraw("s1").await, Kind::Refused)), ["plan-state"]);
        app.submit("s1").await.expect("handed in again");

        let plan = app.give_back("l1", "s1", "  Ambil IF202 juga.\r\nTerima kasih.  ").await.expect("returned");
        let note = "Ambil IF202 juga.\nTerima kasih.";
        assert_eq!(place(&plan), (pb::PlanState::Returned, 5, note));
        let plan = app.add("s1", &second.id).await.expect("a returned plan is changed like a draft");
        assert_eq!(place(&plan), (pb::PlanState::Returned, 6, note));
        assert_eq!(place(&app.submit("s1").await.expect("handed in")), (pb::PlanState::Submitted, 7, ""));

        let plan = app.approve("l1", "s1").await.expect("approved");
        assert_eq!(place(&plan), (pb::PlanState::Approved, 8, ""));
        assert_eq!(words(&fails(app.drop("s1", &first.id).await, Kind::Refused)), ["plan-approved"]);
        assert_eq!(words(&fails(app.withdraw("s1").await, Kind::Refused)), ["plan-state"]);
        assert_eq!(words(&fails(app.approve("l1", "s1").await, Kind::Refused)), ["plan-state"]);

        assert_eq!(app.lock_plans().await, 1);
        assert_eq!(app.lock_plans().await, 0, "locking again changes nothing");
        let plan = app.plan("s1").await;
        assert_eq!(place(&plan), (pb::PlanState::Locked, 9, ""));
        assert_eq!(reasons(&plan.refusals), ["plan-locked"]);
        assert_eq!(words(&fails(app.give_back("l1", "s1", "terlambat").await, Kind::Refused)), ["plan-state"]);

        use pb::PlanDeed::{Add, Approve, Lock, Return, Submit, Withdraw};
        use pb::PlanState::{Approved, Draft, Locked, Returned, Submitted};
        let steps = app.steps("s1").await;
        let found: Vec<_> = steps.iter().rev().map(|step| (step.version, step.deed(), step.state())).collect();
        let expected = [
            (1, Add, Draft),
            (2, Submit, Submitted),
            (3, Withdraw, Draft),
            (4, Submit, Submitted),
            (5, Return, Returned),
            (6, Add, Returned),
            (7, Submit, Submitted),
            (8, Approve, Approved),
            (9, Lock, Locked),
        ];
        assert_eq!(found, expected);
        let who = |step: &pb::PlanStep| (step.actor.clone(), step.account_id.clone(), step.actor_name.clone());
        let own = |text: &str| text.to_owned();
        assert_eq!(who(&steps[0]), (own("registrar"), own("registrar"), own("")));
        assert_eq!(who(&steps[1]), (own("advisor"), own("account-l1"), own("Dr. Andi")));
        assert_eq!(who(&steps[2]), (own("student"), own("account-s1"), own("s1")));
        let notes: Vec<_> = steps.iter().filter(|step| !step.note.is_empty()).map(|step| step.version).collect();
        assert_eq!(notes, [5], "the note stands at the step that gave it");
        assert_eq!((steps[4].note.as_str(), steps[8].class_label.as_str()), (note, "Mata Kuliah IF201 A"));
        assert!(steps.iter().all(|step| step.at.is_some()));

        let plans: Vec<_> = told(&app).await.into_iter().filter(|event| event.kind == "course.plan").collect();
        let states: Vec<_> =
            plans.iter().map(|event| decoded::<pb::PlanSnapshot>(&event.payload).state()).collect();
        assert_eq!(states, expected.map(|(.., state)| state));
        let last = decoded::<pb::PlanSnapshot>(&plans[8].payload);
        let mut both = vec![first.id, second.id];
        both.sort();
        assert_eq!((plans[8].version, last.class_ids), (9, both));
    }

    async fn a_plan_is_checked_again_when_it_is_handed_in(app: TestApp) {
        let period = app.open_period().await;
        let class = app.offer("IF201", 13, 1, MONDAY).await;
        let fault = fails(app.submit("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["plan-state", "plan-empty"], "nothing was opened");

        app.last_ips("s1", 300).await;
        app.add("s1", &class.id).await.expect("a seat");
        assert_eq!(reasons(&app.plan("s1").await.submit_refusals), [""; 0], "the class is full, but the seat is held");
        app.tell(&[hold("s1", student_pb::HoldKind::Library, None, 1)]).await;
        app.last_ips("s1", 149).await;
        let plan = app.plan("s1").await;
        assert_eq!(reasons(&plan.submit_refusals), ["hold-library", "credit-limit"]);
        let fault = fails(app.submit("s1").await, Kind::Refused);
        assert_eq!(words(&fault), reasons(&plan.submit_refusals), "the page foretells the act");
        assert_eq!(fault.refusals()[1].facts["wanted"], "13");

        let stale = submit_request("s1", plan.version - 1);
        fails(answer(app.krs("s1").submit_plan(stale).await), Kind::Stale);
        let shut = pb::Period { windows: vec![krs_window(app.clock.now(), -9, -1)], ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(shut) }).await).expect("shut");
        let fault = fails(app.submit("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["krs-closed", "hold-library", "credit-limit"]);
    }

    async fn a_plan_is_checked_again_when_it_is_approved(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 13, 1, MONDAY).await;
        app.last_ips("s1", 300).await;
        app.add("s1", &class.id).await.expect("a seat");
        let plan = app.submit("s1").await.expect("handed in");
        app.last_ips("s1", 149).await;

        let get = || pb::GetPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
        let view = answer(app.advising("l1").get_plan(get()).await).expect("an advisee");
        assert_eq!(reasons(&view.approve_refusals), ["credit-limit"]);
        let registrar = answer(KrsClient::new(app.as_registrar()).get_plan(get()).await).expect("any plan");
        assert_eq!(registrar.approve_refusals, view.approve_refusals);
        assert_eq!(app.plan("s1").await.approve_refusals, [], "the student does not decide");
        let fault = fails(app.approve("l1", "s1").await, Kind::Refused);
        assert_eq!(words(&fault), reasons(&view.approve_refusals), "the page foretells the act");

        let stale = approve_request("s1", plan.version - 1);
        fails(answer(app.advising("l1").approve_plan(stale).await), Kind::Stale);
        let plan = app.give_back("l1", "s1", "Kurangi SKS.").await.expect("what cannot be approved is returned");
        assert_eq!(plan.approve_refusals, [], "it waits no longer");
        app.last_ips("s1", 300).await;
        app.submit("s1").await.expect("handed in");
        app.approve("l1", "s1").await.expect("approved");

        // What breaks a rule afterwards is flagged, and takes nothing away.
        app.last_ips("s1", 149).await;
        let plan = app.plan("s1").await;
        assert_eq!((reasons(&plan.flags), plan.items.len()), (vec!["credit-limit"], 1));
    }

    async fn advisors_decide_in_their_window(app: TestApp) {
        let soon = vec![krs_window(app.clock.now(), -1, 1), approval_window(&app, 2, 3)];
        app.period(PERIOD, pb::PeriodState::Active, soon).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        let fault = fails(app.approve("l1", "s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["approval-not-open"]);
        let opens = (app.clock.now() + SignedDuration::from_hours(48)).to_string();
        assert_eq!(fault.refusals()[0].facts["opens_at"], opens);

        app.clock.advance(SignedDuration::from_hours(48));
        let fault = fails(app.withdraw("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["krs-closed"], "the draft could never be handed in again");
        let plan = app.approve("l1", "s1").await.expect("the KRS window is over, that of approval is open");
        assert_eq!(plan.state(), pb::PlanState::Approved);
        app.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(words(&fails(app.give_back("l1", "s1", "x").await, Kind::Refused)), ["approval-not-open"]);
    }

    async fn a_plan_of_a_period_that_is_over_is_not_decided(app: TestApp) {
        let period = app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        let closed = pb::Period { state: pb::PeriodState::Closed.into(), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(closed) }).await).expect("closed");
        assert_eq!(words(&fails(app.approve("l1", "s1").await, Kind::Refused)), ["period-not-active"]);
        assert_eq!(words(&fails(app.give_back("l1", "s1", "x").await, Kind::Refused)), ["period-not-active"]);
    }

    async fn a_return_needs_its_note(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        for (note, reason) in
            [("", "required"), (" \n ", "required"), (&"x".repeat(501), "too-long"), ("a\tb", "forbidden-character")]
        {
            let fault = fails(app.give_back("l1", "s1", note).await, Kind::Malformed);
            assert_eq!(fields(&fault), [("note".to_owned(), reason.to_owned())]);
        }
        let plan = app.give_back("l1", "s1", &"é".repeat(500)).await.expect("500 characters");
        assert_eq!(plan.note.chars().count(), 500);
    }

    async fn only_the_advisor_or_the_registrar_decides(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        fails(app.approve("l2", "s1").await, Kind::Absent);
        let own = answer(app.krs("s1").approve_plan(approve_request("s1", 2)).await);
        assert_eq!(fails(own, Kind::Denied).reason(), "not-allowed");
        let admin = app.bearing(&app.token().programme_admin(&id("IF-S1")).sign());
        let read_only = answer(KrsClient::new(admin).approve_plan(approve_request("s1", 2)).await);
        assert_eq!(fails(read_only, Kind::Denied).reason(), "not-allowed");

        // A student without an advisor: nobody but the registrar.
        let alone = student_pb::StudentState { advisor_id: String::new(), ..student_state("s1", "IF-S1", "20241", "") };
        app.tell(&[chassis::outbox::Change::new("student.student", id("s1"), 2, &alone)]).await;
        fails(app.approve("l1", "s1").await, Kind::Absent);
        let mut registrar = KrsClient::new(app.as_registrar());
        let plan = answer(registrar.approve_plan(approve_request("s1", 2)).await).expect("approved");
        assert_eq!((plan.state(), plan.advisor_id.as_str()), (pb::PlanState::Approved, ""));
    }

    async fn every_step_sent_twice_is_done_once(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        let (mut krs, mut advisor) = (app.krs("s1"), app.advising("l1"));
        for _ in 0..2 {
            let request = keyed(submit_request("s1", 1), "submit");
            assert_eq!(place(&answer(krs.submit_plan(request).await).expect("done")), (pb::PlanState::Submitted, 2, ""));
        }
        for _ in 0..2 {
            let request = keyed(return_request("s1", 2, "Lagi."), "return");
            let plan = answer(advisor.return_plan(request).await).expect("done");
            assert_eq!(place(&plan), (pb::PlanState::Returned, 3, "Lagi."));
        }
        answer(krs.submit_plan(submit_request("s1", 3)).await).expect("handed in");
        for _ in 0..2 {
            let request = keyed(withdraw_request("s1", 4), "withdraw");
            assert_eq!(place(&answer(krs.withdraw_plan(request).await).expect("done")), (pb::PlanState::Draft, 5, ""));
        }
        answer(krs.submit_plan(submit_request("s1", 5)).await).expect("handed in");
        for _ in 0..2 {
            let request = keyed(approve_request("s1", 6), "approve");
            let plan = answer(advisor.approve_plan(request).await).expect("done");
            assert_eq!(place(&plan), (pb::PlanState::Approved, 7, ""));
        }
        let other = keyed(approve_request("s1", 7), "approve");
        assert_eq!(fails(answer(advisor.approve_plan(other).await), Kind::KeyReused).reason(), "idempotency-key-reused");
        assert_eq!(app.steps("s1").await.len(), 7);
    }

    async fn handing_in_outlives_the_login_service_and_deciding_does_not(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        let mut krs = app.krs("s1");
        let mut advisor = app.advising("l1");
        let mut registrar = KrsClient::new(app.as_registrar());
        app.clock.advance(SignedDuration::from_mins(10));
        answer(krs.submit_plan(submit_request("s1", 1)).await).expect("handed in");
        answer(krs.withdraw_plan(withdraw_request("s1", 2)).await).expect("taken back");
        answer(krs.submit_plan(submit_request("s1", 3)).await).expect("handed in");
        answer(advisor.list_plans(crate::support::plans_request()).await).expect("reading goes on");
        let approve = answer(advisor.approve_plan(approve_request("s1", 4)).await);
        assert_eq!(fails(approve, Kind::Unauthenticated).reason(), "token-expired");
        fails(answer(advisor.return_plan(return_request("s1", 4, "x")).await), Kind::Unauthenticated);
        let lock = pb::LockPlansRequest { period_code: PERIOD.to_owned() };
        fails(answer(registrar.lock_plans(lock).await), Kind::Unauthenticated);
    }

    async fn the_history_is_only_ever_added_to(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        for change in [
            chassis::sql!("UPDATE plan_step SET note = 'x'"),
            chassis::sql!("DELETE FROM plan_step"),
        ] {
            let mut tx = app.db.db.begin().await.expect("a transaction");
            change.run(&mut tx).await.expect_err("the history stays");
        }
        assert_eq!(app.steps("s1").await.len(), 1);
    }

    async fn every_approved_plan_of_a_period_is_locked_in_batches(app: TestApp) {
        app.open_period().await;
        let mut tx = app.db.db.begin().await.expect("a transaction");
        let plans = chassis::sql!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n.n + 1 FROM n WHERE n.n < 1203)
             INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
             SELECT 'p' || n.n, '20261', CASE WHEN n.n > 1200 THEN 'submitted' ELSE 'approved' END, 4, 0 FROM n"
        );
        plans.run(&mut tx).await.expect("plans");
        tx.commit().await.expect("a commit");
        assert_eq!(app.lock_plans().await, 1200);
        let counts = chassis::sql!("SELECT state, version, COUNT(*) FROM study_plan GROUP BY state, version ORDER BY state");
        let counts = counts.all::<(String, i64, i64)>(&app.db.db).await.expect("counts");
        assert_eq!(counts, [("locked".to_owned(), 5, 1200), ("submitted".to_owned(), 4, 3)]);
        let steps = chassis::sql!("SELECT actor, deed, version, COUNT(*) FROM plan_step GROUP BY actor, deed, version");
        let steps = steps.all::<(String, String, i64, i64)>(&app.db.db).await.expect("steps");
        assert_eq!(steps, [("registrar".to_owned(), "lock".to_owned(), 5, 1200)]);
        let told = told(&app).await;
        let locked = told.iter().filter(|event| event.kind == "course.plan");
        assert!(locked.clone().all(|event| decoded::<pb::PlanSnapshot>(&event.payload).state() == pb::PlanState::Locked));
        assert_eq!(locked.count(), 1200);
        let nowhere = pb::LockPlansRequest { period_code: "20993".to_owned() };
        fails(answer(KrsClient::new(app.as_registrar()).lock_plans(nowhere).await), Kind::Absent);
    }

    async fn a_plan_says_whose_it_is(app: TestApp) {
        app.open_period().await;
        let mut results = record("s1", &[("20252", 310, 20, 0)]);
        (results.cumulative_hundredths, results.credits_passed) = (Some(295), 78);
        app.tell_records(&[results]).await;
        let plan = app.plan("s1").await;
        let who = (plan.nim.as_str(), plan.student_name.as_str(), plan.advisor_id, plan.advisor_name.as_str());
        assert_eq!(who, ("nim-s1", "s1", id("l1"), "Dr. Andi"));
        assert_eq!((plan.gpa_hundredths, plan.credits_earned), (Some(295), 78));
        assert_eq!((app.plan("s2").await.gpa_hundredths, app.plan("s2").await.credits_earned), (None, 0));
    }

    async fn a_version_that_was_not_read_is_refused_to_everybody(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        answer(app.krs("s1").add_class(add_request("s1", &class.id)).await).expect("a seat");
        app.submit("s1").await.expect("handed in");
        for version in [0, 1, 3] {
            fails(answer(app.krs("s1").withdraw_plan(withdraw_request("s1", version)).await), Kind::Stale);
            fails(answer(app.advising("l1").approve_plan(approve_request("s1", version)).await), Kind::Stale);
            fails(answer(app.advising("l1").return_plan(return_request("s1", version, "x")).await), Kind::Stale);
        }
    }
}
