//! The consumer's side of the feed: applied exactly once, never skipped, by one replica at a time.

use chassis::{
    both_engines,
    clock::Clock,
    db::{Db, DbError, Engine, Tx},
    feed::{self, ApplyError, Consumer, ConsumerConfig, ConsumerState, Event, FeedServer, Projection},
    sql,
    testing::eventually,
};
use jiff::SignedDuration;
use proto::feed::v1 as pb;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::fixture::{COUNTER, MIGRATIONS, Pair, copies, counters, feed, listen, quick, set_now, start, value};

/// Copies counters, and calls an event that was lost or came too early poison.
pub(crate) struct Copy;

impl Projection for Copy {
    fn kinds(&self) -> &'static [&'static str] {
        &[COUNTER]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let value = value(&event.payload).map_err(ApplyError::Poison)?;
        let known = sql!("SELECT version FROM counter_copy WHERE counter_id = $1")
            .bind(&event.aggregate_id)
            .opt::<(i64,)>(&mut *tx)
            .await?;
        // In a snapshot (position 0) any version may follow any other.
        if let Some((known,)) = known
            && event.seq > 0
            && event.version != known + 1
        {
            return Err(ApplyError::Poison(format!("version {} after {known}", event.version)));
        }
        sql!(
            "INSERT INTO counter_copy (counter_id, value, version) VALUES ($1, $2, $3)
             ON CONFLICT (counter_id) DO UPDATE SET value = excluded.value, version = excluded.version"
        )
        .bind(&event.aggregate_id)
        .bind(value)
        .bind(event.version)
        .run(tx)
        .await?;
        Ok(())
    }

    async fn ids(&self, tx: &mut Tx, _: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        let rows = sql!("SELECT counter_id FROM counter_copy WHERE counter_id > $1 ORDER BY counter_id LIMIT $2")
            .bind(after)
            .bind(limit)
            .all::<(String,)>(tx)
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    async fn remove(&self, tx: &mut Tx, _: &str, id: &str) -> Result<(), DbError> {
        sql!("DELETE FROM counter_copy WHERE counter_id = $1").bind(id).run(tx).await?;
        Ok(())
    }
}

pub(crate) fn copy(channel: Channel, db: &Db, shutdown: &CancellationToken) -> Consumer {
    let config = ConsumerConfig { consumer: "copier", source: "owner" };
    feed::consume(config, channel, db.clone(), Copy, Clock::manual(start()), shutdown.clone())
}

/// Waits until the copy has reached the present head.
pub(crate) async fn caught_up(feed: &FeedServer, consumer: &Consumer) {
    let head = feed.head().await.unwrap().seq;
    eventually(
        "the consumer reaches the head",
        async || matches!(consumer.state(), ConsumerState::Live { seq, .. } if seq >= head),
    )
    .await;
}

