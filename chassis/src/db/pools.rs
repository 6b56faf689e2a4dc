//! The connections of a database.

use std::time::Duration;

use sqlx::{
    Connection, Postgres, Sqlite,
    pool::PoolOptions,
    postgres::PgPool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous},
};

use super::{DbConfig, Engine, OpenError, config::Target, lock::ProcessLock, tx::Open};

#[derive(Debug)]
pub(super) enum Pools {
    /// One writer, so that writers queue in order instead of colliding, and readers that see the last commit meanwhile.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    Postgres {
        pool: PgPool,
    },
}

/// Prepared statements that a connection keeps: more than any service has.
const STATEMENTS: usize = 1000;

impl Pools {
    pub(super) async fn open(config: &DbConfig, create: bool) -> Result<(Self, Option<ProcessLock>), OpenError> {
        let failed = |error: sqlx::Error| OpenError::Database { database: config.to_string(), error: error.into() };
        match &config.target {
            Target::Sqlite(path) => {
                if !create && !path.exists() {
                    let error =
                        std::io::Error::new(std::io::ErrorKind::NotFound, "no such database: run the migrations");
                    return Err(OpenError::Io { path: path.clone(), error });
                }
                let lock = ProcessLock::take(path)?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(create)
                    .journal_mode(SqliteJournalMode::Wal)
                    // An acknowledged write survives a power loss, not only a crash of the process.
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    // After a burst the write-ahead log shrinks again.
                    .pragma("journal_size_limit", "67108864")
                    // Rows come from a thread of the connection's own; few would make the two wait for each other all the time.
                    .row_buffer_size(1024)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(STATEMENTS);
                let pool = || {
                    PoolOptions::<Sqlite>::new()
                        .acquire_timeout(config.acquire_timeout)
                        .test_before_acquire(false)
                        .idle_timeout(None)
                        .max_lifetime(None)
                };
                // A batch changes thousands of pages: with the usual 2 MB they would be written to the log before the
                // commit, read back, and written again; and folded into the file after each commit instead of now and then.
                let writing = options.clone().pragma("cache_size", "-32768").pragma("wal_autocheckpoint", "8192");
                let writer =
                    pool().min_connections(1).max_connections(1).connect_with(writing).await.map_err(failed)?;
                let reader = pool()
                    .min_connections(1)
                    .max_connections(config.readers.max(1))
                    .connect_with(options.create_if_missing(false).pragma("query_only", "on"))
                    .await
                    .map_err(failed)?;
                Ok((Self::Sqlite { writer, reader }, Some(lock)))
            }
            Target::Postgres(options) => {
                let timeout = format!("{}ms", config.statement_timeout.as_millis());
                let options =
                    options.as_ref().clone().application_name("siakad").statement_cache_capacity(STATEMENTS).options([
                        ("statement_timeout", timeout.as_str()),
                        ("idle_in_transaction_session_timeout", "60s"),
                    ]);
                let pool = PoolOptions::<Postgres>::new()
                    .max_connections(config.max_connections.max(1))
                    .acquire_timeout(config.acquire_timeout)
                    .idle_timeout(Duration::from_secs(300))
                    // A ping costs a round trip: only a connection that has been idle may have died unnoticed.
                    .test_before_acquire(false)
                    .before_acquire(|connection, meta| {
                        Box::pin(async move {
                            if meta.idle_for > Duration::from_secs(1) {
                                connection.ping().await?;
                            }
                            Ok(true)
                        })
                    })
                    .connect_with(options)
                    .await
                    .map_err(failed)?;
                Ok((Self::Postgres { pool }, None))
            }
        }
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    pub(super) async fn begin(&self, snapshot: bool) -> Result<Open, sqlx::Error> {
        Ok(match (self, snapshot) {
            (Self::Sqlite { writer, .. }, false) => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            (Self::Sqlite { reader, .. }, true) => {
                let mut open = reader.begin_with("BEGIN").await?;
                // A deferred transaction takes its snapshot at its first read.
                sqlx::query("SELECT COUNT(*) FROM sqlite_schema").execute(&mut *open).await?;
                Open::Sqlite(open)
            }
            (Self::Postgres { pool }, false) => Open::Postgres(pool.begin().await?),
            (Self::Postgres { pool }, true) => {
                Open::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// State of the pools as gauges.
    pub(super) fn report(&self) {
        let gauge = |pool: &'static str, size: u32, idle: usize| {
            let busy = size.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX));
            metrics::gauge!("db_pool_connections", "pool" => pool, "state" => "open").set(f64::from(size));
            metrics::gauge!("db_pool_connections", "pool" => pool, "state" => "busy").set(f64::from(busy));
        };
        match self {
            Self::Sqlite { writer, reader } => {
                gauge("writer", writer.size(), writer.num_idle());
                gauge("reader", reader.size(), reader.num_idle());
            }
            Self::Postgres { pool } => gauge("postgres", pool.size(), pool.num_idle()),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                // Without readers the whole log can be folded in; if it cannot, the next open replays it.
                if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await {
                    tracing::debug!(%error, "write-ahead log stays for the next start");
                }
                writer.close().await;
            }
            Self::Postgres { pool } => pool.close().await,
        }
    }
}
