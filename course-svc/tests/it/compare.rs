//! The page and the act: what the list of choices says before the click is what the click is told.

use chassis::testing::Rng;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::grade::v1 as grade_pb;
use proto::student::v1 as student_pb;
use serde_json::json;

use crate::support::people::{record, result};
use crate::support::study::{about, credits};
use crate::support::{
    TestApp, answer, course_id, hold, input, input_of, krs_window, moment, places, status, student_state,
};

/// Course of the class with one seat, free of exams and kept seats: whoever comes second can only wait.
const SINGLE_SEAT: &str = "IF903";

/// A campus of random situations: classes that clash, are full, closed, heavy; students of every sort.
async fn situations(app: &TestApp, rng: &mut Rng) -> Vec<pb::Class> {
    let mut windows = vec![krs_window(app.clock.now(), -1, 1)];
    // Cohort 2023 has a window of its own kind of trouble: `s7` belongs to it.
    windows[0].scope = pb::WindowScope::Cohort.into();
    windows[0].scope_key = "2024".to_owned();
    let mut late = krs_window(app.clock.now(), 1, 2);
    (late.scope, late.scope_key) = (pb::WindowScope::Cohort.into(), "2023".to_owned());
    windows.push(late);
    // Revisions close before the KRS does: what is being revised then follows a window of its own.
    let mut revision = krs_window(app.clock.now(), -1, 0);
    revision.kind = pb::WindowKind::Revision.into();
    revision.closes_at = Some(moment(app.clock.now() + SignedDuration::from_hours(1)));
    windows.push(revision);
    app.period(crate::support::PERIOD, pb::PeriodState::Active, windows).await;
    let mut classes = Vec::new();
    for n in 0..7 {
        let course = app.course(&format!("IF{n:03}"), 1 + u32::try_from(rng.below(6)).expect("small")).await;
        for name in ["A", "B"] {
            let day = 1 + u32::try_from(rng.below(2)).expect("small");
            let start = 420 + 60 * u32::try_from(rng.below(4)).expect("small");
            let capacity = 1 + u32::try_from(rng.below(3)).expect("small");
            let draft = input(&course.id, name, capacity, &[(day, start, start + 100)]);
            let state = if rng.once_in(6) { pb::ClassState::Closed } else { pb::ClassState::Open };
            classes.push(app.class(pb::ClassInput { state: state.into(), ..draft }).await);
        }
    }
    // Whatever the dice say, every reason can be met: two classes of one course, one of them with a single seat, another
    // course in the same hours, whose only seat is kept for some (`rules_of_the_campus`), one that is too heavy for most, and a
    // single seat that nothing else speaks against.
    for (code, credits, name, capacity, day) in [
        ("IF900", 1, "A", 1, 4),
        ("IF900", 1, "B", 9, 5),
        ("IF901", 1, "A", 1, 5),
        ("IF902", 20, "A", 9, 3),
        (SINGLE_SEAT, 1, "A", 1, 6),
    ] {
        let course = match classes.iter().filter_map(|class: &pb::Class| class.course.as_ref()).find(|c| c.code == code)
        {
            Some(course) => course.id.clone(),
            None => app.course(code, credits).await.id,
        };
        classes.push(app.class(input(&course, name, capacity, &[(day, 420, 520)])).await);
    }
    let cohort =
        student_pb::StudentState { entry_period: "20231".to_owned(), ..student_state("s7", "IF-S1", "", "l2") };
    let left = student_pb::StudentState { exit_kind: "4".to_owned(), ..student_state("s8", "IF-S1", "20241", "l2") };
    app.tell(&[
        status("s2", crate::support::PERIOD, student_pb::StatusKind::Leave, 2),
        hold("s3", student_pb::HoldKind::Tuition, None, 1),
        hold("s3", student_pb::HoldKind::Library, None, 1),
        chassis::outbox::Change::new("student.student", cohort.id.clone(), 2, &cohort),
        chassis::outbox::Change::new("student.student", left.id.clone(), 2, &left),
    ])
    .await;
    // One course is only taken beside another, and one by nobody who has passed nothing.
    let course =
        |code: &str| classes.iter().filter_map(|class| class.course.clone()).find(|course| course.code == code);
    let course = |code: &str| course(code).expect("it is offered").id;
    let beside = about(pb::ConditionKind::Concurrent, &course("IF900"));
    app.ask(&course("IF901"), vec![vec![beside]]).await.expect("asked");
    app.ask(&course("IF006"), vec![vec![credits(1)]]).await.expect("asked");
    let single = classes.iter().find(|class| class.course.as_ref().is_some_and(|course| course.code == "IF902"));
    app.last_ips("s6", 310).await;
    app.add("s6", &single.expect("it is offered").id).await.expect("a seat");
    app.submit("s6").await.expect("handed in");
    app.approve("l2", "s6").await.expect("approved");
    app.revise("s6").await.expect("opened for changes");
    app.clock.advance(SignedDuration::from_hours(1));
    app.last_ips("s4", 210).await;
    rules_of_the_campus(app, &classes, &course("IF002"), &course("IF003")).await;
    classes
}

