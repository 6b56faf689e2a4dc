//! Servers: accept loops with limits, health, and an orderly end.
//!
//! A process ends in six steps, started by SIGTERM, SIGINT, or (with `SIAKAD_CHILD=1`) by the end of standard input:
//! 1. readiness turns false, gRPC health `NOT_SERVING`;
//! 2. requests are answered for `Drain::linger` more, until whoever sends them has noticed;
//! 3. the listener closes, feed and health streams end, connections are told to go;
//! 4. requests and detached commands get `Drain::wait` to finish;
//! 5. background work stops; the service closes its database;
//! 6. the process exits, whatever is still running.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Verifier;
use crate::config::ServerConfig;
use crate::grpc::stack::Stack;
use crate::grpc::{Built, Task};
use crate::pki::Identity;

mod accept;
mod health;
mod http;
mod process;
mod shutdown;
mod unread;

pub(crate) use accept::Connection;
pub use health::Readiness;
pub use http::{HttpOptions, layered};
pub use process::main;
pub use shutdown::{Drain, Shutdown};

/// Limits of a listener. The defaults are for a public listener of a small machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; further ones are closed at once. Default 4096.
    pub max_connections: usize,
    /// Time for the headers of one HTTP/1 request, and for a TLS handshake. Default 10 s.
    pub header_timeout: Duration,
    /// Time from accepting a connection to its first whole request header. Default 10 s.
    pub first_request_timeout: Duration,
    /// A connection is told to go after this time, give or take a tenth, so that replicas that came later get their
    /// share. Default 15 min.
    pub max_connection_age: Duration,
    /// What a connection that was told to go gets to finish its requests. Default 30 s.
    pub max_connection_grace: Duration,
    /// Bytes in the body of one HTTP request. Default 1 MiB.
    pub max_body_bytes: usize,
    /// Bytes in one unary gRPC message. Default 1 MiB.
    pub max_message_bytes: usize,
    /// Reading gRPC calls at a time. Default 512.
    pub max_reads: usize,
    /// Writing gRPC calls at a time. Default 512.
    pub max_writes: usize,
    /// Streaming gRPC calls at a time. Default 256.
    pub max_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_timeout: Duration::from_secs(10),
            first_request_timeout: Duration::from_secs(10),
            max_connection_age: Duration::from_secs(15 * 60),
            max_connection_grace: Duration::from_secs(30),
            max_body_bytes: 1024 * 1024,
            max_message_bytes: 1024 * 1024,
            max_reads: 512,
            max_writes: 512,
            max_streams: 256,
        }
    }
}

/// Why a process could not start or go on. `Display` says what, with every cause, for the one who started it.
///
/// Made from any error by `?`; not an error itself.
pub struct StartError(String);

impl StartError {
    /// A reason that is no other error's.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }

