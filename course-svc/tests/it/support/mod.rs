//! What every test works with: the service, feeds in the place of student-svc's and grade-svc's, and a small campus.

pub(crate) mod bulk;
pub(crate) mod door;
pub(crate) mod door_lines;
pub(crate) mod lines;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod room;
pub(crate) mod rows;
pub(crate) mod study;
pub(crate) mod wishes;

use chassis::auth::Trust;
use chassis::client::{Channel, ClientConfig, connect};
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::Db;
use chassis::error::{Fault, Kind};
use chassis::outbox::Change;
use chassis::telemetry::IDEMPOTENCY_KEY;
use chassis::testing::{Setup, TestDb, TestEnv, TestPki, TestServer, TokenBuilder, TokenIssuer, eventually};
use course_svc::{Config, MIGRATIONS, NAME};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use proto::course::v1 as pb;
use proto::course::v1::catalogue_client::CatalogueClient;
use proto::course::v1::course_import_client::CourseImportClient;
use proto::course::v1::krs_client::KrsClient;
use proto::course::v1::offering_client::OfferingClient;
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::{Cursor, GetCursorsRequest};
use proto::grade::v1 as grade_pb;
use proto::student::v1 as student_pb;
use tonic::{Request, Response, Status};

pub(crate) use lines::*;
use people::OtherFeed;
pub(crate) use people::*;
pub(crate) use plans::*;

pub(crate) const PERIOD: &str = "20261";

/// Morning meetings of a class: day, first and last minute.
pub(crate) const MONDAY: (u32, u32, u32) = (1, 420, 570);
pub(crate) const TUESDAY: (u32, u32, u32) = (2, 420, 570);
pub(crate) const WEDNESDAY: (u32, u32, u32) = (3, 420, 570);

/// The moment at which every test begins.
pub(crate) fn begin() -> Timestamp {
    "2026-08-10T02:00:00Z".parse().expect("a moment")
}

/// The service and all that surrounds it.
pub(crate) struct TestApp {
    pub(crate) db: TestDb,
    pub(crate) clock: Clock,
    pub(crate) issuer: TokenIssuer,
    pub(crate) trust: Trust,
    pub(crate) server: TestServer,
    pub(crate) student: OtherFeed,
    pub(crate) grade: OtherFeed,
    pub(crate) pki: TestPki,
}

impl Setup for TestApp {
    async fn setup(env: &TestEnv) -> Self {
        let db = env.database(&MIGRATIONS).await;
        let app = Self::over(env, db, None, 3000).await;
        app.people().await;
        app.heard(&app.grade).await;
        app
    }
}

/// The service while neither student-svc nor grade-svc has ever been heard.
pub(crate) struct Alone(pub(crate) TestApp);

impl Setup for Alone {
    async fn setup(env: &TestEnv) -> Self {
        let nobody = |name| nowhere(name, &TestPki::new());
        let ways = [nobody("student"), nobody("grade")];
        Self(TestApp::over(env, env.database(&MIGRATIONS).await, Some(ways), 3000).await)
    }
}

/// A way to a service that is not there.
pub(crate) fn nowhere(name: &'static str, pki: &TestPki) -> Channel {
    let address = "https://127.0.0.1:1".parse().expect("an address");
    connect(ClientConfig::new(address, name, &pki.identity("course"))).expect("a channel")
}

impl TestApp {
    /// The service over a database; `ways` replace those to student-svc and grade-svc; an import may have so many rows.
    pub(crate) async fn over(env: &TestEnv, db: TestDb, ways: Option<[Channel; 2]>, import_rows: u32) -> Self {
        let (clock, issuer, pki) = (Clock::manual(begin()), TokenIssuer::new(), TestPki::new());
        let trust = issuer.trust(&clock);
        let student = OtherFeed::start("student", &STUDENT_KINDS, env, &clock, &trust, &pki).await;
        let grade = OtherFeed::start("grade", &["grade.record"], env, &clock, &trust, &pki).await;
        let [to_student, to_grade] = ways.unwrap_or_else(|| [student.channel(&pki), grade.channel(&pki)]);
        let mut config = config(&pki, &db);
        config.import_rows = import_rows;
        let built = course_svc::build(&config, db.db.clone(), clock.clone(), to_student, to_grade).await;
        let server = TestServer::start(NAME, built.expect("it is built"), &trust, &pki).await;
        Self { db, clock, issuer, trust, server, student, grade, pki }
    }

