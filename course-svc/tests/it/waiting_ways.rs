//! The other ways in which a seat comes free for a line, and a place ends: an import, a void plan, seats at submission, seats
//! that are kept for some.

use chassis::error::Kind;
use proto::course::v1 as pb;

use crate::support::rows::{campus, class, import};
use crate::support::{MONDAY, PERIOD, TestApp, course_id, fails, held, input, krs_window, list_request, places, words};

chassis::both_engines! {
    async fn an_import_that_makes_a_class_bigger_promotes(app: TestApp) {
        import(&app, campus()).await;
        let listed = app.list(list_request()).await;
        let full = listed.iter().find(|class| class.taken == 1).expect("only s1 is in it").clone();
        assert_eq!(full.course.as_ref().map(|course| course.code.as_str()), Some("IF202"));
        import(&app, vec![class("IF202", "A", "1", "0000000003")]).await;
        app.join("s2", &full.id).await.expect("in line");
        import(&app, vec![class("IF202", "A", "2", "0000000003")]).await;
        app.gets("s2", &full.id).await;
        assert_eq!(app.numbers(&full.id).await, (2, 0, 0));
    }

    async fn a_void_plan_gives_its_seats_to_the_line_and_its_places_up(app: TestApp) {
        app.open_period().await;
        let hot = app.offer("IF201", 4, 1, MONDAY).await;
        let other = app.offer("IF202", 4, 1, (2, 420, 570)).await;
        app.add("s1", &hot.id).await.expect("a seat");
        app.add("s3", &other.id).await.expect("a seat");
        app.join("s1", &other.id).await.expect("in line");
        app.join("s2", &hot.id).await.expect("in line");
        let plan = app.void("s1", "Cuti.").await.expect("void");
        assert_eq!((held(&plan), places(&plan)), (vec![], vec![]));
        app.gets("s2", &hot.id).await;
        assert_eq!(app.numbers(&other.id).await, (1, 0, 0));
        app.check_lines().await;
    }

    async fn who_waits_gets_a_seat_and_not_a_wish(app: TestApp) {
        let policy = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::AtSubmit.into(), ..Default::default() };
        app.period_with_room(PERIOD, vec![krs_window(app.clock.now(), -1, 14)], policy).await;
        let hot = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &hot.id).await.expect("a wish");
        assert_eq!(words(&fails(app.join("s2", &hot.id).await, Kind::Refused)), ["seat-free"]);
        app.submit("s1").await.expect("the seat");
        app.join("s2", &hot.id).await.expect("in line");
        app.withdraw("s1").await.expect("taken back");
        assert_eq!(app.numbers(&hot.id).await, (1, 0, 1), "a seat that was given stays");
        app.drop("s1", &hot.id).await.expect("given back");
        app.gets("s2", &hot.id).await;
        assert!(!app.plan("s2").await.items[0].wished);
        assert_eq!(app.numbers(&hot.id).await, (1, 0, 0));
    }

    async fn a_kept_seat_goes_past_those_who_have_no_claim_to_it(app: TestApp) {
        app.open_period().await;
        let course = app.course("UN101", 2).await;
        let kept = pb::SeatReservation {
            scope: pb::WindowScope::Programme.into(),
            scope_key: "HK-S1".to_owned(),
            seats: 1,
            ..Default::default()
        };
        let reservations = Some(pb::ReservationList { reservations: vec![kept] });
        let class = app.class(pb::ClassInput { reservations, ..input(&course.id, "A", 2, &[MONDAY]) }).await;
        assert_eq!(course_id(&class), course.id);
        app.add("s1", &class.id).await.expect("everybody's seat");
        assert_eq!(words(&fails(app.add("s2", &class.id).await, Kind::Refused)), ["seats-reserved"]);
        app.join("s2", &class.id).await.expect("they wait for everybody's");
        // A seat is free, and it is kept for the students of another programme, of whom nobody waits.
        assert_eq!(words(&fails(app.join("s9", &class.id).await, Kind::Refused)), ["seat-free"]);
        app.add("s9", &class.id).await.expect("kept for them");
        assert_eq!(places(&app.plan("s2").await), [(class.id.clone(), 1, 1)], "still the first");
        app.drop("s1", &class.id).await.expect("given back");
        app.gets("s2", &class.id).await;
        app.check_lines().await;
    }
}
