//! A gRPC service whose methods do what a test tells them, and calls to it.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use chassis::auth::{Method, User};
use chassis::client::Channel;
use chassis::grpc::{Built, Routes};
use futures_util::future::BoxFuture;
use http::uri::PathAndQuery;
use proto::common::v1::Jwks;
use tonic::body::Body;
use tonic::server::{NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// A method that only reads.
pub(crate) const READ: &str = "/siakad.common.v1.Trust/GetJwks";
/// A method that writes.
pub(crate) const WRITE: &str = "/siakad.course.v1.Krs/DropClass";
/// A method that writes, under the same rules; only another service may call it.
pub(crate) const OTHER: &str = "/siakad.course.v1.Krs/AddClass";
/// A method that needs a user, and is lenient while auth-svc is silent.
pub(crate) const GRACEFUL: &str = "/siakad.course.v1.Krs/GetPlan";
/// A method that needs a user.
pub(crate) const STRICT: &str = "/siakad.course.v1.Krs/OpenPlan";

/// Who may call what.
pub(crate) static POLICY: &[Method] = &[
    Method { path: READ, callers: &["gateway", "course"], user: User::None },
    Method { path: WRITE, callers: &["gateway"], user: User::None },
    Method { path: OTHER, callers: &["student"], user: User::None },
    Method { path: GRACEFUL, callers: &["gateway"], user: User::Graceful },
    Method { path: STRICT, callers: &["gateway"], user: User::Required },
];

type Answer = BoxFuture<'static, Result<String, Status>>;
type Handler = Arc<dyn Fn(Request<Jwks>) -> Answer + Send + Sync>;

/// Both services of [`POLICY`], every method of which is answered by one handler: text in, text out.
pub(crate) fn built<F>(handler: impl Fn(Request<Jwks>) -> F + Send + Sync + 'static) -> Built
where
    F: Future<Output = Result<String, Status>> + Send + 'static,
{
    let handler: Handler = Arc::new(move |request| Box::pin(handler(request)));
    Built::new(Routes::new().add(Trust(handler.clone())).add(Krs(handler)), POLICY)
}

/// Echoes the text.
pub(crate) fn echo() -> Built {
    built(|request| async move { Ok(request.into_inner().json) })
}

/// Calls a method with a text.
pub(crate) async fn call(channel: &Channel, path: &'static str, text: &str) -> Result<String, Status> {
    send(channel, path, Request::new(Jwks { json: text.to_owned() })).await.map(|response| response.into_inner().json)
}

/// As [`call`], with a request of the test's making.
pub(crate) async fn send(
    channel: &Channel,
    path: &'static str,
    request: Request<Jwks>,
) -> Result<Response<Jwks>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.expect("a channel is always ready");
    client.unary(request, PathAndQuery::from_static(path), ProstCodec::<Jwks, Jwks>::default()).await
}

/// A request with a text.
pub(crate) fn request(text: &str) -> Request<Jwks> {
    Request::new(Jwks { json: text.to_owned() })
}

macro_rules! service {
    ($name:ident, $full:literal) => {
        #[derive(Clone)]
        struct $name(Handler);

        impl NamedService for $name {
            const NAME: &'static str = $full;
        }

        impl tower::Service<http::Request<Body>> for $name {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<Body>) -> Self::Future {
                let handler = self.0.clone();
                Box::pin(async move {
                    let mut grpc = tonic::server::Grpc::new(ProstCodec::<Jwks, Jwks>::default());
                    Ok(grpc.unary(Unary(handler), request).await)
                })
            }
        }
    };
}

service!(Trust, "siakad.common.v1.Trust");
service!(Krs, "siakad.course.v1.Krs");

struct Unary(Handler);

impl UnaryService<Jwks> for Unary {
    type Response = Jwks;
    type Future = BoxFuture<'static, Result<Response<Jwks>, Status>>;

    fn call(&mut self, request: Request<Jwks>) -> Self::Future {
        let answer = (self.0)(request);
        Box::pin(async move { answer.await.map(|json| Response::new(Jwks { json })) })
    }
}

/// A TCP proxy whose connections can be cut.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: std::net::SocketAddr,
    target: Arc<std::sync::OnceLock<std::net::SocketAddr>>,
    cut: Arc<tokio::sync::Notify>,
}

impl Proxy {
    /// Listens; what it leads to is said later.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), target: Arc::default(), cut: Arc::default() };
        let this = proxy.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = tokio::net::TcpStream::connect(this.target.get().unwrap()).await.unwrap();
                let this = this.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = this.cut.notified() => {}
                    }
                });
            }
        });
        proxy
    }

    /// Says where it leads to.
    pub(crate) fn lead_to(&self, address: std::net::SocketAddr) {
        self.target.set(address).unwrap();
    }

    /// Cuts the connections that are open now.
    pub(crate) fn cut(&self) {
        self.cut.notify_waiters();
    }
}
