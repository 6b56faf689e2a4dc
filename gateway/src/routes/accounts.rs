//! `/accounts`: accounts and their roles, for system administrators.

use api::{Account, AccountQuery, Page, RoleKind, RoleScope};
use axum::extract::{OriginalUri, State};
use proto::auth::v1 as pb;

use super::Answer;
use crate::convert::auth as convert;
use crate::edge::extract::{Path, Query};
use crate::edge::reply;
use crate::error::{Rejection, Result};
use crate::state::Gateway;

/// List accounts
///
/// By user name. System administrators only.
#[utoipa::path(
    get, path = "/api/v1/accounts", operation_id = "accounts", tag = "Accounts", params(AccountQuery),
    responses((status = 200, description = "A page of accounts", body = Page<Account>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<AccountQuery>,
) -> Answer {
    let list = gateway.accounts().list(convert::account_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::accounts(list)?)
}

/// Give an account a role
///
/// System administrators only. `student` and `lecturer` cannot be given by hand.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}/roles/{role}", operation_id = "grant_role", tag = "Accounts",
    params(("id" = String, Path, description = "Account"), ("role" = RoleKind, Path, description = "Role"), RoleScope),
    responses((status = 200, description = "The account with the role", body = Account))
)]
pub(crate) async fn put_role(
    State(gateway): State<Gateway>,
    Path([account_id, role]): Path<2>,
    Query(scope): Query<RoleScope>,
) -> Answer {
    let request = pb::GrantRoleRequest { account_id, role: Some(convert::to_role(kind(&role)?, scope)) };
    let account = gateway.accounts().grant_role(request).await?.into_inner();
    reply::plain(&convert::account(account)?)
}

/// Take a role from an account
///
/// System administrators only. Ends the account's sessions.
#[utoipa::path(
    delete, path = "/api/v1/accounts/{id}/roles/{role}", operation_id = "revoke_role", tag = "Accounts",
    params(("id" = String, Path, description = "Account"), ("role" = RoleKind, Path, description = "Role"), RoleScope),
    responses((status = 200, description = "The account without the role", body = Account))
)]
pub(crate) async fn delete_role(
    State(gateway): State<Gateway>,
    Path([account_id, role]): Path<2>,
    Query(scope): Query<RoleScope>,
) -> Answer {
    let request = pb::RevokeRoleRequest { account_id, role: Some(convert::to_role(kind(&role)?, scope)) };
    let account = gateway.accounts().revoke_role(request).await?.into_inner();
    reply::plain(&convert::account(account)?)
}

/// A word that is no role names nothing.
fn kind(word: &str) -> Result<RoleKind> {
    word.parse().map_err(|_| Rejection::absent())
}
