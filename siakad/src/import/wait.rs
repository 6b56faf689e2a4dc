//! Waits until the other services have learnt what student-svc applied.

use std::time::Duration;

use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{GetCursorsRequest, GetHeadRequest};
use tonic::Status;

use crate::link::{self, Channel, Services};

/// Whose feed is waited for.
const SOURCE: &str = "student";
/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(30);
/// A service that has not moved on for so long is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns when course-svc and auth-svc have applied student-svc's feed up to `head`.
///
/// # Errors
/// A sentence: which service does not follow.
pub(crate) async fn until_learnt(services: &Services, head: i64) -> Result<(), String> {
    let epoch = FeedClient::new(services.student.clone())
        .get_head(GetHeadRequest {})
        .await
        .map_err(|status| format!("student-svc does not tell its feed's head: {}", link::said(&status)))?
        .into_inner()
        .epoch;
    tokio::try_join!(
        one(services.course.clone(), "course-svc", &epoch, head),
        one(services.auth.clone(), "auth-svc", &epoch, head)
    )?;
    Ok(())
}

async fn one(channel: Channel, name: &str, epoch: &str, head: i64) -> Result<(), String> {
    let mut client = FeedClient::new(channel);
    let mut seen = -1;
    let mut moved = tokio::time::Instant::now();
    loop {
        let trouble = match reached(&mut client, epoch).await {
            Ok(seq) if seq >= head => return Ok(()),
            Ok(seq) => {
                if seq != seen {
                    (seen, moved) = (seq, tokio::time::Instant::now());
                }
                None
            }
            Err(status) => Some(link::said(&status)),
        };
        if moved.elapsed() > PATIENCE {
            let why = trouble.map_or(String::new(), |trouble| format!(": {trouble}"));
            return Err(format!("{name} has not caught up with student-svc for {} s{why}", PATIENCE.as_secs()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How far a service has come in student-svc's feed; -1 when it follows another epoch or has not begun.
async fn reached(client: &mut FeedClient<Channel>, epoch: &str) -> Result<i64, Status> {
    let cursors = client.get_cursors(GetCursorsRequest {}).await?.into_inner().cursors;
    let ours = cursors.iter().find(|cursor| cursor.source == SOURCE && cursor.epoch == epoch);
    Ok(ours.map_or(-1, |cursor| cursor.seq))
}
