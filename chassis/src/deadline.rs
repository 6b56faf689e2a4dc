//! How much time is left for the request that is being handled.
//!
//! A deadline is born at the edge (gateway: 2 s for a read, 5 s for a write), travels as `grpc-timeout`, and shrinks by
//! what each hop used. Database calls and calls of other services ask [`remaining`].

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Fault;
use crate::telemetry::Context;

/// What a hop keeps of the time that it was given, so that its own answer arrives before its caller gives up.
pub const HOP: Duration = Duration::from_millis(50);

/// Moment by which the present request must be answered; `None` outside a request or when it has no deadline.
#[must_use]
pub fn current() -> Option<Instant> {
    Context::with(|context| context.deadline).flatten()
}

/// Time left for the present request, zero when it is over; `None` outside a request or when it has no deadline.
#[must_use]
pub fn remaining() -> Option<Duration> {
    current().map(|at| at.saturating_duration_since(Instant::now()))
}

/// Says that the deadline has passed, for code that is about to start something long.
///
/// # Errors
/// `Fault::too_slow` when no time is left.
pub fn check() -> Result<(), Fault> {
    if remaining().is_some_and(|left| left.is_zero()) { Err(Fault::too_slow()) } else { Ok(()) }
}

/// Reads a `grpc-timeout`: at most eight digits and a unit (`H M S m u n`), as the gRPC specification has it.
#[must_use]
pub fn parse_grpc_timeout(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        'H' => Some(Duration::from_secs(n * 3600)),
        'M' => Some(Duration::from_secs(n * 60)),
        'S' => Some(Duration::from_secs(n)),
        'm' => Some(Duration::from_millis(n)),
        'u' => Some(Duration::from_micros(n)),
        'n' => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

/// Writes a `grpc-timeout`, never longer than given.
#[must_use]
pub fn to_grpc_timeout(left: Duration) -> String {
    const MOST: u128 = 99_999_999;
    if left.as_micros() <= MOST {
        format!("{}u", left.as_micros())
    } else if left.as_millis() <= MOST {
        format!("{}m", left.as_millis())
    } else {
        format!("{}S", left.as_secs().min(99_999_999))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_as_the_specification_has_it() {
        let cases = [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("00000003S", Some(Duration::from_secs(3))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999u", Some(Duration::from_micros(99_999_999))),
            ("7n", Some(Duration::from_nanos(7))),
            ("", None),
            ("S", None),
            ("5", None),
            ("5s", None),
            ("-5S", None),
            ("+5S", None),
            ("5 S", None),
            ("123456789S", None),
            ("5é", None),
        ];
        for (text, want) in cases {
            assert_eq!(parse_grpc_timeout(text), want, "{text:?}");
        }
    }

    #[test]
    fn a_timeout_written_reads_as_no_longer_than_it_was() {
        for micros in [0, 1, 49_999, 2_000_000, 99_999_999, 100_000_000, 3_600_000_000_000] {
            let left = Duration::from_micros(micros);
            let read = parse_grpc_timeout(&to_grpc_timeout(left)).unwrap();
            assert!(read <= left && left - read < Duration::from_secs(1), "{left:?} became {read:?}");
        }
    }
}
