//! Exchanging tokens ahead of their end. A refresh token works once, so requests that carry the same one share one
//! exchange and its answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::client::Error;
use api::{Client, Refresh, Tokens};
use chassis::clock::Clock;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::User;

/// How long the answer to a used refresh token is kept: for requests that were sent with the old cookie.
const ANSWER_KEPT: Duration = Duration::from_secs(120);

/// How long a page waits for an exchange. The exchange goes on without it: a token that was used must not be lost.
const PATIENCE: Duration = Duration::from_secs(3);

/// After an exchange that auth-svc did not answer nobody tries again for this many seconds: pages must not wait for a
/// service that is down. After a "not now" to one session, that session waits this long at most.
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
    /// Not now, for this session alone: the present token stays in use until a request after this many seconds.
    Later(u64),
}

/// Exchanges refresh tokens. Cheap to clone.
#[derive(Clone)]
pub struct Refresher {
    client: Client,
    clock: Clock,
    answers: Cache<[u8; 32], Tokens>,
    /// Sessions that were told "not now", by refresh token: until when they wait, in seconds since 1970.
    held: Cache<[u8; 32], i64>,
    not_before: Arc<AtomicI64>,
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
        let held = Cache::builder().max_capacity(20_000).time_to_live(ANSWER_KEPT).build();
        Self { client, clock, answers, held, not_before: Arc::default() }
    }

    /// Exchanges the user's refresh token, or learns what an exchange of the same token brought. `address` is the
    /// person's: the gateway counts exchanges by it.
    pub async fn renew(&self, user: &User, address: Option<IpAddr>) -> Renewal {
        let token = &user.tokens.refresh_token;
        let name: [u8; 32] = Sha256::digest(token).into();
        if let Some(tokens) = self.answers.get(&name).await {
            return Renewal::Renewed(Box::new(tokens));
        }
        let now = self.clock.now().as_second();
        if now < self.not_before.load(Ordering::Relaxed) {
            return Renewal::Silent;
        }
        if let Some(wait) =
            self.held.get(&name).await.and_then(|until| u64::try_from(until - now).ok()).filter(|s| *s > 0)
        {
            return Renewal::Later(wait);
        }
        let client = address.map_or_else(|| self.client.clone(), |address| self.client.forwarded_for(address));
        let request = Refresh { refresh_token: token.clone() };
        let this = self.clone();
        // Apart from the request: neither a browser that goes away nor our patience ends an exchange half-way.
        let exchange = tokio::spawn(async move {
            match this.answers.try_get_with(name, async { client.refresh(&request).await }).await {
                Ok(tokens) => Renewal::Renewed(Box::new(tokens)),
                Err(error) => this.failed(name, &error).await,
            }
        });
        match timeout(PATIENCE, exchange).await {
            Ok(Ok(renewal)) => renewal,
            Ok(Err(error)) => {
                tracing::error!(%error, "an exchange of tokens was broken off");
                self.hold(name, 1).await
            }
            Err(_) => self.pause("no answer in time"),
        }
    }

    async fn failed(&self, name: [u8; 32], error: &Error) -> Renewal {
        match error {
            Error::Unreachable(_) => self.pause(error),
            Error::Problem(problem) => match problem.status {
                // 400: not a refresh token at all; 401 and 403: known and refused.
                400 | 401 | 403 => Renewal::Ended,
                504 => self.pause(error),
                503 if problem.has_reason(chassis::reasons::SERVICE_DOWN) => self.pause(error),
                // Too many from this address, or too much to do: that is no word about the others.
                _ => {
                    tracing::warn!(%error, "tokens could not be exchanged now, the present ones stay in use");
                    self.hold(name, problem.retry_after.unwrap_or(1)).await
                }
            },
            Error::Protocol(_) => {
                tracing::error!(%error, "an exchange of tokens was not understood");
                self.hold(name, 1).await
            }
        }
    }

    /// For everybody.
    fn pause(&self, cause: impl std::fmt::Display) -> Renewal {
        self.not_before.store(self.clock.now().as_second() + PAUSE_SECONDS, Ordering::Relaxed);
        tracing::warn!(%cause, "auth-svc does not answer, present tokens stay in use");
        Renewal::Silent
    }

    /// For this session.
    async fn hold(&self, name: [u8; 32], seconds: u64) -> Renewal {
        let seconds = seconds.clamp(1, PAUSE_SECONDS.unsigned_abs());
        let until = self.clock.now().as_second().saturating_add_unsigned(seconds);
        self.held.insert(name, until).await;
        Renewal::Later(seconds)
    }
}
