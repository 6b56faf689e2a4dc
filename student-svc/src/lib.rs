//! student-svc: faculties, study programmes, lecturers, students, advisors, status per period, and holds with dated
//! waivers.
//!
//! What others may know of it they learn from its feed ([`feed`]); personal data never leaves it but to the student, the
//! administrators of the study programme, and the registrar. A campus brings its own files through the bulk import.

mod app;
mod config;
mod error;
pub mod feed;
mod grpc;
pub mod reasons;
mod rules;
mod store;

use std::sync::Arc;

use chassis::auth::{Trust, TrustConfig, Verifier};
use chassis::client::{self, ClientConfig};
use chassis::clock::Clock;
use chassis::db::{Db, Migrations};
use chassis::grpc::{Built, Routes};
use chassis::pki::Identity;
use chassis::serve::{Shutdown, StartError};
use jiff::SignedDuration;
use proto::student::v1::structure_server::StructureServer;
use proto::student::v1::student_import_server::StudentImportServer;
use proto::student::v1::students_server::StudentsServer;
use tokio_util::sync::CancellationToken;

pub use config::{Config, ImportConfig};
pub use grpc::policy::{POLICY, SERVICES};

/// Name of this service: of its certificate, its database and its command.
pub const NAME: &str = "student";

/// The schema.
pub const MIGRATIONS: Migrations = Migrations::new(
    NAME,
    &[
        ("0101_student.sql", include_str!("../../migrations/student/0101_student.sql")),
        ("0102_import.sql", include_str!("../../migrations/student/0102_import.sql")),
        ("0103_audit.sqlite.sql", include_str!("../../migrations/student/0103_audit.sqlite.sql")),
        ("0103_audit.postgres.sql", include_str!("../../migrations/student/0103_audit.postgres.sql")),
    ],
);

/// Puts the service together: its gRPC services with their background work. It needs no other service; must be called
/// inside a tokio runtime.
///
/// # Errors
/// A setting that does not fit.
pub async fn build(config: &Config, db: Db, clock: Clock) -> Result<Built, StartError> {
    let stop = CancellationToken::new();
    let feed = feed::server(db.clone(), clock.clone(), stop.clone());
    let stop = stop.drop_guard();
    let limits = grpc::ImportLimits {
        faults: config.import.faults,
        silence: config.import.silence,
        stale: SignedDuration::try_from(config.import.stale)?,
    };
    app::import::remove_stale(&db, clock.now(), limits.stale).await?;
    let students =
        grpc::Students { db: db.clone(), clock: clock.clone(), exit_kinds: Arc::from(config.exit_kinds.as_slice()) };
    let import = grpc::StudentImport { db: db.clone(), clock: clock.clone(), feed: feed.clone(), limits };

    let routes = Routes::new()
        .add(StructureServer::new(grpc::Structure { db: db.clone() }))
        .add(StudentsServer::new(students))
        .add(StudentImportServer::new(import))
        .add(feed.into_service());
    let ready = db.clone();
    Ok(Built::new(routes, POLICY)
        .limit(grpc::policy::IMPORT, config.import.at_a_time)
        .ready_when("database", move || {
            let db = ready.clone();
            async move { db.ready().await.is_ok() }
        })
        .background("feed", async move {
            let _stops_with_us = stop;
            std::future::pending::<()>().await;
        })
        .background("old idempotency keys", chassis::idempotency::purge_hourly(db, clock, CancellationToken::new())))
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
    let trust = TrustConfig { service: NAME, data_dir: config.server.data_dir.clone() };
    let verifier = Verifier::new(Trust::start(trust, auth, clock.clone()));
    let built = build(&config, db.clone(), clock).await?;
    let served = chassis::serve::grpc(&config.server, &identity, built, verifier, &shutdown).await;
    db.close().await;
    served
}
