//! The single entry for programs: REST under `/api/v1`, in front of the services' gRPC.
//!
//! The gateway verifies the access token, keeps limits, gives the request an id and a deadline, and calls one service;
//! the service verifies the token again and decides by itself. The gateway owns no data and no rule: what it answers
//! comes from a service, or is a refusal of the request's form or of too much traffic. It composes answers of several
//! services only at `/api/v1/home`, where a failed part is marked and fails nothing else.

mod config;
mod convert;
mod edge;
mod error;
mod openapi;
pub mod reasons;
mod router;
mod routes;
mod state;

use chassis::auth::{Trust, TrustConfig, Verifier};
use chassis::client::{self, Channel, ClientConfig, Endpoints};
use chassis::clock::Clock;
use chassis::pki::Identity;
use chassis::serve::{Readiness, Shutdown, StartError};

pub use config::{Budgets, Config, EdgeConfig, LaneLimits, Rate};
pub use state::Links;

/// Name of the service: of its certificate and of its process.
pub const NAME: &str = "gateway";

/// The gateway, ready to be served.
#[must_use]
pub struct Built {
    /// The routes with all layers. Handlers need `ConnectInfo<SocketAddr>`, which `chassis::serve::http` gives.
    pub router: axum::Router,
    /// What must be well before the gateway takes requests: keys to verify tokens with. Never another service.
    pub readiness: Readiness,
}

/// Puts the gateway together. Connects nothing.
pub fn build(config: EdgeConfig, clock: Clock, links: Links, trust: Trust, shutdown: &Shutdown) -> Built {
    let verifier = Verifier::new(trust.clone());
    let readiness = Readiness::new().check("keys", move || std::future::ready(trust.has_keys()));
    let gateway = state::Gateway::new(config, clock, links, verifier, readiness.clone(), shutdown.clone());
    Built { router: router::router(gateway), readiness }
}

/// The OpenAPI document as it is served: JSON.
#[must_use]
pub fn openapi() -> &'static str {
    openapi::Documents::get().text()
}

/// Serves the gateway until the shutdown is through.
///
/// # Errors
/// When certificates, an endpoint or an address cannot be used.
pub async fn serve(config: Config, clock: Clock, shutdown: Shutdown) -> Result<(), StartError> {
    chassis::logs::init(&config.server.log);
    let identity = Identity::load(&config.server.pki_dir, NAME)?;
    let links = Links {
        auth: link(&config.auth_endpoint, "auth", &identity)?,
        student: link(&config.student_endpoint, "student", &identity)?,
        course: link(&config.course_endpoint, "course", &identity)?,
        grade: link(&config.grade_endpoint, "grade", &identity)?,
    };
    let trust = TrustConfig { service: NAME, data_dir: config.server.data_dir.clone() };
    let trust = Trust::start(trust, links.auth.clone(), clock.clone());
    let built = build(config.edge, clock, links, trust, &shutdown);
    chassis::serve::http(&config.server, built.router, built.readiness, &shutdown).await
}

fn link(endpoints: &Endpoints, name: &str, identity: &Identity) -> Result<Channel, StartError> {
    Ok(client::connect(ClientConfig::new(endpoints.clone(), name, identity))?)
}
