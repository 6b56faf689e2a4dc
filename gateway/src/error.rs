//! A refusal on its way out: RFC 9457.
//!
//! Handlers return a [`Rejection`]; `edge::seal` renders it, because only there the id of the request and its headers
//! are at hand. Text of an internal fault was logged where the fault was made and is not in here.

use std::borrow::Cow;
use std::time::Duration;

use api::{Problem, ProblemError};
use axum::Json;
use axum::response::{IntoResponse, Response};
use chassis::error::{Fault, Kind};
use chassis::reasons as house;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use crate::reasons;

/// What a handler answers instead of a result.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    status: StatusCode,
    reason: Cow<'static, str>,
    detail: String,
    errors: Vec<ProblemError>,
    retry_after: Option<Duration>,
    /// Somebody else changed the resource: 412 when the request carried `If-Match`.
    stale: bool,
}

pub(crate) type Result<T> = std::result::Result<T, Rejection>;

impl Rejection {
    pub(crate) fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            stale: false,
        }
    }

    /// One malformed field or parameter.
    pub(crate) fn field(field: impl Into<String>, reason: &'static str, detail: impl Into<String>) -> Self {
        Fault::field(field, reason, detail).into()
    }

    /// A path that names nothing that can exist.
    pub(crate) fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, house::NOT_FOUND, "no such resource")
    }

    /// A limit of traffic: not a fault of the request.
    pub(crate) fn busy(status: StatusCode, reason: &'static str, retry_after: Duration) -> Self {
        let detail = "more requests than can be served now";
        Self { retry_after: Some(retry_after), ..Self::new(status, reason, detail) }
    }

    /// A fault of ours, whose cause was logged.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, house::INTERNAL, "")
    }

    /// The same refusal with the rows of a list called as the request called them: `courses[2].course_id` as
    /// `course_ids[2]`.
    pub(crate) fn renaming_rows(mut self, list: &str, part: &str, name: &str) -> Self {
        for field in self.errors.iter_mut().filter_map(|error| error.field.as_mut()) {
            let row = field.strip_prefix(list).and_then(|rest| rest.strip_suffix(part)?.strip_suffix('.'));
            match row {
                Some(row) if row.starts_with('[') => *field = format!("{name}{row}"),
                _ if field == list => name.clone_into(field),
                _ => {}
            }
        }
        self
    }

    /// The same refusal with a field called as the request called it.
    pub(crate) fn renaming(mut self, field: &str, name: &str) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.field.as_deref() == Some(field)) {
            error.field = Some(name.to_owned());
        }
        self
    }

    /// The reason word.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the service could not answer, as opposed to having answered no.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
    }

    /// The answer. `request` are the headers of the request, `trace_id` its id.
    pub(crate) fn render(self, request: &HeaderMap, trace_id: Option<&str>) -> Response {
        let precondition = self.stale && request.contains_key(http::header::IF_MATCH);
        let status = if precondition { StatusCode::PRECONDITION_FAILED } else { self.status };
        let retry_after = self.retry_after.map(seconds);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, challenge(&self.reason));
        }
        let problem = Problem {
            kind: format!("/problems/{}", self.reason),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: (!self.detail.is_empty()).then_some(self.detail),
            reason: self.reason.into_owned(),
            errors: self.errors,
            retry_after,
            trace_id: trace_id.map(str::to_owned),
        };
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// Whole seconds, rounded up, so that nobody comes too early.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// RFC 6750: no error word when no token came.
fn challenge(reason: &str) -> HeaderValue {
    let invalid = matches!(reason, house::TOKEN_INVALID | house::TOKEN_EXPIRED | house::SESSION_REVOKED);
    HeaderValue::from_static(if invalid {
        r#"Bearer realm="siakad", error="invalid_token""#
    } else {
        r#"Bearer realm="siakad""#
    })
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        let misled = matches!(fault.reason(), house::PEER_UNKNOWN | house::PEER_REFUSED);
        if fault.kind() == Kind::Internal || misled {
            // A service that does not take calls from this gateway is a fault of the installation, not of the caller.
            tracing::error!(reason = fault.reason(), cause = ?fault, "a request failed by a fault of ours");
            return Self::internal();
        }
        let fields = fault.fields().iter().map(|field| ProblemError {
            field: Some(rest_field(&field.field)).filter(|name| !name.is_empty()),
            reason: field.reason.clone().into_owned(),
            detail: Some(field.message.clone()),
            facts: std::collections::BTreeMap::new(),
        });
        let refusals = fault.refusals().iter().map(|refusal| ProblemError {
            field: None,
            reason: refusal.reason.clone().into_owned(),
            detail: None,
            facts: refusal.facts.clone(),
        });
        let errors: Vec<_> = fields.chain(refusals).collect();
        Self {
            status: fault.kind().http_status(),
            reason: fault.reason().to_owned().into(),
            detail: fault.message().to_owned(),
            errors,
            retry_after: fault.retry_after().or_else(|| default_wait(fault.kind())),
            stale: fault.kind() == Kind::Stale,
        }
    }
}

