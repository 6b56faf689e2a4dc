//! Answers that are the same for everybody, kept for a short while: what anyone may see of the catalogue, and the keys
//! of the token issuer.
//!
//! One fetch at a time for each key, whoever asks. A kept answer is fresh for a while; after that it is fetched again,
//! and when that fails because the service is out, the kept answer is served for a longer while. So the catalogue
//! survives its service.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use chassis::clock::Clock;
use http::StatusCode;
use http::header::{AGE, CACHE_CONTROL, ETAG, HeaderValue, LINK, VARY};
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;

use super::reply;
use crate::error::{Rejection, Result};

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Served without asking.
    pub(crate) fresh: Duration,
    /// Served, counted from the fetch, while the service is out.
    pub(crate) stale: Duration,
}

/// After a failed fetch the service is left in peace for so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// What a fetch brings.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) body: Bytes,
    pub(crate) link: Option<HeaderValue>,
}

#[derive(Debug)]
struct Kept {
    fetched: Fetched,
    tag: HeaderValue,
    at: Timestamp,
    /// Not to be fetched again before; moved by a failed fetch.
    next: Timestamp,
}

/// Kept answers by key, bounded in bytes.
pub(crate) struct Shared {
    clock: Clock,
    kept: Cache<String, Arc<Kept>>,
    /// Fetches under way: whoever comes meanwhile waits for the same one.
    flights: Cache<String, Arc<Kept>>,
}

impl Shared {
    pub(crate) fn new(clock: Clock, bytes: u64) -> Self {
        let weight = |key: &String, kept: &Arc<Kept>| {
            u32::try_from(key.len() + kept.fetched.body.len() + 256).unwrap_or(u32::MAX)
        };
        Self { clock, kept: Cache::builder().max_capacity(bytes).weigher(weight).build(), flights: Cache::new(10_000) }
    }

