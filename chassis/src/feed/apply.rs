//! What a durable consumer writes: one transaction a batch, the cursor in it.

use std::collections::HashMap;

use super::{ApplyError, Event, Projection, consume::Stop, link::Position};
use crate::{
    db::{Db, DbError, Ints, Texts, Tx},
    sql,
};

/// Ids that one transaction of the removal after a snapshot looks at.
const REMOVED_AT_ONCE: i64 = 500;

/// The cursor's row.
#[derive(Debug, sqlx::FromRow)]
struct CursorRow {
    epoch: String,
    seq: i64,
    event_id: String,
    bootstrap: String,
}

/// Where the projection of a source stands. Nowhere, when a snapshot was begun and not ended: parts of it may be applied already,
/// so only another snapshot helps.
pub(super) async fn cursor(db: &Db, source: &str) -> Result<Position, DbError> {
    let row: Option<CursorRow> =
        sql!("SELECT epoch, seq, event_id, bootstrap FROM feed_cursor WHERE source = $1").bind(source).opt(db).await?;
    Ok(row.filter(|row| row.bootstrap.is_empty()).map_or_else(Position::default, |row| Position {
        epoch: row.epoch,
        seq: row.seq,
        event_id: row.event_id,
    }))
}

/// Locks the cursor until the caller's transaction ends; another replica that applies the same feed waits here.
async fn lock(tx: &mut Tx, source: &str) -> Result<CursorRow, DbError> {
    sql!("INSERT INTO feed_cursor (source, epoch, seq, event_id, bootstrap) VALUES ($1, '', 0, '', '') ON CONFLICT DO NOTHING")
        .bind(source)
        .run(tx)
        .await?;
    sql!(
        sqlite = "SELECT epoch, seq, event_id, bootstrap FROM feed_cursor WHERE source = $1",
        postgres = "SELECT epoch, seq, event_id, bootstrap FROM feed_cursor WHERE source = $1 FOR UPDATE"
    )
    .bind(source)
    .one(tx)
    .await
}

/// Applies events that follow the position directly, and moves the cursor, in one transaction.
/// Returns the new position, or at which event it stopped.
pub(super) async fn batch<P: Projection>(
    db: &Db,
    source: &str,
    projection: &P,
    from: &Position,
    events: &[Event],
) -> Result<Position, (usize, Stop)> {
    let Some(last) = events.last() else { return Ok(from.clone()) };
    let at = |index: usize| move |error: DbError| (index, Stop::Db(error));
    let dense = events.iter().zip(from.seq + 1..).all(|(event, seq)| event.seq == seq);
    if !dense {
        return Err((0, Stop::Protocol("a batch that does not follow the cursor")));
    }
    let mut tx = db.begin().await.map_err(at(0))?;
    let row = lock(&mut tx, source).await.map_err(at(0))?;
    if (row.epoch.as_str(), row.seq, row.bootstrap.as_str()) != (from.epoch.as_str(), from.seq, "") {
        return Err((0, Stop::Moved));
    }
    apply(&mut tx, source, projection, events, None).await?;
    let to = Position { epoch: from.epoch.clone(), seq: last.seq, event_id: last.event_id.clone() };
    sql!("UPDATE feed_cursor SET seq = $2, event_id = $3 WHERE source = $1")
        .bind(source)
        .bind(to.seq)
        .bind(&to.event_id)
        .run(&mut tx)
        .await
        .map_err(at(0))?;
    tx.commit().await.map_err(at(0))?;
    Ok(to)
}

/// Names the snapshot that is applied from now on. Rows of an earlier one come too late.
pub(super) async fn begin_bootstrap(db: &Db, source: &str, bootstrap: &str) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    lock(&mut tx, source).await?;
    sql!("UPDATE feed_cursor SET bootstrap = $2 WHERE source = $1").bind(source).bind(bootstrap).run(&mut tx).await?;
    tx.commit().await
}

/// Applies rows of a snapshot: they replace what is there whatever its version, because a restored owner counts anew.
pub(super) async fn snapshot_rows<P: Projection>(
    db: &Db,
    source: &str,
    projection: &P,
    bootstrap: &str,
    events: &[Event],
) -> Result<(), (usize, Stop)> {
    let at = |error: DbError| (0, Stop::Db(error));
    let mut tx = db.begin().await.map_err(at)?;
    if lock(&mut tx, source).await.map_err(at)?.bootstrap != bootstrap {
        return Err((0, Stop::Moved));
    }
    apply(&mut tx, source, projection, events, Some(bootstrap)).await?;
    tx.commit().await.map_err(at)
}

/// Ends a snapshot: what it did not name is removed, then the cursor stands where the snapshot stood.
pub(super) async fn end_bootstrap<P: Projection>(
    db: &Db,
    source: &str,
    projection: &P,
    bootstrap: &str,
    to: &Position,
) -> Result<u64, Stop> {
    let mut removed = 0;
    for kind in projection.kinds() {
        let mut after = String::new();
        loop {
            let mut tx = db.begin().await?;
            if lock(&mut tx, source).await?.bootstrap != bootstrap {
                return Err(Stop::Moved);
            }
            let ids = projection.ids(&mut tx, kind, &after, REMOVED_AT_ONCE).await?;
            let Some(last) = ids.last() else { break };
            after.clone_from(last);
            let named: Vec<String> = named(&mut tx, source, kind, bootstrap, &ids).await?;
            for id in ids.iter().filter(|id| !named.contains(id)) {
                projection.remove(&mut tx, kind, id).await?;
                removed += 1;
            }
            tx.commit().await?;
        }
    }
    let mut tx = db.begin().await?;
    if lock(&mut tx, source).await?.bootstrap != bootstrap {
        return Err(Stop::Moved);
    }
    sql!("DELETE FROM feed_seen WHERE source = $1 AND bootstrap <> $2")
        .bind(source)
        .bind(bootstrap)
        .run(&mut tx)
        .await?;
    sql!("UPDATE feed_cursor SET epoch = $2, seq = $3, event_id = $4, bootstrap = '' WHERE source = $1")
        .bind(source)
        .bind(&to.epoch)
        .bind(to.seq)
        .bind(&to.event_id)
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(removed)
}

