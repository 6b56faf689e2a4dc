//! `/curricula`: which courses make a study programme.

use api::{Curriculum, CurriculumInput, CurriculumQuery, Page};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{CreateCurriculumRequest, GetCurriculumRequest, UpdateCurriculumRequest};

use super::Answer;
use crate::convert::curriculum as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List curricula
///
/// By programme and the period they start in, latest first. Without their courses: read the one.
#[utoipa::path(
    get, path = "/api/v1/curricula", operation_id = "curricula", tag = "Curricula", params(CurriculumQuery),
    responses((status = 200, description = "A page of curricula", body = Page<Curriculum>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<CurriculumQuery>,
) -> Answer {
    let list = gateway.curricula().list_curricula(convert::curriculum_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::curricula(list)?)
}

/// Make a curriculum
///
/// Programme admin of that programme, or registrar.
#[utoipa::path(
    post, path = "/api/v1/curricula", operation_id = "create_curriculum", tag = "Curricula",
    request_body = CurriculumInput,
    responses((status = 201, description = "The new curriculum", body = Curriculum))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<CurriculumInput>) -> Answer {
    let request = CreateCurriculumRequest { curriculum: Some(convert::to_curriculum(String::new(), 0, input)) };
    let curriculum = convert::curriculum(gateway.curricula().create_curriculum(request).await?.into_inner())?;
    reply::created(&curriculum, &format!("/api/v1/curricula/{}", curriculum.id))
}

/// Read a curriculum
#[utoipa::path(
    get, path = "/api/v1/curricula/{id}", operation_id = "curriculum", tag = "Curricula",
    params(("id" = String, Path, description = "Curriculum")),
    responses((status = 200, description = "The curriculum with its courses", body = Curriculum))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let curriculum = gateway.curricula().get_curriculum(GetCurriculumRequest { id }).await?.into_inner();
    reply::one(&convert::curriculum(curriculum)?)
}

/// Change a curriculum
///
/// The body is the whole new state; its courses replace those there were. Programme admin of that programme, or
/// registrar.
#[utoipa::path(
    put, path = "/api/v1/curricula/{id}", operation_id = "update_curriculum", tag = "Curricula",
    params(("id" = String, Path, description = "Curriculum")), request_body = CurriculumInput,
    responses((status = 200, description = "The changed curriculum", body = Curriculum))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<CurriculumInput>,
) -> Answer {
    let request = UpdateCurriculumRequest { curriculum: Some(convert::to_curriculum(id, version, input)) };
    let curriculum = gateway.curricula().update_curriculum(request).await?.into_inner();
    reply::one(&convert::curriculum(curriculum)?)
}
