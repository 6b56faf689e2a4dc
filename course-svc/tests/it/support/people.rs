//! What student-svc and grade-svc would tell, and real feeds that tell it.

use chassis::auth::{Method, Trust, User};
use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::db::{self, Db, DbConfig, Migrations};
use chassis::feed::{FeedConfig, FeedServer, Head, SnapshotRow, SnapshotSource};
use chassis::grpc::{Built, Routes};
use chassis::outbox::{self, Change};
use chassis::testing::{TestEnv, TestPki, TestServer};
use jiff::Timestamp;
use proto::grade::v1 as grade_pb;
use proto::student::v1 as student_pb;
use tokio_util::sync::CancellationToken;

use super::begin;

/// A real feed that says what another service would say.
pub(crate) struct OtherFeed {
    name: &'static str,
    db: Db,
    feed: FeedServer,
    clock: Clock,
    server: TestServer,
}

/// Who may call the feed of the tests.
static FEED_POLICY: &[Method] = &[
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: &["course"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: &["course"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetHead", callers: &["course"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetCursors", callers: &["course"], user: User::None },
];

/// The present state of one kind: the last event of every aggregate.
fn source(kind: &'static str) -> SnapshotSource {
    SnapshotSource::new(kind, move |tx, after, limit| {
        Box::pin(async move {
            let rows = chassis::sql!(
                "SELECT o.aggregate_id, o.version, o.payload FROM outbox o
                 WHERE o.kind = $1 AND o.aggregate_id > $2 AND NOT o.tombstone AND o.version = (
                     SELECT MAX(n.version) FROM outbox n WHERE n.kind = o.kind AND n.aggregate_id = o.aggregate_id)
                 ORDER BY o.aggregate_id LIMIT $3"
            );
            let rows = rows.bind(kind).bind(after).bind(limit).all::<(String, i64, Vec<u8>)>(tx).await?;
            let row = |(aggregate_id, version, payload)| SnapshotRow { aggregate_id, version, payload };
            Ok(rows.into_iter().map(row).collect())
        })
    })
}

impl OtherFeed {
    pub(crate) async fn start(
        name: &'static str,
        kinds: &[&'static str],
        env: &TestEnv,
        clock: &Clock,
        trust: &Trust,
        pki: &TestPki,
    ) -> Self {
        let config = DbConfig::sqlite(env.folder().join(format!("{name}.db")));
        let schema = Migrations::new(name, &[]);
        db::migrate(&config, &schema).await.expect("the tables of a feed");
        let db = Db::open(&config, &schema).await.expect("the feed's database opens");
        let sources = kinds.iter().copied().map(source).collect();
        let feed =
            FeedServer::start(db.clone(), sources, FeedConfig::default(), clock.clone(), CancellationToken::new());
        let built = Built::new(Routes::new().add(feed.clone().into_service()), FEED_POLICY);
        let server = TestServer::start(name, built, trust, pki).await;
        Self { name, db, feed, clock: clock.clone(), server }
    }

    /// The service that it speaks for.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// A way of course-svc to it.
    pub(crate) fn channel(&self, pki: &TestPki) -> Channel {
        self.server.channel(pki, "course")
    }

    /// Tells changes, in order.
    pub(crate) async fn tell(&self, changes: &[Change]) {
        let mut tx = self.db.begin().await.expect("the feed's database writes");
        outbox::put_all(&mut tx, changes, self.clock.now()).await.expect("events are written");
        tx.commit().await.expect("events are committed");
    }

    /// Its end, everything that was told included.
    pub(crate) async fn head(&self) -> Head {
        self.feed.head().await.expect("the feed has a head")
    }
}

/// Kinds of student-svc's events.
pub(crate) const STUDENT_KINDS: [&str; 6] =
    ["student.faculty", "student.programme", "student.lecturer", "student.student", "student.status", "student.hold"];

/// The id of a person, programme or faculty of the tests: made from its name.
pub(crate) fn id(name: &str) -> String {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex = format!("{hex:0<12}");
    format!("01900000-0000-7000-8000-{}", &hex[..12])
}

pub(crate) fn faculty(code: &str, name: &str) -> Change {
    let row = student_pb::Faculty { id: id(code), code: code.to_owned(), name: name.to_owned(), version: 1 };
    Change::new("student.faculty", id(code), 1, &row)
}

pub(crate) fn programme(code: &str, name: &str, faculty: &str) -> Change {
    let row = student_pb::Programme {
        id: id(code),
        code: code.to_owned(),
        name: name.to_owned(),
        faculty_id: id(faculty),
        degree_level: student_pb::DegreeLevel::S1.into(),
        ..Default::default()
    };
    Change::new("student.programme", id(code), 1, &row)
}

pub(crate) fn lecturer(name: &str, full: &str, nidn: &str) -> Change {
    let row = student_pb::Lecturer {
        id: id(name),
        name: full.to_owned(),
        nidn: nidn.to_owned(),
        programme_id: id("IF-S1"),
        ..Default::default()
    };
    Change::new("student.lecturer", id(name), 1, &row)
}

pub(crate) fn student_state(name: &str, programme: &str, entry: &str, advisor: &str) -> student_pb::StudentState {
    student_pb::StudentState {
        id: id(name),
        nim: format!("nim-{name}"),
        name: name.to_owned(),
        programme_id: id(programme),
        entry_period: entry.to_owned(),
        advisor_id: id(advisor),
        exit_kind: String::new(),
    }
}

pub(crate) fn student(name: &str, programme: &str, entry: &str, advisor: &str) -> Change {
    Change::new("student.student", id(name), 1, &student_state(name, programme, entry, advisor))
}

pub(crate) fn status(name: &str, period: &str, kind: student_pb::StatusKind, version: i64) -> Change {
    let row =
        student_pb::PeriodStatus { student_id: id(name), period_code: period.to_owned(), status: kind.into(), version };
    Change::new("student.status", format!("{}/{period}", id(name)), version, &row)
}

/// A hold of a student, named by its note.
pub(crate) fn hold(name: &str, kind: student_pb::HoldKind, waived_until: Option<Timestamp>, version: i64) -> Change {
    let key = format!("{name}{}", i32::from(kind));
    let row = student_pb::Hold {
        id: id(&key),
        student_id: id(name),
        kind: kind.into(),
        note: format!("note of {key}"),
        placed_at: Some(moment(begin())),
        waived_until: waived_until.map(moment),
        lifted_at: None,
        version,
    };
    Change::new("student.hold", id(&key), version, &row)
}

pub(crate) fn moment(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: 0 }
}

/// A student's results: period, IPS in hundredths, SKS with grades, courses whose grades are still to come.
pub(crate) fn record(name: &str, semesters: &[(&str, u32, u32, u32)]) -> grade_pb::AcademicRecord {
    let semester = |(period, gpa, credits, pending): &(&str, u32, u32, u32)| grade_pb::RecordSemester {
        period_code: (*period).to_owned(),
        gpa_hundredths: *gpa,
        credits: *credits,
        pending: *pending,
        pending_course_ids: Vec::new(),
    };
    grade_pb::AcademicRecord {
        student_id: id(name),
        semesters: semesters.iter().map(semester).collect(),
        ..Default::default()
    }
}

/// A counted result with a letter of the usual scale.
pub(crate) fn result(course_id: &str, period: &str, letter: &str, credits: u32) -> grade_pb::RecordResult {
    let points = match letter {
        "A" => 400,
        "B" => 300,
        "C" => 200,
        "D" => 100,
        "E" => 0,
        other => panic!("{other} is no letter of the tests"),
    };
    grade_pb::RecordResult {
        course_id: course_id.to_owned(),
        period_code: period.to_owned(),
        letter: letter.to_owned(),
        points_hundredths: points,
        passed: points >= 100,
        credits,
    }
}
