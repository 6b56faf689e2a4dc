//! Waiting lists: joining, the order of turns, what ends a place, and that a freed seat is never public in between.

use chassis::db::Engine;
use chassis::error::Kind;
use chassis::testing::{Rng, TestServer, eventually};
use futures_util::future::join_all;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use proto::course::v1::waiting_lists_client::WaitingListsClient;

use crate::feeds::{snapshot, told};
use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, WEDNESDAY, add_request, answer, decoded, drop_request, fails, held, hold, id,
    join_request, keyed, krs_window, leave_request, moment, places, reasons, words,
};

const ROUNDS: usize = 20;

/// What students were told about waiting lists, in order: kind, student, class, reason words.
async fn notices(app: &TestApp) -> Vec<(pb::NoticeKind, String, String, Vec<String>)> {
    let events = told(app).await.into_iter().filter(|event| event.kind == "course.notice");
    let notice = |event: proto::feed::v1::Event| {
        let notice: pb::PlanNotice = decoded(&event.payload);
        assert_eq!(event.aggregate_id, format!("{}/{PERIOD}/{}", notice.student_id, notice.class_id));
        let words = reasons(&notice.refusals).into_iter().map(str::to_owned).collect();
        (notice.kind(), notice.student_id, notice.class_id, words)
    };
    events.map(notice).collect()
}

