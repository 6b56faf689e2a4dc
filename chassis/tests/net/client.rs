//! The client: failing fast, coming back, and repeating only what may be repeated.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chassis::client::{Channel, ClientConfig, ClientError, connect};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::error::{Fault, Kind};
use chassis::testing::{TestPki, TestServer, TokenIssuer, eventually};
use proto::common::v1::Empty;
use proto::common::v1::trust_client::TrustClient;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::support::{Proxy, READ, WRITE, built, call, echo};

async fn server_at(address: SocketAddr, pki: &TestPki) -> TestServer {
    let config = ServerConfig { listen: address, ..ServerConfig::local(pki.dir()) };
    TestServer::with("course", echo(), &TokenIssuer::new().trust(&Clock::system()), pki, config).await
}

fn channel_to(address: SocketAddr, pki: &TestPki) -> Channel {
    let endpoint = format!("https://{address}").parse().unwrap();
    connect(ClientConfig::new(endpoint, "course", &pki.identity("gateway"))).unwrap()
}

/// An address where nobody listens for now.
async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn generated_clients_take_a_channel_as_it_is() {
    let pki = TestPki::new();
    let server = server_at("127.0.0.1:0".parse().unwrap(), &pki).await;
    let channel = server.channel(&pki, "gateway");
    assert!(!channel.is_up(), "nothing is connected before the first call");
    let answer = TrustClient::new(channel.clone()).get_jwks(Empty {}).await.unwrap().into_inner();
    assert_eq!(answer.json, "");
    assert!(channel.is_up());
}

#[tokio::test]
async fn calls_fail_fast_while_the_service_is_down_and_succeed_when_it_is_back() {
    let pki = TestPki::new();
    let address = free_address().await;
    let channel = channel_to(address, &pki);
    for _ in 0..5 {
        let began = Instant::now();
        let status = call(&channel, WRITE, "").await.unwrap_err();
        let fault = Fault::from_status(&status);
        assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "service-down"));
        assert!(fault.retry_after().is_some());
        // Two attempts of 100 ms and a pause of 250 ms at most, with room for a busy machine.
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    let server = server_at(address, &pki).await;
    let back = Instant::now();
    eventually("the service answers again", || async { call(&channel, WRITE, "").await.is_ok() }).await;
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());

    // Killed and started again, several times: it always comes back by itself.
    let mut server = server;
    for _ in 0..3 {
        server.kill().await;
        eventually("the service is missed", || async { call(&channel, WRITE, "").await.is_err() }).await;
        server = server_at(address, &pki).await;
        eventually("the service answers again", || async { call(&channel, WRITE, "").await.is_ok() }).await;
    }
}

#[tokio::test]
async fn a_server_that_ends_in_order_costs_no_call() {
    let pki = TestPki::new();
    let first = server_at("127.0.0.1:0".parse().unwrap(), &pki).await;
    let (address, channel) = (first.address(), channel_to(first.address(), &pki));
    assert_eq!(call(&channel, WRITE, "1").await.unwrap(), "1");
    first.stop().await;
    let _second = server_at(address, &pki).await;
    // The old connection is gone; what never left is sent again, even if it writes.
    assert_eq!(call(&channel, WRITE, "2").await.unwrap(), "2");
}

#[tokio::test]
async fn a_call_that_was_lost_on_the_way_is_repeated_only_if_it_reads() {
    let pki = TestPki::new();
    let reached = Arc::new(AtomicUsize::new(0));
    let proxy = Proxy::start().await;
    let (count, cutter) = (reached.clone(), proxy.clone());
    let server = built(move |_| {
        // Every other call cuts its connection instead of answering.
        let (n, proxy) = (count.fetch_add(1, Ordering::SeqCst), cutter.clone());
        async move {
            if n % 2 == 0 {
                proxy.cut();
                std::future::pending::<()>().await;
            }
            Ok(n.to_string())
        }
    });
    let server = TestServer::start("course", server, &TokenIssuer::new().trust(&Clock::system()), &pki).await;
    proxy.lead_to(server.address());
    let channel = channel_to(proxy.address, &pki);
    assert_eq!(call(&channel, READ, "").await.unwrap(), "1");
    assert_eq!(reached.load(Ordering::SeqCst), 2);
    let status = call(&channel, WRITE, "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reached.load(Ordering::SeqCst), 3, "what may have been done is not done again");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_service_that_went_away() {
    let pki = TestPki::new();
    let proxy = Proxy::start().await;
    let server = TestServer::start("course", echo(), &TokenIssuer::new().trust(&Clock::system()), &pki).await;
    proxy.lead_to(server.address());
    let mut client = HealthClient::new(channel_to(proxy.address, &pki));
    let mut watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    watch.message().await.unwrap().unwrap();
    proxy.cut();
    let status = watch.message().await.unwrap_err();
    let fault = Fault::from_status(&status);
    assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "service-down"), "{status:?}");
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let pki = TestPki::new();
    let reached = Arc::new(AtomicUsize::new(0));
    let count = reached.clone();
    let server = built(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(Fault::unavailable("overloaded", None).into()) }
    });
    let server = TestServer::start("course", server, &TokenIssuer::new().trust(&Clock::system()), &pki).await;
    let status = call(&server.channel(&pki, "gateway"), READ, "").await.unwrap_err();
    assert_eq!(Fault::from_status(&status).reason(), "overloaded");
    assert_eq!(reached.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_never_answers_ends_in_time() {
    let pki = TestPki::new();
    // Accepts, and then says nothing at all: not even TLS.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hole = tokio::spawn(async move {
        let mut held: Vec<TcpStream> = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let endpoint = format!("https://{address}").parse().unwrap();
    let mut config = ClientConfig::new(endpoint, "course", &pki.identity("gateway"));
    config.default_deadline = Duration::from_millis(300);
    let channel = connect(config).unwrap();
    let began = Instant::now();
    let status = call(&channel, READ, "").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(began.elapsed() < Duration::from_millis(1300), "{:?}", began.elapsed());
    hole.abort();
}

#[tokio::test]
async fn the_name_of_a_service_is_one_that_a_certificate_can_bear() {
    let pki = TestPki::new();
    let config = ClientConfig::new("https://127.0.0.1:1".parse().unwrap(), "no name", &pki.identity("gateway"));
    assert!(matches!(connect(config), Err(ClientError::Name(_))));
}
