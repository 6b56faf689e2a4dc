//! The promise of the feed, under everything at once: writers that overtake each other, replicas whose clocks differ, events
//! pruned under the readers, consumers killed where they stand, and a restore from a backup. Nothing is lost, nothing comes out
//! of order, and a bootstrap gives what a replay gives. `SIAKAD_TEST_SEED` replays the choices.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use chassis::{
    both_engines,
    db::{Db, Engine},
    feed::{self, Consumer, ConsumerState, FeedServer},
    sql,
    testing::{Rng, eventually},
};
use jiff::{SignedDuration, Timestamp};
use proto::feed::v1::{
    Event, SnapshotRequest, SubscribeRequest, feed_client::FeedClient, snapshot_response, subscribe_response::Message,
};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::{
    feed_consumer::{caught_up, copy},
    fixture::{MIGRATIONS, Pair, copies, counters, feed, listen, quick, set, start, value},
};

const WRITERS: usize = 12;
const COUNTERS: u64 = 15;
const STEPS: usize = 25;

/// One replica of the owner: a handle of its own, a clock of its own, a feed of its own.
struct Replica {
    db: Db,
    skew: SignedDuration,
    feed: FeedServer,
    channel: Channel,
}

/// Counts transactions; a replica's time is the count and its skew.
static TICKS: AtomicI64 = AtomicI64::new(0);

