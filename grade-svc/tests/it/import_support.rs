//! The importing client, and rows of a small campus.

use std::ops::Deref;

use chassis::error::Fault;
use chassis::testing::{Setup, TestEnv};
use proto::common::v1::{Empty, ImportApplied, ImportFault, ImportVerdict};
use proto::grade::v1 as pb;
use proto::grade::v1::import_request::Message as Ask;
use proto::grade::v1::import_response::Message as Said;
use proto::grade::v1::import_row::Row;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Streaming;

use crate::support::{TestApp, approved, class, course, course_of, faculty, period, programme, student};

/// One import in the making.
pub(crate) struct Talk {
    ask: mpsc::UnboundedSender<pb::ImportRequest>,
    said: Streaming<pb::ImportResponse>,
    told: Vec<ImportFault>,
}

impl Talk {
    pub(crate) async fn begin(app: &TestApp) -> Self {
        let (ask, asked) = mpsc::unbounded_channel();
        let said = app.importer().import(UnboundedReceiverStream::new(asked)).await.expect("a stream").into_inner();
        Self { ask, said, told: Vec::new() }
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
                Some(pb::ImportResponse { message: Some(Said::Fault(fault)) }) => self.told.push(fault),
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

    fn told(&self, warning: bool) -> Vec<String> {
        let text = |fault: &ImportFault| {
            let reason = fault.refusal.as_ref().map(|refusal| refusal.reason.as_str()).unwrap_or_default();
            format!("{}:{}:{}:{reason}", fault.file, fault.line, fault.column)
        };
        self.told.iter().filter(|fault| fault.warning == warning).map(text).collect()
    }

    /// Faults so far as `file:line:column:reason`.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.told(false)
    }

    /// Warnings so far as `file:line:column:reason`.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.told(true)
    }

    /// Facts of what was told in the `n`th place, faults and warnings together.
    pub(crate) fn facts(&self, n: usize) -> &std::collections::HashMap<String, String> {
        &self.told[n].refusal.as_ref().expect("a refusal").facts
    }
}

fn file(row: &Row) -> &'static str {
    match row {
        Row::Announcement(_) => "",
        Row::Scale(_) => "scales.csv",
        Row::ScaleStep(_) => "scale_steps.csv",
        Row::Component(_) => "components.csv",
        Row::Score(_) => "scores.csv",
        Row::Grade(_) => "grades.csv",
    }
}

pub(crate) const PAST: &str = "20251";
pub(crate) const NOW: &str = "20252";

/// The service after student-svc and course-svc have told of a campus without any scale: students `s1` to `s4` of IF-S1, where
/// `s1` is in the classes IF102 A and IF201 A of [`NOW`] and `s2` in the second; courses IF101, IF102, IF201, and SI101 of
/// SI-S1.
pub(crate) struct Campus(TestApp);

impl Setup for Campus {
    async fn setup(env: &TestEnv) -> Self {
        let app = TestApp::empty(env, 3000).await;
        let mut people = vec![
            faculty("FIK", "Ilmu Komputer"),
            programme("IF-S1", "Informatika", "FIK"),
            programme("SI-S1", "SI", "FIK"),
        ];
        people.extend(["s1", "s2", "s3", "s4"].map(|name| student(name, "IF-S1", "20241", "")));
        app.tell(&people).await;
        let offered = [
            course("IF101", 3),
            course("IF102", 2),
            course("IF201", 4),
            course_of("SI-S1", "SI101", 3),
            period("20232", Vec::new()),
            period(PAST, Vec::new()),
            period(NOW, Vec::new()),
            class("IF102", "A", NOW, &["l1"]),
            class("IF201", "A", NOW, &["l1"]),
            approved("s1", NOW, &["IF102A", "IF201A"]),
            approved("s2", NOW, &["IF201A"]),
        ];
        app.tell_course(&offered).await;
        Self(app)
    }
}

impl Deref for Campus {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.0
    }
}

