//! What is decided here and nowhere else: facts in, decision out. No I/O, no clock, no async.

pub(crate) mod access;
pub(crate) mod keys;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod refresh;
pub(crate) mod role;
pub(crate) mod throttle;
pub(crate) mod user_name;
