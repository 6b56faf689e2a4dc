//! The importing client, and rows of a small campus.

use chassis::error::Fault;
use proto::common::v1::{Empty, ImportApplied, ImportFault, ImportVerdict};
use proto::course::v1 as pb;
use proto::course::v1::announcement::Key;
use proto::course::v1::import_request::Message as Ask;
use proto::course::v1::import_response::Message as Said;
use proto::course::v1::import_row::Row;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Streaming;

use super::{PERIOD, TestApp};

/// One import in the making.
pub(crate) struct Talk {
    ask: mpsc::UnboundedSender<pb::ImportRequest>,
    said: Streaming<pb::ImportResponse>,
    faults: Vec<ImportFault>,
}

impl Talk {
    pub(crate) async fn begin(app: &TestApp) -> Self {
        let (ask, asked) = mpsc::unbounded_channel();
        let said = app.importer().import(UnboundedReceiverStream::new(asked)).await.expect("a stream").into_inner();
        Self { ask, said, faults: Vec::new() }
    }

    pub(crate) fn send(&self, message: Ask) {
        self.ask.send(pb::ImportRequest { message: Some(message) }).expect("the stream is open");
    }

    /// Sends rows of files as if they stood in one, numbered from line 2.
    pub(crate) fn rows(&self, rows: impl IntoIterator<Item = Row>) {
        for (row, line) in rows.into_iter().zip(2..) {
            self.send(Ask::Row(pb::ImportRow { file: file(&row).to_owned(), line, row: Some(row) }));
        }
    }

    /// Whatever comes next that is no fault and no progress; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Said>, Fault> {
        loop {
            match self.said.message().await.map_err(|status| Fault::from_status(&status))? {
                None => return Ok(None),
                Some(pb::ImportResponse { message: Some(Said::Fault(fault)) }) => self.faults.push(fault),
                Some(pb::ImportResponse { message: Some(Said::Progress(progress)) }) => {
                    assert!(progress.total == 0 || progress.done <= progress.total);
                }
                Some(pb::ImportResponse { message }) => return Ok(message),
            }
        }
    }

    pub(crate) async fn judge(&mut self) -> ImportVerdict {
        self.send(Ask::Judge(Empty {}));
        match self.next().await.expect("a verdict") {
            Some(Said::Verdict(verdict)) => verdict,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn apply(&mut self) -> Result<ImportApplied, Fault> {
        self.send(Ask::Apply(Empty {}));
        match self.next().await? {
            Some(Said::Applied(applied)) => Ok(applied),
            other => panic!("{other:?}"),
        }
    }

    /// Faults so far as `file:line:column:reason`; `!` stands before a warning.
    pub(crate) fn faults(&self) -> Vec<String> {
        let text = |fault: &ImportFault| {
            let reason = fault.refusal.as_ref().map(|refusal| refusal.reason.as_str()).unwrap_or_default();
            let mark = if fault.warning { "!" } else { "" };
            format!("{mark}{}:{}:{}:{reason}", fault.file, fault.line, fault.column)
        };
        self.faults.iter().map(text).collect()
    }

    pub(crate) fn facts(&self, n: usize) -> &std::collections::HashMap<String, String> {
        &self.faults[n].refusal.as_ref().expect("a refusal").facts
    }
}

fn file(row: &Row) -> &'static str {
    match row {
        Row::Announcement(pb::Announcement { key: Some(Key::Result(_)) }) => "grades.csv",
        Row::Announcement(_) => "",
        Row::Course(_) => "courses.csv",
        Row::Curriculum(_) => "curricula.csv",
        Row::CurriculumCourse(_) => "curriculum_courses.csv",
        Row::Prerequisite(_) => "prerequisites.csv",
        Row::Equivalent(_) => "equivalents.csv",
        Row::Room(_) => "rooms.csv",
        Row::Period(_) => "periods.csv",
        Row::Window(_) => "windows.csv",
        Row::Class(_) => "classes.csv",
        Row::Meeting(_) => "meetings.csv",
        Row::Plan(_) => "plans.csv",
    }
}

