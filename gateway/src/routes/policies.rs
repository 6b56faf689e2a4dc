//! `/policies`: the rules of registration as data.

use api::{EffectivePolicy, EffectiveQuery, Page, Policy, PolicyInput, PolicyQuery};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{DeletePolicyRequest, GetPolicyRequest, PutPolicyRequest};

use super::Answer;
use crate::convert::policy as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::error::Rejection;
use crate::reasons;
use crate::state::Gateway;

/// List policies
///
/// Documents, by scope, key and first period. Staff.
#[utoipa::path(
    get, path = "/api/v1/policies", operation_id = "policies", tag = "Policies", params(PolicyQuery),
    responses((status = 200, description = "A page of documents", body = Page<Policy>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PolicyQuery>,
) -> Answer {
    let list = gateway.registration().list_policies(convert::policy_query(query)?).await;
    let list = list.map_err(|refused| Rejection::from(refused).renaming("period_code", "period"))?;
    reply::list(&uri, &convert::policies(list.into_inner())?)
}

/// Make a policy
///
/// Field by field the most specific document that names the field counts. Registrar only.
#[utoipa::path(
    post, path = "/api/v1/policies", operation_id = "create_policy", tag = "Policies", request_body = PolicyInput,
    responses((status = 201, description = "The new document", body = Policy))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<PolicyInput>) -> Answer {
    let request = PutPolicyRequest { policy: Some(convert::to_policy(String::new(), 0, input)) };
    let policy = convert::policy(gateway.registration().put_policy(request).await?.into_inner())?;
    reply::created(&policy, &format!("/api/v1/policies/{}", policy.id))
}

/// Read a policy
///
/// Staff.
#[utoipa::path(
    get, path = "/api/v1/policies/{id}", operation_id = "policy", tag = "Policies",
    params(("id" = String, Path, description = "Document")),
    responses((status = 200, description = "The document", body = Policy))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let policy = gateway.registration().get_policy(GetPolicyRequest { id }).await?.into_inner();
    reply::one(&convert::policy(policy)?)
}

/// Change a policy
///
/// The body is the whole new state. What was decided stays decided. Registrar only.
#[utoipa::path(
    put, path = "/api/v1/policies/{id}", operation_id = "update_policy", tag = "Policies",
    params(("id" = String, Path, description = "Document")), request_body = PolicyInput,
    responses((status = 200, description = "The changed document", body = Policy))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<PolicyInput>,
) -> Answer {
    let request = PutPolicyRequest { policy: Some(convert::to_policy(id, version, input)) };
    reply::one(&convert::policy(gateway.registration().put_policy(request).await?.into_inner())?)
}

/// Remove a policy
///
/// Registrar only.
#[utoipa::path(
    delete, path = "/api/v1/policies/{id}", operation_id = "delete_policy", tag = "Policies",
    params(("id" = String, Path, description = "Document")),
    responses((status = 204, description = "The document is gone"))
)]
pub(crate) async fn delete(State(gateway): State<Gateway>, Path([id]): Path<1>, IfMatch(version): IfMatch) -> Answer {
    gateway.registration().delete_policy(DeletePolicyRequest { id, version }).await?;
    Ok(reply::done())
}

/// Read what decides
///
/// About a student, or about a cohort of a programme, in a period: every field with the document that says it. Of a
/// student whoever may read the plan, else staff.
#[utoipa::path(
    get, path = "/api/v1/policies/effective", operation_id = "effective_policy", tag = "Policies",
    params(EffectiveQuery),
    responses((status = 200, description = "Every field", body = EffectivePolicy))
)]
pub(crate) async fn effective(State(gateway): State<Gateway>, Query(query): Query<EffectiveQuery>) -> Answer {
    if query.period.is_empty() {
        return Err(Rejection::field("period", reasons::REQUIRED, "is required"));
    }
    let found = gateway.registration().get_effective_policy(convert::effective_query(query)).await;
    let found = found.map_err(|refused| Rejection::from(refused).renaming("period_code", "period"))?;
    reply::plain(&convert::effective(found.into_inner())?)
}
