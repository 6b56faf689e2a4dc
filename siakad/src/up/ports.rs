//! Addresses to listen on.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// Ports of services lie below those that the system gives to outgoing connections: otherwise a client that tries to
/// reach a service while it restarts could be given the service's own port.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// How many ports after the wished one are tried.
const NEXT: u16 = 50;

/// Hands out ports of loopback that are free at this moment, none twice.
pub(crate) struct Ports {
    next: u16,
    given: BTreeSet<u16>,
}

impl Ports {
    /// Starts the search at a place that depends on `seed`, so that two supervisors started together do not meet.
    pub(crate) fn new(seed: u32) -> Self {
        let offset = seed.wrapping_mul(2_654_435_761) >> 16;
        Self { next: FIRST + u16::try_from(offset % u32::from(COUNT)).unwrap_or(0), given: BTreeSet::new() }
    }

    /// A free port of loopback.
    ///
    /// # Errors
    /// A sentence, when none is free.
    pub(crate) fn free(&mut self) -> Result<SocketAddr, String> {
        for _ in 0..COUNT {
            let port = self.next;
            self.next = if port + 1 < FIRST + COUNT { port + 1 } else { FIRST };
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if !self.given.contains(&port) && TcpListener::bind(address).is_ok() {
                self.given.insert(port);
                return Ok(address);
            }
        }
        Err(format!("no port of loopback is free between {FIRST} and {}", FIRST + COUNT - 1))
    }

    /// The wished address, or the same address with the next free port; port 0 wishes for any.
    ///
    /// # Errors
    /// A sentence: no such address on this machine, not allowed, or nothing free.
    pub(crate) fn near(&mut self, wished: SocketAddr) -> Result<SocketAddr, String> {
        if wished.port() == 0 {
            let port = self.free()?.port();
            return Ok(SocketAddr::new(wished.ip(), port));
        }
        for port in (0..NEXT).filter_map(|step| wished.port().checked_add(step)) {
            let address = SocketAddr::new(wished.ip(), port);
            if self.given.contains(&port) {
                continue;
            }
            match TcpListener::bind(address) {
                Ok(_) => {
                    self.given.insert(port);
                    return Ok(address);
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => return Err(format!("cannot listen on {address}: {error}")),
            }
        }
        Err(format!("{wished} is taken, and so are the {} ports after it", NEXT - 1))
    }
}

/// The address by which this machine reaches something that listens on `address`: loopback for "every address".
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_way_to_the_next_free_one() {
        let mut ports = Ports::new(std::process::id());
        let wished = ports.free().expect("a free port");
        let holder = TcpListener::bind(wished).expect("free");
        let mut others = Ports::new(0);
        let found = others.near(wished).expect("one of the next");
        assert!(found.port() > wished.port() && found.port() < wished.port() + NEXT, "{found}");
        assert_ne!(others.near(wished).expect("another"), found, "a port is given once");
        drop(holder);
    }

    #[test]
    fn no_port_is_given_twice_and_none_of_the_outgoing_ones() {
        let mut ports = Ports::new(7);
        let given: BTreeSet<u16> = (0..50).map(|_| ports.free().expect("free").port()).collect();
        assert_eq!(given.len(), 50);
        assert!(given.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)));
        assert!(ports.near("127.0.0.1:0".parse().expect("an address")).expect("any").port() >= FIRST);
    }

    #[test]
    fn an_address_of_another_machine_is_said() {
        let refused = Ports::new(1).near("192.0.2.1:8080".parse().expect("an address")).expect_err("not ours");
        assert!(refused.starts_with("cannot listen on 192.0.2.1:8080"), "{refused}");
    }

    #[test]
    fn every_address_is_reached_by_loopback() {
        let reached = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(reached("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(reached("[::]:80"), "[::1]:80");
        assert_eq!(reached("192.168.1.2:80"), "192.168.1.2:80");
    }
}
