//! The feeds: what this service tells the others (sessions ended early), and what it learns from student-svc (who there is).

use std::sync::Arc;

use chassis::clock::Clock;
use chassis::db::{Db, DbError, Tx};
use chassis::feed::{ApplyError, Event, FeedConfig, FeedServer, Projection, SnapshotRow, SnapshotSource};
use jiff::Timestamp;
use prost::Message as _;
use proto::common::v1::SessionRevoked;
use proto::student::v1 as student_pb;
use tokio_util::sync::CancellationToken;

use crate::app::{App, apply_person};
use crate::grpc::convert;
use crate::rules::person::Record;
use crate::store::{accounts, sessions};

/// Kind of our own events: a session was ended early.
pub(crate) const SESSION_REVOKED: &str = "auth.session_revoked";
const STUDENT: &str = "student.student";
const LECTURER: &str = "student.lecturer";

/// The event of a session that was ended early.
pub(crate) fn session_revoked(session_id: &str, until: Timestamp) -> SessionRevoked {
    SessionRevoked { sid: session_id.to_owned(), until: Some(convert::timestamp(until)) }
}

/// Our feed. Its snapshot names the ended sessions whose tokens may still be alive; the older ones matter to nobody.
pub(crate) fn server(db: Db, clock: Clock, stop: CancellationToken) -> FeedServer {
    let now = clock.clone();
    let revoked = SnapshotSource::new(SESSION_REVOKED, move |tx, after, limit| {
        let now = now.now();
        Box::pin(async move {
            let rows = sessions::revoked(tx, now, after, limit).await?;
            Ok(rows.into_iter().map(snapshot_row).collect())
        })
    });
    FeedServer::start(db, vec![revoked], FeedConfig::default(), clock, stop)
}

fn snapshot_row(row: sessions::RevokedRow) -> SnapshotRow {
    let payload = session_revoked(&row.session_id, row.revoked_until.into()).encode_to_vec();
    SnapshotRow { aggregate_id: row.session_id, version: 1, payload }
}

/// Accounts, as they follow from student-svc's feed.
pub(crate) struct People(pub(crate) Arc<App>);

impl Projection for People {
    fn kinds(&self) -> &'static [&'static str] {
        &[STUDENT, LECTURER]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let person = match event.kind.as_str() {
            STUDENT => convert::student(student_pb::StudentState::decode(event.payload.as_slice())?),
            LECTURER => convert::lecturer(student_pb::Lecturer::decode(event.payload.as_slice())?),
            other => return Err(ApplyError::Poison(format!("kind {other} was not asked for"))),
        };
        if person.id != event.aggregate_id {
            return Err(ApplyError::Poison("the record has another id than the event".into()));
        }
        Ok(apply_person::apply_person(tx, &self.0.terms, &person, self.0.clock.now()).await?)
    }

    async fn ids(&self, tx: &mut Tx, kind: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        match record(kind) {
            Some(record) => accounts::record_ids(tx, record, after, limit).await,
            None => Ok(Vec::new()),
        }
    }

    async fn remove(&self, tx: &mut Tx, kind: &str, id: &str) -> Result<(), DbError> {
        match record(kind) {
            Some(record) => apply_person::remove_person(tx, &self.0.terms, record, id, self.0.clock.now()).await,
            None => Ok(()),
        }
    }
}

fn record(kind: &str) -> Option<Record> {
    match kind {
        STUDENT => Some(Record::Student),
        LECTURER => Some(Record::Lecturer),
        _ => None,
    }
}
