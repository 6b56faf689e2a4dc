//! grade-svc: grade scales, components, scores, grades, KHS, transcript, IPS and IPK.
//!
//! What decides lies in [`rules`], pure; what is stored in [`store`]; a use case is one function of [`app`] that loads
//! under lock, asks the rules, stores and commits; [`grpc`] decodes, authorises, calls and encodes. Of student-svc and
//! course-svc it knows what their feeds tell ([`feed`]), so results are read while every other service stands still.

pub mod app;
mod config;
pub mod error;
pub mod feed;
pub mod grpc;
pub mod model;
pub mod reasons;
pub mod rules;
pub mod store;

use chassis::auth::{Trust, TrustConfig, Verifier};
use chassis::client::{self, ClientConfig};
use chassis::clock::Clock;
use chassis::db::{Db, Migrations};
use chassis::feed::{ConsumerConfig, FeedChannel, FeedConfig, FeedServer, consume};
use chassis::grpc::{Built, Routes};
use chassis::idempotency;
use chassis::pki::Identity;
use chassis::serve::{Shutdown, StartError};
use proto::grade::v1::grade_import_server::GradeImportServer;
use proto::grade::v1::grading_server::GradingServer;
use proto::grade::v1::results_server::ResultsServer;
use proto::grade::v1::scales_server::ScalesServer;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::app::records;
use crate::grpc::grading::GradingService;
use crate::grpc::import::ImportService;
use crate::grpc::results::ResultsService;
use crate::grpc::scales::ScalesService;

pub use config::{Config, DefaultComponent};

/// Name of this service: of its certificate, its database and its command.
pub const NAME: &str = "grade";

/// The schema.
pub const MIGRATIONS: Migrations = Migrations::new(
    NAME,
    &[
        ("0101_projection.sql", include_str!("../../migrations/grade/0101_projection.sql")),
        ("0102_scale.sql", include_str!("../../migrations/grade/0102_scale.sql")),
        ("0103_sheet.sql", include_str!("../../migrations/grade/0103_sheet.sql")),
        ("0104_import.sql", include_str!("../../migrations/grade/0104_import.sql")),
    ],
);

/// Puts the service together with its background work. `student` and `course` lead to student-svc and course-svc, which
/// need not be there; `trust` says whether auth-svc was heard of lately, which publishing asks.
///
/// # Errors
/// None now; a service may fail to be put together.
pub async fn build<S: FeedChannel, C: FeedChannel>(
    config: &Config,
    db: Db,
    clock: Clock,
    trust: Trust,
    student: S,
    course: C,
) -> Result<Built, StartError> {
    let stop = CancellationToken::new();
    let feed = FeedServer::start(db.clone(), feed::sources(), FeedConfig::default(), clock.clone(), stop.clone());
    // The consumers run by themselves until `stop`; while they stand still, results are read as they arrived.
    let student_feed = ConsumerConfig { consumer: NAME, source: "student" };
    let _student = consume(student_feed, student, db.clone(), feed::StudentProjection, clock.clone(), stop.clone());
    let course_feed = ConsumerConfig { consumer: NAME, source: "course" };
    let courses = feed::CourseProjection::new(config.components.clone());
    let _course = consume(course_feed, course, db.clone(), courses, clock.clone(), stop.clone());
    let app = App { db: db.clone(), clock: clock.clone(), import_rows: config.import_rows };

    let components = config.components.clone().into();
    let import = ImportService { app: app.clone(), feed: feed.clone(), components };
    let grading = GradingService { app: app.clone(), trust, login_age: config.publish_login_age };
    let routes = Routes::new()
        .add(GradingServer::new(grading))
        .add(ResultsServer::new(ResultsService(app.clone())))
        .add(ScalesServer::new(ScalesService(app)))
        .add(GradeImportServer::new(import))
        .add(feed.into_service());
    let purge = idempotency::purge_hourly(db.clone(), clock.clone(), stop.clone());
    let work_off = records::work_off(db.clone(), clock, stop.clone());
    Ok(Built::new(routes, grpc::policy::POLICY)
        .ready_when("database", move || {
            let db = db.clone();
            async move { db.ready().await.is_ok() }
        })
        .background("feeds", async move {
            let _stops_with_us = stop.drop_guard();
            std::future::pending::<()>().await;
        })
        .background("records", work_off)
        .background("old idempotency keys", purge))
}

/// Serves until the shutdown is through.
///
/// # Errors
/// Whatever keeps it from starting: certificates, the database and its schema, an address that is taken.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> Result<(), StartError> {
    chassis::logs::init(&config.server.log);
    let identity = Identity::load(&config.server.pki_dir, NAME)?;
    let db = Db::open(&config.database, &MIGRATIONS).await?;
    let auth = client::connect(ClientConfig::new(config.auth_endpoint.clone(), "auth", &identity))?;
    let student = client::connect(ClientConfig::new(config.student_endpoint.clone(), "student", &identity))?;
    let course = client::connect(ClientConfig::new(config.course_endpoint.clone(), "course", &identity))?;
    let trust = TrustConfig { service: NAME, data_dir: config.server.data_dir.clone() };
    let trust = Trust::start(trust, auth, clock.clone());
    let built = build(&config, db.clone(), clock, trust.clone(), student, course).await?;
    let served = chassis::serve::grpc(&config.server, &identity, built, Verifier::new(trust), &shutdown).await;
    db.close().await;
    served
}
