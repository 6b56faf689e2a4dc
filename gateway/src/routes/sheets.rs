//! `/sheets`, `/classes/{id}/sheet`: grades of a class, from the first score to publication.

use api::{ComponentsInput, Page, ScoresInput, ScoresSet, Sheet, SheetQuery, SheetSummary};
use axum::extract::{OriginalUri, State};
use proto::grade::v1::{GetSheetRequest, PublishSheetRequest};

use super::Answer;
use crate::convert::sheet as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::error::Rejection;
use crate::state::Gateway;

/// List grade sheets
///
/// Those that the caller may read, latest period first, then by course code and class name: a lecturer their own
/// classes', a programme admin that programme's, the registrar all.
#[utoipa::path(
    get, path = "/api/v1/sheets", operation_id = "sheets", tag = "Grades", params(SheetQuery),
    responses((status = 200, description = "A page of sheets", body = Page<SheetSummary>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<SheetQuery>,
) -> Answer {
    let list = gateway.grading().list_sheets(convert::sheet_query(query)?).await;
    let list = list.map_err(|refused| Rejection::from(refused).renaming("period_code", "period"))?;
    reply::list(&uri, &convert::sheets(list.into_inner())?)
}

/// Read the grade sheet of a class
///
/// Components, every student of the roster with scores, the scale, and what stands in the way of writing and of
/// publishing.
#[utoipa::path(
    get, path = "/api/v1/classes/{id}/sheet", operation_id = "sheet", tag = "Grades",
    params(("id" = String, Path, description = "Class")),
    responses((status = 200, description = "The sheet", body = Sheet))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([class_id]): Path<1>) -> Answer {
    let sheet = gateway.grading().get_sheet(GetSheetRequest { class_id }).await?.into_inner();
    reply::one(&convert::sheet(sheet)?)
}

/// Set the components of a class
///
/// The body replaces what there was; their weights make 100. A component with scores cannot be removed. While nothing
/// is published. Only lecturers of the class.
#[utoipa::path(
    put, path = "/api/v1/classes/{id}/sheet/components", operation_id = "put_components", tag = "Grades",
    params(("id" = String, Path, description = "Class")), request_body = ComponentsInput,
    responses((status = 200, description = "The sheet with the new components", body = Sheet))
)]
pub(crate) async fn put_components(
    State(gateway): State<Gateway>,
    Path([class_id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<ComponentsInput>,
) -> Answer {
    let sheet = gateway.grading().put_components(convert::to_components(class_id, version, input)).await?;
    reply::one(&convert::sheet(sheet.into_inner())?)
}

/// Set scores
///
/// Of one or more students, all or nothing: a wrong score is named by its place, such as `rows[3].scores[1]`, and none
/// is stored. Each row carries the version that was read. Only lecturers of the class.
#[utoipa::path(
    put, path = "/api/v1/classes/{id}/sheet/scores", operation_id = "put_scores", tag = "Grades",
    params(("id" = String, Path, description = "Class")), request_body = ScoresInput,
    responses((status = 200, description = "The rows as they are now", body = ScoresSet))
)]
pub(crate) async fn put_scores(
    State(gateway): State<Gateway>,
    Path([class_id]): Path<1>,
    Json(input): Json<ScoresInput>,
) -> Answer {
    let set = gateway.grading().put_scores(convert::to_scores(class_id, input)).await?.into_inner();
    reply::plain(&convert::scores_set(set)?)
}

/// Publish the grades of a class
///
/// Every student has every score, and grades may be entered now. From then on students read their grades, and the sheet
/// no longer changes. Only the leading lecturer, who logged in a short while ago.
#[utoipa::path(
    post, path = "/api/v1/classes/{id}/sheet/publication", operation_id = "publish_sheet", tag = "Grades",
    params(("id" = String, Path, description = "Class")),
    responses((status = 200, description = "The published sheet", body = Sheet))
)]
pub(crate) async fn publish(
    State(gateway): State<Gateway>,
    Path([class_id]): Path<1>,
    IfMatch(version): IfMatch,
) -> Answer {
    let sheet = gateway.grading().publish_sheet(PublishSheetRequest { class_id, version }).await?.into_inner();
    reply::one(&convert::sheet(sheet)?)
}
