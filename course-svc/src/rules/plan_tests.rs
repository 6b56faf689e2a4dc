//! Tables and properties of the evaluators of a plan.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::rules::credits::Gpa;
use crate::rules::eligibility::{Hold, HoldKind, Holds, Status};
use crate::rules::exam::ExamKind;
use crate::rules::policy::{Repeat, Semesters};
use crate::rules::record::{CourseResult, Semester};
use crate::rules::revision;
use crate::rules::schedule::Slot;
use crate::rules::seats::Reservation;
use crate::rules::window::{Scope, Window, WindowKind};

#[path = "plan_time_tests.rs"]
mod time;

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
        approval: Gate::Nothing,
        revision: Gate::Nothing,
        standing,
        belongs: Belongs::default(),
        semester: Some(5),
        policy: Arc::default(),
        allowed: ceiling(24),
        seat_policy: SeatPolicy::AtAdd,
        allocation: AllocationState::Pending,
        plan: plan.into_iter().map(Arc::new).collect(),
        wished: BTreeSet::new(),
        stage: Stage::UNOPENED,
        record: Some(Record::default()),
        requirements: Arc::default(),
        studies: Studies::default(),
    }
}

fn class(id: &str, course: &str, credits: u32, slots: &[(u32, u32, u32)]) -> ClassFacts {
    let meeting =
        |(day, start, end): &(u32, u32, u32)| Meeting { slot: Slot::new(*day, *start, *end).unwrap(), place: None };
    ClassFacts {
        class_id: id.to_owned(),
        course_id: course.to_owned(),
        code: course.to_owned(),
        requirement: RequirementKind::Compulsory,
        label: format!("{course} {id}"),
        credits,
        meetings: slots.iter().map(meeting).collect(),
        exams: Vec::new(),
        open: true,
    }
}

const ROOM: &Seats = &Seats::new(40, 0);

fn words(result: Result<(), Vec<Refusal>>) -> Vec<&'static str> {
    result.err().unwrap_or_default().iter().map(Refusal::reason).collect()
}

#[test]
fn where_seats_come_with_the_submission_a_full_class_is_a_wish_and_refuses_the_submission() {
    let full = Seats::new(1, 1);
    let wanted = class("A", "C1", 3, &[]);
    let mut student = facts(vec![]);
    assert_eq!(may_add(&student, &wanted, &full), Err(vec![Refusal::ClassFull { capacity: 1, taken: 1 }]));
    student.seat_policy = SeatPolicy::AtSubmit;
    assert_eq!(may_add(&student, &wanted, &full), Ok(()));
    student.plan = vec![Arc::new(wanted.clone())];
    student.stage = Stage::UNOPENED.filled().unwrap();
    let closed = ClassFacts { open: false, ..class("B", "C2", 3, &[]) };
    let free = Seats::new(2, 1);
    let found = may_hand_in(&student, [(&wanted, &full), (&closed, &free), (&wanted, &free)]).unwrap_err();
    let words: Vec<_> = found.iter().map(Refusal::reason).collect();
    assert_eq!(words, ["class-full", "class-closed"], "every class that has no seat, each by its name");
    assert!(found.iter().all(|refusal| refusal.facts().contains_key("of_id")));
    assert_eq!(may_hand_in(&student, [(&wanted, &free)]), Ok(()));
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
    assert_eq!(words(may_add(&facts, &wanted, &Seats::new(1, 1))), expected);
}

