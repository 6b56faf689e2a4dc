//! Domain to wire.

use chassis::auth::Caller;
use jiff::Timestamp;
use prost::Message;
use proto::common::v1 as common;
use proto::grade::v1 as pb;

use crate::app::put_scores::PutScores;
use crate::app::records::Record;
use crate::app::results::{CourseResult, Semester, SemesterResult, Transcript};
use crate::app::sheet::{Distribution, Row, Sheet, Summary};
use crate::model::{Grade, Scale, SheetHead};
use crate::rules::Refusal;
use crate::rules::access::{self, Verdict};
use crate::rules::period::PeriodCode;
use crate::rules::scale::RepeatPolicy;
use crate::rules::sheet::{Component, SheetState};
use crate::store::campus::Person;

/// A message as it is stored and sent.
pub fn encoded(message: &impl Message) -> Vec<u8> {
    message.encode_to_vec()
}

fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    // jiff counts nanoseconds towards zero, protobuf upwards from the second below.
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    match nanos < 0 {
        true => prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
        false => prost_types::Timestamp { seconds, nanos },
    }
}

/// Where a list goes on.
pub fn page_info(next_cursor: String) -> Option<common::PageInfo> {
    Some(common::PageInfo { next_cursor })
}

fn refusals(refusals: &[Refusal]) -> Vec<common::Refusal> {
    let refusal = |refusal: &Refusal| {
        let facts = refusal.facts().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        common::Refusal { reason: refusal.reason().to_owned(), facts }
    };
    refusals.iter().map(refusal).collect()
}

fn state(state: SheetState) -> i32 {
    match state {
        SheetState::Empty => pb::SheetState::Empty,
        SheetState::Draft => pb::SheetState::Draft,
        SheetState::Published => pb::SheetState::Published,
    }
    .into()
}

fn repeat_policy(policy: RepeatPolicy) -> i32 {
    match policy {
        RepeatPolicy::Best => pb::RepeatPolicy::Best,
        RepeatPolicy::Latest => pb::RepeatPolicy::Latest,
    }
    .into()
}

/// A scale.
pub fn scale(scale: &Scale) -> pb::Scale {
    let step = |step: &crate::rules::scale::Step| pb::ScaleStep {
        letter: step.letter.clone(),
        min_score_hundredths: step.min_score.hundredths(),
        points_hundredths: step.points.hundredths(),
    };
    pb::Scale {
        id: scale.id.clone(),
        programme_id: scale.programme_id.clone(),
        start_period: scale.start.to_string(),
        steps: scale.rules.steps.iter().map(step).collect(),
        pass_points_hundredths: scale.rules.pass.hundredths(),
        repeat_policy: repeat_policy(scale.rules.policy),
        version: scale.version,
        programme_code: scale.programme_code.clone(),
    }
}

/// A class as lists of sheets show it to the caller.
pub fn summary(summary: &Summary, caller: &Caller) -> pb::SheetSummary {
    let Summary { class, head, counts, gate } = summary;
    let window = |window: &crate::rules::window::Window| pb::EntryWindow {
        opens_at: Some(timestamp(window.opens_at)),
        closes_at: Some(timestamp(window.closes_at)),
    };
    pb::SheetSummary {
        class_id: class.id.clone(),
        period_code: class.period.to_string(),
        course_code: class.course.code.clone(),
        course_name: class.course.name.clone(),
        credits: class.course.credits,
        class_name: class.name.clone(),
        state: state(head.state),
        students: counts.students,
        complete: counts.complete,
        lead: class.owner(|owner| owner.leads(caller)),
        lecturer_names: class.lecturers.iter().map(|lecturer| lecturer.name.clone()).collect(),
        published_at: head.published_at.map(|at| timestamp(at.0)),
        window: gate.window().map(window),
        programme_id: class.course.programme_id.clone(),
    }
}

fn row(row: &Row, components: &[Component]) -> pb::SheetRow {
    let score = |(component, score): (&Component, &Option<crate::rules::score::Score>)| pb::Score {
        component_id: component.id.clone(),
        score_hundredths: score.map(crate::rules::score::Score::hundredths),
    };
    pb::SheetRow {
        student_id: row.student_id.clone(),
        nim: row.nim.clone(),
        name: row.name.clone(),
        scores: components.iter().zip(&row.scores).map(score).collect(),
        total_hundredths: row.total.map(crate::rules::score::Score::hundredths),
        letter: row.letter.as_ref().map(|letter| letter.letter.clone()).unwrap_or_default(),
        points_hundredths: row.letter.as_ref().map(|letter| letter.points.hundredths()).unwrap_or_default(),
        version: row.version,
    }
}

fn distribution(distribution: Distribution) -> Vec<pb::LetterCount> {
    distribution.into_iter().map(|(letter, students)| pb::LetterCount { letter, students }).collect()
}

/// The sheet of a class as the caller sees it: who may only read it hears so among the refusals.
pub fn sheet(sheet: &Sheet, caller: &Caller) -> pb::Sheet {
    let verdict = |decide: fn(&Caller, access::ClassOwner<'_>) -> Verdict| {
        sheet.summary.class.owner(|owner| decide(caller, owner))
    };
    let mut write = sheet.write_refusals();
    if verdict(access::write_sheet) != Verdict::Allowed {
        write.push(Refusal::NotAllowed);
    }
    let mut publish = sheet.publish_refusals();
    match verdict(access::publish_sheet) {
        Verdict::Allowed => {}
        Verdict::NotLead => publish.push(Refusal::NotLead),
        Verdict::Denied | Verdict::Absent => publish.push(Refusal::NotAllowed),
    }
    let component = |component: &Component| pb::Component {
        id: component.id.clone(),
        name: component.name.clone(),
        weight: component.weight,
    };
    pb::Sheet {
        summary: Some(summary(&sheet.summary, caller)),
        components: sheet.components.iter().map(component).collect(),
        rows: sheet.rows.iter().map(|one| row(one, &sheet.components)).collect(),
        scale: sheet.scale.as_ref().map(scale),
        distribution: distribution(sheet.distribution()),
        version: sheet.summary.head.version,
        refusals: refusals(&write),
        publish_refusals: refusals(&publish),
        earlier_distribution: Vec::new(),
        earlier_period: String::new(),
    }
}

