//! HTTP servers: what surrounds a router of REST routes or pages.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower::Service;
use tracing::Instrument;

use super::{Connection, unread};
use crate::telemetry::metrics::InFlight;
use crate::telemetry::{Context, REQUEST_ID};

/// Hands the requests of a connection to a router; handlers see the client's address as `ConnectInfo<SocketAddr>`.
pub(super) fn answer(
    router: Router,
) -> impl Fn(Arc<Connection>, http::Request<Incoming>) -> Answer + Clone + Send + Sync + 'static {
    move |connection, request| {
        let mut router = router.clone();
        let (request, reading) = unread::watch(request);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(connection.remote));
        // A router is always ready.
        let answered = router.call(request);
        Box::pin(async move {
            let Ok(response): Result<Response, Infallible> = answered.await;
            reading.close(response)
        })
    }
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Response> + Send>>;

/// Time that a request gets at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// GET and HEAD. Default 2 s.
    pub read: Duration,
    /// Everything else. Default 5 s.
    pub write: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { read: Duration::from_secs(2), write: Duration::from_secs(5) }
    }
}

/// Puts the common layers around all routes of a router, from outside in: the request's context (request id echoed as
/// `x-request-id`, trace, deadline, bearer token, idempotency key) and span; metrics by route template; a panic becomes
/// a bare 500; the deadline a bare 504. Put a layer that makes bodies of problems around it, if they should have one.
pub fn layered(router: Router, options: HttpOptions) -> Router {
    router.layer(axum::middleware::from_fn_with_state(options, around))
}

async fn around(State(options): State<HttpOptions>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let budget = if matches!(method, Method::GET | Method::HEAD) { options.read } else { options.write };
    let mut context = Context::from_headers(request.headers());
    context.deadline = Some(began + budget);
    let request_id = HeaderValue::from_str(context.request_id.as_str());
    // Route template, never the path: paths have ids in them, and there is no end of them.
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "other".into(), |m| m.as_str().to_owned());
    // At the level of errors, so that no filter takes the request id from an error.
    let span = tracing::error_span!(
        "http",
        request_id = %context.request_id,
        trace_id = %context.trace.trace_id(),
        method = %method,
        route
    );
    let _in_flight = InFlight::new(metrics::gauge!("http.server.active_requests"));
    let deadline = began + budget;
    let handled = context.scope(std::panic::AssertUnwindSafe(next.run(request)).catch_unwind());
    let mut response = match tokio::time::timeout_at(deadline, handled.instrument(span.clone())).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            span.in_scope(|| tracing::error!("a handler panicked"));
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_) => bare(StatusCode::GATEWAY_TIMEOUT),
    };
    let labels = [
        ("http.request.method", method.as_str().to_owned()),
        ("http.route", route),
        ("http.response.status_code", response.status().as_str().to_owned()),
    ];
    metrics::histogram!("http.server.request.duration", &labels).record(began.elapsed());
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    if let Ok(request_id) = request_id {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    response
}

fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
