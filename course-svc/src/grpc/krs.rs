//! `Krs`: study plans.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use proto::course::v1 as pb;
use proto::course::v1::krs_server::Krs;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::catalogue::Position;
use crate::app::choices::{self, Query};
use crate::app::registrar::{Command, Order};
use crate::error::Error;
use crate::grpc::{answered, convert, page, parts, permit, scope};
use crate::rules::access::{self, Owner, Verdict};
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub struct KrsService(pub App);

#[tonic::async_trait]
impl Krs for KrsService {
    async fn get_plan(&self, request: Request<pb::GetPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        self.authorise(&caller, &request.student_id, access::read_plan).await?;
        let planned = access::sees_planned(&caller);
        let view = choices::plan(&self.0, &request.student_id, period, planned).await?;
        Ok(Response::new(convert::plan_view(&view)))
    }

    async fn open_plan(&self, request: Request<pb::OpenPlanRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        self.authorise(&caller, &request.student_id, access::change_plan).await?;
        let scope = scope(&caller, "/siakad.course.v1.Krs/OpenPlan", &request)?;
        let student_id = request.student_id;
        self.submit(Order { student_id, period, command: Command::Open, scope }).await
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
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        self.authorise(&caller, &request.student_id, access::change_plan).await?;
        let scope = scope(&caller, "/siakad.course.v1.Krs/AddClass", &request)?;
        let class_id = class_id(request.class_id)?;
        let student_id = request.student_id;
        self.submit(Order { student_id, period, command: Command::Add { class_id }, scope }).await
    }

    async fn drop_class(&self, request: Request<pb::DropClassRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        self.authorise(&caller, &request.student_id, access::change_plan).await?;
        let scope = scope(&caller, "/siakad.course.v1.Krs/DropClass", &request)?;
        let class_id = class_id(request.class_id)?;
        let student_id = request.student_id;
        self.submit(Order { student_id, period, command: Command::Drop { class_id }, scope }).await
    }
}

/// An id that can name a class.
fn class_id(id: String) -> Result<String, Error> {
    if is_id(&id) { Ok(id) } else { Err(Error::Absent("class")) }
}

impl KrsService {
    /// Whether the caller may do this with the plans of this student. A student about their own needs no look-up: their
    /// plan answers even before student-svc has told of them.
    async fn authorise(
        &self,
        caller: &Caller,
        student_id: &str,
        decide: fn(&Caller, Owner<'_>) -> Verdict,
    ) -> Result<(), Error> {
        let stranger = Owner { student_id, advisor_id: None, programme_id: None };
        if decide(caller, stranger) == Verdict::Allowed && caller.is_student(student_id) {
            return Ok(());
        }
        let owner = match is_id(student_id) {
            true => store::students::owner(&self.0.db, student_id).await?,
            false => None,
        };
        let owner = owner.ok_or(Error::Absent("student"))?;
        let (advisor_id, programme_id) = (owner.advisor_id.as_deref(), Some(owner.programme_id.as_str()));
        permit(decide(caller, Owner { student_id, advisor_id, programme_id }), "student")
    }

    /// Through the registrar's door; the command ends even if the client goes away.
    async fn submit(&self, order: Order) -> Result<Response<pb::PlanView>, Status> {
        let registrar = self.0.registrar.clone();
        let answer = detached(async move { registrar.submit(&order).await }).await?;
        answered(answer, convert::plan_view)
    }
}
