//! The real service on a free port, over mutual TLS, on both engines.

mod support;

mod access;
mod components;
mod feeds;
mod idempotency;
mod import_rows;
mod import_speed;
mod import_support;
mod imports;
mod publish;
mod race;
mod results;
mod scales;
mod scores;
mod sheets;
mod statements;
