//! Parts of a request as a handler's signature asks for them. Whatever is wrong with them is a refusal with a reason,
//! never a fault of ours.

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tonic::metadata::AsciiMetadataValue;

use super::body;
use crate::error::{Rejection, Result};
use crate::reasons;
use crate::state::Gateway;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Gateway> for Json<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self> {
        declared_as_json(request.headers())?;
        // It is here already: the gate has read it.
        let body = body::collect(request.into_body(), gateway.config().body_limit).await?;
        parse(&body).map(Self)
    }
}

fn declared_as_json(headers: &HeaderMap) -> Result<()> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "expected Content-Type: application/json";
    Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reasons::MEDIA_TYPE_UNSUPPORTED, detail))
}

/// Reads a body; the refusal names the field that is wrong.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data => wrong_field(&path, &error.inner().to_string()),
            Category::Syntax | Category::Eof | Category::Io => not_json(),
        }
    })?;
    json.end().map_err(|_| not_json())?;
    // Serde would also take the fields of an object as a list.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Rejection::field("", reasons::FIELD_INVALID, "expected an object"));
    }
    // Only an escape can bring the character into a valid document; looking for it spares walking most bodies.
    let suspect = body.windows(6).any(|window| window == br"\u0000");
    if suspect && serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| holds_nul(&value)) {
        return Err(Rejection::new(
            StatusCode::BAD_REQUEST,
            reasons::FORBIDDEN_CHARACTER,
            "a text holds the character NUL",
        ));
    }
    Ok(value)
}

fn not_json() -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, reasons::BODY_NOT_JSON, "the body is not one JSON document in UTF-8")
}

fn holds_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Makes a refusal of what serde says, without the value that was sent.
fn wrong_field(path: &str, message: &str) -> Rejection {
    let quoted = || message.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("unknown field") {
        return Rejection::field(join(path, &quoted()), reasons::FIELD_UNKNOWN, "no such field");
    }
    if message.starts_with("missing field") {
        return Rejection::field(join(path, &quoted()), reasons::REQUIRED, "is required");
    }
    if message.starts_with("duplicate field") {
        return Rejection::field(join(path, &quoted()), reasons::FIELD_INVALID, "is given more than once");
    }
    let expected = message.rfind(", expected ").map(|at| &message[at + 2..]);
    let expected = expected.and_then(|text| text.split(" at line ").next()).unwrap_or("has a wrong form");
    let reason = if message.starts_with("unknown variant") { reasons::UNKNOWN_VALUE } else { reasons::FIELD_INVALID };
    Rejection::field(join(path, ""), reason, expected)
}

/// Path of a field below `path`. Serde reports some errors at the object and some at the field itself.
fn join(path: &str, field: &str) -> String {
    let at_root = path.is_empty() || path == ".";
    match (at_root, field) {
        (true, field) => field.to_owned(),
        (false, "") => path.to_owned(),
        (false, field) if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        (false, field) => format!("{path}.{field}"),
    }
}

/// A query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn query<T: DeserializeOwned>(query: &str) -> Result<T> {
    if let Some((name, _)) = form_urlencoded::parse(query.as_bytes()).find(|(_, value)| value.contains('\0')) {
        return Err(Rejection::field(name, reasons::FORBIDDEN_CHARACTER, "holds the character NUL"));
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs)
        .map_err(|error| wrong_field(&error.path().to_string(), &error.inner().to_string()))
}

/// Longest text that can be an id or a key.
pub(crate) const LONGEST_ID: usize = 128;

/// The placeholders of the path in order: ids, codes and words, percent-decoded.
#[derive(Debug)]
pub(crate) struct Path<const N: usize>(pub(crate) [String; N]);

impl<const N: usize, S: Send + Sync> FromRequestParts<S> for Path<N> {
    type Rejection = Rejection;

    /// What cannot be an id of anything is answered like an id of nothing.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Rejection::absent())?;
        let fits = |text: &str| text.len() <= LONGEST_ID && !text.chars().any(char::is_control);
        let texts: Vec<String> = params.iter().map(|(_, text)| text.to_owned()).filter(|text| fits(text)).collect();
        texts.try_into().map(Self).map_err(|_| Rejection::absent())
    }
}

