//! One import stream to one service: rows up, faults, progress and verdict down.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use proto::common::v1::{Empty, ImportApplied, ImportFault, ImportProgress, ImportVerdict};
use proto::course::v1 as course;
use proto::student::v1 as student;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::fault::Fault;
use super::files::{Row, announcement};
use super::read::Line;
use crate::link::Channel;

/// Rows on the way at once; more wait until the service has taken them.
const ON_THE_WAY: usize = 256;

/// What a service says.
enum Heard {
    Fault(ImportFault),
    Progress(ImportProgress),
    Verdict(ImportVerdict),
    Applied(ImportApplied),
}

/// What the services judged, and what was wrong.
pub(crate) struct Judged {
    /// The verdict.
    pub(crate) verdict: ImportVerdict,
    /// Wrong rows that were reported one by one; the verdict may count more.
    pub(crate) faults: Vec<Fault>,
}

/// A stream that is open. Dropping it before `apply` leaves nothing behind.
pub(crate) struct Session<Message> {
    up: mpsc::Sender<Message>,
    down: Pin<Box<dyn Stream<Item = Result<Heard, Status>> + Send>>,
}

/// Hears of progress: rows handled, and rows in all (0 while unknown).
pub(crate) type Listen<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// The messages of one service's import.
pub(crate) trait Message: Sized + Send + 'static {
    /// All rows were sent.
    fn judge() -> Self;
    /// The verdict was good.
    fn apply() -> Self;
}

impl Message for student::ImportRequest {
    fn judge() -> Self {
        Self { message: Some(student::import_request::Message::Judge(Empty {})) }
    }

    fn apply() -> Self {
        Self { message: Some(student::import_request::Message::Apply(Empty {})) }
    }
}

impl Message for course::ImportRequest {
    fn judge() -> Self {
        Self { message: Some(course::import_request::Message::Judge(Empty {})) }
    }

    fn apply() -> Self {
        Self { message: Some(course::import_request::Message::Apply(Empty {})) }
    }
}

/// The rows that student-svc owns.
pub(crate) fn student_rows(lines: &[Line]) -> Vec<student::ImportRequest> {
    let row = |line: &Line| match &line.row {
        Row::Student(row) => {
            let row = student::ImportRow { file: line.file.to_owned(), line: line.line, row: Some(row.clone()) };
            Some(student::ImportRequest { message: Some(student::import_request::Message::Row(row)) })
        }
        Row::Course(_) => None,
    };
    lines.iter().filter_map(row).collect()
}

/// The rows that course-svc owns, after the keys that student-svc is about to learn; empty when it owns none.
pub(crate) fn course_rows(lines: &[Line]) -> Vec<course::ImportRequest> {
    let row = |line: &Line, row| {
        let row = course::ImportRow { file: line.file.to_owned(), line: line.line, row: Some(row) };
        course::ImportRequest { message: Some(course::import_request::Message::Row(row)) }
    };
    let announced = lines.iter().filter_map(|line| match &line.row {
        Row::Student(student) => {
            let key = announcement(student)?;
            let announcement = course::Announcement { key: Some(key) };
            Some(row(line, course::import_row::Row::Announcement(announcement)))
        }
        Row::Course(_) => None,
    });
    let owned: Vec<_> = lines
        .iter()
        .filter_map(|line| match &line.row {
            Row::Course(owned) => Some(row(line, owned.clone())),
            Row::Student(_) => None,
        })
        .collect();
    if owned.is_empty() { Vec::new() } else { announced.chain(owned).collect() }
}

macro_rules! open {
    ($channel:expr, $service:ident, $client:ident :: $name:ident) => {{
        use $service::import_response::Message;
        let (up, rows) = mpsc::channel(ON_THE_WAY);
        let mut client = $service::$client::$name::new($channel);
        let down = client.import(Request::new(ReceiverStream::new(rows))).await?.into_inner();
        let down = down.filter_map(|said| async move {
            said.map(|said| {
                said.message.map(|message| match message {
                    Message::Fault(fault) => Heard::Fault(fault),
                    Message::Progress(progress) => Heard::Progress(progress),
                    Message::Verdict(verdict) => Heard::Verdict(verdict),
                    Message::Applied(applied) => Heard::Applied(applied),
                })
            })
            .transpose()
        });
        Ok(Session { up, down: Box::pin(down) })
    }};
}

/// Opens the stream to student-svc.
pub(crate) async fn with_student(channel: Channel) -> Result<Session<student::ImportRequest>, Status> {
    open!(channel, student, student_import_client::StudentImportClient)
}

/// Opens the stream to course-svc.
pub(crate) async fn with_course(channel: Channel) -> Result<Session<course::ImportRequest>, Status> {
    open!(channel, course, course_import_client::CourseImportClient)
}

impl<M: Message> Session<M> {
    /// Sends the rows and has them judged.
    ///
    /// # Errors
    /// The stream broke, or the service does not keep to the protocol.
    pub(crate) async fn judge(&mut self, rows: Vec<M>, progress: Listen<'_>) -> Result<Judged, Status> {
        let up = self.up.clone();
        // Faults come down while rows still go up, so both must go on at once.
        let sending = async move {
            for row in rows.into_iter().chain([M::judge()]) {
                if up.send(row).await.is_err() {
                    // The service ended the stream; the other half hears why.
                    break;
                }
            }
        };
        let hearing = async {
            let mut faults = Vec::new();
            loop {
                match hear(&mut self.down).await? {
                    Heard::Fault(fault) => faults.push(fault.into()),
                    Heard::Progress(at) => progress(at.done, at.total),
                    Heard::Verdict(verdict) => return Ok(Judged { verdict, faults }),
                    Heard::Applied(_) => return Err(Status::internal("applied before it was judged")),
                }
            }
        };
        tokio::pin!(sending);
        tokio::pin!(hearing);
        let mut sent = false;
        loop {
            tokio::select! {
                judged = &mut hearing => return judged,
                () = &mut sending, if !sent => sent = true,
            }
        }
    }

    /// Has the judged rows applied.
    ///
    /// # Errors
    /// The stream broke, the service refuses now, or it does not keep to the protocol. Whether it applied anything is
    /// then unknown; the same import again answers that.
    pub(crate) async fn apply(mut self, progress: Listen<'_>) -> Result<ImportApplied, Status> {
        // When the service has closed the stream it says why below.
        drop(self.up.send(M::apply()).await);
        loop {
            match hear(&mut self.down).await? {
                Heard::Applied(applied) => return Ok(applied),
                Heard::Progress(at) => progress(at.done, at.total),
                Heard::Fault(_) | Heard::Verdict(_) => return Err(Status::internal("judged after the verdict")),
            }
        }
    }
}

async fn hear(down: &mut Pin<Box<dyn Stream<Item = Result<Heard, Status>> + Send>>) -> Result<Heard, Status> {
    match down.next().await {
        Some(heard) => heard,
        None => Err(Status::unavailable("the service ended the stream")),
    }
}
