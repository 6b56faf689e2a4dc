//! Approving many plans at once, and delegations.

use api::{Approval, ApprovalInput, ApprovalOutcome, Delegation, DelegationInput, DelegationQuery, Page, PageQuery};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{EndDelegationRequest, GetApprovalRequest, ListApprovalOutcomesRequest};

use super::Answer;
use crate::convert::{bulk as convert, page_request};
use crate::edge::extract::{Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// Approve many plans
///
/// Each for itself: one that is refused keeps none of the others back. It goes on when the caller leaves; ask at
/// `Location` how far it is. An advisor the advisees', a delegate those of who delegated, the registrar all.
#[utoipa::path(
    post, path = "/api/v1/approvals", operation_id = "start_approval", tag = "Approvals",
    request_body = ApprovalInput,
    responses((status = 202, description = "It has begun", body = Approval))
)]
pub(crate) async fn start(State(gateway): State<Gateway>, Json(input): Json<ApprovalInput>) -> Answer {
    let started = gateway.approvals().start_approval(convert::to_start(input)).await?.into_inner();
    let approval = convert::approval(started)?;
    reply::accepted(&approval, &format!("/api/v1/approvals/{}", approval.id))
}

/// Read how far a bulk approval is
///
/// Whoever started it, and the registrar.
#[utoipa::path(
    get, path = "/api/v1/approvals/{id}", operation_id = "approval", tag = "Approvals",
    params(("id" = String, Path, description = "Bulk approval")),
    responses((status = 200, description = "The bulk approval", body = Approval))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let approval = gateway.approvals().get_approval(GetApprovalRequest { id }).await?.into_inner();
    reply::plain(&convert::approval(approval)?)
}

/// List what became of each plan
///
/// Those that were refused come first. Whoever started it, and the registrar.
#[utoipa::path(
    get, path = "/api/v1/approvals/{id}/outcomes", operation_id = "approval_outcomes", tag = "Approvals",
    params(("id" = String, Path, description = "Bulk approval"), PageQuery),
    responses((status = 200, description = "A page of outcomes", body = Page<ApprovalOutcome>))
)]
pub(crate) async fn outcomes(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([id]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page_request(query.limit, query.cursor)?;
    let list = gateway.approvals().list_approval_outcomes(ListApprovalOutcomesRequest { id, page }).await?;
    reply::list(&uri, &convert::outcomes(list.into_inner())?)
}

/// List delegations
///
/// Those that the caller gave or received; the registrar all. The latest come first.
#[utoipa::path(
    get, path = "/api/v1/delegations", operation_id = "delegations", tag = "Approvals", params(DelegationQuery),
    responses((status = 200, description = "A page of delegations", body = Page<Delegation>))
)]
pub(crate) async fn delegations(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<DelegationQuery>,
) -> Answer {
    let list = gateway.approvals().list_delegations(convert::delegation_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::delegations(list)?)
}

/// Let another lecturer decide
///
/// About the plans of an advisor's advisees, for a time. The advisor, or the registrar.
#[utoipa::path(
    post, path = "/api/v1/delegations", operation_id = "create_delegation", tag = "Approvals",
    request_body = DelegationInput,
    responses((status = 201, description = "The new delegation", body = Delegation))
)]
pub(crate) async fn delegate(State(gateway): State<Gateway>, Json(input): Json<DelegationInput>) -> Answer {
    let made = gateway.approvals().create_delegation(convert::to_delegation(input)).await?.into_inner();
    reply::made(&convert::delegation(made)?)
}

/// End a delegation
///
/// Now. Ending it again changes nothing. The advisor who gave it, or the registrar.
#[utoipa::path(
    delete, path = "/api/v1/delegations/{id}", operation_id = "end_delegation", tag = "Approvals",
    params(("id" = String, Path, description = "Delegation")),
    responses((status = 200, description = "The delegation that has ended", body = Delegation))
)]
pub(crate) async fn end(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let ended = gateway.approvals().end_delegation(EndDelegationRequest { id }).await?.into_inner();
    reply::plain(&convert::delegation(ended)?)
}
