//! IPS and IPK: sums of SKS times grade points over sums of SKS, in integers.
//!
//! An average is cut after two decimals, not rounded, so that the number that is shown is the number that every rule
//! compares (docs/adr/0007): 2.996 is 2.99, and whoever needs 3.00 does not have it.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::rules::period::PeriodCode;
use crate::rules::scale::{Points, RepeatPolicy};

/// A published result as far as averages are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Course.
    pub course_id: String,
    /// Period.
    pub period: PeriodCode,
    /// SKS.
    pub credits: u32,
    /// What the letter is worth.
    pub points: Points,
    /// Passed.
    pub passed: bool,
}

/// Sums over results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// SKS.
    pub credits: u32,
    /// SKS of those that were passed.
    pub credits_passed: u32,
    /// SKS times grade points in hundredths.
    pub weighted: u32,
}

impl Sums {
    /// The average in hundredths, cut; `None` without any SKS.
    pub fn average(self) -> Option<u32> {
        self.weighted.checked_div(self.credits)
    }
}

/// Adds up results.
pub fn sums<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> Sums {
    attempts.into_iter().fold(Sums::default(), |sums, attempt| Sums {
        credits: sums.credits + attempt.credits,
        credits_passed: sums.credits_passed + if attempt.passed { attempt.credits } else { 0 },
        weighted: sums.weighted + attempt.credits * attempt.points.hundredths(),
    })
}

/// Which courses are one and the same: whatever pairs connect, over any number of steps and in either direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Equivalents(HashMap<String, String>);

impl Equivalents {
    /// Connects pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut found = Self::default();
        for (one, other) in pairs {
            let (one, other) = (found.root(&one).to_owned(), found.root(&other).to_owned());
            match one.cmp(&other) {
                Ordering::Less => found.0.insert(other, one),
                Ordering::Greater => found.0.insert(one, other),
                Ordering::Equal => None,
            };
        }
        found
    }

    /// The course that stands for all that this one is the same as; itself, when it is alone.
    pub fn root<'a>(&'a self, course_id: &'a str) -> &'a str {
        let mut course = course_id;
        // Every step leads to a smaller id, so there is an end.
        while let Some(next) = self.0.get(course) {
            course = next;
        }
        course
    }

    /// Every course that is the same as this one, itself included.
    pub fn members(&self, course_id: &str) -> Vec<String> {
        let root = self.root(course_id);
        let mut found: Vec<_> = self.0.keys().filter(|course| self.root(course) == root).cloned().collect();
        found.push(root.to_owned());
        found.sort();
        found
    }
}

/// Which of the results count in the IPK, in the order given: of each course (with what is equivalent to it) one, the best
/// or the latest. Of equally good ones the latest counts, of equally late ones the best.
pub fn counted(attempts: &[Attempt], same: &Equivalents, policy: RepeatPolicy) -> Vec<bool> {
    let key = |n: usize| {
        let Attempt { period, points, course_id, .. } = &attempts[n];
        let (first, second) = match policy {
            RepeatPolicy::Best => ((Some(*points), None), (None, Some(*period))),
            RepeatPolicy::Latest => ((None, Some(*period)), (Some(*points), None)),
        };
        (first, second, course_id)
    };
    let mut chosen: HashMap<&str, usize> = HashMap::new();
    for (n, attempt) in attempts.iter().enumerate() {
        let place = chosen.entry(same.root(&attempt.course_id)).or_insert(n);
        if key(n) > key(*place) {
            *place = n;
        }
    }
    let mut counts = vec![false; attempts.len()];
    for n in chosen.into_values() {
        counts[n] = true;
    }
    counts
}

/// The sums that the IPK follows from: those of the results that count.
pub fn cumulative(attempts: &[Attempt], same: &Equivalents, policy: RepeatPolicy) -> Sums {
    let counts = counted(attempts, same, policy);
    sums(attempts.iter().zip(counts).filter_map(|(attempt, counts)| counts.then_some(attempt)))
}

/// [`cumulative`] over everything up to and with a period.
pub fn cumulative_up_to(attempts: &[Attempt], same: &Equivalents, policy: RepeatPolicy, period: PeriodCode) -> Sums {
    let until: Vec<_> = attempts.iter().filter(|attempt| attempt.period <= period).cloned().collect();
    cumulative(&until, same, policy)
}
