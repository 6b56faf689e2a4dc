//! The layer of each route: who may pass, how many at once, and how much time they have.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chassis::auth::{Caller, User};
use chassis::error::Fault;
use chassis::telemetry::{Bearer, Context};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::address;
use super::seal::Client;
use super::traffic::Lane;
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
}

/// Lets a request through to its handler, or refuses it.
pub(crate) async fn pass(State((gateway, gate)): State<(Gateway, Gate)>, request: Request, next: Next) -> Response {
    // The place is kept until the answer is there.
    let _place = match gateway.lanes().enter(gate.lane) {
        Ok(place) => place,
        Err(rejection) => return rejection.into_response(),
    };
    let (parts, body) = request.into_parts();
    match admit(&gateway, gate, &parts).await {
        Ok(context) => context.scope(next.run(Request::from_parts(parts, body))).await,
        Err(rejection) => rejection.into_response(),
    }
}

/// The context that the handler runs in: token verified, limits kept. The deadline is in it already.
async fn admit(gateway: &Gateway, gate: Gate, request: &Parts) -> Result<Context> {
    let Client(client) = *request.extensions.get::<Client>().ok_or_else(Rejection::internal)?;
    let client = address::bucket(client);
    let mut context = Context::current().unwrap_or_default();
    context.idempotency_key = idempotency_key(&request.method, &request.headers)?;
    let caller = match identify(gateway, gate.access, &request.headers).await {
        Ok(caller) => caller,
        Err(refused) => {
            // Guessing tokens costs as much as asking without one.
            gateway.rates().address.count(&client)?;
            return Err(refused);
        }
    };
    match &caller {
        Some(caller) => gateway.rates().account.count(&caller.account_id)?,
        None if gate.lane == Lane::Login => gateway.rates().login.count(&client)?,
        None => gateway.rates().address.count(&client)?,
    }
    if caller.is_none() {
        context.bearer = None;
    }
    context.caller = caller.map(Arc::new);
    Ok(context)
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

/// The key of a POST; other methods are idempotent by nature, and a key with them means nothing.
fn idempotency_key(method: &Method, headers: &HeaderMap) -> Result<Option<Arc<str>>> {
    let mut values = headers.get_all(chassis::telemetry::IDEMPOTENCY_KEY).iter();
    if *method != Method::POST {
        return Ok(None);
    }
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

    fn key(method: Method, values: &[&[u8]]) -> std::result::Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("idempotency-key", http::HeaderValue::from_bytes(value).unwrap());
        }
        let key = idempotency_key(&method, &headers);
        key.map(|key| key.map(|key| key.to_string())).map_err(|rejection| rejection.reason().to_owned())
    }

    #[test]
    fn an_idempotency_key_is_taken_with_a_post_when_it_is_well_formed() {
        assert_eq!(key(Method::POST, &[]), Ok(None));
        assert_eq!(key(Method::POST, &[b"4f1c-9"]), Ok(Some("4f1c-9".to_owned())));
        assert_eq!(key(Method::PUT, &[b"4f1c-9"]), Ok(None));
        let long = vec![b'x'; 129];
        let bad: &[&[&[u8]]] = &[&[b""], &[b"a b"], &[b"\xff"], &[b"a", b"b"], &[&long]];
        for values in bad {
            assert_eq!(key(Method::POST, values), Err("idempotency-key-invalid".to_owned()), "{values:?}");
        }
    }
}
