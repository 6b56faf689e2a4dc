//! Waiting lists of full classes, and what the registrar watches.

use api::{Page, PageQuery, Plan, Trading, WaitingInput, WaitingStudent};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{JoinWaitingListRequest, LeaveWaitingListRequest, ListTradingsRequest, ListWaitingListRequest};

use super::Answer;
use crate::convert::{page_request, plan, text, waiting as convert};
use crate::edge::extract::{Json, Path, Query, Ticket};
use crate::edge::reply;
use crate::state::Gateway;

/// Join the waiting list of a full class
///
/// Every rule but the seat must be kept, now and again when the seat comes: then the seat is taken for the student,
/// before anybody else can. Only the student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/waiting", operation_id = "join_waiting", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = WaitingInput,
    responses((status = 200, description = "The plan with the place in line", body = Plan))
)]
pub(crate) async fn join(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    ticket: Ticket,
    Json(WaitingInput { class_id, instead_of_id }): Json<WaitingInput>,
) -> Answer {
    let instead_of_id = text(instead_of_id);
    let request = ticket.on(JoinWaitingListRequest { student_id, period_code, class_id, instead_of_id });
    reply::one(&plan::plan(gateway.waiting().join_waiting_list(request).await?.into_inner())?)
}

/// Leave a waiting list
///
/// Sent again with the same `Idempotency-Key`, it is answered as before. Only the student.
#[utoipa::path(
    delete, path = "/api/v1/students/{id}/plans/{period}/waiting/{class_id}", operation_id = "leave_waiting",
    tag = "Plans",
    params(
        ("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code"),
        ("class_id" = String, Path, description = "Class")
    ),
    responses((status = 200, description = "The plan without the place in line", body = Plan))
)]
pub(crate) async fn leave(
    State(gateway): State<Gateway>,
    Path([student_id, period_code, class_id]): Path<3>,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(LeaveWaitingListRequest { student_id, period_code, class_id });
    reply::one(&plan::plan(gateway.waiting().leave_waiting_list(request).await?.into_inner())?)
}

/// List who waits for a class
///
/// In order. Admins of the course's programme, and the registrar.
#[utoipa::path(
    get, path = "/api/v1/classes/{id}/waiting", operation_id = "waiting_list", tag = "Classes",
    params(("id" = String, Path, description = "Class"), PageQuery),
    responses((status = 200, description = "A page of the line", body = Page<WaitingStudent>))
)]
pub(crate) async fn line(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([class_id]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page_request(query.limit, query.cursor)?;
    let list = gateway.waiting().list_waiting_list(ListWaitingListRequest { class_id, page }).await?;
    reply::list(&uri, &convert::line(list.into_inner())?)
}

/// List who traded seats
///
/// Students who took and gave back more classes than the period lets go unnoticed, latest first. Nobody is blocked by
/// it. Registrar only.
#[utoipa::path(
    get, path = "/api/v1/periods/{code}/tradings", operation_id = "tradings", tag = "Periods",
    params(("code" = String, Path, description = "Period code"), PageQuery),
    responses((status = 200, description = "A page of what was recorded", body = Page<Trading>))
)]
pub(crate) async fn tradings(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([period_code]): Path<1>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page_request(query.limit, query.cursor)?;
    let list = gateway.waiting().list_tradings(ListTradingsRequest { period_code, page }).await?;
    reply::list(&uri, &convert::tradings(list.into_inner())?)
}
