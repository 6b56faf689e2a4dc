//! Where the replicas of a service are.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::Uri;
use http::uri::Scheme;

use crate::config::Setting;

/// Addresses of one service, `https://host:port`, with spaces between them. Each names one replica, or by DNS as many as
/// its name has addresses; the names are looked up again every few seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints(Vec<Place>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let bare = matches!(uri.path_and_query().map(|path| path.as_str()), None | Some("/"));
        let host = uri.host()?.trim_matches(['[', ']']);
        if uri.scheme() != Some(&Scheme::HTTPS) || !bare || host.is_empty() || uri.authority()?.as_str().contains('@') {
            return None;
        }
        Some(Self { host: host.to_owned(), port: uri.port_u16()? })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, self.port))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "https://[{}]:{}", self.host, self.port),
            false => write!(f, "https://{}:{}", self.host, self.port),
        }
    }
}

/// Not a list of addresses such as `https://127.0.0.1:9001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wanted {}", Endpoints::EXPECTED)]
pub struct NoEndpoints;

impl FromStr for Endpoints {
    type Err = NoEndpoints;

    fn from_str(text: &str) -> Result<Self, NoEndpoints> {
        let places: Option<Vec<_>> = text.split_whitespace().map(Place::parse).collect();
        places.filter(|places| !places.is_empty()).map(Self).ok_or(NoEndpoints)
    }
}

impl fmt::Display for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, place) in self.0.iter().enumerate() {
            write!(f, "{}{place}", if n > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

impl From<SocketAddr> for Endpoints {
    fn from(address: SocketAddr) -> Self {
        Self::from_iter([address])
    }
}

impl FromIterator<SocketAddr> for Endpoints {
    fn from_iter<I: IntoIterator<Item = SocketAddr>>(addresses: I) -> Self {
        let place = |address: SocketAddr| Place { host: address.ip().to_string(), port: address.port() };
        Self(addresses.into_iter().map(place).collect())
    }
}

impl Setting for Endpoints {
    const EXPECTED: &'static str = "one or more addresses such as https://127.0.0.1:9001 with spaces between them";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// What is known of the addresses. A name that cannot be looked up keeps those that it had.
pub(super) struct Lookup(Vec<(Place, Vec<SocketAddr>)>);

impl Lookup {
    pub(super) fn new(endpoints: &Endpoints) -> Self {
        Self(endpoints.0.iter().map(|place| (place.clone(), place.address().into_iter().collect())).collect())
    }

    /// Whether there are names among them.
    pub(super) fn has_names(&self) -> bool {
        self.0.iter().any(|(place, _)| place.address().is_none())
    }

    /// Every address, each once.
    pub(super) fn addresses(&self) -> BTreeSet<SocketAddr> {
        self.0.iter().flat_map(|(_, addresses)| addresses.iter().copied()).collect()
    }

    /// Looks up the names. False when one of them has no address that is known.
    pub(super) async fn refresh(&mut self, server: &str) -> bool {
        for (place, addresses) in &mut self.0 {
            if place.address().is_some() {
                continue;
            }
            match tokio::net::lookup_host((place.host.as_str(), place.port)).await {
                Ok(found) => *addresses = found.collect(),
                Err(error) if addresses.is_empty() => {
                    tracing::warn!(server, host = place.host, %error, "the name of a service has no address");
                }
                Err(error) => {
                    tracing::debug!(server, host = place.host, %error, "keeping the addresses that the name had");
                }
            }
        }
        self.0.iter().all(|(_, addresses)| !addresses.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_addresses_and_names() {
        let text = "https://127.0.0.1:1 https://[::1]:2 https://course.siakad.svc:3";
        let endpoints: Endpoints = format!("  {}\n", text.replace(' ', "  ")).parse().unwrap();
        assert_eq!(endpoints.to_string(), text);
        let lookup = Lookup::new(&endpoints);
        assert!(lookup.has_names());
        let known: Vec<_> = lookup.addresses().iter().map(SocketAddr::to_string).collect();
        assert_eq!(known, ["127.0.0.1:1", "[::1]:2"]);
        assert!(!Lookup::new(&"https://127.0.0.1:1".parse().unwrap()).has_names());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "http://127.0.0.1:1",
            "https://127.0.0.1",
            "127.0.0.1:1",
            "https://127.0.0.1:1/x",
            "https://a@127.0.0.1:1",
            "https://127.0.0.1:1,https://127.0.0.1:2",
            "https://127.0.0.1:1 https://127.0.0.1",
        ] {
            assert_eq!(text.parse::<Endpoints>(), Err(NoEndpoints), "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_keeps_what_it_had() {
        let mut lookup = Lookup::new(&"https://localhost:7".parse().unwrap());
        assert!(lookup.addresses().is_empty());
        assert!(lookup.refresh("course").await);
        let found = lookup.addresses();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback() && address.port() == 7));
        // The name is gone from the directory.
        lookup.0[0].0.host = "no such name".to_owned();
        assert!(lookup.refresh("course").await);
        assert_eq!(lookup.addresses(), found);
    }
}
