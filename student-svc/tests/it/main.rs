//! student-svc as others see it: a real server on a free port, mutual TLS, a database of its own for every test, on both
//! engines.

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
