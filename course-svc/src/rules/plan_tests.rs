//! Tables and properties of [`super::may_add`].

use proptest::prelude::*;

use super::*;
use crate::rules::credits::CeilingReason;
use crate::rules::eligibility::{Hold, HoldKind, Holds, Status};
use crate::rules::schedule::Slot;
use crate::rules::window::{Scope, Window, WindowKind};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn window() -> Window {
    Window { kind: WindowKind::Krs, scope: Scope::University, opens_at: at(0), closes_at: at(100) }
}

fn ceiling(credits: u32) -> Ceiling {
    Ceiling { credits, reason: CeilingReason::LastGpa, last_gpa: None }
}

/// A student to whom nothing is refused, at second 50.
fn facts(plan: Vec<ClassFacts>) -> Facts {
    let standing = Standing { status: Some(Status::Active), exit_kind: None, holds: Holds::Known(Vec::new()) };
    Facts {
        now: at(50),
        period: PeriodCode::parse("20261").unwrap(),
        state: PeriodState::Active,
        gate: Gate::Open(window()),
        standing,
        ceiling: ceiling(24),
        plan,
    }
}

fn class(id: &str, course: &str, credits: u32, slots: &[(u32, u32, u32)]) -> ClassFacts {
    let meeting =
        |(day, start, end): &(u32, u32, u32)| Meeting { slot: Slot::new(*day, *start, *end).unwrap(), place: None };
    ClassFacts {
        class_id: id.to_owned(),
        course_id: course.to_owned(),
        label: format!("{course} {id}"),
        credits,
        meetings: slots.iter().map(meeting).collect(),
        open: true,
    }
}

const ROOM: Seats = Seats { capacity: 40, taken: 0 };

fn words(result: Result<(), Vec<Refusal>>) -> Vec<&'static str> {
    result.err().unwrap_or_default().iter().map(Refusal::reason).collect()
}

#[test]
fn a_free_class_may_be_added() {
    assert_eq!(may_add(&facts(Vec::new()), &class("A", "IF201", 4, &[(1, 420, 570)]), ROOM), Ok(()));
}

#[test]
fn every_reason_comes_at_once_in_the_order_of_the_page() {
    let mut facts = facts(vec![class("B", "IF201", 4, &[(1, 400, 500)]), class("C", "IF202", 20, &[(1, 500, 600)])]);
    facts.state = PeriodState::Closed;
    facts.gate = Gate::Closed(window());
    facts.standing.status = None;
    let hold = Hold { kind: HoldKind::Tuition, note: "UKT".to_owned(), waived_until: None, lifted_at: None };
    facts.standing.holds = Holds::Known(vec![hold]);
    let mut wanted = class("A", "IF201", 4, &[(1, 420, 570)]);
    wanted.open = false;
    let expected = [
        "period-not-active",
        "krs-closed",
        "status-unknown",
        "hold-tuition",
        "course-already-taken",
        "class-closed",
        "class-full",
        "schedule-clash",
        "schedule-clash",
        "credit-limit",
    ];
    assert_eq!(words(may_add(&facts, &wanted, Seats { capacity: 1, taken: 1 })), expected);
}

#[test]
fn a_class_in_the_plan_is_refused_only_for_that() {
    let taken = class("A", "IF201", 24, &[(1, 420, 570)]);
    let full = Seats { capacity: 1, taken: 1 };
    assert_eq!(words(may_add(&facts(vec![taken.clone()]), &taken, full)), ["class-already-taken"]);
}

#[test]
fn the_ceiling_may_be_reached_and_not_passed() {
    let facts = facts(vec![class("B", "IF202", 20, &[])]);
    assert_eq!(words(may_add(&facts, &class("A", "IF201", 4, &[]), ROOM)), [""; 0]);
    let found = may_add(&facts, &class("A", "IF201", 5, &[]), ROOM).unwrap_err();
    assert_eq!(found, [Refusal::CreditLimit { wanted: 25, ceiling: 24, reason: CeilingReason::LastGpa }]);
}

