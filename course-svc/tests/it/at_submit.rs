//! Periods that give seats when a plan is handed in: until then a class in a plan is a wish.

use chassis::error::{Fault, Kind};
use chassis::testing::Rng;
use course_svc::app::registrar::Command;
use futures_util::future::join_all;
use jiff::SignedDuration;
use proto::course::v1 as pb;

use crate::feeds::told;
use crate::support::door::order;
use crate::support::rows::{Talk, import, seat_in};
use crate::support::{MONDAY, PERIOD, TUESDAY, TestApp, answer, decoded, fails, krs_window, reasons, words};

async fn period(app: &TestApp) {
    let policy = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::AtSubmit.into(), ..Default::default() };
    app.period_with_room(PERIOD, vec![krs_window(app.clock.now(), -1, 14)], policy).await;
}

fn wished(plan: &pb::PlanView) -> Vec<bool> {
    plan.items.iter().map(|item| item.wished).collect()
}

/// Seats that the database says are held, and those that the classes count.
async fn held(app: &TestApp) -> Vec<(String, i64, i64, i64)> {
    chassis::sql!(
        "SELECT c.class_id, c.capacity, c.taken,
             (SELECT COUNT(*) FROM study_plan_item i WHERE i.class_id = c.class_id AND i.held)
         FROM class c ORDER BY c.class_id"
    )
    .all::<(String, i64, i64, i64)>(&app.db.db)
    .await
    .expect("seats")
}

