//! The outermost layer: whose request it is, and what every answer carries.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chassis::error::Fault;
use chassis::telemetry::REQUEST_ID;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use super::address;
use crate::error::Rejection;
use crate::reasons;
use crate::state::Gateway;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) IpAddr);

/// Notes the client's address on the way in; on the way out renders refusals, answers conditional requests and sets
/// the headers of every answer.
pub(crate) async fn seal(
    State(gateway): State<Gateway>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = address::client(peer.ip(), request.headers(), &gateway.config().trusted_proxies);
    request.extensions_mut().insert(Client(client));
    let method = request.method().clone();
    let asked = request.headers().clone();
    finish(next.run(request).await, &method, &asked)
}

/// Refuses an address that is too long before anything is made of it.
pub(crate) async fn bounded(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if length > gateway.config().uri_limit {
        let detail = "the address is too long";
        return Rejection::new(StatusCode::URI_TOO_LONG, reasons::URI_TOO_LONG, detail).into_response();
    }
    next.run(request).await
}

fn finish(mut response: Response, method: &Method, asked: &HeaderMap) -> Response {
    let rejection = response.extensions_mut().remove::<Rejection>().or_else(|| bare(response.status()));
    if let Some(rejection) = rejection {
        let headers = std::mem::take(response.headers_mut());
        let id = headers.get(REQUEST_ID);
        response = rejection.render(asked, id.and_then(|id| id.to_str().ok()));
        for (name, value) in [(HeaderName::from_static(REQUEST_ID), id), (ALLOW, headers.get(ALLOW))] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value.clone());
            }
        }
    } else if matches!(*method, Method::GET | Method::HEAD) && is_known(&response, asked) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The refusal of an answer that came without one: the layers of the chassis say "panicked" and "too late" by the
/// status alone.
fn bare(status: StatusCode) -> Option<Rejection> {
    match status {
        StatusCode::GATEWAY_TIMEOUT => Some(Fault::too_slow().into()),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Rejection::internal()),
        _ => None,
    }
}

/// The client has this very representation already (RFC 9110, 13.1.2: weak comparison).
fn is_known(response: &Response, asked: &HeaderMap) -> bool {
    let Some(tag) = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()) else { return false };
    response.status() == StatusCode::OK
        && asked
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}
