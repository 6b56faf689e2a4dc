//! Ranked wishes, and a period before, while and after its allocation gives the seats.

use chassis::error::{Fault, Kind};
use chassis::sql;
use chassis::testing::eventually;
use course_svc::app::allocations::Limits;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::student::v1 as student_pb;

use crate::support::rows::{self, Talk};
use crate::support::wishes::{outcomes_request, put_wishes_request, run_request, wishes_request};
use crate::support::{
    PERIOD, TestApp, answer, fails, fields, held, hold, id, input_of, join_request, keyed, krs_window, package,
    reasons, status, words,
};

const MONDAY: (u32, u32, u32) = (1, 420, 570);
const TUESDAY: (u32, u32, u32) = (2, 420, 570);

/// Classes of the wishes in their order with their rank, how many wish for each and why it could not be given.
fn listed(wishes: &pb::Wishes) -> Vec<(&str, u32, u32, Vec<&str>)> {
    let mut rows = Vec::new();
    for pb::Wish { class, rank, wishers, refusals } in &wishes.wishes {
        rows.push((class.as_ref().expect("a class").id.as_str(), *rank, *wishers, reasons(refusals)));
    }
    rows
}

fn fact(fault: &Fault, name: &str) -> String {
    fault.refusals()[0].facts[name].clone()
}

/// An allocation that somebody else works on, and nobody takes up.
async fn running(app: &TestApp) {
    let query = sql!(
        "INSERT INTO allocation (period_code, state, seed, account_id, started_at, students, wishes, round, turn, settled,
             granted, leased_until)
         VALUES ($1, 'running', 'x', '', $2, 0, 0, 1, 0, 0, 0, $3)"
    );
    let mut tx = app.db.db.begin().await.expect("a transaction");
    query.bind(PERIOD).bind(app.clock.now()).bind(i64::MAX).run(&mut tx).await.expect("written");
    tx.commit().await.expect("committed");
}

/// Whoever worked on it is gone.
async fn released(app: &TestApp) {
    let mut tx = app.db.db.begin().await.expect("a transaction");
    sql!("UPDATE allocation SET leased_until = 0").run(&mut tx).await.expect("written");
    tx.commit().await.expect("committed");
    app.allocated().await;
}