    /// Says what was being done when the error came.
    #[must_use]
    pub fn context(self, what: impl fmt::Display) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl<E: std::error::Error> From<E> for StartError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Serves a gRPC service over mutual TLS until the shutdown is through; binds `config.listen`.
///
/// # Errors
/// When an address cannot be bound.
pub async fn grpc(
    config: &ServerConfig,
    identity: &Identity,
    built: Built,
    verifier: Verifier,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    let listener = bind(config.listen).await?;
    let private = bind_private(config).await?;
    grpc_on(listener, private, config, identity, built, verifier, shutdown).await
}

/// As [`grpc`], on listeners that are bound already; `private` is the one for metrics and health.
///
/// # Errors
/// When a listener's address cannot be read.
pub async fn grpc_on(
    listener: TcpListener,
    private: Option<TcpListener>,
    config: &ServerConfig,
    identity: &Identity,
    built: Built,
    verifier: Verifier,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    crate::telemetry::metrics::init();
    let address = listener.local_addr()?;
    let keys = verifier.trust().clone();
    let readiness = built.readiness.check("keys", move || std::future::ready(keys.has_keys()));
    let commands = TaskTracker::new();
    let (health, reporter) = health::grpc(&readiness, shutdown).await;
    let stack = Stack {
        router: built.routes.add(health).into_router(),
        policy: crate::auth::Policy::new(built.policy),
        verifier,
        shed: crate::grpc::stack::shed(&config.limits, &built.limits),
        max_message_bytes: config.limits.max_message_bytes,
        commands: commands.clone(),
    };
    let stack = Arc::new(stack);
    let answer = move |connection: Arc<Connection>, request| stack.clone().answer(connection, request);
    let acceptor = accept::Acceptor {
        tls: Some(identity.clone()),
        only_http2: true,
        limits: config.limits,
        shutdown: shutdown.clone(),
    };
    tracing::info!(service = identity.name(), %address, "listening");
    let background = Background::start(built.tasks);
    let beside = health::beside(private, readiness, shutdown.clone(), reporter);
    let work = async {
        acceptor.run(listener, answer).await;
        commands.close();
        commands.wait().await;
    };
    finish(work, beside, config.drain, shutdown).await;
    drop(background);
    Ok(())
}

/// Serves HTTP (REST, pages) without TLS until the shutdown is through; binds `config.listen`. `router` is served as it
/// is: put [`layered`] around it.
///
/// # Errors
/// When an address cannot be bound.
pub async fn http(
    config: &ServerConfig,
    router: axum::Router,
    readiness: Readiness,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    let listener = bind(config.listen).await?;
    let private = bind_private(config).await?;
    http_on(listener, private, config, router, readiness, shutdown).await
}

/// As [`http`], on listeners that are bound already.
///
/// # Errors
/// When a listener's address cannot be read.
pub async fn http_on(
    listener: TcpListener,
    private: Option<TcpListener>,
    config: &ServerConfig,
    router: axum::Router,
    readiness: Readiness,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    crate::telemetry::metrics::init();
    let address = listener.local_addr()?;
    let acceptor = accept::Acceptor { tls: None, only_http2: false, limits: config.limits, shutdown: shutdown.clone() };
    tracing::info!(%address, "listening");
    let router = router.layer(axum::extract::DefaultBodyLimit::max(config.limits.max_body_bytes));
    let work = acceptor.run(listener, http::answer(router));
    let beside = health::beside(private, readiness, shutdown.clone(), health::Reporter::none());
    finish(work, beside, config.drain, shutdown).await;
    Ok(())
}

/// Connections that may wait to be accepted; the kernel's `net.core.somaxconn` (4096) may allow fewer. Whoever finds no room
/// knocks again after a whole second, and the usual 128 are few when thousands come in one moment.
const BACKLOG: u32 = 4096;

/// Binds an address, and says which one could not be bound.
///
/// # Errors
/// When the address is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As the runtime's own listeners: a service that starts again does not wait for connections of its predecessor.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| StartError::from(error).context(format_args!("listen on {address}")))
}

async fn bind_private(config: &ServerConfig) -> Result<Option<TcpListener>, StartError> {
    match config.metrics_listen {
        Some(address) => bind(address).await.map(Some),
        None => Ok(None),
    }
}

/// Steps 1 to 4 and the hard end: `work` ends by itself once the shutdown reaches its third step and all is answered.
async fn finish(work: impl Future<Output = ()>, beside: impl Future<Output = ()>, drain: Drain, shutdown: &Shutdown) {
    let hard_end = async {
        shutdown.drive(drain).await;
        tokio::time::sleep(drain.wait).await;
    };
    tokio::select! {
        () = work => tracing::info!("every request was answered"),
        () = hard_end => tracing::warn!(waited = ?drain.wait, "requests were cut off at the end of the wait"),
        () = beside => {}
    }
}

/// Background tasks of a server; dropped, they stop.
struct Background(Vec<tokio::task::JoinHandle<()>>);

impl Background {
    fn start(tasks: Vec<(&'static str, Task)>) -> Self {
        let watch = |(name, task)| {
            tokio::spawn(async move {
                let stop = CancellationToken::new();
                let _stopped_with_us = stop.clone().drop_guard();
                if let Err(error) = tokio::spawn(stop.run_until_cancelled_owned(task)).await {
                    tracing::error!(name, %error, "background work ended");
                } else {
                    tracing::info!(name, "background work ended");
                }
            })
        };
        Self(tasks.into_iter().map(watch).collect())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
