//! Tables and properties of the allocation.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::rules::credits::{Ceiling, CeilingReason};
use crate::rules::curriculum::RequirementKind;
use crate::rules::eligibility::{Hold, HoldKind, Holds, Standing, Status};
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::prerequisite::Studies;
use crate::rules::record::Record;
use crate::rules::registration::Registration;
use crate::rules::schedule::{Meeting, Slot, clash};
use crate::rules::seats::Reservation;
use crate::rules::window::{Belongs, Gate, Scope, Window, WindowKind};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A student to whom nothing is refused, at second 50, when the window is over.
fn facts(ceiling: u32, cohort: u16) -> Facts {
    let window = Window { kind: WindowKind::Krs, scope: Scope::University, opens_at: at(0), closes_at: at(40) };
    Facts {
        now: at(50),
        period: PeriodCode::parse("20261").unwrap(),
        state: PeriodState::Active,
        gate: Gate::Closed(window),
        approval: Gate::Nothing,
        revision: Gate::Nothing,
        standing: Standing { status: Some(Status::Active), exit_kind: None, holds: Holds::Known(Vec::new()) },
        belongs: Belongs { cohort: Some(cohort), ..Belongs::default() },
        semester: Some(5),
        policy: Arc::default(),
        allowed: Ceiling { credits: ceiling, reason: CeilingReason::LastGpa, last_gpa: None },
        seat_policy: SeatPolicy::Allocation,
        allocation: AllocationState::Running,
        plan: Vec::new(),
        wished: Default::default(),
        stage: Stage::UNOPENED,
        record: Some(Record::default()),
        requirements: Arc::default(),
        studies: Studies::default(),
    }
}

/// A class of a course with 3 SKS that meets at one of the hours of Monday.
fn class(n: usize, course: usize, hour: u32) -> ClassFacts {
    let slot = Slot::new(1, hour * 60, hour * 60 + 60).unwrap();
    ClassFacts {
        class_id: format!("class-{n}"),
        course_id: format!("course-{course}"),
        code: format!("C{course}"),
        requirement: RequirementKind::Compulsory,
        label: format!("Mata Kuliah {course} {n}"),
        credits: 3,
        meetings: vec![Meeting { slot, place: None }],
        exams: Vec::new(),
        open: true,
    }
}

fn words(refusals: &[Refusal]) -> Vec<&'static str> {
    refusals.iter().map(Refusal::reason).collect()
}

fn refused(result: Result<(), Vec<Refusal>>) -> Vec<&'static str> {
    words(&result.err().unwrap_or_default())
}

#[test]
fn words_read_back() {
    for state in AllocationState::ALL {
        assert_eq!(AllocationState::parse(state.word()), Some(state));
    }
    assert_eq!(AllocationState::parse("drawn"), None);
}

#[test]
fn until_it_is_done_nothing_else_gives_a_seat_in_its_period() {
    for policy in SeatPolicy::ALL {
        for state in AllocationState::ALL {
            let expected = policy == SeatPolicy::Allocation && state != AllocationState::Done;
            let student = Facts { seat_policy: policy, allocation: state, ..facts(24, 2024) };
            assert_eq!(student.allocation_refusal().is_some(), expected, "{policy:?} {state:?}");
        }
    }
}

#[test]
fn wishes_are_changed_in_the_window_of_a_period_that_has_an_allocation_until_it_is_started() {
    let mut student = facts(24, 2024);
    assert_eq!(words(&wish_refusals(&student, None)), ["krs-closed"]);
    student.state = PeriodState::Closed;
    student.seat_policy = SeatPolicy::AtSubmit;
    let all = ["period-not-active", "no-allocation", "allocation-started", "krs-closed"];
    assert_eq!(words(&wish_refusals(&student, Some(at(45)))), all);
    let Gate::Closed(window) = student.gate.clone() else { panic!("it is closed") };
    // Neither status nor the state of the plan says no: both may be mended until it is started.
    let standing = Standing { status: None, ..student.standing.clone() };
    let stage = Stage::stored(PlanState::Submitted, String::new());
    let open = Facts { gate: Gate::Open(window), standing, stage, ..facts(24, 2024) };
    assert_eq!(wish_refusals(&open, None), []);
}