pub(crate) fn scale(start: &str, pass: &str, policy: &str) -> Row {
    Row::Scale(pb::ScaleRow {
        programme: "IF-S1".to_owned(),
        start_period: start.to_owned(),
        pass_points: pass.to_owned(),
        repeat_policy: policy.to_owned(),
    })
}

pub(crate) fn step(start: &str, letter: &str, min: &str, points: &str) -> Row {
    Row::ScaleStep(pb::ScaleStepRow {
        programme: "IF-S1".to_owned(),
        start_period: start.to_owned(),
        letter: letter.to_owned(),
        min_score: min.to_owned(),
        points: points.to_owned(),
    })
}

pub(crate) fn component(course: &str, name: &str, weight: &str) -> Row {
    Row::Component(pb::ComponentRow {
        period: NOW.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        class: "A".to_owned(),
        name: name.to_owned(),
        weight: weight.to_owned(),
    })
}

pub(crate) fn score(student: &str, course: &str, component: &str, score: &str) -> Row {
    Row::Score(pb::ScoreRow {
        nim: nim(student),
        period: NOW.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        class: "A".to_owned(),
        component: component.to_owned(),
        score: score.to_owned(),
    })
}

pub(crate) fn grade(student: &str, period: &str, course: &str, class: &str, letter: &str, score: &str) -> Row {
    Row::Grade(pb::GradeRow {
        nim: nim(student),
        period: period.to_owned(),
        programme: "IF-S1".to_owned(),
        course: course.to_owned(),
        class: class.to_owned(),
        letter: letter.to_owned(),
        score: score.to_owned(),
    })
}

fn nim(student: &str) -> String {
    if student.is_empty() { String::new() } else { format!("nim-{student}") }
}

pub(crate) fn announce(key: pb::announcement::Key) -> Row {
    Row::Announcement(pb::Announcement { key: Some(key) })
}

/// The scale of the campus: five letters, passed with a D.
pub(crate) fn letters() -> Vec<Row> {
    vec![
        scale("20241", "1.00", "best"),
        step("20241", "E", "0", "0"),
        step("20241", "A", "80", "4.00"),
        step("20241", "B", "68", "3"),
        step("20241", "C", "56", "2.00"),
        step("20241", "D", "45", "1.00"),
    ]
}

/// Grades of a period that is over and of a class that runs, scores of another class, the files in no sensible order.
pub(crate) fn history() -> Vec<Row> {
    let rows = vec![
        grade("s1", PAST, "IF101", "", "B", "70"),
        grade("s1", PAST, "IF102", "", "E", "12.5"),
        grade("s2", PAST, "IF101", "", "A", ""),
        grade("s1", NOW, "IF102", "A", "A", "88"),
        score("s1", "IF201", "UTS", "80"),
        score("s1", "IF201", "UAS", "75.25"),
        score("s2", "IF201", "UTS", "60"),
        component("IF201", "UTS", "40"),
        component("IF201", "UAS", "60"),
    ];
    rows.into_iter().chain(letters()).collect()
}

/// Imports rows that are good, with the warnings that came.
pub(crate) async fn import_with(app: &TestApp, rows: Vec<Row>) -> (ImportApplied, Vec<String>) {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    assert!(verdict.ok, "{:?}", talk.faults());
    assert_eq!(usize::try_from(verdict.warnings).ok(), Some(talk.warnings().len()));
    let applied = talk.apply().await.expect("applied");
    assert_eq!(
        (applied.created, applied.changed, applied.unchanged),
        (verdict.created, verdict.changed, verdict.unchanged)
    );
    assert_eq!(talk.next().await.expect("an end"), None);
    (applied, talk.warnings())
}

/// Imports rows that are good and give no warning.
pub(crate) async fn import(app: &TestApp, rows: Vec<Row>) -> ImportApplied {
    let (applied, warnings) = import_with(app, rows).await;
    assert_eq!(warnings, [""; 0]);
    applied
}