/// An outage without a hint of the service: a moment.
fn default_wait(kind: Kind) -> Option<Duration> {
    matches!(kind, Kind::Unavailable | Kind::TooFast | Kind::InFlight).then_some(Duration::from_secs(1))
}

impl From<tonic::Status> for Rejection {
    fn from(status: tonic::Status) -> Self {
        Fault::from_status(&status).into()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The field of a request body or query that a field of a contract message came from.
fn rest_field(field: &str) -> String {
    const WRAPPERS: [&str; 13] = [
        "student.",
        "course.",
        "period.",
        "room.",
        "class.",
        "filter.",
        "role.",
        "curriculum.",
        "prerequisites.",
        "equivalents.",
        "scale.",
        "package.",
        "policy.",
    ];
    match field {
        "page.size" | "filter.page.size" => return "limit".to_owned(),
        "page.cursor" | "filter.page.cursor" => return "cursor".to_owned(),
        "hold_id" | "account_id" | "student_id" => return "id".to_owned(),
        _ => {}
    }
    let inner = WRAPPERS.iter().find_map(|wrapper| field.strip_prefix(wrapper)).unwrap_or(field);
    inner.to_owned()
}

/// No route has this path.
pub(crate) async fn unknown_route() -> Rejection {
    Rejection::new(StatusCode::NOT_FOUND, reasons::ROUTE_UNKNOWN, "no route has this path; see /api/docs")
}

/// The path exists, but not with this method.
pub(crate) async fn unknown_method() -> Rejection {
    let detail = "the path exists, but not with this method; see the header Allow";
    Rejection::new(StatusCode::METHOD_NOT_ALLOWED, reasons::METHOD_NOT_ALLOWED, detail)
}

#[cfg(test)]
mod tests {
    use chassis::error::Refusal;

    use super::*;

    fn status(fault: Fault, headers: &HeaderMap) -> (u16, Option<u64>) {
        let response = Rejection::from(fault).render(headers, Some("test-request"));
        let wait = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().parse().unwrap());
        (response.status().as_u16(), wait)
    }

    #[test]
    fn every_kind_of_fault_has_its_status() {
        let none = HeaderMap::new();
        let second = Some(Duration::from_millis(1001));
        let cases = [
            (Fault::field("nim", "required", "is empty"), 400, None),
            (Fault::unauthenticated("token-missing", "no token"), 401, None),
            (Fault::denied("role-missing", "not a registrar"), 403, None),
            (Fault::absent("student"), 404, None),
            (Fault::refused(vec![Refusal::new("class-full")]), 409, None),
            (Fault::duplicate("nim-taken", "there is one"), 409, None),
            (Fault::stale(), 409, None),
            (Fault::in_flight(), 409, Some(1)),
            (Fault::key_reused(), 422, None),
            (Fault::too_fast("login-too-fast", Duration::from_millis(1001)), 429, Some(2)),
            (Fault::unavailable("service-down", second), 503, Some(2)),
            (Fault::unavailable("service-down", None), 503, Some(1)),
            (Fault::too_slow(), 504, None),
            (Fault::internal("the disk is full"), 500, None),
        ];
        for (fault, want, wait) in cases {
            let name = fault.to_string();
            assert_eq!(status(fault, &none), (want, wait), "{name}");
        }
    }

    #[test]
    fn a_stale_version_is_412_when_the_request_carried_if_match() {
        let headers = HeaderMap::from_iter([(http::header::IF_MATCH, HeaderValue::from_static("\"1\""))]);
        assert_eq!(status(Fault::stale(), &headers).0, 412);
        assert_eq!(status(Fault::duplicate("nim-taken", ""), &headers).0, 409);
    }

    #[tokio::test]
    async fn the_cause_of_an_internal_fault_stays_inside() {
        for fault in [Fault::internal("the disk is full"), Fault::denied("peer-refused", "gateway may not call this")] {
            let response = Rejection::from(fault).render(&HeaderMap::new(), Some("test-request"));
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!((problem.status, problem.reason.as_str(), problem.detail), (500, "internal", None));
            assert!(problem.errors.is_empty());
            assert_eq!(problem.trace_id.as_deref(), Some("test-request"));
        }
    }

    #[test]
    fn every_refusal_is_named_with_its_facts() {
        let refusals = vec![Refusal::new("class-full"), Refusal::new("credit-limit").fact("wanted", 25)];
        let rejection = Rejection::from(Fault::refused(refusals));
        assert_eq!(rejection.reason(), "refused");
        let words: Vec<_> = rejection.errors.iter().map(|error| error.reason.as_str()).collect();
        assert_eq!(words, ["class-full", "credit-limit"]);
        assert_eq!(rejection.errors[1].facts["wanted"], "25");
    }

    #[test]
    fn a_field_of_the_contract_is_named_as_in_the_request() {
        let cases = [
            ("student.nim", "nim"),
            ("prerequisites.all_of[0].any_of[1].course_id", "all_of[0].any_of[1].course_id"),
            ("rows[3].scores[1]", "rows[3].scores[1]"),
            ("class.meetings[2].start_minute", "meetings[2].start_minute"),
            ("filter.page.size", "limit"),
            ("page.cursor", "cursor"),
            ("class_id", "class_id"),
            ("hold_id", "id"),
        ];
        for (wire, rest) in cases {
            assert_eq!(rest_field(wire), rest);
        }
    }

    #[test]
    fn a_row_is_called_as_the_request_called_it() {
        let named = |field: &str| {
            let fault = Fault::field(field, "unknown-course", "no such course");
            let rejection = Rejection::from(fault).renaming_rows("courses", "course_id", "course_ids");
            rejection.errors[0].field.clone().unwrap_or_default()
        };
        assert_eq!(named("courses[2].course_id"), "course_ids[2]");
        assert_eq!(named("courses"), "course_ids");
        assert_eq!(named("courses[2].semester"), "courses[2].semester");
    }

    #[test]
    fn a_field_is_called_as_the_request_called_it() {
        let fault = Fault::field("period_code", "bad-period", "wanted a start year and 1, 2 or 3");
        let rejection = Rejection::from(fault).renaming("period_code", "period");
        assert_eq!(rejection.errors[0].field.as_deref(), Some("period"));
    }

    #[test]
    fn a_challenge_names_an_error_only_when_a_token_came() {
        for (reason, named) in [("token-expired", true), ("session-revoked", true), ("token-missing", false)] {
            let response = Rejection::from(Fault::unauthenticated(reason, "")).render(&HeaderMap::new(), None);
            let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
            assert!(
                challenge.starts_with("Bearer realm=") && challenge.contains("invalid_token") == named,
                "{challenge}"
            );
        }
    }
}
