//! `Allocations`: ranked wishes, and the allocation that turns them into seats.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::course::v1 as pb;
use proto::course::v1::allocations_server;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::allocations::Allocations;
use crate::app::wishes;
use crate::error::Error;
use crate::grpc::krs::KrsService;
use crate::grpc::{answered, convert, page, parts, permit};
use crate::rules::access::{self, Readable};
use crate::store::allocations::{self, Filter, Position};
use crate::store::delegations;

/// The service.
#[derive(Debug, Clone)]
pub struct AllocationService {
    /// What its use cases work with.
    pub app: App,
    /// Allocations of this process.
    pub allocations: Allocations,
}

#[tonic::async_trait]
impl allocations_server::Allocations for AllocationService {
    async fn get_wishes(&self, request: Request<pb::GetWishesRequest>) -> Result<Response<pb::Wishes>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        KrsService(self.app.clone()).authorise(&caller, &request.student_id, access::read_plan).await?;
        let (planned, limit) = (access::sees_planned(&caller), self.allocations.limits.wishes);
        let found = wishes::get(&self.app, &request.student_id, period, planned, limit).await?;
        Ok(Response::new(convert::wishes(&found)))
    }

    async fn put_wishes(&self, request: Request<pb::PutWishesRequest>) -> Result<Response<pb::Wishes>, Status> {
        let (caller, request) = parts(request)?;
        convert::period_code("period_code", &request.period_code)?;
        KrsService(self.app.clone()).authorise(&caller, &request.student_id, access::change_plan).await?;
        let limit = self.allocations.limits.wishes;
        let draft = convert::wishes_draft(request, limit)?;
        let (app, planned) = (self.app.clone(), access::sees_planned(&caller));
        let put = async move {
            wishes::put(&app, &draft).await?;
            wishes::get(&app, &draft.student_id, draft.period, planned, limit).await
        };
        Ok(Response::new(convert::wishes(&detached(put).await?)))
    }

    async fn run_allocation(
        &self,
        request: Request<pb::RunAllocationRequest>,
    ) -> Result<Response<pb::AllocationView>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::run_allocation(&caller), "allocation")?;
        let (period, seed) = convert::allocation_draft(&request)?;
        let scope = Scope::current("/siakad.course.v1.Allocations/RunAllocation", &request)?;
        let allocations = self.allocations.clone();
        let start = async move { allocations.start(&caller, period, &seed, scope.as_ref()).await };
        answered(detached(start).await?, convert::allocation)
    }

    async fn get_allocation(
        &self,
        request: Request<pb::GetAllocationRequest>,
    ) -> Result<Response<pb::AllocationView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let view = self.allocations.view(period, access::sees_planned(&caller)).await?;
        Ok(Response::new(convert::allocation(&view)))
    }

    async fn list_allocation_outcomes(
        &self,
        request: Request<pb::ListAllocationOutcomesRequest>,
    ) -> Result<Response<pb::ListAllocationOutcomesResponse>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let (student_id, readable) = self.whose(&caller, &request.student_id).await?;
        if !request.class_id.is_empty() && !is_id(&request.class_id) {
            return Err(Error::Absent("class").into());
        }
        let bound_to = ("allocated", &request.period_code, &student_id, &request.class_id);
        let (page, hash) = page::<Position>(request.page.as_ref(), &bound_to)?;
        self.allocations.view(period, access::sees_planned(&caller)).await?;
        let filter = Filter { period, student_id, class_id: request.class_id, readable };
        let rows = allocations::outcomes(&self.app.db, &filter, page.after.as_ref(), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, allocations::Listed::position);
        let outcomes = rows.iter().map(convert::allocation_outcome).collect();
        Ok(Response::new(pb::ListAllocationOutcomesResponse { outcomes, page: convert::page_info(next) }))
    }
}

impl AllocationService {
    /// Whose outcomes the caller gets: of the one that is asked for, if they may read that plan; else all that staff may read,
    /// and of a student their own.
    async fn whose(&self, caller: &Caller, asked: &str) -> Result<(String, Readable), Error> {
        if !asked.is_empty() {
            KrsService(self.app.clone()).authorise(caller, asked, access::read_plan).await?;
            return Ok((asked.to_owned(), Readable::default()));
        }
        let delegators = match access::lecturer(caller) {
            Some(own) => delegations::advisors_of(&self.app.db, own, self.app.clock.now()).await?,
            None => Vec::new(),
        };
        if let Some(readable) = access::list_plans(caller, delegators) {
            return Ok((String::new(), readable));
        }
        let own = caller.student_id.clone().filter(|id| caller.is_student(id));
        Ok((own.ok_or(Error::Denied)?, Readable::default()))
    }
}
