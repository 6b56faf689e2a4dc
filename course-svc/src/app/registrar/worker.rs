//! The tasks that settle orders: each takes what waits, splits it by period, and answers everybody.
//!
//! SQLite has one writer, so there is one of them. On PostgreSQL there are more, and while one waits for its statements the
//! next prepares: it takes what waits when the one before has locked its classes, so orders are served in the order in which
//! they came whatever the number. Orders are taken as late as can be: when the transaction has begun in which they are
//! settled (`slot`).

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use chassis::db::DbErrorKind;
use chassis::error::Fault;
use chassis::once::with_retries;
use futures_util::FutureExt;
use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::House;
use super::batch::{self, Settled};
use super::job::Job;
use super::slot::Slot;
use crate::error::Error;
use crate::rules::period::PeriodCode;

/// The queue, for whoever takes from it next.
pub(super) type Orders = Arc<tokio::sync::Mutex<mpsc::Receiver<Job>>>;

/// Keeps the next task from the queue until a batch has locked its classes.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<Option<OwnedMutexGuard<mpsc::Receiver<Job>>>>);

impl Gate {
    fn hold(orders: Option<OwnedMutexGuard<mpsc::Receiver<Job>>>) -> Self {
        Self(Mutex::new(orders))
    }

    /// Lets the next one in. Once it is open this does nothing.
    pub(super) fn open(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Settles orders until the queue is closed, by `stop` or because nobody can give one any more, and empty. `number` says which
/// of the tasks it is, from 0.
pub(super) async fn work(house: Arc<House>, queue: Orders, number: usize, most: usize, stop: CancellationToken) {
    let mut jobs = Vec::with_capacity(most);
    // The turns of those who wait, before everything that came later.
    let mut turns: Vec<Job> = Vec::new();
    loop {
        // Whose turn it is does not wait for orders, which another task may be waiting for.
        let mut orders = match turns.is_empty() {
            true => Some(queue.clone().lock_owned().await),
            false => queue.clone().try_lock_owned().ok(),
        };
        jobs.extend(turns.drain(..turns.len().min(most)));
        if let Some(orders) = orders.as_mut().filter(|_| jobs.is_empty()) {
            let first = tokio::select! {
                biased;
                () = stop.cancelled(), if !orders.is_closed() => {
                    orders.close();
                    continue;
                }
                first = orders.recv() => first,
            };
            let Some(first) = first else { return };
            jobs.push(first);
        }
        let waiting = jobs.len() + orders.as_ref().map_or(0, |orders| orders.len());
        let slot = Slot::new(&house, number, waiting >= most);
        let began = slot.wait().await;
        if let Some(orders) = &mut orders {
            jobs.extend(std::iter::from_fn(|| orders.try_recv().ok()).take(most - jobs.len()));
            metrics::gauge!("registrar.queue.depth").set(u32::try_from(orders.len()).unwrap_or(u32::MAX));
        }
        metrics::histogram!("registrar.batch.size").record(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        if let Err(error) = began {
            fail(std::mem::take(&mut jobs), error);
            continue;
        }
        let mut periods = by_period(jobs.drain(..));
        let last = periods.pop();
        for (period, jobs) in periods {
            turns.extend(settle(&slot, period, jobs, &Gate::default()).await);
        }
        let gate = Gate::hold(orders);
        if let Some((period, jobs)) = last {
            turns.extend(settle(&slot, period, jobs, &gate).await);
        }
    }
}

/// Orders by period, in the order in which they came; who has no time left is answered.
fn by_period(jobs: impl Iterator<Item = Job>) -> Vec<(PeriodCode, Vec<Job>)> {
    let mut periods: Vec<(PeriodCode, Vec<Job>)> = Vec::new();
    for job in jobs {
        if job.is_late() {
            job.answer(Err(Fault::too_slow().into()));
            continue;
        }
        match periods.iter_mut().find(|(period, _)| *period == job.order.period) {
            Some((_, jobs)) => jobs.push(job),
            None => periods.push((job.order.period, vec![job])),
        }
    }
    periods
}

/// Settles orders of one period together and answers them; whose turn it is afterwards. What fails for one of them is tried
/// with each alone.
async fn settle(slot: &Slot<'_>, period: PeriodCode, jobs: Vec<Job>, gate: &Gate) -> Vec<Job> {
    let began = Instant::now();
    let result = attempt(slot, period, &jobs, gate).await;
    metrics::histogram!("registrar.batch.duration").record(began.elapsed());
    let error = match result {
        Ok(settled) => return answer(slot, jobs, settled),
        Err(error) => error,
    };
    if jobs.len() == 1 || !concerns_one(&error) {
        fail(jobs, error);
        return Vec::new();
    }
    tracing::warn!(%error, orders = jobs.len(), "a batch failed; each of its orders is settled alone");
    metrics::counter!("registrar.batches.split").increment(1);
    let mut turns = Vec::new();
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        let job = [job];
        match attempt(slot, period, &job, gate).await {
            Ok(settled) => turns.extend(answer(slot, job.into(), settled)),
            Err(error) if concerns_one(&error) => fail(job.into(), error),
            // The database is gone: nobody after this one would fare better.
            Err(error) => {
                fail(job.into_iter().chain(jobs).collect(), error);
                break;
            }
        }
    }
    turns
}

/// Answers each of them; whose turn it is afterwards.
fn answer(slot: &Slot<'_>, jobs: Vec<Job>, settled: Settled) -> Vec<Job> {
    let turns = settled.turns.into_iter().map(|order| Job::own(order, &slot.house.under_way)).collect();
    jobs.into_iter().zip(settled.outcomes).for_each(|(job, outcome)| job.answer(outcome));
    turns
}

/// One transaction, again when another one pushed it aside. A panic is a fault like any other.
async fn attempt(slot: &Slot<'_>, period: PeriodCode, jobs: &[Job], gate: &Gate) -> Result<Settled, Error> {
    let settled = AssertUnwindSafe(with_retries(|| batch::settle(slot, period, jobs, gate))).catch_unwind().await;
    settled.unwrap_or_else(|_| Err(Fault::internal("a command panicked").into()))
}

/// Whether the failure may be that of one order among many, also by keeping others waiting again and again.
fn concerns_one(error: &Error) -> bool {
    match error {
        Error::Db(error) => !matches!(error.kind(), DbErrorKind::Unavailable | DbErrorKind::Timeout),
        Error::Fault(fault) => fault.kind() == chassis::error::Kind::Internal,
        _ => true,
    }
}

/// Answers all of them with one failure.
fn fail(jobs: Vec<Job>, error: Error) {
    let fault = Fault::from(error);
    for job in jobs {
        job.answer(Err(fault.clone().into()));
    }
}
