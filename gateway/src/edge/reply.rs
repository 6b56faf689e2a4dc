//! What handlers answer with.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LINK, LOCATION, VARY};
use http::{StatusCode, Uri};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Rejection, Result};

/// A resource with a version, which the entity tag begins with.
pub(crate) trait Versioned: Serialize {
    fn version(&self) -> i64;
}

macro_rules! versioned {
    ($($resource:ty),+ $(,)?) => {
        $(impl Versioned for $resource {
            fn version(&self) -> i64 {
                self.version
            }
        })+
    };
}
versioned!(
    api::Class,
    api::Course,
    api::Curriculum,
    api::Equivalents,
    api::Hold,
    api::Lecturer,
    api::Package,
    api::Period,
    api::PeriodStatus,
    api::Plan,
    api::Policy,
    api::Prerequisites,
    api::Room,
    api::Scale,
    api::Sheet,
    api::Student,
    api::Wishes,
);

/// One page of a list, perhaps with what belongs to the whole list.
pub(crate) trait Paged: Serialize {
    /// Where the next page begins.
    fn next_cursor(&self) -> Option<&str>;
}

impl<T: Serialize> Paged for api::Page<T> {
    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

impl Paged for api::PlanQueue {
    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

impl Paged for api::Semesters {
    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// A single resource: 200 with its entity tag.
pub(crate) fn one<T: Versioned>(resource: &T) -> Result<Response> {
    let body = json(resource)?;
    let tag = entity_tag(Some(resource.version()), &body);
    Ok(with_body(StatusCode::OK, body, [(ETAG, tag)]))
}

/// A new resource: 201 with its entity tag and where it is.
pub(crate) fn created<T: Versioned>(resource: &T, location: &str) -> Result<Response> {
    let mut response = one(resource)?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// A page of a list: 200, with `Link` to the next page when there is one.
pub(crate) fn list(uri: &Uri, page: &impl Paged) -> Result<Response> {
    let mut response = with_body(StatusCode::OK, json(page)?, []);
    if let Some(link) = next_link(uri, page) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// A page of a list that its reader asks for again and again: with an entity tag, to be kept.
pub(crate) fn kept_list(uri: &Uri, page: &impl Paged) -> Result<Response> {
    let body = json(page)?;
    let tag = entity_tag(None, &body);
    let mut response = with_body(StatusCode::OK, body, [(ETAG, tag)]);
    if let Some(link) = next_link(uri, page) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(kept(response))
}

/// The same answer, to be kept by its reader alone and asked for again each time: while nothing has changed, that costs a
/// 304 without a body.
pub(crate) fn kept(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("authorization, cookie"));
    response
}

/// `Link: <..>; rel="next"` of a page, relative to the host: the same query with the next cursor.
pub(crate) fn next_link(uri: &Uri, page: &impl Paged) -> Option<HeaderValue> {
    let cursor = page.next_cursor()?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    HeaderValue::from_str(&format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish())).ok()
}

/// Begun, and not done yet: 202 with where to ask.
pub(crate) fn accepted(body: &impl Serialize, location: &str) -> Result<Response> {
    let mut response = with_body(StatusCode::ACCEPTED, json(body)?, []);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Made, without a version of its own: 201.
pub(crate) fn made(body: &impl Serialize) -> Result<Response> {
    Ok(with_body(StatusCode::CREATED, json(body)?, []))
}

/// Anything else with a body: 200.
pub(crate) fn plain(body: &impl Serialize) -> Result<Response> {
    Ok(with_body(StatusCode::OK, json(body)?, []))
}

/// Done, nothing to say: 204.
pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The body of an answer.
pub(crate) fn json(value: &impl Serialize) -> Result<Bytes> {
    let body = serde_json::to_vec(value).map(Bytes::from);
    body.map_err(|error| Rejection::from(chassis::error::Fault::internal(error)))
}

/// A strong entity tag: the version, which `If-Match` is about, and a hash of the body, which also covers what changes
/// without it (seats taken, names of other resources) and what only some may see.
pub(crate) fn entity_tag(version: Option<i64>, body: &[u8]) -> HeaderValue {
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..12]);
    let tag = match version {
        Some(version) => format!("\"{version}-{hash}\""),
        None => format!("\"{hash}\""),
    };
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

pub(crate) fn with_body<const N: usize>(
    status: StatusCode,
    body: Bytes,
    headers: [(http::HeaderName, HeaderValue); N],
) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(uri: &str, cursor: Option<&str>) -> Option<String> {
        let page = api::Page::<u8> { items: vec![], next_cursor: cursor.map(str::to_owned) };
        next_link(&uri.parse().unwrap(), &page).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_next_page_keeps_the_filter_and_replaces_the_cursor() {
        assert_eq!(link("/api/v1/students?limit=2", None), None);
        assert_eq!(
            link("/api/v1/students?limit=2&cursor=old&search=a+b%26c", Some("new=/")).as_deref(),
            Some("</api/v1/students?limit=2&search=a+b%26c&cursor=new%3D%2F>; rel=\"next\"")
        );
    }

    #[test]
    fn what_is_kept_is_for_one_reader_and_changes_its_tag_with_its_content() {
        let answer = |row: u8| {
            let page = api::Page { items: vec![row], next_cursor: Some("next".to_owned()) };
            kept_list(&"/api/v1/classes?period=20261".parse().unwrap(), &page).unwrap().headers().clone()
        };
        let (first, again, other) = (answer(1), answer(1), answer(2));
        assert_eq!(
            (first.get(ETAG), first.get(CACHE_CONTROL)),
            (again.get(ETAG), Some(&"private, no-cache".parse().unwrap()))
        );
        assert_ne!(first.get(ETAG), other.get(ETAG));
        assert_eq!(first[VARY], "authorization, cookie");
        assert!(first.contains_key(LINK));
    }

    #[test]
    fn an_entity_tag_changes_with_the_body_though_the_version_stays() {
        let (a, b) = (entity_tag(Some(7), b"17 taken"), entity_tag(Some(7), b"18 taken"));
        assert_ne!(a, b);
        for tag in [a, b] {
            assert!(tag.to_str().unwrap().starts_with("\"7-"));
        }
    }
}
