//! What a course asks of those who take it: groups that must all be met, of alternatives of which one is enough.
//!
//! What is not known is not refused: a course that was taken in an earlier period and whose grade is still pending makes a
//! group pending, and a student of whom no result has ever arrived is not judged by results.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use crate::rules::credits::Gpa;
use crate::rules::period::PeriodCode;
use crate::rules::record::{CourseResult, Record};
use crate::rules::refusal::Refusal;

/// One condition. Courses are ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// The course, or an equivalent, was passed with at least so many grade points.
    Passed {
        /// Which course.
        course: String,
        /// Grade points in hundredths, 0 to 400; 0 for any pass mark.
        points: u32,
        /// The letter that people know for those points; may be empty.
        letter: String,
    },
    /// The course, or an equivalent, was taken: a grade of any height, or a place in an approved plan of an earlier period.
    Taken {
        /// Which course.
        course: String,
    },
    /// As `Taken`, or the course is in the same plan.
    Concurrent {
        /// Which course.
        course: String,
    },
    /// So many SKS were passed.
    Credits {
        /// SKS at least.
        at_least: u32,
    },
    /// The IPK is so high.
    Gpa {
        /// IPK at least.
        at_least: Gpa,
    },
}

impl Condition {
    /// Words of the kinds in the database and in import files.
    pub const WORDS: [&'static str; 5] = ["passed", "taken", "concurrent", "credits", "gpa"];

    /// The word for its kind.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "passed",
            Self::Taken { .. } => "taken",
            Self::Concurrent { .. } => "concurrent",
            Self::Credits { .. } => "credits",
            Self::Gpa { .. } => "gpa",
        }
    }

    /// The course that it asks for.
    pub fn course(&self) -> Option<&str> {
        match self {
            Self::Passed { course, .. } | Self::Taken { course } | Self::Concurrent { course } => Some(course),
            Self::Credits { .. } | Self::Gpa { .. } => None,
        }
    }

    /// What it asks at least: grade points in hundredths, SKS, or IPK in hundredths; 0 for the kinds that ask none.
    pub fn minimum(&self) -> u32 {
        match self {
            Self::Passed { points, .. } => *points,
            Self::Taken { .. } | Self::Concurrent { .. } => 0,
            Self::Credits { at_least } => *at_least,
            Self::Gpa { at_least } => at_least.hundredths(),
        }
    }

    /// Letter of the grade points; empty for the kinds that know none.
    pub fn letter(&self) -> &str {
        match self {
            Self::Passed { letter, .. } => letter,
            _ => "",
        }
    }

    /// Puts a condition together from [`Self::word`], [`Self::course`], [`Self::minimum`] and [`Self::letter`]; `None` when
    /// they do not fit together.
    pub fn from_parts(word: &str, course: Option<String>, minimum: u32, letter: String) -> Option<Self> {
        match (word, course) {
            ("passed", Some(course)) => Some(Self::Passed { course, points: minimum, letter }),
            ("taken", Some(course)) => Some(Self::Taken { course }),
            ("concurrent", Some(course)) => Some(Self::Concurrent { course }),
            ("credits", None) => Some(Self::Credits { at_least: minimum }),
            ("gpa", None) => Gpa::from_hundredths(minimum).map(|at_least| Self::Gpa { at_least }),
            _ => None,
        }
    }
}

/// Alternatives.
pub type Group = Vec<Condition>;

/// The same groups in one order, so that two spellings of one prerequisite compare equal.
pub fn sorted(groups: &[Group]) -> Vec<Group> {
    let sort = |group: &Group| {
        let mut group = group.clone();
        group.sort();
        group
    };
    let mut groups: Vec<_> = groups.iter().map(sort).collect();
    groups.sort();
    groups
}

/// What all courses ask for, and which of them are equivalent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    groups: HashMap<String, Vec<Group>>,
    /// Codes of the courses that are asked for.
    codes: HashMap<String, String>,
    /// One course for all that are equivalent to each other, directly or over others.
    roots: HashMap<String, String>,
}

