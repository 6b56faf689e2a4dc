//! Bodies of requests: within a limit, in time, and before a place in a lane is taken.

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::config::EdgeConfig;
use crate::error::{Rejection, Result};
use crate::reasons;

/// The whole body, or `body-too-large`, `body-too-slow`, `body-unreadable`. One that is declared too long is not read.
pub(super) async fn read(config: &EdgeConfig, headers: &HeaderMap, body: Body) -> Result<Bytes> {
    let limit = config.body_limit;
    if declared_length(headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let due = Instant::now() + config.body_budget;
    let due = chassis::deadline::current().map_or(due, |deadline| deadline.min(due));
    timeout_at(due, collect(body, limit)).await.map_err(|_| {
        Rejection::new(StatusCode::REQUEST_TIMEOUT, reasons::BODY_TOO_SLOW, "the body did not arrive in time")
    })?
}

/// The whole body, of at most `limit` bytes.
pub(super) async fn collect(body: Body, limit: usize) -> Result<Bytes> {
    to_bytes(body, limit).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>()) {
            too_large(limit)
        } else {
            let detail = "the body broke off or could not be read";
            Rejection::new(StatusCode::BAD_REQUEST, reasons::BODY_UNREADABLE, detail)
        }
    })
}

fn too_large(limit: usize) -> Rejection {
    let detail = format!("a body has at most {limit} bytes");
    Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, reasons::BODY_TOO_LARGE, detail)
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
