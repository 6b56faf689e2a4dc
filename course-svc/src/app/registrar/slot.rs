//! The transactions in which orders are settled.

use std::sync::{Mutex, PoisonError};

use chassis::db::Tx;
use tokio::time::Instant;

use super::{House, Limits};
use crate::error::Error;
use crate::store::{self, batches};

/// Where the transactions of one task come from. On PostgreSQL so many are under way over all replicas as one of them may
/// have, and all but one of them only for full batches: with more of them each would settle fewer orders, for the same number
/// of statements.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    pub(super) house: &'a House,
    /// Which task it is, from 0.
    number: usize,
    /// Whether so many orders wait that waiting for more would bring nothing.
    is_full: bool,
    begun: Mutex<Option<Tx>>,
}

impl<'a> Slot<'a> {
    pub(super) fn new(house: &'a House, number: usize, is_full: bool) -> Self {
        Self { house, number, is_full, begun: Mutex::new(None) }
    }

    /// Begins the next transaction now: what comes into the queue meanwhile is settled in it.
    pub(super) async fn wait(&self) -> Result<(), Error> {
        let began = Instant::now();
        let tx = self.open().await?;
        metrics::histogram!("registrar.stage.duration", "stage" => "slot").record(began.elapsed());
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(tx);
        Ok(())
    }

    /// The transaction that was begun, or another one.
    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        match begun {
            Some(tx) => Ok(tx),
            None => self.open().await,
        }
    }

    async fn open(&self) -> Result<Tx, Error> {
        let mut tx = self.house.db.begin().await?;
        store::by_key(&mut tx).await?;
        let Limits { writers, idle, .. } = self.house.limits;
        let (own, slots) = if self.is_full { (self.number, writers) } else { (0, 1) };
        batches::take_slot(&mut tx, own, slots, idle).await?;
        Ok(tx)
    }
}
