//! course-svc: courses, periods, rooms, classes with their timetable, and study plans (KRS).
//!
//! What decides lies in [`rules`], pure; what is stored in [`store`]; a use case is one function of [`app`] that loads
//! under lock, asks the rules, stores and commits; [`grpc`] decodes, authorises, calls and encodes. Of student-svc and
//! grade-svc it knows what their feeds tell ([`feed`]), so KRS goes on while every other service stands still.

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
use proto::course::v1::admission_server::AdmissionServer;
use proto::course::v1::allocations_server::AllocationsServer;
use proto::course::v1::approvals_server::ApprovalsServer;
use proto::course::v1::catalogue_server::CatalogueServer;
use proto::course::v1::course_import_server::CourseImportServer;
use proto::course::v1::curricula_server::CurriculaServer;
use proto::course::v1::krs_server::KrsServer;
use proto::course::v1::offering_server::OfferingServer;
use proto::course::v1::packages_server::PackagesServer;
use proto::course::v1::registration_server::RegistrationServer;
use proto::course::v1::waiting_lists_server::WaitingListsServer;
use tokio_util::sync::CancellationToken;

use crate::app::allocations::Allocations;
use crate::app::approvals::Bulk;
use crate::app::rulebook::Rulebook;
use crate::app::{App, Limits};
use crate::grpc::admission::AdmissionService;
use crate::grpc::allocations::AllocationService;
use crate::grpc::approvals::ApprovalService;
use crate::grpc::catalogue::CatalogueService;
use crate::grpc::curricula::CurriculaService;
use crate::grpc::import::ImportService;
use crate::grpc::krs::KrsService;
use crate::grpc::offering::OfferingService;
use crate::grpc::packages::PackagesService;
use crate::grpc::registration::RegistrationService;
use crate::grpc::waiting::WaitingService;

pub use config::Config;

/// Name of this service: of its certificate, its database and its command.
pub const NAME: &str = "course";

/// The schema.
pub const MIGRATIONS: Migrations = Migrations::new(
    NAME,
    &[
        ("0101_projection.sql", include_str!("../../migrations/course/0101_projection.sql")),
        ("0102_offering.sql", include_str!("../../migrations/course/0102_offering.sql")),
        ("0103_plan.sql", include_str!("../../migrations/course/0103_plan.sql")),
        ("0104_import.sql", include_str!("../../migrations/course/0104_import.sql")),
        ("0105_curriculum.sql", include_str!("../../migrations/course/0105_curriculum.sql")),
        ("0106_plan_state.sqlite.sql", include_str!("../../migrations/course/0106_plan_state.sqlite.sql")),
        ("0106_plan_state.postgres.sql", include_str!("../../migrations/course/0106_plan_state.postgres.sql")),
        ("0107_record.sql", include_str!("../../migrations/course/0107_record.sql")),
        ("0108_student_name.sql", include_str!("../../migrations/course/0108_student_name.sql")),
        ("0109_registration.sqlite.sql", include_str!("../../migrations/course/0109_registration.sqlite.sql")),
        ("0109_registration.postgres.sql", include_str!("../../migrations/course/0109_registration.postgres.sql")),
        ("0110_policy.sql", include_str!("../../migrations/course/0110_policy.sql")),
        ("0111_waiting.sql", include_str!("../../migrations/course/0111_waiting.sql")),
        ("0112_approval.sql", include_str!("../../migrations/course/0112_approval.sql")),
        ("0113_admission.sql", include_str!("../../migrations/course/0113_admission.sql")),
        ("0114_allocation.sql", include_str!("../../migrations/course/0114_allocation.sql")),
        ("0115_plan_index.sql", include_str!("../../migrations/course/0115_plan_index.sql")),
        ("0116_revision.sql", include_str!("../../migrations/course/0116_revision.sql")),
        ("0117_hot_update.sqlite.sql", include_str!("../../migrations/course/0117_hot_update.sqlite.sql")),
        ("0117_hot_update.postgres.sql", include_str!("../../migrations/course/0117_hot_update.postgres.sql")),
    ],
);

