//! The rules of offering and registration: pure functions from facts to decisions.
//!
//! Deliberately absent: I/O, SQL, the network, async and any clock. The moment of a decision is one of its facts.

pub mod access;
pub mod admission;
pub mod allocation;
pub mod credits;
pub mod curriculum;
pub mod eligibility;
pub mod exam;
pub mod offering;
pub mod period;
pub mod plan;
pub mod plan_state;
mod plan_time;
pub mod policy;
pub mod prerequisite;
pub mod record;
pub mod refusal;
pub mod registration;
pub mod repeat;
pub mod revision;
pub mod schedule;
pub mod seats;
pub mod shuffle;
pub mod swap;
pub mod text;
pub mod trading;
pub mod waiting;
pub mod window;

pub use refusal::Refusal;
