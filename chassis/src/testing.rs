//! The test harness: a database of its own for every test, on both engines; waiting for conditions instead of sleeping; seeds that
//! are printed and can be replayed.

mod cluster;
mod database;
mod pki;
mod seed;
mod server;
mod tokens;
mod wait;

pub use cluster::Cluster;
pub use database::{Setup, TestDb, TestEnv, run};
pub use pki::TestPki;
pub use seed::Rng;
pub use server::TestServer;
pub use tokens::{TokenBuilder, TokenIssuer};
pub use wait::{eventually, eventually_some};
