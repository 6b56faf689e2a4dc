//! What everybody sends at once: no seat sold twice, no plan that breaks a rule. Twenty rounds each; every guard was
//! removed once to see its test fail.

use chassis::error::Kind;
use chassis::testing::Rng;
use futures_util::future::join_all;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use proto::student::v1 as student_pb;

use crate::support::rows::{self, Talk};
use crate::support::{
    TestApp, add_request, answer, approve_request, course_id, id, input, input_of, krs_window, list_request, meeting,
    record, return_request, status, student, submit_request, withdraw_request, words,
};

const ROUNDS: usize = 20;

/// Students `r0` to `r<n>`, active, with an IPS that allows 24 SKS.
async fn crowd(app: &TestApp, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|n| format!("r{n}")).collect();
    let mut changes = Vec::new();
    for name in &names {
        changes.push(student(name, "IF-S1", "20241", "l1"));
        changes.push(status(name, crate::support::PERIOD, proto::student::v1::StatusKind::Active, 1));
    }
    app.tell(&changes).await;
    let records: Vec<_> = names.iter().map(|name| record(name, &[("20252", 350, 20, 0)])).collect();
    app.tell_records(&records).await;
    names
}

/// What must be true of every plan and every class, whatever happened.
async fn check(app: &TestApp, students: &[String], ceiling: u32) {
    for (class, taken, items) in app.seats().await {
        assert_eq!(taken, items, "seats taken and items of {class}");
    }
    for student in students {
        let plan = app.plan(student).await;
        assert!(plan.credits <= ceiling, "{student} has {} SKS", plan.credits);
        let classes: Vec<_> = plan.items.iter().map(|item| item.class.clone().expect("a class")).collect();
        for (n, one) in classes.iter().enumerate() {
            for other in &classes[n + 1..] {
                assert_ne!(course_id(one), course_id(other), "{student} has a course twice");
                let clash = one.meetings.iter().any(|a| {
                    other
                        .meetings
                        .iter()
                        .any(|b| a.day == b.day && a.start_minute < b.end_minute && b.start_minute < a.end_minute)
                });
                assert!(!clash, "{student} has {} and {} at once", one.id, other.id);
            }
        }
    }
}

