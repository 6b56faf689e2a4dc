//! Deadlines travel, shrink, and end what takes too long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::clock::Clock;
use chassis::error::{Fault, Kind};
use chassis::telemetry::Context;
use chassis::testing::{TestPki, TestServer, TokenIssuer, eventually};
use chassis::{deadline, grpc};
use tokio::time::Instant;
use tonic::Code;

use crate::support::{READ, WRITE, built, call, request, send};

#[tokio::test]
async fn a_deadline_holds_over_two_hops_and_shrinks_on_the_way() {
    let (pki, issuer, clock) = (TestPki::new(), TokenIssuer::new(), Clock::system());
    let seen: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let (front_seen, back_seen) = (seen.clone(), seen.clone());
    let back = built(move |_| {
        back_seen.lock().unwrap().push(deadline::remaining().unwrap());
        std::future::pending()
    });
    let back = TestServer::start("auth", back, &issuer.trust(&clock), &pki).await;
    let to_back = back.channel(&pki, "course");
    let front = built(move |_| {
        front_seen.lock().unwrap().push(deadline::remaining().unwrap());
        let to_back = to_back.clone();
        async move {
            let status = call(&to_back, READ, "").await.unwrap_err();
            // The back hop gives up before our own deadline, so that this can still be told.
            assert!(!deadline::remaining().unwrap().is_zero());
            Err(status)
        }
    });
    let front = TestServer::start("course", front, &issuer.trust(&clock), &pki).await;
    let channel = front.channel(&pki, "gateway");
    let began = Instant::now();
    let mut request = request("");
    request.set_timeout(Duration::from_millis(800));
    let status = send(&channel, READ, request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(Fault::from_status(&status).kind(), Kind::TooSlow);
    assert!(began.elapsed() < Duration::from_millis(1800), "no hang beyond the deadline: {:?}", began.elapsed());
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2, "no second attempt for what was too slow");
    assert!(seen[0] <= Duration::from_millis(800) && seen[1] + deadline::HOP <= seen[0], "{seen:?}");
}

#[tokio::test]
async fn the_server_answers_itself_when_the_deadline_passes() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let server =
        TestServer::start("course", built(|_| std::future::pending()), &issuer.trust(&Clock::system()), &pki).await;
    // By hand, because our client would give up at the same moment.
    let tls = tokio_rustls::TlsConnector::from(pki.identity("gateway").client_config());
    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let stream = tls.connect("course".try_into().unwrap(), stream).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let message = bytes::Bytes::from_static(&[0, 0, 0, 0, 0]);
    let request = http::Request::post(format!("https://course{READ}"))
        .header("content-type", "application/grpc")
        .header("grpc-timeout", "100m")
        .body(http_body_util::Full::new(message))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    // 4 is DEADLINE_EXCEEDED; tonic alone would have said 1, CANCELLED.
    assert_eq!(response.headers().get("grpc-status").unwrap(), "4");
}

#[tokio::test]
async fn a_call_with_no_time_left_is_not_made() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let server =
        TestServer::start("course", built(|_| async { Ok("called".into()) }), &issuer.trust(&Clock::system()), &pki)
            .await;
    let channel = server.channel(&pki, "gateway");
    let context = Context::default().due(Instant::now() + deadline::HOP / 2);
    let status = context.scope(call(&channel, READ, "")).await.unwrap_err();
    assert_eq!(Fault::from_status(&status).reason(), "too-slow");
    assert_eq!(call(&channel, READ, "").await.unwrap(), "called");
}

#[tokio::test]
async fn a_call_passes_on_what_its_request_brought() {
    let (pki, issuer, clock) = (TestPki::new(), TokenIssuer::new(), Clock::system());
    let back = built(|request| async move {
        let text = |name: &str| request.metadata().get(name).map(|v| v.to_str().unwrap().to_owned());
        let trace = Context::current().unwrap().trace.trace_id();
        Ok(format!("{:?} {trace} {:?} {:?}", text("x-request-id"), text("authorization"), text("idempotency-key")))
    });
    let back = TestServer::start("auth", back, &issuer.trust(&clock), &pki).await;
    let to_back = back.channel(&pki, "course");
    let front = built(move |_| {
        let to_back = to_back.clone();
        async move { call(&to_back, READ, "").await }
    });
    let front = TestServer::start("course", front, &issuer.trust(&clock), &pki).await;
    let channel = front.channel(&pki, "gateway").with_bearer("a.b.c");
    let mut request = request("");
    request.metadata_mut().insert("x-request-id", "request-0001".parse().unwrap());
    request.metadata_mut().insert("idempotency-key", "key-1".parse().unwrap());
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    let got = send(&channel, READ, request).await.unwrap().into_inner().json;
    // Reading needs no idempotency key, so that one is not passed on.
    assert_eq!(got, format!("Some(\"request-0001\") {trace} Some(\"Bearer a.b.c\") None"));
}

#[tokio::test]
async fn a_detached_command_outlives_its_client_and_keeps_its_context() {
    let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
    let (go, gone) = (Arc::new(tokio::sync::Notify::new()), Arc::new(Mutex::new(None)));
    let (entered, mut has_entered) = tokio::sync::mpsc::unbounded_channel();
    let (wait, done) = (go.clone(), gone.clone());
    let built = built(move |_| {
        let (wait, done, entered) = (wait.clone(), done.clone(), entered.clone());
        async move {
            grpc::detached::<_, tonic::Status>(async move {
                entered.send(()).unwrap();
                wait.notified().await;
                *done.lock().unwrap() = Context::current().map(|c| (c.request_id.to_string(), c.deadline.is_some()));
                Ok("done".into())
            })
            .await
        }
    });
    let server = TestServer::start("course", built, &issuer.trust(&Clock::system()), &pki).await;
    let channel = server.channel(&pki, "gateway");
    let call = tokio::spawn(async move {
        let mut request = request("");
        request.metadata_mut().insert("x-request-id", "request-0002".parse().unwrap());
        send(&channel, WRITE, request).await
    });
    has_entered.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    go.notify_one();
    eventually("the command is done", || async { gone.lock().unwrap().is_some() }).await;
    assert_eq!(*gone.lock().unwrap(), Some(("request-0002".to_owned(), true)));
}
