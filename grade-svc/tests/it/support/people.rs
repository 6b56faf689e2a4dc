//! What student-svc and course-svc would tell, and real feeds that tell it.

use std::sync::atomic::{AtomicI64, Ordering};

use chassis::auth::{Method, Trust, User};
use chassis::client::Channel;
use chassis::clock::Clock;
use chassis::db::{self, Db, DbConfig, Migrations};
use chassis::feed::{FeedConfig, FeedServer, Head, SnapshotRow, SnapshotSource};
use chassis::grpc::{Built, Routes};
use chassis::outbox::{self, Change};
use chassis::testing::{TestEnv, TestPki, TestServer};
use jiff::{SignedDuration, Timestamp};
use proto::course::v1 as course_pb;
use proto::student::v1 as student_pb;
use tokio_util::sync::CancellationToken;

use super::PERIOD;

/// A real feed that says what another service would say.
pub(crate) struct OtherFeed {
    db: Db,
    feed: FeedServer,
    clock: Clock,
    server: TestServer,
    /// Rises with every change, so that what is told later is newer.
    version: AtomicI64,
}

/// Who may call the feeds of the tests.
static FEED_POLICY: &[Method] = &[
    Method { path: "/siakad.feed.v1.Feed/Subscribe", callers: &["grade"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/Snapshot", callers: &["grade"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetHead", callers: &["grade"], user: User::None },
    Method { path: "/siakad.feed.v1.Feed/GetCursors", callers: &["grade"], user: User::None },
];

/// Kinds that the feed of student-svc has.
pub(crate) const STUDENT_KINDS: &[&str] =
    &["student.faculty", "student.programme", "student.lecturer", "student.student", "student.status", "student.hold"];
/// Kinds that the feed of course-svc has.
pub(crate) const COURSE_KINDS: &[&str] =
    &["course.course", "course.period", "course.room", "course.class", "course.plan", "course.equivalents"];

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
    /// A feed under this name, from a database file of its own: the same `file` again is a restored backup of the feed.
    pub(crate) async fn start(
        env: &TestEnv,
        name: &'static str,
        kinds: &'static [&'static str],
        clock: &Clock,
        trust: &Trust,
        pki: &TestPki,
    ) -> (Self, Channel) {
        let config = DbConfig::sqlite(env.folder().join(format!("{name}.db")));
        let schema = Migrations::new(name, &[]);
        db::migrate(&config, &schema).await.expect("the tables of a feed");
        let db = Db::open(&config, &schema).await.expect("the feed's database opens");
        let sources = kinds.iter().map(|kind| source(kind)).collect();
        let feed =
            FeedServer::start(db.clone(), sources, FeedConfig::default(), clock.clone(), CancellationToken::new());
        let built = Built::new(Routes::new().add(feed.clone().into_service()), FEED_POLICY);
        let server = TestServer::start(name, built, trust, pki).await;
        let channel = server.channel(pki, "grade");
        (Self { db, feed, clock: clock.clone(), server, version: AtomicI64::new(0) }, channel)
    }

    /// A way of grade-svc to it.
    pub(crate) fn channel(&self, pki: &TestPki) -> Channel {
        self.server.channel(pki, "grade")
    }

    /// Tells changes, in order, each newer than all before.
    pub(crate) async fn tell(&self, changes: &[Change]) {
        let mut changes = changes.to_vec();
        for change in &mut changes {
            change.version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        }
        let mut tx = self.db.begin().await.expect("the feed's database writes");
        outbox::put_all(&mut tx, &changes, self.clock.now()).await.expect("events are written");
        tx.commit().await.expect("events are committed");
    }

    /// Its end, everything that was told included.
    pub(crate) async fn head(&self) -> Head {
        self.feed.head().await.expect("the feed has a head")
    }

    /// What a restore from a backup does: another epoch, and these aggregates are no longer there.
    pub(crate) async fn restore_without(&self, kind: &str, ids: &[String]) {
        let mut tx = self.db.begin().await.expect("the feed's database writes");
        for id in ids {
            let query = chassis::sql!("DELETE FROM outbox WHERE kind = $1 AND aggregate_id = $2");
            query.bind(kind).bind(id).run(&mut tx).await.expect("events are lost");
        }
        let query = chassis::sql!("UPDATE feed_head SET epoch = $1");
        query.bind(chassis::id::new()).run(&mut tx).await.expect("another epoch");
        tx.commit().await.expect("a commit");
    }
}

/// The id of a person, programme, course or class of the tests: made from its name, of which six bytes count.
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

pub(crate) fn lecturer(name: &str, full: &str) -> Change {
    let row =
        student_pb::Lecturer { id: id(name), name: full.to_owned(), programme_id: id("IF-S1"), ..Default::default() };
    Change::new("student.lecturer", id(name), 1, &row)
}

