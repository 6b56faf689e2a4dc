//! The real service on a free port, over mutual TLS, on both engines.

mod support;

mod access;
mod classes;
mod compare;
mod courses;
mod feeds;
mod grace;
mod idempotency;
mod import_rows;
mod imports;
mod krs;
mod periods;
mod race;
mod reasons;
mod rooms;
mod speed;
mod statements;
mod waiting;