impl Requirements {
    /// Puts them together: groups by the course that asks, codes of the courses that are asked for, pairs of equivalent
    /// courses. Equivalence is passed on: of three courses in a chain, each counts as any other.
    pub fn new(
        groups: HashMap<String, Vec<Group>>,
        codes: HashMap<String, String>,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut near: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (a, b) in pairs {
            near.entry(b.clone()).or_default().push(a.clone());
            near.entry(a).or_default().push(b);
        }
        let mut roots = HashMap::new();
        for root in near.keys() {
            let mut open = vec![root];
            while let Some(course) = open.pop() {
                if !roots.contains_key(course) {
                    roots.insert(course.clone(), root.clone());
                    open.extend(near.get(course).into_iter().flatten());
                }
            }
        }
        Self { groups, codes, roots }
    }

    /// What a course asks for.
    pub fn of(&self, course: &str) -> &[Group] {
        self.groups.get(course).map(Vec::as_slice).unwrap_or_default()
    }

    /// The course that stands for this one and all its equivalents.
    pub fn root<'a>(&'a self, course: &'a str) -> &'a str {
        self.roots.get(course).map_or(course, String::as_str)
    }

    /// Code of a course that is asked for; its id where it is not known.
    fn code<'a>(&'a self, course: &'a str) -> &'a str {
        self.codes.get(course).map_or(course, String::as_str)
    }
}

/// A course in an approved or locked plan of an earlier period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Which course.
    pub course: String,
    /// In which period.
    pub period: PeriodCode,
    /// Whether its grade of that period is still pending.
    pub pending: bool,
}

/// One student's studies before a period, as prerequisites look at them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Studies {
    /// False while results have never arrived: what is missing then says nothing.
    known: bool,
    /// Counted results by the root of their course: of equivalent courses the better one.
    results: HashMap<String, CourseResult>,
    /// Roots of the courses of earlier plans.
    taken: HashSet<String>,
    /// Roots of those of them whose grade is pending.
    pending: HashSet<String>,
    /// Periods in which they were taken, or have a counted result, by root.
    attempts: HashMap<String, BTreeSet<PeriodCode>>,
    /// SKS passed.
    credits: u32,
    /// IPK.
    gpa: Option<Gpa>,
}

impl Studies {
    /// From what has arrived of results, and from the student's earlier plans. `known` is false when results have never
    /// arrived: neither this student's, nor, read to its end, the feed that brings them.
    pub fn new(
        requirements: &Requirements,
        known: bool,
        record: &Record,
        earlier: impl IntoIterator<Item = Earlier>,
    ) -> Self {
        let (credits, gpa) = (record.credits_passed, record.cumulative);
        let mut studies = Self { known, credits, gpa, ..Self::default() };
        for (course, result) in &record.results {
            let rank = |result: &CourseResult| (result.passed, result.points, result.period);
            let root = requirements.root(course);
            studies.attempts.entry(root.to_owned()).or_default().insert(result.period);
            let better = studies.results.get(root).is_none_or(|found| rank(found) < rank(result));
            if better {
                studies.results.insert(root.to_owned(), result.clone());
            }
        }
        for Earlier { course, period, pending } in earlier {
            let root = requirements.root(&course).to_owned();
            studies.attempts.entry(root.clone()).or_default().insert(period);
            if pending {
                studies.pending.insert(root.clone());
            }
            studies.taken.insert(root);
        }
        studies
    }

    /// The counted result of a course or its equivalents, by their root.
    pub fn result(&self, root: &str) -> Option<&CourseResult> {
        self.results.get(root)
    }

    /// Whether a course of this root was taken in an earlier period and its grade is still to come.
    pub fn is_pending(&self, root: &str) -> bool {
        self.pending.contains(root)
    }

    /// In how many earlier periods a course of this root was taken, as far as it is known.
    pub fn attempts(&self, root: &str) -> usize {
        self.attempts.get(root).map_or(0, BTreeSet::len)
    }
}

/// What the prerequisites of one course say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Groups that are not met, each a reason why not.
    pub refusals: Vec<Refusal>,
    /// Groups of which it is not known yet.
    pub flags: Vec<Refusal>,
}

/// Whose prerequisites are asked, and beside what.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The course that asks.
    pub course: &'a str,
    /// Courses of the same plan, with or without the course itself.
    pub plan: &'a [&'a str],
}