#[test]
fn it_is_started_once_in_an_active_period_that_has_one() {
    let period = |state, seat_policy| Period {
        code: PeriodCode::parse("20261").unwrap(),
        state,
        windows: Vec::new(),
        registration: Registration { seat_policy, ..Registration::default() },
        allocation: AllocationState::Pending,
        version: 1,
    };
    let by_wishes = period(PeriodState::Active, SeatPolicy::Allocation);
    assert_eq!(may_start(&by_wishes, None), Ok(()));
    assert_eq!(refused(may_start(&by_wishes, Some(at(1)))), ["allocation-started"]);
    let other = period(PeriodState::Planned, SeatPolicy::AtAdd);
    assert_eq!(refused(may_start(&other, None)), ["period-not-active", "no-allocation"]);
}

#[test]
fn a_class_is_given_by_every_gate_but_that_of_time() {
    let (wanted, room) = (class(0, 0, 7), Seats::new(1, 0));
    assert_eq!(may_be_given(&facts(24, 2024), &wanted, &room), Ok(()), "the window is over");
    let mut student = facts(3, 2024);
    student.plan = vec![Arc::new(class(1, 0, 7))];
    student.stage = Stage::stored(PlanState::Submitted, String::new());
    student.standing.status = Some(Status::Leave);
    let closed = ClassFacts { open: false, ..wanted };
    let all = [
        "plan-submitted",
        "status-on-leave",
        "course-already-taken",
        "class-closed",
        "class-full",
        "schedule-clash",
        "credit-limit",
    ];
    assert_eq!(refused(may_be_given(&student, &closed, &Seats::new(1, 1))), all, "all of them at once");
    let hold = |waived_until| Hold { kind: HoldKind::Tuition, note: String::new(), waived_until, lifted_at: None };
    for (until, expected) in [(51, vec![]), (50, vec!["hold-tuition"])] {
        let mut waived = facts(24, 2024);
        waived.standing.holds = Holds::Known(vec![hold(Some(at(until)))]);
        assert_eq!(refused(may_be_given(&waived, &class(0, 0, 7), &room)), expected, "as of its start: {until}");
    }
}

#[test]
fn a_turn_gives_the_best_wish_that_may_be_given() {
    let student = facts(24, 2024);
    let classes = [class(0, 0, 7), class(1, 1, 8), class(2, 2, 9)];
    let seats = |taken: [u32; 3]| taken.map(|taken| Seats::new(1, taken));
    let turn_of = |seats: &[Seats; 3]| turn(&student, classes.iter().zip(seats));
    assert_eq!(turn_of(&seats([0, 0, 0])), Turn::Given(0));
    assert_eq!(turn_of(&seats([1, 0, 0])), Turn::Given(1));
    assert_eq!(turn_of(&seats([1, 1, 0])), Turn::Given(2));
    let Turn::Nothing(why) = turn_of(&seats([1, 1, 1])) else { panic!("there is no seat") };
    assert_eq!(why.iter().map(|why| words(why)).collect::<Vec<_>>(), [["class-full"]; 3]);
    assert_eq!(turn(&student, []), Turn::Nothing(Vec::new()), "no wish is left");
}

#[test]
fn every_second_round_goes_backwards_and_no_turn_is_settled_twice_or_early() {
    let turns = |round, next: &[u32]| Turns { at: at(0), round, next: next.iter().copied().collect() };
    let odd = turns(3, &[4, 6]);
    let even = turns(4, &[6, 4]);
    for (turns, round, place, due) in [
        (&odd, 3, 4, Due::Now),
        (&odd, 3, 3, Due::Past),
        (&odd, 3, 6, Due::Later),
        (&odd, 2, 4, Due::Past),
        (&odd, 4, 4, Due::Later),
        (&even, 4, 6, Due::Now),
        (&even, 4, 7, Due::Past),
        (&even, 4, 4, Due::Later),
        (&turns(4, &[]), 4, 4, Due::Past),
        (&turns(4, &[]), 5, 4, Due::Later),
    ] {
        assert_eq!(turns.due(round, place), due, "place {place} of round {round}, {turns:?}");
    }
}

/// A student: SKS, year of entry, and the classes wished for, best first.
type Wisher = (u32, u16, Vec<usize>);

