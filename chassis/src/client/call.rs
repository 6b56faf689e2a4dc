//! One call: what it carries, how long it may take, and whether it is made again.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header, request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

use super::ClientConfig;
use super::balance::{Balancer, Down, Home, Replica, Ticket, Wish};
use super::retry::{Budget, pause};
use crate::deadline;
use crate::error::Fault;
use crate::grpc::{Effect, Guarded, MethodInfo, code_of, contract};
use crate::reasons;
use crate::telemetry::{Bearer, Context, IDEMPOTENCY_KEY, REQUEST_ID, TRACEPARENT};

/// When a caller may ask a service again that is down.
const AGAIN: Duration = Duration::from_secs(1);

/// How many connections in a row may close under a call before it is sent.
const HAND_BACKS: usize = 3;

/// What all clones of a channel share.
pub(super) struct Shared {
    replicas: Balancer,
    budget: Budget,
    server: String,
    default_deadline: Duration,
}

/// An attempt that brought no answer.
struct Lost {
    /// The request provably did not reach the service: it may be sent again whatever it does.
    unsent: bool,
    /// Where it was lost, if it came so far.
    replica: Option<Arc<Replica>>,
    fault: Fault,
}

/// The head of an answer, and the place that the call takes at its replica until the end of it.
type Answered = (Response<Body>, Ticket);