    /// Two faculties, three programmes, three lecturers, and students of the first programme: `s1` to `s9`, active, who
    /// entered in 20241, and `s5` in 20261. `s1` to `s3` are advised by `l1`. The last student is of another programme.
    pub(crate) async fn people(&self) {
        let mut changes = vec![
            faculty("FIK", "Ilmu Komputer"),
            faculty("FH", "Hukum"),
            programme("IF-S1", "Informatika", "FIK"),
            programme("SI-S1", "Sistem Informasi", "FIK"),
            programme("HK-S1", "Hukum", "FH"),
            lecturer("l1", "Dr. Andi", "0000000001"),
            lecturer("l2", "Dr. Budi", "0000000002"),
            lecturer("l3", "Dr. Citra", "0000000003"),
        ];
        for n in 1..=9 {
            let (name, advisor) = (format!("s{n}"), if n <= 3 { "l1" } else { "l2" });
            let entry = if n == 5 { PERIOD } else { "20241" };
            let programme = if n == 9 { "HK-S1" } else { "IF-S1" };
            changes.push(student(&name, programme, entry, advisor));
            changes.push(status(&name, PERIOD, student_pb::StatusKind::Active, 1));
        }
        self.tell(&changes).await;
    }

    /// Another server over the same database: PostgreSQL only.
    pub(crate) async fn replica(&self) -> TestServer {
        let db = Db::open(&self.db.config, &MIGRATIONS).await.expect("a second replica opens the database");
        let (student, grade) = (self.student.channel(&self.pki), self.grade.channel(&self.pki));
        let config = config(&self.pki, &self.db);
        let built = course_svc::build(&config, db, self.clock.clone(), student, grade).await.expect("it is built");
        TestServer::start(NAME, built, &self.trust, &self.pki).await
    }

    /// Tells what student-svc has to say, and waits until the service has applied it.
    pub(crate) async fn tell(&self, changes: &[Change]) {
        self.student.tell(changes).await;
        self.heard(&self.student).await;
    }

    /// Tells students' results, and waits until the service has applied them. Later ones replace earlier ones.
    pub(crate) async fn tell_records(&self, records: &[grade_pb::AcademicRecord]) {
        let version = self.grade.head().await.seq + 1;
        let change =
            |record: &grade_pb::AcademicRecord| Change::new("grade.record", record.student_id.clone(), version, record);
        self.grade.tell(&records.iter().map(change).collect::<Vec<_>>()).await;
        self.heard(&self.grade).await;
    }

    /// Waits until the service has applied all that another one told.
    pub(crate) async fn heard(&self, other: &OtherFeed) {
        let head = other.head().await;
        let feed = FeedClient::new(self.server.channel(&self.pki, "siakad"));
        eventually("the projection has caught up", || {
            let (mut feed, head, source) = (feed.clone(), head.clone(), other.name());
            async move {
                let cursors = feed.get_cursors(GetCursorsRequest {}).await;
                let cursors = cursors.map(|answer| answer.into_inner().cursors).unwrap_or_default();
                let caught_up =
                    |cursor: &Cursor| cursor.source == source && cursor.epoch == head.epoch && cursor.seq >= head.seq;
                cursors.iter().any(caught_up)
            }
        })
        .await;
    }

