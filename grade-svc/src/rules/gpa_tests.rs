//! Golden cases and properties of averages.

use proptest::prelude::*;

use super::gpa::{Attempt, Equivalents, Sums, counted, cumulative, cumulative_up_to, sums};
use super::period::PeriodCode;
use super::scale::{Points, RepeatPolicy, Scale, tests as scales};
use super::score::Score;

use RepeatPolicy::{Best, Latest};

fn attempt(course: &str, period: &str, credits: u32, points: u32) -> Attempt {
    let points = Points::from_hundredths(points).unwrap();
    let period = PeriodCode::parse(period).unwrap();
    Attempt { course_id: course.to_owned(), period, credits, points, passed: points.hundredths() >= 100 }
}

/// A semester of one scale: final scores with their SKS, the sum that was worked out by hand, and the average.
fn semester(scale: &Scale, parts: &[(u32, u32)], weighted: u32, average: u32) {
    let attempts: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(n, (credits, score))| {
            let points = scale.step(Score::from_hundredths(*score).unwrap()).unwrap().points;
            attempt(&format!("c{n}"), "20241", *credits, points.hundredths())
        })
        .collect();
    let found = sums(&attempts);
    assert_eq!((found.weighted, found.average()), (weighted, Some(average)));
}

#[test]
fn golden_semesters_of_three_scales() {
    // UGM: 4 SKS of A- (3.75), 3 of B/C (2.50), 3 of C+ (2.25), 2 of A (4.00): 15 + 7.5 + 6.75 + 8 = 37.25 over 12.
    semester(&scales::ugm(), &[(4, 8999), (3, 6000), (3, 5999), (2, 9000)], 3725, 310);
    // AB type: exactly 85 is an AB (3.50), 80 a B (3.00), 60.01 a C (2.00): 10.5 + 12 + 4 = 26.5 over 9.
    semester(&scales::ab(), &[(3, 8500), (4, 8000), (2, 6001)], 2650, 294);
    // Plain: B, B, C, E: 12 + 9 + 6 + 0 = 27 over 13; the E counts in the IPS.
    semester(&scales::plain(), &[(4, 7999), (3, 6800), (3, 5600), (3, 4499)], 2700, 207);
}

#[test]
fn an_average_is_cut_and_never_rounded() {
    // 2.996: 749 / 250.
    assert_eq!(Sums { credits: 250, credits_passed: 250, weighted: 74_900 }.average(), Some(299));
    assert_eq!(Sums { credits: 3, credits_passed: 3, weighted: 900 }.average(), Some(300));
    assert_eq!(Sums::default().average(), None);
}

#[test]
fn a_repeated_course_counts_once() {
    let attempts = [
        attempt("a", "20241", 3, 200),
        attempt("b", "20241", 4, 300),
        attempt("a", "20251", 3, 100),
        attempt("a", "20252", 3, 200),
    ];
    let none = Equivalents::default();
    assert_eq!(counted(&attempts, &none, Best), [false, true, false, true], "of two equally good ones the later");
    assert_eq!(counted(&attempts, &none, Latest), [false, true, false, true]);
    let worse = &attempts[..3];
    assert_eq!(counted(worse, &none, Best), [true, true, false]);
    assert_eq!(counted(worse, &none, Latest), [false, true, true]);
    assert_eq!(cumulative(worse, &none, Best), Sums { credits: 7, credits_passed: 7, weighted: 1800 });
    assert_eq!(cumulative(worse, &none, Latest), Sums { credits: 7, credits_passed: 7, weighted: 1500 });
    let early = cumulative_up_to(&attempts, &none, Latest, PeriodCode::parse("20241").unwrap());
    assert_eq!(early, Sums { credits: 7, credits_passed: 7, weighted: 1800 });
}

#[test]
fn a_failed_course_counts_in_the_average_and_not_among_the_passed() {
    let attempts = [attempt("a", "20241", 3, 0), attempt("b", "20241", 3, 400)];
    let found = cumulative(&attempts, &Equivalents::default(), Best);
    assert_eq!((found.average(), found.credits, found.credits_passed), (Some(200), 6, 3));
}

