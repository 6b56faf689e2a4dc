//! A typed client: one method a route, for whoever consumes the REST interface.
//!
//! A [`Client`] is cheap to clone and holds the connection pool. What belongs to one call (whose token, which
//! language, which idempotency key) is said by deriving another client:
//!
//! ```no_run
//! # async fn example(token: &str, student: &str, class: String) -> Result<(), api::client::Error> {
//! let client = api::Client::new("http://127.0.0.1:8081")?;
//! let mine = client.token(token).language("id");
//! let plan = mine
//!     .idempotency_key("0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")
//!     .add_item(student, "20261", &api::ItemInput { class_id: class })
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! It never retries: who sends a POST again does so with the same idempotency key. It speaks plain HTTP, for the
//! loopback interface or a network that encrypts by itself.

mod curricula;
mod error;
mod grades;
mod krs;
mod offering;
mod people;
mod policies;
mod registration;
mod session;

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{Error, InvalidBase};

use crate::Problem;
use crate::routes::{Method, Route};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ADMISSION_TICKET: HeaderName = HeaderName::from_static("admission-ticket");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest wait for a whole answer: above the gateway's own deadlines, so that its answer is heard.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an unused connection is kept: less than the 10 s after which the server closes it, or a call might be sent
/// into a connection that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A client of the REST interface, with the headers of the calls made through it.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    wrong_header: Option<HeaderName>,
}

impl Client {
    /// A client of the gateway at `base`, for example `http://127.0.0.1:8081`. Connects at the first call.
    pub fn new(base: &str) -> Result<Self, InvalidBase> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| InvalidBase(error.to_string()))?;
        Self::with_http(http, base)
    }

    /// The same with an HTTP client made by the caller, who thereby chooses timeouts and pool.
    pub fn with_http(http: reqwest::Client, base: &str) -> Result<Self, InvalidBase> {
        let base = Url::parse(base).map_err(|error| InvalidBase(format!("`{base}`: {error}")))?;
        if base.scheme() != "http" || base.host().is_none() {
            return Err(InvalidBase(format!("`{base}`: expected http://host:port")));
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/problem+json"));
        Ok(Self { http, base, headers, wrong_header: None })
    }

    /// Calls with this access token.
    #[must_use]
    pub fn token(&self, access_token: &str) -> Self {
        self.with(AUTHORIZATION, &format!("Bearer {access_token}"))
    }

    /// Asks for this language, for example `id` or `en-GB, en`.
    #[must_use]
    pub fn language(&self, language: &str) -> Self {
        self.with(ACCEPT_LANGUAGE, language)
    }

    /// Names the request, so that one id runs through all logs.
    #[must_use]
    pub fn request_id(&self, id: &str) -> Self {
        self.with(REQUEST_ID, id)
    }

    /// Continues a trace (W3C trace context).
    #[must_use]
    pub fn traceparent(&self, traceparent: &str) -> Self {
        self.with(TRACEPARENT, traceparent)
    }

    /// Makes the next POST safe to send again: the same key and the same body have one effect and one answer.
    #[must_use]
    pub fn idempotency_key(&self, key: &str) -> Self {
        self.with(IDEMPOTENCY_KEY, key)
    }

    /// Changes a plan as somebody who was admitted from the waiting room.
    #[must_use]
    pub fn admission_ticket(&self, ticket: &str) -> Self {
        self.with(ADMISSION_TICKET, ticket)
    }

    /// Says on whose behalf the call is made. Counts only when the gateway trusts the caller's address as a proxy.
    #[must_use]
    pub fn forwarded_for(&self, client: IpAddr) -> Self {
        self.with(FORWARDED_FOR, &client.to_string())
    }

    fn with(&self, name: HeaderName, value: &str) -> Self {
        let mut derived = self.clone();
        match HeaderValue::from_str(value) {
            Ok(mut header) => {
                header.set_sensitive([AUTHORIZATION, ADMISSION_TICKET].contains(&name));
                derived.headers.insert(name, header);
            }
            Err(_) => derived.wrong_header = Some(name),
        }
        derived
    }

    /// Starts a request: `segments` fill the placeholders of the route's path in order, percent-encoded.
    fn request(&self, route: Route, segments: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        let mut filled = segments.iter();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            for segment in route.path.trim_start_matches('/').split('/') {
                let placeholder = segment.starts_with('{');
                path.push(if placeholder { filled.next().copied().unwrap_or_default() } else { segment });
            }
        }
        let method = match route.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        self.http.request(method, url).headers(self.headers.clone())
    }

    /// A request without a body.
    async fn plain<T: DeserializeOwned>(&self, route: Route, segments: &[&str]) -> Result<T, Error> {
        self.json(self.request(route, segments)).await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        route: Route,
        segments: &[&str],
        query: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(route, segments).query(query)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        route: Route,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(route, segments).json(body)).await
    }

    /// Sends the change of a resource that was read at `version`.
    async fn change<T: DeserializeOwned>(
        &self,
        route: Route,
        segments: &[&str],
        version: i64,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(route, segments).header(IF_MATCH, format!("\"{version}\"")).json(body)).await
    }

    /// Does something, without a body, to a resource that was read at `version`.
    async fn decide<T: DeserializeOwned>(&self, route: Route, segments: &[&str], version: i64) -> Result<T, Error> {
        self.json(self.request(route, segments).header(IF_MATCH, format!("\"{version}\""))).await
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let answer = self.answer(request).await?;
        let body = answer.bytes().await.map_err(Error::unreachable)?;
        serde_json::from_slice(&body).map_err(|error| Error::Protocol(format!("unexpected answer: {error}")))
    }

    async fn nothing(&self, request: RequestBuilder) -> Result<(), Error> {
        self.answer(request).await.map(|_| ())
    }

    /// A good answer, or the problem that came instead.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, Error> {
        if let Some(name) = &self.wrong_header {
            return Err(Error::Protocol(format!("`{name}` has characters that a header cannot carry")));
        }
        let answer = request.send().await.map_err(Error::unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let is_problem = answer
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/problem+json"));
        let body = answer.bytes().await.map_err(Error::unreachable)?;
        Err(if is_problem { problem(status, &body) } else { foreign(status) })
    }
}

fn problem(status: StatusCode, body: &[u8]) -> Error {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Error::Problem(Box::new(problem)),
        Err(_) => foreign(status),
    }
}

/// Something that is not the gateway answered.
fn foreign(status: StatusCode) -> Error {
    Error::Protocol(format!("HTTP {} without a problem document", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    fn path(base: &str, route: Route, segments: &[&str]) -> String {
        let request = Client::new(base).unwrap().request(route, segments).build().unwrap();
        request.url().as_str().to_owned()
    }

    #[test]
    fn segments_fill_the_path_and_cannot_leave_it() {
        assert_eq!(
            path("http://h:1", routes::ITEM_DELETE, &["s", "20261", "c"]),
            "http://h:1/api/v1/students/s/plans/20261/items/c"
        );
        assert_eq!(path("http://h:1", routes::STUDENT_GET, &["a/b?c"]), "http://h:1/api/v1/students/a%2Fb%3Fc");
        assert_eq!(path("http://h:1/prefix/", routes::ME_GET, &[]), "http://h:1/prefix/api/v1/me");
    }

    #[test]
    fn a_base_without_host_or_with_another_scheme_is_refused() {
        for base in ["", "gateway:8081", "https://gateway", "file:///etc/passwd"] {
            assert!(Client::new(base).is_err(), "{base}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let client = Client::new("http://h:1").unwrap().token("open-sesame");
        assert!(!format!("{client:?}").contains("sesame"));
    }
}