/// The version that the client read, from `If-Match`. Required: without it, 428.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let mut values = parts.headers.get_all(IF_MATCH).iter();
        match (values.next(), values.next()) {
            (None, _) => Err(Rejection::new(
                StatusCode::PRECONDITION_REQUIRED,
                reasons::PRECONDITION_REQUIRED,
                "send If-Match with the ETag that was read",
            )),
            (Some(value), None) => value.to_str().ok().and_then(version).map(Self).ok_or_else(malformed_if_match),
            (Some(_), Some(_)) => Err(malformed_if_match()),
        }
    }
}

/// The ticket of the waiting room, from `Admission-Ticket`. What it says is for the service to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket(Option<AsciiMetadataValue>);

/// Name of the header, and of the metadata that it becomes.
const TICKET: &str = "admission-ticket";

/// Longest ticket.
pub(crate) const LONGEST_TICKET: usize = 512;

impl Ticket {
    /// A request to a service, with the ticket.
    pub(crate) fn on<T>(self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        if let Some(ticket) = self.0 {
            request.metadata_mut().insert(TICKET, ticket);
        }
        request
    }
}

impl<S: Sync> FromRequestParts<S> for Ticket {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let mut values = parts.headers.get_all(TICKET).iter();
        let malformed = || {
            let detail = "Admission-Ticket takes the one ticket that the waiting room gave";
            Rejection::new(StatusCode::BAD_REQUEST, reasons::TICKET_MALFORMED, detail)
        };
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) if (1..=LONGEST_TICKET).contains(&value.len()) => {
                let ticket = value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
                Ok(Self(Some(ticket)))
            }
            _ => Err(malformed()),
        }
    }
}

fn malformed_if_match() -> Rejection {
    let detail = "If-Match takes the one ETag that was read";
    Rejection::new(StatusCode::BAD_REQUEST, reasons::IF_MATCH_MALFORMED, detail)
}

