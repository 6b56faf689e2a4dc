//! Ranked wishes, and the allocation that turns them into seats.

use api::{Allocation, AllocationInput, AllocationOutcome, AllocationQuery, Page, Wishes, WishesInput};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{GetAllocationRequest, GetWishesRequest, PutWishesRequest, RunAllocationRequest};

use super::Answer;
use crate::convert::{allocation as convert, text};
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// Read the wishes of a student
///
/// Never absent: before there are any, the version is 0. Whoever may read the plan.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/wishes/{period}", operation_id = "wishes", tag = "Allocation",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The wishes, in order", body = Wishes))
)]
pub(crate) async fn wishes(State(gateway): State<Gateway>, Path([student_id, period_code]): Path<2>) -> Answer {
    let request = GetWishesRequest { student_id, period_code };
    reply::one(&convert::wishes(gateway.allocations().get_wishes(request).await?.into_inner())?)
}

/// Replace the wishes
///
/// In order of preference; several classes of one course are alternatives, and none takes the wishes back. Whether the
/// rules allow a class is shown, and asked by the allocation. While the KRS window is open and the allocation was not
/// started, whether or not anybody is in line. Only the student.
#[utoipa::path(
    put, path = "/api/v1/students/{id}/wishes/{period}", operation_id = "put_wishes", tag = "Allocation",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = WishesInput,
    responses((status = 200, description = "The new wishes", body = Wishes))
)]
pub(crate) async fn put_wishes(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    Json(WishesInput { class_ids }): Json<WishesInput>,
) -> Answer {
    let request = PutWishesRequest { student_id, period_code, class_ids, version };
    reply::one(&convert::wishes(gateway.allocations().put_wishes(request).await?.into_inner())?)
}

/// Give the seats of a period
///
/// By everybody's wishes: students in the order of a seeded shuffle, round by round, each the best wish that the rules
/// allow and a seat is left for. It freezes the wishes and goes on when the caller leaves; ask at `Location` how far it is.
/// Once per period; what is left goes to who comes first. Registrar only.
#[utoipa::path(
    post, path = "/api/v1/periods/{code}/allocation", operation_id = "run_allocation", tag = "Allocation",
    params(("code" = String, Path, description = "Period code")), request_body = AllocationInput,
    responses((status = 202, description = "It has begun", body = Allocation))
)]
pub(crate) async fn run(
    State(gateway): State<Gateway>,
    Path([period_code]): Path<1>,
    Json(AllocationInput { seed }): Json<AllocationInput>,
) -> Answer {
    let request = RunAllocationRequest { period_code, seed: text(seed) };
    let started = convert::allocation(gateway.allocations().run_allocation(request).await?.into_inner())?;
    reply::accepted(&started, &format!("/api/v1/periods/{}/allocation", started.period_code))
}

/// Read the allocation of a period
///
/// Also what was shuffled by, so that anybody can check it.
#[utoipa::path(
    get, path = "/api/v1/periods/{code}/allocation", operation_id = "allocation", tag = "Allocation",
    params(("code" = String, Path, description = "Period code")),
    responses((status = 200, description = "The allocation", body = Allocation))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([period_code]): Path<1>) -> Answer {
    let view = gateway.allocations().get_allocation(GetAllocationRequest { period_code }).await?.into_inner();
    reply::plain(&convert::allocation(view)?)
}

/// List what became of the wishes
///
/// By place and rank: a student the own ones, staff as they may read plans. A wish whose outcome is still open is not there.
#[utoipa::path(
    get, path = "/api/v1/periods/{code}/allocation/outcomes", operation_id = "allocation_outcomes",
    tag = "Allocation", params(("code" = String, Path, description = "Period code"), AllocationQuery),
    responses((status = 200, description = "A page of outcomes", body = Page<AllocationOutcome>))
)]
pub(crate) async fn outcomes(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([period_code]): Path<1>,
    Query(query): Query<AllocationQuery>,
) -> Answer {
    let request = convert::outcome_query(period_code, query)?;
    let list = gateway.allocations().list_allocation_outcomes(request).await?.into_inner();
    reply::list(&uri, &convert::outcomes(list)?)
}
