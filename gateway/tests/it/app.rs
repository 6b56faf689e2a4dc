//! A gateway on a free port, in front of nothing.

use std::net::TcpListener;
use std::time::Duration;

use chassis::auth::Trust;
use chassis::client::{Channel, ClientConfig, connect};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::serve::{Shutdown, bind, http_on};
use chassis::testing::{TestPki, TokenIssuer};
use gateway::{EdgeConfig, Links, Rate};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};

/// A gateway that runs until it is dropped.
pub(crate) struct App {
    pub(crate) base: String,
    pub(crate) issuer: TokenIssuer,
    pub(crate) trust: Trust,
    pub(crate) clock: Clock,
    pub(crate) shutdown: Shutdown,
    http: reqwest::Client,
    _pki: TestPki,
    _server: tokio::task::JoinHandle<()>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Limits that no test meets by accident.
pub(crate) fn roomy() -> EdgeConfig {
    let rate = Rate { per_second: 100_000, burst: 100_000 };
    EdgeConfig {
        rate_account: rate,
        rate_address: rate,
        rate_login: rate,
        rate_refresh: rate,
        rate_refresh_address: rate,
        ..EdgeConfig::default()
    }
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(roomy()).await
    }

    pub(crate) async fn with(config: EdgeConfig) -> Self {
        let pki = TestPki::new();
        let course = nobody(&pki, "course");
        Self::before(config, pki, course).await
    }

    /// A gateway whose course-svc takes connections at this listener and never says a word.
    pub(crate) async fn with_mute_course(config: EdgeConfig, listener: &tokio::net::TcpListener) -> Self {
        let pki = TestPki::new();
        let endpoint = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let mute = ClientConfig::new(endpoint, "course", &pki.identity("gateway"));
        let course = connect(ClientConfig { connect_timeout: Duration::from_secs(60), ..mute }).unwrap();
        Self::before(config, pki, course).await
    }

    async fn before(config: EdgeConfig, pki: TestPki, course: Channel) -> Self {
        let clock = Clock::manual("2026-09-01T00:00:00Z".parse::<Timestamp>().unwrap());
        let issuer = TokenIssuer::new();
        let trust = issuer.trust(&clock);
        let shutdown = Shutdown::new();
        let links = Links {
            auth: nobody(&pki, "auth"),
            student: nobody(&pki, "student"),
            course,
            grade: nobody(&pki, "grade"),
        };
        let built = gateway::build(config, clock.clone(), links, trust.clone(), &shutdown);
        let mut server = ServerConfig::local(pki.dir());
        // Goes on answering for a while after its end was asked for, as behind a load balancer.
        server.drain.linger = Duration::from_secs(10);
        let listener = bind(server.listen).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let ends = shutdown.clone();
        let server = tokio::spawn(async move {
            http_on(listener, None, &server, built.router, built.readiness, &ends).await.unwrap();
        });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { base, issuer, trust, clock, shutdown, http, _pki: pki, _server: server }
    }

    /// A token of an account with every role.
    pub(crate) fn token(&self) -> String {
        self.token_of("account-1")
    }

    pub(crate) fn token_of(&self, account: &str) -> String {
        let token = self.issuer.token(self.clock.now()).account(account);
        token.student("student-1").lecturer("lecturer-1").registrar().system_admin().sign()
    }

    pub(crate) fn client(&self) -> api::Client {
        api::Client::new(&self.base).unwrap().token(&self.token())
    }

    /// A request without a token.
    pub(crate) fn open(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A request with a token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.open(method, path).bearer_auth(self.token())
    }

    /// An answer to `GET path` with a token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The problem document, which every refusal must be.
    #[track_caller]
    pub(crate) fn problem(&self) -> api::Problem {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: api::Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.kind, format!("/problems/{}", problem.reason));
        assert_eq!(problem.trace_id.as_deref(), Some(self.header("x-request-id")));
        assert_eq!(self.header("cache-control"), "no-store");
        problem
    }

    /// Status and reason of a refusal.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.problem().reason)
    }
}

/// A channel to a port on which nobody listens.
fn nobody(pki: &TestPki, name: &str) -> Channel {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("https://127.0.0.1:{port}").parse().unwrap();
    let config = ClientConfig::new(endpoint, name, &pki.identity("gateway"));
    // Thousands of calls are refused in these tests: none of them has to wait for a service that never comes.
    connect(ClientConfig { fail_fast: Duration::from_millis(2), ..config }).unwrap()
}