chassis::both_engines! {
    async fn a_line_is_joined_and_left(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        assert_eq!(words(&fails(app.join("s2", &class.id).await, Kind::Refused)), ["seat-free"]);
        app.add("s1", &class.id).await.expect("the seat");
        assert_eq!(words(&fails(app.join("s1", &class.id).await, Kind::Refused)), ["class-already-taken"]);

        let plan = app.join("s2", &class.id).await.expect("in line");
        assert_eq!((plan.state(), plan.version, plan.items.len()), (pb::PlanState::Draft, 1, 0), "it opens the plan");
        assert_eq!(places(&plan), [(class.id.clone(), 1, 1)]);
        let place = &plan.waiting[0];
        assert_eq!(place.joined_at, Some(moment(app.clock.now())));
        let closes_at = moment(app.clock.now() + SignedDuration::from_hours(24 * 14));
        assert_eq!((place.expires_at, place.instead_of_id.as_str()), (Some(closes_at), ""));
        assert_eq!(words(&fails(app.join("s2", &class.id).await, Kind::Refused)), ["already-waiting"]);

        app.join("s3", &class.id).await.expect("behind");
        app.join("s4", &class.id).await.expect("last");
        assert_eq!(app.numbers(&class.id).await, (1, 0, 3));
        assert_eq!(places(&app.plan("s4").await), [(class.id.clone(), 3, 3)]);
        let names = |line: Vec<(String, u32)>| line.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(app.line(&class.id).await).len(), 3);

        let plan = app.leave("s2", &class.id).await.expect("left");
        assert_eq!(places(&plan), []);
        let fault = fails(app.leave("s2", &class.id).await, Kind::Absent);
        assert_eq!(fault.reason(), "not-found");
        assert_eq!(places(&app.plan("s4").await), [(class.id.clone(), 2, 2)], "moved up");
        assert_eq!(app.deeds("s2").await, [pb::PlanDeed::Join, pb::PlanDeed::Leave]);
        let line = app.line(&class.id).await;
        assert_eq!(line.iter().map(|(_, place)| *place).collect::<Vec<_>>(), [1, 2]);
        app.check_lines().await;
    }

    async fn a_place_is_asked_for_with_every_gate_but_the_seat(app: TestApp) {
        app.open_period().await;
        let full = app.offer("IF201", 4, 1, MONDAY).await;
        let clashing = app.offer("IF202", 4, 9, MONDAY).await;
        app.add("s1", &full.id).await.expect("the seat");
        app.add("s2", &clashing.id).await.expect("a seat");
        app.tell(&[hold("s2", proto::student::v1::HoldKind::Library, None, 1)]).await;
        let fault = fails(app.join("s2", &full.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["hold-library", "schedule-clash"]);
        app.change_class(&full, |input| input.state = pb::ClassState::Closed.into()).await;
        assert_eq!(words(&fails(app.join("s3", &full.id).await, Kind::Refused)), ["class-closed"]);
        let fault = fails(app.join_for("s3", &full.id, &clashing.id).await, Kind::Absent);
        assert_eq!(fault.reason(), "not-found", "only a class of the plan is given back");
        fails(app.join("s3", &id("nothing")).await, Kind::Absent);
    }

    async fn nobody_waits_for_more_than_so_many_classes(app: TestApp) {
        app.open_period().await;
        let mut classes = Vec::new();
        for n in 0..4u32 {
            let class = app.offer(&format!("W{n}"), 3, 1, (1 + n, 420, 570)).await;
            app.add("s1", &class.id).await.expect("the seat");
            classes.push(class);
        }
        for class in &classes[..3] {
            app.join("s2", &class.id).await.expect("in line");
        }
        let fault = fails(app.join("s2", &classes[3].id).await, Kind::Refused);
        assert_eq!(words(&fault), ["waiting-limit"]);
        assert_eq!(fault.refusals()[0].facts["limit"], "3");
        let order: Vec<_> = places(&app.plan("s2").await).into_iter().map(|(class, ..)| class).collect();
        assert_eq!(order.len(), 3);
        app.leave("s2", &classes[0].id).await.expect("left");
        app.join("s2", &classes[3].id).await.expect("one place is free again");
    }

    async fn a_freed_seat_goes_down_the_line_in_order(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 2, MONDAY).await;
        let other = app.offer("IF202", 4, 9, MONDAY).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.add("s2", &class.id).await.expect("a seat");
        for student in ["s3", "s4", "s6"] {
            app.join(student, &class.id).await.expect("in line");
        }
        // The first in line makes themselves a clash: their turn comes, and rules say no.
        app.add("s3", &other.id).await.expect("a seat");
        app.drop("s1", &class.id).await.expect("given back");
        app.gets("s4", &class.id).await;
        assert_eq!(app.deeds("s3").await, [pb::PlanDeed::Join, pb::PlanDeed::Add, pb::PlanDeed::Pass]);
        let step = app.steps("s3").await.remove(0);
        assert_eq!((step.note.as_str(), step.actor.as_str(), step.account_id.as_str()), ("schedule-clash", "system", ""));
        assert_eq!(places(&app.plan("s3").await), []);
        assert_eq!(held(&app.plan("s3").await), std::slice::from_ref(&other.id));
        assert_eq!(app.deeds("s4").await, [pb::PlanDeed::Join, pb::PlanDeed::Promote]);
        assert_eq!(app.numbers(&class.id).await, (2, 0, 1));
        assert_eq!(places(&app.plan("s6").await), [(class.id.clone(), 1, 1)]);
        app.drop("s2", &class.id).await.expect("given back");
        app.gets("s6", &class.id).await;
        // Nobody waits any more: the next seat is everybody's.
        app.drop("s4", &class.id).await.expect("given back");
        assert_eq!(app.numbers(&class.id).await, (1, 0, 0));
        app.add("s1", &class.id).await.expect("public again");

        use pb::NoticeKind::{Passed, Promoted};
        let expected = [
            (Passed, id("s3"), class.id.clone(), vec!["schedule-clash".to_owned()]),
            (Promoted, id("s4"), class.id.clone(), vec![]),
            (Promoted, id("s6"), class.id.clone(), vec![]),
        ];
        assert_eq!(notices(&app).await, expected);
        assert!(snapshot(&app).await.iter().all(|event| event.kind != "course.notice"), "told once");
        app.check_lines().await;
    }

    async fn a_plan_that_is_with_the_advisor_is_passed_over(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        let other = app.offer("IF202", 4, 9, TUESDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        app.join("s2", &class.id).await.expect("in line");
        app.join("s3", &class.id).await.expect("in line");
        app.add("s2", &other.id).await.expect("a seat");
        app.submit("s2").await.expect("handed in");
        assert_eq!(places(&app.plan("s2").await).len(), 1, "the place is kept");
        app.drop("s1", &class.id).await.expect("given back");
        app.gets("s3", &class.id).await;
        assert_eq!(app.steps("s2").await[0].note, "plan-submitted");
        assert_eq!(app.plan("s2").await.state(), pb::PlanState::Submitted);
        app.check_lines().await;
    }

    async fn seats_that_are_given_back_for_others_go_on_down_their_own_lines(app: TestApp) {
        app.open_period().await;
        let first = app.offer("IF201", 4, 1, MONDAY).await;
        let second = app.offer("IF202", 4, 1, MONDAY).await;
        let third = app.offer("IF203", 4, 1, MONDAY).await;
        app.add("s1", &first.id).await.expect("a seat");
        app.add("s2", &second.id).await.expect("a seat");
        app.add("s3", &third.id).await.expect("a seat");
        // All three meet at the same hour: only the exchange is possible.
        assert_eq!(words(&fails(app.join("s2", &first.id).await, Kind::Refused)), ["schedule-clash"]);
        let plan = app.join_for("s2", &first.id, &second.id).await.expect("in line for an exchange");
        assert_eq!(plan.waiting[0].instead_of_id, second.id);
        assert_eq!(plan.waiting[0].instead_of, "Mata Kuliah IF202 A");
        app.join_for("s3", &second.id, &third.id).await.expect("in line for an exchange");
        app.join("s4", &third.id).await.expect("in line");
        app.drop("s1", &first.id).await.expect("given back");
        app.gets("s4", &third.id).await;
        assert_eq!(held(&app.plan("s2").await), std::slice::from_ref(&first.id));
        assert_eq!(held(&app.plan("s3").await), std::slice::from_ref(&second.id));
        assert_eq!(held(&app.plan("s4").await), std::slice::from_ref(&third.id));
        assert_eq!(app.steps("s2").await[0].class_label, "Mata Kuliah IF202 A > Mata Kuliah IF201 A");
        for class in [&first, &second, &third] {
            assert_eq!(app.numbers(&class.id).await, (1, 0, 0));
        }
        app.check_lines().await;
    }

    async fn a_class_that_was_dropped_meanwhile_is_not_given_back(app: TestApp) {
        app.open_period().await;
        let wanted = app.offer("IF201", 4, 1, MONDAY).await;
        let old = app.offer("IF202", 4, 9, MONDAY).await;
        app.add("s1", &wanted.id).await.expect("a seat");
        app.add("s2", &old.id).await.expect("a seat");
        app.join_for("s2", &wanted.id, &old.id).await.expect("in line");
        app.drop("s2", &old.id).await.expect("given back before");
        app.drop("s1", &wanted.id).await.expect("given back");
        app.gets("s2", &wanted.id).await;
        assert_eq!(app.numbers(&old.id).await, (0, 0, 0));
        app.check_lines().await;
    }

    async fn a_swap_frees_a_seat_for_the_line_too(app: TestApp) {
        app.open_period().await;
        let hot = app.offer("IF201", 4, 1, MONDAY).await;
        let other = app.offer("IF202", 4, 9, MONDAY).await;
        app.add("s1", &hot.id).await.expect("a seat");
        app.join("s2", &hot.id).await.expect("in line");
        let swap = pb::SwapClassRequest {
            student_id: id("s1"),
            period_code: PERIOD.to_owned(),
            drop_class_id: hot.id.clone(),
            add_class_id: other.id.clone(),
        };
        answer(app.krs("s1").swap_class(swap).await).expect("swapped");
        app.gets("s2", &hot.id).await;
        app.check_lines().await;
    }

    async fn a_bigger_class_promotes_and_a_closed_one_waits(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        for student in ["s2", "s3", "s4"] {
            app.join(student, &class.id).await.expect("in line");
        }
        app.change_class(&class, |input| input.capacity = 2).await;
        app.gets("s2", &class.id).await;
        assert_eq!(app.numbers(&class.id).await, (2, 0, 2));
        // Closed: the seat is kept, nobody gets it, and nobody else sees it as free.
        app.change_class(&class, |input| input.state = pb::ClassState::Closed.into()).await;
        app.drop("s1", &class.id).await.expect("given back");
        assert_eq!(app.numbers(&class.id).await, (1, 1, 2));
        assert_eq!(words(&fails(app.add("s6", &class.id).await, Kind::Refused)), ["class-closed", "class-full"]);
        app.change_class(&class, |input| input.state = pb::ClassState::Open.into()).await;
        app.gets("s3", &class.id).await;
        assert_eq!(app.numbers(&class.id).await, (2, 0, 1));
        // Smaller again: nobody is thrown out, and what is free is counted anew.
        app.change_class(&class, |input| input.capacity = 1).await;
        app.drop("s2", &class.id).await.expect("given back");
        assert_eq!(app.numbers(&class.id).await, (1, 0, 1));
        let delete = pb::DeleteClassRequest { id: class.id.clone() };
        app.drop("s3", &class.id).await.expect("given back");
        app.gets("s4", &class.id).await;
        app.check_lines().await;
        assert_eq!(words(&fails(answer(app.offering().delete_class(delete).await), Kind::Refused)), ["class-has-students"]);
    }

    async fn a_class_that_somebody_waits_for_is_not_removed(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        app.join("s2", &class.id).await.expect("in line");
        app.change_class(&class, |input| input.state = pb::ClassState::Closed.into()).await;
        app.drop("s1", &class.id).await.expect("given back");
        let delete = || pb::DeleteClassRequest { id: class.id.clone() };
        let fault = fails(answer(app.offering().delete_class(delete()).await), Kind::Refused);
        assert_eq!(words(&fault), ["class-has-waiting"]);
        assert_eq!(fault.refusals()[0].facts["waiting"], "1");
        app.leave("s2", &class.id).await.expect("left");
        answer(app.offering().delete_class(delete()).await).expect("removed");
    }

    async fn places_end_with_the_last_window(app: TestApp) {
        let revision = |opens, closes| {
            pb::Window { kind: pb::WindowKind::Revision.into(), ..krs_window(app.clock.now(), opens, closes) }
        };
        let windows = vec![krs_window(app.clock.now(), -7, 1), revision(2, 3)];
        app.period(PERIOD, pb::PeriodState::Active, windows).await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        app.join("s2", &class.id).await.expect("in line");
        app.clock.advance(SignedDuration::from_hours(25));
        let plan = app.plan("s2").await;
        assert_eq!(places(&plan).len(), 1, "the revision window is still to come");
        app.clock.advance(SignedDuration::from_hours(48));
        eventually("the place has ended", || async { places(&app.plan("s2").await).is_empty() }).await;
        assert_eq!(app.deeds("s2").await, [pb::PlanDeed::Join, pb::PlanDeed::Expire]);
        let expected = (pb::NoticeKind::Expired, id("s2"), class.id.clone(), vec![]);
        assert_eq!(notices(&app).await, [expected]);
        assert_eq!(app.numbers(&class.id).await, (1, 0, 0));
        app.check_lines().await;
    }

    async fn a_crash_between_freeing_and_promotion_loses_nothing(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        app.join("s2", &class.id).await.expect("in line");
        // While the class is closed, the freed seat is kept and nobody's turn comes: what a crash would leave behind.
        app.change_class(&class, |input| input.state = pb::ClassState::Closed.into()).await;
        app.drop("s1", &class.id).await.expect("given back");
        assert_eq!(app.numbers(&class.id).await, (0, 1, 1));
        let id = class.id.clone();
        let app = app.crashed(async |db| {
            let mut tx = db.begin().await.expect("a transaction");
            let open = chassis::sql!("UPDATE class SET open = TRUE WHERE class_id = $1").bind(&id);
            open.run(&mut tx).await.expect("open");
            tx.commit().await.expect("a commit");
        })
        .await;
        app.gets("s2", &class.id).await;
        app.check_lines().await;
    }

    async fn a_key_joins_once(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        app.add("s1", &class.id).await.expect("the seat");
        let join = || keyed(join_request("s2", &class.id, ""), "join-1");
        let first = answer(app.lines("s2").join_waiting_list(join()).await).expect("in line");
        let again = answer(app.lines("s2").join_waiting_list(join()).await).expect("the same answer");
        assert_eq!(first, again);
        assert_eq!(app.numbers(&class.id).await, (1, 0, 1));
        let leave = || keyed(leave_request("s2", &class.id), "leave-1");
        let first = answer(app.lines("s2").leave_waiting_list(leave()).await).expect("left");
        assert_eq!(first, answer(app.lines("s2").leave_waiting_list(leave()).await).expect("the same answer"));
    }

    async fn a_freed_seat_is_never_public_in_between(app: TestApp) {
        app.open_period().await;
        for round in 0..ROUNDS {
            let start = 420 + 10 * u32::try_from(round).expect("small");
            let class = app.offer(&format!("HOT{round}"), 1, 1, (1, start, start + 10)).await;
            app.add("s1", &class.id).await.expect("the seat");
            app.join("s2", &class.id).await.expect("in line");
            let racers = ["s3", "s4", "s6", "s7"].map(|racer| {
                let (app, class) = (&app, &class);
                async move {
                    for _ in 0..4 {
                        let fault = fails(app.add(racer, &class.id).await, Kind::Refused);
                        assert_eq!(words(&fault), ["class-full"], "round {round}");
                        let seen = app.class_now(&class.id).await;
                        let public = seen.taken + seen.reserved < seen.capacity && seen.waiting == 0;
                        assert!(!public, "round {round}: {seen:?}");
                    }
                }
            });
            let dropped = async { app.drop("s1", &class.id).await.expect("given back") };
            tokio::join!(dropped, join_all(racers));
            app.gets("s2", &class.id).await;
            app.drop("s2", &class.id).await.expect("given back");
        }
        app.check_lines().await;
    }

    async fn leaving_while_the_turn_comes_is_one_or_the_other(app: TestApp) {
        app.open_period().await;
        for round in 0..ROUNDS {
            let start = 420 + 10 * u32::try_from(round).expect("small");
            let class = app.offer(&format!("LV{round}"), 1, 1, (1, start, start + 10)).await;
            app.add("s1", &class.id).await.expect("the seat");
            app.join("s2", &class.id).await.expect("in line");
            let (dropped, left) = tokio::join!(app.drop("s1", &class.id), app.leave("s2", &class.id));
            dropped.expect("given back");
            let has_it = match left {
                Ok(_) => false,
                Err(fault) => {
                    assert_eq!(fault.kind(), Kind::Absent, "{fault}");
                    true
                }
            };
            eventually("the seat is settled", || async { app.class_now(&class.id).await.reserved == 0 }).await;
            assert_eq!(held(&app.plan("s2").await).contains(&class.id), has_it, "round {round}");
            if has_it {
                app.drop("s2", &class.id).await.expect("given back");
            }
            app.check_lines().await;
        }
    }
}

