//! The server under test, its callers, and a small campus.

use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::{Db, Row};
use chassis::error::Fault;
use chassis::testing::{Setup, TestDb, TestEnv, TestPki, TestServer, TokenBuilder, TokenIssuer};
use jiff::Timestamp;
use proto::feed::v1::feed_client::FeedClient;
use proto::student::v1 as pb;
use proto::student::v1::structure_client::StructureClient;
use proto::student::v1::student_import_client::StudentImportClient;
use proto::student::v1::students_client::StudentsClient;
use student_svc::Config;
use tonic::{Request, Status};

use crate::rows;

/// The server, and everything to call it with. The clock stands still.
pub(crate) struct App {
    pub(crate) clock: Clock,
    pub(crate) test: TestDb,
    pub(crate) config: Config,
    pub(crate) server: TestServer,
    gateway: Channel,
    issuer: TokenIssuer,
    pki: TestPki,
}

impl Setup for App {
    async fn setup(env: &TestEnv) -> Self {
        let test = env.database(&student_svc::MIGRATIONS).await;
        let clock = Clock::manual("2026-09-01T02:00:00Z".parse().unwrap());
        let server = ServerConfig::local(env.folder());
        let config = Config::local(server, test.config.clone(), "https://127.0.0.1:1".parse().unwrap());
        let (pki, issuer) = (TestPki::new(), TokenIssuer::new());
        let server = start(&config, &test.db, &clock, &issuer, &pki).await;
        let gateway = server.channel(&pki, "gateway");
        Self { clock, test, config, server, gateway, issuer, pki }
    }
}

async fn start(config: &Config, db: &Db, clock: &Clock, issuer: &TokenIssuer, pki: &TestPki) -> TestServer {
    let built = student_svc::build(config, db.clone(), clock.clone()).await.unwrap();
    TestServer::start("student", built, &issuer.trust(clock), pki).await
}

/// Somebody who is logged in.
#[derive(Clone)]
pub(crate) struct User(String);

impl App {
    /// The same service with another configuration.
    pub(crate) async fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.server = start(&self.config, &self.test.db, &self.clock, &self.issuer, &self.pki).await;
        self.gateway = self.server.channel(&self.pki, "gateway");
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn student(&self, id: &str) -> User {
        User(self.issuer.token(self.now()).account("acc-student").student(id).sign())
    }

    pub(crate) fn lecturer(&self, id: &str) -> User {
        User(self.issuer.token(self.now()).account("acc-lecturer").lecturer(id).sign())
    }

    pub(crate) fn admin(&self, programme_id: &str) -> User {
        User(self.issuer.token(self.now()).account("acc-admin").programme_admin(programme_id).sign())
    }

    pub(crate) fn registrar(&self) -> User {
        User(self.issuer.token(self.now()).account("acc-registrar").registrar().sign())
    }

    pub(crate) fn system_admin(&self) -> User {
        User(self.issuer.token(self.now()).account("acc-system").system_admin().sign())
    }

    pub(crate) fn nobody(&self) -> User {
        User(self.issuer.token(self.now()).account("acc-nobody").sign())
    }

