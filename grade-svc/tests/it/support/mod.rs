//! What every test works with: the service, feeds in the place of student-svc's and course-svc's, and a small campus.

pub(crate) mod people;

use chassis::auth::Trust;
use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::Db;
use chassis::error::{Fault, Kind};
use chassis::outbox::Change;
use chassis::telemetry::IDEMPOTENCY_KEY;
use chassis::testing::{
    Setup, TestDb, TestEnv, TestPki, TestServer, TokenBuilder, TokenIssuer, eventually, eventually_some,
};
use grade_svc::{Config, MIGRATIONS, NAME};
use jiff::Timestamp;
use prost::Message;
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::snapshot_response::Message as SnapshotMessage;
use proto::feed::v1::subscribe_response::Message as FeedMessage;
use proto::feed::v1::{Event, GetCursorsRequest, GetHeadRequest, SnapshotRequest, SubscribeRequest};
use proto::grade::v1 as pb;
use proto::grade::v1::grade_import_client::GradeImportClient;
use proto::grade::v1::grading_client::GradingClient;
use proto::grade::v1::results_client::ResultsClient;
use proto::grade::v1::scales_client::ScalesClient;
use tonic::{Request, Response, Status};

pub(crate) use people::*;

/// The period of the tests: its grade-entry window is open.
pub(crate) const PERIOD: &str = "20261";

/// The moment at which every test begins.
pub(crate) fn begin() -> Timestamp {
    "2026-12-20T02:00:00Z".parse().expect("a moment")
}

/// The service and all that surrounds it.
pub(crate) struct TestApp {
    pub(crate) db: TestDb,
    pub(crate) clock: Clock,
    pub(crate) issuer: TokenIssuer,
    pub(crate) trust: Trust,
    pub(crate) server: TestServer,
    pub(crate) student: OtherFeed,
    pub(crate) course: OtherFeed,
    pub(crate) pki: TestPki,
}

impl Setup for TestApp {
    async fn setup(env: &TestEnv) -> Self {
        let app = Self::empty(env, 3000).await;
        app.campus().await;
        app
    }
}

impl TestApp {
    /// The service before anything was told to it; an import may have so many rows.
    pub(crate) async fn empty(env: &TestEnv, import_rows: u32) -> Self {
        let db = env.database(&MIGRATIONS).await;
        let (clock, issuer, pki) = (Clock::manual(begin()), TokenIssuer::new(), TestPki::new());
        let trust = issuer.trust(&clock);
        let (student, student_channel) = OtherFeed::start(env, "student", STUDENT_KINDS, &clock, &trust, &pki).await;
        let (course, course_channel) = OtherFeed::start(env, "course", COURSE_KINDS, &clock, &trust, &pki).await;
        let mut config = config(&pki, &db);
        config.import_rows = import_rows;
        let built =
            grade_svc::build(&config, db.db.clone(), clock.clone(), trust.clone(), student_channel, course_channel);
        let server = TestServer::start(NAME, built.await.expect("it is built"), &trust, &pki).await;
        Self { db, clock, issuer, trust, server, student, course, pki }
    }

    /// Two faculties, three programmes, three lecturers, and students of IF-S1: `s1` to `s9`, who entered in 20241. `s1`
    /// to `s3` are advised by `l1`, the others by `l2`; the last one is of HK-S1. The scale of IF-S1 is [`ab_scale`]. The
    /// period's grade-entry window is open, and [`period`]s before it have none.
    pub(crate) async fn campus(&self) {
        let mut people = vec![
            faculty("FIK", "Ilmu Komputer"),
            faculty("FH", "Hukum"),
            programme("IF-S1", "Informatika", "FIK"),
            programme("SI-S1", "Sistem Informasi", "FIK"),
            programme("HK-S1", "Hukum", "FH"),
            lecturer("l1", "Dr. Andi"),
            lecturer("l2", "Dr. Budi"),
            lecturer("l3", "Dr. Citra"),
        ];
        for n in 1..=9 {
            let (name, advisor) = (format!("s{n}"), if n <= 3 { "l1" } else { "l2" });
            people.push(student(&name, if n == 9 { "HK-S1" } else { "IF-S1" }, "20241", advisor));
        }
        self.tell(&people).await;
        self.tell_course(&[period(PERIOD, vec![entry_window(self.clock.now(), -7, 14)])]).await;
        self.put_scale(ab_scale("IF-S1", "20201")).await.expect("a scale");
    }

