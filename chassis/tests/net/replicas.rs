//! A service with several replicas: calls are spread, and go on when one of them does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chassis::client::{Channel, ClientConfig, connect};
use chassis::clock::Clock;
use chassis::error::{Fault, Kind};
use chassis::testing::{TestPki, TestServer, TokenIssuer, eventually};
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tonic::Status;

use crate::support::{Proxy, READ, WRITE, built, call};

/// A replica that counts its calls.
struct Replica {
    server: TestServer,
    calls: Arc<AtomicUsize>,
}

impl Replica {
    /// Answers each call with its own name, or as `answer` says.
    async fn start(
        pki: &TestPki,
        answer: impl Fn(usize) -> Result<String, Status> + Clone + Send + Sync + 'static,
    ) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let server = built(move |_| {
            let answer = answer(count.fetch_add(1, Ordering::SeqCst));
            async move { answer }
        });
        let trust = TokenIssuer::new().trust(&Clock::system());
        Self { server: TestServer::start("course", server, &trust, pki).await, calls }
    }

    async fn named(pki: &TestPki, name: &'static str) -> Self {
        Self::start(pki, move |_| Ok(name.to_owned())).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn channel(pki: &TestPki, addresses: &[SocketAddr]) -> Channel {
    let endpoints = addresses.iter().copied().collect();
    connect(ClientConfig::new(endpoints, "course", &pki.identity("gateway"))).unwrap()
}

/// A channel that is connected to both replicas.
async fn to_both(pki: &TestPki, a: &Replica, b: &Replica) -> Channel {
    let channel = channel(pki, &[a.server.address(), b.server.address()]);
    eventually("both replicas are asked", || async {
        let _ = call(&channel, READ, "").await;
        a.calls() > 0 && b.calls() > 0
    })
    .await;
    channel
}

#[tokio::test]
async fn calls_are_spread_and_go_on_when_a_replica_is_killed() {
    let pki = TestPki::new();
    let (a, b) = (Replica::named(&pki, "a").await, Replica::named(&pki, "b").await);
    let channel = to_both(&pki, &a, &b).await;
    let before = (a.calls(), b.calls());
    join_all((0..200).map(|_| call(&channel, WRITE, ""))).await.into_iter().for_each(|answer| drop(answer.unwrap()));
    let (at_a, at_b) = (a.calls() - before.0, b.calls() - before.1);
    assert_eq!(at_a + at_b, 200);
    assert!(at_a > 40 && at_b > 40, "{at_a} and {at_b}");

    // Reads that are under way while it dies, and those after it.
    let reads = async { join_all((0..100).map(|_| call(&channel, READ, ""))).await };
    let (answers, ()) = tokio::join!(reads, a.server.kill());
    answers.into_iter().for_each(|answer| drop(answer.unwrap()));
    for _ in 0..100 {
        assert_eq!(call(&channel, READ, "").await.unwrap(), "b");
    }
    assert_eq!(call(&channel, WRITE, "").await.unwrap(), "b");
    assert!(channel.is_up());
}

#[tokio::test]
async fn a_replica_that_comes_later_gets_its_share() {
    let pki = TestPki::new();
    let b = Replica::named(&pki, "b").await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let channel = channel(&pki, &[free, b.server.address()]);
    for _ in 0..20 {
        assert_eq!(call(&channel, WRITE, "").await.unwrap(), "b", "the one that is not there costs no call");
    }
    let config = chassis::config::ServerConfig { listen: free, ..chassis::config::ServerConfig::local(pki.dir()) };
    let trust = TokenIssuer::new().trust(&Clock::system());
    let late = built(|_| async { Ok("a".to_owned()) });
    let _late = TestServer::with("course", late, &trust, &pki, config).await;
    eventually("it is asked", || async { call(&channel, WRITE, "").await.unwrap() == "a" }).await;
}

#[tokio::test]
async fn a_replica_that_fails_again_and_again_is_left_out_until_it_is_well() {
    let pki = TestPki::new();
    const ILL: usize = 6;
    let a = Replica::start(&pki, |n| match n {
        0..ILL => Err(Fault::unavailable("database-down", None).into()),
        _ => Ok("a".to_owned()),
    });
    let (a, b) = (a.await, Replica::named(&pki, "b").await);
    let channel = channel(&pki, &[a.server.address(), b.server.address()]);
    eventually("it is left out", || async {
        let _ = call(&channel, READ, "").await;
        a.calls() >= 5
    })
    .await;
    let mut failed = 0;
    for _ in 0..50 {
        failed += usize::from(call(&channel, READ, "").await.is_err());
    }
    // Fifty calls take less than the second after which one of them is a probe; a slow machine may see that one.
    assert!(failed <= 1 && a.calls() <= ILL, "{failed} calls failed, {} came to it", a.calls());
    eventually("a probe finds it well", || async { call(&channel, READ, "").await.is_ok_and(|name| name == "a") })
        .await;
}

#[tokio::test]
async fn a_replica_that_has_enough_to_do_is_neither_left_out_nor_asked_twice() {
    let pki = TestPki::new();
    let busy = Replica::start(&pki, |_| Err(Fault::unavailable("overloaded", Some(Duration::from_secs(1))).into()));
    let (busy, b) = (busy.await, Replica::named(&pki, "b").await);
    let channel = to_both(&pki, &busy, &b).await;
    let before = busy.calls() + b.calls();
    let mut refused = 0;
    for _ in 0..200 {
        if let Err(status) = call(&channel, READ, "").await {
            assert_eq!(Fault::from_status(&status).reason(), "overloaded");
            refused += 1;
        }
    }
    assert!(refused > 40, "{refused}");
    assert_eq!(busy.calls() + b.calls() - before, 200, "no answer was asked for twice");
}

#[tokio::test]
async fn what_was_lost_at_one_replica_is_read_from_another_and_not_written_twice() {
    let pki = TestPki::new();
    let (proxy, calls) = (Proxy::start().await, Arc::new(AtomicUsize::new(0)));
    let (cutter, count) = (proxy.clone(), calls.clone());
    // Cuts its connections instead of answering.
    let server = built(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        cutter.cut();
        std::future::pending()
    });
    let trust = TokenIssuer::new().trust(&Clock::system());
    let cut = TestServer::start("course", server, &trust, &pki).await;
    proxy.lead_to(cut.address());
    let b = Replica::named(&pki, "b").await;
    let channel = channel(&pki, &[proxy.address, b.server.address()]);
    for _ in 0..10 {
        assert_eq!(call(&channel, READ, "").await.unwrap(), "b");
    }
    let (mut lost, mut done) = (0, 0);
    let (calls_before, b_before) = (calls.load(Ordering::SeqCst), b.calls());
    for _ in 0..20 {
        match call(&channel, WRITE, "").await {
            Ok(_) => done += 1,
            Err(status) => {
                assert_eq!(Fault::from_status(&status).reason(), "service-down");
                lost += 1;
            }
        }
    }
    assert_eq!(lost + done, 20);
    assert_eq!((calls.load(Ordering::SeqCst) - calls_before, b.calls() - b_before), (lost, done));
}

#[tokio::test]
async fn calls_fail_fast_while_no_replica_can_be_reached() {
    let pki = TestPki::new();
    let mut free = Vec::new();
    for _ in 0..3 {
        free.push(TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    }
    let channel = channel(&pki, &free);
    for _ in 0..3 {
        let began = Instant::now();
        let fault = Fault::from_status(&call(&channel, WRITE, "").await.unwrap_err());
        assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "service-down"));
        assert!(fault.retry_after().is_some());
        // Two attempts of 100 ms and a pause of 250 ms at most, with room for a busy machine.
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}
