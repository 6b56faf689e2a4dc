//! The waiting room in front of an opening, over the wire.

use chassis::error::Kind;
use chassis::testing::{Setup, TestEnv};
use course_svc::MIGRATIONS;
use course_svc::rules::shuffle::shuffled;
use jiff::{SignedDuration, Timestamp};
use proto::course::v1 as pb;
use proto::course::v1::AdmissionState::{Admitted, Early, Noted, Open, Waiting};

use crate::support::room::{enter_on, pace, window_from, with_ticket};
use crate::support::{MONDAY, PERIOD, TestApp, add_request, answer, fails, id, moment, words};

/// A service whose KRS opens for everybody in an hour, and one class.
async fn opening(app: &TestApp, rate: u32, burst: u32) -> (Timestamp, pb::Class) {
    let opens_at = app.clock.now() + SignedDuration::from_hours(1);
    app.period_with_room(PERIOD, vec![window_from(opens_at, "")], pace(rate, burst)).await;
    (opens_at, app.offer("IF201", 4, 40, MONDAY).await)
}

fn fact(fault: &chassis::error::Fault, name: &str) -> String {
    fault.refusals()[0].facts[name].clone()
}

chassis::both_engines! {
    async fn who_is_there_is_drawn_and_who_comes_later_is_numbered(app: TestApp) {
        let (opens_at, class) = opening(&app, 2, 1).await;
        let early = app.enter("s1").await;
        assert_eq!((early.state(), early.opens_at, early.place), (Early, Some(moment(opens_at)), 0));
        assert_eq!((early.now, early.rate, early.ticket.as_str()), (Some(moment(app.clock.now())), 2, ""));

        app.clock.advance(SignedDuration::from_mins(50));
        let noted = app.enter("s1").await;
        assert_eq!((noted.state(), noted.place, noted.noted, noted.seed.as_str()), (Noted, 0, 1, ""));
        assert_eq!(app.enter("s2").await.noted, 2);
        assert_eq!(app.enter("s1").await.noted, 2, "once");
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["krs-not-open-yet"], "before the opening the windows speak");

        app.clock.advance(SignedDuration::from_mins(10));
        let later = app.enter("s3").await;
        let (one, two) = (app.enter("s1").await, app.enter("s2").await);
        let order = shuffled(&one.seed, vec![id("s1"), id("s2")]);
        let place = |student: &str| 1 + u32::from(order[1] == id(student));
        assert_eq!((one.place, two.place, later.place), (place("s1"), place("s2"), 3), "the draw can be checked");
        assert_eq!((&one.seed, one.noted), (&later.seed, 2));
        let (first, second) = if one.place == 1 { (("s1", one), "s2") } else { (("s2", two), "s1") };
        assert_eq!((first.1.state(), first.1.admitted_at), (Admitted, Some(moment(opens_at))));
        assert_eq!((later.state(), later.ahead), (Waiting, 1));
        assert_eq!(later.admitted_at, Some(moment(opens_at + SignedDuration::from_secs(1))));

        let fault = fails(app.add("s3", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["admission-needed"]);
        let fault = fails(app.add_with("s3", &class.id, &later.ticket).await, Kind::Refused);
        assert_eq!(words(&fault), ["admission-waiting"]);
        let until = (opens_at + SignedDuration::from_secs(1)).to_string();
        assert_eq!((fact(&fault, "place"), fact(&fault, "admitted_at")), ("3".to_owned(), until));
        app.add_with(first.0, &class.id, &first.1.ticket).await.expect("the first is admitted");
        app.plan("s3").await;
        assert!(!app.choices("s3", false).await.is_empty(), "reading is never kept waiting");

        app.clock.advance(SignedDuration::from_millis(999));
        fails(app.add_with("s3", &class.id, &later.ticket).await, Kind::Refused);
        app.clock.advance(SignedDuration::from_millis(1));
        app.add_with("s3", &class.id, &later.ticket).await.expect("the hour has come");
        let again = app.enter("s3").await;
        assert_eq!((again.state(), again.place, again.ahead), (Admitted, 3, 0));
        app.add(second, &class.id).await.expect("nobody is in line: no ticket is asked for");
    }

    async fn a_place_survives_a_new_login_and_a_restart(app: TestApp) {
        let (_, class) = opening(&app, 1, 1).await;
        app.clock.advance(SignedDuration::from_hours(1));
        for student in ["s1", "s2", "s3"] {
            app.enter(student).await;
        }
        let held = app.enter("s3").await;
        let token = app.token().account("another-account-of-s3").student(&id("s3")).sign();
        let relogged = enter_on(app.bearing(&token), "s3", PERIOD).await.expect("an answer");
        assert_eq!((relogged.place, relogged.admitted_at), (3, held.admitted_at));

        // What a new process knows is what the database says.
        let restarted = app.rooms().await;
        let period = course_svc::rules::period::PeriodCode::parse(PERIOD).expect("a period");
        let view = restarted.enter(&id("s3"), period).await.expect("an answer");
        assert_eq!((view.place, view.seed.as_str()), (3, held.seed.as_str()));
        let fault = chassis::error::Fault::from(restarted.check(&id("s3"), period, Some(&held.ticket)).await.expect_err("s3 waits"));
        assert_eq!(words(&fault), ["admission-waiting"]);
        app.clock.advance(SignedDuration::from_secs(2));
        restarted.check(&id("s3"), period, Some(&held.ticket)).await.expect("the old ticket is good");
        app.add_with("s3", &class.id, &held.ticket).await.expect("here too");
        app.add_with("s3", &class.id, &view.ticket).await.map(drop).expect_err("the class is in the plan already");
    }

    async fn only_the_own_ticket_of_this_opening_lets_in(app: TestApp) {
        let (_, class) = opening(&app, 1, 1).await;
        let next = app.clock.now() + SignedDuration::from_hours(1);
        app.period_with_room("20262", vec![window_from(next, "")], pace(1, 1)).await;
        app.clock.advance(SignedDuration::from_hours(1));
        let first = app.enter("s1").await;
        assert_eq!(first.state(), Admitted);
        let waiting = app.enter("s2").await;
        let elsewhere = enter_on(app.as_student("s2"), "s2", "20262").await.expect("an answer");
        assert_eq!(elsewhere.state(), Admitted, "another period has a line of its own");
        let other = if waiting.ticket.ends_with('A') { 'Q' } else { 'A' };
        let forged = format!("{}{other}", &waiting.ticket[..waiting.ticket.len() - 1]);
        let foreign = [first.ticket.as_str(), &elsewhere.ticket, &forged, "nonsense", "", &"x".repeat(5000)];
        for ticket in foreign {
            let fault = fails(app.add_with("s2", &class.id, ticket).await, Kind::Refused);
            assert_eq!(words(&fault), ["admission-needed"], "{ticket}");
        }
        let fault = fails(app.add_with("s2", &class.id, &waiting.ticket).await, Kind::Refused);
        assert_eq!(words(&fault), ["admission-waiting"]);
        // Every command of a student asks for it, and no other's.
        let open = pb::OpenPlanRequest { student_id: id("s2"), period_code: PERIOD.to_owned() };
        let fault = fails(answer(app.krs("s2").open_plan(open.clone()).await), Kind::Refused);
        assert_eq!(words(&fault), ["admission-needed"]);
        answer(app.krs("s1").open_plan(with_ticket(pb::OpenPlanRequest { student_id: id("s1"), ..open }, &first.ticket)).await)
            .expect("admitted");
        fails(enter_on(app.as_student("s1"), "s2", PERIOD).await, Kind::Absent);
        fails(enter_on(app.as_registrar(), "s2", PERIOD).await, Kind::Denied);
        fails(enter_on(app.as_student("s1"), "s1", "20251").await, Kind::Absent);
    }

    async fn cohorts_have_openings_of_their_own(app: TestApp) {
        let begin = app.clock.now();
        let (early, late) = (begin + SignedDuration::from_hours(1), begin + SignedDuration::from_hours(2));
        let windows = vec![window_from(early, "2024"), window_from(late, "")];
        app.period_with_room(PERIOD, windows, pace(1, 0)).await;
        app.clock.advance(SignedDuration::from_hours(1));
        let (senior, junior) = (app.enter("s1").await, app.enter("s5").await);
        assert_eq!((senior.place, senior.opens_at), (1, Some(moment(early))));
        assert_eq!((junior.state(), junior.opens_at), (Early, Some(moment(late))));
        app.clock.advance(SignedDuration::from_hours(1));
        let (senior, junior) = (app.enter("s1").await, app.enter("s5").await);
        assert_eq!((senior.place, senior.state()), (1, Admitted), "who began does not line up again");
        assert_eq!((junior.place, junior.opens_at), (1, Some(moment(late))), "a line of its own");
        assert_ne!(senior.seed, junior.seed);
    }

    async fn a_ticket_of_an_opening_that_was_moved_lets_nobody_past_the_new_line(app: TestApp) {
        let old = app.clock.now() + SignedDuration::from_hours(1);
        let windows = |of_2024| vec![window_from(of_2024, "2024"), window_from(old, "2023")];
        let period = app.period_with_room(PERIOD, windows(old), pace(1, 1)).await;
        let class = app.offer("IF201", 4, 40, MONDAY).await;
        app.clock.advance(SignedDuration::from_hours(1));
        for student in ["s1", "s2"] {
            app.enter(student).await;
        }
        let held = app.enter("s3").await;
        app.clock.advance(SignedDuration::from_mins(2));
        let second = app.enter("s2").await;
        app.add_with("s2", &class.id, &second.ticket).await.expect("its hour has come");

        let opens_at = app.clock.now() + SignedDuration::from_hours(2);
        let moved = pb::Period { windows: windows(opens_at), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(moved) }).await).expect("moved");
        let fault = fails(app.add_with("s3", &class.id, &held.ticket).await, Kind::Refused);
        assert_eq!(words(&fault), ["krs-not-open-yet"]);
        app.clock.advance(SignedDuration::from_hours(2));
        assert_eq!((app.enter("s6").await.place, app.enter("s7").await.place), (1, 2), "another line");
        let fault = fails(app.add_with("s3", &class.id, &held.ticket).await, Kind::Refused);
        assert_eq!(words(&fault), ["admission-needed"], "whoever else's window still begins at its hour");
        let again = app.enter("s3").await;
        assert_eq!((again.state(), again.place, again.opens_at), (Waiting, 3, Some(moment(opens_at))));
        app.clock.advance(SignedDuration::from_secs(2));
        app.add_with("s3", &class.id, &again.ticket).await.expect("admitted");
    }

    async fn a_line_that_cannot_be_kept_stops_no_other_one(app: TestApp) {
        let (opens_at, _) = opening(&app, 1, 1).await;
        app.period_with_room("20262", vec![window_from(opens_at, "")], pace(1, 1)).await;
        app.clock.advance(SignedDuration::from_hours(1));
        app.enter("s1").await;
        let next_place = async |next: i64| {
            let mut tx = app.db.db.begin().await.expect("a transaction");
            let query = chassis::sql!("UPDATE admission_opening SET next_place = $2 WHERE period_code = $1");
            query.bind(PERIOD).bind(next).run(&mut tx).await.expect("written");
            tx.commit().await.expect("committed");
        };
        // No number comes after this one: the usher panics over it.
        next_place(i64::from(u32::MAX)).await;
        fails(enter_on(app.as_student("s2"), "s2", PERIOD).await, Kind::Internal);
        let elsewhere = enter_on(app.as_student("s2"), "s2", "20262").await.expect("the usher goes on");
        assert_eq!(elsewhere.place, 1);
        next_place(2).await;
        assert_eq!(app.enter("s2").await.place, 2);
    }

    async fn a_room_without_a_rate_is_none_and_switching_it_off_ends_it(app: TestApp) {
        let (opens_at, class) = opening(&app, 1, 1).await;
        app.clock.advance(SignedDuration::from_hours(1));
        for student in ["s1", "s2", "s3"] {
            app.enter(student).await;
        }
        assert_eq!(words(&fails(app.add("s3", &class.id).await, Kind::Refused)), ["admission-needed"]);
        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let period = answer(app.catalogue().get_period(request).await).expect("a period");
        let off = pb::Period { registration: Some(pace(0, 0)), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(off) }).await).expect("switched off");
        let open = app.enter("s3").await;
        assert_eq!((open.state(), open.opens_at, open.ticket.as_str()), (Open, Some(moment(opens_at)), ""));
        app.add("s3", &class.id).await.expect("no waiting room");
        app.clock.advance(SignedDuration::from_hours(24 * 8));
        let over = app.enter("s3").await;
        assert_eq!((over.state(), over.opens_at), (Open, None), "the window is over, and its own word says so");
        assert_eq!(words(&fails(app.add("s2", &class.id).await, Kind::Refused)), ["krs-closed"]);
    }

    async fn a_crowd_without_tickets_makes_a_line_too(app: TestApp) {
        let (_, class) = opening(&app, 1, 2).await;
        app.clock.advance(SignedDuration::from_hours(1));
        for (student, admitted) in [("s1", true), ("s2", true), ("s3", false), ("s4", false)] {
            let result = app.add(student, &class.id).await;
            match admitted {
                true => drop(result.expect("nobody is in line")),
                false => assert_eq!(words(&fails(result, Kind::Refused)), ["admission-needed"], "{student}"),
            }
        }
        let third = app.enter("s3").await;
        assert_eq!((third.state(), third.place), (Waiting, 3), "the number was taken in passing");
        let fourth = app.enter("s4").await;
        assert_eq!((fourth.state(), fourth.place), (Waiting, 4), "who was turned away from a line that stood took none");
    }
}

