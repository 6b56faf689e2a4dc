//! Stories of the whole system: real processes, a real browser, real tokens, both engines.

mod averages;
mod browser;
mod campus;
mod forms;
mod freshness;
mod imports;
mod krs;
mod matrix;
mod nonsense;
mod outages;
mod pages;
mod people;
mod races;
mod registration;
mod repeats;
mod replicas;
mod script;
mod seed;
mod semester;
mod system;
mod tokens;
mod wishes;

use std::time::{Duration, Instant};

/// How long a story waits for something that should happen soon.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again, a few times a second, until there is an answer or patience ends.
async fn eventually<T>(ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    within(PATIENCE, ask).await
}

/// The same with a patience of one's own.
async fn within<T>(patience: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    let mut pause = tokio::time::interval(Duration::from_millis(100));
    loop {
        pause.tick().await;
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}