    /// Another server over the same database: PostgreSQL only.
    pub(crate) async fn replica(&self) -> TestServer {
        let db = Db::open(&self.db.config, &MIGRATIONS).await.expect("a second replica opens the database");
        let config = config(&self.pki, &self.db);
        let (student, course) = (self.student.channel(&self.pki), self.course.channel(&self.pki));
        let built = grade_svc::build(&config, db, self.clock.clone(), self.trust.clone(), student, course);
        TestServer::start(NAME, built.await.expect("it is built"), &self.trust, &self.pki).await
    }

    /// Tells what student-svc has to say, and waits until the service has applied it.
    pub(crate) async fn tell(&self, changes: &[Change]) {
        self.student.tell(changes).await;
        self.caught_up(&self.student).await;
    }

    /// Tells what course-svc has to say, and waits until the service has applied it.
    pub(crate) async fn tell_course(&self, changes: &[Change]) {
        self.course.tell(changes).await;
        self.caught_up(&self.course).await;
    }

    /// Waits until the service has applied everything that a feed has told.
    pub(crate) async fn caught_up(&self, feed: &OtherFeed) {
        let head = feed.head().await;
        let feed = FeedClient::new(self.server.channel(&self.pki, "siakad"));
        eventually("the projection has caught up", || {
            let (mut feed, head) = (feed.clone(), head.clone());
            async move {
                let cursors = feed.get_cursors(GetCursorsRequest {}).await;
                let cursors = cursors.map(|answer| answer.into_inner().cursors).unwrap_or_default();
                cursors.iter().any(|cursor| cursor.epoch == head.epoch && cursor.seq >= head.seq)
            }
        })
        .await;
    }

    /// A class of three SKS with these students on its roster, led by the first of the lecturers. Answers its id.
    pub(crate) async fn class(&self, course_code: &str, lecturers: &[&str], students: &[&str]) -> String {
        self.class_in(PERIOD, course_code, lecturers, students).await
    }

    /// As [`Self::class`], in any period. A student's plan of the period has this class alone.
    pub(crate) async fn class_in(
        &self,
        period: &str,
        course_code: &str,
        lecturers: &[&str],
        students: &[&str],
    ) -> String {
        let mut changes = vec![course(course_code, 3), class(course_code, "A", period, lecturers)];
        let name = format!("{course_code}A");
        changes.extend(students.iter().map(|student| approved(student, period, &[&name])));
        self.tell_course(&changes).await;
        id(&name)
    }

