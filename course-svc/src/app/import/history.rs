//! What a student had studied when a period began: from the results that are stored, from those that the same import
//! announces, and from the plans of the periods before.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::app::import::judge::Judge;
use crate::app::import::row::{CourseKey, Origin, RowFault};
use crate::app::import::world::{PlanKey, World};
use crate::rules::credits::Gpa;
use crate::rules::period::PeriodCode;
use crate::rules::prerequisite::{self, Asked, Earlier, Requirements, Studies};
use crate::rules::record::{CourseResult, Record, Semester};

/// A result that grade-svc is about to learn.
///
/// A campus brings a million of them: texts that they have in common are held once.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    file: Arc<str>,
    line: u32,
    period: PeriodCode,
    course_id: Arc<str>,
    letter: Arc<str>,
    /// `None` for a letter that no scale of the import, nor any stored result, knows.
    points: Option<u32>,
    credits: u32,
}

impl Announced {
    fn origin(&self) -> Origin {
        Origin { file: self.file.to_string(), line: self.line }
    }
}

/// What is stored of a student's past.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// Results; `None` while none has arrived.
    pub(super) record: Option<Record>,
    /// Courses of approved plans, with their periods.
    pub(super) taken: Vec<(PeriodCode, String)>,
}

/// A student's studies before a period.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) studies: Studies,
    /// The results that the ceiling of the period follows from.
    pub(super) record: Record,
}

/// Studies by student and period. Rows of one student mostly stand together: a few thousand are kept, not those of a
/// whole campus.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<PlanKey, Before>);

impl Known {
    /// Studies kept at a time.
    const MOST: usize = 4096;

    pub(super) fn get(&mut self, key: &PlanKey, make: impl FnOnce() -> Before) -> &Before {
        if self.0.len() >= Self::MOST && !self.0.contains_key(key) {
            self.0.clear();
        }
        self.0.entry(key.clone()).or_insert_with(make)
    }
}

impl Judge {
    pub(super) fn grade(&mut self, programme: String, letter: String, points: Option<u32>) {
        if let Some(points) = points {
            self.world.points.insert((programme, letter), points);
        }
    }

    pub(super) fn result(
        &mut self,
        origin: Origin,
        nim: &str,
        period: Option<PeriodCode>,
        course: &CourseKey,
        letter: String,
    ) {
        let student = self.world.student(nim);
        let tracked = self.world.courses.get(course);
        let Some(((student, tracked), period)) = student.zip(tracked).zip(period) else { return };
        let course_id = tracked.now.id.clone();
        let credits = tracked.now.credits.total();
        let points = self.world.points.get(&(course.programme.clone(), letter.clone())).copied();
        let (file, line) = (self.shared(&origin.file), origin.line);
        let (course_id, letter) = (self.shared(&course_id), self.shared(&letter));
        let announced = Announced { file, line, period, course_id, letter, points, credits };
        self.results.entry(student.id).or_default().push(announced);
    }

    /// A text that many rows have in common.
    fn shared(&mut self, text: &str) -> Arc<str> {
        match self.texts.get(text) {
            Some(known) => known.clone(),
            None => {
                let new: Arc<str> = text.into();
                self.texts.insert(new.clone());
                new
            }
        }
    }

    /// A student's studies before a period.
    pub(super) fn before(&self, requirements: &Requirements, student: &str, period: PeriodCode) -> Before {
        let none = Past::default();
        let past = self.world.pasts.get(student).unwrap_or(&none);
        let announced: Vec<_> =
            self.results.get(student).into_iter().flatten().filter(|result| result.period < period).collect();
        let empty = Record::default();
        let stored = past.record.as_ref().unwrap_or(&empty);
        let results = results(stored, &announced, period);
        let (credits_passed, cumulative) = match announced.is_empty() && results.len() == stored.results.len() {
            true => (stored.credits_passed, stored.cumulative),
            false => sums(requirements, &results),
        };
        let pending = |course: &str, taken_in: PeriodCode| {
            let told = announced
                .iter()
                .any(|result| result.points.is_some() && result.period == taken_in && *result.course_id == *course);
            !told && stored.is_pending(course, taken_in)
        };
        let taken = self.world.taken(past, student, period);
        let earlier: Vec<_> = taken
            .iter()
            .map(|(taken_in, course)| Earlier {
                course: course.clone(),
                period: *taken_in,
                pending: pending(course, *taken_in),
            })
            .collect();
        let semesters = semesters(stored, &announced, taken.iter().zip(&earlier), period);
        let known = past.record.is_some() || self.world.results_heard || !self.results.is_empty();
        let record = Record { results, cumulative, credits_passed, semesters };
        let studies = Studies::new(requirements, known, &record, earlier);
        Before { studies, record: Record { results: HashMap::new(), ..record } }
    }

