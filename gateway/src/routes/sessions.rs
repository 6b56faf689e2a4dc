//! `/sessions`: logging in and staying so.

use api::{Login, Refresh, Tokens};
use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use proto::common::v1::Empty;
use sha2::{Digest as _, Sha256};

use super::Answer;
use crate::convert::auth as convert;
use crate::edge::extract::Json;
use crate::edge::reply;
use crate::edge::seal::Client;
use crate::state::Gateway;

/// Log in
///
/// Exchanges a user name and a password for an access token of five minutes and a refresh token. Every kind of "no"
/// has one answer.
#[utoipa::path(
    post, path = "/api/v1/sessions", operation_id = "login", tag = "Sessions", request_body = Login,
    responses((status = 201, description = "The session's tokens", body = Tokens))
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Extension(Client(client)): Extension<Client>,
    Json(login): Json<Login>,
) -> Answer {
    let request = convert::login(login, client.to_string());
    let tokens = convert::tokens(gateway.sessions().login(request).await?.into_inner())?;
    let mut response = reply::plain(&tokens)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Refresh the tokens
///
/// Exchanges a refresh token for the next pair. Each works once; using a used one ends the whole session.
#[utoipa::path(
    post, path = "/api/v1/sessions/refresh", operation_id = "refresh", tag = "Sessions", request_body = Refresh,
    responses((status = 200, description = "The next tokens", body = Tokens))
)]
pub(crate) async fn refresh(State(gateway): State<Gateway>, Json(refresh): Json<Refresh>) -> Answer {
    // Web asks for many people from one address: what is held back is the one token that is sent over and over.
    let token: [u8; 32] = Sha256::digest(&refresh.refresh_token).into();
    gateway.rates().refresh.count(&token)?;
    let tokens = gateway.sessions().refresh(convert::refresh(refresh)).await?.into_inner();
    reply::plain(&convert::tokens(tokens)?)
}

/// Log out
///
/// Ends the session of the access token; its tokens are void at once.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", operation_id = "logout", tag = "Sessions",
    responses((status = 204, description = "The session has ended"))
)]
pub(crate) async fn delete(State(gateway): State<Gateway>) -> Answer {
    gateway.sessions().logout(Empty {}).await?;
    Ok(reply::done())
}
