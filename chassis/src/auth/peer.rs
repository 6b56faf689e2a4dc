//! The service at the other end of the connection, by its certificate.

use tonic::Request;
use x509_parser::extensions::GeneralName;

use crate::error::Fault;
use crate::reasons;

/// Trust domain and beginning of every service identity: `spiffe://siakad/<name>`.
pub(crate) const SPIFFE: &str = "spiffe://siakad/";

/// The service at the other end of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    name: std::sync::Arc<str>,
}

impl Peer {
    /// The peer of a certificate that rustls has verified: the name in its one URI subject alternative name
    /// `spiffe://siakad/<name>`. None when there is no such name, or more than one URI, as SPIFFE demands.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let names = certificate.subject_alternative_name().ok()??;
        let mut uris = names.value.general_names.iter().filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        });
        let (Some(uri), None) = (uris.next(), uris.next()) else { return None };
        let name = uri.strip_prefix(SPIFFE)?;
        let clean = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        clean.then(|| Self { name: name.into() })
    }

    /// The peer of a gRPC request, put there by the server's layers.
    ///
    /// # Errors
    /// `denied` when the request did not come over mutual TLS.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Fault> {
        let peer = request.extensions().get::<Self>().cloned();
        peer.ok_or_else(|| Fault::denied(reasons::PEER_UNKNOWN, "the caller has no certificate of this house"))
    }

    /// Name of the service: `gateway`, `web`, `auth`, `student`, `course`, or `siakad` (the operator's command line).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