/// A class: course, hour, capacity, and seats of it that are kept for those who entered in 2024.
type Offer = (usize, u32, u32, u32);

fn wisher() -> impl Strategy<Value = Wisher> {
    let wishes = proptest::sample::subsequence((0..6).collect::<Vec<_>>(), 0..=6).prop_shuffle();
    (3_u32..13, 2023_u16..2025, wishes)
}

/// The whole allocation: plans of the students, in the order of their places, and wishes that got nothing.
fn allocate(wishers: &[Wisher], offers: &[(ClassFacts, Seats)]) -> (Vec<Facts>, Vec<Vec<usize>>, Vec<Seats>) {
    let mut people: Vec<_> = wishers.iter().map(|(ceiling, cohort, _)| facts(*ceiling, *cohort)).collect();
    let mut left: Vec<_> = wishers.iter().map(|(.., wishes)| wishes.clone()).collect();
    let mut seats: Vec<_> = offers.iter().map(|(_, seats)| seats.clone()).collect();
    let mut playing: Vec<_> = (0..wishers.len()).collect();
    for round in 1.. {
        let mut order = playing.clone();
        if Order::of(round) == Order::Backwards {
            order.reverse();
        }
        for n in order {
            let wishes = left[n].iter().map(|wish| (&offers[*wish].0, &seats[*wish]));
            match turn(&people[n], wishes) {
                Turn::Nothing(_) => playing.retain(|other| *other != n),
                Turn::Given(place) => {
                    let wish = left[n].remove(place);
                    let bucket = seats[wish].bucket_for(&people[n].belongs, people[n].now).unwrap();
                    seats[wish].take(&bucket);
                    people[n].plan.push(Arc::new(offers[wish].0.clone()));
                }
            }
        }
        if playing.is_empty() {
            break;
        }
    }
    (people, left, seats)
}

proptest! {
    #[test]
    fn what_is_given_breaks_no_rule_and_what_is_not_given_could_not_be(
        wishers in proptest::collection::vec(wisher(), 0..8),
        offers in proptest::collection::vec((0_usize..4, 7_u32..10, 0_u32..4, 0_u32..3), 6),
    ) {
        let offer = |(n, (course, hour, capacity, kept)): (usize, &Offer)| {
            let scope = Scope::Cohort(2024);
            let kept = Reservation { scope, seats: (*kept).min(*capacity), taken: 0, waiting: 0, until: None };
            (class(n, *course, *hour), Seats { reservations: vec![kept], ..Seats::new(*capacity, 0) })
        };
        let offers: Vec<_> = offers.iter().enumerate().map(offer).collect();
        let (people, left, seats) = allocate(&wishers, &offers);
        for (n, (class, _)) in offers.iter().enumerate() {
            let given = people.iter().filter(|facts| facts.has(&class.class_id)).count();
            prop_assert_eq!(given, usize::try_from(seats[n].taken).unwrap());
            prop_assert!(seats[n].taken <= seats[n].capacity);
            let others = people.iter().filter(|facts| facts.has(&class.class_id) && facts.belongs.cohort != Some(2024));
            let kept = &seats[n].reservations[0];
            prop_assert!(others.count() <= usize::try_from(seats[n].capacity - kept.seats).unwrap());
        }
        for (facts, wishes) in people.iter().zip(&left) {
            prop_assert!(facts.credits() <= facts.allowed.credits);
            for (m, one) in facts.plan.iter().enumerate() {
                for other in &facts.plan[..m] {
                    prop_assert!(one.course_id != other.course_id && clash(&one.meetings, &other.meetings).is_none());
                }
            }
            for wish in wishes {
                let (class, _) = &offers[*wish];
                prop_assert!(may_be_given(facts, class, &seats[*wish]).is_err(), "{} is left over", class.class_id);
            }
        }
        // Who comes first gets the best wish that nobody's place could have taken.
        if let Some((ceiling, cohort, wishes)) = wishers.first() {
            let alone = turn(&facts(*ceiling, *cohort), wishes.iter().map(|n| (&offers[*n].0, &offers[*n].1)));
            if let Turn::Given(n) = alone {
                prop_assert!(people[0].has(&offers[wishes[n]].0.class_id));
            }
        }
    }
}
