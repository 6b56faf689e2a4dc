//! Learning from auth-svc: keys over gRPC and on disk, ended sessions by its feed, and its silence.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::auth::{Method, Trust, TrustConfig, User, Verifier};
use chassis::client::{Channel, ClientConfig, connect};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::{Db, Engine};
use chassis::feed::{FeedConfig, FeedServer, SnapshotRow, SnapshotSource};
use chassis::grpc::{Built, Routes};
use chassis::outbox::{self, Change};
use chassis::testing::{TestDb, TestPki, TestServer, TokenIssuer, eventually, run};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use proto::common::v1::trust_server::{Trust as TrustService, TrustServer};
use proto::common::v1::{Empty, Jwks, SessionRevoked};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// What auth-svc gives: its keys, and how often it was asked.
#[derive(Clone, Default)]
struct Keys {
    json: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl TrustService for Keys {
    async fn get_jwks(&self, _: Request<Empty>) -> Result<Response<Jwks>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(Jwks { json: self.json.lock().unwrap().clone() }))
    }
}

static POLICY: &[Method] = &[
    Method { path: "/siakad.common.v1.Trust/GetJwks", callers: &["course"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: &["course"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: &["course"], user: User::None },
];

fn start() -> Timestamp {
    "2026-09-01T00:00:00Z".parse().unwrap()
}

/// The issuer's side, and a verifier on the other.
struct House {
    pki: TestPki,
    issuer: TokenIssuer,
    keys: Keys,
    clock: Clock,
    auth: std::net::SocketAddr,
    /// What a snapshot of auth-svc's feed says.
    ended: Arc<Mutex<Vec<SnapshotRow>>>,
}

impl House {
    async fn new() -> Self {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (issuer, keys) = (TokenIssuer::new(), Keys::default());
        *keys.json.lock().unwrap() = issuer.jwks();
        Self { pki: TestPki::new(), issuer, keys, clock: Clock::manual(start()), auth: free, ended: Arc::default() }
    }

    /// Starts auth-svc at its address; with a database it has a feed.
    async fn auth(&self, db: Option<&Db>) -> TestServer {
        let mut routes = Routes::new().add(TrustServer::new(self.keys.clone()));
        if let Some(db) = db {
            let ended = self.ended.clone();
            let all = SnapshotSource::new("auth.session_revoked", move |_, after, _| {
                let rows = if after.is_empty() { ended.lock().unwrap().clone() } else { Vec::new() };
                Box::pin(async { Ok(rows) })
            });
            let config = FeedConfig { heartbeat: Duration::from_millis(50), ..FeedConfig::default() };
            let feed = FeedServer::start(db.clone(), vec![all], config, self.clock.clone(), CancellationToken::new());
            routes = routes.add(feed.into_service());
        }
        let config = ServerConfig { listen: self.auth, ..ServerConfig::local(self.pki.dir()) };
        let own = self.issuer.trust(&self.clock);
        TestServer::with("auth", Built::new(routes, POLICY), &own, &self.pki, config).await
    }

    fn channel(&self) -> Channel {
        let endpoint = format!("https://{}", self.auth).parse().unwrap();
        connect(ClientConfig::new(endpoint, "auth", &self.pki.identity("course"))).unwrap()
    }

    fn trust(&self) -> Trust {
        let config = TrustConfig { service: "course", data_dir: self.pki.dir().join("data") };
        Trust::start(config, self.channel(), self.clock.clone())
    }

    /// Ends a session as auth-svc does: state and event in one transaction.
    async fn end(&self, db: &Db, sid: &str) {
        let until = start().checked_add(SignedDuration::from_mins(5)).unwrap();
        let until = prost_types::Timestamp { seconds: until.as_second(), nanos: 0 };
        let ended = SessionRevoked { sid: sid.into(), until: Some(until) };
        let row = SnapshotRow { aggregate_id: sid.into(), version: 1, payload: ended.encode_to_vec() };
        let mut tx = db.begin().await.unwrap();
        outbox::put(&mut tx, &Change::new("auth.session_revoked", sid, 1, &ended), start()).await.unwrap();
        self.ended.lock().unwrap().push(row);
        tx.commit().await.unwrap();
    }

    async fn verify(&self, verifier: &Verifier, token: &str) -> Result<(), String> {
        verifier.verify(token, User::Required).await.map(drop).map_err(|fault| fault.reason().to_owned())
    }
}

#[tokio::test]
async fn keys_come_from_auth_and_stay_on_disk() {
    let house = House::new().await;
    let token = house.issuer.token(start()).sign();
    let trust = house.trust();
    assert!(!trust.has_keys(), "auth-svc has never been there");
    let verifier = Verifier::new(trust.clone());
    assert_eq!(house.verify(&verifier, &token).await, Err("token-invalid".into()));
    let auth = house.auth(None).await;
    eventually("the keys are there", || async { trust.has_keys() }).await;
    house.verify(&verifier, &token).await.unwrap();
    auth.kill().await;
    drop((trust, verifier));
    // Another start without auth-svc.
    let verifier = Verifier::new(house.trust());
    house.verify(&verifier, &token).await.unwrap();
}

#[tokio::test]
async fn a_key_set_that_is_of_no_use_leaves_the_last_good_one() {
    let house = House::new().await;
    let _auth = house.auth(None).await;
    let verifier = Verifier::new(house.trust());
    eventually("the keys are there", || async { verifier.trust().has_keys() }).await;
    *house.keys.json.lock().unwrap() = "{\"keys\": []}".into();
    let asked = house.keys.asked.load(Ordering::SeqCst);
    let unknown = TokenIssuer::new().token(start()).sign();
    assert_eq!(house.verify(&verifier, &unknown).await, Err("token-invalid".into()));
    assert_eq!(house.keys.asked.load(Ordering::SeqCst), asked + 1, "it was asked, and answered nonsense");
    house.verify(&verifier, &house.issuer.token(start()).sign()).await.unwrap();
    drop(verifier);
    let again = Verifier::new(house.trust());
    house.verify(&again, &house.issuer.token(start()).sign()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_every_thirty_seconds() {
    let house = House::new().await;
    let _auth = house.auth(None).await;
    let verifier = Verifier::new(house.trust());
    eventually("the keys are there", || async { verifier.trust().has_keys() }).await;
    let before = house.keys.asked.load(Ordering::SeqCst);
    for _ in 0..20 {
        let forged = TokenIssuer::new().token(start()).sign();
        assert_eq!(house.verify(&verifier, &forged).await, Err("token-invalid".into()));
    }
    assert_eq!(house.keys.asked.load(Ordering::SeqCst), before + 1);
    // The next key comes into use: not looked for yet, then found.
    let next = TokenIssuer::new();
    *house.keys.json.lock().unwrap() = next.jwks();
    let token = next.token(start()).sign();
    assert_eq!(house.verify(&verifier, &token).await, Err("token-invalid".into()));
    house.clock.advance(SignedDuration::from_secs(30));
    house.verify(&verifier, &token).await.unwrap();
    assert_eq!(house.keys.asked.load(Ordering::SeqCst), before + 2);
}

#[test]
fn an_ended_session_is_known_everywhere_within_moments_and_silence_is_noticed() {
    run(Engine::Sqlite, "ended_session", |TestDb { db, .. }: TestDb| async move {
        let house = House::new().await;
        let auth = house.auth(Some(&db)).await;
        let token = |sid| house.issuer.token(start()).session(sid).sign();
        house.end(&db, "s-0").await;
        let verifier = Verifier::new(house.trust());
        let ended = |sid| {
            let (house, verifier, token) = (&house, &verifier, token(sid));
            async move { house.verify(verifier, &token).await == Err("session-revoked".into()) }
        };
        eventually("a session that ended before is known by the snapshot", || ended("s-0")).await;
        house.verify(&verifier, &token("s-1")).await.unwrap();
        house.end(&db, "s-1").await;
        eventually("a session that ends now is known by its event", || ended("s-1")).await;
        let other = house.issuer.token(start()).session("s-2").sign();
        house.verify(&verifier, &other).await.unwrap();

        // Heartbeats alone keep auth-svc from counting as silent.
        house.clock.advance(SignedDuration::from_secs(60));
        eventually("auth-svc is heard", || async { !verifier.trust().is_silent() }).await;
        auth.kill().await;
        house.clock.advance(SignedDuration::from_mins(10));
        eventually("auth-svc is missed", || async { verifier.trust().is_silent() }).await;
        let caller = verifier.verify(&other, User::Graceful).await.unwrap();
        assert!(caller.stale);
        assert_eq!(house.verify(&verifier, &other).await, Err("token-expired".into()));

        // It comes back, and the grace is over.
        let _auth = house.auth(Some(&db)).await;
        eventually("auth-svc is heard again", || async { !verifier.trust().is_silent() }).await;
        let fault = verifier.verify(&other, User::Graceful).await.unwrap_err();
        assert_eq!(fault.reason(), "token-expired");
        // What was ended stays ended.
        assert!(verifier.trust().is_revoked("s-0") && verifier.trust().is_revoked("s-1"));
    });
}

#[test]
fn what_was_ended_stays_ended_after_a_restart_without_auth() {
    run(Engine::Sqlite, "ended_restart", |TestDb { db, .. }: TestDb| async move {
        let house = House::new().await;
        let auth = house.auth(Some(&db)).await;
        let token = |sid| house.issuer.token(start()).session(sid).sign();
        house.end(&db, "s-0").await;
        let trust = house.trust();
        eventually("the keys and the snapshot are there", || async { trust.has_keys() && trust.is_revoked("s-0") })
            .await;
        house.end(&db, "s-1").await;
        let file = house.pki.dir().join("data/trust/course.revoked.json");
        eventually("both are on disk", || async {
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            kept.contains("s-0") && kept.contains("s-1")
        })
        .await;
        auth.kill().await;
        drop(trust);

        // Another start, with auth-svc down, in the grace.
        house.clock.advance(SignedDuration::from_mins(10));
        let verifier = Verifier::new(house.trust());
        house.clock.advance(SignedDuration::from_mins(1));
        assert!(verifier.trust().is_silent());
        for ended in ["s-0", "s-1"] {
            let fault = verifier.verify(&token(ended), User::Graceful).await.unwrap_err();
            assert_eq!(fault.reason(), "session-revoked", "{ended}");
        }
        assert!(verifier.verify(&token("s-2"), User::Graceful).await.unwrap().stale);
        drop(verifier);

        // Once no token of theirs can be valid any more, nobody remembers them.
        house.clock.advance(SignedDuration::from_hours(1));
        let trust = house.trust();
        assert!(!trust.is_revoked("s-0") && !trust.is_revoked("s-1"));
    });
}
