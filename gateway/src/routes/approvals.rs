//! Deciding about study plans: submission, approval, return, history, the queue and the lock of a period.

use api::{Page, PageQuery, Plan, PlanLocks, PlanQuery, PlanQueue, PlanStep, ReturnInput, VoidInput};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{
    ApprovePlanRequest, ListPlanStepsRequest, LockPlansRequest, ReturnPlanRequest, RevisePlanRequest,
    SubmitPlanRequest, VoidPlanRequest, WithdrawPlanRequest,
};

use super::Answer;
use crate::convert::{approval as convert, page_request, plan};
use crate::edge::extract::{IfMatch, Json, Path, Query, Ticket};
use crate::edge::reply;
use crate::error::Rejection;
use crate::reasons;
use crate::state::Gateway;

/// Submit the plan
///
/// Hands a draft or returned plan to the advisor. Everything is checked again, all reasons at once. Only the student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/submission", operation_id = "submit_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The submitted plan", body = Plan))
)]
pub(crate) async fn submit(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(SubmitPlanRequest { student_id, period_code, version });
    reply::one(&plan::plan(gateway.krs().submit_plan(request).await?.into_inner())?)
}

/// Withdraw the plan
///
/// Takes a submitted plan back before it was decided: a draft again. Only the student.
#[utoipa::path(
    delete, path = "/api/v1/students/{id}/plans/{period}/submission", operation_id = "withdraw_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The plan as a draft", body = Plan))
)]
pub(crate) async fn withdraw(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(WithdrawPlanRequest { student_id, period_code, version });
    reply::one(&plan::plan(gateway.krs().withdraw_plan(request).await?.into_inner())?)
}

/// Approve the plan
///
/// A submitted one. Everything is checked again. The student's advisor, or the registrar.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/approval", operation_id = "approve_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The approved plan", body = Plan))
)]
pub(crate) async fn approve(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
) -> Answer {
    let request = ApprovePlanRequest { student_id, period_code, version };
    reply::one(&plan::plan(gateway.krs().approve_plan(request).await?.into_inner())?)
}

/// Return the plan
///
/// A submitted or approved one, with a note that says what to change. The student's advisor, or the registrar.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/return", operation_id = "return_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = ReturnInput,
    responses((status = 200, description = "The returned plan", body = Plan))
)]
pub(crate) async fn give_back(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    Json(ReturnInput { note }): Json<ReturnInput>,
) -> Answer {
    let request = ReturnPlanRequest { student_id, period_code, version, note };
    reply::one(&plan::plan(gateway.krs().return_plan(request).await?.into_inner())?)
}

/// Open an approved plan for changes
///
/// While a revision window (PRS) is open for the student. The seats are kept; it is submitted again afterwards. Only the
/// student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/revision", operation_id = "revise_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "The plan, open for changes", body = Plan))
)]
pub(crate) async fn revise(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    ticket: Ticket,
) -> Answer {
    let request = ticket.on(RevisePlanRequest { student_id, period_code, version });
    reply::one(&plan::plan(gateway.krs().revise_plan(request).await?.into_inner())?)
}

/// Void a plan
///
/// One that is not locked: its seats are free again. With a note that says why. Registrar only.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/void", operation_id = "void_plan", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = VoidInput,
    responses((status = 200, description = "The void plan", body = Plan))
)]
pub(crate) async fn void(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    IfMatch(version): IfMatch,
    Json(VoidInput { note }): Json<VoidInput>,
) -> Answer {
    let request = VoidPlanRequest { student_id, period_code, version, note };
    reply::one(&plan::plan(gateway.krs().void_plan(request).await?.into_inner())?)
}

/// List what happened to a plan
///
/// Latest first; steps are only ever added.
#[utoipa::path(
    get, path = "/api/v1/students/{id}/plans/{period}/steps", operation_id = "plan_steps", tag = "Plans",
    params(
        ("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code"),
        PageQuery
    ),
    responses((status = 200, description = "A page of steps", body = Page<PlanStep>))
)]
pub(crate) async fn steps(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Path([student_id, period_code]): Path<2>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page_request(query.limit, query.cursor)?;
    let list = gateway.krs().list_plan_steps(ListPlanStepsRequest { student_id, period_code, page }).await?;
    reply::list(&uri, &convert::steps(list.into_inner())?)
}

/// List the plans of a period
///
/// Those that the caller may read: an advisor the advisees', a programme admin that programme's, the registrar all.
/// Students without a plan are in it with the state `none`. Those that wait longest come first.
#[utoipa::path(
    get, path = "/api/v1/plans", operation_id = "plans", tag = "Plans", params(PlanQuery),
    responses((status = 200, description = "A page of plans, and how many there are in each state", body = PlanQueue))
)]
pub(crate) async fn queue(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PlanQuery>,
) -> Answer {
    if query.period.is_empty() {
        return Err(Rejection::field("period", reasons::REQUIRED, "is required"));
    }
    let list = gateway.krs().list_plans(convert::plan_query(query)?).await;
    let list = list.map_err(|refused| Rejection::from(refused).renaming("period_code", "period"))?;
    reply::list(&uri, &convert::queue(list.into_inner())?)
}

/// Lock the plans of a period
///
/// Every approved one: no further change. Locking again locks those approved since. Registrar only.
#[utoipa::path(
    post, path = "/api/v1/periods/{code}/plan-locks", operation_id = "lock_plans", tag = "Periods",
    params(("code" = String, Path, description = "Period code")),
    responses((status = 200, description = "How many were locked", body = PlanLocks))
)]
pub(crate) async fn lock(State(gateway): State<Gateway>, Path([period_code]): Path<1>) -> Answer {
    let locked = gateway.krs().lock_plans(LockPlansRequest { period_code }).await?.into_inner().locked;
    reply::plain(&PlanLocks { locked })
}
