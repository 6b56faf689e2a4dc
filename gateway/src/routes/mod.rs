//! Handlers, one file per resource: take the request apart, call one service, put its answer together.
//!
//! The doc comment of a handler is what the OpenAPI document says; what all routes share (errors, headers, security)
//! is added there from the router's table.

pub(crate) mod accounts;
pub(crate) mod admissions;
pub(crate) mod allocations;
pub(crate) mod approvals;
pub(crate) mod bulk;
pub(crate) mod classes;
pub(crate) mod courses;
pub(crate) mod curricula;
pub(crate) mod docs;
pub(crate) mod holds;
pub(crate) mod home;
pub(crate) mod me;
pub(crate) mod packages;
pub(crate) mod periods;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod prerequisites;
pub(crate) mod results;
pub(crate) mod rooms;
pub(crate) mod scales;
pub(crate) mod sessions;
pub(crate) mod sheets;
pub(crate) mod statuses;
pub(crate) mod structure;
pub(crate) mod students;
pub(crate) mod system;
pub(crate) mod waiting;

use std::future::Future;

use axum::response::Response;
use chassis::telemetry::Context;
use http::header::COOKIE;
use http::{HeaderMap, Uri};
use serde::Serialize;

use crate::edge::cache::Fetched;
use crate::edge::reply;
use crate::error::{Rejection, Result};
use crate::state::Gateway;

/// What a handler answers.
pub(crate) type Answer = Result<Response>;

/// A page of a list that anyone may read. For a request with neither token nor cookie the answer is the same for
/// everybody and is kept for a while, by path and normalised query; anybody else's is kept by the reader alone. `fetch` is
/// told whether the reader is known.
async fn list_for_anyone<T: Serialize, F: Future<Output = Result<api::Page<T>>>>(
    gateway: &Gateway,
    uri: &Uri,
    headers: &HeaderMap,
    query: &(impl Serialize + Sync),
    fetch: impl FnOnce(bool) -> F,
) -> Answer {
    let known = Context::with(|context| context.caller.is_some()).unwrap_or_default();
    let normal = serde_urlencoded::to_string(query).ok().filter(|_| !known && !headers.contains_key(COOKIE));
    let Some(normal) = normal else { return reply::kept_list(uri, &fetch(known).await?) };
    let key = if normal.is_empty() { uri.path().to_owned() } else { format!("{}?{normal}", uri.path()) };
    let normal: Uri = key.parse().map_err(|_| Rejection::internal())?;
    let fetch = async {
        let page = fetch(known).await?;
        Ok(Fetched { body: reply::json(&page)?, link: reply::next_link(&normal, &page) })
    };
    gateway.shared().get(key, gateway.keep(), fetch).await
}
