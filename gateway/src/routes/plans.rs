//! `/students/{id}/plans/{period}`: study plans (KRS).

use api::{Choice, ChoiceQuery, ItemInput, Page, Plan, SwapInput};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{AddClassRequest, DropClassRequest, GetPlanRequest, OpenPlanRequest, SwapClassRequest};

use super::Answer;
use crate::convert::plan as convert;
use crate::edge::extract::{Json, Path, Query, Ticket};
use crate::edge::reply;
use crate::state::Gateway;

/// Read the plan of a student in a period
///
/// Never absent: before it was opened its state is `none`. With the ceiling, the window, and what stands in the way.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/plans/{period}", operation_id = "plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The plan", body = Plan))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([student_id, period_code]): Path<2>) -> Answer {
    let plan = gateway.krs().get_plan(GetPlanRequest { student_id, period_code }).await?.into_inner();
    reply::one(&convert::plan(plan)?).map(reply::kept)
}

/// Open the plan
///
/// Only the student. Opening an open plan changes nothing.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}", operation_id = "open_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The open plan", body = Plan))
)]
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(OpenPlanRequest { student_id, period_code });
    let plan = gateway.krs().open_plan(request).await?.into_inner();
    reply::one(&convert::plan(plan)?)
}

/// List the classes of the period as one student sees them
///
/// Each with every reason that would refuse it to this student now: the reasons that taking it would be answered with.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/plans/{period}/choices", operation_id = "choices", tag = "Plans",
    params(
        ("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code"),
        ChoiceQuery
    ),
    responses((status = 200, description = "A page of classes with reasons", body = Page<Choice>))
)]
pub(crate) async fn choices(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([student_id, period_code]): Path<2>,
    Query(query): Query<ChoiceQuery>,
) -> Answer {
    let request = convert::choice_query(student_id, period_code, query)?;
    let list = gateway.krs().list_choices(request).await?.into_inner();
    reply::kept_list(&uri, &convert::choices(list)?)
}

/// Take a seat
///
/// Puts the class into the plan, opening the plan when needed. The seat is held from this answer on. A refusal names
/// every rule that refuses. Only the student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/items", operation_id = "add_item", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = ItemInput,
    responses((status = 201, description = "The plan with the class", body = Plan))
)]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    ticket: Ticket,
    Json(ItemInput { class_id }): Json<ItemInput>,
) -> Answer {
    let location = format!("/api/v1/students/{student_id}/plans/{period_code}");
    let request = ticket.on(AddClassRequest { student_id, period_code, class_id });
    let plan = gateway.krs().add_class(request).await?.into_inner();
    reply::created(&convert::plan(plan)?, &location)
}

/// Give a seat back
///
/// Takes the class out of the plan. Sent again with the same `Idempotency-Key`, it is answered as before; without one,
/// a class that is out already is absent. Only the student.
#[utoipa::path(
    delete, path = "/api/v1/students/{id}/plans/{period}/items/{class_id}", operation_id = "drop_item", tag = "Plans",
    params(
        ("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code"),
        ("class_id" = String, Path, description = "Class")
    ),
    responses((status = 200, description = "The plan without the class", body = Plan))
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path([student_id, period_code, class_id]): Path<3>,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(DropClassRequest { student_id, period_code, class_id });
    let plan = gateway.krs().drop_class(request).await?.into_inner();
    reply::one(&convert::plan(plan)?)
}

/// Give one class back and take another
///
/// In one step: when the new class is refused, the old seat stays. Only the student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/swaps", operation_id = "swap_item", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = SwapInput,
    responses((status = 200, description = "The plan with the one and without the other", body = Plan))
)]
pub(crate) async fn swap(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    ticket: Ticket,
    Json(SwapInput { drop_class_id, add_class_id }): Json<SwapInput>,
) -> Answer {
    let request = ticket.on(SwapClassRequest { student_id, period_code, drop_class_id, add_class_id });
    let plan = gateway.krs().swap_class(request).await?.into_inner();
    reply::one(&convert::plan(plan)?)
}