/// A sheet with the letters of the same course in an earlier period.
pub fn with_earlier(sheet: pb::Sheet, earlier: Option<(PeriodCode, Distribution)>) -> pb::Sheet {
    match earlier {
        None => sheet,
        Some((period, letters)) => {
            pb::Sheet { earlier_distribution: distribution(letters), earlier_period: period.to_string(), ..sheet }
        }
    }
}

/// The rows that a command named, as they are now.
pub fn put_scores_response(sheet: &Sheet, cmd: &PutScores, caller: &Caller) -> pb::PutScoresResponse {
    let found = |student_id: &str| sheet.rows.iter().find(|row| row.student_id == student_id);
    let rows = cmd.rows.iter().filter_map(|input| found(&input.student_id));
    pb::PutScoresResponse {
        rows: rows.map(|one| row(one, &sheet.components)).collect(),
        summary: Some(summary(&sheet.summary, caller)),
        distribution: distribution(sheet.distribution()),
    }
}

/// A period in sums.
pub fn semester(semester: &Semester) -> pb::Semester {
    pb::Semester {
        period_code: semester.period.to_string(),
        credits: semester.sums.credits,
        credits_passed: semester.sums.credits_passed,
        gpa_hundredths: semester.sums.average(),
        cumulative_hundredths: semester.cumulative.average(),
        pending: semester.pending,
        weighted: semester.sums.weighted,
    }
}

fn person(person: &Person) -> pb::Person {
    pb::Person {
        student_id: person.student_id.clone(),
        nim: person.nim.clone(),
        name: person.name.clone(),
        programme_name: person.programme_name.clone(),
        entry_period: person.entry_period.clone(),
        advisor_name: person.advisor_name.clone(),
        faculty_name: person.faculty_name.clone(),
    }
}

fn result(result: &CourseResult) -> pb::Result {
    let grade = result.grade.as_ref();
    let points = grade.map(|grade| grade.points.hundredths()).unwrap_or_default();
    pb::Result {
        course_id: result.course.course_id.clone(),
        course_code: result.course.code.clone(),
        course_name: result.course.name.clone(),
        course_name_en: result.course.name_en.clone(),
        credits: result.course.credits,
        class_name: result.class_name.clone(),
        letter: grade.map(|grade| grade.letter.clone()).unwrap_or_default(),
        points_hundredths: points,
        weighted: grade.map(|grade| grade.credits * points).unwrap_or_default(),
        passed: grade.is_some_and(|grade| grade.passed),
        period_code: result.period.to_string(),
        superseded: result.superseded,
        score_hundredths: grade.and_then(|grade| grade.score).map(crate::rules::score::Score::hundredths),
    }
}

/// The result of one period.
pub fn semester_result(found: &SemesterResult) -> pb::SemesterResult {
    pb::SemesterResult {
        person: Some(person(&found.person)),
        semester: Some(semester(&found.semester)),
        results: found.results.iter().map(result).collect(),
    }
}

/// The transcript.
pub fn transcript(found: &Transcript) -> pb::Transcript {
    pb::Transcript {
        person: Some(person(&found.person)),
        results: found.results.iter().map(result).collect(),
        credits: found.cumulative.credits,
        credits_passed: found.cumulative.credits_passed,
        weighted: found.cumulative.weighted,
        cumulative_hundredths: found.cumulative.average(),
        repeat_policy: repeat_policy(found.policy),
    }
}

/// A student's results as other services may know them.
pub fn academic_record(record: &Record) -> pb::AcademicRecord {
    let result = |grade: &Grade| pb::RecordResult {
        course_id: grade.course_id.clone(),
        period_code: grade.period.to_string(),
        letter: grade.letter.clone(),
        points_hundredths: grade.points.hundredths(),
        passed: grade.passed,
        credits: grade.credits,
    };
    let semester =
        |(period, (sums, pending)): (&PeriodCode, &(crate::rules::gpa::Sums, Vec<String>))| pb::RecordSemester {
            period_code: period.to_string(),
            gpa_hundredths: sums.average().unwrap_or_default(),
            credits: sums.credits,
            pending: u32::try_from(pending.len()).unwrap_or(u32::MAX),
            pending_course_ids: pending.clone(),
        };
    pb::AcademicRecord {
        student_id: record.student_id.clone(),
        results: record.counted.iter().map(result).collect(),
        cumulative_hundredths: record.cumulative.average(),
        credits_passed: record.cumulative.credits_passed,
        semesters: record.semesters.iter().map(semester).collect(),
    }
}

/// Whether a class is graded, for the feed.
pub fn sheet_snapshot(class_id: &str, head: &SheetHead) -> pb::SheetSnapshot {
    pb::SheetSnapshot {
        class_id: class_id.to_owned(),
        state: state(head.state),
        published_at: head.published_at.map(|at| timestamp(at.0)),
    }
}
