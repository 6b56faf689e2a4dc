//! `Admission`: the waiting room in front of an opening.

use proto::course::v1 as pb;
use proto::course::v1::admission_server::Admission;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::grpc::krs::KrsService;
use crate::grpc::{convert, parts};
use crate::rules::access;

/// Metadata key of the ticket that a student's command carries.
pub const TICKET: &str = "admission-ticket";

/// The service.
#[derive(Debug, Clone)]
pub struct AdmissionService(pub App);

#[tonic::async_trait]
impl Admission for AdmissionService {
    async fn enter_admission(
        &self,
        request: Request<pb::EnterAdmissionRequest>,
    ) -> Result<Response<pb::AdmissionView>, Status> {
        let (caller, request) = parts(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        KrsService(self.0.clone()).authorise(&caller, &request.student_id, access::change_plan).await?;
        let view = self.0.admissions.enter(&request.student_id, period).await?;
        Ok(Response::new(convert::admission_view(&view)))
    }
}

/// The ticket that a request carries, if any.
pub(super) fn ticket<T>(request: &Request<T>) -> Option<String> {
    request.metadata().get(TICKET).and_then(|ticket| ticket.to_str().ok()).map(str::to_owned)
}
