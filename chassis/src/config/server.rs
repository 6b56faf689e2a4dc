//! Settings that every server process of the house has.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Reader;
use crate::logs::{LogConfig, LogFormat};
use crate::serve::{Drain, Limits};

/// What every server process is told: where it listens, where its files are, how it logs, limits itself and ends.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `listen`: address of the service itself; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `metrics_listen`: private port with `/metrics`, `/healthz` and `/readyz`. None: no such port.
    pub metrics_listen: Option<SocketAddr>,
    /// `data_dir`: state of this installation, for example the copy of the token issuer's keys. Default `data`.
    pub data_dir: PathBuf,
    /// `pki_dir`: `ca.pem`, `<name>.pem`, `<name>.key`. Default: `pki` in the data folder.
    pub pki_dir: PathBuf,
    /// `log` (env-filter syntax) and `log_format`.
    pub log: LogConfig,
    /// Limits of the listener.
    pub limits: Limits,
    /// How the process ends.
    pub drain: Drain,
}

impl ServerConfig {
    /// Reads them; `listen` alone has no default.
    pub fn read(read: &mut Reader) -> Option<Self> {
        let listen = read.required("listen");
        let metrics_listen = read.optional("metrics_listen");
        let data_dir: PathBuf = read.or("data_dir", "data".into());
        let pki_dir = read.or("pki_dir", data_dir.join("pki"));
        let log = LogConfig::read(read);
        let limits = Limits::read(read);
        let drain = Drain::read(read);
        Some(Self { listen: listen?, metrics_listen, data_dir, pki_dir, log, limits, drain })
    }

    /// For tests and tools: everything at its default, listening on a free port of loopback, files in `data_dir`, ending
    /// without delay.
    #[must_use]
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            metrics_listen: None,
            pki_dir: data_dir.join("pki"),
            data_dir,
            log: LogConfig::default(),
            limits: Limits::default(),
            drain: Drain::short(),
        }
    }
}

impl LogConfig {
    /// Reads `log` and `log_format`.
    pub fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        let filter: String = read.or("log", default.filter);
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&filter) {
            read.wrong("log", format_args!("is not a filter such as info,sqlx=warn: {error}"));
        }
        Self { filter, format: read.or("log_format", LogFormat::Json) }
    }
}

impl Limits {
    /// Reads `max_connections`, `header_timeout`, `first_request_timeout`, `max_connection_age`,
    /// `max_connection_grace`, `max_body_bytes`, `max_message_bytes`, `max_reads`, `max_writes` and `max_streams`.
    pub fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        Self {
            max_connections: read.at_least_one("max_connections", default.max_connections),
            header_timeout: read.positive("header_timeout", default.header_timeout),
            first_request_timeout: read.positive("first_request_timeout", default.first_request_timeout),
            max_connection_age: read.positive("max_connection_age", default.max_connection_age),
            max_connection_grace: read.or("max_connection_grace", default.max_connection_grace),
            max_body_bytes: read.at_least_one("max_body_bytes", default.max_body_bytes),
            max_message_bytes: read.at_least_one("max_message_bytes", default.max_message_bytes),
            max_reads: read.at_least_one("max_reads", default.max_reads),
            max_writes: read.at_least_one("max_writes", default.max_writes),
            max_streams: read.at_least_one("max_streams", default.max_streams),
        }
    }
}

impl Drain {
    /// Reads `drain_linger` and `drain_wait`.
    pub fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        Self { linger: read.or("drain_linger", default.linger), wait: read.or("drain_wait", default.wait) }
    }
}

#[cfg(feature = "db")]
impl crate::db::DbConfig {
    /// Reads `database_url`, `sqlite:PATH` or `postgres://..`. It may hold a password, so it is read as a secret is.
    pub fn read(read: &mut Reader) -> Option<Self> {
        use secrecy::ExposeSecret;
        let url = read.secret("database_url")?;
        url.expose_secret().parse().map_err(|fault| read.wrong("database_url", fault)).ok()
    }
}
