//! `Krs`: study plans.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use prost::Message;
use proto::course::v1 as pb;
use proto::course::v1::krs_server::Krs;
use tonic::{Request, Response, Status};

use crate::app::catalogue::Position;
use crate::app::choices::{self, Query};
use crate::app::list_plans::list_plans;
use crate::app::list_steps::list_steps;
use crate::app::lock_plans::lock_plans;
use crate::app::registrar::{Command, Order};
use crate::app::{App, decider};
use crate::error::Error;
use crate::grpc::{answered, convert, page, parts, parts_with_ticket, permit};
use crate::rules::access::{self, Owner, Verdict};
use crate::rules::period::PeriodCode;
use crate::store::plan_steps::ActorRole;
use crate::store::{delegations, queue, students};

/// The service.
#[derive(Debug, Clone)]
pub struct KrsService(pub App);

#[tonic::async_trait]
impl Krs for KrsService {
    async fn get_plan(&self, request: Request<pb::GetPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let owner = self.authorise(&caller, &request.student_id, access::read_plan).await?;
        let (planned, decides) = (access::sees_planned(&caller), decides(&caller, &request.student_id, &owner));
        let view = choices::plan(&self.0, &request.student_id, period, planned, decides).await?;
        Ok(Response::new(convert::plan_view(&view)))
    }

    async fn open_plan(&self, request: Request<pb::OpenPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/OpenPlan" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Open)).await
    }

    async fn list_choices(
        &self,
        request: Request<pb::ListChoicesRequest>,
    ) -> Result<Response<pb::ListChoicesResponse>, Status> {
        let (caller, request) = parts(request)?;
        let asked = request.filter.unwrap_or_default();
        let (period, filter) = convert::class_filter(&asked)?;
        self.authorise(&caller, &request.student_id, access::read_plan).await?;
        let bound_to = ("choices", &request.student_id, period.to_string(), &filter, request.takeable);
        let (page, filter_hash) = page::<Position>(asked.page.as_ref(), &bound_to)?;
        let query = Query { filter, takeable: request.takeable, page, filter_hash };
        let planned = access::sees_planned(&caller);
        let (rows, next) = choices::list(&self.0, &request.student_id, period, planned, &query).await?;
        let choices = rows.iter().map(convert::choice).collect();
        Ok(Response::new(pb::ListChoicesResponse { choices, page: convert::page_info(next) }))
    }

    async fn add_class(&self, request: Request<pb::AddClassRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/AddClass" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Add { class_id: class_id(&request.class_id)? }))
            .await
    }

    async fn drop_class(&self, request: Request<pb::DropClassRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/DropClass" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Drop { class_id: class_id(&request.class_id)? }))
            .await
    }

    async fn submit_plan(&self, request: Request<pb::SubmitPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/SubmitPlan" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Submit { version: request.version })).await
    }

    async fn withdraw_plan(&self, request: Request<pb::WithdrawPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/WithdrawPlan" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Withdraw { version: request.version })).await
    }

    async fn approve_plan(&self, request: Request<pb::ApprovePlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/ApprovePlan" };
        self.decide(&caller, whose, &request, || Ok(Command::Approve { version: request.version, late: false })).await
    }

    async fn return_plan(&self, request: Request<pb::ReturnPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/ReturnPlan" };
        self.decide(&caller, whose, &request, || {
            let note = convert::plan_note(&request.note)?;
            Ok(Command::Return { version: request.version, note, by_office: caller.is_registrar() })
        })
        .await
    }

    async fn swap_class(&self, request: Request<pb::SwapClassRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/SwapClass" };
        let (old, new) = (&request.drop_class_id, &request.add_class_id);
        self.change(&caller, ticket, whose, &request, || {
            Ok(Command::Swap { drop: class_id(old)?, add: class_id(new)? })
        })
        .await
    }

    async fn revise_plan(&self, request: Request<pb::RevisePlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/RevisePlan" };
        self.change(&caller, ticket, whose, &request, || Ok(Command::Revise { version: request.version })).await
    }

    async fn void_plan(&self, request: Request<pb::VoidPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Krs/VoidPlan" };
        self.authorise(&caller, whose.student_id, access::void_plan).await?;
        let command = Command::Void { version: request.version, note: convert::plan_note(&request.note)? };
        self.submit(&caller, whose, &request, command, ActorRole::Registrar).await
    }

