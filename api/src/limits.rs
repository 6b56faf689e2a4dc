//! Limits that both sides know. Lengths of texts stand at the fields and in the OpenAPI document.

/// Rows of a page when `limit` is not given.
pub const PAGE_DEFAULT: u32 = 50;

/// Most rows of a page that may be asked for.
pub const PAGE_MAX: u32 = 200;

/// Most bytes of an `Idempotency-Key`; it holds visible ASCII characters only.
pub const IDEMPOTENCY_KEY_MAX: usize = 128;

/// Most bytes of an `X-Request-Id` that is taken over; letters, digits, `-`, `_` and `.` only.
pub const REQUEST_ID_MAX: usize = 64;
