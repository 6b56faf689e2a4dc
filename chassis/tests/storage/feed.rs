//! The owner's side of the feed: numbering, streaming, retention, snapshots.

use std::time::Duration;

use chassis::{
    both_engines,
    db::DbErrorKind,
    feed::{self, BATCH_BYTES, BATCH_ROWS, FeedServer},
    outbox::{self, Change, MAX_PAYLOAD, State},
    sql,
};
use futures_util::StreamExt;
use jiff::SignedDuration;
use proto::feed::v1::{
    self as pb, Event, SnapshotRequest, SubscribeRequest, feed_server::Feed, snapshot_response,
    subscribe_response::Message,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use crate::fixture::{App, COUNTER, counters, feed, listen, quick, set, set_now, start, value};

/// The messages of a subscription made inside the process.
type Messages = <FeedServer as Feed>::SubscribeStream;

async fn subscribe(feed: &FeedServer, request: SubscribeRequest) -> Messages {
    feed.subscribe(Request::new(request)).await.unwrap().into_inner()
}

async fn next(messages: &mut Messages) -> Option<Result<Message, Status>> {
    let answer = tokio::time::timeout(Duration::from_secs(10), messages.next()).await.expect("a message in time");
    answer.map(|answer| answer.map(|answer| answer.message.expect("no empty message")))
}

/// A subscription from the beginning.
fn from_start() -> SubscribeRequest {
    SubscribeRequest { consumer: "test".to_owned(), ..SubscribeRequest::default() }
}

/// Everything from the beginning to the present head.
async fn replay(feed: &FeedServer) -> Vec<Event> {
    let head = feed.head().await.unwrap().seq;
    let mut messages = subscribe(feed, from_start()).await;
    let mut events: Vec<Event> = Vec::new();
    while events.last().map_or(0, |event| event.seq) < head {
        if let Message::Batch(batch) = next(&mut messages).await.unwrap().unwrap() {
            events.extend(batch.events);
        }
    }
    events
}

/// The reason of the reset that a cursor is answered with, if any.
async fn reset(feed: &FeedServer, epoch: &str, after_seq: i64, after_event_id: &str) -> Option<String> {
    let request = SubscribeRequest {
        epoch: epoch.to_owned(),
        after_seq,
        after_event_id: after_event_id.to_owned(),
        ..from_start()
    };
    let mut messages = subscribe(feed, request).await;
    assert!(matches!(next(&mut messages).await, Some(Ok(Message::Hello(_)))));
    match next(&mut messages).await.unwrap().unwrap() {
        Message::Reset(reset) => {
            assert!(next(&mut messages).await.is_none(), "the stream ends after a reset");
            Some(reset.reason)
        }
        _ => None,
    }
}

both_engines! {
    async fn events_are_numbered_densely_and_come_in_order(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let mut live = subscribe(&feed, from_start()).await;
        let Message::Hello(hello) = next(&mut live).await.unwrap().unwrap() else { panic!("no greeting") };
        assert_eq!(hello.head, 0);
        set_now(&app.db, "a", Some(1)).await;
        // A transaction that is given up leaves no hole.
        let mut tx = app.db.begin().await.unwrap();
        set(&mut tx, "b", Some(2), start()).await.unwrap();
        drop(tx);
        set_now(&app.db, "a", Some(3)).await;
        set_now(&app.db, "a", None).await;
        let events = replay(&feed).await;
        let told: Vec<_> = events.iter().map(|e| (e.seq, e.aggregate_id.as_str(), e.version, e.tombstone)).collect();
        assert_eq!(told, [(1, "a", 1, false), (2, "a", 2, false), (3, "a", 3, true)]);
        assert_eq!(value(&events[1].payload), Ok(3));
        assert_eq!(events[0].at.as_ref().map(|at| at.seconds), Some(start().as_second()));
        let head = feed.head().await.unwrap();
        assert_eq!((head.epoch, head.seq, head.event_id), (hello.epoch, 3, events[2].event_id.clone()));
        // What a subscriber hears live is the same.
        let mut heard = Vec::new();
        while heard.len() < 3 {
            if let Message::Batch(batch) = next(&mut live).await.unwrap().unwrap() {
                heard.extend(batch.events);
            }
        }
        assert_eq!(heard, events);
        shutdown.cancel();
    }

    async fn a_cursor_that_cannot_be_continued_is_told_why(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        for n in 0..5 {
            set_now(&app.db, "a", Some(n)).await;
        }
        let events = replay(&feed).await;
        let epoch = feed.head().await.unwrap().epoch;
        let id = |seq: usize| events[seq - 1].event_id.as_str();
        assert_eq!(reset(&feed, &epoch, 3, id(3)).await, None);
        assert_eq!(reset(&feed, &epoch, 5, id(5)).await, None);
        assert_eq!(reset(&feed, "another", 3, id(3)).await.as_deref(), Some("foreign-epoch"));
        assert_eq!(reset(&feed, &epoch, 6, id(5)).await.as_deref(), Some("beyond-head"));
        assert_eq!(reset(&feed, &epoch, 3, id(4)).await.as_deref(), Some("other-event"));
        assert_eq!(reset(&feed, &epoch, -1, "").await.as_deref(), Some("below-retention"));

        assert_eq!(feed.prune(start()).await.unwrap(), 0, "nothing is old enough");
        assert_eq!(feed.prune(start() + SignedDuration::from_secs(1)).await.unwrap(), 5);
        assert_eq!(reset(&feed, &epoch, 4, id(4)).await.as_deref(), Some("below-retention"));
        assert_eq!(reset(&feed, "", 0, "").await.as_deref(), Some("below-retention"), "not from the beginning either");
        assert_eq!(reset(&feed, &epoch, 5, id(5)).await, None, "nothing was missed");
        assert_eq!(reset(&feed, &epoch, 5, id(4)).await.as_deref(), Some("other-event"), "checked even when pruned");
        // Pruning never restarts the numbers.
        set_now(&app.db, "a", Some(9)).await;
        assert_eq!(feed.head().await.unwrap().seq, 6);

        let mut tx = app.db.begin().await.unwrap();
        let renewed = feed::new_epoch(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_ne!(renewed, epoch);
        assert_eq!(reset(&feed, &epoch, 5, id(5)).await.as_deref(), Some("foreign-epoch"));
        shutdown.cancel();
    }

    async fn pruning_stops_at_the_first_young_event_whatever_the_clocks_say(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let hours = [0, 5, 1, 1];
        for (n, hour) in hours.into_iter().enumerate() {
            let mut tx = app.db.begin().await.unwrap();
            set(&mut tx, "a", Some(i64::try_from(n).unwrap()), start() + SignedDuration::from_hours(hour)).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(feed.head().await.unwrap().seq, 4);
        assert_eq!(feed.prune(start() + SignedDuration::from_hours(3)).await.unwrap(), 1);
        let seqs: Vec<(i64,)> = sql!("SELECT seq FROM outbox ORDER BY seq").all(&app.db).await.unwrap();
        assert_eq!(seqs, [(2,), (3,), (4,)]);
        shutdown.cancel();
    }

    async fn a_subscriber_hears_heartbeats_and_the_stream_ends_by_age_and_by_shutdown(app: App) {
        let shutdown = CancellationToken::new();
        let feed_of_long_streams = feed(&app.db, quick(), &shutdown);
        let mut messages = subscribe(&feed_of_long_streams, from_start()).await;
        next(&mut messages).await.unwrap().unwrap();
        for _ in 0..2 {
            assert_eq!(next(&mut messages).await.unwrap().unwrap(), Message::Heartbeat(pb::Heartbeat { head: 0 }));
        }
        let mut config = quick();
        config.max_age = Duration::from_millis(100);
        let mut aged = subscribe(&feed(&app.db, config, &shutdown), from_start()).await;
        while let Some(message) = next(&mut aged).await {
            message.expect("age is no error");
        }
        shutdown.cancel();
        let status = loop {
            match next(&mut messages).await.expect("a status before the end") {
                Ok(_) => {}
                Err(status) => break status,
            }
        };
        assert_eq!(status.code(), Code::Unavailable);
        assert!(next(&mut messages).await.is_none());
    }

    async fn batches_are_bounded_by_rows_and_by_bytes(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let many: Vec<Change> = (0..1_200_i64).map(|n| change(n, vec![1; 8])).collect();
        let large: Vec<Change> = (0..10).map(|n| change(2_000 + n, vec![2; MAX_PAYLOAD])).collect();
        let mut tx = app.db.begin().await.unwrap();
        outbox::put_all(&mut tx, &many, start()).await.unwrap();
        outbox::put_all(&mut tx, &large, start()).await.unwrap();
        tx.commit().await.unwrap();
        feed.head().await.unwrap();

        let mut messages = subscribe(&feed, from_start()).await;
        let mut events = Vec::new();
        let mut batches = 0;
        while events.len() < 1_210 {
            if let Message::Batch(batch) = next(&mut messages).await.unwrap().unwrap() {
                let bytes: usize = batch.events.iter().map(|event| event.payload.len()).sum();
                assert!(batch.events.len() <= usize::try_from(BATCH_ROWS).unwrap());
                assert!(bytes <= usize::try_from(BATCH_BYTES).unwrap(), "{bytes}");
                assert_eq!(batch.head, 1_210);
                batches += 1;
                events.extend(batch.events);
            }
        }
        assert!((8..=12).contains(&batches), "{batches}");
        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));
        // The order given is the order told.
        assert!(events.iter().zip(many.iter().chain(&large)).all(|(event, change)| event.aggregate_id == change.aggregate_id));
        shutdown.cancel();
    }

    async fn a_slow_reader_makes_nobody_buffer(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let many: Vec<Change> = (0..5_000_i64).map(|n| change(n, vec![1; 8])).collect();
        let mut tx = app.db.begin().await.unwrap();
        outbox::put_all(&mut tx, &many, start()).await.unwrap();
        tx.commit().await.unwrap();
        feed.head().await.unwrap();
        let mut messages = subscribe(&feed, from_start()).await;
        assert!(matches!(next(&mut messages).await, Some(Ok(Message::Hello(_)))));
        // Whatever was read ahead is still delivered; everything else is gone.
        assert_eq!(feed.prune(start() + SignedDuration::from_secs(1)).await.unwrap(), 5_000);
        let mut ahead = 0;
        let reason = loop {
            match next(&mut messages).await.unwrap().unwrap() {
                Message::Batch(batch) => ahead += batch.events.len(),
                Message::Reset(reset) => break reset.reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(reason, "below-retention");
        assert!(ahead <= 1_500, "{ahead} events were read ahead");
        shutdown.cancel();
    }

    async fn unwanted_kinds_come_without_their_payload(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let mut tx = app.db.begin().await.unwrap();
        outbox::put_all(&mut tx, &[change(1, vec![7]), Change { kind: "test.other", ..change(2, vec![8]) }], start())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        feed.head().await.unwrap();
        let mut messages = subscribe(&feed, SubscribeRequest { kinds: vec![COUNTER.to_owned()], ..from_start() }).await;
        let events = loop {
            if let Message::Batch(batch) = next(&mut messages).await.unwrap().unwrap() {
                break batch.events;
            }
        };
        let told: Vec<_> = events.iter().map(|e| (e.seq, e.kind.as_str(), e.payload.as_slice())).collect();
        assert_eq!(told, [(1, COUNTER, [7].as_slice()), (2, "test.other", [].as_slice())]);
        shutdown.cancel();
    }

    async fn events_that_nobody_could_use_are_refused(app: App) {
        let too_large = change(1, vec![0; MAX_PAYLOAD + 1]);
        let unversioned = Change { version: 0, ..change(1, vec![]) };
        let nameless = Change { aggregate_id: String::new(), ..change(1, vec![]) };
        for change in [too_large, unversioned, nameless] {
            let mut tx = app.db.begin().await.unwrap();
            assert_eq!(outbox::put(&mut tx, &change, start()).await.unwrap_err().kind(), DbErrorKind::Usage);
            assert_eq!(outbox::put_all(&mut tx, &[change], start()).await.unwrap_err().kind(), DbErrorKind::Usage);
        }
    }

    async fn a_snapshot_is_the_present_state_with_its_head(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let mut tx = app.db.begin().await.unwrap();
        for n in 0..1_100 {
            set(&mut tx, &format!("c{n:04}"), Some(n), start()).await.unwrap();
        }
        tx.commit().await.unwrap();
        set_now(&app.db, "c0007", None).await;
        // Over the wire, as a consumer would.
        let mut client = pb::feed_client::FeedClient::new(listen(feed, &shutdown).await);
        let mut stream = client.snapshot(SnapshotRequest::default()).await.unwrap().into_inner();
        let mut rows = Vec::new();
        let Some(snapshot_response::Message::Start(begin)) = stream.message().await.unwrap().unwrap().message else {
            panic!("no start")
        };
        let told = loop {
            match stream.message().await.unwrap().unwrap().message.unwrap() {
                snapshot_response::Message::Rows(batch) => rows.extend(batch.events),
                snapshot_response::Message::End(end) => break end.rows,
                snapshot_response::Message::Start(_) => panic!("two starts"),
            }
        };
        assert!(stream.message().await.unwrap().is_none());
        assert_eq!((begin.seq, told, rows.len()), (1_101, 1_099, 1_099));
        let state: Vec<_> = rows.iter().map(|e| (e.aggregate_id.clone(), value(&e.payload).unwrap(), e.version)).collect();
        assert_eq!(state, counters(&app.db).await);
        // A kind that this service does not have is empty, not an error.
        let nothing = SnapshotRequest { kinds: vec!["test.none".to_owned()], ..SnapshotRequest::default() };
        let mut stream = client.snapshot(nothing).await.unwrap().into_inner();
        stream.message().await.unwrap();
        let end = stream.message().await.unwrap().unwrap().message.unwrap();
        assert_eq!(end, snapshot_response::Message::End(pb::SnapshotEnd { rows: 0 }));
        let head = client.get_head(pb::GetHeadRequest {}).await.unwrap().into_inner();
        assert_eq!((head.epoch, head.head), (begin.epoch, 1_101));
        shutdown.cancel();
    }
}

fn change(n: i64, payload: Vec<u8>) -> Change {
    Change {
        kind: COUNTER,
        aggregate_id: format!("c{n:05}"),
        version: 1,
        state: State::Is(payload),
        traceparent: String::new(),
    }
}
