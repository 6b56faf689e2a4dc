//! Thousands in the waiting room at once: every place is given once, to one student, whoever draws.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use chassis::error::Fault;
use chassis::testing::{Rng, TestDb};
use course_svc::app::admission::{Admissions, State, View};
use course_svc::rules::period::PeriodCode;
use course_svc::rules::shuffle::shuffled;
use futures_util::future::join_all;
use jiff::SignedDuration;

use crate::support::room::{pace, window_from};
use crate::support::{PERIOD, TestApp, show};

const ROUNDS: usize = 20;

fn period() -> PeriodCode {
    PeriodCode::parse(PERIOD).expect("a period")
}

/// A period whose KRS opens for everybody in ten minutes: presence counts from now on.
async fn opening(app: &TestApp, rate: u32, burst: u32) {
    let opens_at = app.clock.now() + SignedDuration::from_mins(10);
    app.period_with_room(PERIOD, vec![window_from(opens_at, "")], pace(rate, burst)).await;
}

/// Everybody enters at once, alternately here and there.
async fn enter_all(rooms: &[Admissions], students: &[String]) -> Vec<View> {
    let enter = |(n, student): (usize, &String)| {
        let (room, student) = (rooms[n % rooms.len()].clone(), student.clone());
        tokio::spawn(async move { room.enter(&student, period()).await })
    };
    let entered = join_all(students.iter().enumerate().map(enter)).await;
    entered.into_iter().map(|view| view.expect("a task ends").expect("the waiting room answers")).collect()
}

/// Places that the database holds: how many, and how many different ones.
async fn places(db: &TestDb) -> (i64, i64, i64) {
    chassis::sql!("SELECT COUNT(*), COUNT(place), COUNT(DISTINCT place) FROM admission_entry")
        .one::<(i64, i64, i64)>(&db.db)
        .await
        .expect("places")
}

chassis::both_engines! {
    async fn ten_thousand_at_once_get_ten_thousand_places(app: TestApp) {
        opening(&app, 50, 100).await;
        app.clock.advance(SignedDuration::from_mins(10));
        let rooms = [app.rooms().await, app.rooms().await];
        let students: Vec<_> = (0..10_000).map(|_| chassis::id::new()).collect();
        let began = Instant::now();
        let views = enter_all(&rooms, &students).await;
        let first = began.elapsed();
        let found: BTreeSet<_> = views.iter().map(|view| view.place).collect();
        assert_eq!(found, (1..=10_000).collect(), "no gap and no double");
        let began = Instant::now();
        let again = enter_all(&rooms, &students).await;
        let second = began.elapsed();
        assert!(again.iter().zip(&views).all(|(again, view)| again.place == view.place), "the same place again");
        let there: Vec<_> = students.iter().skip(1).chain(&students[..1]).cloned().collect();
        let there = enter_all(&rooms, &there).await;
        let there: Vec<_> = there.last().into_iter().chain(&there[..there.len() - 1]).map(|view| view.place).collect();
        assert_eq!(there, views.iter().map(|view| view.place).collect::<Vec<_>>(), "and at the other replica");
        assert_eq!(places(&app.db).await, (10_000, 10_000, 10_000));
        show(&format!(
            "10,000 entries in {first:?}: {} new places a second; asked again {} a second",
            10_000_000 / first.as_millis().max(1),
            10_000_000 / second.as_millis().max(1),
        ));
    }

    async fn a_draw_of_thousands_is_the_shuffle_of_its_seed(app: TestApp) {
        opening(&app, 10, 0).await;
        let rooms = [app.rooms().await, app.rooms().await];
        let students: Vec<_> = (0..5000).map(|_| chassis::id::new()).collect();
        let noted = enter_all(&rooms, &students).await;
        assert!(noted.iter().all(|view| view.state == State::Noted && view.place == 0));
        app.clock.advance(SignedDuration::from_mins(10));
        let began = Instant::now();
        let drawn = enter_all(&rooms, &students).await;
        show(&format!("5,000 were drawn and answered at two replicas in {:?}", began.elapsed()));
        let seed = drawn[0].seed.clone();
        assert!(drawn.iter().all(|view| view.seed == seed && view.noted == 5000), "one draw for both replicas");
        let order: HashMap<_, _> = shuffled(&seed, students.clone()).into_iter().zip(1..).collect();
        for (student, view) in students.iter().zip(&drawn) {
            assert_eq!(view.place, order[student]);
        }
        assert_eq!(places(&app.db).await, (5000, 0, 0), "a place that follows from the seed is not stored");
    }

    async fn whoever_comes_while_it_opens_is_drawn_or_numbered_once(app: TestApp) {
        let mut rng = Rng::new(app.db.seed);
        for round in 0..ROUNDS {
            let code = format!("{}1", 2030 + round);
            let opens_at = app.clock.now() + SignedDuration::from_mins(10);
            app.period_with_room(&code, vec![window_from(opens_at, "")], pace(1 + u32::try_from(round).expect("small"), 3)).await;
            let code = PeriodCode::parse(&code).expect("a period");
            let rooms = [app.rooms().await, app.rooms().await];
            let students: Vec<_> = (0..60).map(|_| chassis::id::new()).collect();
            // Every student comes three times at once; somewhere among them the clock reaches the opening.
            let moment = rng.below(120);
            let comings = (0..180).map(|n| {
                let (room, student, clock) = (rooms[n % 2].clone(), students[n % 60].clone(), app.clock.clone());
                tokio::spawn(async move {
                    if n as u64 == moment {
                        clock.advance(SignedDuration::from_mins(10));
                    }
                    room.enter(&student, code).await
                })
            });
            for coming in join_all(comings).await {
                coming.expect("a task ends").map_err(Fault::from).expect("an answer");
            }
            let mut found = BTreeSet::new();
            for (n, student) in students.iter().enumerate() {
                let views = [rooms[n % 2].enter(student, code).await, rooms[(n + 1) % 2].enter(student, code).await];
                let [here, there] = views.map(|view| view.expect("an answer"));
                assert_eq!((here.place, here.admitted_at), (there.place, there.admitted_at), "round {round}");
                found.insert(here.place);
            }
            assert_eq!(found, (1..=60).collect(), "round {round}: no gap and no double");
        }
    }
}
