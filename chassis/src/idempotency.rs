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

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    db::{Db, DbError, Engine, Tx, hex},
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
