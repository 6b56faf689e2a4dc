//! The network half of the chassis, through real servers and real connections.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod auth;
mod client;
mod config;
mod deadline;
mod drain;
mod errors;
mod limits;
mod pki;
mod policy;
mod replicas;
mod support;
mod trust;
