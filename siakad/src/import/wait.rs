//! Waits until the other services have learnt what one has applied.

use std::time::Duration;

use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{GetCursorsRequest, GetHeadRequest};
use tonic::Status;

use crate::link::{self, Channel};

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(30);
/// A service that has not moved on for so long is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service by its short name and the connection to it.
pub(crate) type Named<'a> = (&'static str, &'a Channel);

/// Returns when every follower has applied the feed of `source` up to `head`.
///
/// # Errors
/// A sentence: which service does not follow.
pub(crate) async fn until_learnt(source: Named<'_>, followers: &[Named<'_>], head: i64) -> Result<(), String> {
    let (name, channel) = source;
    let epoch = FeedClient::new(channel.clone())
        .get_head(GetHeadRequest {})
        .await
        .map_err(|status| format!("{name}-svc does not tell its feed's head: {}", link::said(&status)))?
        .into_inner()
        .epoch;
    let all = followers.iter().map(|follower| one(*follower, name, &epoch, head));
    futures_util::future::try_join_all(all).await.map(drop)
}

async fn one(follower: Named<'_>, source: &str, epoch: &str, head: i64) -> Result<(), String> {
    let (name, channel) = follower;
    let mut client = FeedClient::new(channel.clone());
    let mut seen = -1;
    let mut moved = tokio::time::Instant::now();
    loop {
        let trouble = match reached(&mut client, source, epoch).await {
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
            return Err(format!("{name}-svc has not caught up with {source}-svc for {} s{why}", PATIENCE.as_secs()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How far a service has come in another one's feed; -1 when it follows another epoch or has not begun.
async fn reached(client: &mut FeedClient<Channel>, source: &str, epoch: &str) -> Result<i64, Status> {
    let cursors = client.get_cursors(GetCursorsRequest {}).await?.into_inner().cursors;
    let ours = cursors.iter().find(|cursor| cursor.source == source && cursor.epoch == epoch);
    Ok(ours.map_or(-1, |cursor| cursor.seq))
}
