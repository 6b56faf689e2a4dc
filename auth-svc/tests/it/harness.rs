//! What every test starts from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use auth_svc::Config;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::{Db, Migrations};
use chassis::error::Fault;
use chassis::feed::{FeedConfig, FeedServer, SnapshotRow, SnapshotSource};
use chassis::grpc::{Built, Routes};
use chassis::outbox::{self, Change};
use chassis::testing::{Setup, TestDb, TestEnv, TestPki, TestServer, TokenIssuer, eventually};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use proto::auth::v1::accounts_client::AccountsClient;
use proto::auth::v1::operator_client::OperatorClient;
use proto::auth::v1::sessions_client::SessionsClient;
use proto::auth::v1::{Account, LoginRequest, PutAccountRequest, RefreshRequest, Role, RoleKind, Tokens};
use proto::common::v1::Empty;
use proto::student::v1::{Lecturer, StudentState};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// A password that everybody in these tests has.
pub(crate) const PASSWORD: &str = "sawah-luas-di-tepi-kota";
/// When the clock of a test starts.
pub(crate) const START: &str = "2026-09-01T00:00:00Z";

/// A running auth-svc with its surroundings.
pub(crate) struct TestApp {
    /// Moves when told.
    pub(crate) clock: Clock,
    /// Of auth-svc.
    pub(crate) db: Db,
    /// Certificates of everybody.
    pub(crate) pki: TestPki,
    /// What auth-svc is told; change it and [`TestApp::restart`].
    pub(crate) config: Config,
    /// auth-svc.
    pub(crate) server: TestServer,
    /// Where student-svc's events come from.
    pub(crate) student: StudentFeed,
    /// Removed with the test.
    pub(crate) folder: PathBuf,
}

impl Setup for TestApp {
    async fn setup(env: &TestEnv) -> Self {
        Self::with(env, |_| {}).await
    }
}

impl TestApp {
    /// With settings of its own. Hashes are cheap unless a test makes them dear.
    pub(crate) async fn with(env: &TestEnv, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Clock::manual(START.parse().unwrap());
        let pki = TestPki::new();
        let student = StudentFeed::start(env, &pki, &clock).await;
        let TestDb { db, config: database, .. } = env.database(&auth_svc::MIGRATIONS).await;
        let server = ServerConfig::local(env.folder());
        let mut config = Config::local(server, database, student.server.endpoint());
        config.passwords.memory_kib = 64;
        config.passwords.passes = 1;
        change(&mut config);
        let server = serve(&config, &db, &clock, &pki, &student).await;
        Self { clock, db, pki, config, server, student, folder: env.folder().to_owned() }
    }