chassis::both_engines! {
    async fn the_last_seats_go_to_exactly_as_many_students(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, 16).await;
        for round in 0..ROUNDS {
            let capacity = 1 + u32::try_from(round % 5).expect("small");
            let class = app.offer(&format!("HOT{round}"), 1, capacity, (1, 420 + 10 * u32::try_from(round).expect("small"), 430 + 10 * u32::try_from(round).expect("small"))).await;
            let results = join_all(students.iter().map(|student| app.add(student, &class.id))).await;
            let seated = results.iter().filter(|result| result.is_ok()).count();
            for fault in results.iter().filter_map(|result| result.as_ref().err()) {
                assert_eq!(words(fault), ["class-full"], "{fault}");
            }
            assert_eq!(seated, usize::try_from(capacity).expect("small"), "round {round}");
            assert_eq!(app.taken(&class.id).await, capacity);
        }
        check(&app, &students, 24).await;
    }

    async fn one_student_racing_twelve_classes_never_breaks_a_rule(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        // Two sections of each of six courses of 5 SKS; every third course meets at the same hour.
        let mut classes = Vec::new();
        for n in 0..6 {
            let course = app.course(&format!("RACE{n}"), 5).await;
            for (name, day) in [("A", 1 + n % 3), ("B", 4 + n % 3)] {
                classes.push(app.class(input(&course.id, name, 40, &[(day, 420, 570)])).await);
            }
        }
        for student in &students {
            let results = join_all(classes.iter().map(|class| app.add(student, &class.id))).await;
            let taken = results.iter().filter(|result| result.is_ok()).count();
            assert!((3..=4).contains(&taken), "{student} took {taken}");
            for fault in results.iter().filter_map(|result| result.as_ref().err()) {
                assert_eq!(fault.kind(), Kind::Refused, "{fault}");
            }
        }
        check(&app, &students, 24).await;
    }

    async fn a_storm_of_adding_and_dropping_keeps_the_count(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, 8).await;
        let mut classes = Vec::new();
        for n in 0..4 {
            classes.push(app.offer(&format!("ST{n}"), 3, 3, (1 + n, 420, 570)).await);
        }
        let mut rng = Rng::new(app.db.seed);
        for _ in 0..ROUNDS {
            let storms = students.iter().map(|student| {
                let (mut rng, app, classes) = (rng.fork(), &app, &classes);
                async move {
                    for _ in 0..4 {
                        let class = rng.pick(classes);
                        let result = match rng.once_in(2) {
                            true => app.add(student, &class.id).await,
                            false => app.drop(student, &class.id).await,
                        };
                        if let Err(fault) = result {
                            assert!(matches!(fault.kind(), Kind::Refused | Kind::Absent), "{fault}");
                        }
                    }
                }
            });
            join_all(storms).await;
            for class in &classes {
                assert!(app.taken(&class.id).await <= 3);
            }
            check(&app, &students, 24).await;
        }
    }

    async fn meetings_that_move_under_students_never_make_a_plan_clash(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, 6).await;
        let moving = app.offer("MOVE", 3, 40, (1, 420, 570)).await;
        let fixed = app.offer("FIX", 3, 40, (2, 420, 570)).await;
        let mut version = moving.version;
        let mut day = 1;
        let mut rng = Rng::new(app.db.seed);
        for _ in 0..ROUNDS {
            let (first, second) = match rng.once_in(2) {
                true => (&moving.id, &fixed.id),
                false => (&fixed.id, &moving.id),
            };
            let seats = join_all(students.iter().map(|student| async {
                drop(app.add(student, first).await);
                drop(app.add(student, second).await);
            }));
            // Back and forth, an odd or even number of times, while seats are taken.
            let times = 1 + rng.below(4);
            let moves = async {
                for _ in 0..times {
                    let target = if day == 1 { 2 } else { 1 };
                    let draft = pb::ClassInput { meetings: vec![meeting(target, 420, 570, "")], ..input_of(&moving) };
                    let request = pb::UpdateClassRequest { id: moving.id.clone(), class: Some(draft), version };
                    match answer(app.offering().update_class(request).await) {
                        Ok(class) => (version, day) = (class.version, target),
                        // Refused: a student has both. Stale: seats were taken faster than the move could follow.
                        Err(fault) => assert!(matches!(fault.kind(), Kind::Refused | Kind::Stale), "{fault}"),
                    }
                }
            };
            tokio::join!(seats, moves);
            check(&app, &students, 24).await;
            for student in &students {
                drop(app.drop(student, &moving.id).await);
                drop(app.drop(student, &fixed.id).await);
            }
        }
    }

    async fn two_admins_never_put_two_classes_into_one_room_at_once(app: TestApp) {
        app.open_period().await;
        for round in 0..ROUNDS {
            let room = app.room(&format!("R{round}"), 40).await;
            let course = app.course(&format!("RM{round}"), 3).await;
            let created = (0..4).map(|n| {
                let name = format!("C{n}");
                let meetings = vec![meeting(1, 420, 570, &room.id)];
                let class = Some(pb::ClassInput { meetings, ..input(&course.id, &name, 40, &[]) });
                let mut offering = app.offering();
                async move { answer(offering.create_class(pb::CreateClassRequest { class }).await) }
            });
            let results = join_all(created).await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "round {round}");
            for fault in results.iter().filter_map(|result| result.as_ref().err()) {
                assert_eq!(fault.reason(), "room-clash", "{fault}");
            }
        }
    }

    async fn a_period_is_planned_again_or_has_a_plan_and_never_both(app: TestApp) {
        let codes: Vec<_> = (0..2 * ROUNDS).map(|round| format!("{}1", 2030 + round)).collect();
        let active = student_pb::StatusKind::Active;
        app.tell(&codes.iter().map(|code| status("s1", code, active, 1)).collect::<Vec<_>>()).await;
        for (round, code) in codes.iter().enumerate() {
            let windows = vec![krs_window(app.clock.now(), -1, 1)];
            let made = app.period(code, pb::PeriodState::Active, windows).await;
            let mut krs = app.krs("s1");
            let open = krs.open_plan(pb::OpenPlanRequest { student_id: id("s1"), period_code: code.clone() });
            let opened = match round % 2 {
                0 => {
                    let planned = pb::Period { state: pb::PeriodState::Planned.into(), ..made };
                    let mut offering = app.offering();
                    let update = offering.update_period(pb::UpdatePeriodRequest { period: Some(planned) });
                    let (opened, updated) = tokio::join!(open, update);
                    assert_ne!(opened.is_ok(), updated.is_ok(), "round {round}");
                    opened.is_ok()
                }
                _ => {
                    let mut talk = Talk::begin(&app).await;
                    talk.rows([rows::period(code, "planned")]);
                    assert!(talk.judge().await.ok, "nobody has a plan yet");
                    let (opened, applied) = tokio::join!(open, talk.apply());
                    assert_ne!(opened.is_ok(), applied.is_ok(), "round {round}");
                    if applied.is_err() {
                        assert_eq!(talk.faults(), ["periods.csv:2::period-has-plans"]);
                    }
                    opened.is_ok()
                }
            };
            let found = chassis::sql!(
                "SELECT state, (SELECT COUNT(*) FROM study_plan p WHERE p.period_code = period.period_code) FROM period
                 WHERE period_code = $1"
            );
            let found = found.bind(code.as_str()).one::<(String, i64)>(&app.db.db).await.expect("a period");
            let wanted = if opened { ("active".to_owned(), 1) } else { ("planned".to_owned(), 0) };
            assert_eq!(found, wanted, "round {round}");
        }
    }

    async fn a_class_is_never_removed_under_a_student(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, 2).await;
        for round in 0..ROUNDS {
            let class = app.offer(&format!("DEL{round}"), 1, 40, (1, 420, 570)).await;
            let mut offering = app.offering();
            let delete = offering.delete_class(pb::DeleteClassRequest { id: class.id.clone() });
            let (added, deleted) = tokio::join!(app.add(&students[0], &class.id), delete);
            match (added, answer(deleted)) {
                (Ok(_), Err(fault)) => {
                    assert_eq!(fault.reason(), "class-has-students", "{fault}");
                    app.drop(&students[0], &class.id).await.expect("given back");
                }
                (Err(fault), Ok(_)) => assert_eq!(fault.kind(), Kind::Absent, "{fault}"),
                other => panic!("{other:?}"),
            }
        }
    }

    async fn a_course_is_taken_with_its_credits_or_gets_others(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        let base = app.offer("BASE", 20, 40, (1, 420, 570)).await;
        for (round, student) in students.iter().enumerate() {
            app.add(student, &base.id).await.expect("20 SKS");
            let class = app.offer(&format!("SKS{round}"), 4, 9, (2, 420, 570)).await;
            let known = class.course.clone().expect("a course");
            let heavier = pb::Course { credits: 5, credits_lecture: 5, ..known };
            let mut offering = app.offering();
            let update = offering.update_course(pb::UpdateCourseRequest { course: Some(heavier) });
            let (added, updated) = tokio::join!(app.add(student, &class.id), update);
            match (added, answer(updated)) {
                (Ok(_), Err(fault)) => assert_eq!(words(&fault), ["course-has-plans"]),
                (Err(fault), Ok(_)) => assert_eq!(words(&fault), ["credit-limit"]),
                (added, updated) => panic!("round {round}: {added:?} {updated:?}"),
            }
        }
        check(&app, &students, 24).await;
    }

    async fn a_plan_is_handed_in_as_it_was_read_or_grows_and_is_not_handed_in(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        let first = app.offer("IN", 3, 40, (1, 420, 570)).await;
        let second = app.offer("LATE", 3, 40, (2, 420, 570)).await;
        for student in &students {
            app.add(student, &first.id).await.expect("a seat");
            let mut krs = app.krs(student);
            let (submitted, added) =
                tokio::join!(krs.submit_plan(submit_request(student, 1)), app.add(student, &second.id));
            let plan = app.plan(student).await;
            match (answer(submitted), added) {
                (Ok(_), Err(fault)) => {
                    assert_eq!(words(&fault), ["plan-submitted"]);
                    assert_eq!((plan.state(), plan.items.len()), (pb::PlanState::Submitted, 1));
                }
                (Err(fault), Ok(_)) => {
                    assert_eq!(fault.kind(), Kind::Stale, "{fault}");
                    assert_eq!((plan.state(), plan.items.len()), (pb::PlanState::Draft, 2));
                }
                other => panic!("{student}: {other:?}"),
            }
            assert_eq!(app.steps(student).await.len(), 2, "one step for each write, and none for a refusal");
        }
        check(&app, &students, 24).await;
    }

    async fn a_plan_is_approved_or_withdrawn_and_never_both(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        let class = app.offer("BOTH", 3, 40, (1, 420, 570)).await;
        for student in &students {
            app.add(student, &class.id).await.expect("a seat");
            app.submit(student).await.expect("handed in");
            let (mut krs, mut advisor) = (app.krs(student), app.advising("l1"));
            let (withdrawn, approved) = tokio::join!(
                krs.withdraw_plan(withdraw_request(student, 2)),
                advisor.approve_plan(approve_request(student, 2))
            );
            let state = match (answer(withdrawn), answer(approved)) {
                (Ok(_), Err(fault)) => (fault.kind(), pb::PlanState::Draft),
                (Err(fault), Ok(_)) => (fault.kind(), pb::PlanState::Approved),
                other => panic!("{student}: {other:?}"),
            };
            assert_eq!((Kind::Stale, app.plan(student).await.state()), state, "{student}");
            assert_eq!(app.steps(student).await.len(), 3);
        }
    }

    async fn two_who_decide_at_once_decide_once(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        let class = app.offer("ONCE", 3, 40, (1, 420, 570)).await;
        for (round, student) in students.iter().enumerate() {
            app.add(student, &class.id).await.expect("a seat");
            app.submit(student).await.expect("handed in");
            let (mut advisor, mut registrar) = (app.advising("l1"), KrsClient::new(app.as_registrar()));
            let first = advisor.approve_plan(approve_request(student, 2));
            // Another approval in one half of the rounds, a return in the other.
            let (first, second) = match round % 2 {
                0 => tokio::join!(first, registrar.approve_plan(approve_request(student, 2))),
                _ => tokio::join!(first, registrar.return_plan(return_request(student, 2, "Lagi."))),
            };
            match (answer(first), answer(second)) {
                (Ok(done), Err(fault)) | (Err(fault), Ok(done)) => {
                    assert_eq!(fault.kind(), Kind::Stale, "{fault}");
                    assert_eq!((app.plan(student).await.state(), done.version), (done.state(), 3));
                }
                other => panic!("{student}: {other:?}"),
            }
            assert_eq!(app.steps(student).await.len(), 3);
        }
    }

    async fn a_plan_is_locked_or_returned_and_never_both(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, ROUNDS).await;
        let class = app.offer("LOCK", 3, 40, (1, 420, 570)).await;
        for student in &students {
            app.add(student, &class.id).await.expect("a seat");
            app.submit(student).await.expect("handed in");
            app.approve("l1", student).await.expect("approved");
            let mut advisor = app.advising("l1");
            let returned = advisor.return_plan(return_request(student, 3, "Lagi."));
            let (locked, returned) = tokio::join!(app.lock_plans(), returned);
            let state = app.plan(student).await.state();
            match answer(returned) {
                Ok(_) => assert_eq!((locked, state), (0, pb::PlanState::Returned)),
                Err(fault) => {
                    assert_eq!(fault.kind(), Kind::Stale, "{fault}");
                    assert_eq!((locked, state), (1, pb::PlanState::Locked));
                }
            }
            assert_eq!(app.steps(student).await.len(), 4);
        }
    }

    async fn a_window_that_shuts_in_the_meantime_shuts_for_everybody_after(app: TestApp) {
        let period = app.open_period().await;
        let students = crowd(&app, 8).await;
        let class = app.offer("SHUT", 1, 40, (1, 420, 570)).await;
        let shut = pb::Period { windows: vec![krs_window(app.clock.now(), -9, -1)], ..period };
        let mut offering = app.offering();
        let update = offering.update_period(pb::UpdatePeriodRequest { period: Some(shut) });
        let (results, shut) = tokio::join!(join_all(students.iter().map(|s| app.add(s, &class.id))), update);
        answer(shut).expect("shut");
        for fault in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(words(fault), ["krs-closed"], "{fault}");
        }
        let late = app.add("s1", &class.id).await.expect_err("it is shut");
        assert_eq!(words(&late), ["krs-closed"]);
        assert_eq!(usize::try_from(app.taken(&class.id).await).ok(), Some(results.iter().filter(|r| r.is_ok()).count()));
        assert_eq!(app.plan("s1").await.student_id, id("s1"));
    }
}

