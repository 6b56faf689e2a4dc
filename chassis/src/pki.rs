//! Certificates: which service is which, over mutual TLS.
//!
//! A folder holds `ca.pem`, and for each service `<name>.pem` and `<name>.key`. `siakad` makes them on one machine
//! ([`ensure`]); elsewhere cert-manager or SPIRE puts the same files there. A service is known by the URI
//! `spiffe://siakad/<name>` in its certificate, and is reached under the DNS name `<name>` in the same certificate,
//! whatever its address is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::auth::Peer;

mod make;

pub use make::ensure;

/// Why certificates cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("cannot use {path}", path = .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// A file is not the PEM that it should be.
    #[error("{path} is not PEM with what is expected in it", path = .0.display())]
    Pem(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The certificate names another service, or none.
    #[error("{path} is not the certificate of {name}", path = .path.display())]
    OtherName {
        /// The certificate's file.
        path: PathBuf,
        /// Whose it should be.
        name: String,
    },
    /// TLS does not take them.
    #[error("TLS does not take the certificates")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A certificate cannot be made.
    #[error("a certificate cannot be made")]
    Make(#[source] rcgen::Error),
}

/// Chooses the process's one TLS provider, ring. Call it first thing in `main`; later calls do nothing.
pub fn install_provider() {
    // An error means that it was chosen before.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
}

/// A service's own certificate and key, and the authority that it trusts. Cheap to clone; `Debug` prints the name only.
///
/// Files that are replaced while the process runs are taken into use for new connections within a minute; files that
/// cannot be used are reported in the log, and the last good ones stay.
#[derive(Clone)]
pub struct Identity {
    name: Arc<str>,
    dir: Arc<Path>,
    present: Arc<Mutex<Present>>,
}

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);

struct Present {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    /// When the files were last written, as far as is known.
    written: [Option<SystemTime>; 3],
    looked: Instant,
}

impl Identity {
    /// Loads the identity of a service from a folder.
    ///
    /// # Errors
    /// When a file is missing or malformed, or the certificate belongs to another name.
    pub fn load(dir: &Path, name: &str) -> Result<Self, PkiError> {
        install_provider();
        let present = Present::load(dir, name)?;
        Ok(Self { name: name.into(), dir: dir.into(), present: Arc::new(Mutex::new(present)) })
    }

    /// Looks at the files now, and takes them into use if they were replaced.
    ///
    /// # Errors
    /// When they were replaced by what cannot be used; the last good ones stay.
    pub fn refresh(&self) -> Result<bool, PkiError> {
        self.look(&mut self.present())
    }

    fn look(&self, present: &mut Present) -> Result<bool, PkiError> {
        present.looked = Instant::now();
        let replaced = written(&self.dir, &self.name) != present.written;
        if replaced {
            *present = Present::load(&self.dir, &self.name)?;
            tracing::info!(name = %self.name, "new certificates are in use");
        }
        Ok(replaced)
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present state, after a look at the files if the last one was long ago.
    fn up_to_date(&self) -> MutexGuard<'_, Present> {
        let mut present = self.present();
        if present.looked.elapsed() >= LOOK
            && let Err(error) = self.look(&mut present)
        {
            tracing::error!(name = %self.name, %error, "new certificates are of no use; the last good ones stay");
        }
        present
    }

    /// Name of the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// TLS 1.3 for gRPC servers: whoever connects must show a certificate of this house.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.up_to_date().server.clone()
    }

    /// TLS 1.3 for gRPC clients: shows our certificate, and takes only servers of this house.
    #[must_use]
    pub fn client_config(&self) -> Arc<ClientConfig> {
        self.up_to_date().client.clone()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.name)
    }
}

impl Present {
    fn load(dir: &Path, name: &str) -> Result<Self, PkiError> {
        let written = written(dir, name);
        let roots = Arc::new(roots(&dir.join("ca.pem"))?);
        let path = dir.join(format!("{name}.pem"));
        let chain = certificates(&path)?;
        let own = chain.first().and_then(|leaf| Peer::of_certificate(leaf));
        if own.is_none_or(|peer| peer.name() != name) {
            return Err(PkiError::OtherName { path, name: name.to_owned() });
        }
        let key_path = dir.join(format!("{name}.key"));
        let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|error| pem_error(&key_path, error))?;
        Ok(Self {
            server: Arc::new(server(roots.clone(), chain.clone(), key.clone_key())?),
            client: Arc::new(client(roots, chain, key)?),
            written,
            looked: Instant::now(),
        })
    }
}

fn written(dir: &Path, name: &str) -> [Option<SystemTime>; 3] {
    let time = |file: String| std::fs::metadata(dir.join(file)).and_then(|meta| meta.modified()).ok();
    [time("ca.pem".to_owned()), time(format!("{name}.pem")), time(format!("{name}.key"))]
}

fn server(
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, PkiError> {
    let verifier = WebPkiClientVerifier::builder(roots).build().map_err(|error| PkiError::Tls(error.into()))?;
    let mut config = ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| PkiError::Tls(error.into()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn client(
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, PkiError> {
    let mut config = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(|error| PkiError::Tls(error.into()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn roots(path: &Path) -> Result<RootCertStore, PkiError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| PkiError::Tls(error.into()))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|error| pem_error(path, error))?.collect();
    match all.map_err(|error| pem_error(path, error))? {
        none if none.is_empty() => Err(pem_error(path, rustls::pki_types::pem::Error::NoItemsFound)),
        some => Ok(some),
    }
}

fn pem_error(path: &Path, error: rustls::pki_types::pem::Error) -> PkiError {
    match error {
        rustls::pki_types::pem::Error::Io(error) => PkiError::File(path.to_owned(), error),
        other => PkiError::Pem(path.to_owned(), other),
    }
}
