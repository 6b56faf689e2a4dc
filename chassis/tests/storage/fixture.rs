//! A small service to test with: counters, and somebody who follows them.

use std::time::Duration;

use chassis::{
    clock::Clock,
    db::{Db, DbError, Migrations, Tx},
    feed::{FeedConfig, FeedServer, PageFuture, SnapshotRow, SnapshotSource},
    outbox::{self, Change, State},
    sql,
    testing::{Setup, TestDb, TestEnv},
};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// Kind of the events of a counter; its payload is the value as eight bytes.
pub(crate) const COUNTER: &str = "test.counter";

/// One schema for every test of this binary, so that every statement of it can be prepared.
pub(crate) const MIGRATIONS: Migrations = Migrations::new(
    "storage",
    &[
        (
            "0101_sample.sqlite.sql",
            "CREATE TABLE sample (
                sample_id TEXT NOT NULL CONSTRAINT pk_sample PRIMARY KEY,
                name      TEXT NOT NULL,
                rank      BIGINT,
                good      BOOLEAN,
                bytes     BLOB,
                at        BIGINT,
                CONSTRAINT uq_sample_name_rank UNIQUE (name, rank),
                CONSTRAINT ck_sample_rank CHECK (rank >= 0)
             );",
        ),
        (
            "0101_sample.postgres.sql",
            "CREATE TABLE sample (
                sample_id TEXT NOT NULL CONSTRAINT pk_sample PRIMARY KEY,
                name      TEXT NOT NULL,
                rank      BIGINT,
                good      BOOLEAN,
                bytes     BYTEA,
                at        BIGINT,
                CONSTRAINT uq_sample_name_rank UNIQUE (name, rank),
                CONSTRAINT ck_sample_rank CHECK (rank >= 0)
             );",
        ),
        (
            "0102_counter.sql",
            "CREATE TABLE counter (
                counter_id TEXT NOT NULL CONSTRAINT pk_counter PRIMARY KEY,
                value      BIGINT NOT NULL,
                version    BIGINT NOT NULL,
                gone       BOOLEAN NOT NULL
             );
             CREATE TABLE counter_copy (
                counter_id TEXT NOT NULL CONSTRAINT pk_counter_copy PRIMARY KEY,
                value      BIGINT NOT NULL CONSTRAINT ck_counter_copy_value CHECK (value >= 0),
                version    BIGINT NOT NULL
             );
             CREATE TABLE backup_counter AS SELECT * FROM counter;
             CREATE TABLE backup_outbox AS SELECT * FROM outbox;
             CREATE TABLE backup_head AS SELECT * FROM feed_head;
             CREATE TABLE note (
                note_id    TEXT NOT NULL CONSTRAINT pk_note PRIMARY KEY,
                counter_id TEXT NOT NULL CONSTRAINT fk_note_counter_id REFERENCES counter (counter_id)
             );",
        ),
    ],
);

/// A database with the schema above.
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) test: TestDb,
}

impl Setup for App {
    async fn setup(env: &TestEnv) -> Self {
        let test = env.database(&MIGRATIONS).await;
        Self { db: test.db.clone(), test }
    }
}

/// Two databases: whose events they are, and who copies them.
pub(crate) struct Pair {
    pub(crate) owner: TestDb,
    pub(crate) copier: TestDb,
}

impl Setup for Pair {
    async fn setup(env: &TestEnv) -> Self {
        Self { owner: env.database(&MIGRATIONS).await, copier: env.database(&MIGRATIONS).await }
    }
}

/// A fixed moment.
pub(crate) fn start() -> Timestamp {
    "2026-09-01T00:00:00Z".parse().unwrap()
}