/// Two replicas over one PostgreSQL database; SQLite has one process.
#[test]
fn two_replicas_sell_the_last_seats_once_and_show_each_others() {
    async fn race(app: TestApp) {
        app.open_period().await;
        let students = crowd(&app, 12).await;
        let other = app.replica().await;
        for round in 0..ROUNDS {
            let start = 420 + 10 * u32::try_from(round).expect("small");
            let class = app.offer(&format!("TWO{round}"), 1, 3, (1, start, start + 10)).await;
            let adds = students.iter().enumerate().map(|(n, student)| {
                let server = if n % 2 == 0 { &app.server } else { &other };
                let token = app.token().student(&id(student)).sign();
                let channel = server.channel(&app.pki, "gateway").with_bearer(&token);
                let (mut krs, class) = (pb::krs_client::KrsClient::new(channel), class.id.clone());
                async move { answer(krs.add_class(add_request(student, &class)).await) }
            });
            let seated = join_all(adds).await.iter().filter(|result| result.is_ok()).count();
            assert_eq!(seated, 3, "round {round}");
            for server in [&app.server, &other] {
                let token = app.token().registrar().sign();
                let channel = server.channel(&app.pki, "gateway").with_bearer(&token);
                chassis::testing::eventually("the list of each replica shows the seats of both", || {
                    let mut catalogue = pb::catalogue_client::CatalogueClient::new(channel.clone());
                    let class = &class;
                    async move {
                        let request = pb::ListClassesRequest { course_id: course_id(class), ..list_request() };
                        let listed = answer(catalogue.list_classes(request).await).expect("classes").classes;
                        listed.first().is_some_and(|class| class.taken == 3)
                    }
                })
                .await;
            }
        }
        check(&app, &students, 24).await;
    }
    chassis::testing::run(chassis::db::Engine::Postgres, "two_replicas_sell_the_last_seats_once", race);
}