/// Whatever a campus may decide by beside the common rules: repeats, packages, exams, kept seats, other ceilings.
async fn rules_of_the_campus(app: &TestApp, classes: &[pb::Class], good: &str, often: &str) {
    app.decide(&json!({
        "repeat": {"at_most": 200}, "attempts": 1, "package_semesters": 1,
        "uncounted": {"courses": ["IF001"]}, "with_course": [{"courses": ["IF001"], "cap": 9}],
    }))
    .await;
    // `s1` has a good grade in one course, and has taken another as often as it may be taken.
    let results = vec![result(good, "20251", "A", 3), result(often, "20251", "E", 3)];
    app.tell_records(&[grade_pb::AcademicRecord { results, ..record("s1", &[("20252", 310, 20, 0)]) }]).await;
    let exam = |date: &str| pb::Exam {
        kind: pb::ExamKind::Uts.into(),
        date: date.to_owned(),
        start_minute: 420,
        end_minute: 540,
    };
    let others = classes.iter().filter(|class| class.course.as_ref().is_none_or(|course| course.code != SINGLE_SEAT));
    for (n, class) in others.enumerate() {
        let dates = ["2026-10-19", "2026-10-20"].get(n % 3);
        let exams = dates.map(|date| exam(date)).into_iter().collect();
        let kept = pb::SeatReservation {
            scope: pb::WindowScope::Programme.into(),
            scope_key: "HK-S1".to_owned(),
            seats: 1,
            ..Default::default()
        };
        let reservations = if n % 4 == 0 { vec![kept] } else { Vec::new() };
        let changed = pb::ClassInput {
            exams: Some(pb::ExamList { exams }),
            reservations: Some(pb::ReservationList { reservations }),
            ..input_of(class)
        };
        let (id, version) = (class.id.clone(), class.version);
        let request = pb::UpdateClassRequest { id, class: Some(changed), version };
        answer(app.offering().update_class(request).await).expect("changed");
    }
}

/// Joins the line of a class as the page offers it: in exchange for the class of its course that is in the plan. Says what
/// it came to, which the page has foretold.
async fn join(app: &TestApp, student: &str, class: &pb::Class, foretold: &pb::Choice) -> &'static str {
    let plan = app.plan(student).await;
    let place = plan.waiting.iter().find(|place| place.class.as_ref().is_some_and(|found| found.id == class.id));
    assert_eq!(place.map_or(0, |place| place.place), foretold.place, "{student}");
    let classes = plan.items.iter().filter_map(|item| item.class.as_ref());
    let instead_of = classes.into_iter().find(|found| course_id(found) == course_id(class));
    let joined = app.join_for(student, &class.id, instead_of.map_or("", |found| &found.id)).await;
    match joined {
        Ok(_) => {
            assert!(foretold.may_wait, "{student}: {foretold:?} but they are in line");
            "waits"
        }
        Err(fault) => {
            assert!(!foretold.may_wait, "{student}: {foretold:?} but {fault}");
            "waits not"
        }
    }
}

/// SKS of a plan that count towards the ceiling: `rules_of_the_campus` leaves one course out.
fn counted(plan: &pb::PlanView) -> u32 {
    let courses = plan.items.iter().filter_map(|item| item.class.as_ref()?.course.as_ref());
    courses.filter(|course| course.code != "IF001").map(|course| course.credits).sum()
}

chassis::both_engines! {
    async fn the_page_foretells_the_act(app: TestApp) {
        let mut rng = Rng::new(app.db.seed);
        let classes = situations(&app, &mut rng).await;
        let mut compared = std::collections::BTreeMap::<String, usize>::new();
        let met = [
            "taken", "revision-closed", "krs-not-open-yet", "krs-no-window", "status-on-leave", "hold-tuition", "student-left", "class-full",
            "schedule-clash", "credit-limit", "course-already-taken", "prerequisite-unmet", "exam-clash",
            "seats-reserved", "repeat-not-allowed", "repeat-limit", "package-only", "waits", "waits not",
        ];
        // At least 150 comparisons, and on until every reason was met.
        for round in 0..2_000 {
            if round >= 150 && met.iter().all(|reason| compared.contains_key(*reason)) {
                break;
            }
            let student = format!("s{}", 1 + rng.below(9));
            let class = rng.pick(&classes);
            let choices = app.choices(&student, false).await;
            let is = |choice: &&pb::Choice| choice.class.as_ref().is_some_and(|found| found.id == class.id);
            let foretold = choices.iter().find(is).expect("every class is listed");
            let done = app.add(&student, &class.id).await;
            match done {
                Ok(plan) => {
                    assert!(foretold.refusals.is_empty() && !foretold.in_plan, "{student}: {foretold:?} but it was taken");
                    *compared.entry("taken".to_owned()).or_default() += 1;
                    if rng.once_in(4) {
                        app.drop(&student, &class.id).await.expect("given back");
                        app.nobody_is_due().await;
                    }
                    assert!(counted(&plan) <= plan.ceiling.expect("a ceiling").credits);
                }
                Err(fault) if foretold.in_plan => {
                    assert!(fault.refusals().iter().any(|refusal| refusal.reason == "class-already-taken"), "{fault}");
                }
                Err(fault) => {
                    let told: Vec<_> = fault
                        .refusals()
                        .iter()
                        .map(|refusal| (refusal.reason.to_string(), refusal.facts.clone()))
                        .collect();
                    let page: Vec<_> = foretold
                        .refusals
                        .iter()
                        .map(|refusal| (refusal.reason.clone(), refusal.facts.clone().into_iter().collect()))
                        .collect();
                    assert_eq!(told, page, "{student}");
                    let waits = join(&app, &student, class, foretold).await;
                    *compared.entry(waits.to_owned()).or_default() += 1;
                    // For some a seat is kept: their turn comes at once.
                    app.nobody_is_due().await;
                    let waits_still = places(&app.plan(&student).await).iter().any(|(waited_for, ..)| *waited_for == class.id);
                    if waits_still && rng.once_in(2) {
                        app.leave(&student, &class.id).await.expect("left");
                        app.nobody_is_due().await;
                    }
                    for (reason, _) in told {
                        *compared.entry(reason).or_default() += 1;
                    }
                }
            }
        }
        crate::support::show(&format!("compared: {compared:?}"));
        for reason in met {
            assert!(compared.contains_key(reason), "{reason} was never met: {compared:?}");
        }
    }
}
