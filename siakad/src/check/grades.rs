//! Whether grade-svc's records speak of students, courses and classes that there are, and whether their sums are right.

use std::collections::HashSet;

use prost::Message;
use proto::feed::v1::Event;
use proto::grade::v1::AcademicRecord;

use super::Findings;

/// Kind of students in student-svc's feed.
pub(super) const STUDENT: &str = "student.student";
/// Kind of courses in course-svc's feed.
pub(super) const COURSE: &str = "course.course";
/// Kind of classes in course-svc's feed.
const CLASS: &str = "course.class";
/// Kind of academic records in grade-svc's feed.
pub(super) const RECORD: &str = "grade.record";
/// Kind of grade sheets in grade-svc's feed.
pub(super) const SHEET: &str = "grade.sheet";
/// Findings of one kind that are told one by one.
const TOLD: usize = 20;

/// Compares what the three services say.
pub(super) fn look(students: &[Event], offered: &[Event], graded: &[Event], findings: &mut Findings) {
    let known = |events: &'_ [Event], kind: &str| -> HashSet<String> {
        let there = events.iter().filter(|event| event.kind == kind && !event.tombstone);
        there.map(|event| event.aggregate_id.clone()).collect()
    };
    let (students, courses, classes) = (known(students, STUDENT), known(offered, COURSE), known(offered, CLASS));
    let mut wrong = Vec::new();
    let (mut records, mut results) = (0_usize, 0_usize);
    for event in graded.iter().filter(|event| !event.tombstone) {
        match event.kind.as_str() {
            RECORD => match AcademicRecord::decode(event.payload.as_slice()) {
                Ok(record) => {
                    records += 1;
                    results += record.results.len();
                    if !students.contains(&record.student_id) {
                        wrong.push(format!(
                            "grade-svc has results of a student that is not there: {}",
                            record.student_id
                        ));
                    }
                    for result in record.results.iter().filter(|result| !courses.contains(&result.course_id)) {
                        wrong.push(format!(
                            "grade-svc has a result of {} in a course that is not there: {}",
                            record.student_id, result.course_id
                        ));
                    }
                    wrong.extend(sums(&record));
                }
                Err(_) => wrong.push(format!("grade-svc told a record that cannot be read: {}", event.aggregate_id)),
            },
            SHEET if !classes.contains(&event.aggregate_id) => {
                wrong.push(format!("grade-svc has the sheet of a class that is not there: {}", event.aggregate_id));
            }
            _ => {}
        }
    }
    if wrong.is_empty() {
        findings.good(format!(
            "{results} counted results of {records} students are of known courses, and their sums agree"
        ));
    }
    let more = wrong.len().saturating_sub(TOLD);
    wrong.into_iter().take(TOLD).for_each(|what| findings.wrong(what));
    if more > 0 {
        findings.wrong(format!("{more} more findings about results"));
    }
}

/// What is wrong with the sums of a record: SKS times points over SKS, cut after two decimals.
fn sums(record: &AcademicRecord) -> Option<String> {
    let credits: u32 = record.results.iter().map(|result| result.credits).sum();
    let weighted: u32 = record.results.iter().map(|result| result.credits * result.points_hundredths).sum();
    let passed: u32 = record.results.iter().filter(|result| result.passed).map(|result| result.credits).sum();
    let cumulative = weighted.checked_div(credits);
    if (record.cumulative_hundredths, record.credits_passed) == (cumulative, passed) {
        return None;
    }
    let shown = |gpa: Option<u32>| gpa.map_or("none".to_owned(), |gpa| format!("{}.{:02}", gpa / 100, gpa % 100));
    Some(format!(
        "the record of {} says IPK {} and {} SKS passed, but its results make {} and {}",
        record.student_id,
        shown(record.cumulative_hundredths),
        record.credits_passed,
        shown(cumulative),
        passed
    ))
}

#[cfg(test)]
mod tests {
    use proto::grade::v1::{RecordResult, SheetSnapshot};

    use super::*;
    use crate::check::Grade;

    fn named(kind: &str, id: &str) -> Event {
        Event { kind: kind.to_owned(), aggregate_id: id.to_owned(), ..Event::default() }
    }

    fn result(course: &str, points: u32) -> RecordResult {
        let (course_id, passed) = (course.to_owned(), points >= 100);
        RecordResult { course_id, points_hundredths: points, passed, credits: 3, ..RecordResult::default() }
    }

    fn record(student: &str, results: Vec<RecordResult>, ipk: Option<u32>, passed: u32) -> Event {
        let message = AcademicRecord {
            student_id: student.to_owned(),
            results,
            cumulative_hundredths: ipk,
            credits_passed: passed,
            semesters: Vec::new(),
        };
        Event { payload: message.encode_to_vec(), ..named(RECORD, student) }
    }

    fn sheet(class: &str) -> Event {
        let message = SheetSnapshot { class_id: class.to_owned(), ..SheetSnapshot::default() };
        Event { payload: message.encode_to_vec(), ..named(SHEET, class) }
    }

    fn found(graded: &[Event]) -> Vec<(Grade, String)> {
        let mut findings = Findings::default();
        let offered = [named(COURSE, "c1"), named(COURSE, "c2"), named(CLASS, "k1")];
        look(&[named(STUDENT, "s1")], &offered, graded, &mut findings);
        findings.0
    }

    #[test]
    fn records_agree_when_their_things_are_there_and_their_sums_are_right() {
        // 3 x 4.00 + 3 x 3.25 + 0: cut, not rounded.
        let good = record("s1", vec![result("c1", 400), result("c2", 325)], Some(362), 6);
        let agreed = found(&[good, sheet("k1"), record("s1", Vec::new(), None, 0)]);
        let text = "2 counted results of 2 students are of known courses, and their sums agree";
        assert_eq!(agreed, [(Grade::Good, text.to_owned())]);
    }

    #[test]
    fn what_is_not_there_and_what_does_not_add_up_is_told() {
        let wrong = |graded: Event, wanted: &str| {
            let found = found(&[graded]);
            assert!(matches!(found.as_slice(), [(Grade::Wrong, what)] if what.contains(wanted)), "{wanted}: {found:?}");
        };
        wrong(record("s9", Vec::new(), None, 0), "a student that is not there: s9");
        wrong(record("s1", vec![result("c9", 400)], Some(400), 3), "a course that is not there: c9");
        wrong(sheet("k9"), "a class that is not there: k9");
        wrong(record("s1", vec![result("c1", 400), result("c2", 0)], Some(200), 6), "IPK 2.00 and 6 SKS passed");
        wrong(record("s1", vec![result("c1", 325), result("c2", 400)], Some(363), 6), "make 3.62 and 6");
        wrong(record("s1", vec![result("c1", 400)], None, 3), "says IPK none");
        wrong(Event { payload: vec![0xff], ..named(RECORD, "s1") }, "cannot be read");
        let many: Vec<_> = (0..30).map(|n| sheet(&format!("x{n}"))).collect();
        let found = found(&many);
        assert_eq!(found.len(), TOLD + 1);
        assert_eq!(found[TOLD].1, "10 more findings about results");
    }
}
