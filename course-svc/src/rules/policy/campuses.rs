//! The tables of six universities as docs/policies.md writes them, asked at their edges.

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::book::{Book, Entry, Reach};
use super::{Document, Policy};
use crate::rules::Refusal;
use crate::rules::credits::{Achieved, Away, CeilingReason, Gpa, ceiling};
use crate::rules::curriculum::RequirementKind;
use crate::rules::eligibility::{Holds, Standing, Status};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan::{ClassFacts, Facts, may_add, may_submit};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::prerequisite::Studies;
use crate::rules::record::{Record, Semester};
use crate::rules::seats::Seats;
use crate::rules::window::{Belongs, Gate, Scope, Window, WindowKind};

const PAGE: &str = include_str!("../../../../docs/policies.md");

const CAMPUSES: [&str; 7] = ["UB", "UGM FEB", "IPB", "Untan", "UII", "UII Ahwal Syakhshiyah", "UMN"];

/// The document that stands under a heading of the page.
fn document(campus: &str) -> Document {
    let section = PAGE.split("\n### ").find(|section| section.lines().next() == Some(campus)).expect("a heading");
    let json = section.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a document");
    Document::read(&serde_json::from_str(json).expect("an object")).expect("a sound document")
}

fn period(code: &str) -> PeriodCode {
    PeriodCode::parse(code).unwrap()
}

fn gpa(hundredths: u32) -> Gpa {
    Gpa::from_hundredths(hundredths).unwrap()
}

/// What decides at a campus whose documents are these, the first for everybody, the second for the programme `AS`.
fn policy(campuses: &[&str], programme: &str) -> Policy {
    let reaches = [Reach::University, Reach::Programme("AS".to_owned())];
    let entries = campuses.iter().zip(reaches).map(|(campus, reach)| Entry {
        id: (*campus).to_owned(),
        reach,
        from: period("20201"),
        until: None,
        document: document(campus),
    });
    let who = Belongs { programme: Some(programme.to_owned()), ..Belongs::default() };
    Book::new(Policy::default(), entries.collect()).effective(&who, period("20261")).policy
}

/// The ceiling of somebody in the fifth semester.
fn of(policy: &Policy, ips: u32, ipk: u32, away: Option<Away>) -> u32 {
    let (entry, nothing_yet) = (Some(period("20241")), false);
    let who = Achieved { entry, gpa: Some(gpa(ips)), cumulative: Some(gpa(ipk)), away, nothing_yet };
    ceiling(policy, period("20261"), &who).credits
}

/// The band of every edge: IPS, SKS.
fn check(campus: &str, edges: &[(u32, u32)]) {
    let policy = policy(&[campus], "IF");
    for (ips, credits) in edges {
        assert_eq!(of(&policy, *ips, 300, None), *credits, "{campus} at {ips}");
    }
}

#[test]
fn the_bands_of_each_guide_begin_at_their_lower_bounds() {
    check(
        "UB",
        &[(400, 24), (300, 24), (299, 21), (250, 21), (249, 18), (200, 18), (199, 15), (150, 15), (149, 11), (0, 11)],
    );
    check("UGM FEB", &[(400, 24), (325, 24), (324, 21), (275, 21), (274, 18), (200, 18), (199, 15), (0, 15)]);
    check("IPB", &[(400, 24), (276, 24), (275, 22), (200, 22), (199, 19), (0, 19)]);
    check("Untan", &[(300, 24), (299, 21), (250, 21), (249, 18), (200, 18), (199, 15), (150, 15), (149, 12), (0, 12)]);
    let umn =
        [(350, 24), (349, 23), (300, 23), (299, 21), (250, 21), (249, 18), (200, 18), (199, 15), (150, 15), (149, 12)];
    check("UMN", &umn);
}

#[test]
fn the_matrix_asks_ips_and_ipk_together() {
    let policy = policy(&["UII"], "IF");
    for (ips, ipk, credits) in [
        (300, 300, 24),
        (299, 300, 22),
        (300, 299, 23),
        (250, 250, 21),
        (249, 249, 18),
        (0, 400, 16),
        (400, 0, 20),
        (0, 0, 12),
    ] {
        assert_eq!(of(&policy, ips, ipk, None), credits, "IPS {ips}, IPK {ipk}");
    }
    let without = Achieved { gpa: Some(gpa(400)), ..Achieved::default() };
    let found = ceiling(&policy, period("20261"), &without);
    assert_eq!(
        (found.credits, found.reason),
        (12, CeilingReason::GpaUnknown),
        "an IPK that is not known gives nothing"
    );
}

