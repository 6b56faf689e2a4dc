//! `/students/{id}/statuses`: status per period.

use api::{Page, PageQuery, PeriodStatus, StatusInput};
use axum::extract::{OriginalUri, State};

use super::Answer;
use crate::convert::student as convert;
use crate::edge::extract::{Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List the statuses of a student
///
/// Latest period first.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/statuses", operation_id = "statuses", tag = "Students",
    params(("id" = String, Path, description = "Student"), PageQuery),
    responses((status = 200, description = "A page of statuses", body = Page<PeriodStatus>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([id]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let list = gateway.students().list_statuses(convert::status_query(id, query)?).await?.into_inner();
    reply::list(&uri, &convert::statuses(list)?)
}

/// Set the status of a student in a period
///
/// Programme admin of that programme, or registrar.
#[utoipa::path(
    put, path = "/api/v1/students/{id}/statuses/{period}", operation_id = "put_status", tag = "Students",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = StatusInput,
    responses((status = 200, description = "The status", body = PeriodStatus))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id, period]): Path<2>,
    Json(input): Json<StatusInput>,
) -> Answer {
    let status = gateway.students().put_status(convert::to_status(id, period, &input)).await?.into_inner();
    reply::one(&convert::status(status)?)
}
