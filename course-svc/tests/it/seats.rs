//! Exams that clash, and seats that are kept for some.

use std::collections::BTreeMap;

use chassis::error::Kind;
use chassis::testing::Rng;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::student::v1 as student_pb;

use crate::support::people::student;
use crate::support::{
    PERIOD, TestApp, answer, course_id, fails, fields, id, input, input_of, krs_window, moment, reasons, status, words,
};

fn exam(kind: pb::ExamKind, date: &str, start_minute: u32, end_minute: u32) -> pb::Exam {
    pb::Exam { kind: kind.into(), date: date.to_owned(), start_minute, end_minute }
}

fn kept(scope: pb::WindowScope, key: &str, seats: u32) -> pb::SeatReservation {
    pb::SeatReservation { scope: scope.into(), scope_key: key.to_owned(), seats, ..Default::default() }
}

fn with(input: pb::ClassInput, exams: &[pb::Exam], reservations: &[pb::SeatReservation]) -> pb::ClassInput {
    pb::ClassInput {
        exams: Some(pb::ExamList { exams: exams.to_vec() }),
        reservations: Some(pb::ReservationList { reservations: reservations.to_vec() }),
        ..input
    }
}

async fn update(app: &TestApp, class: &pb::Class, input: pb::ClassInput) -> Result<pb::Class, chassis::error::Fault> {
    let request = pb::UpdateClassRequest { id: class.id.clone(), class: Some(input), version: class.version };
    answer(app.offering().update_class(request).await)
}

/// How many seats of each sort are taken, as the class says and as the items of the plans say.
async fn counted(app: &TestApp, class_id: &str) -> (BTreeMap<String, i64>, BTreeMap<String, i64>) {
    let said = chassis::sql!("SELECT scope, scope_key, taken FROM class_reservation WHERE class_id = $1");
    let said = said.bind(class_id).all::<(String, String, i64)>(&app.db.db).await.expect("rows");
    let items = chassis::sql!(
        "SELECT bucket, COUNT(*) FROM study_plan_item WHERE class_id = $1 AND bucket <> '' GROUP BY bucket"
    );
    let items = items.bind(class_id).all::<(String, i64)>(&app.db.db).await.expect("rows");
    let said = said.into_iter().filter(|row| row.2 != 0).map(|(scope, key, taken)| (format!("{scope}/{key}"), taken));
    (said.collect(), items.into_iter().collect())
}