chassis::both_engines! {
    async fn a_wish_takes_a_seat_when_the_plan_is_handed_in(app: TestApp) {
        period(&app).await;
        let hot = app.offer("IF201", 4, 1, MONDAY).await;
        let other = app.offer("IF202", 4, 9, TUESDAY).await;
        for student in ["s1", "s2"] {
            let plan = app.add(student, &hot.id).await.expect("a wish");
            assert_eq!((wished(&plan), plan.seat_policy()), (vec![true], pb::SeatPolicy::AtSubmit));
        }
        app.add("s2", &other.id).await.expect("a wish");
        assert_eq!(app.taken(&hot.id).await, 0);

        let plan = app.submit("s1").await.expect("the seat is there");
        assert_eq!((wished(&plan), plan.state()), (vec![false], pb::PlanState::Submitted));
        assert_eq!(app.taken(&hot.id).await, 1);

        let plan = app.plan("s2").await;
        assert_eq!(reasons(&plan.submit_refusals), ["class-full"], "the page foretells it");
        let fault = fails(app.submit("s2").await, Kind::Refused);
        assert_eq!((words(&fault), fault.refusals()[0].facts["of_id"].as_str()), (vec!["class-full".to_owned()], hot.id.as_str()));
        assert_eq!(app.taken(&other.id).await, 0, "all seats together or none");

        let plan = app.drop("s2", &hot.id).await.expect("a wish is given up");
        assert_eq!(wished(&plan), [true]);
        assert_eq!(app.taken(&hot.id).await, 1, "which was nobody's seat");
        app.submit("s2").await.expect("now it fits");
        assert_eq!(app.taken(&other.id).await, 1);

        let plan = app.withdraw("s1").await.expect("taken back");
        assert_eq!(wished(&plan), [false], "the seat stays while the plan is mended");
        assert_eq!(app.taken(&hot.id).await, 1);
        app.drop("s1", &hot.id).await.expect("given back");
        assert_eq!(app.taken(&hot.id).await, 0);
        assert!(held(&app).await.iter().all(|(_, _, taken, held)| taken == held));
    }

    async fn a_seat_is_exchanged_for_a_seat_and_a_wish_for_a_wish(app: TestApp) {
        period(&app).await;
        let old = app.offer("IF201", 4, 2, MONDAY).await;
        let new = app.offer("IF202", 4, 1, MONDAY).await;
        app.add("s1", &old.id).await.expect("a wish");
        app.submit("s1").await.expect("the seat");
        app.withdraw("s1").await.expect("taken back with its seat");
        app.add("s2", &new.id).await.expect("a wish");
        app.submit("s2").await.expect("the seat");
        let offered = async |student: &str| {
            let choices = app.choices(student, false).await;
            let is_new = |choice: &&pb::Choice| choice.class.as_ref().is_some_and(|class| class.id == new.id);
            choices.iter().find(is_new).expect("listed").swap_class_id.clone()
        };
        assert_eq!(offered("s1").await, "", "the page offers no exchange");
        let fault = fails(app.swap("s1", &old.id, &new.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["class-full"]);
        assert_eq!((wished(&app.plan("s1").await), app.taken(&old.id).await), (vec![false], 1), "the old seat is not lost");
        // Who has no seat to lose may wish for what is full.
        app.add("s3", &old.id).await.expect("a wish");
        assert_eq!(offered("s3").await, old.id);
        let plan = app.swap("s3", &old.id, &new.id).await.expect("another wish");
        assert_eq!((wished(&plan), app.taken(&old.id).await, app.taken(&new.id).await), (vec![true], 1, 1));

        app.withdraw("s2").await.expect("taken back");
        app.drop("s2", &new.id).await.expect("given back");
        assert_eq!(offered("s1").await, old.id);
        let plan = app.swap("s1", &old.id, &new.id).await.expect("a seat for a seat");
        assert_eq!((wished(&plan), app.taken(&old.id).await, app.taken(&new.id).await), (vec![false], 0, 1));
        assert!(held(&app).await.iter().all(|(_, _, taken, held)| taken == held));
    }

    async fn a_class_that_is_wished_for_cannot_be_removed(app: TestApp) {
        period(&app).await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("a wish");
        let request = pb::DeleteClassRequest { id: class.id.clone() };
        let fault = fails(answer(app.offering().delete_class(request.clone()).await), Kind::Refused);
        assert_eq!(words(&fault), ["class-has-students"]);
        app.drop("s1", &class.id).await.expect("given up");
        answer(app.offering().delete_class(request).await).expect("removed");
    }

    async fn what_was_wished_for_in_a_revision_has_no_place_until_the_office_gives_it(app: TestApp) {
        let now = app.clock.now();
        let revision = pb::Window { kind: pb::WindowKind::Revision.into(), ..krs_window(now, 1, 3) };
        let policy = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::AtSubmit.into(), ..Default::default() };
        app.period_with_room(PERIOD, vec![krs_window(now, -1, 1), revision], policy).await;
        let first = app.offer("IF201", 4, 9, MONDAY).await;
        let second = app.offer("IF202", 4, 1, TUESDAY).await;
        for name in ["s1", "s2"] {
            app.add(name, &first.id).await.expect("a wish");
            app.submit(name).await.expect("handed in");
            app.approve("l1", name).await.expect("approved");
        }
        app.clock.advance(SignedDuration::from_hours(24));
        for name in ["s1", "s2"] {
            app.revise(name).await.expect("opened for changes");
            app.add(name, &second.id).await.expect("a wish");
        }
        let plans: Vec<_> = told(&app).await.into_iter().filter(|event| event.kind == "course.plan").collect();
        let plan: pb::PlanSnapshot = decoded(&plans.last().expect("a plan").payload);
        assert_eq!((plan.revision, plan.class_ids.len(), plan.wished_class_ids), (true, 2, vec![second.id.clone()]));

        app.clock.advance(SignedDuration::from_hours(48));
        let registrar = app.alone().registrar;
        let late = |name| {
            let order = order(name, Command::Approve { version: 5, late: true });
            let approved = registrar.submit(order);
            async { approved.await.map(drop).map_err(Fault::from) }
        };
        late("s1").await.expect("with the last seat");
        assert_eq!(wished(&app.plan("s1").await), [false, false]);
        let fault = late("s2").await.expect_err("no seat is left");
        assert_eq!((words(&fault), app.plan("s2").await.state()), (vec!["class-full".to_owned()], pb::PlanState::Revising));
        assert!(held(&app).await.iter().all(|(_, capacity, taken, held)| taken == held && taken <= capacity));
    }

    async fn an_import_that_hands_a_plan_in_takes_the_seats_for_its_wishes(app: TestApp) {
        period(&app).await;
        let hot = app.offer("IF201", 4, 1, MONDAY).await;
        let other = app.offer("IF202", 4, 9, TUESDAY).await;
        for name in ["s1", "s2", "s3"] {
            app.add(name, &hot.id).await.expect("a wish");
        }
        for name in ["s1", "s3"] {
            app.add(name, &other.id).await.expect("a wish");
        }
        // The row names one class of the plan; the other one is in it all the same.
        let row = |name, course, state| seat_in(PERIOD, name, course, "A", state);
        let applied = import(&app, vec![row("s1", "IF202", "draft")]).await;
        assert_eq!((applied.unchanged, app.taken(&other.id).await), (1, 0), "a plan that stays a draft keeps its wishes");
        let applied = import(&app, vec![row("s1", "IF202", "approved")]).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (0, 1, 0));
        let plan = app.plan("s1").await;
        assert_eq!((wished(&plan), plan.state()), (vec![false, false], pb::PlanState::Approved));
        assert_eq!((app.taken(&hot.id).await, app.taken(&other.id).await), (1, 1));
        let plans: Vec<_> = told(&app).await.into_iter().filter(|event| event.kind == "course.plan").collect();
        let told: pb::PlanSnapshot = decoded(&plans.last().expect("a plan").payload);
        assert_eq!((told.class_ids.len(), told.wished_class_ids.len()), (2, 0), "the feed has its seats");

        // No seat is left: of the row that names the class, and of one that does not.
        let mut talk = Talk::begin(&app).await;
        talk.rows([row("s2", "IF201", "submitted"), row("s3", "IF202", "submitted")]);
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults(), ["plans.csv:2::class-full", "plans.csv:3::class-full"]);
        assert_eq!((talk.facts(1)["of_id"].as_str(), talk.facts(1)["of"].as_str()), (hot.id.as_str(), "Mata Kuliah IF201 A"));
        app.drop("s3", &hot.id).await.expect("a wish is given up");
        import(&app, vec![row("s3", "IF202", "submitted")]).await;
        assert_eq!((wished(&app.plan("s3").await), app.taken(&other.id).await), (vec![false], 2));
        assert_eq!(wished(&app.plan("s2").await), [true]);
        assert!(held(&app).await.iter().all(|(_, capacity, taken, held)| taken == held && taken <= capacity));
    }

    async fn plans_handed_in_at_once_get_all_their_seats_or_none(app: TestApp) {
        period(&app).await;
        let mut rng = Rng::new(app.db.seed);
        let mut classes = Vec::new();
        for n in 0..4_u32 {
            classes.push(app.offer(&format!("HOT{n}"), 2, 1 + n, (1 + n, 420, 570)).await);
        }
        let students = ["s1", "s2", "s3", "s4", "s6", "s7", "s8"];
        for round in 0..20 {
            for student in students {
                let skipped = rng.below(4);
                for (n, class) in (0..).zip(&classes) {
                    if n != skipped {
                        app.add(student, &class.id).await.expect("a wish");
                    }
                }
            }
            let results = join_all(students.iter().map(|student| app.submit(student))).await;
            for (student, result) in students.iter().zip(&results) {
                let plan = app.plan(student).await;
                match result {
                    Ok(_) => assert_eq!(wished(&plan), [false; 3], "round {round}"),
                    Err(fault) => {
                        let full = |fault: &Fault| words(fault).iter().all(|word| word == "class-full");
                        assert!(full(fault), "round {round}: {fault}");
                        assert_eq!(wished(&plan), [true; 3], "round {round}");
                    }
                }
            }
            assert!(results.iter().any(Result::is_ok) && results.iter().any(Result::is_err), "round {round}");
            for (class, capacity, taken, held) in held(&app).await {
                assert!(taken == held && taken <= capacity, "round {round}: {class} has {taken}, {held} of {capacity}");
            }
            for (student, result) in students.iter().zip(results) {
                if result.is_ok() {
                    app.withdraw(student).await.expect("taken back");
                }
                for item in app.plan(student).await.items {
                    app.drop(student, &item.class.expect("a class").id).await.expect("given back");
                }
            }
            assert!(held(&app).await.iter().all(|(_, _, taken, _)| *taken == 0), "round {round}");
        }
    }
}
