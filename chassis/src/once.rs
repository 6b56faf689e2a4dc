//! Commands that may be sent more than once, and are tried more than once.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::db::{DbError, Tx};
use crate::idempotency::{self, Scope};

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// It was done now.
    Done(T),
    /// It was done before under the same idempotency key; the encoded answer of then.
    Again(Vec<u8>),
}

/// An error of a transaction that can say whether the next attempt may do better.
pub trait Retryable {
    /// Whether the same transaction may succeed when it is run again.
    fn is_retryable(&self) -> bool;
}

/// How often a transaction is run that the engine gave up in favour of another.
const ATTEMPTS: u32 = 6;

/// Runs a transaction until the engine lets it through, at most six times. `attempt` begins a new transaction
/// each time; it has no effect when it fails.
///
/// # Errors
/// That of the first attempt which is not worth another, or of the last one.
pub async fn with_retries<T, E, F>(attempt: impl Fn() -> F) -> Result<T, E>
where
    E: Retryable,
    F: Future<Output = Result<T, E>>,
{
    for round in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.is_retryable() => {
                metrics::counter!("transaction_retries_total").increment(1);
                // Different rounds of different commands fall apart: the wait grows and every task wakes on its own.
                tokio::time::sleep(Duration::from_millis(u64::from(round * round) * 3)).await;
            }
            result => return result,
        }
    }
    attempt().await
}

/// Stores the answer of a command under its idempotency key, if it has one, and commits.
///
/// # Errors
/// The answer could not be stored, or the commit failed; nothing is stored then.
pub async fn commit(
    mut tx: Tx,
    scope: Option<&Scope>,
    answer: impl FnOnce() -> Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    if scope.is_some() {
        idempotency::finish(&mut tx, scope, &answer(), now).await?;
    }
    tx.commit().await
}