/// Which of these ids the snapshot has named.
async fn named(tx: &mut Tx, source: &str, kind: &str, bootstrap: &str, ids: &[String]) -> Result<Vec<String>, DbError> {
    let rows = sql!(
        sqlite = "SELECT aggregate_id FROM feed_seen
                   WHERE source = $1 AND kind = $2 AND bootstrap = $3
                     AND aggregate_id IN (SELECT value FROM json_each($4))",
        postgres = "SELECT aggregate_id FROM feed_seen
                     WHERE source = $1 AND kind = $2 AND bootstrap = $3 AND aggregate_id = ANY (CAST($4 AS TEXT[]))"
    )
    .bind(source)
    .bind(kind)
    .bind(bootstrap)
    .bind(Texts(ids.to_vec()))
    .all::<(String,)>(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Kind and id of an aggregate.
type Name<'e> = (&'e str, &'e str);

/// Hands the events to the projection: in a stream only what is newer than the last applied, in a snapshot everything.
async fn apply<P: Projection>(
    tx: &mut Tx,
    source: &str,
    projection: &P,
    events: &[Event],
    bootstrap: Option<&str>,
) -> Result<(), (usize, Stop)> {
    let at = |error: DbError| (0, Stop::Db(error));
    let wanted = |event: &Event| projection.kinds().contains(&event.kind.as_str());
    let mut seen = match bootstrap {
        None => seen(tx, source, events, wanted).await.map_err(at)?,
        Some(_) => HashMap::new(),
    };
    let mut changed: HashMap<Name<'_>, i64> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        if !wanted(event) {
            metrics::counter!("feed_events_skipped_total", "source" => source.to_owned(), "kind" => event.kind.clone())
                .increment(1);
            continue;
        }
        let name = (event.kind.as_str(), event.aggregate_id.as_str());
        let known = seen.entry((event.kind.clone(), event.aggregate_id.clone())).or_insert(0);
        if bootstrap.is_none() && event.version <= *known {
            metrics::counter!("feed_events_known_total", "source" => source.to_owned()).increment(1);
            continue;
        }
        *known = event.version;
        if event.tombstone {
            projection.remove(tx, &event.kind, &event.aggregate_id).await.map_err(|error| (index, Stop::Db(error)))?;
        } else {
            projection.apply(tx, event).await.map_err(|error| match error {
                ApplyError::Db(error) => (index, Stop::Db(error)),
                ApplyError::Poison(what) => (index, Stop::Poison(what)),
            })?;
        }
        changed.insert(name, event.version);
    }
    remember(tx, source, &changed, bootstrap.unwrap_or_default()).await.map_err(at)
}

/// The last applied versions of the aggregates of these events.
async fn seen(
    tx: &mut Tx,
    source: &str,
    events: &[Event],
    wanted: impl Fn(&Event) -> bool,
) -> Result<HashMap<(String, String), i64>, DbError> {
    let (kinds, ids): (Vec<String>, Vec<String>) =
        events.iter().filter(|event| wanted(event)).map(|e| (e.kind.clone(), e.aggregate_id.clone())).unzip();
    let rows = sql!(
        sqlite = "SELECT kind, aggregate_id, version FROM feed_seen
                   WHERE source = $1 AND (kind, aggregate_id) IN
                         (SELECT k.value, $3 ->> k.key FROM json_each($2) AS k)",
        postgres = "SELECT kind, aggregate_id, version FROM feed_seen
                     WHERE source = $1 AND (kind, aggregate_id) IN
                           (SELECT k, a FROM UNNEST(CAST($2 AS TEXT[]), CAST($3 AS TEXT[])) AS u (k, a))"
    )
    .bind(source)
    .bind(Texts(kinds))
    .bind(Texts(ids))
    .all::<(String, String, i64)>(tx)
    .await?;
    Ok(rows.into_iter().map(|(kind, id, version)| ((kind, id), version)).collect())
}

async fn remember(tx: &mut Tx, source: &str, changed: &HashMap<Name<'_>, i64>, bootstrap: &str) -> Result<(), DbError> {
    if changed.is_empty() {
        return Ok(());
    }
    sql!(
        sqlite = "INSERT INTO feed_seen (source, kind, aggregate_id, version, bootstrap)
                  SELECT $1, k.value, $3 ->> k.key, $4 ->> k.key, $5 FROM json_each($2) AS k WHERE TRUE
                  ON CONFLICT (source, kind, aggregate_id)
                  DO UPDATE SET version = excluded.version, bootstrap = excluded.bootstrap",
        postgres = "INSERT INTO feed_seen (source, kind, aggregate_id, version, bootstrap)
                    SELECT $1, k, a, v, $5
                      FROM UNNEST(CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS BIGINT[])) AS u (k, a, v)
                    ON CONFLICT (source, kind, aggregate_id)
                    DO UPDATE SET version = excluded.version, bootstrap = excluded.bootstrap"
    )
    .bind(source)
    .bind(changed.keys().map(|(kind, _)| (*kind).to_owned()).collect::<Texts>())
    .bind(changed.keys().map(|(_, id)| (*id).to_owned()).collect::<Texts>())
    .bind(changed.values().copied().collect::<Ints>())
    .bind(bootstrap)
    .run(tx)
    .await?;
    Ok(())
}
