//! The description of the interface: for programs, and for people.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue};

use crate::openapi::Documents;

/// No script, our own style sheet, nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/api/openapi.json`.
pub(crate) async fn openapi() -> Response {
    answer("application/json", &Documents::get().json, &Documents::get().json_tag)
}

/// `/api/docs`.
pub(crate) async fn page() -> Response {
    answer("text/html; charset=utf-8", &Documents::get().page, &Documents::get().page_tag)
}

/// `/api/docs/style.css`.
pub(crate) async fn style() -> Response {
    answer("text/css; charset=utf-8", &Documents::get().style, &Documents::get().style_tag)
}

fn answer(media_type: &'static str, body: &bytes::Bytes, tag: &HeaderValue) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (ETAG, tag.clone()),
    ];
    (headers, body.clone()).into_response()
}
