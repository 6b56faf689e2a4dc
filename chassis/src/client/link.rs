//! The connection to one replica of a service: made on demand, watched, and made anew.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::body::Body;

use super::{ClientConfig, ClientError};
use crate::pki::Identity;

/// HTTP/2 keepalive: a ping after so much silence, also while no call is made.
const PING: Duration = Duration::from_secs(20);
/// And the end of the connection when it is not answered for so long.
const PONG: Duration = Duration::from_secs(10);
/// Pause after the first failed attempt to connect; it doubles from attempt to attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause: so much later than the service itself the connection is back.
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// After a connection that fails sooner than this there is a pause.
const BRIEF: Duration = Duration::from_secs(1);

enum State {
    /// Nobody has called yet, or the connection ended in peace.
    Idle,
    Connecting,
    Up(SendRequest<Body>),
    /// The last attempt failed; another one is coming.
    Down,
}

/// What there is of a connection.
pub(super) enum Look {
    Up(SendRequest<Body>),
    /// Not yet, or not any more; it is being made.
    Coming,
    /// The last attempt failed; another one is coming.
    Down,
}

/// A connection that keeps itself. Its task ends when the link is dropped.
pub(super) struct Link {
    state: watch::Receiver<State>,
    demand: Arc<Notify>,
}

impl Link {
    /// `changed` is told whenever the connection comes, goes or fails.
    pub(super) fn start(dial: Arc<Dial>, address: SocketAddr, changed: Arc<watch::Sender<()>>) -> Self {
        let (tx, state) = watch::channel(State::Idle);
        let demand = Arc::new(Notify::new());
        tokio::spawn(keep(dial, address, Told { state: tx, changed }, demand.clone()));
        Self { state, demand }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(&*self.state.borrow(), State::Up(sender) if !sender.is_closed())
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(&*self.state.borrow(), State::Down)
    }

    /// The connection, and a wish for one if there is none.
    pub(super) fn look(&self) -> Look {
        let look = match &*self.state.borrow() {
            State::Up(sender) if !sender.is_closed() => return Look::Up(sender.clone()),
            State::Down => Look::Down,
            State::Up(_) | State::Idle | State::Connecting => Look::Coming,
        };
        self.demand.notify_one();
        look
    }
}

/// The state, and everybody who waits for a change of any.
struct Told {
    state: watch::Sender<State>,
    changed: Arc<watch::Sender<()>>,
}

impl Told {
    fn now(&self, state: State) {
        self.state.send_replace(state);
        self.changed.send_replace(());
    }

    /// Nobody holds the link any more.
    async fn dropped(&self) {
        self.state.closed().await;
    }
}

/// Counts as a connection while it lives.
struct Connected(metrics::Gauge);

impl Connected {
    fn new(server: &str) -> Self {
        let gauge = metrics::gauge!("rpc.client.up", "server" => server.to_owned());
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Connects on demand and again after a failure, until nobody holds the link any more.
async fn keep(dial: Arc<Dial>, address: SocketAddr, told: Told, demand: Arc<Notify>) {
    let server = &dial.server;
    let mut failures = 0;
    loop {
        if failures == 0 {
            tokio::select! {
                () = demand.notified() => {}
                () = told.dropped() => return,
            }
            told.now(State::Connecting);
        }
        let connected = tokio::select! {
            connected = tokio::time::timeout(dial.connect_timeout, dial.connect(address)) => connected,
            () = told.dropped() => return,
        };
        let error = match connected {
            Ok(Ok((sender, connection))) => {
                if failures > 0 {
                    tracing::info!(server, %address, "connected again");
                }
                failures = 0;
                let began = Instant::now();
                let up = Connected::new(server);
                told.now(State::Up(sender));
                let ended = tokio::select! {
                    ended = connection => ended,
                    () = told.dropped() => return,
                };
                drop(up);
                told.now(State::Idle);
                if let Err(error) = ended {
                    tracing::debug!(server, %address, error = %Chain(&error), "connection lost");
                    if began.elapsed() < BRIEF {
                        // Perhaps the server does not take us: not faster than ten times a second, then.
                        tokio::time::sleep(FIRST_PAUSE).await;
                    }
                }
                continue;
            }
            Ok(Err(error)) => error,
            Err(elapsed) => elapsed.into(),
        };
        if failures == 0 {
            tracing::warn!(server, %address, error = %Chain(&*error), "not reachable");
        }
        failures += 1;
        told.now(State::Down);
        tokio::select! {
            () = tokio::time::sleep(pause(failures)) => {}
            () = told.dropped() => return,
        }
    }
}

/// 100 ms, 200 ms, ... 1 s, each up to a quarter shorter, so that many clients do not come in step.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(8)).min(LAST_PAUSE);
    let [random] = crate::telemetry::random::<1>();
    doubled - doubled / 1024 * u32::from(random)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Made = (SendRequest<Body>, Connection<TokioIo<TlsStream<TcpStream>>, Body, TokioExecutor>);

/// How every replica of a service is connected to.
pub(super) struct Dial {
    pub(super) server: String,
    name: ServerName<'static>,
    identity: Identity,
    connect_timeout: Duration,
}

impl Dial {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, ClientError> {
        let name = ServerName::try_from(config.server.clone()).map_err(|_| ClientError::Name(config.server.clone()))?;
        Ok(Self {
            server: config.server.clone(),
            name,
            identity: config.identity.clone(),
            connect_timeout: config.connect_timeout,
        })
    }

    async fn connect(&self, address: SocketAddr) -> Result<Made, BoxError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let tls = TlsConnector::from(self.identity.client_config());
        let stream = tls.connect(self.name.clone(), stream).await?;
        let made = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .keep_alive_while_idle(true)
            .max_header_list_size(64 * 1024)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(made)
    }
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
