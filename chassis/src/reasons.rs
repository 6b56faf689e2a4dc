//! Reason words that the chassis itself answers with. Stable: a word never changes its meaning (docs/ERRORS.md).

/// A field of the request is malformed; the field violations say which and why.
pub const MALFORMED_REQUEST: &str = "malformed-request";
/// A message is larger than the server takes.
pub const MESSAGE_TOO_LARGE: &str = "message-too-large";
/// No access token came with the request.
pub const TOKEN_MISSING: &str = "token-missing";
/// The access token is not one of ours: form, signature, issuer, audience, type or a claim is wrong.
pub const TOKEN_INVALID: &str = "token-invalid";
/// The access token has expired; refresh it.
pub const TOKEN_EXPIRED: &str = "token-expired";
/// The session of the access token was ended.
pub const SESSION_REVOKED: &str = "session-revoked";
/// The calling service has no certificate of this house.
pub const PEER_UNKNOWN: &str = "peer-unknown";
/// The calling service may not call this method, or the method is on no list.
pub const PEER_REFUSED: &str = "peer-refused";
/// There is no such thing, or the caller may not know of it.
pub const NOT_FOUND: &str = "not-found";
/// Somebody else changed it in the meantime; read it again.
pub const VERSION_STALE: &str = "version-stale";
/// The Idempotency-Key was used for another request before.
pub const KEY_REUSED: &str = "idempotency-key-reused";
/// A request with this Idempotency-Key is still being worked on.
pub const IN_FLIGHT: &str = "request-in-flight";
/// One or more rules refuse the command; the refusals say which.
pub const REFUSED: &str = "refused";
/// The server has as much work as it can do in time; try again shortly.
pub const OVERLOADED: &str = "overloaded";
/// A service that is needed for the answer is not reachable.
pub const SERVICE_DOWN: &str = "service-down";
/// The server is stopping; another replica, or the same one in a moment, will answer.
pub const STOPPING: &str = "stopping";
/// The deadline passed before there was an answer.
pub const TOO_SLOW: &str = "too-slow";
/// A fault of ours; the log has the cause under the request id.
pub const INTERNAL: &str = "internal";
/// More rows a page were asked for than the service gives.
pub const PAGE_SIZE: &str = "page-size";
/// The cursor is not one of this list with this filter; start again at the first page.
pub const PAGE_CURSOR: &str = "page-cursor";
/// The Idempotency-Key is not 1 to 128 printable ASCII characters.
pub const KEY_INVALID: &str = "idempotency-key-invalid";
/// The service cannot reach its own database.
pub const DATABASE_DOWN: &str = "database-down";
