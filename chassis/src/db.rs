//! One SQL text, two engines: a thin facade over sqlx's native drivers for SQLite and PostgreSQL.
//!
//! ```ignore
//! let mut tx = db.begin().await?;
//! let taken = sql!("UPDATE class SET taken = taken + 1 WHERE class_id = $1 AND taken < capacity")
//!     .bind(class_id)
//!     .run(&mut tx)
//!     .await?;
//! if taken == 0 {
//!     return Ok(Seat::Full); // a dropped transaction rolls back
//! }
//! tx.commit().await?;
//! ```
//!
//! Rules of the common SQL, found by running both:
//! - integers are BIGINT, times BIGINT microseconds UTC ([`Stamp`]), truth values BOOLEAN, ids TEXT (UUIDv7); no floats;
//! - `SUM` of BIGINT is NUMERIC on PostgreSQL: `CAST(SUM(x) AS BIGINT)`;
//! - a placeholder that is only compared with NULL needs a type: `CAST($1 AS TEXT) IS NULL`;
//! - many rows are one statement: `UNNEST(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[]))` on PostgreSQL,
//!   `SELECT a.value, $2 ->> a.key FROM json_each($1) AS a` on SQLite ([`Texts`], [`Ints`] and so on); at most 500 rows a
//!   statement, and more than four lists through materialised tables, because SQLite re-reads the fifth for every row;
//! - LIKE, `lower()` and collations differ: search and sort over columns normalised by [`crate::text::fold`];
//! - constraints are named `pk_<table>`, `uq_<table>_<columns>`, `fk_<table>_<columns>`, `ck_<table>_<what>`;
//! - on PostgreSQL (READ COMMITTED) lock in one statement and count in the next.

use std::{
    collections::HashSet,
    future::Future,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

mod check;
mod config;
mod error;
mod lock;
mod migrate;
mod pools;
mod query;
mod statement;
mod tx;
mod value;

pub use check::{Problem, check_constraints, check_statements};
pub use config::{DbConfig, OpenError, UrlFault};
pub use error::{DbError, DbErrorKind};
pub use migrate::{Migrations, create_database, migrate};
pub use query::{On, Query, Row};
#[doc(hidden)]
pub use statement::Registered;
pub use statement::{Statement, statements};
pub use tx::Tx;
pub(crate) use value::hex;
pub use value::{Bind, Blobs, Bools, Ints, OptInts, OptTexts, Stamp, Texts, Value};

use pools::Pools;

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded; one process per file.
    Sqlite,
    /// Needed from the second replica of a service on.
    Postgres,
}

impl Engine {
    /// `sqlite` or `postgres`, for metrics and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A service's database. Cheap to clone; the pools (and the lock of a SQLite file) live until [`close`](Self::close) or
/// until the last clone is gone.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pools: Pools,
    statement_timeout: Duration,
    /// Woken after every commit of this process that wrote to the outbox.
    outbox: Notify,
    /// Idempotency keys that a transaction of this process is working on.
    in_flight: Mutex<HashSet<String>>,
    /// The lock of a SQLite file; released on close.
    lock: Mutex<Option<lock::ProcessLock>>,
}

impl Db {
    /// Opens the database of a service and checks that its schema is the one this program knows.
    ///
    /// # Errors
    /// [`OpenError`]: not reachable, another process has the file, or the schema is not the one of `migrations`
    /// (older: run [`migrate`] first; newer or changed: this program must not touch it).
    pub async fn open(config: &DbConfig, migrations: &Migrations) -> Result<Self, OpenError> {
        let db = Self::connect(config, false).await?;
        migrations.verify(&db).await?;
        Ok(db)
    }

    /// Opens without looking at the schema.
    async fn connect(config: &DbConfig, create: bool) -> Result<Self, OpenError> {
        let (pools, lock) = Pools::open(config, create).await?;
        Ok(Self(Arc::new(Inner {
            pools,
            statement_timeout: config.statement_timeout,
            outbox: Notify::new(),
            in_flight: Mutex::default(),
            lock: Mutex::new(lock),
        })))
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.0.pools.engine()
    }

