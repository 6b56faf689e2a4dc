//! `/grade-scales`, `/programmes/{id}/grade-scales/{period}`: how scores become letters.

use api::{Page, Scale, ScaleInput, ScaleQuery};
use axum::extract::{OriginalUri, State};
use proto::grade::v1::PutScaleRequest;

use super::Answer;
use crate::convert::scale as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List grade scales
///
/// By programme and the period they start in, latest first.
#[utoipa::path(
    get, path = "/api/v1/grade-scales", operation_id = "scales", tag = "Grades", params(ScaleQuery),
    responses((status = 200, description = "A page of scales", body = Page<Scale>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ScaleQuery>,
) -> Answer {
    let list = gateway.scales().list_scales(convert::scale_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::scales(list)?)
}

/// Set the grade scale of a programme from a period on
///
/// Grades that are published keep their letter. For a scale that is not there yet, `If-Match` says version `"0"`.
/// Registrar only.
#[utoipa::path(
    put, path = "/api/v1/programmes/{id}/grade-scales/{period}", operation_id = "put_scale", tag = "Grades",
    params(("id" = String, Path, description = "Study programme"), ("period" = String, Path, description = "First period")),
    request_body = ScaleInput,
    responses((status = 200, description = "The scale", body = Scale))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([programme_id, start_period]): Path<2>,
    IfMatch(version): IfMatch,
    Json(input): Json<ScaleInput>,
) -> Answer {
    let request = PutScaleRequest { scale: Some(convert::to_scale(programme_id, start_period, version, input)) };
    let scale = gateway.scales().put_scale(request).await?.into_inner();
    reply::one(&convert::scale(scale)?)
}