/// Tickets are good on every replica, and whoever gives a number does so for all.
struct Twice(TestApp);

impl Setup for Twice {
    async fn setup(env: &TestEnv) -> Self {
        let db = env.database(&MIGRATIONS).await;
        let app = TestApp::over(env, db, None, 10).await;
        app.people().await;
        app.heard(&app.grade).await;
        Self(app)
    }
}

#[test]
fn two_replicas_keep_one_line_and_take_each_others_tickets() {
    async fn one_line(Twice(app): Twice) {
        let (_, class) = opening(&app, 1, 1).await;
        let other = app.replica().await;
        let there = |student: &str| {
            let token = app.token().account(&format!("account-{student}")).student(&id(student)).sign();
            other.channel(&app.pki, "gateway").with_bearer(&token)
        };
        app.clock.advance(SignedDuration::from_mins(55));
        assert_eq!(app.enter("s1").await.noted, 1);
        assert_eq!(enter_on(there("s2"), "s2", PERIOD).await.expect("an answer").noted, 2);
        app.clock.advance(SignedDuration::from_mins(5));
        let places = [
            app.enter("s1").await.place,
            enter_on(there("s2"), "s2", PERIOD).await.expect("an answer").place,
            app.enter("s3").await.place,
            enter_on(there("s4"), "s4", PERIOD).await.expect("an answer").place,
            app.enter("s6").await.place,
        ];
        assert_eq!((places[0] + places[1], &places[2..]), (3, &[3, 4, 5][..]));
        let here = app.enter("s4").await;
        assert_eq!((here.place, here.state()), (4, Waiting), "the place of the other replica");
        app.clock.advance(SignedDuration::from_secs(3));
        let mut krs = proto::course::v1::krs_client::KrsClient::new(there("s4"));
        answer(krs.add_class(with_ticket(add_request("s4", &class.id), &here.ticket)).await)
            .expect("its ticket is good there");
    }
    chassis::testing::run(chassis::db::Engine::Postgres, "two_replicas_keep_one_line", one_line);
}