#[test]
fn equivalent_courses_are_one_however_they_are_connected() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    // a-b and c-b connect a with c, though nobody took b; the direction does not matter, nor a pair said twice.
    let same = Equivalents::new([pair("a", "b"), pair("c", "b"), pair("b", "c"), pair("d", "d")]);
    assert_eq!(same.root("c"), same.root("a"));
    assert_ne!(same.root("d"), same.root("a"));
    assert_eq!((same.members("b"), same.members("d")), (vec!["a".into(), "b".into(), "c".into()], vec!["d".into()]));
    let attempts = [attempt("a", "20241", 3, 300), attempt("c", "20251", 4, 200), attempt("d", "20251", 2, 400)];
    assert_eq!(counted(&attempts, &same, Best), [true, false, true]);
    assert_eq!(counted(&attempts, &same, Latest), [false, true, true]);
    assert_eq!(cumulative(&attempts, &same, Latest).credits, 6, "the SKS of the result that counts");
}

/// The same rules once more, slow and otherwise: by asking of every result whether any other one beats it.
fn slowly(attempts: &[Attempt], pairs: &[(String, String)], policy: RepeatPolicy) -> Vec<bool> {
    let same = |a: &str, b: &str| {
        let mut reached = vec![a.to_owned()];
        let mut seen = 0;
        while seen < reached.len() {
            let here = reached[seen].clone();
            for (one, other) in pairs {
                for (from, to) in [(one, other), (other, one)] {
                    if *from == here && !reached.contains(to) {
                        reached.push(to.clone());
                    }
                }
            }
            seen += 1;
        }
        reached.iter().any(|course| course == b)
    };
    let beats = |a: &Attempt, b: &Attempt| {
        let (better, later) = (a.points > b.points, a.period > b.period);
        let (as_good, as_late) = (a.points == b.points, a.period == b.period);
        match policy {
            Best if !as_good => better,
            Best if !as_late => later,
            Latest if !as_late => later,
            Latest if !as_good => better,
            _ => a.course_id > b.course_id,
        }
    };
    attempts
        .iter()
        .map(|one| !attempts.iter().any(|other| same(&other.course_id, &one.course_id) && beats(other, one)))
        .collect()
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    // A small universe, so that repeats, ties and equivalents meet: 5 courses, 3 periods, 3 letters.
    let one = (0..5u32, 0..3usize, 1..5u32, 0..3u32).prop_map(|(course, period, credits, letter)| {
        attempt(&format!("c{course}"), ["20241", "20242", "20251"][period], credits, letter * 100)
    });
    proptest::collection::vec(one, 0..12).prop_map(|mut found: Vec<Attempt>| {
        // A course has at most one result in a period.
        found.sort_by(|a, b| (&a.course_id, a.period).cmp(&(&b.course_id, b.period)));
        found.dedup_by(|a, b| (&a.course_id, a.period) == (&b.course_id, b.period));
        found
    })
}

proptest! {
    #[test]
    fn what_counts_is_what_nothing_beats(
        attempts in attempts(),
        pairs in proptest::collection::vec((0..5u32, 0..5u32), 0..4),
        latest in any::<bool>(),
    ) {
        let policy = if latest { Latest } else { Best };
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| (format!("c{a}"), format!("c{b}"))).collect();
        let same = Equivalents::new(pairs.clone());
        let counts = counted(&attempts, &same, policy);
        prop_assert_eq!(&counts, &slowly(&attempts, &pairs, policy));

        // The sums once more, one SKS at a time, and the average as the largest hundredth that fits below the quotient.
        let (mut credits, mut passed, mut weighted) = (0u32, 0u32, 0u32);
        for (attempt, _) in attempts.iter().zip(&counts).filter(|(_, counts)| **counts) {
            for _ in 0..attempt.credits {
                credits += 1;
                passed += u32::from(attempt.passed);
                weighted += attempt.points.hundredths();
            }
        }
        let found = cumulative(&attempts, &same, policy);
        prop_assert_eq!(found, Sums { credits, credits_passed: passed, weighted });
        match found.average() {
            None => prop_assert_eq!(credits, 0),
            Some(average) => {
                prop_assert!(average <= 400);
                prop_assert!(average * credits <= weighted && weighted < (average + 1) * credits);
            }
        }
    }

    #[test]
    fn the_best_is_never_below_the_latest(attempts in attempts()) {
        // With equal SKS for each course: then a better result can only raise the average.
        let attempts: Vec<_> = attempts.into_iter().map(|attempt| Attempt { credits: 3, ..attempt }).collect();
        let none = Equivalents::default();
        prop_assert!(cumulative(&attempts, &none, Best).average() >= cumulative(&attempts, &none, Latest).average());
    }
}
