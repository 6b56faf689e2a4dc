//! What is known of a student's results, as grade-svc tells it.

use std::collections::HashMap;

use crate::rules::credits::Gpa;
use crate::rules::period::PeriodCode;

/// The counted result of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseResult {
    /// In which period.
    pub period: PeriodCode,
    /// Letter, as the student reads it.
    pub letter: String,
    /// Grade points in hundredths, 0 to 400.
    pub points: u32,
    /// Passed.
    pub passed: bool,
    /// SKS.
    pub credits: u32,
}

/// A period with results, or with courses whose grades are still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semester {
    /// Which.
    pub period: PeriodCode,
    /// IPS; says nothing while `credits` is 0.
    pub gpa: Gpa,
    /// SKS with published grades.
    pub credits: u32,
    /// How many courses have grades that are not published yet.
    pub pending: u32,
    /// Which; empty while only their number is known.
    pub pending_courses: Vec<String>,
}

impl Semester {
    /// Every grade of the period is published, and there is one.
    pub fn is_complete(&self) -> bool {
        self.pending == 0 && self.credits > 0
    }
}

/// A student's results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The counted result of each course, by course id.
    pub results: HashMap<String, CourseResult>,
    /// IPK; `None` while there is no result.
    pub cumulative: Option<Gpa>,
    /// SKS passed.
    pub credits_passed: u32,
    /// Periods, earliest first.
    pub semesters: Vec<Semester>,
}

impl Record {
    /// IPS that the SKS ceiling of a period follows from: over so many of the latest complete periods before it, or as many
    /// as there are. Periods without a course are passed over. By SKS and cut, as an IPS is.
    pub fn last_gpa(&self, before: PeriodCode, semesters: u32) -> Option<Gpa> {
        let mut complete: Vec<_> = self.before(before).filter(|semester| semester.is_complete()).collect();
        complete.sort_by_key(|semester| std::cmp::Reverse(semester.period));
        complete.truncate(usize::try_from(semesters.max(1)).unwrap_or(usize::MAX));
        let credits: u64 = complete.iter().map(|semester| u64::from(semester.credits)).sum();
        let of = |semester: &&Semester| u64::from(semester.credits) * u64::from(semester.gpa.hundredths());
        let weighted: u64 = complete.iter().map(of).sum();
        weighted.checked_div(credits).and_then(|gpa| u32::try_from(gpa).ok()).and_then(Gpa::from_hundredths)
    }