/// Two replicas over one PostgreSQL database: seats freed at one are waited for at the other.
#[test]
fn two_replicas_keep_one_line() {
    async fn storm(app: TestApp) {
        app.open_period().await;
        let other = app.replica().await;
        let mut classes = Vec::new();
        for n in 0..3u32 {
            classes.push(app.offer(&format!("R{n}"), 3, 2, (1 + n, 420, 570)).await);
        }
        let channel = |server: &TestServer, student: &str| {
            let token = app.token().account(&format!("account-{student}")).student(&id(student)).sign();
            server.channel(&app.pki, "gateway").with_bearer(&token)
        };
        let mut rng = Rng::new(app.db.seed);
        for _ in 0..ROUNDS {
            let students = (1..=8).map(|n| {
                let (mut rng, student, classes) = (rng.fork(), format!("s{n}"), &classes);
                let channels = [channel(&app.server, &student), channel(&other, &student)];
                async move {
                    for _ in 0..4 {
                        let (class, channel) = (rng.pick(classes).id.clone(), rng.pick(&channels).clone());
                        let (mut krs, mut lines) = (KrsClient::new(channel.clone()), WaitingListsClient::new(channel));
                        let result = match rng.below(5) {
                            0 | 1 => answer(krs.drop_class(drop_request(&student, &class)).await),
                            2 => answer(krs.add_class(add_request(&student, &class)).await),
                            3 => answer(lines.leave_waiting_list(leave_request(&student, &class)).await),
                            _ => answer(lines.join_waiting_list(join_request(&student, &class, "")).await),
                        };
                        if let Err(fault) = result {
                            assert!(matches!(fault.kind(), Kind::Refused | Kind::Absent), "{fault}");
                        }
                    }
                }
            });
            join_all(students).await;
            app.nobody_is_due().await;
            app.check_lines().await;
        }
        assert!(told(&app).await.iter().any(|event| event.kind == "course.notice"), "somebody was promoted");
    }
    chassis::testing::run(Engine::Postgres, "two_replicas_keep_one_line", storm);
}