/// What the prerequisites of a course say to a student with this studies. Groups count from 1.
pub fn check(requirements: &Requirements, studies: &Studies, asked: Asked<'_>) -> Finding {
    let mut finding = Finding::default();
    for (group, number) in requirements.of(asked.course).iter().zip(1..) {
        if group.iter().any(|condition| is_met(requirements, studies, asked, condition)) {
            continue;
        }
        let mut courses = group.iter().filter_map(Condition::course);
        let pending = courses.find(|course| studies.pending.contains(requirements.root(course)));
        if let Some(course) = pending {
            finding.flags.push(Refusal::PrerequisitePending { course: requirements.code(course).to_owned() });
        } else if studies.known {
            finding.refusals.push(Refusal::PrerequisiteUnmet {
                group: number,
                wanted: wanted(requirements, group),
                have: group.first().map(|condition| have(requirements, studies, condition)).unwrap_or_default(),
            });
        }
    }
    finding
}

fn is_met(requirements: &Requirements, studies: &Studies, asked: Asked<'_>, condition: &Condition) -> bool {
    let taken = |course: &str| {
        let root = requirements.root(course);
        studies.results.contains_key(root) || studies.taken.contains(root)
    };
    match condition {
        Condition::Passed { course, points, .. } => {
            let result = studies.results.get(requirements.root(course));
            result.is_some_and(|result| result.passed && result.points >= *points)
        }
        Condition::Taken { course } => taken(course),
        Condition::Concurrent { course } => {
            let root = requirements.root(course);
            taken(course) || asked.plan.iter().any(|other| *other != asked.course && requirements.root(other) == root)
        }
        Condition::Credits { at_least } => studies.credits >= *at_least,
        Condition::Gpa { at_least } => studies.gpa.is_some_and(|gpa| gpa >= *at_least),
    }
}

/// A group as text for a program: `passed:IF101:C|taken:MA201|credits:80|gpa:200`. Grade points without a letter stand
/// there in hundredths; any pass mark is nothing.
fn wanted(requirements: &Requirements, group: &Group) -> String {
    let text = |condition: &Condition| match condition {
        Condition::Passed { course, points, letter } => {
            let least = match (letter.is_empty(), *points) {
                (false, _) => letter.clone(),
                (true, 0) => String::new(),
                (true, points) => points.to_string(),
            };
            format!("passed:{}:{least}", requirements.code(course))
        }
        Condition::Taken { course } | Condition::Concurrent { course } => {
            format!("{}:{}", condition.word(), requirements.code(course))
        }
        Condition::Credits { .. } | Condition::Gpa { .. } => format!("{}:{}", condition.word(), condition.minimum()),
    };
    group.iter().map(text).collect::<Vec<_>>().join("|")
}

/// What the student has of what a condition asks: a letter, SKS, IPK in hundredths, or nothing.
fn have(requirements: &Requirements, studies: &Studies, condition: &Condition) -> String {
    match condition.course() {
        Some(course) => {
            let result = studies.results.get(requirements.root(course));
            result.map(|result| result.letter.clone()).unwrap_or_default()
        }
        None if matches!(condition, Condition::Credits { .. }) => studies.credits.to_string(),
        None => studies.gpa.map(|gpa| gpa.hundredths().to_string()).unwrap_or_default(),
    }
}

/// The courses of a way from a course back to itself, that course first and last; `None` when there is no such way.
/// `asks` answers the courses that a course asks for, in any manner: two that ask for each other in the same plan are a
/// cycle too. Of several ways the shortest.
pub fn cycle<'a, I>(course: &'a str, asks: impl Fn(&str) -> I) -> Option<Vec<&'a str>>
where
    I: IntoIterator<Item = &'a str>,
{
    // Each course that was reached, with the one it was reached from.
    let mut from: HashMap<&str, &str> = HashMap::new();
    let mut open = VecDeque::from([course]);
    while let Some(here) = open.pop_front() {
        for next in asks(here) {
            if next == course {
                let mut way = vec![course];
                let mut at = here;
                while at != course {
                    way.push(at);
                    at = from[at];
                }
                way.push(course);
                way.reverse();
                return Some(way);
            }
            if !from.contains_key(next) {
                from.insert(next, here);
                open.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "prerequisite_tests.rs"]
mod tests;