    /// An account of the test's making.
    pub(crate) fn token(&self, make: impl FnOnce(TokenBuilder<'_>) -> TokenBuilder<'_>) -> User {
        User(make(self.issuer.token(self.now())).sign())
    }

    pub(crate) fn students(&self, user: &User) -> StudentsClient<Channel> {
        StudentsClient::new(self.gateway.with_bearer(&user.0))
    }

    pub(crate) fn structure(&self, user: &User) -> StructureClient<Channel> {
        StructureClient::new(self.gateway.with_bearer(&user.0))
    }

    /// A call of the gateway without any user.
    pub(crate) fn anonymous(&self) -> Channel {
        self.gateway.clone()
    }

    pub(crate) fn importer(&self, peer: &str) -> StudentImportClient<Channel> {
        StudentImportClient::new(self.server.channel(&self.pki, peer))
    }

    pub(crate) fn channel(&self, peer: &str) -> Channel {
        self.server.channel(&self.pki, peer)
    }

    /// A call of another service that passes a user's token on.
    pub(crate) fn channel_of(&self, peer: &str, user: &User) -> Channel {
        self.channel(peer).with_bearer(&user.0)
    }

    pub(crate) fn feed(&self) -> FeedClient<Channel> {
        FeedClient::new(self.channel("course"))
    }

    /// One row straight from the database.
    pub(crate) async fn row<R: Row>(&self, query: chassis::db::Query) -> R {
        query.one(&self.test.db).await.unwrap()
    }

    /// Imports the small campus and tells its ids.
    pub(crate) async fn campus(&self) -> Campus {
        let applied = self.import(rows::campus()).await.applied.expect("the small campus is good");
        assert_eq!(applied.changed, 0);
        let registrar = self.registrar();
        let mut structure = self.structure(&registrar);
        let programmes =
            structure.list_programmes(pb::ListProgrammesRequest::default()).await.unwrap().into_inner().programmes;
        let lecturers =
            structure.list_lecturers(pb::ListLecturersRequest::default()).await.unwrap().into_inner().lecturers;
        let students = self.all_students().await;
        let programme = |code: &str| programmes.iter().find(|p| p.code == code).unwrap().id.clone();
        let lecturer = |nidn: &str| lecturers.iter().find(|l| l.nidn == nidn).unwrap().id.clone();
        let student = |nim: &str| students.iter().find(|s| s.nim == nim).unwrap().id.clone();
        Campus {
            informatics: programme("IF-S1"),
            management: programme("MN-S1"),
            advisor: lecturer(rows::ADVISOR),
            other_lecturer: lecturer(rows::OTHER_LECTURER),
            budi: student(rows::BUDI),
            sari: student(rows::SARI),
        }
    }

    /// Every student, as the registrar lists them.
    pub(crate) async fn all_students(&self) -> Vec<pb::Student> {
        let mut client = self.students(&self.registrar());
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = proto::common::v1::PageRequest { size: 200, cursor };
            let request = pb::ListStudentsRequest { page: Some(page), ..Default::default() };
            let answer = client.list(request).await.unwrap().into_inner();
            found.extend(answer.students);
            cursor = answer.page.unwrap().next_cursor;
            if cursor.is_empty() {
                return found;
            }
        }
    }

    /// The student as the registrar sees them.
    pub(crate) async fn read(&self, id: &str) -> pb::Student {
        let request = pb::GetStudentRequest { id: id.to_owned() };
        self.students(&self.registrar()).get(request).await.unwrap().into_inner()
    }

    /// End of the feed.
    pub(crate) async fn head(&self) -> i64 {
        self.feed().get_head(proto::feed::v1::GetHeadRequest {}).await.unwrap().into_inner().head
    }
}

/// Ids of the small campus.
pub(crate) struct Campus {
    pub(crate) informatics: String,
    pub(crate) management: String,
    /// Advises Budi.
    pub(crate) advisor: String,
    /// Advises nobody.
    pub(crate) other_lecturer: String,
    /// Student of informatics.
    pub(crate) budi: String,
    /// Student of management, without an advisor.
    pub(crate) sari: String,
}

/// What a refused call says: its reason word.
#[track_caller]
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> String {
    Fault::from_status(&result.unwrap_err()).reason().to_owned()
}

/// What a malformed call says: each wrong field with its reason word, by field.
#[track_caller]
pub(crate) fn fields<T: std::fmt::Debug>(result: Result<T, Status>) -> Vec<(String, String)> {
    let fault = Fault::from_status(&result.unwrap_err());
    let mut fields: Vec<_> = fault.fields().iter().map(|f| (f.field.clone(), f.reason.to_string())).collect();
    fields.sort();
    fields
}

/// The same, to compare with.
pub(crate) fn wrong<const N: usize>(fields: [(&str, &str); N]) -> Vec<(String, String)> {
    fields.map(|(field, reason)| (field.to_owned(), reason.to_owned())).to_vec()
}

/// A request with an Idempotency-Key.
pub(crate) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}
