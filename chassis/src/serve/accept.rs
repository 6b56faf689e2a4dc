//! The accept loop: connections with limits on their number, their beginning and their age.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{Limits, Shutdown};
use crate::auth::Peer;
use crate::pki::Identity;

/// HTTP/2 streams at a time on one connection; hyper has no limit of its own.
const STREAMS: u32 = 256;
/// The same between services, where one connection carries the calls of thousands of people: how many calls of which kind
/// are too many is for the service to say.
const CALLS: u32 = 16_384;
/// HTTP/2 keepalive: a ping after so much silence.
const PING: Duration = Duration::from_secs(20);
/// And the end of the connection when it is not answered for so long.
const PONG: Duration = Duration::from_secs(10);
/// Bytes of all headers of a request.
const HEADER_BYTES: u32 = 32 * 1024;

/// One connection, as the requests on it see it.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The service at the other end, when the connection is mutual TLS.
    pub(crate) peer: Option<Peer>,
    /// The address at the other end.
    pub(crate) remote: SocketAddr,
    /// Cancelled when the connection is told to go: by its age, or because the server stops. Streams that have no end
    /// of their own end then.
    pub(crate) ending: CancellationToken,
    /// A request has come.
    used: AtomicBool,
}

/// How to accept connections.
pub(crate) struct Acceptor {
    pub(crate) tls: Option<Identity>,
    pub(crate) only_http2: bool,
    pub(crate) limits: Limits,
    pub(crate) shutdown: Shutdown,
}

impl Acceptor {
    /// Accepts connections and answers their requests, until the shutdown closes the listener; then returns when the
    /// last connection has ended. Dropped earlier, it cuts them off.
    pub(crate) async fn run<A, F, B>(self, listener: TcpListener, answer: A)
    where
        A: Fn(Arc<Connection>, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let this = Arc::new(self);
        let free = Arc::new(Semaphore::new(this.limits.max_connections));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = this.shutdown.stopping() => break,
            };
            let (stream, remote) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, most likely: connections that end make room.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            match free.clone().try_acquire_owned() {
                Ok(permit) => drop(connections.spawn(this.clone().connection(stream, remote, permit, answer.clone()))),
                // Closed at once: a clear answer, where a full backlog would be a long silence.
                Err(_) => metrics::counter!("server.connections.refused").increment(1),
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn connection<A, F, B>(
        self: Arc<Self>,
        stream: TcpStream,
        remote: SocketAddr,
        _permit: OwnedSemaphorePermit,
        answer: A,
    ) where
        A: Fn(Arc<Connection>, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // Small answers must not wait for the acknowledgement of the one before.
        let _unimportant = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.serve(stream, remote, None, answer).await;
        };
        let handshake = TlsAcceptor::from(tls.server_config()).accept(stream);
        let handshake = tokio::time::timeout(self.limits.header_timeout, handshake);
        let stream = tokio::select! {
            done = handshake => match done {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return tracing::debug!(%error, %remote, "TLS handshake failed"),
                Err(_) => return tracing::debug!(%remote, "TLS handshake took too long"),
            },
            () = self.shutdown.stopping() => return,
        };
        let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let peer = leaf.and_then(|leaf| Peer::of_certificate(leaf));
        self.serve(stream, remote, peer, answer).await;
    }

    async fn serve<I, A, F, B>(&self, stream: I, remote: SocketAddr, peer: Option<Peer>, answer: A)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A: Fn(Arc<Connection>, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let connection = Arc::new(Connection {
            peer,
            remote,
            ending: self.shutdown.stopping_token().child_token(),
            used: AtomicBool::new(false),
        });
        let service = {
            let connection = connection.clone();
            service_fn(move |request| {
                connection.used.store(true, Ordering::Relaxed);
                let answered = answer(connection.clone(), request);
                async move { Ok::<_, Infallible>(answered.await) }
            })
        };
        let builder = self.builder();
        let served = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(served);
        let mut first_request = std::pin::pin!(tokio::time::sleep(self.limits.first_request_timeout));
        let mut age = std::pin::pin!(tokio::time::sleep(jittered(self.limits.max_connection_age)));
        let mut waiting = true;
        // While it is young: until it ends by itself, or is told to go.
        loop {
            tokio::select! {
                done = served.as_mut() => return ended(remote, done),
                () = &mut first_request, if waiting => {
                    waiting = false;
                    if !connection.used.load(Ordering::Relaxed) {
                        return tracing::debug!(%remote, "no request came in time");
                    }
                }
                () = &mut age => break,
                () = connection.ending.cancelled() => break,
            }
        }
        // Told to go: no new requests; those that are there may finish. When the server stops, the drain sets the end.
        connection.ending.cancel();
        served.as_mut().graceful_shutdown();
        let grace = tokio::time::sleep(self.limits.max_connection_grace);
        tokio::select! {
            done = served.as_mut() => ended(remote, done),
            () = grace => tracing::debug!(%remote, "connection cut off at the end of its grace"),
        }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_timeout)
            .max_buf_size(usize::try_from(HEADER_BYTES).unwrap_or(usize::MAX));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(if self.only_http2 { CALLS } else { STREAMS })
            .max_header_list_size(HEADER_BYTES)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG);
        if self.only_http2 { builder.http2_only() } else { builder }
    }
}

fn ended<E: std::fmt::Display>(remote: SocketAddr, done: Result<(), E>) {
    if let Err(error) = done {
        tracing::debug!(%error, %remote, "connection ended");
    }
}

/// The age give or take a tenth, so that connections made together do not all go together.
fn jittered(age: Duration) -> Duration {
    let [random] = crate::telemetry::random::<1>();
    // 0.9 + 0.2 * random / 256, in whole numbers.
    let tenths = 9 * 256 + 2 * u32::from(random);
    (age / 2560).saturating_mul(tenths)
}
