//! What happens to every request before and after its handler, outermost first:
//!
//! 1. [`seal`]: request id and trace, the client's address, panics, refusals rendered as problems, conditional
//!    answers, headers of every answer, metrics and one log line.
//! 2. [`gate`]: per route. The token and the rate limits, then the whole body, then a place in the lane: a place is
//!    held only while we work, never while a client sends. The handler runs in the context that travels with every
//!    call.
//! 3. [`extract`]: path, query, body, `If-Match`, as the handler's signature asks.
//! 4. [`reply`]: what handlers answer with.

pub(crate) mod address;
mod body;
pub(crate) mod cache;
pub(crate) mod extract;
pub(crate) mod gate;
pub(crate) mod reply;
pub(crate) mod seal;
pub(crate) mod traffic;