pub(crate) fn course(code: &str, credits: &str) -> Row {
    Row::Course(pb::CourseRow {
        programme: "IF-S1".to_owned(),
        code: code.to_owned(),
        name: format!("Mata Kuliah {code}"),
        credits_lecture: credits.to_owned(),
        requirement_kind: "compulsory".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn room(code: &str, capacity: &str) -> Row {
    Row::Room(pb::RoomRow { code: code.to_owned(), name: String::new(), capacity: capacity.to_owned() })
}

pub(crate) fn period(code: &str, state: &str) -> Row {
    Row::Period(pb::PeriodRow { code: code.to_owned(), state: state.to_owned() })
}

pub(crate) fn window(scope: &str, key: &str, opens: &str, closes: &str) -> Row {
    Row::Window(pb::WindowRow {
        period: PERIOD.to_owned(),
        kind: "krs".to_owned(),
        scope: scope.to_owned(),
        scope_key: key.to_owned(),
        opens_at: opens.to_owned(),
        closes_at: closes.to_owned(),
    })
}

pub(crate) fn class(course: &str, name: &str, capacity: &str, lecturers: &str) -> Row {
    Row::Class(pb::ClassRow {
        period: PERIOD.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        name: name.to_owned(),
        capacity: capacity.to_owned(),
        lecturers: lecturers.to_owned(),
        state: String::new(),
    })
}

pub(crate) fn meeting(course: &str, name: &str, day: &str, start: &str, end: &str, room: &str) -> Row {
    Row::Meeting(pb::MeetingRow {
        period: PERIOD.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        name: name.to_owned(),
        day: day.to_owned(),
        start: start.to_owned(),
        end: end.to_owned(),
        room: room.to_owned(),
    })
}

pub(crate) fn seat(student: &str, course: &str, name: &str) -> Row {
    seat_in(PERIOD, student, course, name, "")
}

/// A seat of any period, in a plan of this state.
pub(crate) fn seat_in(period: &str, student: &str, course: &str, name: &str, state: &str) -> Row {
    Row::Plan(pb::PlanRow {
        nim: format!("nim-{student}"),
        period: period.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        name: name.to_owned(),
        state: state.to_owned(),
    })
}

/// A class of any period.
pub(crate) fn class_in(period: &str, course: &str, name: &str, capacity: &str) -> Row {
    match class(course, name, capacity, "") {
        Row::Class(row) => Row::Class(pb::ClassRow { period: period.to_owned(), ..row }),
        other => other,
    }
}

/// A curriculum of 144 SKS.
pub(crate) fn curriculum(name: &str, start: &str) -> Row {
    Row::Curriculum(pb::CurriculumRow {
        programme: "IF-S1".to_owned(),
        name: name.to_owned(),
        start_period: start.to_owned(),
        credits_required: "144".to_owned(),
        credits_compulsory: "129".to_owned(),
        credits_elective: "15".to_owned(),
    })
}

pub(crate) fn curriculum_course(curriculum: &str, course: &str, semester: &str) -> Row {
    Row::CurriculumCourse(pb::CurriculumCourseRow {
        programme: "IF-S1".to_owned(),
        curriculum: curriculum.to_owned(),
        course_programme: String::new(),
        course: course.to_owned(),
        semester: semester.to_owned(),
        requirement_kind: "compulsory".to_owned(),
    })
}

/// A condition: `what` is `passed:IF101:C:2.00`, `taken:IF101`, `concurrent:IF101`, `credits:80` or `gpa:2.00`.
pub(crate) fn prerequisite(course: &str, group: &str, what: &str) -> Row {
    let mut parts = what.split(':').map(str::to_owned);
    let kind = parts.next().unwrap_or_default();
    let has_course = !["credits", "gpa"].contains(&kind.as_str());
    let required_course = if has_course { parts.next().unwrap_or_default() } else { String::new() };
    Row::Prerequisite(pb::PrerequisiteRow {
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        group: group.to_owned(),
        kind,
        required_programme: String::new(),
        required_course,
        minimum: parts.next().unwrap_or_default(),
        min_points: parts.next().unwrap_or_default(),
    })
}

pub(crate) fn equivalent(one: &str, other: &str) -> Row {
    Row::Equivalent(pb::EquivalentRow {
        programme: "IF-S1".to_owned(),
        course: one.to_owned(),
        equivalent_programme: "IF-S1".to_owned(),
        equivalent_course: other.to_owned(),
    })
}

/// A result that grade-svc is about to learn.
pub(crate) fn result(student: &str, period: &str, course: &str, letter: &str) -> Row {
    announce(Key::Result(pb::AnnouncedResult {
        nim: format!("nim-{student}"),
        period: period.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        letter: letter.to_owned(),
    }))
}

/// The letters of a small scale.
pub(crate) fn scale() -> Vec<Row> {
    let step = |(letter, points): (&str, &str)| {
        announce(Key::Grade(pb::AnnouncedGrade {
            programme: "IF-S1".to_owned(),
            letter: letter.to_owned(),
            points: points.to_owned(),
        }))
    };
    [("A", "4.00"), ("B", "3.00"), ("C", "2.00"), ("D", "1.00"), ("E", "0.00")].map(step).to_vec()
}

pub(crate) fn announce(key: pb::announcement::Key) -> Row {
    Row::Announcement(pb::Announcement { key: Some(key) })
}

/// A small campus, its files in no sensible order.
pub(crate) fn campus() -> Vec<Row> {
    vec![
        seat("s1", "IF201", "A"),
        seat("s1", "IF202", "A"),
        seat("s2", "IF201", "A"),
        meeting("IF201", "A", "1", "07:00", "09:30", "A.2.03"),
        meeting("IF202", "A", "2", "07:00", "08:40", ""),
        meeting("IF201", "B", "3", "07:00", "09:30", "A.2.03"),
        class("IF201", "A", "40", "0000000001; 0000000002"),
        class("IF201", "B", "30", ""),
        class("IF202", "A", "20", "0000000003"),
        window("university", "", "2026-08-03T00:00:00+07:00", "2026-08-24T00:00:00+07:00"),
        window("cohort", "2024", "2026-08-01T00:00:00+07:00", "2026-08-24T00:00:00+07:00"),
        period(PERIOD, "active"),
        room("A.2.03", "45"),
        room("DARING", ""),
        course("IF201", "4"),
        course("IF202", "3"),
    ]
}

/// Imports rows that are good.
pub(crate) async fn import(app: &TestApp, rows: Vec<Row>) -> ImportApplied {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    assert!(verdict.ok, "{:?}", talk.faults());
    let applied = talk.apply().await.expect("applied");
    assert_eq!(
        (applied.created, applied.changed, applied.unchanged),
        (verdict.created, verdict.changed, verdict.unchanged)
    );
    assert_eq!(talk.next().await.expect("an end"), None);
    applied
}
