//! Behind the pages is a real gateway, with no service behind it: who it knows, whom it slows down, and what the pages
//! make of that.

use api::RoleKind;
use axum::http::StatusCode;
use chassis::auth::Trust;
use chassis::client::{Channel, ClientConfig, connect};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::serve::{Shutdown, bind, http_on};
use chassis::testing::{TestPki, TokenIssuer};
use gateway::{EdgeConfig, Links, Rate};
use jiff::SignedDuration;
use web::Config;

use crate::browser::{Browser, now};

const SILENT: &str = "Layanan akun sedang tidak menjawab.";

/// A gateway that runs until it is dropped.
pub(crate) struct Gateway {
    base: String,
    clock: Clock,
    issuer: TokenIssuer,
    trust: Trust,
    shutdown: Shutdown,
    _pki: TestPki,
}

impl Gateway {
    pub(crate) async fn start(config: EdgeConfig) -> Self {
        let pki = TestPki::new();
        let clock = Clock::manual(now());
        let issuer = TokenIssuer::new();
        let trust = issuer.trust(&clock);
        let shutdown = Shutdown::new();
        let links = Links {
            auth: nobody(&pki, "auth"),
            student: nobody(&pki, "student"),
            course: nobody(&pki, "course"),
            grade: nobody(&pki, "grade"),
        };
        let built = gateway::build(config, clock.clone(), links, trust.clone(), &shutdown);
        let server = ServerConfig::local(pki.dir());
        let listener = bind(server.listen).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let ends = shutdown.clone();
        tokio::spawn(async move {
            http_on(listener, None, &server, built.router, built.readiness, &ends).await.unwrap();
        });
        Self { base, clock, issuer, trust, shutdown, _pki: pki }
    }

    /// A browser whose pages ask this gateway.
    pub(crate) fn browser(&self) -> Browser {
        let data = Browser::new().config.server.data_dir.clone();
        Browser::with(Config::local(&self.base, data))
    }

    /// An access token that this gateway takes.
    pub(crate) fn token(&self) -> String {
        self.issuer.token(self.clock.now()).account("a1").student("s1").sign()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

/// A channel to the discard port of loopback.
fn nobody(pki: &TestPki, name: &str) -> Channel {
    let config = ClientConfig::new("https://127.0.0.1:9".parse().unwrap(), name, &pki.identity("gateway"));
    connect(ClientConfig { fail_fast: std::time::Duration::from_millis(2), ..config }).unwrap()
}

#[tokio::test]
async fn a_token_that_the_gateway_does_not_take_ends_at_the_login_page() {
    let gateway = Gateway::start(EdgeConfig::default()).await;
    let mut browser = gateway.browser().logged_in(&[RoleKind::Student]);
    let before = browser.session().unwrap();
    let first = browser.get("/krs?periode=20261").await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, "/masuk?next=%2Fkrs%3Fperiode%3D20261"));
    let after = browser.session().unwrap();
    assert!(after.user.is_none() && after.id != before.id, "nobody is logged in any more");
    let second = browser.get("/masuk?next=%2Fkrs%3Fperiode%3D20261").await;
    assert_eq!(second.status, StatusCode::OK, "the login page stays, and leads to {:?}", second.location());
    assert!(second.body.contains("type=\"password\""));
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_ends_at_the_login_page() {
    let gateway = Gateway::start(EdgeConfig::default()).await;
    let mut browser = gateway.browser().with_tokens(&[RoleKind::Student], &gateway.token(), "refresh");
    let down = browser.get("/krs?periode=20261").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE, "the token is good, only the services are out");
    gateway.trust.revoke("session-1", gateway.clock.now() + SignedDuration::from_mins(5));
    let first = browser.get("/krs?periode=20261").await;
    assert_eq!(first.location(), "/masuk?next=%2Fkrs%3Fperiode%3D20261");
    assert_eq!(browser.get(first.location()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn while_auth_is_silent_a_token_that_is_too_old_says_so_and_keeps_the_session() {
    let gateway = Gateway::start(EdgeConfig::default()).await;
    let mut browser = gateway.browser().with_tokens(&[RoleKind::Student], &gateway.token(), "refresh");
    let late = SignedDuration::from_mins(45);
    browser.clock.advance(late);
    gateway.clock.advance(late);
    let answer = browser.get("/krs?periode=20261").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert!(answer.body.contains(SILENT));
    assert!(browser.session().unwrap().user.is_some(), "the session goes on when auth is back");
}

#[tokio::test]
async fn too_many_exchanges_from_one_address_hold_up_nobody_else() {
    let one = Rate { per_second: 1, burst: 1 };
    let gateway = Gateway::start(EdgeConfig { rate_login: one, ..EdgeConfig::default() }).await;
    let browser = gateway.browser().with_tokens(&[RoleKind::Student], "access", "first");
    let hasty = browser.cookies.clone();
    let mut browser = browser.with_tokens(&[RoleKind::Student], "access", "second");
    let calm = browser.cookies.clone();
    browser.clock.advance(SignedDuration::from_secs(290));

    // The gateway lets one exchange pass, to an auth-svc that is out; the next from that address is too many.
    let (from, other) = ("203.0.113.1".parse().unwrap(), "203.0.113.2".parse().unwrap());
    let mut tries = 0;
    loop {
        (browser.cookies, browser.address) = (hasty.clone(), Some(from));
        let answer = browser.get("/akun").await;
        assert_eq!(answer.status, StatusCode::OK);
        if !answer.body.contains(SILENT) {
            break;
        }
        tries += 1;
        assert!(tries < 50, "the address is never slowed down: the gateway does not learn it");
        browser.clock.advance(SignedDuration::from_secs(6));
    }
    assert!(tries > 0, "the first exchange from an address passes");
    assert_eq!(browser.session().unwrap().user.unwrap().tokens.refresh_token, "first", "the present tokens stay");

    // Somebody at another address is asked for, at once: auth-svc is still out, which says so.
    (browser.cookies, browser.address) = (calm.clone(), Some(other));
    assert!(browser.get("/akun").await.body.contains(SILENT), "the other address has a place of its own");
}

#[tokio::test]
async fn a_session_that_was_told_to_wait_and_is_not_known_any_more_stays_and_says_so() {
    let one = Rate { per_second: 1, burst: 1 };
    let gateway = Gateway::start(EdgeConfig { rate_login: one, ..EdgeConfig::default() }).await;
    let mut browser = gateway.browser().logged_in(&[RoleKind::Student]);
    browser.clock.advance(SignedDuration::from_secs(290));
    let mut last = browser.get("/krs?periode=20261").await;
    for _ in 0..50 {
        if last.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        browser.clock.advance(SignedDuration::from_secs(6));
        last = browser.get("/krs?periode=20261").await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.body.contains("Terlalu banyak percobaan."));
    assert!(browser.session().unwrap().user.is_some());
}
