//! auth-svc as its callers see it: a real server over mutual TLS, a real database of each kind, a clock that stands still.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod feed;
mod harness;
mod login;
mod operator;
mod overload;
mod people;
mod race;
mod refresh;
mod serve;
mod statements;
mod trust;
