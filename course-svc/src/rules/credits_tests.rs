//! The default table of ceilings. Those of other universities are in `policy/campuses.rs`.

use proptest::prelude::*;

use super::*;
use crate::rules::policy::{AfterLeave, Sks};

fn period(text: &str) -> PeriodCode {
    PeriodCode::parse(text).unwrap()
}

fn gpa(hundredths: u32) -> Gpa {
    Gpa::from_hundredths(hundredths).unwrap()
}

fn achieved(entry: &str, last: Option<u32>) -> Achieved {
    Achieved { entry: PeriodCode::parse(entry), gpa: last.map(gpa), ..Achieved::default() }
}

fn check(at: &str, entry: &str, last: Option<u32>, credits: u32, reason: CeilingReason) {
    let found = ceiling(&Policy::default(), period(at), &achieved(entry, last));
    assert_eq!((found.credits, found.reason), (credits, reason), "{at} entered {entry} with {last:?}");
}

#[test]
fn bands_begin_at_their_lower_bound() {
    let table =
        [(400, 24), (300, 24), (299, 21), (250, 21), (249, 18), (200, 18), (199, 15), (150, 15), (149, 12), (0, 12)];
    for (gpa, credits) in table {
        check("20261", "20241", Some(gpa), credits, CeilingReason::LastGpa);
    }
}

#[test]
fn the_first_period_needs_no_gpa() {
    check("20261", "20261", None, 20, CeilingReason::FirstPeriod);
    check("20262", "20262", None, 20, CeilingReason::FirstPeriod);
}

#[test]
fn the_second_semester_is_capped_and_the_third_is_not() {
    check("20262", "20261", Some(390), 20, CeilingReason::FirstYear);
    check("20262", "20261", Some(230), 18, CeilingReason::LastGpa);
    check("20271", "20261", Some(390), 24, CeilingReason::LastGpa);
}

#[test]
fn an_unknown_gpa_gives_the_lowest_band_and_says_so() {
    check("20261", "20241", None, 12, CeilingReason::GpaUnknown);
    check("20261", "", None, 12, CeilingReason::GpaUnknown);
}

#[test]
fn the_short_term_has_its_own_ceiling() {
    check("20263", "20241", Some(400), 9, CeilingReason::ShortTerm);
    check("20263", "20261", None, 9, CeilingReason::ShortTerm);
}

#[test]
fn the_lowest_of_several_caps_counts() {
    let after_leave = AfterLeave { leave: Some(Sks::new(15)), absence: Some(Sks::new(12)) };
    let policy = Policy { after_leave, ..Policy::default() };
    let table = [
        ("20241", None, Some(390), 24, CeilingReason::LastGpa),
        ("20241", Some(Away::Leave), Some(390), 15, CeilingReason::AfterLeave),
        ("20241", Some(Away::Absent), Some(390), 12, CeilingReason::AfterAbsence),
        // Who earned less keeps that.
        ("20241", Some(Away::Leave), Some(120), 12, CeilingReason::LastGpa),
        ("20252", Some(Away::Leave), Some(390), 15, CeilingReason::AfterLeave),
        ("20252", None, Some(390), 20, CeilingReason::FirstYear),
        // Of two equal caps the one that is said first.
        ("20241", Some(Away::Absent), None, 12, CeilingReason::GpaUnknown),
    ];
    for (entry, away, last, credits, reason) in table {
        let who = Achieved { away, ..achieved(entry, last) };
        let found = ceiling(&policy, period("20261"), &who);
        assert_eq!((found.credits, found.reason), (credits, reason), "{entry} {away:?} {last:?}");
        let uncapped = ceiling(&Policy::default(), period("20261"), &who);
        assert_eq!(
            uncapped,
            ceiling(&Policy::default(), period("20261"), &achieved(entry, last)),
            "no cap, no difference"
        );
    }
}

#[test]
fn nothing_studied_yet_is_a_beginning_only_for_who_was_away() {
    let after_leave = AfterLeave { leave: Some(Sks::new(15)), absence: None };
    let strict = Policy { after_leave, ..Policy::default() };
    use CeilingReason::{AfterLeave as Left, FirstPeriod, GpaUnknown};
    let table = [
        (true, Some(Away::Leave), (20, FirstPeriod), (15, Left)),
        (true, Some(Away::Absent), (20, FirstPeriod), (20, FirstPeriod)),
        (true, None, (12, GpaUnknown), (12, GpaUnknown)),
        (false, Some(Away::Leave), (12, GpaUnknown), (12, GpaUnknown)),
    ];
    for (nothing_yet, away, shipped, capped) in table {
        let who = Achieved { nothing_yet, away, ..achieved("20252", None) };
        for (policy, expected) in [(&Policy::default(), shipped), (&strict, capped)] {
            let found = ceiling(policy, period("20261"), &who);
            assert_eq!((found.credits, found.reason), expected, "{nothing_yet} {away:?}");
        }
    }
}

proptest! {
    #[test]
    fn every_gpa_has_a_band_and_a_better_one_never_gives_less(low in 0..=400u32, high in 0..=400u32) {
        let (low, high) = (low.min(high), low.max(high));
        let of = |n| ceiling(&Policy::default(), period("20261"), &achieved("20201", Some(n))).credits;
        prop_assert!((12..=24).contains(&of(low)));
        prop_assert!(of(low) <= of(high));
    }
}
