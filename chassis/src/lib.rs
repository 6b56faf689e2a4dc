//! What every server of the house needs, and no academic word: settings, telemetry, databases, outbox and feed,
//! token verification, gRPC server and client, errors, clock, shutdown, test harness.

pub mod auth;
pub mod client;
pub mod clock;
pub mod config;
#[cfg(feature = "db")]
pub mod db;
pub mod deadline;
pub mod error;
pub mod feed;
pub mod grpc;
pub mod id;
#[cfg(feature = "db")]
pub mod idempotency;
pub mod logs;
#[cfg(feature = "db")]
pub mod once;
#[cfg(feature = "db")]
pub mod outbox;
pub mod page;
pub mod pki;
pub mod reasons;
pub mod serve;
#[cfg(feature = "db")]
pub mod staging;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;

/// For [`sql!`] alone.
#[doc(hidden)]
pub use inventory;