    /// Whether it says nothing: no result is there, and none is to come.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty() && self.semesters.is_empty()
    }

    /// The latest period before this one that still has grades to come, if it is later than the one that the ceiling
    /// follows from: the ceiling may change when they do.
    pub fn pending(&self, before: PeriodCode) -> Option<&Semester> {
        let complete = self.last_complete(before).map(|semester| semester.period);
        let later = self.before(before).filter(|semester| Some(semester.period) > complete && semester.pending > 0);
        later.max_by_key(|semester| semester.period)
    }

    /// Whether the grade of a course that was taken in a period is still to come. The counted result may be an earlier,
    /// better one: where it is not known which courses are pending, every one without a counted result of the period is,
    /// unless all grades of the period are published.
    pub fn is_pending(&self, course_id: &str, taken_in: PeriodCode) -> bool {
        let semester = self.semesters.iter().find(|semester| semester.period == taken_in);
        if let Some(semester) = semester.filter(|semester| !semester.pending_courses.is_empty()) {
            return semester.pending_courses.iter().any(|pending| pending == course_id);
        }
        let published = self.results.get(course_id).is_some_and(|result| result.period == taken_in);
        !published && semester.is_none_or(|semester| semester.pending > 0)
    }

    fn last_complete(&self, before: PeriodCode) -> Option<&Semester> {
        self.before(before).filter(|semester| semester.is_complete()).max_by_key(|semester| semester.period)
    }

    fn before(&self, period: PeriodCode) -> impl Iterator<Item = &Semester> {
        self.semesters.iter().filter(move |semester| semester.period < period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(code: &str) -> PeriodCode {
        PeriodCode::parse(code).unwrap()
    }

    fn record(semesters: &[(&str, u32, u32, u32)]) -> Record {
        let semester = |(code, gpa, credits, pending): &(&str, u32, u32, u32)| Semester {
            period: period(code),
            gpa: Gpa::from_hundredths(*gpa).unwrap(),
            credits: *credits,
            pending: *pending,
            pending_courses: Vec::new(),
        };
        Record { semesters: semesters.iter().map(semester).collect(), ..Record::default() }
    }

    fn check(semesters: &[(&str, u32, u32, u32)], before: &str, gpa: Option<u32>, pending: Option<(&str, u32)>) {
        let record = record(semesters);
        assert_eq!(record.last_gpa(period(before), 1).map(Gpa::hundredths), gpa, "{semesters:?} before {before}");
        let found = record.pending(period(before)).map(|semester| (semester.period.to_string(), semester.pending));
        let expected = pending.map(|(code, count)| (code.to_owned(), count));
        assert_eq!(found, expected, "{semesters:?} before {before}");
    }

    #[test]
    fn the_latest_complete_period_before_counts() {
        let all = [("20241", 300, 20, 0), ("20242", 250, 20, 0), ("20251", 380, 20, 0)];
        check(&all, "20252", Some(380), None);
        check(&all, "20251", Some(250), None);
        check(&all, "20241", None, None);
        check(&[], "20252", None, None);
    }

    #[test]
    fn a_period_with_grades_to_come_is_passed_over_and_said() {
        check(&[("20241", 300, 20, 0), ("20242", 400, 3, 5)], "20251", Some(300), Some(("20242", 5)));
        check(&[("20241", 300, 20, 1), ("20242", 250, 20, 0)], "20251", Some(250), None);
        check(&[("20241", 0, 0, 6)], "20242", None, Some(("20241", 6)));
        check(&[("20241", 300, 20, 2), ("20242", 0, 0, 7)], "20251", None, Some(("20242", 7)));
    }

    #[test]
    fn a_grade_is_pending_until_it_or_all_of_its_period_are_published() {
        let mut record = record(&[("20241", 300, 20, 0), ("20242", 300, 17, 2)]);
        let result =
            |code| CourseResult { period: period(code), letter: "B".to_owned(), points: 300, passed: true, credits: 3 };
        record.results.insert("published".to_owned(), result("20242"));
        record.results.insert("repeated".to_owned(), result("20232"));
        assert!(!record.is_pending("published", period("20242")));
        assert!(record.is_pending("repeated", period("20242")), "the counted result is an earlier one");
        assert!(!record.is_pending("repeated", period("20241")), "every grade of the period is published");
        assert!(record.is_pending("other", period("20251")), "nothing of the period has arrived");
    }

    #[test]
    fn where_it_is_known_which_courses_are_pending_the_others_are_not() {
        let mut record = record(&[("20242", 300, 17, 2)]);
        record.semesters[0].pending_courses = vec!["awaited".to_owned()];
        assert!(record.is_pending("awaited", period("20242")));
        assert!(!record.is_pending("retaken", period("20242")), "published, and not the one that counts");
        assert!(record.is_pending("retaken", period("20251")), "nothing of that period has arrived");
    }

    #[test]
    fn the_gpa_of_several_semesters_is_taken_over_their_credits_and_cut() {
        let all = [("20241", 100, 20, 0), ("20242", 250, 20, 0), ("20251", 0, 0, 0), ("20252", 381, 10, 0)];
        let of = |semesters| record(&all).last_gpa(period("20261"), semesters).map(Gpa::hundredths);
        assert_eq!(of(1), Some(381));
        // (20 * 250 + 10 * 381) / 30 = 293.67; the semester without a course is none.
        assert_eq!(of(2), Some(293));
        assert_eq!(of(9), Some(216), "there are only three");
        assert_eq!(of(0), Some(381));
        assert_eq!(record(&[]).last_gpa(period("20261"), 2), None);
    }

    #[test]
    fn a_period_without_any_result_says_nothing() {
        check(&[("20241", 300, 20, 0), ("20242", 0, 0, 0)], "20251", Some(300), None);
    }
}