chassis::both_engines! {
    async fn the_wait_shows_in_the_catalogue_and_the_choices(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, MONDAY).await;
        let course = crate::support::course_id(&class);
        let sibling = app.class(crate::support::input(&course, "B", 9, &[WEDNESDAY])).await;
        app.add("s1", &class.id).await.expect("the seat");
        let choice = async |student: &str| {
            let choices = app.choices(student, false).await;
            let found = choices.into_iter().find(|choice| choice.class.as_ref().is_some_and(|c| c.id == class.id));
            let found = found.expect("it is listed");
            (found.may_wait, found.place)
        };
        assert_eq!(choice("s2").await, (true, 0));
        app.join("s2", &class.id).await.expect("in line");
        assert_eq!(choice("s2").await, (false, 1));
        assert_eq!(choice("s1").await, (false, 0), "who has the class does not wait for it");
        app.add("s3", &sibling.id).await.expect("a seat");
        assert_eq!(choice("s3").await, (true, 0), "in exchange for the other class of the course");
        assert_eq!(words(&fails(app.join("s3", &class.id).await, Kind::Refused)), ["course-already-taken"]);
        app.join_for("s3", &class.id, &sibling.id).await.expect("in line");
        let listed = app.list(crate::support::list_request()).await;
        let listed = listed.iter().find(|listed| listed.id == class.id).expect("listed");
        assert_eq!((listed.taken, listed.reserved, listed.waiting), (1, 0, 2));
    }
}
