//! `/me`: the caller's own account.

use api::{Account, PasswordChange};
use axum::extract::State;
use proto::common::v1::Empty;

use super::Answer;
use crate::convert::auth as convert;
use crate::edge::extract::Json;
use crate::edge::reply;
use crate::state::Gateway;

/// Read one's own account
#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "me", tag = "Accounts",
    responses((status = 200, description = "The caller's account", body = Account))
)]
pub(crate) async fn get(State(gateway): State<Gateway>) -> Answer {
    let account = gateway.accounts().get_me(Empty {}).await?.into_inner();
    reply::plain(&convert::account(account)?)
}

/// Change one's password
///
/// Ends the caller's other sessions.
#[utoipa::path(
    put, path = "/api/v1/me/password", operation_id = "change_password", tag = "Accounts",
    request_body = PasswordChange, responses((status = 204, description = "The password is changed"))
)]
pub(crate) async fn put_password(State(gateway): State<Gateway>, Json(change): Json<PasswordChange>) -> Answer {
    gateway.accounts().change_password(convert::password(change)).await?;
    Ok(reply::done())
}
