//! `/students/{id}/semesters`, `/students/{id}/transcript`: what a student has achieved.

use api::{PageQuery, SemesterResult, Semesters, Transcript};
use axum::extract::{OriginalUri, State};
use proto::grade::v1::{GetSemesterRequest, GetTranscriptRequest};

use super::Answer;
use crate::convert::result as convert;
use crate::edge::extract::{Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List the semesters of a student
///
/// Latest first, with IPS and IPK; the IPK over everything stands beside the list.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/semesters", operation_id = "semesters", tag = "Results",
    params(("id" = String, Path, description = "Student"), PageQuery),
    responses((status = 200, description = "A page of semesters", body = Semesters))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([id]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let list = gateway.results().list_semesters(convert::semester_query(id, query)?).await?.into_inner();
    reply::list(&uri, &convert::semesters(list))
}

/// Read the result of a semester
///
/// The KHS: every course of the period, with its grade when that is published.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/semesters/{period}", operation_id = "semester", tag = "Results",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The result", body = SemesterResult))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([student_id, period_code]): Path<2>) -> Answer {
    let result = gateway.results().get_semester(GetSemesterRequest { student_id, period_code }).await?.into_inner();
    reply::plain(&convert::semester_result(result)?)
}

/// Read the transcript
///
/// Every published result, by period and code; those that another attempt replaces are marked.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/transcript", operation_id = "transcript", tag = "Results",
    params(("id" = String, Path, description = "Student")),
    responses((status = 200, description = "The transcript", body = Transcript))
)]
pub(crate) async fn transcript(State(gateway): State<Gateway>, Path([student_id]): Path<1>) -> Answer {
    let transcript = gateway.results().get_transcript(GetTranscriptRequest { student_id }).await?.into_inner();
    reply::plain(&convert::transcript(transcript)?)
}