#[test]
fn who_comes_back_is_capped_as_the_guide_says() {
    let (untan, uii, ub) = (policy(&["Untan"], "IF"), policy(&["UII"], "IF"), policy(&["UB"], "IF"));
    for (policy, away, credits) in [
        (&untan, Away::Leave, 15),
        (&untan, Away::Absent, 24),
        // At UII the quota of the last active semester.
        (&uii, Away::Leave, 24),
        (&uii, Away::Absent, 12),
        (&ub, Away::Leave, 24),
        (&ub, Away::Absent, 24),
    ] {
        assert_eq!(of(policy, 390, 390, Some(away)), credits, "{away:?}");
    }
    assert_eq!(of(&untan, 140, 300, Some(Away::Leave)), 12, "who earned less than the cap has that");
}

#[test]
fn the_last_active_semesters_count_and_a_leave_between_them_does_not() {
    let semester = |code: &str, ips, credits| Semester {
        period: period(code),
        gpa: gpa(ips),
        credits,
        pending: 0,
        pending_courses: Vec::new(),
    };
    let semesters = vec![
        semester("20241", 200, 20),
        semester("20242", 380, 20),
        // On leave: no courses.
        semester("20251", 0, 0),
        semester("20252", 320, 20),
    ];
    let record = Record { semesters, ..Record::default() };
    let at = |campus: &str, before: &str| {
        let policy = policy(&[campus], "IF");
        let last = record.last_gpa(period(before), policy.gpa_semesters.get());
        let who = Achieved { entry: Some(period("20231")), gpa: last, ..Achieved::default() };
        (last.map(Gpa::hundredths), ceiling(&policy, period(before), &who).credits)
    };
    assert_eq!(at("UB", "20252"), (Some(380), 24), "after the leave the semester before it");
    assert_eq!(at("UMN", "20252"), (Some(290), 21), "the two before the leave");
    assert_eq!(at("UB", "20261"), (Some(320), 24));
    assert_eq!(at("UMN", "20261"), (Some(350), 24), "the two on both sides of it");
}

fn class(code: &str, requirement: RequirementKind, credits: u32) -> ClassFacts {
    ClassFacts {
        class_id: format!("class {code}"),
        course_id: code.to_owned(),
        code: code.to_owned(),
        requirement,
        label: code.to_owned(),
        credits,
        meetings: Vec::new(),
        exams: Vec::new(),
        open: true,
    }
}

fn course(code: &str, credits: u32) -> ClassFacts {
    class(code, RequirementKind::Compulsory, credits)
}

/// A student in the seventh semester with a perfect IPS to whom nothing else is refused.
fn student(policy: Policy, plan: Vec<ClassFacts>) -> Facts {
    let (opens_at, closes_at) = (Timestamp::MIN, Timestamp::MAX);
    let now = Timestamp::UNIX_EPOCH;
    let window = Window { kind: WindowKind::Krs, scope: Scope::University, opens_at, closes_at };
    let achieved = Achieved { gpa: Some(gpa(400)), cumulative: Some(gpa(400)), ..Achieved::default() };
    Facts {
        now,
        period: period("20261"),
        state: PeriodState::Active,
        gate: Gate::Open(window),
        approval: Gate::Nothing,
        revision: Gate::Nothing,
        belongs: Belongs::default(),
        semester: Some(7),
        allowed: ceiling(&policy, period("20261"), &achieved),
        policy: Arc::new(policy),
        standing: Standing { status: Some(Status::Active), exit_kind: None, holds: Holds::Known(Vec::new()) },
        seat_policy: crate::rules::registration::SeatPolicy::AtAdd,
        allocation: crate::rules::allocation::AllocationState::Pending,
        plan: plan.into_iter().map(Arc::new).collect(),
        wished: Default::default(),
        stage: Stage::stored(PlanState::Draft, String::new()),
        record: Some(Record::default()),
        requirements: Arc::default(),
        studies: Studies::default(),
    }
}

fn words(result: Result<(), Vec<Refusal>>) -> Vec<&'static str> {
    result.err().unwrap_or_default().iter().map(Refusal::reason).collect()
}

#[test]
fn theory_and_practicum_are_counted_once() {
    let room = Seats::new(40, 0);
    // One course of 2 + 1 SKS is one class of 3, whatever its hours are held in.
    let one = student(policy(&["UB"], "IF"), vec![course("AK1", 21)]);
    assert_eq!(may_add(&one, &course("AK2", 3), &room), Ok(()));
    // The same as two courses, where the theory has the SKS of both: 21 + 3, not 21 + 3 + 1.
    let pair = student(policy(&["UGM FEB"], "IF"), vec![course("AK1", 21), course("AK2", 3)]);
    assert_eq!(may_add(&pair, &course("AK2P", 1), &room), Ok(()));
    assert_eq!((pair.credits(), pair.counted()), (24, 24));
    let literal = student(policy(&["UB"], "IF"), vec![course("AK1", 21), course("AK2", 3)]);
    assert_eq!(words(may_add(&literal, &course("AK2P", 1), &room)), ["credit-limit"], "where nobody said so it counts");
}

