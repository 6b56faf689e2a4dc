//! Ports for the services of a run.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Outcome;

/// The first port that is given out. Below those that the kernel gives to outgoing connections: services that are up would
/// take them from one that is not.
const FIRST: u16 = 20_000;
/// So many ports, from the first one.
const PORTS: u32 = 12_000;

/// Ports that were given out or found taken.
static GIVEN: AtomicU32 = AtomicU32::new(0);

/// A port that was free a moment ago, and that was not given out before.
pub(crate) fn free() -> Outcome<SocketAddr> {
    // Two runs at a time begin at different ports.
    let start = std::process::id().wrapping_mul(37);
    let mut ports = (0..PORTS).map(|_| {
        let number = GIVEN.fetch_add(1, Ordering::Relaxed).wrapping_add(start);
        SocketAddr::from(([127, 0, 0, 1], FIRST + u16::try_from(number % PORTS).unwrap_or_default()))
    });
    ports.find(|address| TcpListener::bind(address).is_ok()).ok_or_else(|| "no free port".into())
}
