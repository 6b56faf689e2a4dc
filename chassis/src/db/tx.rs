//! An open transaction.

use sqlx::{Postgres, Sqlite, Transaction};

use super::{Claim, Db, DbError, Engine, within};

/// An open transaction. Dropped without [`commit`](Self::commit), it rolls back.
#[derive(Debug)]
pub struct Tx {
    pub(super) open: Open,
    db: Db,
    wrote_outbox: bool,
    claims: Vec<Claim>,
    pub(super) keeps_plans: bool,
}

#[derive(Debug)]
pub(super) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) fn new(db: Db, open: Open) -> Self {
        Self { open, db, wrote_outbox: false, claims: Vec::new(), keeps_plans: false }
    }

    /// Makes everything durable and, when events were written, wakes the sequencer.
    ///
    /// # Errors
    /// A failed commit. When it is `Unavailable` or `Timeout` the outcome is unknown: an Idempotency-Key recovers the answer.
    pub async fn commit(self) -> Result<(), DbError> {
        let Self { open, db, wrote_outbox, claims, .. } = self;
        let commit = async {
            match open {
                Open::Sqlite(open) => open.commit().await,
                Open::Postgres(open) => open.commit().await,
            }
        };
        let result = within(db.closing_budget(), commit).await;
        drop(claims);
        if wrote_outbox {
            db.outbox_notify().notify_one();
        }
        if let Err(error) = &result {
            let engine = db.engine().word();
            metrics::counter!("db_errors_total", "engine" => engine, "kind" => error.kind().word()).increment(1);
        }
        result
    }

    /// Gives everything up now, rather than when the connection is next used.
    ///
    /// # Errors
    /// Only when the connection is lost, and then the database rolls back by itself.
    pub async fn rollback(self) -> Result<(), DbError> {
        let rollback = async {
            match self.open {
                Open::Sqlite(open) => open.rollback().await,
                Open::Postgres(open) => open.rollback().await,
            }
        };
        within(self.db.closing_budget(), rollback).await
    }

    /// Which engine it runs on.
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// From here on statements over lists keep their plans, too, as all others do: on PostgreSQL the connection has them
    /// prepared, which saves a round trip and the planning of each. For who has told the planner what it needs to know
    /// whatever the tables hold.
    pub fn keep_plans(&mut self) {
        self.keeps_plans = true;
    }

    /// The database that it belongs to.
    pub fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn mark_outbox(&mut self) {
        self.wrote_outbox = true;
    }

    /// Keeps an idempotency key claimed until this transaction ends.
    pub(crate) fn hold(&mut self, claim: Claim) {
        self.claims.push(claim);
    }
}
