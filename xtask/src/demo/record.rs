//! What a student has achieved so far, and what that allows.

use std::collections::{BTreeMap, BTreeSet};

use super::campus::{self, PASS};
use super::curriculum::{Ask, Catalogue};

/// Results of one student. Courses are positions in [`Catalogue::courses`], points are hundredths.
#[derive(Clone, Default)]
pub(crate) struct Record {
    /// Best points of every course with a published result.
    best: BTreeMap<usize, u32>,
    /// Courses of earlier periods, published or not.
    taken: BTreeSet<usize>,
    /// IPS of the last period whose results are all published.
    last_gpa: Option<u32>,
}

/// A result: course, SKS, and points once they are published.
pub(crate) type Result = (usize, u32, Option<u32>);

impl Record {
    /// Adds the results of a period.
    pub(crate) fn finish(&mut self, results: &[Result]) {
        for (course, _, points) in results {
            self.taken.insert(*course);
            if let Some(points) = points {
                let best = self.best.entry(*course).or_default();
                *best = (*best).max(*points);
            }
        }
        if !results.is_empty() && results.iter().all(|result| result.2.is_some()) {
            self.last_gpa = Some(average(results.iter().map(|result| (result.1, result.2.unwrap_or(0)))));
        }
    }

    /// Best points in a course, once there is a result.
    pub(crate) fn best(&self, course: usize) -> Option<u32> {
        self.best.get(&course).copied()
    }

    /// Whether the course was on the plan of an earlier period.
    pub(crate) fn took(&self, course: usize) -> bool {
        self.taken.contains(&course)
    }

    /// SKS that may be taken in this semester.
    pub(crate) fn ceiling(&self, semester: usize) -> u32 {
        let earned = self.last_gpa.map_or(campus::FIRST_YEAR, campus::ceiling);
        if semester <= 2 { earned.min(campus::FIRST_YEAR) } else { earned }
    }

    /// IPS of the last period that is published whole.
    pub(crate) fn last_gpa(&self) -> Option<u32> {
        self.last_gpa
    }

    /// Whether the course may be taken together with those. A result that is not published yet is not held against anybody.
    pub(crate) fn allows(&self, catalogue: &Catalogue, course: usize, with: &[usize]) -> bool {
        let credits = |course: usize| catalogue.courses[course].credits();
        let met = |ask: &Ask| match *ask {
            Ask::Passed(wanted, letter) => match self.best(wanted) {
                Some(points) => points >= PASS && points >= campus::points_of(letter),
                None => self.took(wanted),
            },
            Ask::Taken(wanted) => self.took(wanted),
            Ask::Concurrent(wanted) => self.took(wanted) || with.contains(&wanted),
            Ask::Credits(wanted) => {
                let passed = self.best.iter().filter(|(_, points)| **points >= PASS);
                passed.map(|(course, _)| credits(*course)).sum::<u32>() >= wanted
            }
            Ask::Gpa(wanted) => average(self.best.iter().map(|(course, points)| (credits(*course), *points))) >= wanted,
        };
        catalogue.courses[course].asks.iter().all(|group| group.iter().any(met))
    }
}

/// Average of points by SKS, cut to hundredths; 0 for nothing.
fn average(results: impl Iterator<Item = (u32, u32)>) -> u32 {
    let (credits, weighted) = results.fold((0, 0), |sum, (sks, points)| (sum.0 + sks, sum.1 + sks * points));
    u32::checked_div(weighted, credits).unwrap_or(0)
}
