//! What a server answers instead of a result, and how it travels over gRPC.
//!
//! | kind | gRPC | HTTP |
//! |---|---|---|
//! | `Malformed` | `INVALID_ARGUMENT` + `BadRequest` | 400 |
//! | `Unauthenticated` | `UNAUTHENTICATED` | 401 |
//! | `Denied` | `PERMISSION_DENIED` | 403 |
//! | `Absent` | `NOT_FOUND` | 404 |
//! | `Refused`, `Duplicate`, `Stale` | `FAILED_PRECONDITION`, `ALREADY_EXISTS`, `ABORTED` | 409 |
//! | `KeyReused`, `InFlight` | `FAILED_PRECONDITION`, `ABORTED`, told apart by their reason | 422, 409 |
//! | `TooFast` | `RESOURCE_EXHAUSTED` + `RetryInfo` | 429 |
//! | `Unavailable`, `TooSlow` | `UNAVAILABLE`, `DEADLINE_EXCEEDED` | 503, 504 |
//! | `Internal` | `INTERNAL`, without any text of the cause | 500 |
//!
//! Every status carries an `ErrorInfo` with a stable reason word and the domain `siakad`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::reasons;

mod wire;

/// The domain of every `ErrorInfo` of this house.
pub const DOMAIN: &str = "siakad";

/// What went wrong, as far as the caller is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A field is malformed; repeating the request unchanged is of no use.
    Malformed,
    /// Nobody is logged in, or no longer.
    Unauthenticated,
    /// The caller may know of it and may not do it.
    Denied,
    /// It is not there, or the caller may not know of it.
    Absent,
    /// Rules refuse it; `Fault::refusals` names all of them.
    Refused,
    /// It is there already.
    Duplicate,
    /// It was changed by somebody else in the meantime.
    Stale,
    /// The Idempotency-Key belongs to another request.
    KeyReused,
    /// The request with this Idempotency-Key is still being worked on.
    InFlight,
    /// The caller asks too often.
    TooFast,
    /// The service, or one that it needs, cannot answer now.
    Unavailable,
    /// The deadline passed.
    TooSlow,
    /// A fault of ours.
    Internal,
}

impl Kind {
    /// HTTP status of the kind. A stale version is 409; for an `If-Match` the gateway answers 412 instead.
    #[must_use]
    pub fn http_status(self) -> http::StatusCode {
        use http::StatusCode as S;
        match self {
            Self::Malformed => S::BAD_REQUEST,
            Self::Unauthenticated => S::UNAUTHORIZED,
            Self::Denied => S::FORBIDDEN,
            Self::Absent => S::NOT_FOUND,
            Self::Refused | Self::Duplicate | Self::Stale | Self::InFlight => S::CONFLICT,
            Self::KeyReused => S::UNPROCESSABLE_ENTITY,
            Self::TooFast => S::TOO_MANY_REQUESTS,
            Self::Unavailable => S::SERVICE_UNAVAILABLE,
            Self::TooSlow => S::GATEWAY_TIMEOUT,
            Self::Internal => S::INTERNAL_SERVER_ERROR,
        }
    }
}

/// One field of a request that is malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Path of the field in the message, for example `meetings[2].starts`.
    pub field: String,
    /// Stable reason word.
    pub reason: Cow<'static, str>,
    /// For developers, English, without the value itself.
    pub message: String,
}

/// Words in the message of a refusal; the refusals themselves are named beside it.
const MOST_WORDS: usize = 20;

impl FieldFault {
    /// A fault of one field.
    #[must_use]
    pub fn new(field: impl Into<String>, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), message: message.into() }
    }
}

/// One rule that says no, with the facts that its sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable reason word.
    pub reason: Cow<'static, str>,
    /// Plain text by name: numbers in decimal, times as minutes of the day or RFC 3339.
    pub facts: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without facts.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), facts: BTreeMap::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.facts.insert(name.into(), value.to_string());
        self
    }
}

/// What a server answers instead of a result.
///
/// The cause of an internal fault is for the log only: it is written once, when the fault becomes a status, and never
/// leaves the process. `Display` does not print it either.
#[derive(Debug, Clone)]
pub struct Fault(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    reason: Cow<'static, str>,
    message: String,
    fields: Vec<FieldFault>,
    refusals: Vec<Refusal>,
    retry_after: Option<Duration>,
    cause: Option<String>,
}

