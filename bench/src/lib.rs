//! KRS at war: the whole system as real processes under the load of an opening, every promise checked afterwards, and what it
//! did compared with what the machine can do. `cargo run --release -p bench -- --help`.
#![expect(
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "rates and ratios of measurements, printed for people"
)]

pub mod baseline;
pub mod campus;
pub mod check;
pub mod dice;
pub mod faults;
pub mod ground;
pub mod load;
pub mod micro;
pub mod people;
mod ports;
pub mod postgres;
pub mod process;
pub mod run;
pub mod scenario;
pub mod script;
pub mod setting;
pub mod stages;
pub mod system;
pub mod tally;
pub mod token;
pub mod watch;
pub mod wire;

/// What may fail, with a sentence that says why.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
