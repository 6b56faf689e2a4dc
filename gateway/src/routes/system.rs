//! Keys of the token issuer and health.

use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use proto::common::v1::Empty;

use super::Answer;
use crate::edge::cache::{Fetched, Keep};
use crate::error::{Rejection, Result};
use crate::reasons;
use crate::state::Gateway;

/// Keys change a day ahead of their use, so an old answer is a good one.
const KEEP_KEYS: Keep = Keep { fresh: Duration::from_secs(300), stale: Duration::from_secs(86_400) };

/// Read the keys of access tokens
///
/// RFC 7517. Programs that verify access tokens by themselves read them here.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "jwks", tag = "System",
    responses((status = 200, description = "A JSON Web Key Set", body = serde_json::Value))
)]
pub(crate) async fn jwks(State(gateway): State<Gateway>) -> Answer {
    let fetch = async {
        let jwks = gateway.trust().get_jwks(Empty {}).await?.into_inner();
        Ok(Fetched { body: jwks.json.into(), link: None })
    };
    gateway.shared().get("/.well-known/jwks.json".to_owned(), KEEP_KEYS, fetch).await
}

/// Ask whether the gateway is alive
#[utoipa::path(
    get, path = "/healthz", operation_id = "health", tag = "System",
    responses((status = 200, description = "It is", content_type = "text/plain", body = String))
)]
pub(crate) async fn health() -> &'static str {
    "ok"
}

/// Ask whether the gateway takes requests
///
/// It does as soon as it knows a key to verify access tokens with. Other services may be down: that is told by the
/// routes that need them.
#[utoipa::path(
    get, path = "/readyz", operation_id = "ready", tag = "System",
    responses((status = 200, description = "It does", content_type = "text/plain", body = String))
)]
pub(crate) async fn ready(State(gateway): State<Gateway>) -> Result<impl IntoResponse> {
    if gateway.is_ready().await {
        Ok("ready")
    } else {
        let wait = Duration::from_secs(1);
        Err(Rejection::busy(StatusCode::SERVICE_UNAVAILABLE, reasons::NOT_READY, wait))
    }
}
