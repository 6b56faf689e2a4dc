//! Which replica applies.

use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::consume::Stop;
use crate::db::{Claim, Db, DbError};

/// How often a replica that does not apply asks whether it may.
const STANDBY: Duration = Duration::from_millis(500);

/// The right to apply a source's events: one holder per database. PostgreSQL: an advisory lock on a connection of its own, which
/// the server gives up when the holder dies. SQLite has one process, so a claim in memory does. The cursor's row guards against
/// a holder that does not know that it has lost the lock.
pub(super) struct Lease {
    _claim: Claim,
    connection: Option<PgConnection>,
}

impl Lease {
    /// Waits until the right is free.
    pub(super) async fn take(db: &Db, source: &str) -> Result<Self, DbError> {
        let claim = loop {
            match db.claim(format!("feed consumer {source}")) {
                Some(claim) => break claim,
                None => tokio::time::sleep(STANDBY).await,
            }
        };
        let Some(options) = db.postgres_options() else { return Ok(Self { _claim: claim, connection: None }) };
        let mut connection = PgConnection::connect_with(&options).await?;
        loop {
            let (free,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
                .bind(format!("siakad feed consumer {source}"))
                .fetch_one(&mut connection)
                .await?;
            if free {
                return Ok(Self { _claim: claim, connection: Some(connection) });
            }
            tokio::time::sleep(STANDBY).await;
        }
    }

    pub(super) async fn check(&mut self) -> Result<(), Stop> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        match tokio::time::timeout(Duration::from_secs(2), connection.ping()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Stop::LeaseLost),
        }
    }
}
