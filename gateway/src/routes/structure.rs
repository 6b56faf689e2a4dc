//! `/faculties`, `/programmes`, `/lecturers`: the campus's structure and staff.

use api::{Faculty, Lecturer, LecturerQuery, Page, PageQuery, Programme, ProgrammeQuery};
use axum::extract::{OriginalUri, State};
use proto::student::v1::GetLecturerRequest;

use super::Answer;
use crate::convert::student as convert;
use crate::edge::extract::{Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List faculties
///
/// By code.
#[utoipa::path(
    get, path = "/api/v1/faculties", operation_id = "faculties", tag = "Structure", params(PageQuery),
    responses((status = 200, description = "A page of faculties", body = Page<Faculty>))
)]
pub(crate) async fn faculties(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> Answer {
    let list = gateway.structure().list_faculties(convert::faculty_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::faculties(list)?)
}

/// List study programmes
///
/// By code.
#[utoipa::path(
    get, path = "/api/v1/programmes", operation_id = "programmes", tag = "Structure", params(ProgrammeQuery),
    responses((status = 200, description = "A page of study programmes", body = Page<Programme>))
)]
pub(crate) async fn programmes(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ProgrammeQuery>,
) -> Answer {
    let list = gateway.structure().list_programmes(convert::programme_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::programmes(list)?)
}

/// List lecturers
///
/// By name.
#[utoipa::path(
    get, path = "/api/v1/lecturers", operation_id = "lecturers", tag = "Structure", params(LecturerQuery),
    responses((status = 200, description = "A page of lecturers", body = Page<Lecturer>))
)]
pub(crate) async fn lecturers(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<LecturerQuery>,
) -> Answer {
    let list = gateway.structure().list_lecturers(convert::lecturer_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::lecturers(list)?)
}

/// Read a lecturer
#[utoipa::path(
    get, path = "/api/v1/lecturers/{id}", operation_id = "lecturer", tag = "Structure",
    params(("id" = String, Path, description = "Lecturer")),
    responses((status = 200, description = "The lecturer", body = Lecturer))
)]
pub(crate) async fn lecturer(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let lecturer = gateway.structure().get_lecturer(GetLecturerRequest { id }).await?.into_inner();
    reply::one(&convert::lecturer(lecturer))
}
