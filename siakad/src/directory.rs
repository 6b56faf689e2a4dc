//! Ids of things that an operator knows by their code, read from student-svc's feed.

use prost::Message;
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{Event, SnapshotRequest, snapshot_response};
use proto::student::v1::Programme;

use crate::link::{self, Channel};

/// Kind of study programmes in student-svc's feed.
const PROGRAMME: &str = "student.programme";

/// The id of the study programme with this code.
///
/// # Errors
/// A sentence: there is none, or student-svc does not answer.
pub(crate) async fn programme_id(student: &Channel, code: &str) -> Result<String, String> {
    let mut known = Vec::new();
    for event in snapshot(student, &[PROGRAMME]).await? {
        let programme = Programme::decode(event.payload.as_slice())
            .map_err(|error| format!("student-svc sent a study programme that cannot be read: {error}"))?;
        if programme.code == code {
            return Ok(programme.id);
        }
        known.push(programme.code);
    }
    known.sort();
    let known = if known.is_empty() { "there is none yet".to_owned() } else { known.join(", ") };
    Err(format!("there is no study programme {code}; known: {known}"))
}

/// Everything of these kinds that the service has now.
///
/// # Errors
/// A sentence: the service does not answer, or stopped half-way.
pub(crate) async fn snapshot(channel: &Channel, kinds: &[&str]) -> Result<Vec<Event>, String> {
    let failed = |status: tonic::Status| format!("the service does not tell what it has: {}", link::said(&status));
    let request = SnapshotRequest {
        consumer: link::OPERATOR.to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    let mut stream = FeedClient::new(channel.clone()).snapshot(request).await.map_err(failed)?.into_inner();
    let mut events = Vec::new();
    while let Some(said) = stream.message().await.map_err(failed)? {
        match said.message {
            Some(snapshot_response::Message::Rows(batch)) => events.extend(batch.events),
            Some(snapshot_response::Message::End(_)) => return Ok(events),
            Some(snapshot_response::Message::Start(_)) | None => {}
        }
    }
    Err("the service stopped while it told what it has".to_owned())
}
