//! `/courses/{id}/prerequisites`, `/courses/{id}/equivalents`: what a course asks for, and what counts as it.

use api::{Equivalents, EquivalentsInput, Prerequisites, PrerequisitesInput};
use axum::extract::State;
use proto::course::v1::{
    GetEquivalentsRequest, GetPrerequisitesRequest, PutEquivalentsRequest, PutPrerequisitesRequest,
};

use super::Answer;
use crate::convert::curriculum as convert;
use crate::edge::extract::{IfMatch, Json, Path};
use crate::edge::reply;
use crate::error::Rejection;
use crate::state::Gateway;

/// Read what a course asks for
///
/// Every group must be met; one condition of a group is enough. A course that asks for nothing has no groups.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/prerequisites", operation_id = "prerequisites", tag = "Courses",
    params(("id" = String, Path, description = "Course")),
    responses((status = 200, description = "The prerequisites", body = Prerequisites))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([course_id]): Path<1>) -> Answer {
    let prerequisites = gateway.curricula().get_prerequisites(GetPrerequisitesRequest { course_id }).await?;
    reply::one(&convert::prerequisites(prerequisites.into_inner())?)
}

/// Set what a course asks for
///
/// The body replaces what there was. Courses that would ask for each other in a circle are refused with
/// `prerequisite-cycle`, which names them. Programme admin of that programme, or registrar.
#[utoipa::path(
    put, path = "/api/v1/courses/{id}/prerequisites", operation_id = "put_prerequisites", tag = "Courses",
    params(("id" = String, Path, description = "Course")), request_body = PrerequisitesInput,
    responses((status = 200, description = "The prerequisites", body = Prerequisites))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([course_id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<PrerequisitesInput>,
) -> Answer {
    let prerequisites = Some(convert::to_prerequisites(course_id, version, input));
    let prerequisites = gateway.curricula().put_prerequisites(PutPrerequisitesRequest { prerequisites }).await?;
    reply::one(&convert::prerequisites(prerequisites.into_inner())?)
}

/// Read which courses count as a course
///
/// Across programmes and curricula: a result of one of them is a result of this one.
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/equivalents", operation_id = "equivalents", tag = "Courses",
    params(("id" = String, Path, description = "Course")),
    responses((status = 200, description = "The equivalent courses", body = Equivalents))
)]
pub(crate) async fn equivalents(State(gateway): State<Gateway>, Path([course_id]): Path<1>) -> Answer {
    let equivalents = gateway.curricula().get_equivalents(GetEquivalentsRequest { course_id }).await?;
    reply::one(&convert::equivalents(equivalents.into_inner()))
}

/// Set which courses count as a course
///
/// The body replaces what there was, in both directions. Programme admin of that programme, or registrar.
#[utoipa::path(
    put, path = "/api/v1/courses/{id}/equivalents", operation_id = "put_equivalents", tag = "Courses",
    params(("id" = String, Path, description = "Course")), request_body = EquivalentsInput,
    responses((status = 200, description = "The equivalent courses", body = Equivalents))
)]
pub(crate) async fn put_equivalents(
    State(gateway): State<Gateway>,
    Path([course_id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<EquivalentsInput>,
) -> Answer {
    let equivalents = Some(convert::to_equivalents(course_id, version, input));
    let put = gateway.curricula().put_equivalents(PutEquivalentsRequest { equivalents }).await;
    let equivalents =
        put.map_err(|status| Rejection::from(status).renaming_rows("courses", "course_id", "course_ids"))?;
    reply::one(&convert::equivalents(equivalents.into_inner()))
}
