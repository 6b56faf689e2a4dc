//! auth-svc: accounts, passwords, sessions, tokens and roles.
//!
//! Accounts follow student-svc's feed; the operator's command line makes the others. A login costs one password
//! hash, whatever comes of it, and opens a session: a family of single-use refresh tokens, and access tokens of five minutes
//! that every service verifies by itself. A session that is ended early is told to all verifiers over our own feed.

mod app;
mod config;
mod crypto;
mod error;
mod feed;
mod grpc;
pub mod reasons;
mod rules;
mod store;
mod throttle;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chassis::auth::{Trust, Verifier};
use chassis::client::{self, ClientConfig};
use chassis::clock::Clock;
use chassis::db::{Db, Migrations};
use chassis::feed::{ConsumerConfig, FeedChannel};
use chassis::grpc::{Built, Routes};
use chassis::pki::Identity;
use chassis::serve::{Shutdown, StartError};
use proto::auth::v1::accounts_server::AccountsServer;
use proto::auth::v1::operator_server::OperatorServer;
use proto::auth::v1::sessions_server::SessionsServer;
use proto::common::v1::trust_server::TrustServer;
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::crypto::hasher::Hasher;
use crate::crypto::keyring::Keyring;
use crate::crypto::refresh_token::RefreshTokens;
use crate::crypto::secret_file;
use crate::throttle::Throttle;

pub use config::{Config, KeyConfig, PasswordConfig, SessionConfig, ThrottleConfig};
pub use grpc::policy::{POLICY, SERVICES};

/// Name of this service: of its certificate, its database and its command.
pub const NAME: &str = "auth";

/// The schema.
pub const MIGRATIONS: Migrations =
    Migrations::new(NAME, &[("0101_account.sql", include_str!("../../migrations/auth/0101_account.sql"))]);

/// Logins at a time, hashing or not. More than may hash and wait, so that it is the hashing queue that says no.
const LOGINS_AT_A_TIME: usize = 4096;

/// Puts the service together: its gRPC services with their background work, and the verifier of its own tokens. Reads the
/// secrets, or makes them on the first start; `student` leads to student-svc, which need not be there.
///
/// # Errors
/// Secrets or keys that cannot be read, made or used.
pub async fn build<C: FeedChannel>(
    config: &Config,
    db: Db,
    clock: Clock,
    student: C,
) -> Result<(Built, Verifier), StartError> {
    let now = clock.now();
    let keyring = Keyring::open(config.keys.dir.clone(), config.key_times(), now).await?;
    let trust = Trust::own(&keyring.jwks(now)?, clock.clone())?;
    let (pepper, limits) = (pepper(config).await?, config.hash_limits());
    let refresh_tokens = RefreshTokens::new(&pepper)?;
    let hasher = tokio::task::spawn_blocking(move || Hasher::new(limits, pepper)).await??;
    let app = Arc::new(App {
        db: db.clone(),
        clock: clock.clone(),
        trust: trust.clone(),
        hasher,
        keyring,
        refresh_tokens,
        throttle: Throttle::new(config.throttle_limits()),
        terms: config.terms(),
    });
    let stop = CancellationToken::new();
    let feed = feed::server(db.clone(), clock.clone(), stop.clone());
    let consumer = ConsumerConfig { consumer: NAME, source: "student" };
    let people = feed::People(Arc::clone(&app));
    // Runs by itself until `stop`; while it stands still, logging in works for everybody who has an account.
    let _consumer = chassis::feed::consume(consumer, student, db.clone(), people, clock, stop.clone());

    let routes = Routes::new()
        .add(SessionsServer::new(grpc::SessionsService(Arc::clone(&app))))
        .add(AccountsServer::new(grpc::AccountsService(Arc::clone(&app))))
        .add(OperatorServer::new(grpc::OperatorService(Arc::clone(&app))))
        .add(TrustServer::new(grpc::TrustService(Arc::clone(&app))))
        .add(feed.into_service());
    let built = Built::new(routes, grpc::policy::POLICY)
        .limit("/siakad.auth.v1.Sessions/Login", LOGINS_AT_A_TIME)
        .ready_when("database", move || {
            let db = db.clone();
            async move { db.ready().await.is_ok() }
        })
        .background("feeds", async move {
            let _stops_with_us = stop.drop_guard();
            std::future::pending::<()>().await;
        })
        .background("signing keys", keep_keys(Arc::clone(&app), config.keys.check_every))
        .background("old sessions", prune(app, config.sessions.prune_every));
    Ok((built, Verifier::new(trust)))
}

/// Serves until the shutdown is through.
///
/// # Errors
/// Whatever keeps it from starting: certificates, the database and its schema, secrets, an address that is taken.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> Result<(), StartError> {
    chassis::logs::init(&config.server.log);
    let identity = Identity::load(&config.server.pki_dir, NAME)?;
    let db = Db::open(&config.database, &MIGRATIONS).await?;
    let student = client::connect(ClientConfig::new(config.student_endpoint.clone(), "student", &identity))?;
    let (built, verifier) = build(&config, db.clone(), clock, student).await?;
    let served = chassis::serve::grpc(&config.server, &identity, built, verifier, &shutdown).await;
    db.close().await;
    served
}

/// The configured pepper, or the one in the key folder.
async fn pepper(config: &Config) -> Result<Vec<u8>, StartError> {
    if let Some(pepper) = &config.passwords.pepper {
        return Ok(pepper.expose_secret().as_bytes().to_vec());
    }
    let path: PathBuf = config.keys.dir.join("pepper");
    let context = format!("pepper in {}", path.display());
    let pepper = tokio::task::spawn_blocking(move || secret_file::read_or_make(&path)).await?;
    pepper.map_err(|error| StartError::from(error).context(context))
}

async fn keep_keys(app: Arc<App>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        if let Err(error) = app.keep_keys(app.clock.now()).await {
            tracing::error!(%error, "the signing keys are not kept; the present ones stay");
        }
    }
}

async fn prune(app: Arc<App>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        match app::prune::prune(&app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old sessions forgotten"),
            Err(error) => tracing::warn!(%error, "old sessions are kept for now"),
        }
    }
}
