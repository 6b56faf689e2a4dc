//! `/students/{id}/holds`, `/holds/{id}`: what keeps a student from registering.

use api::{Hold, HoldInput, Page, PageQuery, WaiverInput};
use axum::extract::{OriginalUri, State};
use proto::student::v1::LiftHoldRequest;

use super::Answer;
use crate::convert::student as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List the holds of a student
///
/// Latest first, the lifted ones too.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/holds", operation_id = "holds", tag = "Holds",
    params(("id" = String, Path, description = "Student"), PageQuery),
    responses((status = 200, description = "A page of holds", body = Page<Hold>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([id]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let list = gateway.students().list_holds(convert::hold_query(id, query)?).await?.into_inner();
    reply::list(&uri, &convert::holds(list)?)
}

/// Place a hold
///
/// Registrar only.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/holds", operation_id = "place_hold", tag = "Holds",
    params(("id" = String, Path, description = "Student")), request_body = HoldInput,
    responses((status = 201, description = "The hold", body = Hold))
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    Json(input): Json<HoldInput>,
) -> Answer {
    let hold = gateway.students().place_hold(convert::to_hold(id, input)).await?.into_inner();
    let hold = convert::hold(hold)?;
    reply::created(&hold, &format!("/api/v1/holds/{}", hold.id))
}

/// Grant a waiver
///
/// Until then the hold does not bind (dispensasi). Registrar only.
#[utoipa::path(
    post, path = "/api/v1/holds/{id}/waivers", operation_id = "waive_hold", tag = "Holds",
    params(("id" = String, Path, description = "Hold")), request_body = WaiverInput,
    responses((status = 200, description = "The hold with its waiver", body = Hold))
)]
pub(crate) async fn waive(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<WaiverInput>,
) -> Answer {
    let hold = gateway.students().waive_hold(convert::to_waiver(id, version, &input)).await?.into_inner();
    reply::one(&convert::hold(hold)?)
}

/// Lift a hold
///
/// For good. Registrar only.
#[utoipa::path(
    delete, path = "/api/v1/holds/{id}", operation_id = "lift_hold", tag = "Holds",
    params(("id" = String, Path, description = "Hold")),
    responses((status = 200, description = "The lifted hold", body = Hold))
)]
pub(crate) async fn delete(State(gateway): State<Gateway>, Path([hold_id]): Path<1>) -> Answer {
    let hold = gateway.students().lift_hold(LiftHoldRequest { hold_id }).await?.into_inner();
    reply::one(&convert::hold(hold)?)
}
