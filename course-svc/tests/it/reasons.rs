//! Every reason word of KRS is provoked, with its facts.

use chassis::error::Kind;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::student::v1 as student_pb;

use crate::support::{
    Alone, MONDAY, PERIOD, TestApp, add_request, answer, course_id, fails, hold, id, input, krs_window, reasons,
    status, student_state, words,
};

/// Facts of the only refusal of a fault, as text.
fn facts(fault: &chassis::error::Fault) -> String {
    let [refusal] = fault.refusals() else { panic!("{fault}") };
    refusal.facts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

chassis::both_engines! {
    async fn the_window_is_not_open_yet_open_or_closed(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), 1, 2)]).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(fault.reason(), "krs-not-open-yet");
        assert_eq!(facts(&fault), "closes_at=2026-08-12T02:00:00Z opens_at=2026-08-11T02:00:00Z");
        app.clock.advance(SignedDuration::from_hours(24));
        app.add("s1", &class.id).await.expect("the window has opened");
        app.clock.advance(SignedDuration::from_hours(24));
        for fault in [app.add("s2", &class.id).await, app.drop("s1", &class.id).await] {
            let fault = fails(fault, Kind::Refused);
            assert_eq!(fault.reason(), "krs-closed");
            assert_eq!(facts(&fault), "closed_at=2026-08-12T02:00:00Z");
        }
        assert_eq!(reasons(&app.plan("s1").await.refusals), ["krs-closed"]);
    }

    async fn a_window_of_others_is_none(app: TestApp) {
        let mut window = krs_window(app.clock.now(), -1, 1);
        window.scope = pb::WindowScope::Programme.into();
        window.scope_key = "SI-S1".to_owned();
        let period = app.period(PERIOD, pb::PeriodState::Active, vec![window.clone()]).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        assert_eq!(fails(app.add("s1", &class.id).await, Kind::Refused).reason(), "krs-no-window");
        // Windows of a faculty, a programme and a cohort overlap: one that is meant for the student is enough.
        let scoped = |scope: pb::WindowScope, key: &str| {
            pb::Window { scope: scope.into(), scope_key: key.to_owned(), ..window.clone() }
        };
        let mut version = period.version;
        let scopes = [
            (pb::WindowScope::Faculty, "FIK", true),
            (pb::WindowScope::Faculty, "FH", false),
            (pb::WindowScope::Programme, "IF-S1", true),
            (pb::WindowScope::Cohort, "2024", true),
            (pb::WindowScope::Cohort, "2026", false),
        ];
        for (scope, key, open) in scopes {
            let windows = vec![window.clone(), scoped(scope, key)];
            let period = pb::Period { windows, version, ..period.clone() };
            let changed = app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await;
            version = answer(changed).expect("changed").version;
            let refusals = app.plan("s1").await.refusals;
            assert_eq!(refusals.is_empty(), open, "{scope:?} {key}");
        }
    }

    async fn a_period_that_is_not_active_takes_nobody(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let period = pb::Period {
            code: PERIOD.to_owned(),
            state: pb::PeriodState::Closed.into(),
            windows: vec![krs_window(app.clock.now(), -1, 1)],
            version: 1,
            registration: None,
        };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await).expect("closed");
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!((fault.reason(), facts(&fault).as_str()), ("period-not-active", "period=20261 state=closed"));
    }

    async fn the_status_decides(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        use student_pb::StatusKind::{DoubleDegree, Inactive, Leave, Merdeka};
        app.tell(&[
            status("s1", PERIOD, Inactive, 2),
            status("s2", PERIOD, Leave, 2),
            status("s3", PERIOD, Merdeka, 2),
            status("s4", PERIOD, DoubleDegree, 2),
        ])
        .await;
        assert_eq!(fails(app.add("s1", &class.id).await, Kind::Refused).reason(), "status-inactive");
        assert_eq!(fails(app.add("s2", &class.id).await, Kind::Refused).reason(), "status-on-leave");
        app.add("s3", &class.id).await.expect("Kampus Merdeka registers");
        app.add("s4", &class.id).await.expect("double degree registers");
    }

    async fn a_status_or_student_that_has_not_arrived_is_unknown_and_not_inactive(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let gone = chassis::outbox::Change::tombstone("student.status", format!("{}/{PERIOD}", id("s1")), 2);
        app.tell(&[gone]).await;
        assert_eq!(fails(app.add("s1", &class.id).await, Kind::Refused).reason(), "status-unknown");
        let fault = fails(app.add("new", &class.id).await, Kind::Refused);
        assert_eq!(fault.reason(), "status-unknown");
    }

    async fn who_has_left_may_not_register(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let left = student_pb::StudentState {
            exit_kind: "1".to_owned(),
            ..student_state("s1", "IF-S1", "20241", "l1")
        };
        app.tell(&[chassis::outbox::Change::new("student.student", id("s1"), 2, &left)]).await;
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!((fault.reason(), facts(&fault).as_str()), ("student-left", "exit_kind=1"));
    }

    async fn every_hold_is_named_until_it_is_waived_or_lifted(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        use student_pb::HoldKind::{Academic, Document, Library, Tuition};
        let all = [Document, Academic, Library, Tuition];
        app.tell(&all.map(|kind| hold("s1", kind, None, 1))).await;
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["hold-tuition", "hold-library", "hold-academic", "hold-document"]);
        assert_eq!(fault.refusals()[0].facts["note"], "note of s11");

        let until = app.clock.now() + SignedDuration::from_hours(1);
        app.tell(&[Document, Academic, Library].map(|kind| {
            let mut lifted = student_pb::Hold { lifted_at: Some(crate::support::moment(app.clock.now())), ..hold_row("s1", kind) };
            lifted.version = 2;
            chassis::outbox::Change::new("student.hold", lifted.id.clone(), 2, &lifted)
        }))
        .await;
        assert_eq!(words(&fails(app.add("s1", &class.id).await, Kind::Refused)), ["hold-tuition"]);
        app.tell(&[hold("s1", Tuition, Some(until), 2)]).await;
        app.add("s1", &class.id).await.expect("a waiver suspends the hold");
        app.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(reasons(&app.plan("s1").await.refusals), ["hold-tuition"], "and then it binds again");
        app.drop("s1", &class.id).await.expect("a hold keeps nobody from giving a seat back");
    }

    async fn holds_that_were_never_heard_of_are_flagged_and_refuse_nothing(alone: Alone) {
        let app = alone.0;
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let plan = app.plan("s1").await;
        let flags = vec!["hold-unknown", "results-unknown"];
        assert_eq!((reasons(&plan.flags), reasons(&plan.refusals)), (flags, vec!["status-unknown"]));
    }

    async fn the_plan_itself_says_no(app: TestApp) {
        app.open_period().await;
        let taken = app.offer("IF201", 8, 9, MONDAY).await;
        let sibling = app.class(input(&course_id(&taken), "B", 9, &[(2, 420, 570)])).await;
        let clashing = app.offer("IF202", 3, 9, (1, 569, 600)).await;
        let beside = app.offer("IF203", 4, 9, (1, 570, 600)).await;
        let heavy = app.offer("IF204", 1, 9, (3, 420, 570)).await;
        app.add("s1", &taken.id).await.expect("a seat");

        let fault = fails(app.add("s1", &taken.id).await, Kind::Refused);
        assert_eq!((fault.reason(), facts(&fault).as_str()), ("class-already-taken", "class=Mata Kuliah IF201 A"));
        let fault = fails(app.add("s1", &sibling.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["course-already-taken", "credit-limit"], "all at once");
        let fault = fails(app.add("s1", &clashing.id).await, Kind::Refused);
        let expected = format!("class=Mata Kuliah IF201 A class_id={} day=1 end=570 shared_end=570 shared_start=569 start=420", taken.id);
        assert_eq!((fault.reason(), facts(&fault)), ("schedule-clash", expected));
        app.add("s1", &beside.id).await.expect("one ends when the other begins; 12 SKS are allowed");
        let fault = fails(app.add("s1", &heavy.id).await, Kind::Refused);
        let expected = "ceiling=12 ceiling_reason=gpa-unknown wanted=13";
        assert_eq!((fault.reason(), facts(&fault).as_str()), ("credit-limit", expected));
    }

    async fn the_class_itself_says_no(app: TestApp) {
        app.open_period().await;
        let small = app.offer("IF201", 4, 1, MONDAY).await;
        let course = app.course("IF202", 3).await;
        let closed = pb::ClassInput { state: pb::ClassState::Closed.into(), ..input(&course.id, "A", 9, &[]) };
        let closed = app.class(closed).await;
        app.add("s1", &small.id).await.expect("the last seat");
        let fault = fails(app.add("s2", &small.id).await, Kind::Refused);
        assert_eq!((fault.reason(), facts(&fault).as_str()), ("class-full", "capacity=1 taken=1"));
        assert_eq!(fails(app.add("s2", &closed.id).await, Kind::Refused).reason(), "class-closed");
    }

    async fn a_foreign_word_for_a_period_is_a_wrong_field(app: TestApp) {
        let request = pb::AddClassRequest { period_code: "ganjil".to_owned(), ..add_request("s1", &id("c")) };
        let fault = fails(answer(app.krs("s1").add_class(request).await), Kind::Malformed);
        assert_eq!(crate::support::fields(&fault), [("period_code".to_owned(), "bad-period".to_owned())]);
    }
}

fn hold_row(student: &str, kind: student_pb::HoldKind) -> student_pb::Hold {
    match hold(student, kind, None, 1).state {
        chassis::outbox::State::Is(bytes) => crate::support::decoded(&bytes),
        chassis::outbox::State::Gone => panic!("a hold is no tombstone"),
    }
}
