//! Limits: on connections that do not begin, on their number, on sizes, and on calls at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::deadline;
use chassis::error::Fault;
use chassis::serve::{HttpOptions, Limits, Readiness, Shutdown, bind, http_on, layered};
use chassis::telemetry::Context;
use chassis::testing::{TestPki, TestServer, TokenIssuer, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tonic::Code;

use crate::support::{READ, WRITE, built, call, echo};

/// An HTTP server that ends with it.
struct Http {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Http {
    async fn start(limits: Limits, router: Router) -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = ServerConfig { limits, ..ServerConfig::local(std::env::temp_dir()) };
        let task = tokio::spawn(async move {
            http_on(listener, None, &config, router, Readiness::new(), &Shutdown::new()).await.unwrap();
        });
        Self { address, task }
    }

    /// Sends bytes and reads until the server closes the connection.
    async fn exchange(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    async fn get(&self, path: &str) -> String {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What still comes until the end; a reset counts as the end.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), async {
        let mut piece = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut piece).await {
            bytes.extend_from_slice(&piece[..n]);
        }
    });
    read.await.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hello() -> Router {
    layered(Router::new().route("/", get(|| async { "hello" })), HttpOptions::default())
}

fn impatient() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(200),
        first_request_timeout: Duration::from_millis(400),
        ..Limits::default()
    }
}

#[tokio::test]
async fn headers_that_do_not_come_close_the_connection() {
    let http = Http::start(impatient(), hello()).await;
    let began = Instant::now();
    http.exchange("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let http = Http::start(impatient(), hello()).await;
    for beginning in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let began = Instant::now();
        http.exchange(beginning).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{beginning:?}: {:?}", began.elapsed());
    }
    // TLS that does not begin.
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let config = ServerConfig { limits: impatient(), ..ServerConfig::local(pki.dir()) };
    let server = TestServer::with("course", echo(), &issuer.trust(&Clock::system()), &pki, config).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    rest(&mut stream).await;
    // TLS that begins, and HTTP/2 that does not.
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let tls = tokio_rustls::TlsConnector::from(pki.identity("gateway").client_config());
    let mut stream = tls.connect("course".try_into().unwrap(), stream).await.unwrap();
    let mut bytes = [0; 4096];
    let closed = async { while let Ok(1..) = stream.read(&mut bytes).await {} };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("the server closes the connection");
}

#[tokio::test]
async fn a_connection_that_is_used_outlives_the_time_for_its_first_request() {
    let limits = Limits { header_timeout: Duration::from_secs(20), ..impatient() };
    let http = Http::start(limits, hello()).await;
    let mut stream = TcpStream::connect(http.address).await.unwrap();
    let began = Instant::now();
    let mut buffer = [0; 1024];
    while began.elapsed() < limits.first_request_timeout * 2 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..n].starts_with(b"HTTP/1.1 200"), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_crowd_at_the_door_does_not_have_to_knock_twice() {
    let listener = chassis::serve::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody is let in meanwhile: without room for all of them the last would never be through.
    let crowd = futures_util::future::join_all((0..600).map(|_| TcpStream::connect(address)));
    let crowd = tokio::time::timeout(Duration::from_secs(10), crowd).await.expect("there is room for everybody");
    assert!(crowd.iter().all(Result::is_ok));
}

#[tokio::test]
async fn too_many_connections_are_closed_at_once() {
    let http = Http::start(Limits { max_connections: 2, ..Limits::default() }, hello()).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(http.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        held.push(stream);
    }
    let mut third = TcpStream::connect(http.address).await.unwrap();
    assert_eq!(rest(&mut third).await, "");
    held.pop();
    eventually("there is room again", || async { http.get("/").await.ends_with("hello") }).await;
}