    /// After the plans: announced results of courses whose prerequisites were not met when they were taken.
    pub(super) fn check_results(&mut self, requirements: &Requirements) {
        let mut warnings = Vec::new();
        for (student, results) in &self.results {
            let mut periods: BTreeMap<PeriodCode, Vec<&Announced>> = BTreeMap::new();
            for result in results {
                periods.entry(result.period).or_default().push(result);
            }
            for (period, results) in periods {
                if results.iter().all(|result| requirements.of(&result.course_id).is_empty()) {
                    continue;
                }
                let before = self.before(requirements, student, period);
                let planned = self.world.plans.get(&(student.clone(), period)).into_iter().flatten();
                let planned = planned.map(|n| self.world.classes[*n].now.course.id.as_str());
                let plan: Vec<_> = planned.chain(results.iter().map(|result| &*result.course_id)).collect();
                for result in results {
                    let asked = Asked { course: &result.course_id, plan: &plan };
                    let unmet = prerequisite::check(requirements, &before.studies, asked).refusals;
                    warnings.extend(unmet.iter().map(|refusal| RowFault::refused(&result.origin(), refusal)));
                }
            }
        }
        warnings.sort_by(|a, b| (&a.origin.file, a.origin.line).cmp(&(&b.origin.file, b.origin.line)));
        warnings.into_iter().for_each(|warning| self.warn(warning));
    }

    /// First period that the import knows a student in: stands for the period of entry of one who is only announced.
    pub(super) fn first_result(&self, student: &str) -> Option<PeriodCode> {
        self.results.get(student).into_iter().flatten().map(|result| result.period).min()
    }
}

impl World {
    /// Courses of a student's approved plans before a period: of the periods that the import names as it leaves them.
    fn taken(&self, past: &Past, student: &str, period: PeriodCode) -> Vec<(PeriodCode, String)> {
        let stored = past.taken.iter().filter(|(of, _)| *of < period && !self.named.contains(of)).cloned();
        let named = self.named.iter().filter(|of| **of < period).flat_map(|of| {
            let key = (student.to_owned(), *of);
            let approved = self.gives_places(&key);
            let plan = self.plans.get(&key).filter(|_| approved).into_iter().flatten();
            plan.map(|n| (*of, self.classes[*n].now.course.id.clone()))
        });
        stored.chain(named).collect()
    }
}

/// Counted results before a period: of each course the better one, and an announced one in the place of the stored one
/// of the same period. What a pass mark is only grade-svc knows: any grade points are taken as one.
fn results(stored: &Record, announced: &[&Announced], period: PeriodCode) -> HashMap<String, CourseResult> {
    let mut results: HashMap<_, _> = stored
        .results
        .iter()
        .filter(|(_, result)| result.period < period)
        .map(|(course, result)| (course.clone(), result.clone()))
        .collect();
    for result in announced {
        let Some(points) = result.points else { continue };
        let (period, letter, credits) = (result.period, result.letter.to_string(), result.credits);
        let new = CourseResult { period, letter, points, passed: points > 0, credits };
        let better = results
            .get(&*result.course_id)
            .is_none_or(|old| old.period == period || (old.passed, old.points) < (new.passed, new.points));
        if better {
            results.insert(result.course_id.to_string(), new);
        }
    }
    results
}

/// SKS passed and IPK over counted results, equivalent courses being one.
fn sums(requirements: &Requirements, results: &HashMap<String, CourseResult>) -> (u32, Option<Gpa>) {
    let mut best: HashMap<&str, &CourseResult> = HashMap::new();
    for (course, result) in results {
        let counted = best.entry(requirements.root(course)).or_insert(result);
        let rank = |result: &CourseResult| (result.passed, result.points, result.period);
        if rank(counted) < rank(result) {
            *counted = result;
        }
    }
    let credits = best.values().map(|result| result.credits).sum::<u32>();
    let weighted = best.values().map(|result| result.credits * result.points).sum::<u32>();
    let passed = best.values().filter(|result| result.passed).map(|result| result.credits).sum();
    (passed, weighted.checked_div(credits).and_then(Gpa::from_hundredths))
}

/// Periods before a period: with the announced results where these are not fewer than those that are stored, and with the
/// courses whose grades are pending.
fn semesters<'a>(
    stored: &Record,
    announced: &[&Announced],
    taken: impl Iterator<Item = (&'a (PeriodCode, String), &'a Earlier)>,
    period: PeriodCode,
) -> Vec<Semester> {
    let nothing =
        |period| Semester { period, gpa: Gpa::default(), credits: 0, pending: 0, pending_courses: Vec::new() };
    let mut semesters: BTreeMap<PeriodCode, Semester> =
        stored.semesters.iter().filter(|s| s.period < period).map(|s| (s.period, s.clone())).collect();
    let mut sums: BTreeMap<PeriodCode, (u64, u64, u32)> = BTreeMap::new();
    for result in announced {
        let (credits, weighted, unknown) = sums.entry(result.period).or_default();
        match result.points {
            Some(points) => {
                *credits += u64::from(result.credits);
                *weighted += u64::from(result.credits) * u64::from(points);
            }
            None => *unknown += 1,
        }
    }
    for (period, (credits, weighted, unknown)) in sums {
        let semester = semesters.entry(period).or_insert_with(|| nothing(period));
        let gpa = weighted.checked_div(credits).and_then(|gpa| u32::try_from(gpa).ok()).and_then(Gpa::from_hundredths);
        if let Some((gpa, credits)) = gpa.zip(u32::try_from(credits).ok())
            && credits >= semester.credits
        {
            *semester = Semester { gpa, credits, ..nothing(period) };
        }
        semester.pending += unknown;
    }
    for ((period, _), earlier) in taken {
        let semester = semesters.entry(*period).or_insert_with(|| nothing(*period));
        semester.pending += u32::from(earlier.pending);
    }
    semesters.into_values().collect()
}