    /// A token in the making, issued now.
    pub(crate) fn token(&self) -> TokenBuilder<'_> {
        self.issuer.token(self.clock.now())
    }

    /// A channel of the gateway with this token.
    pub(crate) fn bearing(&self, token: &str) -> Channel {
        self.server.channel(&self.pki, "gateway").with_bearer(token)
    }

    /// A channel with the token of a lecturer, who logged in just now.
    pub(crate) fn as_lecturer(&self, name: &str) -> Channel {
        self.bearing(&self.token().account(&format!("account-{name}")).lecturer(&id(name)).sign())
    }

    /// A channel with the token of a student.
    pub(crate) fn as_student(&self, name: &str) -> Channel {
        self.bearing(&self.token().account(&format!("account-{name}")).student(&id(name)).sign())
    }

    /// A channel with the token of a registrar.
    pub(crate) fn as_registrar(&self) -> Channel {
        self.bearing(&self.token().account("registrar").registrar().sign())
    }

    pub(crate) fn grading(&self, lecturer: &str) -> GradingClient<Channel> {
        GradingClient::new(self.as_lecturer(lecturer))
    }

    pub(crate) fn results(&self, student: &str) -> ResultsClient<Channel> {
        ResultsClient::new(self.as_student(student))
    }

    pub(crate) fn importer(&self) -> GradeImportClient<Channel> {
        GradeImportClient::new(self.server.channel(&self.pki, "siakad"))
    }

    pub(crate) async fn put_scale(&self, scale: pb::Scale) -> Result<pb::Scale, Fault> {
        let mut scales = ScalesClient::new(self.as_registrar());
        answer(scales.put_scale(pb::PutScaleRequest { scale: Some(scale) }).await)
    }

    pub(crate) async fn sheet(&self, lecturer: &str, class_id: &str) -> pb::Sheet {
        let request = pb::GetSheetRequest { class_id: class_id.to_owned() };
        answer(self.grading(lecturer).get_sheet(request).await).expect("a sheet")
    }

    /// Enters scores of students as `lecturer`: of each one the same for every component.
    pub(crate) async fn score(
        &self,
        lecturer: &str,
        class_id: &str,
        scores: &[(&str, u32)],
    ) -> Result<pb::PutScoresResponse, Fault> {
        let sheet = self.sheet(lecturer, class_id).await;
        let rows = scores.iter().map(|(student, score)| all_of(&sheet, student, *score)).collect();
        let request = pb::PutScoresRequest { class_id: class_id.to_owned(), rows };
        answer(self.grading(lecturer).put_scores(request).await)
    }

    /// Publishes the sheet as it is now.
    pub(crate) async fn publish(&self, lecturer: &str, class_id: &str) -> Result<pb::Sheet, Fault> {
        let version = self.sheet(lecturer, class_id).await.version;
        let request = pb::PublishSheetRequest { class_id: class_id.to_owned(), version };
        answer(self.grading(lecturer).publish_sheet(request).await)
    }

    /// A class in a period that is graded and published: of each student the final score.
    pub(crate) async fn graded(&self, at: &str, course_code: &str, scores: &[(&str, u32)]) -> String {
        let students: Vec<_> = scores.iter().map(|(student, _)| *student).collect();
        self.tell_course(&[period(at, vec![entry_window(self.clock.now(), -7, 14)])]).await;
        let class = self.class_in(at, course_code, &["l1"], &students).await;
        self.score("l1", &class, scores).await.expect("scores");
        self.publish("l1", &class).await.expect("it is published");
        class
    }

    pub(crate) async fn semester(&self, student: &str, period: &str) -> pb::SemesterResult {
        let request = pb::GetSemesterRequest { student_id: id(student), period_code: period.to_owned() };
        answer(self.results(student).get_semester(request).await).expect("a semester")
    }

    pub(crate) async fn semesters(&self, student: &str) -> pb::ListSemestersResponse {
        let request = pb::ListSemestersRequest { student_id: id(student), page: None };
        answer(self.results(student).list_semesters(request).await).expect("semesters")
    }

    pub(crate) async fn transcript(&self, student: &str) -> pb::Transcript {
        let request = pb::GetTranscriptRequest { student_id: id(student) };
        answer(self.results(student).get_transcript(request).await).expect("a transcript")
    }

    /// Everything that was told so far, from the first event on.
    pub(crate) async fn told(&self) -> Vec<Event> {
        let mut feed = FeedClient::new(self.server.channel(&self.pki, "course"));
        let head = FeedClient::new(self.server.channel(&self.pki, "siakad"))
            .get_head(GetHeadRequest {})
            .await
            .expect("a head")
            .into_inner()
            .head;
        let request = SubscribeRequest { consumer: "test".to_owned(), ..Default::default() };
        let mut stream = feed.subscribe(request).await.expect("a stream").into_inner();
        let mut events = Vec::new();
        while i64::try_from(events.len()).expect("few") < head {
            if let Some(FeedMessage::Batch(batch)) =
                stream.message().await.expect("a message").expect("it goes on").message
            {
                events.extend(batch.events);
            }
        }
        events
    }

    /// What the feed has to say to somebody who starts anew.
    pub(crate) async fn snapshot(&self) -> Vec<Event> {
        let mut feed = FeedClient::new(self.server.channel(&self.pki, "course"));
        let request = SnapshotRequest { consumer: "test".to_owned(), kinds: Vec::new() };
        let mut stream = feed.snapshot(request).await.expect("a stream").into_inner();
        let mut events = Vec::new();
        loop {
            match stream.message().await.expect("a message").expect("it ends properly").message {
                Some(SnapshotMessage::Rows(batch)) => events.extend(batch.events),
                Some(SnapshotMessage::End(_)) => return events,
                _ => {}
            }
        }
    }

    /// The record of a student, once it is as wanted.
    pub(crate) async fn record_when(
        &self,
        what: &str,
        student: &str,
        wanted: impl Fn(&pb::AcademicRecord) -> bool,
    ) -> pb::AcademicRecord {
        let wanted = &wanted;
        eventually_some(what, || async move {
            let found = self.snapshot().await.into_iter();
            let mut found = found.filter(|event| event.kind == "grade.record" && event.aggregate_id == id(student));
            found.next().map(|event| decoded::<pb::AcademicRecord>(&event.payload)).filter(wanted)
        })
        .await
    }
}