    /// Begins a writing transaction. SQLite: takes the one writer (`BEGIN IMMEDIATE`), so that what is read in it stays true
    /// until the commit. PostgreSQL: READ COMMITTED; lock what you decide upon.
    ///
    /// # Errors
    /// `Unavailable` when no connection becomes free in time.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.begin_as("write").await
    }

    /// Begins a reading transaction that sees one moment from its first to its last statement
    /// (PostgreSQL: REPEATABLE READ, READ ONLY).
    ///
    /// # Errors
    /// `Unavailable` when no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        self.begin_as("snapshot").await
    }

    async fn begin_as(&self, mode: &'static str) -> Result<Tx, DbError> {
        let start = Instant::now();
        let open = within(self.budget(), self.0.pools.begin(mode == "snapshot")).await;
        let engine = self.engine().word();
        metrics::histogram!("db_begin_seconds", "engine" => engine, "mode" => mode).record(start.elapsed());
        match open {
            Ok(open) => Ok(Tx::new(self.clone(), open)),
            Err(error) => {
                metrics::counter!("db_errors_total", "engine" => engine, "kind" => error.kind().word()).increment(1);
                Err(error)
            }
        }
    }

    /// Readiness: asks the database for an answer within two seconds, and reports the state of the pools as metrics.
    ///
    /// # Errors
    /// What the database, or the lack of an answer, says.
    pub async fn ready(&self) -> Result<(), DbError> {
        self.0.pools.report();
        let (_one,) = match tokio::time::timeout(
            Duration::from_secs(2),
            crate::sql!("SELECT CAST(1 AS BIGINT)").one::<(i64,)>(self),
        )
        .await
        {
            Ok(answer) => answer?,
            Err(_) => return Err(DbError::of(DbErrorKind::Timeout, "no answer within two seconds")),
        };
        Ok(())
    }

    /// Closes the pools (waiting for connections that are in use), folds SQLite's write-ahead log into the file and releases
    /// the lock.
    pub async fn close(&self) {
        self.0.pools.close().await;
        if let Ok(mut lock) = self.0.lock.lock() {
            lock.take();
        }
    }

    fn pools(&self) -> &Pools {
        &self.0.pools
    }

    /// Time that a statement may take: the statement timeout, or what is left until the caller's deadline.
    fn budget(&self) -> Duration {
        let timeout = self.0.statement_timeout;
        crate::deadline::remaining().map_or(timeout, |left| left.min(timeout))
    }

    /// Time that a commit or a rollback may take. The deadline does not cut a commit off: its outcome would be unknown.
    fn closing_budget(&self) -> Duration {
        self.0.statement_timeout
    }

    pub(crate) fn outbox_notify(&self) -> &Notify {
        &self.0.outbox
    }

    /// Claims an idempotency key in this process until the guard is dropped; `None` when it is taken.
    pub(crate) fn claim(&self, key: String) -> Option<Claim> {
        let mut keys = self.0.in_flight.lock().ok()?;
        keys.insert(key.clone()).then(|| Claim { db: self.clone(), key })
    }

    /// How to connect to this PostgreSQL database outside of the pool; `None` on SQLite.
    pub(crate) fn postgres_options(&self) -> Option<sqlx::postgres::PgConnectOptions> {
        match &self.0.pools {
            Pools::Sqlite { .. } => None,
            Pools::Postgres { pool } => Some((*pool.connect_options()).clone()),
        }
    }
}

/// An idempotency key that is being worked on in this process.
#[derive(Debug)]
pub(crate) struct Claim {
    db: Db,
    key: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Ok(mut keys) = self.db.0.in_flight.lock() {
            keys.remove(&self.key);
        }
    }
}

/// Bounds a database call by time. A call cut off inside a transaction leaves the transaction to be rolled back.
async fn within<T>(budget: Duration, call: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, DbError> {
    match tokio::time::timeout(budget, call).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(DbError::of(DbErrorKind::Timeout, format!("no answer within {budget:?}"))),
    }
}
