//! Health: liveness (the process answers at all) apart from readiness (own database, own keys).
//!
//! Readiness never asks another service, or one failure would take all of them out of service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::{Limits, Shutdown, accept, http};

/// How often readiness is looked at for gRPC health.
const LOOK: Duration = Duration::from_millis(500);
/// A check that takes longer counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// What must be well before a server says that it is ready. Cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness {
    checks: Vec<(&'static str, Check)>,
}

impl Readiness {
    /// Nothing has to be.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition. Only what is the server's own: its database, its keys.
    #[must_use]
    pub fn check<F>(mut self, name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        self.checks.push((name, Arc::new(move || Box::pin(check()))));
        self
    }

    /// Names of the conditions that are not met now; a check that takes longer than 2 s is not.
    pub async fn missing(&self) -> Vec<&'static str> {
        let ask = |(name, check): &(&'static str, Check)| {
            let (name, asked) = (*name, tokio::time::timeout(PATIENCE, check()));
            async move { if asked.await.unwrap_or(false) { None } else { Some(name) } }
        };
        futures_util::future::join_all(self.checks.iter().map(ask)).await.into_iter().flatten().collect()
    }

    /// `/healthz` and `/readyz`. Readiness is gone as soon as the end was asked for.
    pub fn routes(&self, shutdown: Shutdown) -> Router {
        Router::new()
            .route("/healthz", get(|| std::future::ready("ok")))
            .route("/readyz", get(ready))
            .with_state((self.clone(), shutdown))
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|(name, _)| name)).finish()
    }
}

async fn ready(State((readiness, shutdown)): State<(Readiness, Shutdown)>) -> impl IntoResponse {
    if shutdown.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping".to_owned());
    }
    let missing = readiness.missing().await;
    if missing.is_empty() {
        (StatusCode::OK, "ready".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}", missing.join(", ")))
    }
}

async fn metrics() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], crate::telemetry::metrics::render())
}

/// Keeps gRPC health as readiness has it.
pub(super) struct Reporter(Option<(HealthReporter, Readiness, Shutdown)>);

impl Reporter {
    pub(super) fn none() -> Self {
        Self(None)
    }

    async fn run(self) {
        let Some((reporter, readiness, shutdown)) = self.0 else { return std::future::pending().await };
        loop {
            let status = if !shutdown.is_requested() && readiness.missing().await.is_empty() {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            reporter.set_service_status("", status).await;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = shutdown.requested(), if !shutdown.is_requested() => {}
            }
        }
    }
}

/// gRPC health, `NOT_SERVING` until readiness was seen.
pub(super) async fn grpc(readiness: &Readiness, shutdown: &Shutdown) -> (HealthServer<HealthService>, Reporter) {
    let reporter = HealthReporter::new();
    // It starts as SERVING, which is not true before the first look.
    reporter.set_service_status("", ServingStatus::NotServing).await;
    let service = HealthService::from_health_reporter(reporter.clone());
    (HealthServer::new(service), Reporter(Some((reporter, readiness.clone(), shutdown.clone()))))
}

/// What runs beside a server and answers until its very end: the private port and the health reporter. Never returns.
pub(super) async fn beside(private: Option<TcpListener>, readiness: Readiness, shutdown: Shutdown, reporter: Reporter) {
    let router = readiness.routes(shutdown).route("/metrics", get(metrics));
    let page = async {
        let Some(listener) = private else { return std::future::pending().await };
        let limits = Limits { max_connections: 64, ..Limits::default() };
        // Its own shutdown, never triggered: it answers while the server drains.
        let acceptor = accept::Acceptor { tls: None, only_http2: false, limits, shutdown: Shutdown::new() };
        acceptor.run(listener, http::answer(router)).await;
    };
    tokio::join!(page, reporter.run());
}