impl Replica {
    fn now(&self) -> Timestamp {
        start() + self.skew + SignedDuration::from_millis(TICKS.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writers that overtake each other, on all replicas.
async fn write(replicas: &Arc<Vec<Replica>>, rng: &mut Rng) {
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let (replicas, mut rng) = (Arc::clone(replicas), rng.fork());
            tokio::spawn(async move {
                let replica = &replicas[n % replicas.len()];
                for _ in 0..STEPS {
                    let mut tx = replica.db.begin().await.unwrap();
                    // In the order of their ids, as every writer of several rows does.
                    let mut ids: Vec<u64> = (0..=rng.below(3)).map(|_| rng.below(COUNTERS)).collect();
                    ids.sort_unstable();
                    ids.dedup();
                    for id in ids {
                        let value = (!rng.once_in(8)).then(|| i64::try_from(rng.below(1_000_000)).unwrap());
                        set(&mut tx, &format!("c{id:02}"), value, replica.now()).await.unwrap();
                        for _ in 0..rng.below(20) {
                            tokio::task::yield_now().await;
                        }
                    }
                    if rng.once_in(6) {
                        drop(tx);
                    } else {
                        tx.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// Keeps a consumer running, and kills it at random moments; a new one may start before the old one is dead, and may have to start
/// from nothing.
async fn kill_at_random(
    replicas: Arc<Vec<Replica>>,
    copiers: Vec<Db>,
    mut rng: Rng,
    stop: Arc<AtomicBool>,
    shutdown: CancellationToken,
) -> (Consumer, u32) {
    let start = |rng: &mut Rng| copy(rng.pick(&replicas).channel.clone(), rng.pick(&copiers), &shutdown);
    let mut consumer = start(&mut rng);
    let mut kills = 0;
    while !stop.load(Ordering::Relaxed) {
        // Kill when it has moved a few times: often in the middle of a batch.
        let mut moves = consumer.watch();
        for _ in 0..=rng.below(4) {
            tokio::time::timeout(Duration::from_millis(200), moves.changed()).await.ok();
        }
        if let ConsumerState::Poisoned { .. } = consumer.state() {
            break;
        }
        let next = rng.once_in(2).then(|| start(&mut rng));
        consumer.abort();
        consumer.join().await;
        if rng.once_in(2) {
            // As one that has never read: a snapshot in the middle of everything.
            let mut tx = rng.pick(&copiers).begin().await.unwrap();
            sql!("UPDATE feed_cursor SET epoch = '', seq = 0, event_id = ''").run(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        consumer = next.unwrap_or_else(|| start(&mut rng));
        kills += 1;
    }
    (consumer, kills)
}

/// Forgets events under the readers.
async fn prune_at_random(replicas: Arc<Vec<Replica>>, mut rng: Rng, stop: Arc<AtomicBool>) -> u64 {
    let mut pruned = 0;
    while !stop.load(Ordering::Relaxed) {
        let replica = rng.pick(&replicas);
        let now = TICKS.load(Ordering::Relaxed);
        let before = start() + SignedDuration::from_millis(now - i64::try_from(rng.below(200)).unwrap());
        pruned += replica.feed.prune(before).await.unwrap();
        for _ in 0..rng.below(200) {
            tokio::task::yield_now().await;
        }
    }
    pruned
}

/// Writes on all replicas while consumers are killed (and events pruned), then waits for the copy and compares it.
async fn round(pair: &Pair, replicas: &Arc<Vec<Replica>>, copiers: &[Db], rng: &mut Rng, prune: bool) -> (u32, u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let shutdown = CancellationToken::new();
    let killer = tokio::spawn(kill_at_random(
        Arc::clone(replicas),
        copiers.to_vec(),
        rng.fork(),
        Arc::clone(&stop),
        shutdown.clone(),
    ));
    let pruner = prune.then(|| tokio::spawn(prune_at_random(Arc::clone(replicas), rng.fork(), Arc::clone(&stop))));
    write(replicas, rng).await;
    stop.store(true, Ordering::Relaxed);
    let pruned = match pruner {
        Some(pruner) => pruner.await.unwrap(),
        None => 0,
    };
    let (consumer, kills) = killer.await.unwrap();
    caught_up(&replicas[0].feed, &consumer).await;
    assert_eq!(copies(&pair.copier.db).await, counters(&pair.owner.db).await);
    shutdown.cancel();
    consumer.join().await;
    (kills, pruned)
}

type State = BTreeMap<String, (i64, i64)>;

fn tell(state: &mut State, event: &Event) {
    if event.tombstone {
        state.remove(&event.aggregate_id);
    } else {
        state.insert(event.aggregate_id.clone(), (value(&event.payload).unwrap(), event.version));
    }
}

/// What all events from the first one add up to. Every number and every version is there, in order.
async fn replay(replica: &Replica) -> State {
    let head = replica.feed.head().await.unwrap().seq;
    let mut client = FeedClient::new(replica.channel.clone());
    let mut messages = client.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    let (mut state, mut versions, mut seq) = (State::new(), BTreeMap::new(), 0);
    while seq < head {
        let Some(Message::Batch(batch)) = messages.message().await.unwrap().unwrap().message else { continue };
        for event in &batch.events {
            seq += 1;
            assert_eq!(event.seq, seq, "dense");
            let version = versions.entry(event.aggregate_id.clone()).or_insert(0);
            *version += 1;
            assert_eq!(event.version, *version, "of {} at {seq}: in order, none lost", event.aggregate_id);
            tell(&mut state, event);
        }
    }
    state
}

/// What a snapshot gives.
async fn snapshot(replica: &Replica) -> State {
    let mut client = FeedClient::new(replica.channel.clone());
    let mut answers = client.snapshot(SnapshotRequest::default()).await.unwrap().into_inner();
    let mut state = State::new();
    while let Some(answer) = answers.message().await.unwrap() {
        if let Some(snapshot_response::Message::Rows(batch)) = answer.message {
            batch.events.iter().for_each(|event| tell(&mut state, event));
        }
    }
    state
}

/// Copies the owner's tables aside.
async fn back_up(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    sql!("INSERT INTO backup_counter SELECT * FROM counter").run(&mut tx).await.unwrap();
    sql!("INSERT INTO backup_outbox SELECT * FROM outbox").run(&mut tx).await.unwrap();
    sql!("INSERT INTO backup_head SELECT * FROM feed_head").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts the copy back, as an operator does with a backup: the numbers after it are given a second time, in a new epoch.
async fn restore(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    sql!("DELETE FROM counter").run(&mut tx).await.unwrap();
    sql!("DELETE FROM outbox").run(&mut tx).await.unwrap();
    sql!("DELETE FROM feed_head").run(&mut tx).await.unwrap();
    sql!("INSERT INTO counter SELECT * FROM backup_counter").run(&mut tx).await.unwrap();
    sql!(
        sqlite = "INSERT INTO outbox SELECT * FROM backup_outbox",
        postgres = "INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM backup_outbox"
    )
    .run(&mut tx)
    .await
    .unwrap();
    sql!("INSERT INTO feed_head SELECT * FROM backup_head").run(&mut tx).await.unwrap();
    feed::new_epoch(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn nothing_is_lost_and_nothing_comes_out_of_order(pair: Pair) {
        let mut rng = Rng::new(pair.owner.seed);
        let shutdown = CancellationToken::new();
        let two = pair.owner.db.engine() == Engine::Postgres;
        let mut replicas = Vec::new();
        let mut copiers = vec![pair.copier.db.clone()];
        for skew in if two { vec![0, 3600] } else { vec![0] } {
            let db = match replicas.len() {
                0 => pair.owner.db.clone(),
                _ => Db::open(&pair.owner.config, &MIGRATIONS).await.unwrap(),
            };
            let feed = feed(&db, quick(), &shutdown);
            let channel = listen(feed.clone(), &shutdown).await;
            replicas.push(Replica { db, skew: SignedDuration::from_secs(skew), feed, channel });
        }
        if two {
            copiers.push(Db::open(&pair.copier.config, &MIGRATIONS).await.unwrap());
        }
        let replicas = Arc::new(replicas);

        // Writers and kills. Nothing is pruned yet, so the whole story can be told from its beginning.
        let (kills, _) = round(&pair, &replicas, &copiers, &mut rng, false).await;
        assert!(kills > 0);
        for replica in &*replicas {
            let whole = replay(replica).await;
            assert_eq!(whole, snapshot(replica).await, "a bootstrap gives what a replay gives");
            let told: Vec<_> = whole.into_iter().map(|(id, (value, version))| (id, value, version)).collect();
            assert_eq!(told, counters(&pair.owner.db).await);
        }

        // The same, with events forgotten under the readers.
        back_up(&pair.owner.db).await;
        let (kills, pruned) = round(&pair, &replicas, &copiers, &mut rng, true).await;
        assert!(kills > 0);
        // The clock of one replica is an hour ahead: its events hold the others back until then.
        let rest = replicas[0].feed.prune(start() + SignedDuration::from_hours(3)).await.unwrap();
        assert!(pruned + rest > 0);

        // A restore from the backup, into a new epoch, with writers going on at once.
        let before = replicas[0].feed.head().await.unwrap();
        restore(&pair.owner.db).await;
        let (kills, _) = round(&pair, &replicas, &copiers, &mut rng, true).await;
        assert!(kills > 0);
        let after = replicas[0].feed.head().await.unwrap();
        assert_ne!(before.epoch, after.epoch);
        let told: Vec<_> = snapshot(&replicas[0]).await.into_iter().map(|(id, (v, n))| (id, v, n)).collect();
        assert_eq!(told, copies(&pair.copier.db).await);

        // What the consumer says of itself agrees with what its cursor says.
        let consumer = copy(replicas[0].channel.clone(), &pair.copier.db, &shutdown);
        caught_up(&replicas[0].feed, &consumer).await;
        eventually("the state shows the head", async || {
            consumer.state() == ConsumerState::Live { seq: after.seq, head: after.seq }
        })
        .await;
        shutdown.cancel();
        consumer.join().await;
    }
}
