//! What this service tells the others: the full state of every aggregate, as an event of each change and as a snapshot.
//! It applies no events of others.

use chassis::clock::Clock;
use chassis::db::Db;
use chassis::feed::{FeedConfig, FeedServer, SnapshotRow, SnapshotSource};
use chassis::outbox::{Change, State};
use tokio_util::sync::CancellationToken;

use crate::grpc::convert;
use crate::store;
use crate::store::faculty::Faculty;
use crate::store::hold::Hold;
use crate::store::lecturer::Lecturer;
use crate::store::programme::Programme;
use crate::store::status::PeriodStatus;
use crate::store::student::Student;

/// Kind of the faculties.
pub const FACULTY: &str = "student.faculty";
/// Kind of the study programmes.
pub const PROGRAMME: &str = "student.programme";
/// Kind of the lecturers.
pub const LECTURER: &str = "student.lecturer";
/// Kind of the students, without personal data.
pub const STUDENT: &str = "student.student";
/// Kind of the statuses; the aggregate id is [`status_id`].
pub const STATUS: &str = "student.status";
/// Kind of the holds.
pub const HOLD: &str = "student.hold";

/// Aggregate id of a status: `<student_id>/<period_code>`.
#[must_use]
pub fn status_id(student_id: &str, period_code: &str) -> String {
    format!("{student_id}/{period_code}")
}

/// The faculty as it is now.
#[must_use]
pub(crate) fn faculty(row: &Faculty) -> Change {
    Change::new(FACULTY, row.faculty_id.as_str(), row.version, &convert::faculty(row))
}

/// The study programme as it is now.
#[must_use]
pub(crate) fn programme(row: &Programme) -> Change {
    Change::new(PROGRAMME, row.programme_id.as_str(), row.version, &convert::programme(row))
}

/// The lecturer as he or she is now.
#[must_use]
pub(crate) fn lecturer(row: &Lecturer) -> Change {
    Change::new(LECTURER, row.lecturer_id.as_str(), row.version, &convert::lecturer(row))
}

/// The student as he or she is now, as far as other services may know.
#[must_use]
pub(crate) fn student(row: &Student) -> Change {
    Change::new(STUDENT, row.student_id.as_str(), row.version, &convert::student_state(row))
}

/// The status as it is now.
#[must_use]
pub(crate) fn status(row: &PeriodStatus) -> Change {
    Change::new(STATUS, status_id(&row.student_id, &row.period_code), row.version, &convert::status(row))
}

/// The hold as it is now.
#[must_use]
pub(crate) fn hold(row: &Hold) -> Change {
    Change::new(HOLD, row.hold_id.as_str(), row.version, &convert::hold(row, true))
}

/// The feed of this service, with the present state of every kind for those who start anew.
pub(crate) fn server(db: Db, clock: Clock, stop: CancellationToken) -> FeedServer {
    let sources = vec![
        SnapshotSource::new(FACULTY, |tx, after, limit| {
            Box::pin(async move { Ok(rows(store::faculty::after_id(tx, after, limit).await?, faculty)) })
        }),
        SnapshotSource::new(PROGRAMME, |tx, after, limit| {
            Box::pin(async move { Ok(rows(store::programme::after_id(tx, after, limit).await?, programme)) })
        }),
        SnapshotSource::new(LECTURER, |tx, after, limit| {
            Box::pin(async move { Ok(rows(store::lecturer::after_id(tx, after, limit).await?, lecturer)) })
        }),
        SnapshotSource::new(STUDENT, |tx, after, limit| {
            Box::pin(async move { Ok(rows(store::student::after_id(tx, after, limit).await?, student)) })
        }),
        // Ids of students have one length, so pairs sort as the aggregate ids made of them.
        SnapshotSource::new(STATUS, |tx, after, limit| {
            Box::pin(async move {
                let after = after.split_once('/').unwrap_or_default();
                Ok(rows(store::status::after_key(tx, after, limit).await?, status))
            })
        }),
        SnapshotSource::new(HOLD, |tx, after, limit| {
            Box::pin(async move { Ok(rows(store::hold::after_id(tx, after, limit).await?, hold)) })
        }),
    ];
    FeedServer::start(db, sources, FeedConfig::default(), clock, stop)
}

/// Rows as a snapshot gives them: what an event of their last change would say.
fn rows<T>(rows: Vec<T>, change: fn(&T) -> Change) -> Vec<SnapshotRow> {
    rows.iter()
        .map(change)
        .map(|Change { aggregate_id, version, state, .. }| {
            let payload = match state {
                State::Is(payload) => payload,
                State::Gone => Vec::new(),
            };
            SnapshotRow { aggregate_id, version, payload }
        })
        .collect()
}
