//! Results of students.

use api::RepeatPolicy;
use chassis::error::Fault;
use proto::grade::v1 as pb;

use super::{Word, given, page_request, promised};

pub(crate) fn semester_query(student_id: String, query: api::PageQuery) -> Result<pb::ListSemestersRequest, Fault> {
    Ok(pb::ListSemestersRequest { student_id, page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn semesters(list: pb::ListSemestersResponse) -> api::Semesters {
    api::Semesters {
        items: list.semesters.into_iter().map(semester).collect(),
        next_cursor: list.page.and_then(|page| given(page.next_cursor)),
        cumulative_hundredths: list.cumulative_hundredths,
        credits_passed: list.credits_passed,
    }
}

fn semester(semester: pb::Semester) -> api::Semester {
    api::Semester {
        period_code: semester.period_code,
        credits: semester.credits,
        credits_passed: semester.credits_passed,
        weighted: semester.weighted,
        gpa_hundredths: semester.gpa_hundredths,
        cumulative_hundredths: semester.cumulative_hundredths,
        pending: semester.pending,
    }
}

pub(crate) fn semester_result(result: pb::SemesterResult) -> Result<api::SemesterResult, Fault> {
    Ok(api::SemesterResult {
        person: person(promised(result.person, "SemesterResult.person")?),
        semester: semester(promised(result.semester, "SemesterResult.semester")?),
        results: result.results.into_iter().map(course_result).collect(),
    })
}

pub(crate) fn transcript(transcript: pb::Transcript) -> Result<api::Transcript, Fault> {
    Ok(api::Transcript {
        person: person(promised(transcript.person, "Transcript.person")?),
        results: transcript.results.into_iter().map(course_result).collect(),
        credits: transcript.credits,
        credits_passed: transcript.credits_passed,
        weighted: transcript.weighted,
        cumulative_hundredths: transcript.cumulative_hundredths,
        repeat_policy: RepeatPolicy::from_wire(transcript.repeat_policy)?,
    })
}

fn course_result(result: pb::Result) -> api::CourseResult {
    let letter = given(result.letter);
    api::CourseResult {
        course_id: result.course_id,
        course_code: result.course_code,
        course_name: result.course_name,
        course_name_en: given(result.course_name_en),
        credits: result.credits,
        class_name: given(result.class_name),
        period_code: result.period_code,
        score_hundredths: result.score_hundredths,
        points_hundredths: letter.is_some().then_some(result.points_hundredths),
        letter,
        weighted: result.weighted,
        passed: result.passed,
        superseded: result.superseded,
    }
}

fn person(person: pb::Person) -> api::Person {
    api::Person {
        student_id: person.student_id,
        nim: person.nim,
        name: given(person.name),
        programme_name: given(person.programme_name),
        faculty_name: given(person.faculty_name),
        entry_period: given(person.entry_period),
        advisor_name: given(person.advisor_name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_of_zero_is_told_from_an_unknown_one() {
        let known = pb::Semester { gpa_hundredths: Some(0), ..pb::Semester::default() };
        let list = pb::ListSemestersResponse {
            semesters: vec![known, pb::Semester::default()],
            ..pb::ListSemestersResponse::default()
        };
        let averages: Vec<_> = semesters(list).items.iter().map(|semester| semester.gpa_hundredths).collect();
        assert_eq!(averages, [Some(0), None]);
    }

    #[test]
    fn a_result_that_is_not_published_has_neither_letter_nor_points() {
        let open = course_result(pb::Result::default());
        assert_eq!((open.letter, open.points_hundredths, open.score_hundredths), (None, None, None));
        let failed = course_result(pb::Result { letter: "E".into(), ..pb::Result::default() });
        assert_eq!((failed.letter.as_deref(), failed.points_hundredths), (Some("E"), Some(0)));
    }
}
