//! `Approvals`: many plans at once, and deciding in an advisor's stead.

use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::course::v1 as pb;
use proto::course::v1::approvals_server::Approvals;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::approvals::{Bulk, Which};
use crate::app::delegations;
use crate::error::Error;
use crate::grpc::{answered, convert, page, parts, permit};
use crate::rules::access;
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub struct ApprovalService {
    /// What its use cases work with.
    pub app: App,
    /// Bulk approvals of this process.
    pub bulk: Bulk,
}

#[tonic::async_trait]
impl Approvals for ApprovalService {
    async fn start_approval(
        &self,
        request: Request<pb::StartApprovalRequest>,
    ) -> Result<Response<pb::Approval>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::start_approval(&caller, request.leftovers), "approval")?;
        let (period, which): (_, Which) = convert::approval_draft(&request, self.bulk.limits.plans)?;
        let scope = Scope::current("/siakad.course.v1.Approvals/StartApproval", &request)?;
        let bulk = self.bulk.clone();
        let answer = detached(async move { bulk.start(&caller, period, &which, scope.as_ref()).await }).await?;
        answered(answer, convert::approval)
    }

    async fn get_approval(&self, request: Request<pb::GetApprovalRequest>) -> Result<Response<pb::Approval>, Status> {
        let (caller, request) = parts(request)?;
        let id = approval_id(&request.id)?;
        Ok(Response::new(convert::approval(&self.bulk.progress(&caller, id).await?)))
    }

    async fn list_approval_outcomes(
        &self,
        request: Request<pb::ListApprovalOutcomesRequest>,
    ) -> Result<Response<pb::ListApprovalOutcomesResponse>, Status> {
        let (caller, request) = parts(request)?;
        let id = approval_id(&request.id)?;
        let (page, hash) = page::<store::approvals::Position>(request.page.as_ref(), &("outcomes", id))?;
        self.bulk.progress(&caller, id).await?;
        let rows = store::approvals::outcomes(&self.app.db, id, page.after.as_ref(), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, |row| row.position.clone());
        let outcomes = rows.iter().map(convert::approval_outcome).collect();
        Ok(Response::new(pb::ListApprovalOutcomesResponse { outcomes, page: convert::page_info(next) }))
    }

    async fn list_delegations(
        &self,
        request: Request<pb::ListDelegationsRequest>,
    ) -> Result<Response<pb::ListDelegationsResponse>, Status> {
        let (caller, request) = parts(request)?;
        let whose = access::list_delegations(&caller).ok_or(Error::Denied)?;
        let bound_to = ("delegations", whose, request.current);
        let (page, hash) = page::<store::delegations::Position>(request.page.as_ref(), &bound_to)?;
        let at = request.current.then(|| self.app.clock.now());
        let rows = store::delegations::list(&self.app.db, whose, at, page.after.as_ref(), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, store::delegations::Delegation::position);
        let delegations = rows.iter().map(convert::delegation).collect();
        Ok(Response::new(pb::ListDelegationsResponse { delegations, page: convert::page_info(next) }))
    }

    async fn create_delegation(
        &self,
        request: Request<pb::CreateDelegationRequest>,
    ) -> Result<Response<pb::Delegation>, Status> {
        let (caller, request) = parts(request)?;
        let own = caller.lecturer_id.clone().filter(|id| caller.is_lecturer(id)).unwrap_or_default();
        let advisor_id = if request.advisor_id.is_empty() { &own } else { &request.advisor_id };
        permit(access::give_delegation(&caller, advisor_id), "delegation")?;
        let draft = convert::delegation_draft(&request, &own)?;
        let scope = Scope::current("/siakad.course.v1.Approvals/CreateDelegation", &request)?;
        let app = self.app.clone();
        let created = async move { delegations::create(&app, &draft, &caller.account_id, scope.as_ref()).await };
        answered(detached(created).await?, convert::delegation)
    }

    async fn end_delegation(
        &self,
        request: Request<pb::EndDelegationRequest>,
    ) -> Result<Response<pb::Delegation>, Status> {
        let (caller, request) = parts(request)?;
        let id = Some(request.id).filter(|id| is_id(id)).ok_or(Error::Absent("delegation"))?;
        let known = store::delegations::get(&self.app.db, &id).await.map_err(Error::from)?;
        let known = known.ok_or(Error::Absent("delegation"))?;
        permit(access::end_delegation(&caller, &known.advisor_id, &known.delegate_id), "delegation")?;
        let app = self.app.clone();
        let ended = detached(async move { delegations::end(&app, &id, &caller.account_id).await }).await?;
        Ok(Response::new(convert::delegation(&ended)))
    }
}

/// An id that can name a bulk approval.
fn approval_id(id: &str) -> Result<&str, Error> {
    if is_id(id) { Ok(id) } else { Err(Error::Absent("approval")) }
}
