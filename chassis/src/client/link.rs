//! The connection to one service: made on demand, watched, and made anew.

use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
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

/// The service cannot be reached now.
#[derive(Debug)]
pub(super) struct Down;

#[derive(Clone)]
enum State {
    /// Nobody has called yet, or the connection ended in peace.
    Idle,
    Connecting,
    Up(SendRequest<Body>),
    /// The last attempt failed; another one is coming.
    Down,
}

/// A connection that keeps itself. Its task ends when the link is dropped.
pub(super) struct Link {
    state: watch::Receiver<State>,
    demand: Arc<Notify>,
    fail_fast: Duration,
}

impl Link {
    pub(super) fn start(config: &ClientConfig) -> Result<Self, ClientError> {
        let target = Target::new(config)?;
        let (tx, state) = watch::channel(State::Idle);
        let demand = Arc::new(Notify::new());
        tokio::spawn(keep(target, tx, demand.clone()));
        Ok(Self { state, demand, fail_fast: config.fail_fast })
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(&*self.state.borrow(), State::Up(sender) if !sender.is_closed())
    }

    /// The connection, once it is there. While the service is known to be down this waits for `fail_fast` only; the
    /// first attempt to connect is waited for.
    pub(super) async fn sender(&self) -> Result<SendRequest<Body>, Down> {
        let mut state = self.state.clone();
        let mut waited_since = None;
        self.demand.notify_one();
        loop {
            let down = match &*state.borrow_and_update() {
                State::Up(sender) if !sender.is_closed() => return Ok(sender.clone()),
                State::Down => true,
                State::Up(_) | State::Idle | State::Connecting => false,
            };
            match waited_since {
                // It was being connected when we came, and that failed.
                Some(false) if down => return Err(Down),
                _ => waited_since = Some(down),
            }
            let changed = state.changed();
            let changed = if down { tokio::time::timeout(self.fail_fast, changed).await } else { Ok(changed.await) };
            if !matches!(changed, Ok(Ok(()))) {
                return Err(Down);
            }
        }
    }
}

/// Connects on demand and again after a failure, until nobody holds the link any more.
async fn keep(target: Target, state: watch::Sender<State>, demand: Arc<Notify>) {
    let up = metrics::gauge!("rpc.client.up", "server" => target.server.clone());
    let mut failures = 0;
    loop {
        if failures == 0 {
            tokio::select! {
                () = demand.notified() => {}
                () = state.closed() => return,
            }
            state.send_replace(State::Connecting);
        }
        let connected = tokio::select! {
            connected = tokio::time::timeout(target.connect_timeout, target.connect()) => connected,
            () = state.closed() => return,
        };
        let error = match connected {
            Ok(Ok((sender, connection))) => {
                if failures > 0 {
                    tracing::info!(server = target.server, "connected again");
                }
                failures = 0;
                let began = Instant::now();
                state.send_replace(State::Up(sender));
                up.set(1);
                let ended = tokio::select! {
                    ended = connection => ended,
                    () = state.closed() => return,
                };
                up.set(0);
                state.send_replace(State::Idle);
                if let Err(error) = ended {
                    tracing::debug!(server = target.server, error = %Chain(&error), "connection lost");
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
            tracing::warn!(server = target.server, error = %Chain(&*error), "not reachable");
        }
        failures += 1;
        state.send_replace(State::Down);
        tokio::select! {
            () = tokio::time::sleep(pause(failures)) => {}
            () = state.closed() => return,
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

struct Target {
    host: String,
    port: u16,
    server: String,
    name: ServerName<'static>,
    identity: Identity,
    connect_timeout: Duration,
}

impl Target {
    fn new(config: &ClientConfig) -> Result<Self, ClientError> {
        let uri = &config.endpoint;
        let malformed = || ClientError::Endpoint(uri.clone());
        let (Some(host), Some(port)) = (uri.host(), uri.port_u16()) else { return Err(malformed()) };
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(malformed());
        }
        let name = ServerName::try_from(config.server.clone()).map_err(|_| ClientError::Name(config.server.clone()))?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            server: config.server.clone(),
            name,
            identity: config.identity.clone(),
            connect_timeout: config.connect_timeout,
        })
    }

    async fn connect(&self) -> Result<Made, BoxError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
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
