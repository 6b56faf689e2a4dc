//! gRPC servers: what a service hands over to be served, and the layers around it.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use axum::response::IntoResponse;
use http::Request;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::{Service, ServiceExt};

use crate::auth::Method;
use crate::error::Fault;
use crate::serve::Readiness;
use crate::telemetry::Context;

mod body;
mod contract;
mod shed;
pub(crate) mod stack;

pub(crate) use body::{Guarded, code_of};
pub use contract::{Contract, Effect, MethodInfo, contract};

/// The gRPC services of a server, by name.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    router: axum::Router,
}

impl Routes {
    /// No service yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a generated server, for example `KrsServer::new(krs)`.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "adds a service, as a router does; nothing is summed")]
    pub fn add<S>(self, service: S) -> Self
    where
        S: Service<Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        let path = format!("/{}/{{*method}}", S::NAME);
        let service = service.map_request(|request: Request<axum::body::Body>| request.map(Body::new));
        Self { router: self.router.route_service(&path, service) }
    }

    pub(crate) fn into_router(self) -> axum::Router {
        self.router
    }
}

/// A service ready to be served.
#[must_use]
pub struct Built {
    /// The gRPC services.
    pub routes: Routes,
    /// Who may call which method; what is not listed is refused.
    pub policy: &'static [Method],
    /// What must be well before the server says that it is ready. Never another service.
    pub readiness: Readiness,
    pub(crate) tasks: Vec<(&'static str, Task)>,
    pub(crate) limits: Vec<(&'static str, usize)>,
}

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Built {
    /// Services and their table; nothing more to be ready than being there.
    pub fn new(routes: Routes, policy: &'static [Method]) -> Self {
        Self { routes, policy, readiness: Readiness::new(), tasks: Vec::new(), limits: Vec::new() }
    }

    /// Adds a condition of readiness: the own database, the keys.
    pub fn ready_when<F>(mut self, name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        self.readiness = self.readiness.check(name, check);
        self
    }

    /// Adds work that goes on beside the requests, for example following a feed. It is stopped after the last request.
    pub fn background(mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) -> Self {
        self.tasks.push((name, Box::pin(task)));
        self
    }

    /// Gives a method a limit of its own for calls at a time; beyond it they are refused as `overloaded`. Other methods
    /// share the limits of reads, writes and streams.
    pub fn limit(mut self, path: &'static str, at_a_time: usize) -> Self {
        self.limits.push((path, at_a_time));
        self
    }
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Built").field("methods", &self.policy.len()).field("readiness", &self.readiness).finish()
    }
}

/// Runs a command to its end even if the client goes away: a handler's future is dropped when its client disconnects,
/// a half-done command must not be. The command keeps the request's context (deadline, request id, caller) and span.
///
/// # Errors
/// Those of the command; `internal` when it panicked.
pub async fn detached<T, E>(command: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    use tracing::Instrument;
    let context = Context::current().unwrap_or_default();
    let tasks = context.tasks.clone();
    let task = context.scope(command).in_current_span();
    let handle = match tasks {
        Some(tasks) => tasks.spawn(task),
        None => tokio::spawn(task),
    };
    match handle.await {
        Ok(done) => done,
        Err(error) => Err(Fault::internal(format_args!("a command did not finish: {error}")).into()),
    }
}
