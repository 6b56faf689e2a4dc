//! Many plans approved at once: each for itself, once, whoever goes away meanwhile; and what is left over to the office.

use std::time::Instant;

use chassis::db::Engine;
use chassis::error::Kind;
use chassis::idempotency::Scope;
use chassis::once::Answer;
use chassis::sql;
use chassis::testing::eventually;
use course_svc::app::approvals::{Bulk, Limits, Which};
use course_svc::app::registrar::{Command, Order};
use course_svc::error::Error;
use course_svc::rules::Refusal;
use course_svc::rules::period::PeriodCode;
use course_svc::store::approvals;
use course_svc::store::plan_steps::{Actor, ActorRole};
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::approvals_client::ApprovalsClient;
use proto::student::v1 as student_pb;

use crate::support::bulk::{lecturer_caller, start_request};
use crate::support::wishes::registrar_caller;
use crate::support::{PERIOD, TestApp, answer, fails, fields, hold, id, keyed, krs_window, show, status};

/// Approvals in the history of each student's plan: actor and how many.
async fn approvals_of(app: &TestApp) -> Vec<(String, String, i64)> {
    sql!(
        "SELECT student_id, actor, COUNT(*) FROM plan_step WHERE deed = 'approve' GROUP BY student_id, actor
         ORDER BY student_id"
    )
    .all::<(String, String, i64)>(&app.db.db)
    .await
    .expect("steps")
}

/// Plans of a bulk approval that are not decided.
async fn undecided(app: &TestApp, approval: &pb::Approval) -> i64 {
    let query = sql!("SELECT COUNT(*) FROM approval_plan WHERE approval_id = $1 AND outcome = 1").bind(&approval.id);
    query.one::<(i64,)>(&app.db.db).await.expect("a number").0
}

/// Every plan was approved, and has exactly one approval in its history.
async fn each_once(app: &TestApp, approval: &pb::Approval, plans: usize) {
    let done = app.done(approval).await;
    assert_eq!((done.total as usize, done.approved as usize, done.refused), (plans, plans, 0), "{done:?}");
    let found = approvals_of(app).await;
    assert!(found.len() == plans && found.iter().all(|(_, _, times)| *times == 1), "{found:?}");
}

fn period() -> PeriodCode {
    PeriodCode::parse(PERIOD).expect("a period")
}

