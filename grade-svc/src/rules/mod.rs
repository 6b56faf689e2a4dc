//! What decides: facts in, decisions out. No database, no network, no clock.
//!
//! Scores, grade points, IPS and IPK are integers in hundredths everywhere; nothing here knows a floating point number.

pub mod access;
pub mod gpa;
#[cfg(test)]
mod gpa_tests;
pub mod period;
mod refusal;
pub mod scale;
pub mod score;
pub mod sheet;
pub mod text;
pub mod window;

pub use refusal::Refusal;