chassis::both_engines! {
    async fn exams_clash_in_the_list_in_the_act_and_under_students(app: TestApp) {
        app.open_period().await;
        use pb::ExamKind::{Uas, Uts};
        let course = |code: &'static str| app.course(code, 3);
        let class = async |code, day, exams: &[pb::Exam]| {
            let course = course(code).await;
            app.class(with(input(&course.id, "A", 9, &[(day, 420, 570)]), exams, &[])).await
        };
        let first = class("IF201", 1, &[exam(Uts, "2026-10-19", 420, 540), exam(Uas, "2026-12-14", 420, 540)]).await;
        assert_eq!(first.exams.len(), 2);
        let clashing = class("IF202", 2, &[exam(Uas, "2026-12-14", 539, 600)]).await;
        let beside = class("IF203", 3, &[exam(Uts, "2026-10-19", 540, 600), exam(Uas, "2026-12-15", 420, 540)]).await;
        app.add("s1", &first.id).await.expect("a seat");
        let foretold = app.choices("s1", false).await;
        let foretold = foretold.iter().find(|choice| choice.class.as_ref().is_some_and(|c| c.id == clashing.id));
        assert_eq!(reasons(&foretold.expect("listed").refusals), ["exam-clash"]);
        let fault = fails(app.add("s1", &clashing.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["exam-clash"]);
        let facts = &fault.refusals()[0].facts;
        let said = ["class", "exam", "date", "start", "end"].map(|name| facts[name].as_str());
        assert_eq!(said, ["Mata Kuliah IF201 A", "uas", "2026-12-14", "420", "540"]);
        app.add("s1", &beside.id).await.expect("a minute apart");
        app.add("s2", &beside.id).await.expect("a seat");
        // Nobody's exam is moved onto another one of theirs.
        let onto = with(input_of(&beside), &[exam(Uts, "2026-10-19", 500, 600)], &[]);
        let fault = fails(update(&app, &beside, onto.clone()).await, Kind::Refused);
        assert_eq!(words(&fault), ["students-exams-would-clash"]);
        let facts = &fault.refusals()[0].facts;
        let said = ["students", "class", "exam", "date", "start", "end"].map(|name| facts[name].as_str());
        assert_eq!(said, ["1", "Mata Kuliah IF201 A", "uts", "2026-10-19", "420", "540"]);
        let away = with(input_of(&beside), &[exam(Uts, "2026-10-20", 500, 600)], &[]);
        let moved = update(&app, &beside, away).await.expect("no plan clashes");
        app.drop("s1", &first.id).await.expect("given back");
        let moved = update(&app, &moved, onto).await.expect("nobody is in the way any more");
        // A change that does not name them keeps them.
        let kept = update(&app, &moved, input_of(&moved)).await.expect("changed");
        assert_eq!(kept.exams, moved.exams);
    }

    async fn wrong_exams_and_reservations_are_named(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 3).await;
        let draft = |exams: &[pb::Exam], reservations: &[pb::SeatReservation]| pb::CreateClassRequest {
            class: Some(with(input(&course.id, "A", 5, &[]), exams, reservations)),
        };
        let create = async |request| answer(app.offering().create_class(request).await);
        use pb::ExamKind::{Unspecified, Uts};
        use pb::WindowScope::{Cohort, Faculty, Programme, Unspecified as University};
        let wrong = draft(
            &[exam(Unspecified, "2026-10-19", 1, 2), exam(Uts, "19-10-2026", 1, 2), exam(Uts, "2026-10-19", 2, 2)],
            &[kept(University, "", 1), kept(Cohort, "24", 1), kept(Programme, "IF-S1", 6), kept(Programme, "IF-S1", 0)],
        );
        let fault = fails(create(wrong).await, Kind::Malformed);
        let expected = [
            ("exams[0].kind", "unknown-value"),
            ("exams[1].date", "bad-time"),
            ("exams[2]", "out-of-range"),
            ("reservations[0].scope", "unknown-value"),
            ("reservations[1].scope_key", "bad-scope"),
            ("reservations[2].seats", "out-of-range"),
            ("reservations[3].seats", "out-of-range"),
            ("reservations[3].scope_key", "named-twice"),
            ("reservations", "out-of-range"),
        ];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
        let twice = draft(&[exam(Uts, "2026-10-19", 1, 9), exam(Uts, "2026-10-19", 8, 20)], &[]);
        let fault = fails(create(twice).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("exams[1]".to_owned(), "named-twice".to_owned())]);
        let nobody = draft(&[], &[kept(Faculty, "NO", 1), kept(Programme, "NO", 1)]);
        let fault = fails(create(nobody).await, Kind::Malformed);
        let expected = [("reservations[0].scope_key", "unknown-faculty"), ("reservations[1].scope_key", "unknown-programme")];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    }

    async fn the_last_seats_wait_for_those_they_are_kept_for(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 3).await;
        let until = app.clock.now() + SignedDuration::from_hours(1);
        let reservation = pb::SeatReservation {
            until: Some(moment(until)),
            ..kept(pb::WindowScope::Programme, "HK-S1", 2)
        };
        let class = app.class(with(input(&course.id, "A", 3, &[]), &[], &[reservation])).await;
        app.add("s1", &class.id).await.expect("one of everybody's");
        let fault = fails(app.add("s2", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["seats-reserved"]);
        let said = ["capacity", "taken", "reserved", "for"].map(|name| fault.refusals()[0].facts[name].as_str());
        assert_eq!(said, ["3", "1", "2", "programme:HK-S1"]);
        let foretold = &app.choices("s2", false).await[0];
        assert_eq!(reasons(&foretold.refusals), ["seats-reserved"]);
        app.add("s9", &class.id).await.expect("kept for them");
        let shown = app.list(crate::support::list_request()).await;
        assert_eq!((shown[0].taken, shown[0].reservations[0].taken), (2, 1), "the list in memory knows");
        assert_eq!(counted(&app, &class.id).await.0, [("programme/HK-S1".to_owned(), 1)].into());
        // From its end on what is left is everybody's.
        app.clock.advance(SignedDuration::from_hours(1));
        app.add("s2", &class.id).await.expect("the reservation is over");
        assert_eq!(words(&fails(app.add("s3", &class.id).await, Kind::Refused)), ["class-full"]);
        app.drop("s9", &class.id).await.expect("given back");
        let (said, items) = counted(&app, &class.id).await;
        assert_eq!((said.len(), items.len()), (0, 0));
    }

    async fn a_reservation_that_goes_and_comes_back_counts_who_is_in(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 3).await;
        let reserve = |seats| [kept(pb::WindowScope::Cohort, "2024", seats)];
        let class = app.class(with(input(&course.id, "A", 9, &[]), &[], &reserve(5))).await;
        for student in ["s1", "s2", "s3"] {
            app.add(student, &class.id).await.expect("a seat");
        }
        let gone = update(&app, &class, with(input_of(&class), &[], &[])).await.expect("changed");
        assert!(gone.reservations.is_empty());
        app.drop("s1", &class.id).await.expect("given back");
        app.add("s4", &class.id).await.expect("one of everybody's");
        let back = update(&app, &gone, with(input_of(&gone), &[], &reserve(1))).await.expect("changed");
        assert_eq!(back.reservations[0].taken, 2, "s2 and s3 took theirs from it, also above the new number");
        app.drop("s2", &class.id).await.expect("given back");
        app.drop("s3", &class.id).await.expect("given back");
        let (said, items) = counted(&app, &class.id).await;
        assert_eq!(said, items);
    }

    // Whoever comes and goes in whatever order, from all sides at once: what a class says of its kept seats is what
    // stands in the plans, and nobody has a seat that was kept for others.
    async fn kept_seats_are_counted_exactly_under_concurrency(app: TestApp) {
        let mut rng = Rng::new(app.db.seed);
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let mut names = Vec::new();
        let mut people = Vec::new();
        for n in 0..18 {
            let name = format!("r{n}");
            let programme = if n % 3 == 0 { "HK-S1" } else { "IF-S1" };
            people.push(student(&name, programme, if n % 2 == 0 { "20241" } else { "20231" }, "l1"));
            people.push(status(&name, PERIOD, student_pb::StatusKind::Active, 1));
            names.push(name);
        }
        app.tell(&people).await;
        let course = app.course("IF201", 1).await;
        let reservations = [kept(pb::WindowScope::Programme, "HK-S1", 2), kept(pb::WindowScope::Cohort, "2024", 3)];
        let class = app.class(with(input(&course.id, "A", 8, &[]), &[], &reservations)).await;
        for _ in 0..20 {
            let moves = names.iter().filter(|_| !rng.once_in(3)).collect::<Vec<_>>();
            let moves = moves.into_iter().map(|name| {
                let gives_back = rng.once_in(3);
                let (app, class) = (&app, &class);
                async move {
                    match gives_back {
                        true => app.drop(name, &class.id).await.map(drop),
                        false => app.add(name, &class.id).await.map(drop),
                    }
                }
            });
            futures_util::future::join_all(moves).await;
            let (said, items) = counted(&app, &class.id).await;
            assert_eq!(said, items);
            let taken = i64::from(app.taken(&class.id).await);
            let all = chassis::sql!("SELECT COUNT(*) FROM study_plan_item WHERE class_id = $1");
            let (all,) = all.bind(&class.id).one::<(i64,)>(&app.db.db).await.expect("a number");
            assert_eq!(taken, all);
            let of = |sort: &str| said.get(sort).copied().unwrap_or_default();
            let (programme, cohort) = (of("programme/HK-S1"), of("cohort/2024"));
            assert!(programme <= 2 && cohort <= 3, "{said:?}");
            assert!(taken - programme - cohort <= 3, "everybody's are three: {taken} {said:?}");
        }
        let wrong = chassis::sql!(
            "SELECT COUNT(*) FROM study_plan_item i JOIN student s ON s.student_id = i.student_id
             WHERE (i.bucket = 'programme/HK-S1' AND s.programme_id <> $1)
                OR (i.bucket = 'cohort/2024' AND s.entry_period <> '20241')"
        );
        let (wrong,) = wrong.bind(id("HK-S1")).one::<(i64,)>(&app.db.db).await.expect("a number");
        assert_eq!(wrong, 0);
        assert_eq!(course_id(&class), course.id);
    }
}
