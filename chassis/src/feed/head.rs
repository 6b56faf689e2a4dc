//! The end of the feed: numbering what has been committed, and forgetting what is old.

use jiff::Timestamp;

use crate::{
    db::{Db, DbError, On, Tx},
    id, sql,
};

/// Rows that one numbering transaction takes.
const NUMBERED_AT_ONCE: u64 = 1000;
/// Rows that one pruning transaction removes at most.
const PRUNED_AT_ONCE: i64 = 5000;

/// The end of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Random; changes when the database is restored.
    pub epoch: String,
    /// Last numbered event; 0 while there is none.
    pub seq: i64,
    /// Its id; empty while there is none.
    pub event_id: String,
}

/// The row of `feed_head`, and whether committed events wait for a number.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct HeadRow {
    pub(super) epoch: String,
    pub(super) seq: i64,
    pub(super) event_id: String,
    pub(super) pruned_seq: i64,
    pub(super) pruned_event_id: String,
    waiting: bool,
}

impl HeadRow {
    pub(super) fn head(&self) -> Head {
        Head { epoch: self.epoch.clone(), seq: self.seq, event_id: self.event_id.clone() }
    }
}

/// Makes the head of a new database. Called by the migrations, so every migrated database has one.
pub(crate) async fn ensure_head(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    sql!(
        "INSERT INTO feed_head (one, epoch, seq, event_id, pruned_seq, pruned_event_id) VALUES (1, $1, 0, '', 0, '')
         ON CONFLICT (one) DO NOTHING"
    )
    .bind(id::new())
    .run(&mut tx)
    .await?;
    tx.commit().await
}

/// Starts a new epoch: whoever restores a database from a backup calls it before the service starts again, so that every consumer
/// notices and bootstraps anew. Returns the new epoch.
///
/// # Errors
/// What the database says.
pub async fn new_epoch(tx: &mut Tx) -> Result<String, DbError> {
    let epoch = id::new();
    sql!("UPDATE feed_head SET epoch = $1").bind(&epoch).run(tx).await?;
    Ok(epoch)
}

/// Reads the head as it is, without numbering.
pub(super) async fn read(on: impl Into<On<'_>>) -> Result<HeadRow, DbError> {
    sql!(
        "SELECT epoch, seq, event_id, pruned_seq, pruned_event_id,
                EXISTS (SELECT 1 FROM outbox WHERE outbox.seq IS NULL) AS waiting
           FROM feed_head"
    )
    .one(on)
    .await
}

/// Locks the head until the caller's transaction ends. What is read after it returns is not changed by another replica.
async fn lock(tx: &mut Tx) -> Result<HeadRow, DbError> {
    sql!(
        sqlite = "SELECT epoch, seq, event_id, pruned_seq, pruned_event_id, TRUE AS waiting FROM feed_head",
        postgres =
            "SELECT epoch, seq, event_id, pruned_seq, pruned_event_id, TRUE AS waiting FROM feed_head FOR UPDATE"
    )
    .one(tx)
    .await
}

/// Numbers every event that was committed before the call, densely, in the order of their identity numbers, and returns the
/// head. Any replica may do it at any time: the head row is locked.
pub(super) async fn number(db: &Db) -> Result<HeadRow, DbError> {
    loop {
        // Whoever numbered the rows that are no longer waiting has committed the head that includes them.
        let head = read(db).await?;
        if !head.waiting {
            return Ok(head);
        }
        let mut tx = db.begin().await?;
        let head = lock(&mut tx).await?;
        let numbered = sql!(
            "UPDATE outbox SET seq = CAST($1 AS BIGINT) + numbered.place
               FROM (SELECT outbox_id, ROW_NUMBER() OVER (ORDER BY outbox_id) AS place
                       FROM (SELECT outbox_id FROM outbox WHERE seq IS NULL ORDER BY outbox_id LIMIT $2) AS waiting
                    ) AS numbered
              WHERE outbox.outbox_id = numbered.outbox_id"
        )
        .bind(head.seq)
        .bind(i64::try_from(NUMBERED_AT_ONCE).unwrap_or(i64::MAX))
        .run(&mut tx)
        .await?;
        if numbered == 0 {
            // Another replica was faster.
            continue;
        }
        let last = head.seq + i64::try_from(numbered).unwrap_or(0);
        let moved = sql!(
            "UPDATE feed_head SET seq = $1, event_id = (SELECT outbox.event_id FROM outbox WHERE outbox.seq = $1)"
        )
        .bind(last)
        .run(&mut tx)
        .await?;
        if moved != 1 {
            return Err(DbError::usage("the database has no feed head: run the migrations"));
        }
        tx.commit().await?;
        metrics::counter!("feed_events_numbered_total").increment(numbered);
    }
}

/// Forgets the longest beginning of the feed in which every event was decided before `before`. Returns how many events.
pub(super) async fn prune(db: &Db, before: Timestamp) -> Result<u64, DbError> {
    let mut removed = 0;
    loop {
        let mut tx = db.begin().await?;
        let head = lock(&mut tx).await?;
        // Clocks of replicas differ, so `at` does not rise with `seq`: the first event that is young ends the beginning.
        let (first_young, last_seen) = sql!(
            "SELECT MIN(CASE WHEN at >= $2 THEN seq END), MAX(seq)
               FROM (SELECT seq, at FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $3) AS oldest"
        )
        .bind(head.pruned_seq)
        .bind(before)
        .bind(PRUNED_AT_ONCE)
        .one::<(Option<i64>, Option<i64>)>(&mut tx)
        .await?;
        let end = match (first_young, last_seen) {
            (Some(young), _) => young - 1,
            (None, Some(last)) => last,
            (None, None) => head.pruned_seq,
        };
        if end == head.pruned_seq {
            return Ok(removed);
        }
        sql!(
            "UPDATE feed_head
                SET pruned_seq = $1, pruned_event_id = (SELECT outbox.event_id FROM outbox WHERE outbox.seq = $1)"
        )
        .bind(end)
        .run(&mut tx)
        .await?;
        removed += sql!("DELETE FROM outbox WHERE seq <= $1").bind(end).run(&mut tx).await?;
        tx.commit().await?;
        if first_young.is_some() {
            return Ok(removed);
        }
    }
}
