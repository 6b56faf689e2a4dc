//! Database, outbox, feed and idempotency against real databases of both engines.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod facade;
mod feed;
mod feed_consumer;
mod feed_race;
mod fixture;
mod follow;
mod idempotency;
mod migrations;
