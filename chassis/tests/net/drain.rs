//! The end of a server: what is in flight finishes, what is new is refused, and there is a hard end.

use std::sync::Arc;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::error::Fault;
use chassis::grpc;
use chassis::serve::Drain;
use chassis::testing::{TestPki, TestServer, TokenIssuer, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::{READ, WRITE, built, call};

/// A server whose calls wait until they are let go, and say when they have come.
struct Waiting {
    pki: TestPki,
    server: TestServer,
    go: Arc<Notify>,
    entered: mpsc::UnboundedReceiver<()>,
}

impl Waiting {
    async fn with(drain: Drain, detach: bool) -> Self {
        let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
        let go = Arc::new(Notify::new());
        let (tx, entered) = mpsc::unbounded_channel();
        let wait = go.clone();
        let built = built(move |request| {
            let (wait, tx) = (wait.clone(), tx.clone());
            async move {
                let text = request.into_inner().json;
                if text == "quick" {
                    return Ok(text);
                }
                let work = async move {
                    tx.send(()).unwrap();
                    wait.notified().await;
                    Ok::<_, tonic::Status>(text)
                };
                if detach { grpc::detached(work).await } else { work.await }
            }
        });
        let config = ServerConfig { drain, ..ServerConfig::local(pki.dir()) };
        let server = TestServer::with("course", built, &issuer.trust(&Clock::system()), &pki, config).await;
        Self { pki, server, go, entered }
    }
}

const PATIENT: Drain = Drain { linger: Duration::ZERO, wait: Duration::from_secs(20) };

/// One request over plain HTTP/1: status code and body.
async fn get(address: std::net::SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[tokio::test]
async fn what_is_in_flight_finishes_and_what_is_new_is_refused() {
    let mut waiting = Waiting::with(PATIENT, false).await;
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    let in_flight = tokio::spawn({
        let channel = channel.clone();
        async move { call(&channel, WRITE, "slow").await }
    });
    waiting.entered.recv().await.unwrap();
    waiting.server.shutdown().trigger();
    let address = waiting.server.address();
    eventually("the listener is closed", || async { TcpStream::connect(address).await.is_err() }).await;
    let fresh = waiting.server.channel(&waiting.pki, "gateway");
    assert_eq!(call(&fresh, WRITE, "quick").await.unwrap_err().code(), Code::Unavailable);
    // On the old connection too: it was told to go.
    assert_eq!(call(&channel, WRITE, "quick").await.unwrap_err().code(), Code::Unavailable);
    assert!(!in_flight.is_finished());
    waiting.go.notify_one();
    assert_eq!(in_flight.await.unwrap().unwrap(), "slow");
    waiting.server.stop().await;
}

#[tokio::test]
async fn there_is_a_hard_end() {
    let drain = Drain { linger: Duration::ZERO, wait: Duration::from_millis(200) };
    let mut waiting = Waiting::with(drain, false).await;
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    let in_flight = tokio::spawn(async move { call(&channel, WRITE, "slow").await });
    waiting.entered.recv().await.unwrap();
    let began = Instant::now();
    waiting.server.stop().await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let status = in_flight.await.unwrap().unwrap_err();
    assert_eq!(Fault::from_status(&status).reason(), "service-down");
}

#[tokio::test]
async fn a_detached_command_is_waited_for_though_its_client_is_gone() {
    let mut waiting = Waiting::with(PATIENT, true).await;
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    let in_flight = tokio::spawn(async move { call(&channel, WRITE, "slow").await });
    waiting.entered.recv().await.unwrap();
    in_flight.abort();
    assert!(in_flight.await.unwrap_err().is_cancelled());
    let address = waiting.server.address();
    let stopped = tokio::spawn(waiting.server.stop());
    eventually("the listener is closed", || async { TcpStream::connect(address).await.is_err() }).await;
    assert!(!stopped.is_finished());
    waiting.go.notify_one();
    tokio::time::timeout(Duration::from_secs(10), stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn while_it_lingers_it_answers_and_says_that_it_is_not_ready() {
    let drain = Drain { linger: Duration::from_secs(30), wait: Duration::from_millis(100) };
    let waiting = Waiting::with(drain, false).await;
    let private = waiting.server.private_address();
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    eventually("it is ready", || async { get(private, "/readyz").await.is_some_and(|a| a.0 == 200) }).await;
    eventually("health says so", || async { serving(&channel).await == ServingStatus::Serving }).await;
    waiting.server.shutdown().trigger();
    assert_eq!(get(private, "/readyz").await.unwrap(), (503, "stopping".into()));
    assert_eq!(get(private, "/healthz").await.unwrap(), (200, "ok".into()), "alive all the while");
    eventually("health says so", || async { serving(&channel).await == ServingStatus::NotServing }).await;
    assert_eq!(call(&channel, WRITE, "quick").await.unwrap(), "quick");
}

#[tokio::test]
async fn streams_without_an_end_are_ended_in_order() {
    let waiting = Waiting::with(PATIENT, false).await;
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    let mut client = HealthClient::new(channel);
    let mut watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    watch.message().await.unwrap().unwrap();
    let began = Instant::now();
    let stopped = tokio::spawn(waiting.server.stop());
    let status = loop {
        match watch.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a stream that is cut must say so"),
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), Fault::from_status(&status).reason()), (Code::Unavailable, "stopping"));
    tokio::time::timeout(Duration::from_secs(10), stopped).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "the stream did not keep the server: {:?}", began.elapsed());
}

#[tokio::test]
async fn readiness_is_what_its_checks_say_and_liveness_is_not() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let well = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let look = well.clone();
    let built = built(|_| async { Ok(String::new()) })
        .ready_when("database", move || std::future::ready(look.load(std::sync::atomic::Ordering::SeqCst)));
    let server = TestServer::start("course", built, &issuer.trust(&Clock::system()), &pki).await;
    let channel = server.channel(&pki, "gateway");
    assert_eq!(serving(&channel).await, ServingStatus::NotServing);
    assert_eq!(get(server.private_address(), "/readyz").await.unwrap(), (503, "not ready: database".into()));
    assert_eq!(get(server.private_address(), "/healthz").await.unwrap().0, 200);
    well.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(get(server.private_address(), "/readyz").await.unwrap(), (200, "ready".into()));
    eventually("health says so", || async { serving(&channel).await == ServingStatus::Serving }).await;
}

#[tokio::test]
async fn metrics_are_on_the_private_port() {
    let waiting = Waiting::with(PATIENT, false).await;
    let channel = waiting.server.channel(&waiting.pki, "gateway");
    call(&channel, READ, "quick").await.unwrap();
    call(&channel, "/siakad.course.v1.Krs/Nothing%0a%22", "quick").await.unwrap_err();
    let (code, text) = get(waiting.server.private_address(), "/metrics").await.unwrap();
    assert_eq!(code, 200);
    let line = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(line(&["rpc_server_call_duration_count", READ, "\"OK\""]), "{text}");
    assert!(line(&["rpc_server_call_duration_bucket", READ, "le=\"0.25\""]), "{text}");
    assert!(line(&["rpc_server_call_duration_count", "\"other\"", "PERMISSION_DENIED"]), "{text}");
    assert!(!text.contains("Nothing"), "a label never comes from outside");
}

async fn serving(channel: &chassis::client::Channel) -> ServingStatus {
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner().status()
}
