//! Who may call what.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chassis::auth::{Caller, Method, Peer, User, methods_of, unlisted};
use chassis::clock::Clock;
use chassis::error::{Fault, Kind};
use chassis::grpc::Built;
use chassis::reasons;
use chassis::telemetry::Context;
use chassis::testing::{TestPki, TestServer, TokenIssuer};
use tonic::{Code, Status};

use crate::support::{self, GRACEFUL, OTHER, READ, STRICT, WRITE, call, echo};

fn reason(status: &Status) -> (Code, String) {
    (status.code(), Fault::from_status(status).reason().to_owned())
}

struct House {
    pki: TestPki,
    issuer: TokenIssuer,
    clock: Clock,
    server: TestServer,
}

impl House {
    async fn with(built: Built) -> Self {
        let (pki, issuer, clock) =
            (TestPki::new(), TokenIssuer::new(), Clock::manual("2026-09-01T00:00:00Z".parse().unwrap()));
        let server = TestServer::start("course", built, &issuer.trust(&clock), &pki).await;
        Self { pki, issuer, clock, server }
    }

    async fn call(&self, peer: &str, path: &'static str) -> Result<String, Status> {
        call(&self.server.channel(&self.pki, peer), path, "hello").await
    }
}

#[tokio::test]
async fn only_listed_services_may_call_a_method() {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = reached.clone();
    let house = House::with(support::built(move |request| {
        count.fetch_add(1, Ordering::SeqCst);
        async move { Ok(request.into_inner().json) }
    }))
    .await;
    assert_eq!(house.call("gateway", READ).await.unwrap(), "hello");
    assert_eq!(house.call("course", READ).await.unwrap(), "hello");
    assert_eq!(reached.load(Ordering::SeqCst), 2);
    for (peer, path) in [("web", READ), ("siakad", READ), ("course", WRITE), ("gateway", OTHER)] {
        let status = house.call(peer, path).await.unwrap_err();
        assert_eq!(reason(&status), (Code::PermissionDenied, "peer-refused".into()), "{peer} {path}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 2, "the service saw none of them");
}

#[tokio::test]
async fn what_is_on_no_list_is_refused() {
    let house = House::with(echo()).await;
    // A method that the service has and the list has not; one that nobody has; a path that is none.
    for path in ["/siakad.course.v1.Krs/ListChoices", "/siakad.course.v1.Krs/Nothing", "/nothing", "/"] {
        let status = house.call("gateway", path).await.unwrap_err();
        assert_eq!(reason(&status), (Code::PermissionDenied, reasons::PEER_REFUSED.into()), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_needs_a_user_needs_a_token() {
    let house = House::with(support::built(|request| async move {
        let (caller, peer) = (Caller::of(&request)?, Peer::of(&request)?);
        let within = Context::with(|c| c.caller.clone()).flatten().map(|c| c.account_id.clone());
        Ok(format!("{} {} {} {:?}", peer.name(), caller.account_id, caller.stale, within))
    }))
    .await;
    let channel = house.server.channel(&house.pki, "gateway");
    for path in [STRICT, GRACEFUL] {
        let status = call(&channel, path, "").await.unwrap_err();
        assert_eq!(reason(&status), (Code::Unauthenticated, "token-missing".into()));
        let status = call(&channel.with_bearer("no.token.atall"), path, "").await.unwrap_err();
        assert_eq!(reason(&status), (Code::Unauthenticated, "token-invalid".into()));
    }
    let token = house.issuer.token(house.clock.now()).account("a-7").sign();
    let user = channel.with_bearer(&token);
    for path in [STRICT, GRACEFUL] {
        assert_eq!(call(&user, path, "").await.unwrap(), "gateway a-7 false Some(\"a-7\")");
    }
    // A method without a user does not look at the token, and has no caller.
    let status = call(&user, READ, "").await.unwrap_err();
    assert_eq!(reason(&status), (Code::Unauthenticated, reasons::TOKEN_MISSING.into()));
}

#[tokio::test]
async fn an_expired_token_passes_only_lenient_methods_and_only_while_auth_is_silent() {
    let house = House::with(support::built(|request| async move { Ok(Caller::of(&request)?.stale.to_string()) })).await;
    let token = house.issuer.token(house.clock.now()).sign();
    let user = house.server.channel(&house.pki, "gateway").with_bearer(&token);
    assert_eq!(call(&user, GRACEFUL, "").await.unwrap(), "false");
    // Nothing tells this trust that auth-svc was heard, so ten minutes later it is silent.
    house.clock.advance(jiff::SignedDuration::from_mins(10));
    assert_eq!(call(&user, GRACEFUL, "").await.unwrap(), "true");
    assert_eq!(reason(&call(&user, STRICT, "").await.unwrap_err()).1, "token-expired");
    house.clock.advance(jiff::SignedDuration::from_mins(30));
    assert_eq!(reason(&call(&user, GRACEFUL, "").await.unwrap_err()).1, "token-expired");
}

#[tokio::test]
async fn a_client_without_a_certificate_or_with_a_foreign_one_is_refused() {
    let house = House::with(echo()).await;
    let foreign = TestPki::new();
    // Its own authority signed it, and it takes ours for good: only the server can refuse it.
    let dir = foreign.dir();
    std::fs::copy(house.pki.dir().join("ca.pem"), dir.join("ca.pem")).unwrap();
    let channel = house.server.channel_as(&chassis::pki::Identity::load(dir, "gateway").unwrap());
    let fault = Fault::from_status(&call(&channel, READ, "").await.unwrap_err());
    assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "service-down"));

    // Without any certificate, by hand.
    let config = rustls::ClientConfig::builder().with_root_certificates(roots(&house.pki)).with_no_client_auth();
    let error = h2_request(&house.server, config).await.unwrap_err();
    assert!(error.contains("CertificateRequired"), "{error}");
    // The same hand, with a certificate of the house, is heard.
    let config = (*house.pki.identity("gateway").client_config()).clone();
    h2_request(&house.server, config).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_the_house_without_a_service_name_is_nobody() {
    let house = House::with(echo()).await;
    let mut authority = rcgen::CertificateParams::default();
    authority.distinguished_name = rcgen::DistinguishedName::new();
    authority.distinguished_name.push(rcgen::DnType::CommonName, "SIAKAD local authority");
    let ca_key = std::fs::read_to_string(house.pki.dir().join("ca.key")).unwrap();
    let issuer = rcgen::Issuer::new(authority, rcgen::KeyPair::from_pem(&ca_key).unwrap());
    let key = rcgen::KeyPair::generate().unwrap();
    let mut leaf = rcgen::CertificateParams::new(["gateway".to_owned()]).unwrap();
    leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots(&house.pki))
        .with_client_auth_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let response = h2_request(&house.server, config).await.unwrap();
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(reason(&status), (Code::PermissionDenied, "peer-unknown".into()));
}

#[tokio::test]
async fn a_server_with_a_foreign_certificate_or_another_name_is_not_talked_to() {
    let house = House::with(echo()).await;
    let stranger = TestPki::new();
    let channel = house.server.channel(&stranger, "gateway");
    assert_eq!(call(&channel, READ, "").await.unwrap_err().code(), Code::Unavailable);
    // A server of the house under another name than the one that is called.
    let config = chassis::client::ClientConfig::new(house.server.endpoint(), "student", &house.pki.identity("gateway"));
    let channel = chassis::client::connect(config).unwrap();
    assert_eq!(call(&channel, READ, "").await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_and_nothing_more() {
    let house = House::with(support::built(|request| async move {
        assert_ne!(request.into_inner().json, "boom", "secret");
        Ok("fine".into())
    }))
    .await;
    let channel = house.server.channel(&house.pki, "gateway");
    let status = call(&channel, READ, "boom").await.unwrap_err();
    assert_eq!(reason(&status), (Code::Internal, reasons::INTERNAL.into()));
    assert!(!status.message().contains("secret"));
    assert_eq!(call(&channel, READ, "").await.unwrap(), "fine");
}

#[tokio::test]
async fn the_request_id_is_kept_and_echoed_if_it_is_well_formed() {
    let house = House::with(support::built(|_| async { Ok(Context::current().unwrap().request_id.to_string()) })).await;
    let channel = house.server.channel(&house.pki, "gateway");
    for (given, kept) in
        [("client-chosen_1.2", true), ("short", false), ("has space in it", false), (&"x".repeat(65), false)]
    {
        let mut request = support::request("");
        request.metadata_mut().insert("x-request-id", given.parse().unwrap());
        let response = support::send(&channel, READ, request).await.unwrap();
        let echoed = response.metadata().get("x-request-id").unwrap().to_str().unwrap().to_owned();
        assert_eq!(echoed, response.into_inner().json);
        assert_eq!(echoed == given, kept, "{given:?} became {echoed:?}");
    }
}

#[test]
fn a_table_is_compared_with_the_contract() {
    assert_eq!(methods_of("siakad.common.v1.Trust"), ["/siakad.common.v1.Trust/GetJwks"]);
    assert_eq!(methods_of("siakad.common.v1.Nothing"), [""; 0]);
    let jwks = Method { path: READ, callers: &["gateway"], user: User::None };
    assert_eq!(unlisted(&[jwks], &["siakad.common.v1.Trust"]), [""; 0]);
    let wrong = unlisted(
        &[jwks, jwks, Method { path: "/x/Y", callers: &[], user: User::None }],
        &["siakad.common.v1.Trust", "siakad.feed.v1.Feed", "siakad.Nothing"],
    );
    for part in [
        "siakad.Nothing: no such service",
        "GetJwks: is listed more than once",
        "Feed/Subscribe: is not listed",
        "/x/Y: no such method",
        "/x/Y: nobody may call it",
    ] {
        assert!(wrong.iter().any(|line| line.contains(part)), "{part} in {wrong:?}");
    }
}

fn roots(pki: &TestPki) -> rustls::RootCertStore {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(pki.dir().join("ca.pem")).unwrap()).unwrap();
    roots
}

/// One HTTP/2 request over TLS, without our client.
async fn h2_request(
    server: &TestServer,
    mut config: rustls::ClientConfig,
) -> Result<http::Response<hyper::body::Incoming>, String> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = tokio::net::TcpStream::connect(server.address()).await.map_err(|e| e.to_string())?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect("course".try_into().unwrap(), stream).await.map_err(|e| e.to_string())?;
    let io = hyper_util::rt::TokioIo::new(stream);
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, io).await.map_err(|e| format!("{e:?}"))?;
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!("https://course{READ}"))
        .body(http_body_util::Empty::<bytes::Bytes>::new())
        .unwrap();
    match sender.send_request(request).await {
        Ok(response) => Ok(response),
        Err(_) => Err(format!("{:?}", connection.await.unwrap().unwrap_err())),
    }
}
