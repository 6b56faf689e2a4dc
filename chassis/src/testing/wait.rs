//! Waiting for a condition, with an end.

use std::time::{Duration, Instant};

/// How long a condition may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until `condition` holds, looking every 10 ms.
///
/// # Panics
/// When it does not hold after 20 seconds; the message names `what`.
#[track_caller]
pub fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let start = Instant::now();
        while !condition().await {
            assert!(start.elapsed() < PATIENCE, "{place}: still not so after {PATIENCE:?}: {what}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Waits until `look` finds something, looking every 10 ms.
///
/// # Panics
/// When it finds nothing for 20 seconds; the message names `what`.
#[track_caller]
pub fn eventually_some<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "{place}: still not there after {PATIENCE:?}: {what}");
            tokio::time::sleep(LOOK).await;
        }
    }
}