#[test]
fn kkn_caps_a_plan_whichever_comes_first() {
    let room = Seats::new(40, 0);
    let uii = || policy(&["UII"], "IF");
    // Reguler 2: 9 SKS beside it.
    assert_eq!(may_add(&student(uii(), vec![course("KKN-R2", 2)]), &course("HK1", 9), &room), Ok(()));
    assert_eq!(words(may_add(&student(uii(), vec![course("KKN-R2", 2)]), &course("HK1", 10), &room)), ["credit-limit"]);
    assert_eq!(words(may_add(&student(uii(), vec![course("HK1", 10)]), &course("KKN-R2", 2), &room)), ["credit-limit"]);
    // The thematic one: 16 with itself.
    assert_eq!(may_add(&student(uii(), vec![course("KKN-T", 2)]), &course("HK1", 14), &room), Ok(()));
    let refused = may_add(&student(uii(), vec![course("KKN-T", 2)]), &course("HK1", 15), &room).unwrap_err();
    assert_eq!(refused, [Refusal::CreditLimit { wanted: 17, ceiling: 16, reason: CeilingReason::WithCourse }]);
    assert_eq!(may_add(&student(uii(), Vec::new()), &course("HK1", 24), &room), Ok(()), "without it nothing is capped");
}

#[test]
fn a_programme_changes_only_what_it_names() {
    let room = Seats::new(40, 0);
    let both = ["UII", "UII Ahwal Syakhshiyah"];
    let (of_it, of_others) = (policy(&both, "AS"), policy(&both, "IF"));
    assert_eq!(of_it.ceiling, of_others.ceiling);
    assert_eq!(of_it.with_course, of_others.with_course);
    let thesis = class("TA", RequirementKind::Thesis, 6);
    assert_eq!(may_add(&student(of_it.clone(), vec![course("HK1", 24)]), &thesis, &room), Ok(()));
    assert_eq!(words(may_add(&student(of_others, vec![course("HK1", 24)]), &thesis, &room)), ["credit-limit"]);
    // The minimum is over all that is in the plan, and an empty plan is refused for that alone.
    assert_eq!(words(may_submit(&student(of_it.clone(), vec![course("HK1", 11)]))), ["credit-minimum"]);
    assert_eq!(may_submit(&student(of_it.clone(), vec![course("HK1", 6), thesis])), Ok(()));
    assert_eq!(words(may_submit(&student(of_it, Vec::new()))), ["plan-empty"]);
}

#[test]
fn a_minimum_that_does_not_bind_is_only_said() {
    let few = student(policy(&["IPB"], "IF"), vec![course("KIM1", 11)]);
    assert_eq!(may_submit(&few), Ok(()));
    let flags: Vec<_> = few.flags().iter().map(Refusal::reason).collect();
    assert_eq!(flags, ["credit-minimum"]);
    assert!(student(policy(&["IPB"], "IF"), vec![course("KIM1", 12)]).flags().is_empty());
}

#[test]
fn where_the_office_chooses_the_student_does_not() {
    let room = Seats::new(40, 0);
    for (campus, semesters) in [("UB", 0), ("UGM FEB", 1), ("Untan", 1), ("UII", 1), ("UMN", 2)] {
        for semester in 1..=3 {
            let facts = Facts { semester: Some(semester), ..student(policy(&[campus], "IF"), Vec::new()) };
            let expected: &[&str] = if semester <= semesters { &["package-only"] } else { &[] };
            assert_eq!(words(may_add(&facts, &course("A", 3), &room)), expected, "{campus} in semester {semester}");
        }
    }
    let unknown = Facts { semester: None, ..student(policy(&["UMN"], "IF"), Vec::new()) };
    assert_eq!(may_add(&unknown, &course("A", 3), &room), Ok(()), "an unknown period of entry refuses nobody");
}

proptest! {
    /// Bands as guides print them, `2.50 - 2.99` and `3.00 - 4.00`, leave out what lies between; lower bounds cannot.
    #[test]
    fn every_average_has_a_ceiling_of_the_table(campus in 0..CAMPUSES.len(), ips in 0..=400u32, ipk in 0..=400u32) {
        let policy = policy(&[CAMPUSES[campus]], "IF");
        let credits = policy.ceiling.of(gpa(ips), Some(gpa(ipk)));
        prop_assert!(credits.is_some_and(|credits| (11..=24).contains(&credits)));
        // One hundredth more never gives less.
        let better = policy.ceiling.of(gpa((ips + 1).min(400)), Some(gpa(ipk)));
        prop_assert!(better >= credits);
    }
}

/// 2.995 lies in no printed band. It is cut to 2.99 before anything compares it, and has the band from 2.50 on.
#[test]
fn what_lies_between_printed_bands_has_the_lower_one() {
    let weighted: u32 = 2995 * 2;
    let cut = gpa(weighted / 20);
    assert_eq!(cut, gpa(299));
    assert_eq!(of(&policy(&["UB"], "IF"), cut.hundredths(), 300, None), 21);
}
