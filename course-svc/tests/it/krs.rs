//! `Krs`: the plan, its choices, taking and giving back.

use chassis::error::Kind;
use jiff::SignedDuration;
use proto::course::v1 as pb;

use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, add_request, answer, course_id, drop_request, fails, id, input, krs_window,
    list_request, reasons,
};

fn open_request(student: &str) -> pb::OpenPlanRequest {
    pb::OpenPlanRequest { student_id: id(student), period_code: PERIOD.to_owned() }
}

chassis::both_engines! {
    async fn a_plan_that_was_not_opened_is_there_and_empty(app: TestApp) {
        let period = app.open_period().await;
        let plan = app.plan("s1").await;
        assert_eq!((plan.state(), plan.version, plan.credits), (pb::PlanState::Unspecified, 0, 0));
        assert_eq!((plan.items.len(), plan.changed_at), (0, None));
        assert_eq!(plan.window.as_ref(), period.windows.first());
        assert_eq!((reasons(&plan.refusals), reasons(&plan.flags)), (vec![], vec![]));
        let ceiling = plan.ceiling.expect("a ceiling");
        assert_eq!((ceiling.credits, ceiling.reason()), (12, pb::CeilingReason::GpaUnknown));
    }

    async fn the_ceiling_follows_the_last_ips_and_says_so(app: TestApp) {
        app.open_period().await;
        app.last_ips("s1", 325).await;
        app.last_ips("s2", 249).await;
        let ceiling = |plan: pb::PlanView| {
            let ceiling = plan.ceiling.expect("a ceiling");
            (ceiling.credits, ceiling.reason(), ceiling.last_gpa_hundredths)
        };
        assert_eq!(ceiling(app.plan("s1").await), (24, pb::CeilingReason::LastGpa, 325));
        assert_eq!(ceiling(app.plan("s2").await), (18, pb::CeilingReason::LastGpa, 249));
        assert_eq!(ceiling(app.plan("s5").await), (20, pb::CeilingReason::FirstPeriod, 0));
    }

    async fn opening_twice_changes_nothing(app: TestApp) {
        app.open_period().await;
        let first = answer(app.krs("s1").open_plan(open_request("s1")).await).expect("it opens");
        assert_eq!((first.state(), first.version), (pb::PlanState::Draft, 1));
        app.clock.advance(SignedDuration::from_mins(1));
        let again = answer(app.krs("s1").open_plan(open_request("s1")).await).expect("it is open");
        assert_eq!((again.version, again.changed_at), (1, first.changed_at));
    }

    async fn opening_is_refused_while_nothing_may_be_registered(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), 1, 2)]).await;
        let fault = fails(answer(app.krs("s1").open_plan(open_request("s1")).await), Kind::Refused);
        assert_eq!(fault.reason(), "krs-not-open-yet");
        assert_eq!(app.plan("s1").await.version, 0);
        app.clock.advance(SignedDuration::from_hours(25));
        assert_eq!(answer(app.krs("s1").open_plan(open_request("s1")).await).expect("it opens").version, 1);
    }

    async fn a_seat_is_taken_and_given_back(app: TestApp) {
        app.open_period().await;
        let tuesday = app.offer("IF201", 4, 2, TUESDAY).await;
        let monday = app.offer("IF202", 3, 2, MONDAY).await;
        assert_eq!(app.taken(&tuesday.id).await, 0);

        let plan = app.add("s1", &tuesday.id).await.expect("a seat");
        assert_eq!((plan.state(), plan.version, plan.credits), (pb::PlanState::Draft, 1, 4));
        let plan = app.add("s1", &monday.id).await.expect("a seat");
        assert_eq!((plan.version, plan.credits), (2, 7));
        let order: Vec<_> = plan.items.iter().map(|item| item.class.as_ref().expect("a class").id.clone()).collect();
        assert_eq!(order, [monday.id.clone(), tuesday.id.clone()], "by day and hour");
        assert_eq!(plan.items[0].class.as_ref().expect("a class").taken, 1);
        assert_eq!((app.taken(&monday.id).await, app.taken(&tuesday.id).await), (1, 1));
        assert_eq!(app.plan("s1").await, plan, "what is read is what was answered");

        let plan = app.drop("s1", &tuesday.id).await.expect("given back");
        assert_eq!((plan.version, plan.credits, plan.items.len()), (3, 3, 1));
        assert_eq!((app.taken(&monday.id).await, app.taken(&tuesday.id).await), (1, 0));
        assert_eq!(app.plan("s1").await, plan);
        app.add("s2", &tuesday.id).await.expect("a seat freed is a seat offered");
    }

    async fn what_is_not_in_the_plan_cannot_be_given_back(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 2, MONDAY).await;
        fails(app.drop("s1", &class.id).await, Kind::Absent);
        app.add("s1", &class.id).await.expect("a seat");
        app.drop("s1", &class.id).await.expect("given back");
        fails(app.drop("s1", &class.id).await, Kind::Absent);
        assert_eq!(app.taken(&class.id).await, 0);
    }

    async fn a_class_of_another_period_or_of_none_is_absent(app: TestApp) {
        app.open_period().await;
        app.period("20253", pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let course = app.course("IF201", 4).await;
        let other = pb::ClassInput { period_code: "20253".to_owned(), ..input(&course.id, "A", 9, &[MONDAY]) };
        let other = app.class(other).await;
        fails(app.add("s1", &other.id).await, Kind::Absent);
        fails(app.add("s1", &id("none")).await, Kind::Absent);
        fails(app.add("s1", "no id at all\0").await, Kind::Absent);
        fails(app.drop("s1", "").await, Kind::Absent);
    }

    async fn a_planned_or_unknown_period_is_absent_for_students_and_a_malformed_one_is_malformed(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Planned, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let mut krs = app.krs("s1");
        for (code, kind) in [(PERIOD, Kind::Absent), ("20262", Kind::Absent), ("2026", Kind::Malformed)] {
            let period_code = || code.to_owned();
            let get = pb::GetPlanRequest { student_id: id("s1"), period_code: period_code() };
            fails(answer(krs.get_plan(get).await), kind);
            let open = pb::OpenPlanRequest { student_id: id("s1"), period_code: period_code() };
            fails(answer(krs.open_plan(open).await), kind);
            let add = pb::AddClassRequest { period_code: period_code(), ..add_request("s1", &id("c")) };
            fails(answer(krs.add_class(add).await), kind);
            let drop = pb::DropClassRequest { period_code: period_code(), ..drop_request("s1", &id("c")) };
            fails(answer(krs.drop_class(drop).await), kind);
            let filter = Some(pb::ListClassesRequest { period_code: period_code(), ..Default::default() });
            let choices = pb::ListChoicesRequest { student_id: id("s1"), filter, takeable: false };
            fails(answer(krs.list_choices(choices).await), kind);
        }
    }

    async fn choices_name_every_reason_and_the_takeable_ones_are_the_rest(app: TestApp) {
        app.open_period().await;
        let taken = app.offer("IF201", 4, 9, MONDAY).await;
        let clashing = app.offer("IF202", 3, 9, (1, 500, 600)).await;
        let heavy = app.offer("IF203", 9, 9, TUESDAY).await;
        let full = app.offer("IF204", 2, 1, (3, 420, 570)).await;
        let free = app.offer("IF205", 2, 9, (4, 420, 570)).await;
        let sibling = app.class(input(&course_id(&taken), "B", 9, &[(5, 420, 570)])).await;
        app.add("s2", &full.id).await.expect("a seat");
        app.add("s1", &taken.id).await.expect("a seat");

        let choices = app.choices("s1", false).await;
        let of = |class: &pb::Class| {
            let is = |choice: &&pb::Choice| choice.class.as_ref().is_some_and(|found| found.id == class.id);
            let choice = choices.iter().find(is).expect("it is listed");
            (choice.in_plan, reasons(&choice.refusals))
        };
        assert_eq!(of(&taken), (true, vec![]));
        assert_eq!(of(&sibling), (false, vec!["course-already-taken"]));
        assert_eq!(of(&clashing), (false, vec!["schedule-clash"]));
        assert_eq!(of(&heavy), (false, vec!["credit-limit"]));
        assert_eq!(of(&full), (false, vec!["class-full"]));
        assert_eq!(of(&free), (false, vec![]));
        assert_eq!(choices.len(), 6);
        let codes: Vec<_> = choices.iter().map(label).collect();
        let order = ["IF201 A", "IF201 B", "IF202 A", "IF203 A", "IF204 A", "IF205 A"];
        assert_eq!(codes, order, "by course code and class name, over all pages");

        let takeable = app.choices("s1", true).await;
        assert_eq!(takeable.iter().map(label).collect::<Vec<_>>(), ["IF205 A"]);
    }

    async fn the_filter_of_takeable_choices_pages_without_holes(app: TestApp) {
        app.open_period().await;
        let mut free = Vec::new();
        for n in 0..24 {
            let class = app.offer(&format!("IF{n:03}"), 2, 1, (1 + n % 6, 420 + 60 * (n / 6), 470 + 60 * (n / 6))).await;
            match n % 3 {
                // Every third class is full.
                0 => drop(app.add(&format!("s{}", 1 + n / 6), &class.id).await.expect("a seat")),
                _ => free.push(label_of(&class)),
            }
        }
        let found: Vec<_> = app.choices("s8", true).await.iter().map(label).collect();
        assert_eq!(found, free);
        let all = app.choices("s8", false).await;
        assert_eq!(all.len(), 24);
    }

    async fn choices_take_the_filters_of_the_list(app: TestApp) {
        app.open_period().await;
        app.offer("IF201", 4, 9, MONDAY).await;
        app.offer("IF202", 3, 9, TUESDAY).await;
        let mut krs = app.krs("s1");
        for (filter, expected) in [
            (pb::ListClassesRequest { day: 2, ..list_request() }, vec!["IF202 A"]),
            (pb::ListClassesRequest { search: "if201".to_owned(), ..list_request() }, vec!["IF201 A"]),
            (pb::ListClassesRequest { search: "kuliah IF".to_owned(), ..list_request() }, vec!["IF201 A", "IF202 A"]),
            (pb::ListClassesRequest { programme_id: id("SI-S1"), ..list_request() }, vec![]),
        ] {
            let request = pb::ListChoicesRequest { student_id: id("s1"), filter: Some(filter), takeable: false };
            let choices = answer(krs.list_choices(request).await).expect("choices").choices;
            assert_eq!(choices.iter().map(label).collect::<Vec<_>>(), expected);
        }
    }

    async fn capacity_lowered_below_the_taken_seats_throws_nobody_out_and_lets_nobody_in(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 3, MONDAY).await;
        for student in ["s1", "s2"] {
            app.add(student, &class.id).await.expect("a seat");
        }
        let lower = pb::ClassInput { capacity: 1, ..crate::support::input_of(&class) };
        let request = pb::UpdateClassRequest { id: class.id.clone(), class: Some(lower), version: class.version };
        let changed = answer(app.offering().update_class(request).await).expect("lowered");
        assert_eq!((changed.capacity, changed.taken), (1, 2));
        assert_eq!(fails(app.add("s3", &class.id).await, Kind::Refused).reason(), "class-full");
        app.drop("s1", &class.id).await.expect("given back");
        assert_eq!(fails(app.add("s3", &class.id).await, Kind::Refused).reason(), "class-full");
        app.drop("s2", &class.id).await.expect("given back");
        app.add("s3", &class.id).await.expect("below the capacity again");
    }
}

fn label(choice: &pb::Choice) -> String {
    label_of(choice.class.as_ref().expect("a class"))
}

fn label_of(class: &pb::Class) -> String {
    format!("{} {}", class.course.as_ref().expect("a course").code, class.name)
}
