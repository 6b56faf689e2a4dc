//! What students read: semesters, the result of one (KHS), and the transcript.

use std::collections::BTreeSet;

use chassis::db::{Db, Tx};

use crate::app::records;
use crate::error::Error;
use crate::model::{Course, Grade};
use crate::rules::gpa::{self, Attempt, Equivalents, Sums};
use crate::rules::period::PeriodCode;
use crate::rules::scale::RepeatPolicy;
use crate::store::campus::Person;
use crate::store::rosters::PendingRow;
use crate::store::{campus, classes, grades, rosters, scales};

/// A period in sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Semester {
    /// Period.
    pub period: PeriodCode,
    /// Sums of the period.
    pub sums: Sums,
    /// Sums up to and with the period, each course once.
    pub cumulative: Sums,
    /// Courses whose grades are not published yet.
    pub pending: u32,
}

/// A course of a student in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseResult {
    /// Course; only its id is there while it has not arrived.
    pub course: Course,
    /// Period.
    pub period: PeriodCode,
    /// Name of the class; empty when it is not known.
    pub class_name: String,
    /// The grade, once it is published.
    pub grade: Option<Grade>,
    /// Another attempt counts in its place.
    pub superseded: bool,
}

/// The result of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemesterResult {
    /// Who.
    pub person: Person,
    /// Sums.
    pub semester: Semester,
    /// Courses by code.
    pub results: Vec<CourseResult>,
}

/// The transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Who.
    pub person: Person,
    /// Every published result, by period and code.
    pub results: Vec<CourseResult>,
    /// Sums over the counted results.
    pub cumulative: Sums,
    /// How repeats count.
    pub policy: RepeatPolicy,
}

/// Everything that is known of a student's results.
struct Known {
    person: Person,
    grades: Vec<Grade>,
    attempts: Vec<Attempt>,
    pending: Vec<PendingRow>,
    same: Equivalents,
    policy: RepeatPolicy,
}

impl Known {
    async fn load(tx: &mut Tx, student_id: &str) -> Result<Self, Error> {
        let person = campus::person(&mut *tx, student_id).await?;
        let grades = grades::of_student(&mut *tx, student_id).await?;
        let attempts: Vec<_> = grades.iter().map(Grade::attempt).collect();
        let pending = rosters::pending_of(&mut *tx, student_id).await?;
        let same = classes::equivalents(&mut *tx).await?;
        let policies = scales::policies(tx).await?;
        let policy = records::policy(&policies, &person.programme_id, &attempts);
        Ok(Self { person, grades, attempts, pending, same, policy })
    }

    fn periods(&self) -> Result<BTreeSet<PeriodCode>, Error> {
        let mut found: BTreeSet<_> = self.attempts.iter().map(|attempt| attempt.period).collect();
        for row in &self.pending {
            found.insert(crate::store::period(&row.period_code)?);
        }
        Ok(found)
    }

    fn semester(&self, period: PeriodCode) -> Semester {
        let code = period.to_string();
        let pending = self.pending.iter().filter(|row| row.period_code == code).count();
        Semester {
            period,
            sums: gpa::sums(self.attempts.iter().filter(|attempt| attempt.period == period)),
            cumulative: gpa::cumulative_up_to(&self.attempts, &self.same, self.policy, period),
            pending: u32::try_from(pending).unwrap_or(u32::MAX),
        }
    }

    fn cumulative(&self) -> Sums {
        gpa::cumulative(&self.attempts, &self.same, self.policy)
    }

    /// Published results of one period, or of all, each with whether another one counts in its place; by period and code.
    async fn results(&self, tx: &mut Tx, only: Option<PeriodCode>) -> Result<Vec<CourseResult>, Error> {
        let wanted = |period: PeriodCode| only.is_none_or(|only| only == period);
        let counts = gpa::counted(&self.attempts, &self.same, self.policy);
        let pending = match only {
            None => Vec::new(),
            Some(only) => {
                let code = only.to_string();
                self.pending.iter().filter(|row| row.period_code == code).map(|row| (only, row)).collect()
            }
        };
        let course_ids = self.grades.iter().filter(|grade| wanted(grade.period)).map(|grade| grade.course_id.clone());
        let course_ids = course_ids.chain(pending.iter().map(|(_, row)| row.course_id.clone())).collect();
        let class_ids = self.grades.iter().filter(|grade| wanted(grade.period));
        let class_ids = class_ids.filter_map(|grade| grade.class_id.clone()).collect();
        let courses = classes::courses(&mut *tx, course_ids).await?;
        let names = classes::class_names(tx, class_ids).await?;
        let course = |id: &str| courses.get(id).cloned().unwrap_or_else(|| unknown_course(id));
        let mut found = Vec::new();
        for (grade, counts) in self.grades.iter().zip(counts).filter(|(grade, _)| wanted(grade.period)) {
            let class = grade.class_id.as_ref().and_then(|id| names.get(id)).cloned();
            found.push(CourseResult {
                // SKS as they were when the grade was published: the sums follow from these.
                course: Course { credits: grade.credits, ..course(&grade.course_id) },
                period: grade.period,
                class_name: class.unwrap_or_default(),
                grade: Some(grade.clone()),
                superseded: !counts,
            });
        }
        for (period, row) in pending {
            let (course, class_name) = (course(&row.course_id), row.class_name.clone());
            found.push(CourseResult { course, period, class_name, grade: None, superseded: false });
        }
        found.sort_by(|a, b| {
            let key =
                |result: &CourseResult| (result.period, result.course.code.clone(), result.course.course_id.clone());
            key(a).cmp(&key(b))
        });
        Ok(found)
    }
}

fn unknown_course(id: &str) -> Course {
    let empty = String::new;
    Course {
        course_id: id.to_owned(),
        programme_id: empty(),
        code: empty(),
        name: empty(),
        name_en: empty(),
        credits: 0,
    }
}

/// Semesters of a student, latest first, and the sums over everything.
pub async fn semesters(db: &Db, student_id: &str) -> Result<(Vec<Semester>, Sums), Error> {
    let mut tx = db.snapshot().await?;
    let known = Known::load(&mut tx, student_id).await?;
    let found = known.periods()?.into_iter().rev().map(|period| known.semester(period)).collect();
    Ok((found, known.cumulative()))
}

/// The result of one period.
///
/// # Errors
/// `Absent` when the student has neither a grade nor a place in it.
pub async fn semester(db: &Db, student_id: &str, period: PeriodCode) -> Result<SemesterResult, Error> {
    let mut tx = db.snapshot().await?;
    let known = Known::load(&mut tx, student_id).await?;
    if !known.periods()?.contains(&period) {
        return Err(Error::Absent("semester"));
    }
    let results = known.results(&mut tx, Some(period)).await?;
    Ok(SemesterResult { semester: known.semester(period), person: known.person, results })
}

/// The transcript of a student; empty while nothing is published.
pub async fn transcript(db: &Db, student_id: &str) -> Result<Transcript, Error> {
    let mut tx = db.snapshot().await?;
    let known = Known::load(&mut tx, student_id).await?;
    let results = known.results(&mut tx, None).await?;
    Ok(Transcript { cumulative: known.cumulative(), policy: known.policy, person: known.person, results })
}
