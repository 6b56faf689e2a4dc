//! One import stream to one service: rows up, faults, progress and verdict down.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use proto::common::v1::{Empty, ImportApplied, ImportFault, ImportProgress, ImportVerdict};
use proto::course::v1 as course;
use proto::grade::v1 as grade;
use proto::student::v1 as student;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::announce::{self, ToGrade};
use super::fault::Found;
use super::files::Row;
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

/// What a service judged, and what was wrong.
pub(crate) struct Judged {
    /// The verdict.
    pub(crate) verdict: ImportVerdict,
    /// Rows that were reported one by one; the verdict may count more.
    pub(crate) found: Found,
}

/// A service did not apply what it had judged good.
pub(crate) struct NotApplied {
    /// Why.
    pub(crate) status: Status,
    /// Rows that no longer fit.
    pub(crate) found: Found,
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

macro_rules! messages {
    ($($service:ident),+) => {
        $(impl Message for $service::ImportRequest {
            fn judge() -> Self {
                Self { message: Some($service::import_request::Message::Judge(Empty {})) }
            }

            fn apply() -> Self {
                Self { message: Some($service::import_request::Message::Apply(Empty {})) }
            }
        })+
    };
}

messages!(student, course, grade);

macro_rules! message {
    ($service:ident, $line:expr, $row:expr) => {{
        let row = $service::ImportRow { file: $line.file.to_owned(), line: $line.line, row: Some($row) };
        $service::ImportRequest { message: Some($service::import_request::Message::Row(row)) }
    }};
}

/// The rows that student-svc owns.
pub(crate) fn student_rows(lines: &[Line]) -> Vec<student::ImportRequest> {
    let row = |line: &Line| match &line.row {
        Row::Student(row) => Some(message!(student, line, row.clone())),
        Row::Course(_) | Row::Grade(_) => None,
    };
    lines.iter().filter_map(row).collect()
}

/// The rows that course-svc owns, after the keys that other services are about to learn. Without rows of its own it is asked
/// all the same when there are results, which it compares with the prerequisites; else it has nothing to say.
pub(crate) fn course_rows(lines: &[Line]) -> Vec<course::ImportRequest> {
    use course::announcement::Key;
    let mut wanted = owned_by_course(lines);
    let announced = lines.iter().filter_map(|line| {
        let key = announce::to_course(&line.row)?;
        wanted |= matches!(key, Key::Result(_));
        let announcement = course::Announcement { key: Some(key) };
        Some(message!(course, line, course::import_row::Row::Announcement(announcement)))
    });
    let mut rows: Vec<_> = announced.collect();
    if !wanted {
        return Vec::new();
    }
    rows.extend(lines.iter().filter_map(|line| match &line.row {
        Row::Course(row) => Some(message!(course, line, row.clone())),
        Row::Student(_) | Row::Grade(_) => None,
    }));
    rows
}

/// Whether course-svc has anything to apply.
pub(crate) fn owned_by_course(lines: &[Line]) -> bool {
    lines.iter().any(|line| matches!(line.row, Row::Course(_)))
}

/// The rows that grade-svc owns, after the keys that other services are about to learn; empty when it owns none.
pub(crate) fn grade_rows(lines: &[Line]) -> Vec<grade::ImportRequest> {
    let to_grade = ToGrade::of(lines);
    let announced = lines.iter().filter_map(|line| {
        let announcement = grade::Announcement { key: Some(to_grade.key(&line.row)?) };
        Some(message!(grade, line, grade::import_row::Row::Announcement(announcement)))
    });
    let mut owned = lines.iter().filter_map(|line| match &line.row {
        Row::Grade(row) => Some(message!(grade, line, row.clone())),
        Row::Student(_) | Row::Course(_) => None,
    });
    owned.next().map_or_else(Vec::new, |first| announced.chain([first]).chain(owned).collect())
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

/// Opens the stream to grade-svc.
pub(crate) async fn with_grade(channel: Channel) -> Result<Session<grade::ImportRequest>, Status> {
    open!(channel, grade, grade_import_client::GradeImportClient)
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
            let mut found = Found::default();
            loop {
                match hear(&mut self.down).await? {
                    Heard::Fault(fault) => found.add(fault),
                    Heard::Progress(at) => progress(at.done, at.total),
                    Heard::Verdict(verdict) => return Ok(Judged { verdict, found }),
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
    /// The stream broke, rows no longer fit, or the service does not keep to the protocol. When the stream broke, whether
    /// anything was applied is unknown; the same import again answers that.
    pub(crate) async fn apply(mut self, progress: Listen<'_>) -> Result<ImportApplied, NotApplied> {
        // When the service has closed the stream it says why below.
        drop(self.up.send(M::apply()).await);
        let mut found = Found::default();
        loop {
            match hear(&mut self.down).await {
                Ok(Heard::Applied(applied)) => return Ok(applied),
                Ok(Heard::Progress(at)) => progress(at.done, at.total),
                Ok(Heard::Fault(fault)) => found.add(fault),
                Ok(Heard::Verdict(_)) => {
                    return Err(NotApplied { status: Status::internal("judged after the verdict"), found });
                }
                Err(status) => return Err(NotApplied { status, found }),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(row: Row) -> Line {
        Line { file: "x.csv", line: 2, row }
    }

    #[test]
    fn a_service_is_asked_when_there_is_something_for_it() {
        let student = || line(Row::Student(student::import_row::Row::Student(student::StudentRow::default())));
        let room = || line(Row::Course(course::import_row::Row::Room(course::RoomRow::default())));
        let step = || line(Row::Grade(grade::import_row::Row::ScaleStep(grade::ScaleStepRow::default())));
        let grade = || line(Row::Grade(grade::import_row::Row::Grade(grade::GradeRow::default())));
        let asked = |lines: &[Line]| [student_rows(lines).len(), course_rows(lines).len(), grade_rows(lines).len()];
        assert_eq!(asked(&[student()]), [1, 0, 0]);
        assert_eq!(asked(&[student(), room()]), [1, 2, 0], "the student is announced");
        assert_eq!(asked(&[student(), step()]), [1, 0, 2]);
        assert_eq!(asked(&[student(), grade()]), [1, 2, 2], "results are compared with prerequisites");
        assert!(owned_by_course(&[student(), room()]) && !owned_by_course(&[student(), grade()]));
    }
}