/// The version of an entity tag: `"7-1f0a.."` as it was sent, `"7"` alone, or either weakened by a proxy on the way.
fn version(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    let digits = opaque.split('-').next()?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use api::{ClassInput, ClassQuery, StudentQuery};
    use axum::response::IntoResponse;

    use super::*;

    async fn told(rejection: Rejection) -> (u16, String, Vec<(String, String)>) {
        let status = rejection.clone().into_response().status().as_u16();
        let body = rejection.render(&HeaderMap::new(), None).into_body();
        let body = axum::body::to_bytes(body, 65536).await.unwrap();
        let problem: api::Problem = serde_json::from_slice(&body).unwrap();
        let errors = problem.errors.into_iter().map(|e| (e.field.unwrap_or_default(), e.reason)).collect();
        (status, problem.reason, errors)
    }

    #[tokio::test]
    async fn a_wrong_body_is_refused_by_field() {
        let good = r#""period_code":"20261","course_id":"c","name":"A","state":"open""#;
        let cases = [
            (format!("{{{good}}}"), "required", "capacity"),
            (format!(r#"{{{good},"capacity":40,"taken":1}}"#), "field-unknown", "taken"),
            (format!(r#"{{{good},"capacity":"40"}}"#), "field-invalid", "capacity"),
            (format!(r#"{{{good},"capacity":-1}}"#), "field-invalid", "capacity"),
            (format!(r#"{{{good},"capacity":4.5}}"#), "field-invalid", "capacity"),
            (format!(r#"{{{good},"capacity":99999999999}}"#), "field-invalid", "capacity"),
            (format!(r#"{{{good},"capacity":40,"meetings":[{{"day":1}}]}}"#), "required", "meetings[0].start_minute"),
            (format!(r#"{{{good},"capacity":40,"meetings":[{{"room":1}}]}}"#), "field-unknown", "meetings[0].room"),
            (format!(r#"{{{good},"capacity":40,"lecturers":{{}}}}"#), "field-invalid", "lecturers"),
            (format!(r#"{{{good},"capacity":40,"name":"B"}}"#), "field-invalid", "name"),
            (r#"{"state":"ajar"}"#.to_owned(), "unknown-value", "state"),
            ("[]".to_owned(), "field-invalid", ""),
            (r#"["20261","c","A",40,[],[],null,null,"open"]"#.to_owned(), "field-invalid", ""),
            ("null".to_owned(), "field-invalid", ""),
        ];
        for (body, reason, field) in cases {
            let told = told(parse::<ClassInput>(body.as_bytes()).unwrap_err()).await;
            let want = (400, "malformed-request".to_owned(), vec![(field.to_owned(), reason.to_owned())]);
            assert_eq!(told, want, "{body}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_not_json_is_refused_as_such() {
        let deep = "[".repeat(10_000);
        for body in ["", "{", "{]", "{} {}", "\u{feff}{}", "capacity=40", r#"{"name":"\ud800"}"#, &deep] {
            let told = told(parse::<serde_json::Value>(body.as_bytes()).unwrap_err()).await;
            assert_eq!((told.0, told.1.as_str()), (400, "body-not-json"), "{body}");
        }
        let told = told(parse::<serde_json::Value>(b"{\"name\":\"\xff\"}").unwrap_err()).await;
        assert_eq!(told.1, "body-not-json");
    }

    #[tokio::test]
    async fn the_character_nul_gets_nowhere() {
        for body in [r#"{"a":"\u0000"}"#, r#"{"a":[["x\u0000"]]}"#, r#"{"a\u0000":1}"#] {
            let told = told(parse::<serde_json::Value>(body.as_bytes()).unwrap_err()).await;
            assert_eq!((told.0, told.1.as_str()), (400, "forbidden-character"), "{body}");
        }
        assert!(parse::<serde_json::Value>(br#"{"a":"a backslash, then \\u0000"}"#).is_ok());
        let told = told(query::<StudentQuery>("search=a%00b").unwrap_err()).await;
        assert_eq!(told.2, [("search".to_owned(), "forbidden-character".to_owned())]);
    }

    #[test]
    fn a_value_that_was_sent_is_not_repeated() {
        let rejection = parse::<api::Login>(br#"{"user_name":"x","password":12345678}"#).unwrap_err();
        assert!(!format!("{rejection:?}").contains("12345678"), "{rejection:?}");
    }

    #[tokio::test]
    async fn a_wrong_query_is_refused_by_parameter() {
        let cases = [
            ("period=20261&limit=many", "field-invalid", "limit"),
            ("period=20261&limit=-1", "field-invalid", "limit"),
            ("period=20261&limit=1&limit=2", "field-invalid", "limit"),
            ("period=20261&sort=name", "field-unknown", "sort"),
        ];
        for (text, reason, field) in cases {
            let told = told(query::<ClassQuery>(text).unwrap_err()).await;
            assert_eq!(told.2, [(field.to_owned(), reason.to_owned())], "{text}");
        }
        let told = told(query::<StudentQuery>("order=age").unwrap_err()).await;
        assert_eq!(told.2, [("order".to_owned(), "unknown-value".to_owned())]);
        let good = query::<ClassQuery>("period=20261&search=struktur+data%21&day=1").unwrap();
        assert_eq!((good.search.as_deref(), good.day), (Some("struktur data!"), Some(1)));
    }

    #[tokio::test]
    async fn a_ticket_is_passed_on_as_it_came_and_a_strange_one_is_refused() {
        let ticket = async |values: &[&[u8]]| {
            let mut request = http::Request::new(());
            for value in values {
                request.headers_mut().append(TICKET, http::HeaderValue::from_bytes(value).unwrap());
            }
            let (mut parts, ()) = request.into_parts();
            Ticket::from_request_parts(&mut parts, &()).await.map_err(|rejection| rejection.reason().to_owned())
        };
        let passed = ticket(&[b"eyJwbGFjZSI6MX0.3q2-7w"]).await.unwrap().on(());
        assert_eq!(passed.metadata().get(TICKET).unwrap(), "eyJwbGFjZSI6MX0.3q2-7w");
        assert!(ticket(&[]).await.unwrap().on(()).metadata().get(TICKET).is_none());
        let long = vec![b'x'; LONGEST_TICKET + 1];
        let strange: &[&[&[u8]]] = &[&[b""], &[b"\xff"], &[b"a", b"b"], &[&long]];
        for values in strange {
            assert_eq!(ticket(values).await, Err("admission-ticket-malformed".to_owned()), "{values:?}");
        }
    }

    #[test]
    fn the_version_is_read_from_an_entity_tag() {
        for tag in ["\"7\"", "\"7-0123456789abcdef\"", "W/\"7-0123456789abcdef\"", " \"7\" "] {
            assert_eq!(version(tag), Some(7), "{tag}");
        }
        for tag in ["7", "*", "\"\"", "\"-7\"", "\"+7\"", "\"a\"", "\"7", "\"1\", \"2\"", "\"99999999999999999999\""] {
            assert_eq!(version(tag), None, "{tag}");
        }
    }
}
