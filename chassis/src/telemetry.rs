//! What belongs to the request that is being handled and travels with every call it makes: request id, W3C trace
//! context, deadline, the user's token and idempotency key. And the metrics of the process.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::HeaderMap;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::auth::Caller;

pub mod metrics;
mod trace;

pub use trace::TraceContext;
pub(crate) use trace::random;

/// Header and metadata key of the request id.
pub const REQUEST_ID: &str = "x-request-id";
/// Header and metadata key of the W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// Header and metadata key of the idempotency key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

tokio::task_local! {
    static CONTEXT: Context;
}

/// The request that the present task works for. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Names the request in logs and answers.
    pub request_id: RequestId,
    /// Where the request stands in its trace.
    pub trace: TraceContext,
    /// When the answer must be there.
    pub deadline: Option<Instant>,
    /// The user's access token, to be passed on to other services.
    pub bearer: Option<Bearer>,
    /// The client's idempotency key, to be passed on to the service that owns the command.
    pub idempotency_key: Option<Arc<str>>,
    /// Who asks, once the token has been verified.
    pub caller: Option<Arc<Caller>>,
    /// Commands that outlive their request; the server waits for them before it ends.
    pub(crate) tasks: Option<TaskTracker>,
}

impl Context {
    /// The context that a request brings in its headers: its request id when it is well formed, otherwise a new one; a
    /// new span of its trace, or of a new trace; its bearer token and idempotency key. No deadline.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        Self {
            request_id: text(REQUEST_ID).and_then(RequestId::parse).unwrap_or_default(),
            trace: text(TRACEPARENT).and_then(TraceContext::parse).map_or_else(TraceContext::default, |t| t.child()),
            deadline: None,
            bearer: Bearer::from_headers(headers),
            idempotency_key: text(IDEMPOTENCY_KEY).map(Into::into),
            caller: None,
            tasks: None,
        }
    }

    /// The same request, to be answered by this moment.
    #[must_use]
    pub fn due(mut self, at: Instant) -> Self {
        self.deadline = Some(at);
        self
    }

    /// Runs a future for this request: inside it, [`Context::current`] and `deadline::remaining` answer.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CONTEXT.scope(self, future)
    }

    /// The request that the present task works for.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::with(Clone::clone)
    }

    /// Looks at the request that the present task works for; `None` outside a request.
    pub fn with<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        CONTEXT.try_with(look).ok()
    }

    /// `traceparent` of the present request, for an outbox row; empty outside a request.
    #[must_use]
    pub fn traceparent() -> String {
        Self::with(|context| context.trace.to_string()).unwrap_or_default()
    }
}

/// Names a request in logs and answers: 8 to 64 letters, digits, `-`, `_` or `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A request id from outside; `None` when it is not well formed, so that nobody writes into our logs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (8..=64).contains(&text.len());
        let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        (fits && clean).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    /// A new id: 128 random bits in hexadecimal.
    fn default() -> Self {
        Self(trace::hex(&trace::random::<16>()).into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An access token as it came. Its text is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(Arc<str>);

impl Bearer {
    /// Holds a token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    /// The token of `authorization: Bearer ...`. `None` when there is no such header, or more than one.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(http::header::AUTHORIZATION).iter();
        let (Some(one), None) = (all.next(), all.next()) else { return None };
        let (scheme, token) = one.to_str().ok()?.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| Self::new(token.trim()))
    }

    /// The token itself.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}