#[tokio::test]
async fn an_old_connection_is_told_to_go() {
    let limits = Limits { max_connection_age: Duration::from_millis(200), ..Limits::default() };
    let http = Http::start(limits, hello()).await;
    let mut stream = TcpStream::connect(http.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert!(began.elapsed() < limits.header_timeout / 2, "by its age, not for being idle: {:?}", began.elapsed());
    // Over gRPC no call is lost by it.
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let config = ServerConfig { limits, ..ServerConfig::local(pki.dir()) };
    let server = TestServer::with("course", echo(), &issuer.trust(&Clock::system()), &pki, config).await;
    let channel = server.channel(&pki, "gateway");
    let began = Instant::now();
    while began.elapsed() < limits.max_connection_age * 4 {
        call(&channel, WRITE, "").await.unwrap();
    }
}

#[tokio::test]
async fn a_message_or_a_body_that_is_too_large_is_refused() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let limits = Limits { max_message_bytes: 1000, max_body_bytes: 1000, ..Limits::default() };
    let config = ServerConfig { limits, ..ServerConfig::local(pki.dir()) };
    let server = TestServer::with("course", echo(), &issuer.trust(&Clock::system()), &pki, config).await;
    let channel = server.channel(&pki, "gateway");
    assert_eq!(call(&channel, READ, &"x".repeat(900)).await.unwrap().len(), 900);
    let status = call(&channel, READ, &"x".repeat(1001)).await.unwrap_err();
    let fault = Fault::from_status(&status);
    assert_eq!((status.code(), fault.fields()[0].reason.as_ref()), (Code::InvalidArgument, "message-too-large"));
    // A message that claims to be larger than it may be, and never comes.
    let router = layered(Router::new().route("/", post(|body: String| async move { body })), HttpOptions::default());
    let http = Http::start(limits, router).await;
    let post = |n: usize| {
        format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {n}\r\n\r\n{}", "x".repeat(n))
    };
    assert!(http.exchange(&post(1000)).await.starts_with("HTTP/1.1 200"));
    assert!(http.exchange(&post(1001)).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_says_that_the_connection_ends() {
    let router =
        Router::new().route("/", post(async || "unread")).route("/read", post(|body: String| async move { body }));
    let http = Http::start(Limits::default(), layered(router, HttpOptions::default())).await;
    // Half of the body never comes: the connection cannot be of use for a second request.
    let unread = http.exchange("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhello").await;
    assert!(unread.contains("connection: close") && unread.ends_with("unread"), "{unread}");

    let two = "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello".repeat(2);
    let read = http.exchange(&format!("{two}GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
    assert_eq!(read.matches("hello").count(), 2, "{read}");
}

#[tokio::test]
async fn calls_beyond_their_places_are_refused_at_once() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let (go, (tx, mut entered)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let wait = go.clone();
    let built = built(move |request| {
        let (wait, tx) = (wait.clone(), tx.clone());
        async move {
            if request.into_inner().json == "slow" {
                tx.send(()).unwrap();
                wait.notified().await;
            }
            Ok("done".into())
        }
    });
    let limits = Limits { max_reads: 2, max_writes: 1, ..Limits::default() };
    let config = ServerConfig { limits, ..ServerConfig::local(pki.dir()) };
    let server = TestServer::with("course", built, &issuer.trust(&Clock::system()), &pki, config).await;
    let channel = server.channel(&pki, "gateway");
    let slow = |path| {
        let channel = channel.clone();
        tokio::spawn(async move { call(&channel, path, "slow").await })
    };
    let held = [slow(READ), slow(READ)];
    for _ in &held {
        entered.recv().await.unwrap();
    }
    let status = call(&channel, READ, "quick").await.unwrap_err();
    let fault = Fault::from_status(&status);
    assert_eq!((status.code(), fault.reason()), (Code::Unavailable, "overloaded"));
    assert!(fault.retry_after().is_some());
    // Reads do not take the places of writes.
    assert_eq!(call(&channel, WRITE, "quick").await.unwrap(), "done");
    go.notify_waiters();
    for call in held {
        assert_eq!(call.await.unwrap().unwrap(), "done");
    }
    eventually("the places are free again", || async { call(&channel, READ, "quick").await.is_ok() }).await;
}

#[tokio::test]
async fn a_method_can_have_a_limit_of_its_own() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let built = built(|_| async { Ok("done".into()) }).limit(WRITE, 0);
    let server = TestServer::start("course", built, &issuer.trust(&Clock::system()), &pki).await;
    let channel = server.channel(&pki, "gateway");
    let status = call(&channel, WRITE, "").await.unwrap_err();
    assert_eq!(Fault::from_status(&status).reason(), "overloaded");
    assert_eq!(call(&channel, READ, "").await.unwrap(), "done");
}

#[tokio::test]
async fn http_requests_have_a_context_and_an_end() {
    let options = HttpOptions { read: Duration::from_millis(300), write: Duration::from_secs(5) };
    let router = Router::new()
        .route("/context", get(|| async { format!("{:?}", Context::current().unwrap().request_id.as_str()) }))
        .route("/left", get(|| async { left() }).post(|| async { left() }))
        .route("/never", get(|| async { std::future::pending::<&'static str>().await }))
        .route("/panic/{id}", get(panics));
    let http = Http::start(Limits::default(), layered(router, options)).await;
    let given = http
        .exchange("GET /context HTTP/1.1\r\nhost: x\r\nx-request-id: request-0003\r\nconnection: close\r\n\r\n")
        .await;
    assert!(given.contains("x-request-id: request-0003\r\n") && given.ends_with("\"request-0003\""), "{given}");
    let made = http.get("/context").await;
    let id = made.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    assert!(made.ends_with(&format!("{id:?}")), "{made}");
    assert!(http.get("/left").await.ends_with("read"));
    let post = "POST /left HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert!(http.exchange(post).await.ends_with("write"));
    assert!(http.get("/never").await.starts_with("HTTP/1.1 504"));
    let panicked = http.get("/panic/7").await;
    assert!(panicked.starts_with("HTTP/1.1 500") && panicked.ends_with("\r\n\r\n"), "{panicked}");
    assert!(http.get("/nowhere").await.starts_with("HTTP/1.1 404"));
    let metrics = chassis::telemetry::metrics::render();
    assert!(metrics.contains("http_route=\"/panic/{id}\"") && !metrics.contains("/panic/7"), "{metrics}");
}

fn left() -> &'static str {
    if deadline::remaining().unwrap() <= Duration::from_millis(300) { "read" } else { "write" }
}

async fn panics() -> &'static str {
    assert!(Context::current().is_none(), "on purpose");
    "unreachable"
}