fn config(pki: &TestPki, db: &TestDb) -> Config {
    let nobody = "https://127.0.0.1:1".parse().expect("an address");
    Config::local(ServerConfig::local(pki.dir()), db.config.clone(), nobody)
}

/// The scale of the tests: A from 85, AB from 80, B from 70, BC from 65, C from 60, CD from 55, D from 50, E; passed with a
/// D; the best result counts.
pub(crate) fn ab_scale(programme: &str, start: &str) -> pb::Scale {
    let steps = [
        ("A", 8500, 400),
        ("AB", 8000, 350),
        ("B", 7000, 300),
        ("BC", 6500, 250),
        ("C", 6000, 200),
        ("CD", 5500, 150),
        ("D", 5000, 100),
        ("E", 0, 0),
    ];
    let step = |(letter, min_score_hundredths, points_hundredths): (&str, u32, u32)| pb::ScaleStep {
        letter: letter.to_owned(),
        min_score_hundredths,
        points_hundredths,
    };
    pb::Scale {
        programme_id: id(programme),
        start_period: start.to_owned(),
        steps: steps.into_iter().map(step).collect(),
        pass_points_hundredths: 100,
        repeat_policy: pb::RepeatPolicy::Best.into(),
        ..Default::default()
    }
}

/// The row of a student on a sheet.
pub(crate) fn row<'a>(sheet: &'a pb::Sheet, student: &str) -> &'a pb::SheetRow {
    sheet.rows.iter().find(|row| row.student_id == id(student)).expect("the student is on the sheet")
}

/// The same score for every component.
pub(crate) fn all_of(sheet: &pb::Sheet, student: &str, score: u32) -> pb::ScoreInput {
    let scores = sheet
        .components
        .iter()
        .map(|component| pb::Score { component_id: component.id.clone(), score_hundredths: Some(score) });
    let version = sheet.rows.iter().find(|row| row.student_id == id(student)).map_or(0, |row| row.version);
    pb::ScoreInput { student_id: id(student), version, scores: scores.collect() }
}

/// One score of a student.
pub(crate) fn one_of(sheet: &pb::Sheet, student: &str, component: usize, score: Option<u32>) -> pb::ScoreInput {
    let scores = vec![pb::Score { component_id: sheet.components[component].id.clone(), score_hundredths: score }];
    pb::ScoreInput { student_id: id(student), version: row(sheet, student).version, scores }
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