chassis::both_engines! {
    async fn three_hundred_plans_are_approved_each_for_itself(app: TestApp) {
        app.open_period().await;
        let own = app.crowd("IF201", "q", 290, "l1").await;
        let foreign = app.crowd("IF202", "f", 4, "l2").await;
        app.tell(&[hold("q000", student_pb::HoldKind::Tuition, None, 1), status("q001", PERIOD, student_pb::StatusKind::Leave, 2)])
            .await;
        app.withdraw("q002").await.expect("taken back");
        let all: Vec<_> = own.iter().chain(&foreign).cloned().collect();
        let mut request = start_request(&all);
        // As it was before it was handed in, and a student whom nobody knows.
        request.plans[3].version = 1;
        request.plans.push(pb::PlanRef { student_id: id("nobody"), version: 2 });

        let began = Instant::now();
        let mut advisor = app.approvals("l1");
        let started = answer(advisor.start_approval(keyed(request.clone(), "bulk")).await).expect("begun");
        assert_eq!((started.state(), started.total, started.finished_at), (pb::ApprovalState::Running, 295, None));
        let again = answer(advisor.start_approval(keyed(request, "bulk")).await).expect("begun");
        assert_eq!(again, started, "the same key begins nothing anew");
        let done = app.done(&started).await;
        show(&format!("295 plans decided in {:?}", began.elapsed()));
        assert_eq!((done.total, done.approved, done.refused), (295, 286, 9));
        assert!(done.finished_at.is_some());

        let outcomes = app.outcomes(&started).await;
        let refused: Vec<_> = outcomes.iter().take(9).map(|(nim, _, why)| (nim.as_str(), why.join(" "))).collect();
        let word = |nim, words: &str| (nim, words.to_owned());
        let expected = [
            word("", "not-found"),
            word("nim-f000", "not-found"),
            word("nim-f001", "not-found"),
            word("nim-f002", "not-found"),
            word("nim-f003", "not-found"),
            word("nim-q000", "hold-tuition"),
            word("nim-q001", "status-on-leave"),
            word("nim-q002", "version-stale"),
            word("nim-q003", "version-stale"),
        ];
        assert_eq!(refused, expected, "those refused first, each with its reason");
        assert!(outcomes[9..].iter().all(|(_, done, why)| *done && why.is_empty()));
        assert!(outcomes[9..].is_sorted_by_key(|(nim, ..)| nim.clone()) && outcomes.len() == 295);
        let steps = approvals_of(&app).await;
        assert!(steps.len() == 286 && steps.iter().all(|(_, actor, times)| (actor.as_str(), *times) == ("advisor", 1)));
        assert_eq!(app.plan("q004").await.state(), pb::PlanState::Approved);
        assert_eq!(app.steps("q004").await[0].actor_name, "Dr. Andi");
    }

    async fn only_who_started_it_and_the_office_see_how_far_it_is(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 3, "l1").await;
        let started = answer(app.approvals("l1").start_approval(start_request(&names)).await).expect("begun");
        app.done(&started).await;
        let get = || pb::GetApprovalRequest { id: started.id.clone() };
        let list = || pb::ListApprovalOutcomesRequest { id: started.id.clone(), page: None };
        assert_eq!(answer(app.approvals("l1").get_approval(get()).await).expect("their own").approved, 3);
        assert_eq!(answer(app.approvals("l1").list_approval_outcomes(list()).await).expect("their own").outcomes.len(), 3);
        fails(answer(app.approvals("l2").get_approval(get()).await), Kind::Absent);
        fails(answer(app.approvals("l2").list_approval_outcomes(list()).await), Kind::Absent);
        for id in ["", "x", &chassis::id::new()] {
            fails(answer(app.office().get_approval(pb::GetApprovalRequest { id: id.to_owned() }).await), Kind::Absent);
        }
        let mut student = ApprovalsClient::new(app.as_student("s1"));
        assert_eq!(fails(answer(student.start_approval(start_request(&names)).await), Kind::Denied).reason(), "not-allowed");
    }

    async fn everything_wrong_with_a_bulk_approval_is_named_at_once(app: TestApp) {
        app.open_period().await;
        let field = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        let start = async |request| fields(&fails(answer(app.office().start_approval(request).await), Kind::Malformed));
        assert_eq!(start(start_request(&[])).await, [field("plans", "required")]);
        let many: Vec<_> = (0..1001).map(|n| format!("q{n}")).collect();
        assert_eq!(start(start_request(&many)).await, [field("plans", "out-of-range")]);
        let mut wrong = start_request(&["s1".to_owned(), "s2".to_owned(), "s1".to_owned()]);
        wrong.plans[1].student_id = "s2".to_owned();
        (wrong.period_code, wrong.programme_id) = ("2026".to_owned(), id("IF-S1"));
        let expected = [
            field("period_code", "bad-period"),
            field("programme_id", "unknown-value"),
            field("plans[1].student_id", "unknown-student"),
            field("plans[2].student_id", "named-twice"),
        ];
        assert_eq!(start(wrong).await, expected);
        let both = pb::StartApprovalRequest { leftovers: true, ..start_request(&["s1".to_owned()]) };
        assert_eq!(start(both).await, [field("plans", "unknown-value")]);
        let other = pb::StartApprovalRequest { period_code: "20262".to_owned(), ..start_request(&["s1".to_owned()]) };
        fails(answer(app.office().start_approval(other).await), Kind::Absent);
    }

    async fn a_bulk_approval_goes_on_after_the_service_was_killed(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 120, "l1").await;
        // Few plans a round, so that it is caught in the middle.
        let app = app.restarted(|config| config.approvals = Limits { round: 4, ..Limits::default() }, async {}).await;
        let started = answer(app.approvals("l1").start_approval(start_request(&names)).await).expect("begun");
        eventually("some plans are decided", || {
            let approval = &started;
            let app = &app;
            async move { undecided(app, approval).await < 120 }
        })
        .await;
        // Nobody writes a plan from here on: on SQLite nobody writes at all.
        let mut tx = app.db.db.begin().await.expect("a transaction");
        let hold = sql!(
            sqlite = "SELECT student_id FROM study_plan ORDER BY student_id",
            postgres = "SELECT student_id FROM study_plan ORDER BY student_id FOR UPDATE"
        );
        hold.all::<(String,)>(&mut tx).await.expect("locks");
        let left = undecided(&app, &started).await;
        assert!(left > 0, "it was killed in the middle");
        let app = app.restarted(|_| {}, async {}).await;
        drop(tx);
        // Whoever had it in hand is gone without a word: after a while it is anybody's.
        app.clock.advance(SignedDuration::from_mins(2));
        each_once(&app, &started, 120).await;
        show(&format!("{left} of 120 were left when it was killed"));
    }

    async fn what_was_approved_by_one_that_was_killed_counts_as_approved(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 10, "l1").await;
        let started = answer(app.approvals("l1").start_approval(start_request(&names)).await).expect("begun");
        app.done(&started).await;
        // As if it had been killed between the approval and the note of it.
        let mut tx = app.db.db.begin().await.expect("a transaction");
        for query in [
            sql!("UPDATE approval_plan SET outcome = 1 WHERE approval_id = $1"),
            sql!("UPDATE approval SET state = 'running', finished_at = NULL WHERE approval_id = $1"),
        ] {
            query.bind(&started.id).run(&mut tx).await.expect("written");
        }
        tx.commit().await.expect("committed");
        each_once(&app, &started, 10).await;
    }

    async fn it_is_asked_again_for_each_plan_whether_it_may_be_decided(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 3, "l1").await;
        app.delegate("l1", "l2", 0, 1).await.expect("delegated");
        let (bulk, clock) = (Bulk::new(app.alone(), Limits::default()), app.clock.clone());
        let mut begun = None;
        // Begun while the delegation holds, by a process that ends; it is over when another one takes it up.
        let meanwhile = async {
            let named = Which::Named(names.iter().map(|name| (id(name), 2)).collect());
            begun = Some(bulk.start(&lecturer_caller("l2"), period(), &named, None).await.expect("begun"));
            clock.advance(SignedDuration::from_hours(1));
        };
        let app = app.restarted(|_| {}, meanwhile).await;
        let Some(Answer::Done(begun)) = begun else { panic!("{begun:?}") };
        let approval = pb::Approval { id: begun.approval.id, ..Default::default() };
        assert_eq!(app.done(&approval).await.refused, 3);
        assert!(app.outcomes(&approval).await.iter().all(|(_, _, why)| why == &["not-found"]));
    }

    async fn a_delegate_approves_many_plans_in_the_advisors_stead(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 5, "l1").await;
        app.delegate("l1", "l2", 0, 1).await.expect("delegated");
        let started = answer(app.approvals("l2").start_approval(start_request(&names)).await).expect("begun");
        each_once(&app, &started, 5).await;
        assert!(approvals_of(&app).await.iter().all(|(_, actor, _)| actor == "delegate"));
    }

    async fn the_office_approves_what_is_left_over(app: TestApp) {
        let now = app.clock.now();
        let window = |kind: pb::WindowKind, opens, closes| pb::Window { kind: kind.into(), ..krs_window(now, opens, closes) };
        let mut late = window(pb::WindowKind::KrsApproval, -1, 9);
        (late.scope, late.scope_key) = (pb::WindowScope::Programme.into(), "HK-S1".to_owned());
        let windows = vec![
            krs_window(now, -1, 1),
            window(pb::WindowKind::KrsApproval, -1, 2),
            window(pb::WindowKind::Revision, 1, 3),
            late,
        ];
        app.period(PERIOD, pb::PeriodState::Active, windows).await;
        let class = app.offer("IF201", 3, 99, (1, 420, 570)).await;
        for name in ["s1", "s2", "s3", "s4", "s5", "s6", "s9"] {
            app.add(name, &class.id).await.expect("a seat");
            if name != "s6" {
                app.submit(name).await.expect("handed in");
            }
        }
        for name in ["s1", "s2"] {
            app.approve("l1", name).await.expect("approved");
        }
        app.clock.advance(SignedDuration::from_hours(25));
        app.revise("s1").await.expect("opened for changes");
        app.revise("s2").await.expect("opened for changes");
        app.drop("s2", &class.id).await.expect("given back");
        app.tell(&[hold("s4", student_pb::HoldKind::Library, None, 1)]).await;

        let leftovers = |programme: &str| pb::StartApprovalRequest {
            period_code: PERIOD.to_owned(),
            leftovers: true,
            programme_id: if programme.is_empty() { String::new() } else { id(programme) },
            ..Default::default()
        };
        let fault = fails(answer(app.approvals("l1").start_approval(leftovers("")).await), Kind::Denied);
        assert_eq!(fault.reason(), "not-allowed", "only the office");
        let early = answer(app.office().start_approval(leftovers("")).await).expect("begun");
        assert_eq!((early.total, early.state()), (0, pb::ApprovalState::Done), "everybody's time is still running");
        assert!(early.finished_at.is_some());

        // Approval is over for all but one programme, and so are revisions.
        app.clock.advance(SignedDuration::from_hours(48));
        let other = answer(app.office().start_approval(leftovers("SI-S1")).await).expect("begun");
        assert_eq!(other.total, 0, "nobody there is left over");
        let started = answer(app.office().start_approval(leftovers("")).await).expect("begun");
        let done = app.done(&started).await;
        assert_eq!((done.total, done.approved, done.refused), (5, 3, 2));
        let outcomes: Vec<_> = app.outcomes(&started).await.into_iter().map(|(nim, _, why)| (nim, why.join(" "))).collect();
        let told = |nim: &str, why: &str| (format!("nim-{nim}"), why.to_owned());
        let expected = [told("s2", "plan-empty"), told("s4", "hold-library"), told("s1", ""), told("s3", ""), told("s5", "")];
        assert_eq!(outcomes, expected, "everything is checked again");
        let states = [("s1", pb::PlanState::Approved), ("s2", pb::PlanState::Revising), ("s9", pb::PlanState::Submitted)];
        for (name, state) in states {
            assert_eq!(app.plan(name).await.state(), state, "{name}");
        }
        assert_eq!(app.steps("s1").await[0].actor, "registrar");
    }

    async fn what_is_left_over_is_written_in_parts_and_begins_as_a_whole(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let class = app.offer("IF201", 3, 99, (1, 420, 570)).await;
        let names = ["s1", "s2", "s3", "s4", "s6"];
        for name in names {
            app.add(name, &class.id).await.expect("a seat");
            app.submit(name).await.expect("handed in");
        }
        app.clock.advance(SignedDuration::from_hours(25));
        // A crash has left one behind that never began.
        let old = approvals::Approval {
            id: chassis::id::new(),
            period: period(),
            account_id: "registrar".to_owned(),
            registrar: true,
            lecturer_id: String::new(),
            student_id: String::new(),
            late: true,
            started_at: app.clock.now() - SignedDuration::from_hours(2),
            finished_at: None,
        };
        let mut tx = app.db.db.begin().await.expect("a transaction");
        approvals::insert(&mut tx, &old, false).await.expect("written");
        approvals::add(&mut tx, &old.id, &[(id("s1"), 2)]).await.expect("written");
        tx.commit().await.expect("committed");

        let bulk = Bulk::new(app.alone(), Limits { chunk: 2, ..Limits::default() });
        let scope = Scope::new("registrar", "/siakad.course.v1.Approvals/StartApproval", "late", b"").expect("a key");
        let (caller, all) = (registrar_caller(), Which::LeftOver { programme_id: String::new() });
        let start = || bulk.start(&caller, period(), &all, Some(&scope));
        let both = futures_util::join!(start(), start());
        let begun: Vec<_> = [both.0, both.1].into_iter().filter_map(|answer| match answer {
            Ok(Answer::Done(progress)) => Some(progress),
            _ => None,
        }).collect();
        let [progress] = &begun[..] else { panic!("one of them begins it: {begun:?}") };
        assert_eq!(progress.counts.total, 5);
        assert!(matches!(start().await, Ok(Answer::Again(_))), "the same key begins nothing anew");
        let query = sql!("SELECT (SELECT COUNT(*) FROM approval), (SELECT COUNT(*) FROM approval_plan)");
        let rows = query.one::<(i64, i64)>(&app.db.db).await.expect("numbers");
        assert_eq!(rows, (1, 5), "nothing stays of what never began");
        let started = pb::Approval { id: progress.approval.id.clone(), ..Default::default() };
        each_once(&app, &started, names.len()).await;
    }

    async fn what_is_not_left_over_is_refused_when_its_turn_comes(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let class = app.offer("IF201", 3, 99, (1, 420, 570)).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        // A window that was prolonged after the plans were chosen: the office's turn has not come.
        let order = |version| Order {
            student_id: id("s1"),
            period: period(),
            command: Command::Approve { version, late: true },
            actor: Actor { account_id: "office".to_owned(), role: ActorRole::Registrar, person_id: String::new() },
            scope: None,
        };
        let registrar = app.alone().registrar;
        let Err(Error::Refused(refusals)) = registrar.submit(order(2)).await else { panic!("it was approved") };
        assert_eq!(refusals.iter().map(Refusal::reason).collect::<Vec<_>>(), ["approval-still-open"]);
        assert_eq!(refusals[0].facts()["closes_at"], "2026-08-11T02:00:00Z");
        app.clock.advance(SignedDuration::from_hours(24));
        registrar.submit(order(2)).await.expect("now it has");
    }
}

/// Two workers over one PostgreSQL database; SQLite has one process.
#[test]
fn two_replicas_share_the_work_and_approve_each_plan_once() {
    async fn share(app: TestApp) {
        app.open_period().await;
        let names = app.crowd("IF201", "q", 150, "l1").await;
        let app = app.restarted(|config| config.approvals = Limits { round: 5, ..Limits::default() }, async {}).await;
        let other = app.replica().await;
        let mut started = Vec::new();
        // Several at once, so that both have something to take up; all of them name every plan.
        for _ in 0..4 {
            started.push(answer(app.approvals("l1").start_approval(start_request(&names)).await).expect("begun"));
        }
        let mut approved = 0;
        for approval in &started {
            let done = app.done(approval).await;
            assert_eq!(done.approved + done.refused, 150);
            approved += done.approved;
        }
        assert_eq!(approved, 150, "each plan by one of them");
        let found = approvals_of(&app).await;
        assert!(found.len() == 150 && found.iter().all(|(_, _, times)| *times == 1));
        drop(other);
    }
    chassis::testing::run(Engine::Postgres, "two_replicas_share_the_work_and_approve_each_plan_once", share);
}
