//! Following a feed in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use chassis::{
    both_engines,
    clock::Clock,
    feed::{self, Event, Follow, FollowConfig, Follower},
    sql,
    testing::eventually,
};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::fixture::{App, COUNTER, counters, feed, listen, quick, set_now, start, value};

/// Counters in memory: value and version by id.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<BTreeMap<String, (i64, i64)>>>);

impl Memory {
    fn rows(&self) -> Vec<(String, i64, i64)> {
        self.0.lock().unwrap().iter().map(|(id, (value, version))| (id.clone(), *value, *version)).collect()
    }
}

impl Follow for Memory {
    fn kinds(&self) -> &'static [&'static str] {
        &[COUNTER]
    }

    fn replace(&mut self, events: Vec<Event>) -> Result<(), String> {
        self.0.lock().unwrap().clear();
        events.iter().try_for_each(|event| self.apply(event))
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        let mut map = self.0.lock().unwrap();
        if event.tombstone {
            map.remove(&event.aggregate_id);
        } else {
            let known = map.insert(event.aggregate_id.clone(), (value(&event.payload)?, event.version));
            assert!(known.is_none_or(|(_, version)| version < event.version), "newer versions only");
        }
        Ok(())
    }
}

fn start_following(
    memory: &Memory,
    channel: tonic::transport::Channel,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> Follower {
    let config = FollowConfig { consumer: "follower", source: "owner" };
    feed::follow(config, channel, memory.clone(), clock.clone(), shutdown.clone())
}

both_engines! {
    async fn memory_follows_from_a_snapshot_on(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        for n in 0..30 {
            set_now(&app.db, &format!("c{}", n % 10), Some(n)).await;
        }
        let (memory, clock) = (Memory::default(), Clock::manual(start()));
        let follower = start_following(&memory, channel, &clock, &shutdown);
        let expected = counters(&app.db).await;
        eventually("the snapshot is in", async || memory.rows() == expected).await;
        set_now(&app.db, "c3", None).await;
        set_now(&app.db, "c4", Some(400)).await;
        set_now(&app.db, "new", Some(1)).await;
        let expected = counters(&app.db).await;
        eventually("the changes are in", async || memory.rows() == expected).await;

        // A heartbeat says when the other side was alive last.
        clock.advance(SignedDuration::from_secs(60));
        eventually("a heartbeat", async || follower.last_heard() == Some(start() + SignedDuration::from_secs(60))).await;
        shutdown.cancel();
    }

    async fn memory_starts_anew_after_a_restore(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        set_now(&app.db, "a", Some(1)).await;
        set_now(&app.db, "b", Some(1)).await;
        let (memory, clock) = (Memory::default(), Clock::manual(start()));
        let follower = start_following(&memory, channel, &clock, &shutdown);
        let expected = counters(&app.db).await;
        eventually("the snapshot is in", async || memory.rows() == expected).await;
        let mut tx = app.db.begin().await.unwrap();
        sql!("DELETE FROM counter WHERE counter_id = 'b'").run(&mut tx).await.unwrap();
        feed::new_epoch(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let expected = counters(&app.db).await;
        eventually("the restored state is in", async || memory.rows() == expected).await;
        assert!(!follower.state().poisoned);
        shutdown.cancel();
    }

    async fn an_event_that_cannot_be_understood_stops_the_follower(app: App) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        let (memory, clock) = (Memory::default(), Clock::manual(start()));
        let follower = start_following(&memory, channel, &clock, &shutdown);
        eventually("it is connected", async || follower.last_heard().is_some()).await;
        let mut tx = app.db.begin().await.unwrap();
        let change = chassis::outbox::Change {
            kind: COUNTER,
            aggregate_id: "a".to_owned(),
            version: 1,
            state: chassis::outbox::State::Is(vec![1, 2, 3]),
            traceparent: String::new(),
        };
        chassis::outbox::put(&mut tx, &change, start()).await.unwrap();
        tx.commit().await.unwrap();
        eventually("the alarm", async || follower.state().poisoned).await;
        shutdown.cancel();
    }
}