chassis::both_engines! {
    async fn wishes_are_the_students_own_in_their_order_and_versioned(app: TestApp) {
        app.period_by_wishes().await;
        let (one, two) = (app.offer("IF201", 4, 2, MONDAY).await, app.offer("IF202", 4, 1, MONDAY).await);
        let kept = pb::SeatReservation {
            scope: pb::WindowScope::Cohort.into(),
            scope_key: "2023".to_owned(),
            seats: 1,
            ..Default::default()
        };
        let kept = pb::ReservationList { reservations: vec![kept] };
        let two = app.change_class(&two, |input| input.reservations = Some(kept)).await;
        let none = app.wishes("s1").await;
        assert_eq!((none.version, none.limit, none.wishes.len(), none.refusals.len()), (0, 30, 0, 0));
        assert_eq!(none.allocation(), pb::AllocationState::Pending);

        let put = app.wish("s1", 0, &[&two.id, &one.id]).await.expect("put");
        assert_eq!(listed(&put), [(two.id.as_str(), 1, 1, vec!["seats-reserved"]), (one.id.as_str(), 2, 1, vec![])]);
        assert_eq!(put.version, 1);
        app.wish("s2", 0, &[&one.id]).await.expect("put");
        app.tell(&[hold("s1", student_pb::HoldKind::Tuition, None, 1)]).await;
        let seen = app.wishes("s1").await;
        let expected = [
            (two.id.as_str(), 1, 1, vec!["hold-tuition", "seats-reserved"]),
            (one.id.as_str(), 2, 2, vec!["hold-tuition"]),
        ];
        assert_eq!(listed(&seen), expected, "whether they are allowed is shown and not asked");
        assert_eq!(seen.wishes[1].class.as_ref().expect("a class").capacity, 2);

        for version in [0, 2] {
            fails(app.wish("s1", version, &[&one.id]).await, Kind::Stale);
        }
        assert_eq!(listed(&app.wish("s1", 1, &[&one.id]).await.expect("put")), [(one.id.as_str(), 1, 2, vec!["hold-tuition"])]);
        let gone = app.wish("s1", 2, &[]).await.expect("taken back");
        assert_eq!((gone.version, gone.wishes.len()), (3, 0));

        let mut other = app.allocations(app.as_student("s2"));
        fails(answer(other.get_wishes(wishes_request("s1")).await), Kind::Absent);
        fails(answer(other.put_wishes(put_wishes_request("s1", 3, &[&one.id])).await), Kind::Absent);
        let advisor = app.bearing(&app.token().lecturer(&id("l1")).sign());
        let mut advisor = app.allocations(advisor);
        assert_eq!(answer(advisor.get_wishes(wishes_request("s2")).await).expect("an advisee").wishes.len(), 1);
        let fault = fails(answer(advisor.put_wishes(put_wishes_request("s2", 1, &[])).await), Kind::Denied);
        assert_eq!(fault.reason(), "not-allowed");
    }

    async fn everything_wrong_with_wishes_is_named(app: TestApp) {
        let limits = Limits { wishes: 3, ..Limits::default() };
        let app = app.restarted(|config| config.allocations = limits, async {}).await;
        app.period_by_wishes().await;
        let (one, two) = (app.offer("IF201", 4, 2, MONDAY).await, app.offer("IF202", 4, 2, MONDAY).await);
        app.period("20262", pb::PeriodState::Planned, vec![]).await;
        let mut elsewhere = crate::support::input(&crate::support::course_id(&one), "A", 3, &[MONDAY]);
        elsewhere.period_code = "20262".to_owned();
        let elsewhere = app.class(elsewhere).await;
        let field = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        let wrong = async |ids: &[&str]| fields(&fails(app.wish("s1", 0, ids).await, Kind::Malformed));
        assert_eq!(wrong(&[&one.id, "x", &one.id]).await, [field("class_ids[1]", "unknown-class"), field("class_ids[2]", "named-twice")]);
        let nowhere = chassis::id::new();
        assert_eq!(wrong(&[&nowhere, &two.id, &elsewhere.id]).await, [field("class_ids[0]", "unknown-class"), field("class_ids[2]", "unknown-class")]);
        assert_eq!(wrong(&[&one.id, &two.id, "x", "y"]).await, [field("class_ids", "out-of-range"), field("class_ids[2]", "unknown-class")]);
        assert_eq!(app.wishes("s1").await.limit, 3);
        let request = |code: &str| pb::PutWishesRequest { period_code: code.to_owned(), ..put_wishes_request("s1", 0, &[]) };
        let mut client = app.allocations(app.as_student("s1"));
        fails(answer(client.put_wishes(request("20262")).await), Kind::Absent);
        fails(answer(client.put_wishes(request("20263")).await), Kind::Absent);
        assert_eq!(fields(&fails(answer(client.put_wishes(request("x")).await), Kind::Malformed)), [field("period_code", "bad-period")]);
        let long = "x".repeat(65);
        let fault = fails(app.run_allocation(&long).await, Kind::Malformed);
        assert_eq!(fields(&fault), [field("seed", "too-long")]);
        assert_eq!(fields(&fails(app.run_allocation("a\nb").await, Kind::Malformed)), [field("seed", "forbidden-character")]);
    }

    async fn wishes_change_only_in_the_window_and_where_seats_are_given_by_them(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 2, MONDAY).await;
        let fault = fails(app.wish("s1", 0, &[&class.id]).await, Kind::Refused);
        assert_eq!((words(&fault), fact(&fault, "seat_policy")), (vec!["no-allocation".to_owned()], "at_add".to_owned()));
        assert_eq!(words(&fails(app.run_allocation("x").await, Kind::Refused)), ["no-allocation"]);
        let seen = app.wishes("s1").await;
        assert_eq!((reasons(&seen.refusals), seen.allocation()), (vec!["no-allocation"], pb::AllocationState::Unspecified));
        assert_eq!(app.allocation().await.state(), pb::AllocationState::Unspecified);

        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let period = answer(app.catalogue().get_period(request).await).expect("a period");
        let settings = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::Allocation.into(), ..Default::default() };
        let windows = vec![krs_window(app.clock.now(), -1, 1)];
        let period = pb::Period { windows, registration: Some(settings), ..period };
        let request = pb::UpdatePeriodRequest { period: Some(period) };
        answer(app.offering().update_period(request).await).expect("changed");
        app.wish("s1", 0, &[&class.id]).await.expect("put");
        app.clock.advance(SignedDuration::from_hours(25));
        let fault = fails(app.wish("s1", 1, &[]).await, Kind::Refused);
        assert_eq!(words(&fault), ["krs-closed"]);
        assert_eq!(reasons(&app.wishes("s1").await.refusals), ["krs-closed"]);
        // The office runs it when it is time, and wishes were made in time.
        app.run_allocation("closed").await.expect("started");
        assert_eq!(app.allocated().await.granted, 1);
        assert_eq!(held(&app.plan("s1").await), std::slice::from_ref(&class.id));
    }

    async fn until_it_is_done_nothing_else_gives_a_seat_and_the_page_says_so_before(app: TestApp) {
        app.period_by_wishes().await;
        let (one, two) = (app.offer("IF201", 4, 2, MONDAY).await, app.offer("IF202", 4, 2, TUESDAY).await);
        let made = app.make_package(package("Paket A", &[&one.id, &two.id])).await.expect("a package");
        let refused = async |state: &str| {
            let open = pb::OpenPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
            let attempts = [
                app.add("s1", &one.id).await,
                app.take("s1", &made.id).await,
                app.submit("s1").await,
                answer(app.lines("s1").join_waiting_list(join_request("s1", &one.id, "")).await),
                answer(app.krs("s1").open_plan(open).await),
            ];
            for attempt in attempts {
                let fault = fails(attempt, Kind::Refused);
                assert_eq!((words(&fault)[0].as_str(), fact(&fault, "state").as_str()), ("allocation-pending", state));
            }
            let choices = app.choices("s1", false).await;
            assert_eq!(choices.len(), 2);
            for choice in &choices {
                assert_eq!(reasons(&choice.refusals), ["allocation-pending"], "foretold");
                assert_eq!((choice.refusals[0].facts["state"].as_str(), choice.may_wait), (state, false));
            }
            assert!(app.choices("s1", true).await.is_empty());
            let plan = app.plan("s1").await;
            assert_eq!((reasons(&plan.refusals), plan.seat_policy()), (vec!["allocation-pending"], pb::SeatPolicy::Allocation));
            assert!(reasons(&plan.submit_refusals).contains(&"allocation-pending"));
        };
        refused("pending").await;
        running(&app).await;
        refused("running").await;
        assert_eq!(reasons(&app.wishes("s1").await.refusals), ["allocation-started"]);
        let fault = fails(app.wish("s1", 0, &[&one.id]).await, Kind::Refused);
        assert_eq!((words(&fault), fact(&fault, "started_at")), (vec!["allocation-started".to_owned()], "2026-08-10T02:00:00Z".to_owned()));
        // What it works by stays as it is.
        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let period = answer(app.catalogue().get_period(request).await).expect("a period");
        let at_add = Some(pb::RegistrationSettings { seat_policy: pb::SeatPolicy::AtAdd.into(), ..Default::default() });
        for changed in [
            pb::Period { registration: at_add, ..period.clone() },
            pb::Period { state: pb::PeriodState::Closed.into(), ..period.clone() },
        ] {
            let request = pb::UpdatePeriodRequest { period: Some(changed) };
            let fault = fails(answer(app.offering().update_period(request).await), Kind::Refused);
            assert_eq!(words(&fault), ["allocation-pending"]);
        }
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await).expect("the same");
        let mut talk = Talk::begin(&app).await;
        talk.rows([rows::period(PERIOD, "closed")]);
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults(), ["periods.csv:2::allocation-pending"]);
        released(&app).await;
        assert!(app.choices("s1", false).await.iter().all(|choice| choice.refusals.is_empty()));
        app.add("s1", &one.id).await.expect("a seat");
    }

    async fn nothing_that_its_turns_look_at_changes_while_it_runs(app: TestApp) {
        let period = app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let plans = [app.add("s1", &class.id).await, app.add("s2", &class.id).await, app.add("s4", &class.id).await];
        assert!(plans.iter().all(Result::is_ok));
        app.submit("s1").await.expect("handed in");
        app.submit("s2").await.expect("handed in");
        app.approve("l1", "s2").await.expect("approved");
        let settings = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::Allocation.into(), ..Default::default() };
        let period = pb::Period { registration: Some(settings), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await).expect("changed");
        running(&app).await;
        for fault in [
            app.void("s4", "Cuti.").await,
            app.void("s2", "Cuti.").await,
            app.withdraw("s1").await,
            app.give_back("l1", "s1", "Kurang.").await,
        ] {
            assert_eq!(words(&fails(fault, Kind::Refused)), ["allocation-pending"]);
        }
        assert!(words(&fails(app.revise("s2").await, Kind::Refused)).contains(&"allocation-pending".to_owned()));
        for changed in [
            pb::ClassInput { capacity: 10, ..input_of(&class) },
            pb::ClassInput { state: pb::ClassState::Closed.into(), ..input_of(&class) },
        ] {
            let request = pb::UpdateClassRequest { id: class.id.clone(), class: Some(changed), version: class.version };
            let fault = fails(answer(app.offering().update_class(request).await), Kind::Refused);
            assert_eq!(words(&fault), ["allocation-pending"]);
        }
        let rows = || {
            [
                rows::class("IF201", "A", "10", ""),
                rows::class("IF201", "B", "9", ""),
                rows::seat_in(PERIOD, "s3", "IF201", "A", ""),
                rows::seat_in(PERIOD, "s4", "IF201", "A", "approved"),
                rows::seat_in(PERIOD, "s2", "IF201", "A", ""),
            ]
        };
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows());
        assert!(!talk.judge().await.ok);
        let refused = ["classes.csv:2::allocation-pending", "plans.csv:4::allocation-pending", "plans.csv:5::allocation-pending"];
        assert_eq!(talk.faults(), refused, "what is as it was, and a class that is new, may be named");
        released(&app).await;
        app.void("s4", "Cuti.").await.expect("it is over");
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows().into_iter().take(3));
        assert!(talk.judge().await.ok, "{:?}", talk.faults());
    }

    async fn seats_that_are_left_are_taken_as_they_come_and_waited_for(app: TestApp) {
        app.period_by_wishes().await;
        let (hot, other) = (app.offer("IF201", 4, 2, MONDAY).await, app.offer("IF202", 4, 3, TUESDAY).await);
        for student in ["s1", "s2", "s3", "s4"] {
            app.wish(student, 0, &[&hot.id, &other.id]).await.expect("put");
        }
        let started = app.run_allocation("undian").await.expect("started");
        assert_eq!((started.seed.as_str(), started.students, started.wishes), ("undian", 4, 8));
        let view = app.allocated().await;
        // In the second round the last one comes first: the one seat that is left goes to the second place.
        assert_eq!((view.granted, view.settled, view.round), (5, 4, 2));
        assert!(view.done_at.is_some() && view.run_at == started.run_at);
        let fault = fails(app.run_allocation("again").await, Kind::Refused);
        assert_eq!(words(&fault), ["allocation-started"]);

        let outcomes = app.allocated_to(&app.as_registrar(), outcomes_request("")).await.expect("all");
        let row = |o: &pb::AllocationOutcome| (o.place, o.rank, o.round, o.granted, reasons(&o.refusals).join(" "));
        let all: Vec<_> = outcomes.iter().map(row).collect();
        let given = |place, rank, round| (place, rank, round, true, String::new());
        let refused = |place, rank, round| (place, rank, round, false, "class-full".to_owned());
        let expected = [
            given(1, 1, 1), refused(1, 2, 2), given(2, 1, 1), given(2, 2, 2),
            refused(3, 1, 2), given(3, 2, 1), refused(4, 1, 2), given(4, 2, 1),
        ];
        assert_eq!(all, expected);
        let shuffled = course_svc::rules::shuffle::shuffled("undian", ["s1", "s2", "s3", "s4"].map(id).to_vec());
        assert_eq!(outcomes.iter().step_by(2).map(|o| o.student_id.clone()).collect::<Vec<_>>(), shuffled);
        assert_eq!(outcomes[7].class_label, "Mata Kuliah IF202 A");
        let facts = &outcomes[1].refusals[0].facts;
        assert_eq!((facts["capacity"].as_str(), facts["taken"].as_str()), ("3", "3"));

        let name = |n: usize| ["s1", "s2", "s3", "s4"].into_iter().find(|name| id(name) == shuffled[n]).expect("one of them");
        let (first, last) = (name(0), name(3));
        assert_eq!(app.deeds(first).await, [pb::PlanDeed::Allocate], "the history says where the seat came from");
        assert_eq!(app.steps(first).await[0].class_label, "Mata Kuliah IF201 A");
        assert_eq!((app.taken(&hot.id).await, app.taken(&other.id).await), (2, 3), "memory and database agree");
        app.join(last, &hot.id).await.expect("in line");
        app.drop(first, &hot.id).await.expect("given back");
        app.gets(last, &hot.id).await;
        app.submit(first).await.expect_err("nothing is in it");
        app.submit(last).await.expect("handed in");
        app.check_lines().await;
    }

    async fn a_line_from_before_waits_until_the_seats_are_given(app: TestApp) {
        app.open_period().await;
        let (class, other) = (app.offer("IF201", 4, 1, MONDAY).await, app.offer("IF202", 4, 1, TUESDAY).await);
        app.add("s1", &class.id).await.expect("a seat");
        app.add("s4", &other.id).await.expect("a seat");
        app.join("s2", &class.id).await.expect("in line");
        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let period = answer(app.catalogue().get_period(request).await).expect("a period");
        let settings = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::Allocation.into(), ..Default::default() };
        let period = pb::Period { registration: Some(settings), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await).expect("changed");
        assert_eq!(words(&fails(app.swap("s4", &other.id, &class.id).await, Kind::Refused))[0], "allocation-pending");
        app.drop("s1", &class.id).await.expect("may be given back before it runs");
        app.wish("s3", 0, &[&class.id]).await.expect("put");
        running(&app).await;
        assert_eq!(words(&fails(app.drop("s4", &other.id).await, Kind::Refused)), ["allocation-pending"], "not while it runs");
        assert_eq!(app.numbers(&class.id).await, (0, 1, 1), "kept for the line, and nobody's yet");
        assert_eq!(app.plan("s2").await.waiting.len(), 1);
        released(&app).await;
        app.gets("s2", &class.id).await;
    }

    async fn who_may_see_which_outcomes(app: TestApp) {
        app.period_by_wishes().await;
        let (one, two) = (app.offer("IF201", 4, 9, MONDAY).await, app.offer("IF202", 4, 9, TUESDAY).await);
        for student in ["s1", "s2", "s4", "s9"] {
            app.wish(student, 0, &[&one.id, &two.id]).await.expect("put");
        }
        assert!(app.allocated_to(&app.as_registrar(), outcomes_request("")).await.expect("none yet").is_empty());
        app.run_allocation("x").await.expect("started");
        app.allocated().await;
        let whose = async |channel: &chassis::client::Channel, request| {
            let rows = app.allocated_to(channel, request).await?;
            let mut students: Vec<_> = rows.into_iter().map(|row| row.nim).collect();
            students.sort();
            Ok::<_, Fault>(students)
        };
        let twice = |names: &[&str]| names.iter().flat_map(|name| [format!("nim-{name}"), format!("nim-{name}")]).collect::<Vec<_>>();
        let token = || app.token();
        let registrar = app.as_registrar();
        assert_eq!(whose(&registrar, outcomes_request("")).await.expect("all"), twice(&["s1", "s2", "s4", "s9"]));
        assert_eq!(whose(&registrar, outcomes_request("s4")).await.expect("one"), twice(&["s4"]));
        let of_class = pb::ListAllocationOutcomesRequest { class_id: two.id.clone(), ..outcomes_request("") };
        assert_eq!(whose(&registrar, of_class).await.expect("of a class").len(), 4);
        assert_eq!(whose(&app.as_student("s1"), outcomes_request("")).await.expect("their own"), twice(&["s1"]));
        assert_eq!(whose(&app.as_student("s1"), outcomes_request("s1")).await.expect("their own"), twice(&["s1"]));
        fails(whose(&app.as_student("s1"), outcomes_request("s2")).await, Kind::Absent);
        let advisor = app.bearing(&token().lecturer(&id("l1")).sign());
        assert_eq!(whose(&advisor, outcomes_request("")).await.expect("advisees"), twice(&["s1", "s2"]));
        fails(whose(&advisor, outcomes_request("s4")).await, Kind::Absent);
        let admin = app.bearing(&token().programme_admin(&id("HK-S1")).sign());
        assert_eq!(whose(&admin, outcomes_request("")).await.expect("their programme"), twice(&["s9"]));
        let nobody = app.bearing(&token().system_admin().sign());
        assert_eq!(fails(whose(&nobody, outcomes_request("")).await, Kind::Denied).reason(), "not-allowed");
        let planned = pb::ListAllocationOutcomesRequest { period_code: "20262".to_owned(), ..outcomes_request("") };
        fails(whose(&registrar, planned).await, Kind::Absent);
    }

    async fn it_is_run_once_and_its_seed_is_drawn_where_nobody_names_one(app: TestApp) {
        app.period_by_wishes().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.tell(&[status("s2", PERIOD, student_pb::StatusKind::Leave, 2)]).await;
        for student in ["s1", "s2"] {
            app.wish(student, 0, &[&class.id]).await.expect("put");
        }
        let request = pb::DeleteClassRequest { id: class.id.clone() };
        let fault = fails(answer(app.offering().delete_class(request).await), Kind::Refused);
        assert_eq!((words(&fault), fact(&fault, "wishes")), (vec!["class-has-wishes".to_owned()], "2".to_owned()));
        let before = app.allocation().await;
        assert_eq!((before.state(), before.students, before.wishes), (pb::AllocationState::Pending, 2, 2));
        assert_eq!((before.seed.as_str(), before.round, before.run_at), ("", 0, None));

        let mut office = app.allocations(app.as_registrar());
        let started = answer(office.run_allocation(keyed(run_request(""), "draw")).await).expect("started");
        assert_eq!((started.state(), started.seed.len(), started.round), (pb::AllocationState::Running, 22, 1));
        let again = answer(office.run_allocation(keyed(run_request(""), "draw")).await).expect("the same");
        assert_eq!(again, started, "the same key draws nothing anew");
        let done = app.allocated().await;
        assert_eq!((done.seed, done.granted, done.settled), (started.seed, 1, 2));
        let outcome = app.allocated_to(&app.as_student("s2"), outcomes_request("")).await.expect("their own");
        assert!(reasons(&outcome[0].refusals).starts_with(&["status-on-leave"]), "{outcome:?}");
        assert_eq!(app.plan("s2").await.version, 0, "a plan that gets nothing is not opened");
        let seen = app.wishes("s1").await;
        assert_eq!((seen.allocation(), reasons(&seen.refusals)), (pb::AllocationState::Done, vec!["allocation-started"]));
        for nobody in [app.as_student("s1"), app.bearing(&app.token().lecturer(&id("l1")).sign())] {
            fails(answer(app.allocations(nobody).run_allocation(run_request("")).await), Kind::Denied);
        }
        let everybody = app.allocations(app.as_student("s9")).get_allocation(crate::support::wishes::allocation_request()).await;
        assert_eq!(answer(everybody).expect("everybody's").granted, 1);
    }

    async fn it_goes_on_after_the_service_was_killed(app: TestApp) {
        app.period_by_wishes().await;
        let (one, two) = (app.offer("IF201", 4, 30, MONDAY).await, app.offer("IF202", 4, 50, TUESDAY).await);
        let names: Vec<_> = (0..60).map(|n| format!("q{n:02}")).collect();
        let mut changes = Vec::new();
        for name in &names {
            changes.push(crate::support::student(name, "IF-S1", "20241", "l1"));
            changes.push(status(name, PERIOD, student_pb::StatusKind::Active, 1));
        }
        app.tell(&changes).await;
        for name in &names {
            app.wish(name, 0, &[&one.id, &two.id]).await.expect("put");
        }
        // Few turns at once, so that it is caught in the middle.
        let limits = Limits { turns: 2, ..Limits::default() };
        let app = app.restarted(|config| config.allocations = limits, async {}).await;
        app.run_allocation("killed").await.expect("started");
        eventually("some seats are given", || async { app.allocation().await.granted > 4 }).await;
        let app = app.restarted(|config| config.allocations = limits, async {}).await;
        let left = app.allocation().await;
        // Whoever had it in hand is gone without a word: after a while it is anybody's.
        app.clock.advance(SignedDuration::from_mins(2));
        let done = app.allocated().await;
        assert!(left.state() == pb::AllocationState::Running && left.granted < done.granted, "killed in the middle: {left:?}");
        assert_eq!((done.granted, done.settled, done.round), (80, 60, 2));
        let rows = app.allocated_to(&app.as_registrar(), outcomes_request("")).await.expect("all");
        let shuffled = course_svc::rules::shuffle::shuffled("killed", names.iter().map(|name| id(name)).collect());
        let mut expected = Vec::new();
        for (n, student) in shuffled.iter().enumerate() {
            // The first thirty get the one class, the others the second one; what is left of it goes to those on the way back.
            let given = [n < 30, n >= 10];
            expected.extend((1..=2).zip(given).map(|(rank, given)| (student.clone(), rank, given)));
        }
        let found: Vec<_> = rows.into_iter().map(|row| (row.student_id, row.rank, row.granted)).collect();
        assert_eq!(found, expected);
        app.check_lines().await;
    }
}