    /// Stops auth-svc and starts it again with what `config` says now.
    pub(crate) async fn restart(self) -> Self {
        let Self { clock, db, pki, config, server, student, folder } = self;
        server.stop().await;
        let server = serve(&config, &db, &clock, &pki, &student).await;
        Self { clock, db, pki, config, server, student, folder }
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    pub(crate) fn gateway(&self) -> Channel {
        self.server.channel(&self.pki, "gateway")
    }

    pub(crate) fn sessions(&self) -> SessionsClient<Channel> {
        SessionsClient::new(self.gateway())
    }

    pub(crate) fn sessions_as(&self, tokens: &Tokens) -> SessionsClient<Channel> {
        SessionsClient::new(self.gateway().with_bearer(&tokens.access_token))
    }

    pub(crate) fn accounts_as(&self, tokens: &Tokens) -> AccountsClient<Channel> {
        AccountsClient::new(self.gateway().with_bearer(&tokens.access_token))
    }

    pub(crate) async fn login(&self, user_name: &str, password: &str) -> Result<Tokens, Fault> {
        self.login_from(user_name, password, "").await
    }

    pub(crate) async fn login_from(&self, user_name: &str, password: &str, address: &str) -> Result<Tokens, Fault> {
        let request =
            LoginRequest { user_name: user_name.into(), password: password.into(), client_address: address.into() };
        answer(self.sessions().login(request).await)
    }

    pub(crate) async fn refresh(&self, token: &str) -> Result<Tokens, Fault> {
        answer(self.sessions().refresh(RefreshRequest { refresh_token: token.into() }).await)
    }

    pub(crate) async fn logout(&self, tokens: &Tokens) -> Result<Empty, Fault> {
        answer(self.sessions_as(tokens).logout(Empty {}).await)
    }

    pub(crate) async fn me(&self, tokens: &Tokens) -> Result<Account, Fault> {
        answer(self.accounts_as(tokens).get_me(Empty {}).await)
    }

    pub(crate) async fn put(&self, request: PutAccountRequest) -> Result<Account, Fault> {
        let mut operator = OperatorClient::new(self.server.channel(&self.pki, "siakad"));
        answer(operator.put_account(request).await)
    }

    /// An account made by the operator, with [`PASSWORD`]; one that is there gets it anew.
    pub(crate) async fn account(&self, user_name: &str, roles: &[RoleKind]) -> Account {
        let roles = roles.iter().map(|kind| role(*kind, "")).collect();
        let request = PutAccountRequest {
            user_name: user_name.into(),
            password: PASSWORD.into(),
            roles,
            replace_password: true,
            ..PutAccountRequest::default()
        };
        self.put(request).await.unwrap()
    }

    /// Logs in somebody who was made by [`TestApp::account`].
    pub(crate) async fn session(&self, user_name: &str) -> Tokens {
        self.login(user_name, PASSWORD).await.unwrap()
    }

    /// Everybody's account, as an administrator sees them.
    pub(crate) async fn everybody(&self, admin: &Tokens) -> Vec<Account> {
        let request = proto::auth::v1::ListAccountsRequest::default();
        answer(self.accounts_as(admin).list(request).await).unwrap().accounts
    }

    /// Waits until the account of this user name is as wanted.
    pub(crate) async fn until_account(
        &self,
        admin: &Tokens,
        user_name: &str,
        wanted: impl Fn(&Account) -> bool,
    ) -> Account {
        chassis::testing::eventually_some(user_name, || async {
            self.everybody(admin).await.into_iter().find(|a| a.user_name == user_name).filter(|a| wanted(a))
        })
        .await
    }
}

async fn serve(config: &Config, db: &Db, clock: &Clock, pki: &TestPki, student: &StudentFeed) -> TestServer {
    let channel = student.server.channel(pki, auth_svc::NAME);
    let (built, verifier) = auth_svc::build(config, db.clone(), clock.clone(), channel).await.unwrap();
    TestServer::with(auth_svc::NAME, built, verifier.trust(), pki, config.server.clone()).await
}

pub(crate) fn role(kind: RoleKind, scope: &str) -> Role {
    Role { kind: kind.into(), scope: scope.into() }
}

/// The answer, or the fault that a client reads from the status.
pub(crate) fn answer<T>(response: Result<tonic::Response<T>, Status>) -> Result<T, Fault> {
    response.map(tonic::Response::into_inner).map_err(|status| Fault::from_status(&status))
}

/// The reason of a refusal.
#[track_caller]
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Fault>) -> String {
    answer.unwrap_err().reason().to_owned()
}

/// Field and reason of the one malformed field.
#[track_caller]
pub(crate) fn field<T: std::fmt::Debug>(answer: Result<T, Fault>) -> (String, String) {
    let fault = answer.unwrap_err();
    match fault.fields() {
        [one] => (one.field.clone(), one.reason.to_string()),
        _ => panic!("not one malformed field: {fault:?}"),
    }
}

pub(crate) fn owned(field: &str, reason: &str) -> (String, String) {
    (field.to_owned(), reason.to_owned())
}