pub(crate) fn student(name: &str, programme: &str, entry: &str, advisor: &str) -> Change {
    let row = student_pb::StudentState {
        id: id(name),
        nim: format!("nim-{name}"),
        name: format!("Mahasiswa {name}"),
        programme_id: id(programme),
        entry_period: entry.to_owned(),
        advisor_id: id(advisor),
        exit_kind: String::new(),
    };
    Change::new("student.student", id(name), 1, &row)
}

/// A course of the programme IF-S1.
pub(crate) fn course(code: &str, credits: u32) -> Change {
    course_of("IF-S1", code, credits)
}

pub(crate) fn course_of(programme: &str, code: &str, credits: u32) -> Change {
    Change::new("course.course", id(code), 1, &course_row(programme, code, credits))
}

fn course_row(programme: &str, code: &str, credits: u32) -> course_pb::Course {
    course_pb::Course {
        id: id(code),
        code: code.to_owned(),
        name: format!("Mata Kuliah {code}"),
        name_en: format!("Course {code}"),
        credits,
        credits_lecture: credits,
        programme_id: id(programme),
        requirement_kind: course_pb::RequirementKind::Compulsory.into(),
        ..Default::default()
    }
}

/// A class of a course, named by course and letter: `IF201` and `A` have the id of `IF201A`. The first lecturer leads.
pub(crate) fn class(course: &str, letter: &str, period: &str, lecturers: &[&str]) -> Change {
    let lecturer = |(n, name): (usize, &&str)| course_pb::ClassLecturer {
        lecturer_id: id(name),
        lead: n == 0,
        ..Default::default()
    };
    let class = id(&format!("{course}{letter}"));
    let row = course_pb::Class {
        id: class.clone(),
        period_code: period.to_owned(),
        course: Some(course_row("IF-S1", course, 3)),
        name: letter.to_owned(),
        capacity: 40,
        lecturers: lecturers.iter().enumerate().map(lecturer).collect(),
        ..Default::default()
    };
    Change::new("course.class", class, 1, &row)
}

/// A plan in a state, with classes named as [`class`] does.
pub(crate) fn plan(student: &str, period: &str, state: course_pb::PlanState, classes: &[&str]) -> Change {
    let row = course_pb::PlanSnapshot {
        student_id: id(student),
        period_code: period.to_owned(),
        state: state.into(),
        class_ids: classes.iter().map(|class| id(class)).collect(),
        revision: state == course_pb::PlanState::Revising,
        wished_class_ids: Vec::new(),
    };
    Change::new("course.plan", format!("{}/{period}", id(student)), 1, &row)
}

/// A plan that was approved before, in a state, with classes that are held and such that are only wished for.
pub(crate) fn revision(student: &str, state: course_pb::PlanState, held: &[&str], wished: &[&str]) -> Change {
    let row = course_pb::PlanSnapshot {
        student_id: id(student),
        period_code: PERIOD.to_owned(),
        state: state.into(),
        class_ids: held.iter().chain(wished).map(|class| id(class)).collect(),
        revision: true,
        wished_class_ids: wished.iter().map(|class| id(class)).collect(),
    };
    Change::new("course.plan", format!("{}/{PERIOD}", id(student)), 1, &row)
}

/// An approved plan.
pub(crate) fn approved(student: &str, period: &str, classes: &[&str]) -> Change {
    plan(student, period, course_pb::PlanState::Approved, classes)
}

/// Courses that are equivalent to one.
pub(crate) fn equivalents(course: &str, others: &[&str]) -> Change {
    let other =
        |other: &&str| course_pb::CurriculumCourse { course_id: id(other), ..course_pb::CurriculumCourse::default() };
    let row = course_pb::Equivalents { course_id: id(course), courses: others.iter().map(other).collect(), version: 1 };
    Change::new("course.equivalents", id(course), 1, &row)
}

/// A period with grade-entry windows.
pub(crate) fn period(code: &str, windows: Vec<course_pb::Window>) -> Change {
    let state = course_pb::PeriodState::Active.into();
    let row = course_pb::Period { code: code.to_owned(), state, windows, version: 1, registration: None };
    Change::new("course.period", code, 1, &row)
}

/// A grade-entry window of everybody, days from a moment.
pub(crate) fn entry_window(now: Timestamp, opens: i64, closes: i64) -> course_pb::Window {
    let day = |days: i64| Some(moment(now + SignedDuration::from_hours(24 * days)));
    course_pb::Window {
        kind: course_pb::WindowKind::GradeEntry.into(),
        scope: course_pb::WindowScope::Unspecified.into(),
        scope_key: String::new(),
        opens_at: day(opens),
        closes_at: day(closes),
    }
}

pub(crate) fn moment(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: 0 }
}
