//! Taking a course once more: who may, and how often.
//!
//! A grade that is still to come may change the answer, so it is *unknown*: allowed and flagged, never refused.

use crate::rules::policy::{Policy, Repeat};
use crate::rules::prerequisite::{Finding, Requirements, Studies};
use crate::rules::record::CourseResult;
use crate::rules::refusal::Refusal;

/// Whether a policy asks anything of those who repeat a course.
pub fn is_free(policy: &Policy) -> bool {
    policy.repeat == Repeat::Anyone && policy.attempts.get() == 0
}

/// What a policy says to taking a course, `code` for people, with these studies. Equivalent courses are one.
pub fn check(policy: &Policy, requirements: &Requirements, studies: &Studies, course: &str, code: &str) -> Finding {
    let root = requirements.root(course);
    let mut finding = Finding::default();
    let most = usize::try_from(policy.attempts.get()).unwrap_or(usize::MAX);
    let attempts = studies.attempts(root);
    if most > 0 && attempts >= most {
        finding.refusals.push(Refusal::RepeatLimit {
            course: code.to_owned(),
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            most: policy.attempts.get(),
        });
    }
    if studies.is_pending(root) {
        finding
            .flags
            .extend((policy.repeat != Repeat::Anyone).then(|| Refusal::RepeatPending { course: code.to_owned() }));
    } else if let Some(result) = studies.result(root)
        && let Some(wanted) = refused(policy.repeat, result)
    {
        let (course, letter) = (code.to_owned(), result.letter.clone());
        finding.refusals.push(Refusal::RepeatNotAllowed { course, letter, wanted });
    }
    finding
}

/// What a result would have to be for the course to be repeated, if it is not that: `at-most:200`, `below:300`.
fn refused(rule: Repeat, result: &CourseResult) -> Option<String> {
    match rule {
        Repeat::Anyone => None,
        Repeat::AtMost(points) => {
            (result.points > points.hundredths()).then(|| format!("at-most:{}", points.hundredths()))
        }
        Repeat::UnlessPassedWith(points) => {
            (result.passed && result.points >= points.hundredths()).then(|| format!("below:{}", points.hundredths()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::credits::Gpa;
    use crate::rules::period::PeriodCode;
    use crate::rules::policy::Semesters;
    use crate::rules::prerequisite::Earlier;
    use crate::rules::record::Record;

    fn period(code: &str) -> PeriodCode {
        PeriodCode::parse(code).unwrap()
    }

    fn policy(repeat: Repeat, attempts: u32) -> Policy {
        Policy { repeat, attempts: Semesters::new(attempts), ..Policy::default() }
    }

    fn points(hundredths: u32) -> Gpa {
        Gpa::from_hundredths(hundredths).unwrap()
    }

    /// A course of an earlier plan: which, when, whether its grade is pending.
    type Taken<'a> = (&'a str, &'a str, bool);

    /// Studies with a result of `old`, which is equivalent to `new`, and plans that had one of the two.
    fn studies(result: Option<(u32, bool)>, earlier: &[Taken<'_>]) -> (Requirements, Studies) {
        let pair = ("old".to_owned(), "new".to_owned());
        let requirements = Requirements::new(Default::default(), Default::default(), [pair]);
        let result = result.map(|(points, passed)| {
            let letter = format!("{points}");
            ("old".to_owned(), CourseResult { period: period("20241"), letter, points, passed, credits: 3 })
        });
        let record = Record { results: result.into_iter().collect(), ..Record::default() };
        let earlier = earlier.iter().map(|(course, code, pending)| Earlier {
            course: (*course).to_owned(),
            period: period(code),
            pending: *pending,
        });
        let studies = Studies::new(&requirements, true, &record, earlier.collect::<Vec<_>>());
        (requirements, studies)
    }

    fn words(policy: &Policy, result: Option<(u32, bool)>, earlier: &[Taken<'_>]) -> Vec<&'static str> {
        let (requirements, studies) = studies(result, earlier);
        let found = check(policy, &requirements, &studies, "new", "IF201");
        found.refusals.iter().chain(&found.flags).map(Refusal::reason).collect()
    }

    #[test]
    fn who_may_repeat_is_said_by_the_counted_result() {
        let (at_most, unless) = (Repeat::AtMost(points(200)), Repeat::UnlessPassedWith(points(300)));
        let table = [
            (Repeat::Anyone, Some((400, true)), true),
            (at_most, None, true),
            (at_most, Some((0, false)), true),
            (at_most, Some((200, true)), true),
            (at_most, Some((250, true)), false),
            (unless, None, true),
            (unless, Some((250, true)), true),
            (unless, Some((300, true)), false),
            // Not passed, as high as the points are.
            (unless, Some((300, false)), true),
        ];
        for (rule, result, may) in table {
            let expected: &[&str] = if may { &[] } else { &["repeat-not-allowed"] };
            assert_eq!(words(&policy(rule, 0), result, &[]), expected, "{rule:?} {result:?}");
        }
    }

    #[test]
    fn a_grade_to_come_makes_it_unknown_and_not_refused() {
        let rule = Repeat::AtMost(points(200));
        assert_eq!(words(&policy(rule, 0), Some((400, true)), &[("new", "20251", true)]), ["repeat-pending"]);
        assert_eq!(words(&policy(rule, 0), None, &[("old", "20251", true)]), ["repeat-pending"]);
        assert_eq!(words(&policy(Repeat::Anyone, 0), None, &[("old", "20251", true)]), [""; 0]);
    }

    #[test]
    fn attempts_are_periods_and_those_of_equivalent_courses_count() {
        let twice = [("old", "20241", false), ("new", "20251", false)];
        // How often it may be taken, whether there is a failed result of the first time, how many plans had it.
        for (most, failed, plans, may) in [
            (2, false, 0, true),
            (2, true, 0, true),
            // The plan and its result are one attempt.
            (2, true, 1, true),
            (2, true, 2, false),
            (3, true, 2, true),
            (0, true, 2, true),
        ] {
            let expected: &[&str] = if may { &[] } else { &["repeat-limit"] };
            let found = words(&policy(Repeat::Anyone, most), failed.then_some((0, false)), &twice[..plans]);
            assert_eq!(found, expected, "{most} {failed} {plans}");
        }
    }

    #[test]
    fn a_policy_without_rules_is_free() {
        assert!(is_free(&Policy::default()));
        assert!(!is_free(&policy(Repeat::Anyone, 3)));
        assert!(!is_free(&policy(Repeat::AtMost(points(200)), 0)));
    }
}
