//! Giving one class back for another in one step: the old seat is never lost.

use chassis::error::Kind;
use proto::course::v1 as pb;

use crate::support::{TestApp, fails, id, input, words};

/// Ids of the classes of a plan.
fn classes(plan: &pb::PlanView) -> Vec<String> {
    plan.items.iter().map(|item| item.class.as_ref().expect("a class").id.clone()).collect()
}

chassis::both_engines! {
    async fn a_class_is_given_back_for_another_in_one_step(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        // The same course at the same hour: neither is in the way of itself.
        let old = app.class(input(&course.id, "A", 1, &[(1, 420, 570)])).await;
        let new = app.class(input(&course.id, "B", 1, &[(1, 420, 570)])).await;
        app.add("s1", &old.id).await.expect("a seat");
        let plan = app.swap("s1", &old.id, &new.id).await.expect("swapped");
        assert_eq!((plan.version, classes(&plan)), (2, vec![new.id.clone()]));
        assert_eq!((app.taken(&old.id).await, app.taken(&new.id).await), (0, 1));
        let step = app.steps("s1").await.remove(0);
        assert_eq!((step.deed(), step.class_label.as_str()), (pb::PlanDeed::Swap, "Mata Kuliah IF201 A > Mata Kuliah IF201 B"));
        app.add("s2", &old.id).await.expect("the seat that was given back");
    }

    async fn a_refused_swap_keeps_the_old_seat(app: TestApp) {
        app.open_period().await;
        app.last_ips("s1", 350).await;
        let old = app.offer("OLD", 4, 1, (1, 420, 570)).await;
        let full = app.offer("FULL", 4, 1, (2, 420, 570)).await;
        let beside = app.offer("BESIDE", 16, 9, (3, 420, 570)).await;
        let clashing = app.offer("CLASH", 9, 9, (3, 500, 600)).await;
        let free = app.offer("FREE", 2, 9, (4, 420, 570)).await;
        app.add("s2", &full.id).await.expect("the only seat");
        for class in [&old, &beside] {
            app.add("s1", &class.id).await.expect("a seat");
        }
        for (new, reasons) in [
            (&full, vec!["class-full"]),
            (&clashing, vec!["schedule-clash", "credit-limit"]),
            (&beside, vec!["class-already-taken"]),
            (&old, vec!["class-already-taken"]),
        ] {
            let fault = fails(app.swap("s1", &old.id, &new.id).await, Kind::Refused);
            assert_eq!(words(&fault), reasons, "{fault}");
        }
        fails(app.swap("s1", &free.id, &full.id).await, Kind::Absent);
        fails(app.swap("s1", &old.id, &id("nothing")).await, Kind::Absent);
        let plan = app.plan("s1").await;
        assert_eq!((plan.version, classes(&plan)), (2, vec![old.id.clone(), beside.id.clone()]));
        assert_eq!((app.taken(&old.id).await, app.steps("s1").await.len()), (1, 2));
        app.swap("s1", &old.id, &free.id).await.expect("swapped");
    }

    async fn a_choice_names_the_only_class_that_stands_in_its_way(app: TestApp) {
        app.open_period().await;
        app.last_ips("s1", 350).await;
        let early = app.offer("EARLY", 4, 9, (1, 420, 570)).await;
        let late = app.offer("LATE", 4, 9, (1, 570, 720)).await;
        let one = app.offer("ONE", 4, 9, (1, 480, 560)).await;
        let both = app.offer("BOTH", 4, 9, (1, 480, 600)).await;
        let full = app.offer("FULL", 4, 1, (1, 480, 560)).await;
        let free = app.offer("FREE", 4, 9, (2, 420, 570)).await;
        app.add("s2", &full.id).await.expect("the only seat");
        for class in [&early, &late] {
            app.add("s1", &class.id).await.expect("a seat");
        }
        let choices = app.choices("s1", false).await;
        let swap = |class: &pb::Class| {
            let of = |choice: &&pb::Choice| choice.class.as_ref().is_some_and(|one| one.id == class.id);
            choices.iter().find(of).expect("a choice").swap_class_id.clone()
        };
        assert_eq!(swap(&one), early.id, "it alone clashes");
        app.swap("s1", &early.id, &one.id).await.expect("what is named can be done");
        for (class, why) in [(&both, "two clash"), (&full, "no seat is left"), (&free, "nothing clashes"), (&early, "in the plan")] {
            assert_eq!(swap(class), "", "{why}");
        }
    }

    async fn a_handed_in_plan_cannot_be_swapped(app: TestApp) {
        app.open_period().await;
        let (old, new) = (app.offer("OLD", 4, 1, (1, 420, 570)).await, app.offer("NEW", 4, 1, (2, 420, 570)).await);
        app.add("s1", &old.id).await.expect("a seat");
        app.submit("s1").await.expect("handed in");
        let fault = fails(app.swap("s1", &old.id, &new.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["plan-submitted"]);
        assert_eq!((app.taken(&old.id).await, app.taken(&new.id).await), (1, 0));
    }
}