impl Shared {
    pub(super) fn new(replicas: Balancer, config: &ClientConfig) -> Self {
        let default_deadline = config.default_deadline;
        Self { replicas, budget: Budget::new(), server: config.server.clone(), default_deadline }
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn is_up(&self) -> bool {
        self.replicas.is_up()
    }

    /// Makes the call; whatever goes wrong is a status in the answer.
    pub(super) async fn call(&self, request: Request<Body>, bearer: Option<Bearer>) -> Response<Body> {
        let began = Instant::now();
        let (method, info) = match contract().get(request.uri().path()) {
            Some((path, info)) => (path, Some(info)),
            None => ("other", None),
        };
        let context = Context::current().unwrap_or_default();
        let at = self.deadline(began, &context, request.headers(), info);
        let witness = move |code: Code| {
            let labels = [("rpc.method", method.to_owned()), ("rpc.response.status_code", format!("{code:?}"))];
            metrics::histogram!("rpc.client.call.duration", &labels).record(began.elapsed());
        };
        let (response, ticket) = match self.attempts(request, info, at, &context, bearer).await {
            Ok((response, ticket)) => (response, Some(ticket)),
            Err(fault) => (Status::from(fault).into_http(), None),
        };
        if let Some(code) = code_of(response.headers()) {
            witness(code);
            return response;
        }
        let end = at.map(|at| -> std::pin::Pin<Box<dyn Future<Output = Fault> + Send>> {
            Box::pin(async move {
                tokio::time::sleep_until(at).await;
                Fault::too_slow()
            })
        });
        let witness = move |code| {
            drop(ticket);
            witness(code);
        };
        response.map(|body| Body::new(Guarded::new(body, end, witness)))
    }

    /// The earliest of: what the caller named, what is left of the present request, and (for a unary call with neither)
    /// the default.
    fn deadline(
        &self,
        began: Instant,
        context: &Context,
        headers: &HeaderMap,
        info: Option<MethodInfo>,
    ) -> Option<Instant> {
        let named = headers.get("grpc-timeout").and_then(|v| v.to_str().ok()).and_then(deadline::parse_grpc_timeout);
        let named = named.and_then(|left| began.checked_add(left));
        let inherited = context.deadline.map(|at| at.checked_sub(deadline::HOP).unwrap_or(began));
        let unary = info.is_none_or(|info| info.is_unary());
        let default = if unary { began.checked_add(self.default_deadline) } else { None };
        named.into_iter().chain(inherited).min().or(default)
    }

    async fn attempts(
        &self,
        request: Request<Body>,
        info: Option<MethodInfo>,
        at: Option<Instant>,
        context: &Context,
        bearer: Option<Bearer>,
    ) -> Result<Answered, Fault> {
        self.budget.deposit();
        let reads = info.is_some_and(|info| info.effect == Effect::Read);
        let (mut parts, body) = request.into_parts();
        parts.uri = self.uri(&parts.uri)?;
        carry(&mut parts.headers, context, bearer, reads);
        let home = parts.headers.get(header::AUTHORIZATION).map(|token| Home::of(token.as_bytes()));
        let anywhere = Wish { reads, avoid: None, home };
        // The body of a request stream cannot be sent twice; a single message is kept for a second attempt.
        if info.is_none_or(|info| info.client_streaming) {
            let request = Request::from_parts(stamped(&parts, at)?, body);
            return self.attempt(request, at, anywhere).await.map_err(|lost| lost.fault);
        }
        let message = body.collect().await.map_err(|status| Fault::from_status(&status))?.to_bytes();
        let again = |parts: &request::Parts| stamped(parts, at).map(|parts| whole(parts, message.clone()));
        let lost = match self.attempt(again(&parts)?, at, anywhere).await {
            Ok(response) => return Ok(response),
            Err(lost) => lost,
        };
        let pause = pause();
        let in_time = at.is_none_or(|at| Instant::now() + pause < at);
        if !(lost.unsent || reads) || !in_time || !self.budget.withdraw() {
            return Err(lost.fault);
        }
        metrics::counter!("rpc.client.repeats", "server" => self.server.clone()).increment(1);
        tokio::time::sleep(pause).await;
        let elsewhere = Wish { avoid: lost.replica.as_ref(), ..anywhere };
        self.attempt(again(&parts)?, at, elsewhere).await.map_err(|lost| lost.fault)
    }

    async fn attempt(&self, mut request: Request<Body>, at: Option<Instant>, wish: Wish<'_>) -> Result<Answered, Lost> {
        let too_slow = |replica| Lost { unsent: false, replica, fault: Fault::too_slow() };
        for _ in 0..HAND_BACKS {
            let (mut ticket, mut sender) = match within(at, self.replicas.pick(wish)).await {
                Some(Ok(picked)) => picked,
                Some(Err(Down)) => break,
                None => return Err(too_slow(None)),
            };
            let Some(sent) = within(at, sender.try_send_request(request)).await else {
                ticket.failed();
                return Err(too_slow(Some(ticket.replica().clone())));
            };
            let mut failed = match sent {
                Ok(response) => {
                    judge(&mut ticket, response.headers());
                    return Ok((response.map(|body| self.whole(body)), ticket));
                }
                Err(failed) => failed,
            };
            // A connection that is closing hands back what it did not send: that goes to the next connection at once.
            let Some(returned) = failed.take_message() else {
                let error = failed.into_error();
                tracing::debug!(server = self.server, %error, "a call was lost");
                let unsent = refused(&error);
                if !unsent {
                    ticket.failed();
                }
                return Err(Lost { unsent, replica: Some(ticket.replica().clone()), fault: self.down() });
            };
            request = returned;
        }
        Err(Lost { unsent: true, replica: None, fault: self.down() })
    }

    /// The body of an answer. One that breaks off is a service that went away, not a fault of anybody's.
    fn whole(&self, body: Incoming) -> Body {
        let (server, down) = (self.server.clone(), self.down());
        Body::new(body.map_err(move |error| {
            tracing::debug!(server, %error, "an answer broke off");
            Status::from(down.clone())
        }))
    }

    fn down(&self) -> Fault {
        let message = format!("{} is not reachable", self.server);
        Fault::unavailable(reasons::SERVICE_DOWN, Some(AGAIN)).with_message(message)
    }

    /// The path, at the service's name, whatever its address is.
    fn uri(&self, given: &Uri) -> Result<Uri, Fault> {
        let authority = Authority::try_from(self.server.as_str()).map_err(Fault::internal)?;
        let path = given.path_and_query().map_or("/", |path| path.as_str());
        let uri = Uri::builder().scheme(Scheme::HTTPS).authority(authority).path_and_query(path);
        uri.build().map_err(Fault::internal)
    }
}

/// Adds what the present request brought, where the call does not bring it itself. Reading needs no idempotency key.
fn carry(headers: &mut HeaderMap, context: &Context, bearer: Option<Bearer>, reads: bool) {
    let mut add = |name: HeaderName, text: &str| {
        if !headers.contains_key(&name)
            && let Ok(mut value) = HeaderValue::from_str(text)
        {
            value.set_sensitive(name == header::AUTHORIZATION);
            headers.insert(name, value);
        }
    };
    add(HeaderName::from_static(REQUEST_ID), context.request_id.as_str());
    add(HeaderName::from_static(TRACEPARENT), &context.trace.to_string());
    if let Some(bearer) = context.bearer.clone().or(bearer) {
        add(header::AUTHORIZATION, &format!("Bearer {}", bearer.token()));
    }
    if let Some(key) = context.idempotency_key.as_ref().filter(|_| !reads) {
        add(HeaderName::from_static(IDEMPOTENCY_KEY), key);
    }
}

/// What an answer says about the replica. One that has enough to do, or that is about to end, is not ill.
fn judge(ticket: &mut Ticket, headers: &HeaderMap) {
    if code_of(headers) != Some(Code::Unavailable) {
        return ticket.succeeded();
    }
    let fault = Status::from_header_map(headers).map(|status| Fault::from_status(&status));
    match fault.as_ref().map(Fault::reason) {
        Some(reasons::OVERLOADED | reasons::STOPPING) => ticket.turned_away(),
        _ => ticket.failed(),
    }
}

/// The outcome of a future, if there is one before the deadline.
async fn within<T>(at: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match at {
        Some(at) => tokio::time::timeout_at(at, future).await.ok(),
        None => Some(future.await),
    }
}

/// The head of an attempt, with the time that is left at this moment.
fn stamped(parts: &request::Parts, at: Option<Instant>) -> Result<request::Parts, Fault> {
    let mut parts = parts.clone();
    if let Some(at) = at {
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Fault::too_slow());
        }
        let timeout = HeaderValue::from_str(&deadline::to_grpc_timeout(left)).map_err(Fault::internal)?;
        parts.headers.insert("grpc-timeout", timeout);
    }
    Ok(parts)
}

fn whole(parts: request::Parts, message: Bytes) -> Request<Body> {
    Request::from_parts(parts, Body::new(Full::new(message)))
}

/// The server said that it did not look at the request: it refused the stream, or it is closing the connection and named
/// an earlier stream as the last one that it takes (RFC 9113, 6.8).
fn refused(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| {
        cause.is_remote() && (cause.is_go_away() || cause.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}