    /// The answer of this key: kept, or fetched now.
    pub(crate) async fn get(
        &self,
        key: String,
        keep: Keep,
        fetch: impl Future<Output = Result<Fetched>>,
    ) -> Result<Response> {
        let old = self.kept.get(&key).await;
        let now = self.clock.now();
        if let Some(old) = old.as_deref()
            && now < old.next
            && within(old.at, now, keep.stale)
        {
            return Ok(answer(old, now, keep));
        }
        let flight = self.flights.try_get_with(key.clone(), async {
            let fetched = fetch.await?;
            let at = self.clock.now();
            let tag = reply::entity_tag(None, &fetched.body);
            let kept = Arc::new(Kept { fetched, tag, at, next: later(at, keep.fresh) });
            self.kept.insert(key.clone(), kept.clone()).await;
            Ok::<_, Rejection>(kept)
        });
        let landed = flight.await;
        self.flights.invalidate(&key).await;
        match (landed, old) {
            (Ok(kept), _) => Ok(answer(&kept, now, keep)),
            (Err(refused), Some(old)) if refused.is_outage() && within(old.at, now, keep.stale) => {
                let waiting = Kept {
                    fetched: old.fetched.clone(),
                    tag: old.tag.clone(),
                    at: old.at,
                    next: now.saturating_add(PAUSE).unwrap_or(Timestamp::MAX),
                };
                metrics::counter!("gateway_served_stale_total").increment(1);
                let response = answer(&waiting, now, keep);
                self.kept.insert(key, Arc::new(waiting)).await;
                Ok(response)
            }
            (Err(refused), _) => Err(Rejection::clone(&refused)),
        }
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn within(at: Timestamp, now: Timestamp, limit: Duration) -> bool {
    now <= later(at, limit)
}

fn answer(kept: &Kept, now: Timestamp, keep: Keep) -> Response {
    let age = now.duration_since(kept.at).as_secs().max(0);
    let control = format!("public, max-age={}, stale-if-error={}", keep.fresh.as_secs(), keep.stale.as_secs());
    let mut response = reply::with_body(
        StatusCode::OK,
        kept.fetched.body.clone(),
        [
            (ETAG, kept.tag.clone()),
            (AGE, HeaderValue::from(age)),
            // Those who are logged in get another answer at the same address.
            (VARY, HeaderValue::from_static("authorization, cookie")),
            (CACHE_CONTROL, HeaderValue::try_from(control).unwrap_or(HeaderValue::from_static("no-store"))),
        ],
    );
    if let Some(link) = &kept.fetched.link {
        response.headers_mut().insert(LINK, link.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use chassis::error::Fault;

    use super::*;

    const KEEP: Keep = Keep { fresh: Duration::from_secs(30), stale: Duration::from_secs(300) };

    struct Source {
        shared: Shared,
        clock: Clock,
        fetches: AtomicU32,
    }

    impl Source {
        fn new() -> Self {
            let clock = Clock::manual("2026-09-01T00:00:00Z".parse().unwrap());
            Self { shared: Shared::new(clock.clone(), 1 << 20), clock, fetches: AtomicU32::new(0) }
        }

        /// Asks while the service answers, or refuses with `fault`. The body is the number of the fetch.
        async fn ask(&self, fault: Option<Fault>) -> std::result::Result<(String, String), String> {
            let fetch = async {
                let n = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
                match fault {
                    Some(fault) => Err(fault.into()),
                    None => Ok(Fetched { body: n.to_string().into(), link: None }),
                }
            };
            let response = self.shared.get("k".into(), KEEP, fetch).await;
            let response = response.map_err(|rejection| rejection.reason().to_owned())?;
            let age = response.headers()[AGE].to_str().unwrap().to_owned();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            Ok((String::from_utf8(body.to_vec()).unwrap(), age))
        }

        fn wait(&self, seconds: i64) {
            self.clock.advance(SignedDuration::from_secs(seconds));
        }
    }

    fn said(body: &str, age: &str) -> std::result::Result<(String, String), String> {
        Ok((body.to_owned(), age.to_owned()))
    }

    #[tokio::test]
    async fn an_answer_is_fetched_once_while_it_is_fresh() {
        let source = Source::new();
        assert_eq!(source.ask(None).await, said("1", "0"));
        source.wait(29);
        assert_eq!(source.ask(None).await, said("1", "29"));
        source.wait(1);
        assert_eq!(source.ask(None).await, said("2", "0"));
    }

    #[tokio::test]
    async fn while_the_service_is_out_the_kept_answer_is_served_for_five_minutes() {
        let source = Source::new();
        let out = || Some(Fault::unavailable("service-down", None));
        assert_eq!(source.ask(out()).await, Err("service-down".to_owned()));
        assert_eq!(source.ask(None).await, said("2", "0"));
        source.wait(60);
        assert_eq!(source.ask(out()).await, said("2", "60"));
        source.wait(1);
        assert_eq!(source.ask(out()).await, said("2", "61"));
        assert_eq!(source.fetches.load(Ordering::SeqCst), 3, "the service is left in peace after a failed fetch");
        source.wait(239);
        assert_eq!(source.ask(Some(Fault::too_slow())).await, said("2", "300"));
        source.wait(2);
        assert_eq!(source.ask(out()).await, Err("service-down".to_owned()));
        assert_eq!(source.ask(None).await, said("6", "0"));
    }

    #[tokio::test]
    async fn an_answer_of_no_is_passed_on_though_something_is_kept() {
        let source = Source::new();
        assert_eq!(source.ask(None).await, said("1", "0"));
        source.wait(31);
        assert_eq!(source.ask(Some(Fault::absent("period"))).await, Err("not-found".to_owned()));
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_fetch() {
        let shared = Shared::new(Clock::system(), 1 << 20);
        let (go, started) = (tokio::sync::Notify::new(), AtomicU32::new(0));
        let ask = || async {
            let fetch = async {
                started.fetch_add(1, Ordering::SeqCst);
                go.notified().await;
                Ok(Fetched { body: Bytes::from_static(b"1"), link: None })
            };
            shared.get("k".into(), KEEP, fetch).await.map(|_| ())
        };
        let release = async {
            tokio::task::yield_now().await;
            go.notify_one();
        };
        let (a, b, c, ()) = tokio::join!(ask(), ask(), ask(), release);
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(started.load(Ordering::SeqCst), 1);
    }
}
