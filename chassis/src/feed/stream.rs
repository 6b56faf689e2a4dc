//! One subscription: greeting, judgement on the cursor, then batches and heartbeats.

use proto::feed::v1 as pb;
use tonic::Status;

use super::{
    head::{self, HeadRow},
    read,
    server::{Out, Shared, refused},
};
use crate::db::{Db, DbError};

/// Sends until the receiver is gone, or until the cursor cannot be continued.
pub(super) async fn subscription(
    shared: &Shared,
    request: &pb::SubscribeRequest,
    out: &Out<pb::SubscribeResponse>,
) -> Result<(), Status> {
    use pb::subscribe_response::Message;
    let say = |message: Message| {
        let message = pb::SubscribeResponse { message: Some(message) };
        async move { out.send(Ok(message)).await.map_err(|_| Status::cancelled("the subscriber is gone")) }
    };
    let mut heads = shared.heads.subscribe();
    // The head of the greeting includes every commit that a snapshot of this consumer may have seen.
    let head = head::number(&shared.db).await.map_err(refused)?;
    shared.publish(&head);
    say(Message::Hello(pb::Hello { epoch: head.epoch.clone(), head: head.seq })).await?;
    if let Some(reason) = cursor_fault(&shared.db, request, &head).await.map_err(refused)? {
        tracing::info!(
            consumer = request.consumer,
            reason,
            after_seq = request.after_seq,
            "subscriber must start anew"
        );
        return say(Message::Reset(pb::Reset { reason: reason.to_owned() })).await;
    }
    if head.seq == request.after_seq {
        // The cursor is good and there is nothing new: said at once, so that the subscriber knows.
        say(Message::Heartbeat(pb::Heartbeat { head: head.seq })).await?;
    }
    let epoch = head.epoch;
    let mut after = request.after_seq;
    loop {
        let known = heads.borrow_and_update().clone().map_or((epoch.clone(), after), |head| (head.epoch, head.seq));
        let (present, head) = known;
        if present != epoch {
            return say(Message::Reset(pb::Reset { reason: "foreign-epoch".to_owned() })).await;
        }
        if head > after {
            let events = read::batch(&shared.db, after, &request.kinds).await.map_err(refused)?;
            match (events.first(), events.last()) {
                (Some(first), Some(last)) if first.seq == after + 1 => after = last.seq,
                // Pruned while the subscriber was slow.
                _ => return say(Message::Reset(pb::Reset { reason: "below-retention".to_owned() })).await,
            }
            metrics::counter!("feed_events_sent_total").increment(events.len() as u64);
            say(Message::Batch(pb::Batch { events, head })).await?;
            continue;
        }
        match tokio::time::timeout(shared.config.heartbeat, heads.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ok(()),
            Err(_) => say(Message::Heartbeat(pb::Heartbeat { head })).await?,
        }
    }
}

/// Why a cursor cannot be continued, if so.
async fn cursor_fault(
    db: &Db,
    request: &pb::SubscribeRequest,
    head: &HeadRow,
) -> Result<Option<&'static str>, DbError> {
    let after = request.after_seq;
    let never_read = request.epoch.is_empty() && after == 0;
    if request.epoch != head.epoch && !never_read {
        return Ok(Some("foreign-epoch"));
    }
    if after > head.seq {
        return Ok(Some("beyond-head"));
    }
    if after < head.pruned_seq {
        return Ok(Some("below-retention"));
    }
    let id = match after {
        0 => String::new(),
        _ if after == head.pruned_seq => head.pruned_event_id.clone(),
        _ if after == head.seq => head.event_id.clone(),
        _ => match read::event_id(db, after).await? {
            Some(id) => id,
            // Pruned since the head was read.
            None => return Ok(Some("below-retention")),
        },
    };
    Ok((id != request.after_event_id).then_some("other-event"))
}
