//! The one task that settles orders: it takes what waits, splits it by period, and answers everybody.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chassis::db::DbErrorKind;
use chassis::error::Fault;
use chassis::once::{Retryable, with_retries};
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::{self, Settled};
use super::{House, Job, Order};
use crate::error::Error;
use crate::rules::period::PeriodCode;

/// Settles orders until the queue is closed, by `stop` or because nobody can give one any more, and empty.
pub(super) async fn work(house: Arc<House>, mut orders: mpsc::Receiver<Job>, most: usize, stop: CancellationToken) {
    let depth = metrics::gauge!("registrar.queue.depth");
    let size = metrics::histogram!("registrar.batch.size");
    let mut jobs = Vec::with_capacity(most);
    // The turns of those who wait, before everything that came later.
    let mut turns: Vec<Order> = Vec::new();
    loop {
        if turns.is_empty() {
            let taken = tokio::select! {
                biased;
                () = stop.cancelled(), if !orders.is_closed() => {
                    orders.close();
                    continue;
                }
                taken = orders.recv_many(&mut jobs, most) => taken,
            };
            if taken == 0 {
                return;
            }
        } else {
            jobs.extend(turns.drain(..turns.len().min(most)).map(Job::own));
            while jobs.len() < most {
                let Ok(job) = orders.try_recv() else { break };
                jobs.push(job);
            }
        }
        depth.set(u32::try_from(orders.len()).unwrap_or(u32::MAX));
        size.record(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        for (period, jobs) in by_period(jobs.drain(..)) {
            turns.extend(settle(&house, period, jobs).await);
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
async fn settle(house: &House, period: PeriodCode, jobs: Vec<Job>) -> Vec<Order> {
    let began = Instant::now();
    let result = attempt(house, period, &jobs).await;
    metrics::histogram!("registrar.batch.duration").record(began.elapsed());
    let error = match result {
        Ok(settled) => return answer(jobs, settled),
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
        match attempt(house, period, &job).await {
            Ok(settled) => turns.extend(answer(job.into(), settled)),
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

/// Answers each of them.
fn answer(jobs: Vec<Job>, settled: Settled) -> Vec<Order> {
    jobs.into_iter().zip(settled.outcomes).for_each(|(job, outcome)| job.answer(outcome));
    settled.turns
}

/// One transaction, again when another one pushed it aside. A panic is a fault like any other.
async fn attempt(house: &House, period: PeriodCode, jobs: &[Job]) -> Result<Settled, Error> {
    let settled = AssertUnwindSafe(with_retries(|| batch::settle(house, period, jobs))).catch_unwind().await;
    settled.unwrap_or_else(|_| Err(Fault::internal("a command panicked").into()))
}

/// Whether the failure may be that of one order among many.
fn concerns_one(error: &Error) -> bool {
    match error {
        Error::Db(error) => {
            !error.is_retryable() && !matches!(error.kind(), DbErrorKind::Unavailable | DbErrorKind::Timeout)
        }
        Error::Fault(fault) => fault.kind() == chassis::error::Kind::Internal,
        _ => !error.is_retryable(),
    }
}

/// Answers all of them with one failure.
fn fail(jobs: Vec<Job>, error: Error) {
    let fault = Fault::from(error);
    for job in jobs {
        job.answer(Err(fault.clone().into()));
    }
}