/// Puts the service together with its background work; `student` leads to student-svc and `grade` to grade-svc, which need
/// not be there.
///
/// # Errors
/// None now; a service may fail to be put together.
pub async fn build<C: FeedChannel>(
    config: &Config,
    db: Db,
    clock: Clock,
    student: C,
    grade: C,
) -> Result<Built, StartError> {
    let stop = CancellationToken::new();
    let feed = FeedServer::start(db.clone(), feed::sources(), FeedConfig::default(), clock.clone(), stop.clone());
    let from = |source| ConsumerConfig { consumer: NAME, source };
    // They run by themselves until `stop`; while one stands still, KRS goes on with what has arrived.
    let _ = consume(from("student"), student, db.clone(), feed::StudentProjection, clock.clone(), stop.clone());
    let _ = consume(from("grade"), grade, db.clone(), feed::GradeProjection, clock.clone(), stop.clone());
    let rulebook = Rulebook::new(config.policy.clone(), config.registration);
    let limits = Limits {
        import_rows: config.import_rows,
        registrar: config.registrar,
        admission: config.admission,
        readings: config.readings,
        waiting_tick: config.waiting_tick,
    };
    let app = App::start(db.clone(), clock.clone(), rulebook, limits, stop.clone());

    let bulk = Bulk::new(app.clone(), config.approvals);
    let allocations = Allocations::new(app.clone(), config.allocations);
    let allocating = AllocationService { app: app.clone(), allocations: allocations.clone() };
    let import = CourseImportServer::new(ImportService { app: app.clone(), feed: feed.clone() });
    let routes = Routes::new()
        .add(CatalogueServer::new(CatalogueService(app.clone())))
        .add(OfferingServer::new(OfferingService(app.clone())))
        .add(CurriculaServer::new(CurriculaService(app.clone())))
        .add(AdmissionServer::new(AdmissionService(app.clone())))
        .add(RegistrationServer::new(RegistrationService(app.clone())))
        .add(KrsServer::new(KrsService(app.clone())))
        .add(WaitingListsServer::new(WaitingService(app.clone())))
        .add(PackagesServer::new(PackagesService(app.clone())))
        .add(AllocationsServer::new(allocating))
        .add(ApprovalsServer::new(ApprovalService { app, bulk: bulk.clone() }))
        .add(import)
        .add(feed.into_service());
    let purge = idempotency::purge_hourly(db.clone(), clock, stop.clone());
    // As many calls as its queue and what is being settled can hold: then the queue refuses, in the order of coming.
    let orders = config.registrar.queue + config.registrar.batch * config.registrar.writers;
    let entries = config.admission.queue + config.admission.batch;
    let built = Built::new(routes, grpc::policy::POLICY).limit(grpc::policy::ENTER, entries);
    let built = grpc::policy::QUEUED.iter().fold(built, |built, path| built.limit(path, orders));
    Ok(built
        .ready_when("database", move || {
            let db = db.clone();
            async move { db.ready().await.is_ok() }
        })
        .background("bulk approvals", bulk.work(stop.clone()))
        .background("allocations", allocations.work(stop.clone()))
        .background("feeds", async move {
            let _stops_with_us = stop.drop_guard();
            std::future::pending::<()>().await;
        })
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
    let grade = client::connect(ClientConfig::new(config.grade_endpoint.clone(), "grade", &identity))?;
    let trust = TrustConfig { service: NAME, data_dir: config.server.data_dir.clone() };
    let verifier = Verifier::new(Trust::start(trust, auth, clock.clone()));
    let built = build(&config, db.clone(), clock, student, grade).await?;
    let served = chassis::serve::grpc(&config.server, &identity, built, verifier, &shutdown).await;
    db.close().await;
    served
}
