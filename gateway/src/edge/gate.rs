//! The layer of each route: who may pass, how many at once, and how much time they have.

use std::sync::Arc;

use api::routes::{self as r, Route};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chassis::auth::{Caller, User};
use chassis::error::Fault;
use chassis::telemetry::{Bearer, Context};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::seal::Client;
use super::traffic::Lane;
use super::{address, body};
use crate::error::{Rejection, Result};
use crate::state::Gateway;

/// Whether a route asks for an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// No token is looked at.
    Open,
    /// Anyone; with a token, as the user behind it.
    Optional,
    /// A valid token.
    Required,
    /// A valid token; while auth-svc is silent, one that expired a short while ago.
    Graceful,
}

/// What the router says about a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate {
    pub(crate) lane: Lane,
    pub(crate) access: Access,
    /// Whether an `Idempotency-Key` means something here.
    pub(crate) keyed: bool,
}

/// Whether an `Idempotency-Key` means something with this route: with everything that makes something, and with giving
/// a seat or a place in line back or withdrawing a plan, whose answers are kept as those of taking one and submitting it.
/// The other methods are idempotent by nature.
pub(crate) fn takes_key(route: Route) -> bool {
    route.method == r::Method::Post || [r::ITEM_DELETE, r::SUBMISSION_DELETE, r::WAITING_DELETE].contains(&route)
}

/// Lets a request through to its handler, or refuses it.
pub(crate) async fn pass(State((gateway, gate)): State<(Gateway, Gate)>, request: Request, next: Next) -> Response {
    match through(&gateway, gate, request, next).await {
        Ok(response) => response,
        Err(rejection) => rejection.into_response(),
    }
}

/// Whoever does not send a body holds nothing but a connection: the place comes last.
async fn through(gateway: &Gateway, gate: Gate, request: Request, next: Next) -> Result<Response> {
    let (parts, mut body) = request.into_parts();
    let context = admit(gateway, gate, &parts).await?;
    if reads_body(&parts.method) {
        body = Body::from(body::read(gateway.config(), &parts.headers, body).await?);
    }
    // Kept until the answer is there.
    let _place = gateway.lanes().enter(gate.lane)?;
    Ok(context.scope(next.run(Request::from_parts(parts, body))).await)
}

/// Whether a body with this method is read at all; no handler looks at one with the others.
fn reads_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT)
}

/// The context that the handler runs in: token verified, limits kept. The deadline is in it already.
async fn admit(gateway: &Gateway, gate: Gate, request: &Parts) -> Result<Context> {
    let Client(client) = *request.extensions.get::<Client>().ok_or_else(Rejection::internal)?;
    let client = address::bucket(client);
    let mut context = Context::current().unwrap_or_default();
    context.idempotency_key = if gate.keyed { idempotency_key(&request.headers)? } else { None };
    let caller = match identify(gateway, gate.access, &request.headers).await {
        Ok(caller) => caller,
        Err(refused) => {
            let bearer = Bearer::from_headers(&request.headers).filter(|_| was_ours(&refused));
            match bearer {
                // A campus comes from one address: whose token has run out holds back nobody else there.
                Some(bearer) => gateway.rates().account.count(&bearer.token())?,
                // Guessing tokens costs as much as asking without one.
                None => gateway.rates().address.count(&client)?,
            }
            return Err(refused);
        }
    };
    match &caller {
        Some(caller) => gateway.rates().account.count(&caller.account_id)?,
        None if gate.lane == Lane::Login => gateway.rates().login.count(&client)?,
        None if gate.lane == Lane::Refresh => gateway.rates().refresh_address.count(&client)?,
        None => gateway.rates().address.count(&client)?,
    }
    if caller.is_none() {
        context.bearer = None;
    }
    context.caller = caller.map(Arc::new);
    Ok(context)
}

/// Whether the token was signed by us and is merely of no use any more.
fn was_ours(refused: &Rejection) -> bool {
    matches!(refused.reason(), chassis::reasons::TOKEN_EXPIRED | chassis::reasons::SESSION_REVOKED)
}

/// The user behind the request, as far as the route wants to know.
async fn identify(gateway: &Gateway, access: Access, headers: &HeaderMap) -> Result<Option<Caller>> {
    if access == Access::Open || (access == Access::Optional && !headers.contains_key(AUTHORIZATION)) {
        return Ok(None);
    }
    let user = if access == Access::Required { User::Required } else { User::Graceful };
    if !headers.contains_key(AUTHORIZATION) {
        let missing =
            Fault::unauthenticated(chassis::reasons::TOKEN_MISSING, "send Authorization: Bearer <access token>");
        return Err(missing.into());
    }
    let bearer = Bearer::from_headers(headers).ok_or_else(|| {
        Fault::unauthenticated(
            chassis::reasons::TOKEN_INVALID,
            "expected one header Authorization: Bearer <access token>",
        )
    })?;
    Ok(Some(gateway.verifier().verify(bearer.token(), user).await?))
}

/// The key that came with the request, if one did.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<Arc<str>>> {
    let mut values = headers.get_all(chassis::telemetry::IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(key) if well_formed(key) => Ok(Some(key.into())),
            _ => Err(malformed_key()),
        },
        (Some(_), Some(_)) => Err(malformed_key()),
    }
}

fn well_formed(key: &str) -> bool {
    (1..=api::limits::IDEMPOTENCY_KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn malformed_key() -> Rejection {
    let detail = "Idempotency-Key takes 1 to 128 visible ASCII characters, once";
    Rejection::new(StatusCode::BAD_REQUEST, chassis::reasons::KEY_INVALID, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&[u8]]) -> std::result::Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("idempotency-key", http::HeaderValue::from_bytes(value).unwrap());
        }
        let key = idempotency_key(&headers);
        key.map(|key| key.map(|key| key.to_string())).map_err(|rejection| rejection.reason().to_owned())
    }

    #[test]
    fn an_idempotency_key_is_taken_when_it_is_well_formed() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&[b"4f1c-9"]), Ok(Some("4f1c-9".to_owned())));
        let long = vec![b'x'; 129];
        let bad: &[&[&[u8]]] = &[&[b""], &[b"a b"], &[b"\xff"], &[b"a", b"b"], &[&long]];
        for values in bad {
            assert_eq!(key(values), Err("idempotency-key-invalid".to_owned()), "{values:?}");
        }
    }

    #[test]
    fn a_key_means_something_where_an_answer_is_kept() {
        for (route, keyed) in [
            (r::ITEMS_POST, true),
            (r::ITEM_DELETE, true),
            (r::SUBMISSION_DELETE, true),
            (r::WAITING_DELETE, true),
            (r::CLASS_DELETE, false),
            (r::CLASS_PUT, false),
            (r::PLAN_GET, false),
        ] {
            assert_eq!(takes_key(route), keyed, "{route}");
        }
    }
}
