//! `Registration`: the rules of registration as data.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::common::v1::Empty;
use proto::course::v1 as pb;
use proto::course::v1::registration_server::Registration;
use tonic::{Request, Response, Status};

use crate::app::policies::Whom;
use crate::app::{App, policies};
use crate::error::Error;
use crate::grpc::krs::KrsService;
use crate::grpc::{answered, convert, page, parts, permit};
use crate::rules::access;
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub struct RegistrationService(pub App);

#[tonic::async_trait]
impl Registration for RegistrationService {
    async fn list_policies(
        &self,
        request: Request<pb::ListPoliciesRequest>,
    ) -> Result<Response<pb::ListPoliciesResponse>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::read_policies(&caller), "policy")?;
        let period = match request.period_code.is_empty() {
            true => String::new(),
            false => convert::period_code("period_code", &request.period_code)?.to_string(),
        };
        let (page, hash) = page::<store::policies::Position>(request.page.as_ref(), &("policies", period.as_str()))?;
        let after = page.after.clone().unwrap_or_default();
        let rows = store::policies::list(&self.0.db, &period, &after, page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, store::policies::position);
        let policies = rows.iter().map(convert::policy).collect();
        Ok(Response::new(pb::ListPoliciesResponse { policies, page: convert::page_info(next) }))
    }

    async fn get_policy(&self, request: Request<pb::GetPolicyRequest>) -> Result<Response<pb::Policy>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::read_policies(&caller), "policy")?;
        let id = Some(request.id).filter(|id| is_id(id)).ok_or(Error::Absent("policy"))?;
        let found = store::policies::get(&self.0.db, &id).await.map_err(Error::from)?;
        Ok(Response::new(convert::policy(&found.ok_or(Error::Absent("policy"))?)))
    }

    async fn put_policy(&self, request: Request<pb::PutPolicyRequest>) -> Result<Response<pb::Policy>, Status> {
        let (caller, request) = parts(request)?;
        let scope = Scope::current("/siakad.course.v1.Registration/PutPolicy", &request)?;
        permit(access::keep_campus(&caller), "policy")?;
        let draft = convert::policy_draft(request.policy)?;
        if !draft.id.is_empty() && !is_id(&draft.id) {
            return Err(Error::Absent("policy").into());
        }
        let app = self.0.clone();
        let answer = detached(async move { policies::put(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::policy)
    }

    async fn delete_policy(&self, request: Request<pb::DeletePolicyRequest>) -> Result<Response<Empty>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::keep_campus(&caller), "policy")?;
        if !is_id(&request.id) {
            return Err(Error::Absent("policy").into());
        }
        let app = self.0.clone();
        detached(async move { policies::delete(&app, &request.id, request.version).await }).await?;
        Ok(Response::new(Empty {}))
    }

    async fn get_effective_policy(
        &self,
        request: Request<pb::GetEffectivePolicyRequest>,
    ) -> Result<Response<pb::EffectivePolicy>, Status> {
        let (caller, request) = parts(request)?;
        let (period, whom) = convert::effective_filter(&request)?;
        self.may_ask(&caller, &whom).await?;
        let found = policies::effective(&self.0, period, &whom).await?;
        Ok(Response::new(convert::effective_policy(&found)))
    }
}

impl RegistrationService {
    /// Whether the caller may ask what decides about them: of a student whoever may read the plan, else staff.
    async fn may_ask(&self, caller: &Caller, whom: &Whom) -> Result<(), Error> {
        match whom {
            Whom::Cohort { .. } => permit(access::read_policies(caller), "policy"),
            Whom::Student(id) => KrsService(self.0.clone()).authorise(caller, id, access::read_plan).await.map(drop),
        }
    }
}
