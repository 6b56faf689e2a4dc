//! The layers around every gRPC call, from outside in. One function, read from top to bottom.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument, Span};

use super::body::Capped;
use super::contract::{Effect, MethodInfo, contract};
use super::{Guarded, code_of, shed};
use crate::auth::{Caller, Method, Peer, Policy, User, Verifier};
use crate::deadline;
use crate::error::Fault;
use crate::reasons;
use crate::serve::{Connection, Limits};
use crate::telemetry::metrics::InFlight;
use crate::telemetry::{Context, REQUEST_ID};

/// A unary call gets this long when its caller named no deadline, and at most this long in any case.
const LONGEST: Duration = Duration::from_secs(60);

/// What the layers need.
pub(crate) struct Stack {
    pub(crate) router: axum::Router,
    pub(crate) policy: Policy,
    pub(crate) verifier: Verifier,
    pub(crate) shed: shed::Shed,
    pub(crate) max_message_bytes: usize,
    pub(crate) commands: TaskTracker,
}

pub(crate) fn shed(limits: &Limits, own: &[(&'static str, usize)]) -> shed::Shed {
    shed::Shed::new(limits, own)
}

/// A call on its way in.
struct Call {
    began: Instant,
    /// As the contract spells it; `other` for what is no method of ours, because metrics are labelled with it.
    method: &'static str,
    info: Option<MethodInfo>,
}

impl Stack {
    /// Answers one call.
    pub(crate) async fn answer(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let known = contract().get(request.uri().path());
        let call = Call { began: Instant::now(), method: known.map_or("other", |k| k.0), info: known.map(|k| k.1) };

        // Context: request id (a well-formed one is kept), trace (a new span of it), token and idempotency key to pass
        // on.
        let mut context = Context::from_headers(request.headers());
        context.tasks = Some(self.commands.clone());

        // Deadline: what the caller still has, never more than LONGEST for a unary call; a stream without one has none.
        context.deadline = call.deadline(&request);

        // Span: every line that is logged below carries these fields, whatever the filter lets through.
        let span = tracing::error_span!(
            "rpc",
            request_id = %context.request_id,
            trace_id = %context.trace.trace_id(),
            method = call.method,
            peer = connection.peer.as_ref().map_or("none", Peer::name),
            remote = %connection.remote,
            account = tracing::field::Empty,
        );
        let request_id = HeaderValue::from_str(context.request_id.as_str());

        // Metrics: calls in flight, and later the duration by method and code.
        let in_flight = InFlight::new(metrics::gauge!("rpc.server.active_calls", "rpc.method" => call.method));

        // Below here everything ends in a status, whatever happens.
        let (at, ending) = (context.deadline, connection.ending.clone());
        let handled = self.guarded(&call, context, &connection, request).instrument(span.clone()).await;
        let Handled { mut response, place } = handled.unwrap_or_else(|fault| {
            let status = span.in_scope(|| Status::from(fault));
            Handled { response: status.into_http(), place: None }
        });

        // The request id goes back to the caller.
        if let Ok(request_id) = request_id {
            response.headers_mut().insert(REQUEST_ID, request_id);
        }

        // The answer keeps its place and its deadline until the last of it is sent.
        let witness = call.witness(in_flight, place, span);
        match code_of(response.headers()) {
            Some(code) => {
                witness(code);
                response
            }
            None => response.map(|body| Body::new(Guarded::new(body, call.end(at, ending), witness))),
        }
    }

    async fn guarded(
        &self,
        call: &Call,
        mut context: Context,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Result<Handled, Fault> {
        // Shedding: who finds no place is refused at once, before anything is spent on the call.
        let place = call.info.map(|info| self.shed.admit(call.method, info)).transpose()?;

        // Peer: the calling service, by its certificate, must be on the method's list.
        let method = self.policy.admit(request.uri().path(), connection.peer.as_ref())?;

        // User: the token is verified again here, whoever has verified it before.
        let caller = within(context.deadline, self.user(method, &context)).await??;
        if let Some(caller) = &caller {
            Span::current().record("account", &caller.account_id);
            context.caller = Some(Arc::new(caller.clone()));
        }

        // Size: one unary message at most so large; of a stream the generated server limits each message.
        let streaming = call.info.is_none_or(|info| info.client_streaming);
        let most = if streaming { usize::MAX } else { self.max_message_bytes };
        let mut request = request.map(|body| Body::new(Capped::new(body, most)));
        let extensions = request.extensions_mut();
        caller.map(|caller| extensions.insert(caller));
        connection.peer.clone().map(|peer| extensions.insert(peer));

        // The service itself, under the deadline. A panic in it is a fault of ours, not the end of the connection.
        let at = context.deadline;
        let handled = AssertUnwindSafe(self.router.clone().call(request)).catch_unwind();
        match within(at, context.scope(handled)).await? {
            Ok(Ok(response)) => Ok(Handled { response: response.map(Body::new), place }),
            Ok(Err(never)) => match never {},
            Err(_) => Err(Fault::internal("a handler panicked")),
        }
    }

    async fn user(&self, method: &Method, context: &Context) -> Result<Option<Caller>, Fault> {
        if method.user == User::None {
            return Ok(None);
        }
        let bearer = context.bearer.as_ref();
        let bearer = bearer.ok_or_else(|| Fault::unauthenticated(reasons::TOKEN_MISSING, "no access token"))?;
        self.verifier.verify(bearer.token(), method.user).await.map(Some)
    }
}

/// An answer and the place that it still takes.
struct Handled {
    response: Response<Body>,
    place: Option<OwnedSemaphorePermit>,
}

impl Call {
    fn deadline(&self, request: &Request<Incoming>) -> Option<Instant> {
        let named = request.headers().get("grpc-timeout").and_then(|v| v.to_str().ok());
        let named = named.and_then(deadline::parse_grpc_timeout);
        let unary = self.info.is_none_or(|info| info.is_unary());
        let left = if unary { Some(named.unwrap_or(LONGEST).min(LONGEST)) } else { named };
        left.and_then(|left| self.began.checked_add(left))
    }

    /// What ends the body from outside: the deadline, and for a stream that only reads also the end of its connection.
    /// A stream that writes (an import) is left to finish within the drain.
    fn end(
        &self,
        at: Option<Instant>,
        ending: CancellationToken,
    ) -> Option<Pin<Box<dyn Future<Output = Fault> + Send>>> {
        let follows = self.info.is_some_and(|info| info.server_streaming && info.effect == Effect::Read);
        if at.is_none() && !follows {
            return None;
        }
        let again = Some(Duration::from_secs(1));
        Some(Box::pin(async move {
            tokio::select! {
                () = sleep_until(at) => Fault::too_slow(),
                () = ending.cancelled(), if follows => Fault::unavailable(reasons::STOPPING, again),
            }
        }))
    }

    /// Counts and logs how the call ended, once the last of its answer is sent.
    fn witness(
        &self,
        in_flight: InFlight,
        place: Option<OwnedSemaphorePermit>,
        span: Span,
    ) -> impl FnOnce(Code) + Unpin + Send + use<> {
        let (began, method) = (self.began, self.method);
        move |code| {
            drop((in_flight, place));
            let labels = [("rpc.method", method), ("rpc.response.status_code", name_of(code))];
            metrics::histogram!("rpc.server.call.duration", &labels).record(began.elapsed());
            span.in_scope(|| tracing::debug!(code = name_of(code), took = ?began.elapsed(), "answered"));
        }
    }
}

/// Waits for a future until the deadline.
async fn within<T>(at: Option<Instant>, future: impl Future<Output = T>) -> Result<T, Fault> {
    match at {
        Some(at) => tokio::time::timeout_at(at, future).await.map_err(|_| Fault::too_slow()),
        None => Ok(future.await),
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