#[test]
fn a_class_in_the_plan_is_refused_only_for_that() {
    let taken = class("A", "IF201", 24, &[(1, 420, 570)]);
    let full = Seats::new(1, 1);
    assert_eq!(words(may_add(&facts(vec![taken.clone()]), &taken, &full)), ["class-already-taken"]);
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

fn stored(state: PlanState) -> Stage {
    Stage::stored(state, String::new())
}

#[test]
fn a_plan_that_is_not_the_students_to_change_says_so_first_to_every_class() {
    for (state, expected) in [
        (PlanState::Submitted, "plan-submitted"),
        (PlanState::Approved, "plan-approved"),
        (PlanState::Locked, "plan-locked"),
        (PlanState::Void, "plan-void"),
    ] {
        let taken = class("A", "IF201", 4, &[]);
        let facts = Facts { stage: stored(state), ..facts(vec![taken.clone()]) };
        assert_eq!(words(may_add(&facts, &class("B", "IF202", 4, &[]), ROOM)), [expected]);
        assert_eq!(words(may_drop(&facts)), [expected]);
    }
    for state in [PlanState::Draft, PlanState::Returned] {
        let facts = Facts { stage: stored(state), ..facts(Vec::new()) };
        assert_eq!(may_add(&facts, &class("B", "IF202", 4, &[]), ROOM), Ok(()), "{state:?}");
    }
}

/// A plan in which everything is wrong that can be wrong: its classes clash, are of one course, and are too many.
fn broken(state: PlanState) -> Facts {
    let plan = vec![class("A", "IF201", 20, &[(1, 420, 570)]), class("B", "IF201", 9, &[(1, 500, 600)])];
    let mut facts = Facts { stage: stored(state), ..facts(plan) };
    facts.standing.status = Some(Status::Inactive);
    facts
}

#[test]
fn what_is_in_a_plan_is_checked_again_and_each_reason_names_its_class() {
    let held = ["course-already-taken", "schedule-clash", "credit-limit"];
    let facts = broken(PlanState::Draft);
    let found = held_refusals(&facts);
    assert_eq!(found.iter().map(Refusal::reason).collect::<Vec<_>>(), held);
    let of = |refusal: &Refusal| refusal.facts().get("of").cloned().unwrap_or_default();
    assert_eq!(found.iter().map(of).collect::<Vec<_>>(), ["IF201 B", "IF201 B", ""]);

    let all = ["status-inactive", "course-already-taken", "schedule-clash", "credit-limit"];
    assert_eq!(words(may_submit(&facts)), all);
    assert_eq!(words(may_approve(&broken(PlanState::Submitted))), all);
}

#[test]
fn seats_are_held_whether_the_class_is_full_or_closed() {
    let mut held = class("A", "IF201", 4, &[]);
    held.open = false;
    assert_eq!(may_submit(&Facts { stage: stored(PlanState::Draft), ..facts(vec![held]) }), Ok(()));
}

#[test]
fn only_a_filled_plan_in_the_right_state_is_submitted() {
    let unopened = facts(Vec::new());
    assert_eq!(words(may_submit(&unopened)), ["plan-state", "plan-empty"]);
    let full = |state| Facts { stage: stored(state), ..facts(vec![class("A", "IF201", 4, &[])]) };
    for (state, submit, withdraw, approve, back) in [
        (PlanState::Draft, true, false, false, false),
        (PlanState::Submitted, false, true, true, true),
        (PlanState::Returned, true, false, false, false),
        (PlanState::Approved, false, false, false, true),
        (PlanState::Void, false, false, false, false),
        (PlanState::Locked, false, false, false, false),
    ] {
        let facts = full(state);
        let only = |may: bool| if may { Vec::new() } else { vec!["plan-state"] };
        assert_eq!(words(may_submit(&facts)), only(submit), "submit {state:?}");
        assert_eq!(words(may_withdraw(&facts).map(drop)), only(withdraw), "withdraw {state:?}");
        assert_eq!(words(may_approve(&facts)), only(approve), "approve {state:?}");
        assert_eq!(words(may_return(&facts, false)), only(back), "return {state:?}");
    }
}

#[test]
fn the_office_voids_what_is_not_final_and_approves_what_is_left_over() {
    let plan = |state| Facts { stage: stored(state), ..facts(vec![class("A", "IF201", 4, &[])]) };
    for (state, void, late) in [
        (PlanState::Draft, "", "plan-state"),
        (PlanState::Submitted, "", "approval-still-open"),
        (PlanState::Returned, "", "plan-state"),
        (PlanState::Approved, "", "plan-state"),
        (PlanState::Revising, "", ""),
        (PlanState::Locked, "plan-locked", "plan-state"),
        (PlanState::Void, "plan-void", "plan-state"),
    ] {
        let only = |word: &'static str| if word.is_empty() { Vec::new() } else { vec![word] };
        assert_eq!(words(revision::may_void(&plan(state))), only(void), "void {state:?}");
        assert_eq!(words(revision::may_approve_late(&plan(state), [])), only(late), "approve {state:?} late");
    }
    let closed = Facts { state: PeriodState::Closed, ..plan(PlanState::Approved) };
    assert_eq!(words(revision::may_void(&closed)), ["period-not-active"]);
    let shut = Facts { gate: Gate::Closed(window()), ..broken(PlanState::Submitted) };
    let all = ["status-inactive", "course-already-taken", "schedule-clash", "credit-limit"];
    assert_eq!(words(revision::may_approve_late(&shut, [])), all, "everything is checked again");
    assert_eq!(words(may_return(&plan(PlanState::Void), false)), ["plan-state"]);
    assert_eq!(may_return(&plan(PlanState::Void), true), Ok(()), "the office gives a void plan back");
}

#[test]
fn an_approved_plan_is_flagged_with_what_it_breaks_by_now() {
    let reasons = |found: Vec<Refusal>| found.iter().map(Refusal::reason).collect::<Vec<_>>();
    assert_eq!(reasons(broken(PlanState::Submitted).flags()), [""; 0]);
    let held = ["course-already-taken", "schedule-clash", "credit-limit"];
    assert_eq!(reasons(broken(PlanState::Approved).flags()), held);
    let all = ["status-inactive", "course-already-taken", "schedule-clash", "credit-limit"];
    assert_eq!(reasons(concerns(&broken(PlanState::Submitted))), all);
    assert_eq!(reasons(concerns(&broken(PlanState::Approved))), all);
    assert_eq!(reasons(concerns(&broken(PlanState::Locked))), [""; 0], "nobody can do anything about it");
}

#[test]
fn results_that_are_unknown_or_still_to_come_are_flagged() {
    let flags = |facts: &Facts| facts.flags().iter().map(Refusal::reason).collect::<Vec<_>>();
    let mut facts = facts(Vec::new());
    assert_eq!(flags(&facts), [""; 0]);
    facts.record = None;
    assert_eq!(flags(&facts), ["results-unknown"]);
    let pending = Semester {
        period: PeriodCode::parse("20252").unwrap(),
        gpa: Gpa::from_hundredths(300).unwrap(),
        credits: 3,
        pending: 4,
        pending_courses: Vec::new(),
    };
    facts.record = Some(Record { semesters: vec![pending], ..Record::default() });
    let found = facts.flags();
    assert_eq!(found, [Refusal::GpaPending { period: PeriodCode::parse("20252").unwrap(), pending: 4 }]);
    facts.allowed.reason = CeilingReason::ShortTerm;
    assert_eq!(flags(&facts), [""; 0], "the ceiling of a short term follows from no IPS");
}

/// Classes of a small campus: four courses, three hours, so that every rule meets every other.
fn any_class() -> impl Strategy<Value = (ClassFacts, Seats)> {
    let slots = proptest::collection::vec((1..=2u32, 0..3u32), 0..3);
    (0..6u32, 0..4u32, 1..=9u32, slots, any::<bool>(), 0..3u32).prop_map(|(id, course, credits, slots, open, taken)| {
        let slots: Vec<_> = slots.into_iter().map(|(day, start)| (day, start, start + 2)).collect();
        let mut found = class(&id.to_string(), &course.to_string(), credits, &slots);
        found.open = open;
        (found, Seats::new(2, taken))
    })
}

proptest! {
    /// A plan that grew only by permitted classes keeps every invariant, whatever was tried.
    #[test]
    fn a_plan_grown_by_the_rule_keeps_the_invariants(tries in proptest::collection::vec(any_class(), 0..12)) {
        let mut facts = facts(Vec::new());
        facts.allowed = ceiling(18);
        for (class, seats) in tries {
            if may_add(&facts, &class, &seats).is_ok() {
                prop_assert!(!seats.is_full(facts.now) && class.open);
                facts.plan.push(Arc::new(class));
            }
        }
        prop_assert!(facts.credits() <= 18);
        prop_assert_eq!(held_refusals(&facts), []);
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
        for refusal in may_add(&facts, &class, &seats).err().unwrap_or_default() {
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

#[test]
fn exams_clash_beside_meetings() {
    let exam = |day: i8, start, end| Exam::new(ExamKind::Uts, date(2026, 10, day), start, end).unwrap();
    let with = |id: &str, course: &str, exams: &[Exam]| ClassFacts {
        exams: exams.to_vec(),
        ..class(id, course, 3, &[(1, 420, 520)])
    };
    let facts = facts(vec![with("A", "IF201", &[exam(19, 420, 540)])]);
    let free = ClassFacts { meetings: Vec::new(), ..with("B", "IF202", &[exam(19, 540, 600), exam(20, 420, 540)]) };
    assert_eq!(may_add(&facts, &free, ROOM), Ok(()));
    let both = with("B", "IF202", &[exam(19, 539, 600)]);
    let found = may_add(&facts, &both, ROOM).unwrap_err();
    assert_eq!(found.iter().map(Refusal::reason).collect::<Vec<_>>(), ["schedule-clash", "exam-clash"]);
    assert_eq!(found[1].facts()["date"], "2026-10-19");
    let held = Facts { plan: vec![facts.plan[0].clone(), Arc::new(both)], ..facts };
    let held: Vec<_> = held_refusals(&held).iter().map(Refusal::reason).collect();
    assert_eq!(held, ["schedule-clash", "exam-clash"], "and so again at submission");
}

#[test]
fn seats_that_are_kept_for_others_are_no_seats() {
    let kept =
        Reservation { scope: Scope::Programme("SI".to_owned()), seats: 2, taken: 0, waiting: 0, until: Some(at(60)) };
    let seats = Seats { reservations: vec![kept], ..Seats::new(3, 1) };
    let wanted = class("A", "IF201", 4, &[]);
    let mut facts = facts(Vec::new());
    let refused = may_add(&facts, &wanted, &seats).unwrap_err();
    assert_eq!(refused.iter().map(Refusal::reason).collect::<Vec<_>>(), ["seats-reserved"]);
    let said = refused[0].facts();
    assert_eq!((said["for"].as_str(), said["reserved"].as_str()), ("programme:SI", "2"));
    facts.belongs.programme = Some("SI".to_owned());
    assert_eq!(may_add(&facts, &wanted, &seats), Ok(()));
    facts.belongs.programme = None;
    facts.now = at(60);
    assert_eq!(may_add(&facts, &wanted, &seats), Ok(()), "from its end on the free ones are everybody's");
}

#[test]
fn the_office_may_place_what_the_student_may_not_choose() {
    let policy = Policy { package_semesters: Semesters::new(1), ..Policy::default() };
    let facts = Facts { policy: Arc::new(policy), semester: Some(1), ..facts(vec![class("A", "IF201", 4, &[])]) };
    let wanted = class("B", "IF202", 4, &[]);
    assert_eq!(words(may_add(&facts, &wanted, ROOM)), ["package-only"]);
    assert_eq!(words(may_drop(&facts)), ["package-only"]);
    assert_eq!(may_place_all(&facts, &[(Arc::new(wanted.clone()), ROOM.clone())]), Ok(()));
    assert_eq!(may_open(&facts), Ok(()));
    let short = Facts { period: PeriodCode::parse("20263").unwrap(), ..facts };
    assert_eq!(may_add(&short, &wanted, ROOM), Ok(()), "nobody makes packages of a short term");
}

#[test]
fn a_repeat_is_refused_while_it_is_chosen_and_while_it_is_held() {
    let result = |code: &str, points| {
        let period = PeriodCode::parse(code).unwrap();
        CourseResult { period, letter: "B".to_owned(), points, passed: true, credits: 4 }
    };
    let record = Record { results: [("IF201".to_owned(), result("20251", 300))].into(), ..Record::default() };
    let limit = Gpa::from_hundredths(200).unwrap();
    let policy = Policy { repeat: Repeat::AtMost(limit), attempts: Semesters::new(1), ..Policy::default() };
    let own = facts(Vec::new());
    let studies = Studies::new(&own.requirements, true, &record, []);
    let own = Facts { studies, policy: Arc::new(policy), ..own };
    let wanted = class("A", "IF201", 4, &[]);
    assert_eq!(words(may_add(&own, &wanted, ROOM)), ["repeat-limit", "repeat-not-allowed"]);
    let held = Facts { plan: vec![Arc::new(wanted)], ..own };
    let held: Vec<_> = held_refusals(&held).iter().map(Refusal::reason).collect();
    assert_eq!(held, ["repeat-limit", "repeat-not-allowed"]);
}