    async fn list_plan_steps(
        &self,
        request: Request<pb::ListPlanStepsRequest>,
    ) -> Result<Response<pb::ListPlanStepsResponse>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        self.authorise(&caller, &request.student_id, access::read_plan).await?;
        let bound_to = ("steps", &request.student_id, period.to_string());
        let (page, filter_hash) = page::<i64>(request.page.as_ref(), &bound_to)?;
        let planned = access::sees_planned(&caller);
        let found = list_steps(&self.0, &request.student_id, period, planned, &page, filter_hash).await?;
        let (steps, next) = found;
        let steps = steps.iter().map(convert::plan_step).collect();
        Ok(Response::new(pb::ListPlanStepsResponse { steps, page: convert::page_info(next) }))
    }

    async fn list_plans(
        &self,
        request: Request<pb::ListPlansRequest>,
    ) -> Result<Response<pb::ListPlansResponse>, Status> {
        let (caller, request) = parts(request)?;
        let delegators = match access::lecturer(&caller) {
            Some(own) => delegations::advisors_of(&self.0.db, own, self.0.clock.now()).await.map_err(Error::from)?,
            None => Vec::new(),
        };
        let readable = access::list_plans(&caller, delegators).ok_or(Error::Denied)?;
        let filter = convert::plan_filter(&request, readable)?;
        let bound_to = ("plans", pb::ListPlansRequest { page: None, ..request.clone() }.encode_to_vec());
        let (page, filter_hash) = page::<queue::Position>(request.page.as_ref(), &bound_to)?;
        let planned = access::sees_planned(&caller);
        let list = list_plans(&self.0, &filter, planned, &page, filter_hash).await?;
        Ok(Response::new(pb::ListPlansResponse {
            plans: list.rows.iter().map(convert::plan_row).collect(),
            page: convert::page_info(list.next),
            counts: list.counts.iter().map(convert::plan_count).collect(),
        }))
    }

    async fn lock_plans(
        &self,
        request: Request<pb::LockPlansRequest>,
    ) -> Result<Response<pb::LockPlansResponse>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::lock_plans(&caller), "period")?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let scope = Scope::current("/siakad.course.v1.Krs/LockPlans", &request)?;
        let (app, actor) = (self.0.clone(), decider::actor(&caller, ActorRole::Registrar));
        let response = |locked| pb::LockPlansResponse { locked };
        let answer = detached(async move { lock_plans(&app, period, &actor, scope.as_ref(), response).await }).await?;
        answered(answer, |locked| response(*locked))
    }
}

/// An id that can name a class.
pub(super) fn class_id(id: &str) -> Result<String, Error> {
    if is_id(id) { Ok(id.to_owned()) } else { Err(Error::Absent("class")) }
}

/// Whose plan a command is about, and which method it came by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    /// The student.
    pub student_id: &'a str,
    /// The period.
    pub period: PeriodCode,
    /// The method.
    pub rpc: &'static str,
}

/// Whether the caller decides about the plans of this student.
fn decides(caller: &Caller, student_id: &str, owner: &Option<students::Owner>) -> bool {
    access::decide_plan(caller, decider::owner_of(student_id, owner.as_ref())) == Verdict::Allowed
}

impl KrsService {
    /// Whether the caller may do this with the plans of this student, and to whom they belong. A student about their own
    /// needs no look-up: their plan answers even before student-svc has told of them.
    pub(super) async fn authorise(
        &self,
        caller: &Caller,
        student_id: &str,
        decide: fn(&Caller, Owner<'_>) -> Verdict,
    ) -> Result<Option<students::Owner>, Error> {
        if caller.is_student(student_id) {
            permit(decide(caller, decider::owner_of(student_id, None)), "student")?;
            return Ok(None);
        }
        let owner = match is_id(student_id) {
            true => {
                let (ids, lecturer) = ([student_id.to_owned()], access::lecturer(caller).unwrap_or_default());
                students::owners(&self.0.db, &ids, lecturer, self.0.clock.now()).await?.remove(student_id)
            }
            false => None,
        };
        if owner.is_none() {
            return Err(Error::Absent("student"));
        }
        permit(decide(caller, decider::owner_of(student_id, owner.as_ref())), "student")?;
        Ok(owner)
    }

    /// A command of the student, once the waiting room lets it pass.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        ticket: Option<String>,
        whose: Whose<'_>,
        request: &impl Message,
        command: impl FnOnce() -> Result<Command, Error>,
    ) -> Result<Response<pb::PlanView>, Status> {
        self.authorise(caller, whose.student_id, access::change_plan).await?;
        self.0.admissions.check(whose.student_id, whose.period, ticket.as_deref()).await?;
        self.submit(caller, whose, request, command()?, ActorRole::Student).await
    }

    /// A command of the advisor, of who stands in for them, or of the registrar.
    async fn decide(
        &self,
        caller: &Caller,
        whose: Whose<'_>,
        request: &impl Message,
        command: impl FnOnce() -> Result<Command, Error>,
    ) -> Result<Response<pb::PlanView>, Status> {
        let owner = self.authorise(caller, whose.student_id, access::decide_plan).await?;
        let role = decider::role(caller, decider::owner_of(whose.student_id, owner.as_ref()));
        self.submit(caller, whose, request, command()?, role).await
    }

    /// Through the registrar's door; the command ends even if the client goes away.
    async fn submit(
        &self,
        caller: &Caller,
        whose: Whose<'_>,
        request: &impl Message,
        command: Command,
        role: ActorRole,
    ) -> Result<Response<pb::PlanView>, Status> {
        let order = Order {
            student_id: whose.student_id.to_owned(),
            period: whose.period,
            command,
            actor: decider::actor(caller, role),
            scope: Scope::current(whose.rpc, request)?,
        };
        let registrar = self.0.registrar.clone();
        let answer = detached(async move { registrar.submit(order).await }).await?;
        answered(answer, convert::plan_view)
    }
}
