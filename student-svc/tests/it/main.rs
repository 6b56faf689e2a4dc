//! student-svc as others see it: a real server on a free port, mutual TLS, a database of its own for every test, on both
//! engines.

#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test, with its place")]
#![expect(clippy::print_stdout, reason = "the large import tells how long it took")]

mod access;
mod feed;
mod holds;
mod idempotency;
mod import;
mod import_apply;
mod import_faults;
mod import_stream;
mod paging;
mod race;
mod rows;
mod statements;
mod statuses;
mod structure;
mod students;
mod support;
