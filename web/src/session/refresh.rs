//! Exchanging tokens ahead of their end. A refresh token works once, so requests that carry the same one share one
//! exchange and its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::{Client, Refresh, Tokens};
use chassis::clock::Clock;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use super::User;

/// How long the answer to a used refresh token is kept: for requests that were sent with the old cookie.
const ANSWER_KEPT: Duration = Duration::from_secs(120);

/// After a failed exchange nobody tries again for this long: pages must not wait for a service that is down.
const PAUSE_SECONDS: i64 = 5;

/// What became of a session whose access token was due.
#[derive(Debug)]
pub enum Renewal {
    /// New tokens.
    Renewed(Box<Tokens>),
    /// The session is over: logged out elsewhere, expired, or its refresh token was used by somebody else.
    Ended,
    /// No answer: the present token stays in use; the gateway takes it for a while.
    Silent,
}

/// Exchanges refresh tokens.
pub struct Refresher {
    client: Client,
    clock: Clock,
    answers: Cache<[u8; 32], Tokens>,
    not_before: AtomicI64,
}

impl std::fmt::Debug for Refresher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresher").finish_non_exhaustive()
    }
}

impl Refresher {
    /// Through this client.
    #[must_use]
    pub fn new(client: Client, clock: Clock) -> Self {
        let answers = Cache::builder().max_capacity(20_000).time_to_live(ANSWER_KEPT).build();
        Self { client, clock, answers, not_before: AtomicI64::new(0) }
    }

    /// Exchanges the user's refresh token, or learns what an exchange of the same token brought.
    pub async fn renew(&self, user: &User) -> Renewal {
        let token = &user.tokens.refresh_token;
        let name: [u8; 32] = Sha256::digest(token).into();
        if let Some(tokens) = self.answers.get(&name).await {
            return Renewal::Renewed(Box::new(tokens));
        }
        if self.clock.now().as_second() < self.not_before.load(Ordering::Relaxed) {
            return Renewal::Silent;
        }
        let request = Refresh { refresh_token: token.clone() };
        let exchange = async { self.client.refresh(&request).await };
        match self.answers.try_get_with(name, exchange).await {
            Ok(tokens) => Renewal::Renewed(Box::new(tokens)),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, error: &Arc<api::client::Error>) -> Renewal {
        match error.status() {
            // 400: not a refresh token at all; 401 and 403: known and refused.
            Some(400 | 401 | 403) => Renewal::Ended,
            _ => {
                self.not_before.store(self.clock.now().as_second() + PAUSE_SECONDS, Ordering::Relaxed);
                tracing::warn!(%error, "tokens could not be exchanged, the present ones stay in use");
                Renewal::Silent
            }
        }
    }
}