    /// A token in the making, issued now.
    pub(crate) fn token(&self) -> TokenBuilder<'_> {
        self.issuer.token(self.clock.now())
    }

    /// A channel with the token of a student.
    pub(crate) fn as_student(&self, name: &str) -> Channel {
        self.bearing(&self.token().account(&format!("account-{name}")).student(&id(name)).sign())
    }

    /// A channel with the token of a registrar.
    pub(crate) fn as_registrar(&self) -> Channel {
        self.bearing(&self.token().account("registrar").registrar().sign())
    }

    /// A channel of the gateway with this token.
    pub(crate) fn bearing(&self, token: &str) -> Channel {
        self.server.channel(&self.pki, "gateway").with_bearer(token)
    }

    pub(crate) fn krs(&self, student: &str) -> KrsClient<Channel> {
        KrsClient::new(self.as_student(student))
    }

    pub(crate) fn offering(&self) -> OfferingClient<Channel> {
        OfferingClient::new(self.as_registrar())
    }

    pub(crate) fn catalogue(&self) -> CatalogueClient<Channel> {
        CatalogueClient::new(self.as_registrar())
    }

    pub(crate) fn importer(&self) -> CourseImportClient<Channel> {
        CourseImportClient::new(self.server.channel(&self.pki, "siakad"))
    }

    /// The period of the tests: active, its KRS window open from a week ago for two weeks more.
    pub(crate) async fn open_period(&self) -> pb::Period {
        self.period(PERIOD, pb::PeriodState::Active, vec![krs_window(self.clock.now(), -7, 14)]).await
    }

    pub(crate) async fn period(&self, code: &str, state: pb::PeriodState, windows: Vec<pb::Window>) -> pb::Period {
        let period = pb::Period { code: code.to_owned(), state: state.into(), windows, version: 0, registration: None };
        let request = pb::CreatePeriodRequest { period: Some(period) };
        self.offering().create_period(request).await.expect("a period is made").into_inner()
    }

    pub(crate) async fn course(&self, code: &str, credits: u32) -> pb::Course {
        let request = pb::CreateCourseRequest { course: Some(course(code, credits)) };
        self.offering().create_course(request).await.expect("a course is made").into_inner()
    }

    pub(crate) async fn room(&self, code: &str, capacity: u32) -> pb::Room {
        let room = pb::Room { code: code.to_owned(), capacity, ..Default::default() };
        let request = pb::CreateRoomRequest { room: Some(room) };
        self.offering().create_room(request).await.expect("a room is made").into_inner()
    }

    pub(crate) async fn class(&self, input: pb::ClassInput) -> pb::Class {
        let request = pb::CreateClassRequest { class: Some(input) };
        self.offering().create_class(request).await.expect("a class is made").into_inner()
    }

    /// A course of its own with one class: `slot` is day, start and end.
    pub(crate) async fn offer(&self, code: &str, credits: u32, capacity: u32, slot: (u32, u32, u32)) -> pb::Class {
        let course = self.course(code, credits).await;
        self.class(input(&course.id, "A", capacity, &[slot])).await
    }

    pub(crate) async fn add(&self, student: &str, class_id: &str) -> Result<pb::PlanView, Fault> {
        answer(self.krs(student).add_class(add_request(student, class_id)).await)
    }

    pub(crate) async fn drop(&self, student: &str, class_id: &str) -> Result<pb::PlanView, Fault> {
        answer(self.krs(student).drop_class(drop_request(student, class_id)).await)
    }

    pub(crate) async fn swap(&self, student: &str, old: &str, new: &str) -> Result<pb::PlanView, Fault> {
        answer(self.krs(student).swap_class(swap_request(student, old, new)).await)
    }

    pub(crate) async fn plan(&self, student: &str) -> pb::PlanView {
        let request = pb::GetPlanRequest { student_id: id(student), period_code: PERIOD.to_owned() };
        answer(self.krs(student).get_plan(request).await).expect("a plan is never absent")
    }

    /// All choices of a student, over all pages.
    pub(crate) async fn choices(&self, student: &str, takeable: bool) -> Vec<pb::Choice> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(proto::common::v1::PageRequest { size: 7, cursor });
            let filter = pb::ListClassesRequest { page, period_code: PERIOD.to_owned(), ..Default::default() };
            let request = pb::ListChoicesRequest { student_id: id(student), filter: Some(filter), takeable };
            let answer = answer(self.krs(student).list_choices(request).await).expect("choices");
            found.extend(answer.choices);
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                return found;
            }
        }
    }

    /// Seats taken of a class, from memory and from the database, which must say the same.
    pub(crate) async fn taken(&self, class_id: &str) -> u32 {
        let request = pb::GetClassRequest { id: class_id.to_owned() };
        let class = answer(self.catalogue().get_class(request).await).expect("a class");
        let listed = self.list(pb::ListClassesRequest { course_id: course_id(&class), ..list_request() }).await;
        let listed = listed.iter().find(|listed| listed.id == class_id).expect("it is in the list");
        assert_eq!(listed.taken, class.taken, "the list in memory and the database");
        class.taken
    }

    pub(crate) async fn list(&self, request: pb::ListClassesRequest) -> Vec<pb::Class> {
        answer(self.catalogue().list_classes(request).await).expect("classes").classes
    }

    /// Asks the database itself how many seats are taken and how many items there are: (class, taken, items).
    pub(crate) async fn seats(&self) -> Vec<(String, i64, i64)> {
        chassis::sql!(
            "SELECT c.class_id, c.taken, (SELECT COUNT(*) FROM study_plan_item i WHERE i.class_id = c.class_id)
             FROM class c ORDER BY c.class_id"
        )
        .all::<(String, i64, i64)>(&self.db.db)
        .await
        .expect("seats")
    }

    /// The IPS of a student in the period before that of the tests.
    pub(crate) async fn last_ips(&self, student: &str, hundredths: u32) {
        self.tell_records(&[record(student, &[("20252", hundredths, 20, 0)])]).await;
    }
}

/// Settings of the service over a database.
fn config(pki: &TestPki, db: &TestDb) -> Config {
    let nobody: chassis::client::Endpoints = "https://127.0.0.1:1".parse().expect("an address");
    let server = ServerConfig::local(pki.dir());
    Config::local(server, db.config.clone(), nobody.clone(), nobody.clone(), nobody)
}