both_engines! {
    async fn a_copy_starts_from_a_snapshot_and_follows(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        for n in 0..700 {
            set_now(&app.owner.db, &format!("c{}", n % 50), Some(n)).await;
        }
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        assert_eq!(copies(&app.copier.db).await, counters(&app.owner.db).await);
        set_now(&app.owner.db, "c1", Some(1_000)).await;
        set_now(&app.owner.db, "c2", None).await;
        set_now(&app.owner.db, "new", Some(5)).await;
        caught_up(&feed, &consumer).await;
        assert_eq!(copies(&app.copier.db).await, counters(&app.owner.db).await);

        // Others can ask how far it is.
        let copier = crate::fixture::feed(&app.copier.db, quick(), &shutdown);
        let mut client = pb::feed_client::FeedClient::new(listen(copier, &shutdown).await);
        let cursors = client.get_cursors(pb::GetCursorsRequest {}).await.unwrap().into_inner().cursors;
        let head = feed.head().await.unwrap();
        assert_eq!(cursors, [pb::Cursor { source: "owner".to_owned(), epoch: head.epoch, seq: head.seq }]);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn a_restart_goes_on_where_it_stood(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        set_now(&app.owner.db, "a", Some(1)).await;
        let first = CancellationToken::new();
        let consumer = copy(channel.clone(), &app.copier.db, &first);
        caught_up(&feed, &consumer).await;
        first.cancel();
        consumer.join().await;
        // A row that no event names would not survive a snapshot.
        let mut tx = app.copier.db.begin().await.unwrap();
        sql!("INSERT INTO counter_copy (counter_id, value, version) VALUES ('witness', 0, 1)").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        set_now(&app.owner.db, "a", Some(2)).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        let expected = [("a".to_owned(), 2, 2), ("witness".to_owned(), 0, 1)];
        assert_eq!(copies(&app.copier.db).await, expected, "no snapshot was needed");
        shutdown.cancel();
        consumer.join().await;
    }

    async fn who_falls_below_the_kept_part_bootstraps_and_drops_what_is_gone(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        for id in ["a", "b", "c"] {
            set_now(&app.owner.db, id, Some(1)).await;
        }
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        consumer.abort();
        consumer.join().await;
        set_now(&app.owner.db, "b", None).await;
        set_now(&app.owner.db, "c", Some(2)).await;
        feed.head().await.unwrap();
        assert_eq!(feed.prune(start() + SignedDuration::from_secs(1)).await.unwrap(), 5);
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        assert_eq!(copies(&app.copier.db).await, [("a".to_owned(), 1, 1), ("c".to_owned(), 2, 2)]);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn a_snapshot_that_was_interrupted_is_taken_anew(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        set_now(&app.owner.db, "a", Some(1)).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        consumer.abort();
        consumer.join().await;
        // It was killed in the middle of another snapshot, while the old cursor still holds at the owner. The row is one that a
        // snapshot removes.
        let mut tx = app.copier.db.begin().await.unwrap();
        sql!("UPDATE feed_cursor SET bootstrap = 'interrupted'").run(&mut tx).await.unwrap();
        sql!("INSERT INTO counter_copy (counter_id, value, version) VALUES ('half', 0, 1)").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        set_now(&app.owner.db, "a", Some(2)).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        eventually("the snapshot is taken anew", async || copies(&app.copier.db).await == [("a".to_owned(), 2, 2)]).await;
        set_now(&app.owner.db, "a", Some(3)).await;
        eventually("events follow it", async || copies(&app.copier.db).await == [("a".to_owned(), 3, 3)]).await;
        shutdown.cancel();
        consumer.join().await;
    }

    async fn a_restored_owner_is_copied_even_with_lower_versions(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        for n in 1..=5 {
            set_now(&app.owner.db, "a", Some(n)).await;
        }
        set_now(&app.owner.db, "later", Some(1)).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        // The backup knew less: version 2 of one counter, and not the other.
        let mut tx = app.owner.db.begin().await.unwrap();
        sql!("DELETE FROM outbox").run(&mut tx).await.unwrap();
        sql!("UPDATE counter SET value = 2, version = 2 WHERE counter_id = 'a'").run(&mut tx).await.unwrap();
        sql!("DELETE FROM counter WHERE counter_id = 'later'").run(&mut tx).await.unwrap();
        sql!("UPDATE feed_head SET seq = 2, event_id = 'x', pruned_seq = 2, pruned_event_id = 'x'").run(&mut tx).await.unwrap();
        let epoch = feed::new_epoch(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        eventually("the copy goes back", async || copies(&app.copier.db).await == [("a".to_owned(), 2, 2)]).await;
        set_now(&app.owner.db, "a", Some(33)).await;
        eventually("the copy follows the new line", async || {
            copies(&app.copier.db).await == [("a".to_owned(), 33, 3)]
        })
        .await;
        assert_eq!(feed.head().await.unwrap().epoch, epoch);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn a_restore_without_a_new_epoch_is_noticed_by_the_event_at_the_cursor(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        for n in 1..=3 {
            set_now(&app.owner.db, "a", Some(n)).await;
        }
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        consumer.abort();
        consumer.join().await;
        // Back to version 2, then another third event under the same number.
        let mut tx = app.owner.db.begin().await.unwrap();
        sql!("DELETE FROM outbox WHERE seq = 3").run(&mut tx).await.unwrap();
        sql!("UPDATE counter SET value = 2, version = 2").run(&mut tx).await.unwrap();
        sql!("UPDATE feed_head SET seq = 2, event_id = (SELECT event_id FROM outbox WHERE outbox.seq = 2)")
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        set_now(&app.owner.db, "a", Some(30)).await;
        set_now(&app.owner.db, "a", Some(40)).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        assert_eq!(copies(&app.copier.db).await, [("a".to_owned(), 40, 4)]);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn a_poisoned_event_stops_the_consumer_after_what_came_before_it(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        let mut tx = app.owner.db.begin().await.unwrap();
        for (version, payload) in [(1, vec![0; 8]), (2, b"not a number".to_vec()), (3, vec![0; 8])] {
            let state = chassis::outbox::State::Is(payload);
            let change = chassis::outbox::Change {
                kind: COUNTER,
                aggregate_id: "a".to_owned(),
                version,
                state,
                traceparent: String::new(),
            };
            chassis::outbox::put(&mut tx, &change, start()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let poisoned = ConsumerState::Poisoned { seq: 2, kind: COUNTER.to_owned() };
        eventually("the alarm", async || consumer.state() == poisoned).await;
        assert_eq!(copies(&app.copier.db).await, [("a".to_owned(), 0, 1)], "neither skipped nor lost");
        shutdown.cancel();
        consumer.join().await;
    }

    async fn an_event_that_the_database_never_takes_counts_as_poisoned(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        set_now(&app.owner.db, "a", Some(1)).await;
        set_now(&app.owner.db, "a", Some(-1)).await;
        let poisoned = ConsumerState::Poisoned { seq: 2, kind: COUNTER.to_owned() };
        eventually("the alarm", async || consumer.state() == poisoned).await;
        assert_eq!(copies(&app.copier.db).await, [("a".to_owned(), 1, 1)]);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn unknown_kinds_move_the_cursor_and_nothing_else(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        let consumer = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &consumer).await;
        let mut tx = app.owner.db.begin().await.unwrap();
        let unknown = chassis::outbox::Change::tombstone("test.unknown", "a", 1);
        chassis::outbox::put(&mut tx, &unknown, start()).await.unwrap();
        tx.commit().await.unwrap();
        set_now(&app.owner.db, "a", Some(1)).await;
        caught_up(&feed, &consumer).await;
        assert_eq!(copies(&app.copier.db).await, [("a".to_owned(), 1, 1)]);
        shutdown.cancel();
        consumer.join().await;
    }

    async fn one_applies_and_another_takes_over(app: Pair) {
        let shutdown = CancellationToken::new();
        let feed = feed(&app.owner.db, quick(), &shutdown);
        let channel = listen(feed.clone(), &shutdown).await;
        let first = copy(channel.clone(), &app.copier.db, &shutdown);
        caught_up(&feed, &first).await;
        // On PostgreSQL the second one is another replica with connections of its own.
        let replica = match app.copier.db.engine() {
            Engine::Sqlite => app.copier.db.clone(),
            Engine::Postgres => Db::open(&app.copier.config, &MIGRATIONS).await.unwrap(),
        };
        let second = copy(channel.clone(), &replica, &shutdown);
        for n in 0..20 {
            set_now(&app.owner.db, "a", Some(n)).await;
            caught_up(&feed, &first).await;
            assert_eq!(second.state(), ConsumerState::Standby);
        }
        first.abort();
        set_now(&app.owner.db, "a", Some(99)).await;
        caught_up(&feed, &second).await;
        assert_eq!(copies(&replica).await, counters(&app.owner.db).await);
        shutdown.cancel();
        second.join().await;
    }

    async fn an_owner_that_is_down_is_waited_for(app: Pair) {
        let shutdown = CancellationToken::new();
        let down = CancellationToken::new();
        let first = feed(&app.owner.db, quick(), &down);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        let consumer = copy(channel, &app.copier.db, &shutdown);
        set_now(&app.owner.db, "a", Some(1)).await;
        eventually("an attempt", async || consumer.state() == ConsumerState::Connecting).await;
        for round in 2..4 {
            // Up, down, up again on the same address.
            let up = CancellationToken::new();
            let listener = tokio::net::TcpListener::bind(address).await.unwrap();
            let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
            let served = crate::fixture::feed(&app.owner.db, quick(), &up);
            let server = tonic::transport::Server::builder().add_service(served.into_service());
            let ended = up.clone();
            let task = tokio::spawn(async move { server.serve_with_incoming_shutdown(incoming, ended.cancelled()).await });
            caught_up(&first, &consumer).await;
            set_now(&app.owner.db, "a", Some(round)).await;
            caught_up(&first, &consumer).await;
            up.cancel();
            task.await.unwrap().unwrap();
        }
        assert_eq!(copies(&app.copier.db).await, counters(&app.owner.db).await);
        shutdown.cancel();
        down.cancel();
        consumer.join().await;
    }
}