#[test]
fn the_gate_says_which_moment_it_waits_for() {
    for (gate, expected) in [
        (Gate::NotYet(window()), "krs-not-open-yet"),
        (Gate::Closed(window()), "krs-closed"),
        (Gate::Nothing, "krs-no-window"),
    ] {
        let facts = Facts { gate, ..facts(Vec::new()) };
        assert_eq!(words(may_add(&facts, &class("A", "IF201", 4, &[]), ROOM)), [expected]);
        assert_eq!(words(may_open(&facts)), [expected]);
        assert_eq!(words(may_drop(&facts)), [expected]);
    }
}

#[test]
fn a_hold_keeps_nobody_from_giving_a_seat_back() {
    let mut facts = facts(vec![class("A", "IF201", 4, &[])]);
    facts.standing.status = Some(Status::Leave);
    assert_eq!(words(may_open(&facts)), ["status-on-leave"]);
    assert_eq!(may_drop(&facts), Ok(()));
}

/// Classes of a small campus: four courses, three hours, so that every rule meets every other.
fn any_class() -> impl Strategy<Value = (ClassFacts, Seats)> {
    let slots = proptest::collection::vec((1..=2u32, 0..3u32), 0..3);
    (0..6u32, 0..4u32, 1..=9u32, slots, any::<bool>(), 0..3u32).prop_map(|(id, course, credits, slots, open, taken)| {
        let slots: Vec<_> = slots.into_iter().map(|(day, start)| (day, start, start + 2)).collect();
        let mut found = class(&id.to_string(), &course.to_string(), credits, &slots);
        found.open = open;
        (found, Seats { capacity: 2, taken })
    })
}

proptest! {
    /// A plan that grew only by permitted classes keeps every invariant, whatever was tried.
    #[test]
    fn a_plan_grown_by_the_rule_keeps_the_invariants(tries in proptest::collection::vec(any_class(), 0..12)) {
        let mut facts = facts(Vec::new());
        facts.ceiling = ceiling(18);
        for (class, seats) in tries {
            if may_add(&facts, &class, seats).is_ok() {
                prop_assert!(!seats.is_full() && class.open);
                facts.plan.push(class);
            }
        }
        prop_assert!(facts.credits() <= 18);
        for (n, one) in facts.plan.iter().enumerate() {
            for other in &facts.plan[n + 1..] {
                prop_assert!(one.class_id != other.class_id && one.course_id != other.course_id);
                prop_assert_eq!(schedule::clash(&one.meetings, &other.meetings), None);
            }
        }
    }

    /// Nothing is refused without one of the reasons being true.
    #[test]
    fn a_refusal_is_always_true(plan in proptest::collection::vec(any_class(), 0..4), (class, seats) in any_class()) {
        let mut plan: Vec<_> = plan.into_iter().map(|(class, _)| class).collect();
        plan.sort_by(|a, b| a.class_id.cmp(&b.class_id));
        plan.dedup_by(|a, b| a.class_id == b.class_id);
        let facts = facts(plan);
        for refusal in may_add(&facts, &class, seats).err().unwrap_or_default() {
            let holds = match &refusal {
                Refusal::ClassAlreadyTaken { .. } => facts.has(&class.class_id),
                Refusal::CourseAlreadyTaken { class_id, .. } => {
                    facts.plan.iter().any(|own| own.class_id == *class_id && own.course_id == class.course_id)
                }
                Refusal::ClassClosed => !class.open,
                Refusal::ClassFull { capacity, taken } => taken >= capacity,
                Refusal::ScheduleClash { class_id, clash, .. } => {
                    let other = facts.plan.iter().find(|own| own.class_id == *class_id);
                    other.is_some_and(|own| own.meetings.iter().any(|m| m.slot == clash.slot))
                        && class.meetings.iter().any(|m| m.slot.shared(clash.slot) == Some(clash.shared))
                }
                Refusal::CreditLimit { wanted, ceiling, .. } => wanted > ceiling,
                other => return Err(TestCaseError::fail(format!("{other:?} out of nothing"))),
            };
            prop_assert!(holds, "{:?}", refusal);
        }
    }
}
