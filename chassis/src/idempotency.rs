//! Commands that may be sent more than once: the answer to an Idempotency-Key is stored in the command's own transaction and
//! given again for 24 hours. A refusal is not stored and may be decided anew.
//!
//! ```ignore
//! let scope = Scope::current("/siakad.course.v1.Krs/AddClass", &request)?;
//! let mut tx = match idempotency::open(&db, scope.as_ref(), now).await? {
//!     Opened::Fresh(tx) => tx,
//!     Opened::Replay(answer) => return decode(answer),
//! };
//! let response = /* the command */;
//! idempotency::finish(&mut tx, scope.as_ref(), &response.encode_to_vec(), now).await?;
//! tx.commit().await?;
//! ```

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    db::{self, Blobs, Db, DbError, Engine, Texts, Tx, hex},
    error::Fault,
    reasons, sql,
    telemetry::Context,
};

/// How long an answer is kept.
pub const KEEP: SignedDuration = SignedDuration::from_hours(24);

/// Longest key, in bytes.
pub const MAX_KEY: usize = 128;

/// What a key belongs to. Keys of different accounts or methods have nothing to do with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    account: String,
    rpc: &'static str,
    key: String,
    request_hash: String,
}

impl Scope {
    /// The scope of a request. `request` is its encoded message, without anything that changes from attempt to attempt.
    ///
    /// # Errors
    /// Malformed (`idempotency-key-invalid`): the key is empty, longer than 128 bytes, or not printable ASCII.
    pub fn new(
        account: impl Into<String>,
        rpc: &'static str,
        key: impl Into<String>,
        request: &[u8],
    ) -> Result<Self, Fault> {
        let key = key.into();
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "wanted 1 to 128 printable ASCII characters without spaces";
            return Err(Fault::field("idempotency-key", reasons::KEY_INVALID, message));
        }
        Ok(Self { account: account.into(), rpc, key, request_hash: hex(&Sha256::digest(request)) })
    }

    /// The scope of the request that is being handled: its key and its caller's account. `None` when it carries no key.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn current(rpc: &'static str, request: &impl Message) -> Result<Option<Self>, Fault> {
        let present = Context::with(|context| {
            let account = context.caller.as_ref().map(|caller| caller.account_id.clone()).unwrap_or_default();
            context.idempotency_key.as_ref().map(|key| (account, key.to_string()))
        });
        let Some((account, key)) = present.flatten() else { return Ok(None) };
        Self::new(account, rpc, key, &request.encode_to_vec()).map(Some)
    }

    fn name(&self) -> String {
        // The three parts cannot run into each other: a key has no space, a method neither.
        format!("{} {} {}", self.rpc, self.key, self.account)
    }

    /// For PostgreSQL's advisory locks.
    fn number(&self) -> i64 {
        let hash = Sha256::digest(self.name().as_bytes());
        hash.iter().take(8).fold(0, |number: i64, byte| number << 8 | i64::from(*byte))
    }
}

/// What [`begin`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody has done it yet: do it, [`finish`], commit.
    Fresh,
    /// It was done before; this was the answer.
    Replay(Vec<u8>),
}

/// A key that is worked on in this process, until this is dropped: another attempt with it is refused meanwhile.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held for its end")] db::Claim);

/// Claims a key in this process, for a command that shares its transaction with others: claim, queue, begin the
/// transaction, lock what the command changes, [`recall`], decide, [`remember`], commit, drop the claim.
///
/// # Errors
/// `InFlight` while another attempt with this key is worked on in this process.
pub fn claim(db: &Db, scope: &Scope) -> Result<Claim, Fault> {
    db.claim(scope.name()).map(Claim).ok_or_else(Fault::in_flight)
}

/// What [`open`] gives.
#[derive(Debug)]
pub enum Opened {
    /// A transaction to do it in.
    Fresh(Tx),
    /// It was done before; this was the answer.
    Replay(Vec<u8>),
}

/// Begins the transaction of a command that may carry a key (`None`: it does not). Unlike [`begin`], answers `InFlight` at once
/// on SQLite too, where the second transaction would first wait for the first one.
///
/// # Errors
/// `InFlight` while another attempt with this key is worked on, `KeyReused` when the key belongs to another request.
pub async fn open(db: &Db, scope: impl Into<Option<&Scope>>, now: Timestamp) -> Result<Opened, Fault> {
    let Some(scope) = scope.into() else { return Ok(Opened::Fresh(db.begin().await?)) };
    let claim = db.claim(scope.name()).ok_or_else(Fault::in_flight)?;
    let mut tx = db.begin().await?;
    tx.hold(claim);
    Ok(match look(&mut tx, scope, now).await? {
        Outcome::Fresh => Opened::Fresh(tx),
        Outcome::Replay(answer) => Opened::Replay(answer),
    })
}

