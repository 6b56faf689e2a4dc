//! Reason words that the gateway itself answers with; those of the services and of the chassis pass through it.
//! Stable: a word never changes its meaning (docs/ERRORS.md).

/// No route has this path.
pub const ROUTE_UNKNOWN: &str = "route-unknown";
/// The path exists, but not with this method; `Allow` says which there are.
pub const METHOD_NOT_ALLOWED: &str = "method-not-allowed";
/// The address of the request is too long.
pub const URI_TOO_LONG: &str = "uri-too-long";
/// The body is longer than the gateway takes.
pub const BODY_TOO_LARGE: &str = "body-too-large";
/// The body did not arrive in time.
pub const BODY_TOO_SLOW: &str = "body-too-slow";
/// The body broke off or could not be read.
pub const BODY_UNREADABLE: &str = "body-unreadable";
/// The body is not JSON in UTF-8.
pub const BODY_NOT_JSON: &str = "body-not-json";
/// The body is not declared as `application/json`.
pub const MEDIA_TYPE_UNSUPPORTED: &str = "media-type-unsupported";
/// A field or query parameter that the route does not know.
pub const FIELD_UNKNOWN: &str = "field-unknown";
/// A field or query parameter that the route needs is missing.
pub const REQUIRED: &str = "required";
/// A word that is none of those that the field knows.
pub const UNKNOWN_VALUE: &str = "unknown-value";
/// A field or query parameter has a value of the wrong type or form.
pub const FIELD_INVALID: &str = "field-invalid";
/// A text holds the character NUL.
pub const FORBIDDEN_CHARACTER: &str = "forbidden-character";
/// The change needs `If-Match` with the version that was read.
pub const PRECONDITION_REQUIRED: &str = "precondition-required";
/// `If-Match` is not an entity tag of this interface.
pub const IF_MATCH_MALFORMED: &str = "if-match-malformed";
/// `Admission-Ticket` is not the one ticket that the waiting room gave.
pub const TICKET_MALFORMED: &str = "admission-ticket-malformed";
/// The account, the address or the refresh token sends more requests than it may; `Retry-After` says when it may again.
pub const RATE_LIMITED: &str = "rate-limited";
/// The gateway does not take requests yet, or no longer: it knows no key of the token issuer, or it is stopping.
pub const NOT_READY: &str = "not-ready";