/// A KRS window of everybody, days from now.
pub(crate) fn krs_window(now: Timestamp, opens: i64, closes: i64) -> pb::Window {
    let day = |days: i64| Some(moment(now + SignedDuration::from_hours(24 * days)));
    pb::Window {
        kind: pb::WindowKind::Krs.into(),
        scope: pb::WindowScope::Unspecified.into(),
        scope_key: String::new(),
        opens_at: day(opens),
        closes_at: day(closes),
    }
}

pub(crate) fn course(code: &str, credits: u32) -> pb::Course {
    pb::Course {
        code: code.to_owned(),
        name: format!("Mata Kuliah {code}"),
        credits,
        credits_lecture: credits,
        programme_id: id("IF-S1"),
        requirement_kind: pb::RequirementKind::Compulsory.into(),
        ..Default::default()
    }
}

/// A class of the tests' period without a room, led by nobody.
pub(crate) fn input(course_id: &str, name: &str, capacity: u32, slots: &[(u32, u32, u32)]) -> pb::ClassInput {
    let meetings = slots.iter().map(|(day, start, end)| meeting(*day, *start, *end, "")).collect();
    pb::ClassInput {
        period_code: PERIOD.to_owned(),
        course_id: course_id.to_owned(),
        name: name.to_owned(),
        capacity,
        meetings,
        lecturers: Vec::new(),
        state: pb::ClassState::Open.into(),
        ..Default::default()
    }
}

pub(crate) fn meeting(day: u32, start: u32, end: u32, room: &str) -> pb::Meeting {
    pb::Meeting { day, start_minute: start, end_minute: end, room_id: room.to_owned(), room_code: String::new() }
}

/// What an admin would send to keep a class as it is.
pub(crate) fn input_of(class: &pb::Class) -> pb::ClassInput {
    pb::ClassInput {
        period_code: class.period_code.clone(),
        course_id: course_id(class),
        name: class.name.clone(),
        capacity: class.capacity,
        meetings: class.meetings.clone(),
        lecturers: class.lecturers.clone(),
        state: class.state,
        ..Default::default()
    }
}

pub(crate) fn course_id(class: &pb::Class) -> String {
    class.course.as_ref().expect("a class has a course").id.clone()
}

pub(crate) fn list_request() -> pb::ListClassesRequest {
    pb::ListClassesRequest { period_code: PERIOD.to_owned(), ..Default::default() }
}

pub(crate) fn add_request(student: &str, class_id: &str) -> pb::AddClassRequest {
    pb::AddClassRequest { student_id: id(student), period_code: PERIOD.to_owned(), class_id: class_id.to_owned() }
}

pub(crate) fn drop_request(student: &str, class_id: &str) -> pb::DropClassRequest {
    pb::DropClassRequest { student_id: id(student), period_code: PERIOD.to_owned(), class_id: class_id.to_owned() }
}

pub(crate) fn swap_request(student: &str, old: &str, new: &str) -> pb::SwapClassRequest {
    pb::SwapClassRequest {
        student_id: id(student),
        period_code: PERIOD.to_owned(),
        drop_class_id: old.to_owned(),
        add_class_id: new.to_owned(),
    }
}

/// A request that carries an idempotency key.
pub(crate) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(IDEMPOTENCY_KEY, key.parse().expect("a key is ASCII"));
    request
}

/// What a call gave, its status read as a fault.
pub(crate) fn answer<T>(result: Result<Response<T>, Status>) -> Result<T, Fault> {
    result.map(Response::into_inner).map_err(|status| Fault::from_status(&status))
}

/// Reason words of the refusals of a fault.
pub(crate) fn words(fault: &Fault) -> Vec<String> {
    fault.refusals().iter().map(|refusal| refusal.reason.to_string()).collect()
}

/// Reason words of refusals in an answer.
pub(crate) fn reasons(refusals: &[proto::common::v1::Refusal]) -> Vec<&str> {
    refusals.iter().map(|refusal| refusal.reason.as_str()).collect()
}

/// The fault of a call that must fail, by its kind.
#[track_caller]
pub(crate) fn fails<T: std::fmt::Debug>(result: Result<T, Fault>, kind: Kind) -> Fault {
    let fault = result.expect_err("it must fail");
    assert_eq!(fault.kind(), kind, "{fault} {:?}", fault.fields());
    fault
}

/// Field and reason word of every wrong field.
pub(crate) fn fields(fault: &Fault) -> Vec<(String, String)> {
    fault.fields().iter().map(|field| (field.field.clone(), field.reason.to_string())).collect()
}

/// Reads an event's payload.
pub(crate) fn decoded<M: Message + Default>(payload: &[u8]) -> M {
    M::decode(payload).expect("a payload of this kind")
}

/// Shows what a test found, beside its seed.
#[expect(clippy::print_stdout, reason = "shown with the output of a test that fails, or on demand")]
pub(crate) fn show(what: &str) {
    println!("{what}");
}