/// Claims the key inside a transaction that is open already. First thing in it, before any row is locked.
///
/// # Errors
/// As [`open`].
pub async fn begin(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<Outcome, Fault> {
    let claim = tx.db().claim(scope.name()).ok_or_else(Fault::in_flight)?;
    tx.hold(claim);
    look(tx, scope, now).await
}

async fn look(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<Outcome, Fault> {
    if tx.engine() == Engine::Postgres && !lock(tx, scope).await? {
        return Err(Fault::in_flight());
    }
    let found =
        sql!("SELECT request_hash, response FROM idempotency WHERE account = $1 AND rpc = $2 AND key = $3 AND at > $4")
            .bind(&scope.account)
            .bind(scope.rpc)
            .bind(&scope.key)
            .bind(now - KEEP)
            .opt::<(String, Vec<u8>)>(&mut *tx)
            .await?;
    match found {
        None => Ok(Outcome::Fresh),
        Some((hash, _)) if hash != scope.request_hash => Err(Fault::key_reused()),
        Some((_, response)) => Ok(Outcome::Replay(response)),
    }
}

/// Takes the key among all replicas until the transaction ends. SQLite has one process and one writer.
async fn lock(tx: &mut Tx, scope: &Scope) -> Result<bool, DbError> {
    // An attempt that was given up a moment ago holds the lock until its rollback has reached the database.
    for pause in [5, 10, 20, 40, 0] {
        let (free,) = sql!(sqlite = "SELECT $1 IS NOT NULL", postgres = "SELECT pg_try_advisory_xact_lock($1)")
            .bind(scope.number())
            .one::<(bool,)>(&mut *tx)
            .await?;
        if free {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    Ok(false)
}

/// Stores the answer of a command that succeeded, in its transaction. Nothing to do without a key.
///
/// # Errors
/// What the database says.
pub async fn finish(
    tx: &mut Tx,
    scope: impl Into<Option<&Scope>>,
    response: &[u8],
    now: Timestamp,
) -> Result<(), DbError> {
    let Some(scope) = scope.into() else { return Ok(()) };
    // An expired answer under the same key is replaced.
    sql!(
        "INSERT INTO idempotency (account, rpc, key, request_hash, response, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, rpc, key) DO UPDATE
            SET request_hash = excluded.request_hash, response = excluded.response, at = excluded.at"
    )
    .bind(&scope.account)
    .bind(scope.rpc)
    .bind(&scope.key)
    .bind(&scope.request_hash)
    .bind(response)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct Kept {
    account: String,
    rpc: String,
    key: String,
    request_hash: String,
    response: Vec<u8>,
}

/// What was answered under these keys before, in their order: one statement, however many. Read it under the locks of what
/// the commands change. An attempt at another replica with the same request wanted the same locks: it has stored its answer
/// by then, or finds the one that [`remember`] stores.
///
/// # Errors
/// What the database says; `KeyReused` for a single key is in its place.
pub async fn recall(tx: &mut Tx, scopes: &[&Scope], now: Timestamp) -> Result<Vec<Result<Outcome, Fault>>, DbError> {
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    // The lists are walked together; an account has few answers under one key, so the first two find the row.
    let rows = sql!(
        sqlite = "SELECT i.account, i.rpc, i.key, i.request_hash, i.response
                  FROM json_each($1) AS a
                  JOIN idempotency i ON i.account = a.value AND i.rpc = $2 ->> a.key AND i.key = $3 ->> a.key
                  WHERE i.at > $4",
        postgres = "SELECT i.account, i.rpc, i.key, i.request_hash, i.response
                    FROM UNNEST($1::text[], $2::text[], $3::text[]) AS n (account, rpc, key)
                    JOIN idempotency i ON i.account = n.account AND i.rpc = n.rpc AND i.key = n.key
                    WHERE i.at > $4"
    )
    .bind(scopes.iter().map(|scope| scope.account.clone()).collect::<Texts>())
    .bind(scopes.iter().map(|scope| scope.rpc.to_owned()).collect::<Texts>())
    .bind(scopes.iter().map(|scope| scope.key.clone()).collect::<Texts>())
    .bind(now - KEEP)
    .all::<Kept>(tx)
    .await?;
    let kept: HashMap<_, _> = rows.iter().map(|row| ((&*row.account, &*row.rpc, &*row.key), row)).collect();
    let outcome = |scope: &&Scope| match kept.get(&(&*scope.account, scope.rpc, &*scope.key)) {
        None => Ok(Outcome::Fresh),
        Some(row) if row.request_hash != scope.request_hash => Err(Fault::key_reused()),
        Some(row) => Ok(Outcome::Replay(row.response.clone())),
    };
    Ok(scopes.iter().map(outcome).collect())
}

/// Stores the answers of many commands that succeeded, in their transaction, as its last statement. False when one of the
/// keys got an answer from another replica in the meantime: then nothing of this transaction may be committed, and the
/// next attempt finds that answer. Each key occurs once.
///
/// # Errors
/// What the database says.
pub async fn remember(tx: &mut Tx, answers: &[(&Scope, Vec<u8>)], now: Timestamp) -> Result<bool, DbError> {
    if answers.is_empty() {
        return Ok(true);
    }
    let scopes = || answers.iter().map(|(scope, _)| scope);
    // In the order of the keys: two replicas that store some of the same ones wait for each other in one direction.
    // An expired answer under the same key is replaced.
    let stored = sql!(
        sqlite = "WITH a AS MATERIALIZED (SELECT key, value FROM json_each($1)),
                       r AS MATERIALIZED (SELECT key, value FROM json_each($2)),
                       k AS MATERIALIZED (SELECT key, value FROM json_each($3)),
                       h AS MATERIALIZED (SELECT key, value FROM json_each($4)),
                       p AS MATERIALIZED (SELECT key, value FROM json_each($5))
                  INSERT INTO idempotency (account, rpc, key, request_hash, response, at)
                  SELECT a.value, r.value, k.value, h.value, unhex(p.value), $6
                    FROM a JOIN r ON r.key = a.key JOIN k ON k.key = a.key JOIN h ON h.key = a.key JOIN p ON p.key = a.key
                   WHERE true ORDER BY 1, 2, 3
                  ON CONFLICT (account, rpc, key) DO UPDATE
                      SET request_hash = excluded.request_hash, response = excluded.response, at = excluded.at
                      WHERE idempotency.at <= $7",
        postgres = "INSERT INTO idempotency (account, rpc, key, request_hash, response, at)
                    SELECT n.account, n.rpc, n.key, n.request_hash, n.response, $6
                      FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
                           AS n (account, rpc, key, request_hash, response)
                     ORDER BY 1, 2, 3
                    ON CONFLICT (account, rpc, key) DO UPDATE
                        SET request_hash = excluded.request_hash, response = excluded.response, at = excluded.at
                        WHERE idempotency.at <= $7"
    )
    .bind(scopes().map(|scope| scope.account.clone()).collect::<Texts>())
    .bind(scopes().map(|scope| scope.rpc.to_owned()).collect::<Texts>())
    .bind(scopes().map(|scope| scope.key.clone()).collect::<Texts>())
    .bind(scopes().map(|scope| scope.request_hash.clone()).collect::<Texts>())
    .bind(answers.iter().map(|(_, response)| response.clone()).collect::<Blobs>())
    .bind(now)
    .bind(now - KEEP)
    .run(tx)
    .await?;
    Ok(usize::try_from(stored).ok() == Some(answers.len()))
}

/// Removes answers that are older than 24 hours, a thousand a time. Returns how many.
///
/// # Errors
/// What the database says.
pub async fn purge(db: &Db, now: Timestamp) -> Result<u64, DbError> {
    let mut removed = 0;
    loop {
        let mut tx = db.begin().await?;
        let rows = sql!(
            "DELETE FROM idempotency WHERE (account, rpc, key) IN
                (SELECT account, rpc, key FROM idempotency WHERE at <= $1 ORDER BY at LIMIT 1000)"
        )
        .bind(now - KEEP)
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        removed += rows;
        if rows < 1000 {
            return Ok(removed);
        }
    }
}

/// Purges every hour until shutdown. A failure is logged and tried again an hour later.
pub async fn purge_hourly(db: Db, clock: Clock, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(3600));
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        match purge(&db, clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "old idempotency keys removed"),
            Err(error) => tracing::warn!(%error, detail = error.detail(), "old idempotency keys stay for another hour"),
        }
    }
}