/// Sets a counter to a value and tells it; `None` removes it. Nothing happens when a counter that is not there is removed.
pub(crate) async fn set(tx: &mut Tx, id: &str, value: Option<i64>, now: Timestamp) -> Result<(), DbError> {
    sql!("INSERT INTO counter (counter_id, value, version, gone) VALUES ($1, 0, 0, TRUE) ON CONFLICT DO NOTHING")
        .bind(id)
        .run(tx)
        .await?;
    let (gone,) = sql!(
        sqlite = "SELECT gone FROM counter WHERE counter_id = $1",
        postgres = "SELECT gone FROM counter WHERE counter_id = $1 FOR UPDATE"
    )
    .bind(id)
    .one::<(bool,)>(&mut *tx)
    .await?;
    if gone && value.is_none() {
        return Ok(());
    }
    let (version,) =
        sql!("UPDATE counter SET value = $2, gone = $3, version = version + 1 WHERE counter_id = $1 RETURNING version")
            .bind(id)
            .bind(value.unwrap_or(0))
            .bind(value.is_none())
            .one::<(i64,)>(&mut *tx)
            .await?;
    let change = match value {
        Some(value) => Change {
            kind: COUNTER,
            aggregate_id: id.to_owned(),
            version,
            state: State::Is(value.to_be_bytes().to_vec()),
            traceparent: String::new(),
        },
        None => Change::tombstone(COUNTER, id, version),
    };
    outbox::put(tx, &change, now).await
}

/// [`set`] in a transaction of its own.
pub(crate) async fn set_now(db: &Db, id: &str, value: Option<i64>) {
    let mut tx = db.begin().await.unwrap();
    set(&mut tx, id, value, start()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Value of a payload.
pub(crate) fn value(payload: &[u8]) -> Result<i64, String> {
    payload.try_into().map(i64::from_be_bytes).map_err(|_| format!("a counter of {} bytes", payload.len()))
}

/// Id, value and version of every counter that is there.
pub(crate) async fn counters(db: &Db) -> Vec<(String, i64, i64)> {
    sql!("SELECT counter_id, value, version FROM counter WHERE NOT gone ORDER BY counter_id").all(db).await.unwrap()
}

/// The same of the copy.
pub(crate) async fn copies(db: &Db) -> Vec<(String, i64, i64)> {
    sql!("SELECT counter_id, value, version FROM counter_copy ORDER BY counter_id").all(db).await.unwrap()
}

fn page<'a>(tx: &'a mut Tx, after: &'a str, limit: i64) -> PageFuture<'a> {
    Box::pin(async move {
        let rows = sql!(
            "SELECT counter_id, value, version FROM counter WHERE NOT gone AND counter_id > $1 ORDER BY counter_id LIMIT $2"
        )
        .bind(after)
        .bind(limit)
        .all::<(String, i64, i64)>(tx)
        .await?;
        let row = |(aggregate_id, value, version): (String, i64, i64)| SnapshotRow {
            aggregate_id,
            version,
            payload: value.to_be_bytes().to_vec(),
        };
        Ok(rows.into_iter().map(row).collect())
    })
}

/// A feed that reacts quickly.
pub(crate) fn quick() -> FeedConfig {
    FeedConfig { poll: Some(Duration::from_millis(20)), heartbeat: Duration::from_millis(50), ..FeedConfig::default() }
}

/// The feed of the counters in `db`.
pub(crate) fn feed(db: &Db, config: FeedConfig, shutdown: &CancellationToken) -> FeedServer {
    let sources = vec![SnapshotSource::new(COUNTER, page)];
    FeedServer::start(db.clone(), sources, config, Clock::manual(start()), shutdown.clone())
}

/// Serves a feed over TCP on a free port of the loopback, until `shutdown`, and gives a channel to it.
pub(crate) async fn listen(feed: FeedServer, shutdown: &CancellationToken) -> tonic::transport::Channel {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let server = tonic::transport::Server::builder().add_service(feed.into_service());
        server.serve_with_incoming_shutdown(incoming, shutdown.cancelled()).await.unwrap();
    });
    tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}