impl Fault {
    fn new(kind: Kind, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            reason: reason.into(),
            message: message.into(),
            fields: Vec::new(),
            refusals: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// Malformed fields, all of them at once.
    #[must_use]
    pub fn malformed(fields: Vec<FieldFault>) -> Self {
        let message = match fields.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields are malformed", many.len()),
        };
        let mut fault = Self::new(Kind::Malformed, reasons::MALFORMED_REQUEST, message);
        fault.0.fields = fields;
        fault
    }

    /// One malformed field.
    #[must_use]
    pub fn field(field: impl Into<String>, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::malformed(vec![FieldFault::new(field, reason, message)])
    }

    /// Nobody is logged in, or no longer.
    #[must_use]
    pub fn unauthenticated(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, reason, message)
    }

    /// The caller may know of it and may not do it.
    #[must_use]
    pub fn denied(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Denied, reason, message)
    }

    /// It is not there, or the caller may not know of it; both answer alike. `what` names the kind of thing.
    #[must_use]
    pub fn absent(what: &'static str) -> Self {
        Self::new(Kind::Absent, reasons::NOT_FOUND, format!("no such {what}"))
    }

    /// Rules refuse it. A single refusal gives the fault its reason word; several share the word `refused`.
    #[must_use]
    pub fn refused(refusals: Vec<Refusal>) -> Self {
        let (reason, message) = match refusals.as_slice() {
            [one] => (one.reason.clone(), format!("refused: {}", one.reason)),
            many => {
                let words: Vec<&str> = many.iter().map(|r| r.reason.as_ref()).take(MOST_WORDS).collect();
                let more = if many.len() > MOST_WORDS { ", .." } else { "" };
                (Cow::Borrowed(reasons::REFUSED), format!("refused: {}{more}", words.join(", ")))
            }
        };
        let mut fault = Self::new(Kind::Refused, reason, message);
        fault.0.refusals = refusals;
        fault
    }

    /// It is there already.
    #[must_use]
    pub fn duplicate(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Duplicate, reason, message)
    }

    /// Somebody else changed it in the meantime.
    #[must_use]
    pub fn stale() -> Self {
        Self::new(Kind::Stale, reasons::VERSION_STALE, "it was changed in the meantime")
    }

    /// The Idempotency-Key belongs to another request.
    #[must_use]
    pub fn key_reused() -> Self {
        Self::new(Kind::KeyReused, reasons::KEY_REUSED, "this Idempotency-Key was used for another request")
    }

    /// The request with this Idempotency-Key is still being worked on.
    #[must_use]
    pub fn in_flight() -> Self {
        Self::new(Kind::InFlight, reasons::IN_FLIGHT, "a request with this Idempotency-Key is being worked on")
            .retry_in(Duration::from_secs(1))
    }

    /// The caller asks too often; it may ask again after `retry_after`.
    #[must_use]
    pub fn too_fast(reason: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self::new(Kind::TooFast, reason, "too many requests").retry_in(retry_after)
    }

    /// The service, or one that it needs, cannot answer now.
    #[must_use]
    pub fn unavailable(reason: impl Into<Cow<'static, str>>, retry_after: Option<Duration>) -> Self {
        let mut fault = Self::new(Kind::Unavailable, reason, "the service cannot answer now");
        fault.0.retry_after = retry_after;
        fault
    }

    /// The deadline passed.
    #[must_use]
    pub fn too_slow() -> Self {
        Self::new(Kind::TooSlow, reasons::TOO_SLOW, "the deadline passed")
    }

    /// A fault of ours. The cause goes to the log, never to a client.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut fault = Self::new(Kind::Internal, reasons::INTERNAL, "internal error");
        fault.0.cause = Some(cause.to_string());
        fault
    }

    /// The same fault with a text of its own, for developers, in English.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        if self.0.kind != Kind::Internal {
            self.0.message = message.into();
        }
        self
    }

    fn retry_in(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Stable reason word, listed in docs/ERRORS.md.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// For developers, English; pages make their own sentence from the reason.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Malformed fields; empty unless the kind is `Malformed`.
    #[must_use]
    pub fn fields(&self) -> &[FieldFault] {
        &self.0.fields
    }

    /// Every rule that refuses; empty unless the kind is `Refused`.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.0.refusals
    }

    /// How long to wait before asking again, when that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.message, self.0.reason)
    }
}

impl std::error::Error for Fault {}