/// Header and claims of an access token, not verified.
pub(crate) fn decoded(token: &str) -> (Value, Value) {
    let part = |index| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

pub(crate) fn sid(tokens: &Tokens) -> String {
    decoded(&tokens.access_token).1["sid"].as_str().unwrap().to_owned()
}

pub(crate) fn moment(at: Option<prost_types::Timestamp>) -> Timestamp {
    let at = at.unwrap();
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

/// Puts a table of methods that auth-svc may call.
static STUDENT_POLICY: &[chassis::auth::Method] = &[
    chassis::auth::Method {
        path: "/siakad.feed.v1.Feed/Subscribe",
        callers: &[auth_svc::NAME],
        user: chassis::auth::User::None,
    },
    chassis::auth::Method {
        path: "/siakad.feed.v1.Feed/Snapshot",
        callers: &[auth_svc::NAME],
        user: chassis::auth::User::None,
    },
];

/// Aggregates by kind and id, with version and payload.
type State = Arc<Mutex<BTreeMap<(&'static str, String), (i64, Vec<u8>)>>>;

/// The feed that student-svc serves: the real protocol over a real outbox, with records that the test writes.
pub(crate) struct StudentFeed {
    /// The server.
    pub(crate) server: TestServer,
    db: Db,
    clock: Clock,
    state: State,
    _stop: tokio_util::sync::DropGuard,
}

impl StudentFeed {
    async fn start(env: &TestEnv, pki: &TestPki, clock: &Clock) -> Self {
        const SCHEMA: Migrations = Migrations::new("student", &[]);
        let db = env.database(&SCHEMA).await.db;
        let state = State::default();
        let sources = ["student.student", "student.lecturer"].map(|kind| snapshot(kind, state.clone()));
        let stop = CancellationToken::new();
        let feed = FeedServer::start(db.clone(), sources.into(), FeedConfig::default(), clock.clone(), stop.clone());
        let built = Built::new(Routes::new().add(feed.into_service()), STUDENT_POLICY);
        let server = TestServer::start("student", built, &TokenIssuer::new().trust(clock), pki).await;
        Self { server, db, clock: clock.clone(), state, _stop: stop.drop_guard() }
    }

    /// Writes a student's record.
    pub(crate) async fn student(&self, id: &str, nim: &str, name: &str, exit_kind: &str) {
        let state = StudentState {
            id: id.into(),
            nim: nim.into(),
            name: name.into(),
            exit_kind: exit_kind.into(),
            ..StudentState::default()
        };
        self.write("student.student", id, Some(&state)).await;
    }

    /// Writes a lecturer's record.
    pub(crate) async fn lecturer(&self, id: &str, name: &str, numbers: [&str; 3]) {
        let [nidn, nidk, nuptk] = numbers.map(str::to_owned);
        let lecturer = Lecturer { id: id.into(), name: name.into(), nidn, nidk, nuptk, ..Lecturer::default() };
        self.write("student.lecturer", id, Some(&lecturer)).await;
    }

    /// Deletes a record.
    pub(crate) async fn gone(&self, kind: &'static str, id: &str) {
        self.write(kind, id, None::<&Lecturer>).await;
    }

    /// Changes the records without an event: only a snapshot will tell.
    pub(crate) fn forget(&self, kind: &'static str, id: &str) {
        self.state.lock().unwrap().remove(&(kind, id.to_owned()));
    }

    async fn write(&self, kind: &'static str, id: &str, message: Option<&impl Message>) {
        let mut tx = self.db.begin().await.unwrap();
        let change = {
            let mut state = self.state.lock().unwrap();
            let key = (kind, id.to_owned());
            let version = state.get(&key).map_or(1, |(version, _)| version + 1);
            match message {
                Some(message) => {
                    state.insert(key, (version, message.encode_to_vec()));
                    Change::new(kind, id, version, message)
                }
                None => {
                    state.remove(&key);
                    Change::tombstone(kind, id, version)
                }
            }
        };
        outbox::put(&mut tx, &change, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn snapshot(kind: &'static str, state: State) -> SnapshotSource {
    SnapshotSource::new(kind, move |_, after, limit| {
        let rows = state
            .lock()
            .unwrap()
            .iter()
            .filter(|((of, id), _)| *of == kind && id.as_str() > after)
            .take(usize::try_from(limit).unwrap())
            .map(|((_, id), (version, payload))| SnapshotRow {
                aggregate_id: id.clone(),
                version: *version,
                payload: payload.clone(),
            })
            .collect();
        Box::pin(async move { Ok(rows) })
    })
}

/// Waits until nobody is logged in with these tokens any more.
pub(crate) async fn until_out(app: &TestApp, tokens: &Tokens) {
    eventually("the session is over", || async { app.me(tokens).await.is_err() }).await;
}

/// All of them at once, in order.
pub(crate) async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|task| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(task)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
