//! `WaitingLists`: waiting for a seat, and what the registrar watches.

use chassis::id::is_id;
use proto::course::v1 as pb;
use proto::course::v1::waiting_lists_server::WaitingLists;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::registrar::Command;
use crate::error::Error;
use crate::grpc::krs::{KrsService, Whose, class_id};
use crate::grpc::{convert, page, parts, parts_with_ticket, permit};
use crate::rules::access;
use crate::store::tradings::{self, Watched};
use crate::store::{classes, periods, waiting};

/// The service.
#[derive(Debug, Clone)]
pub struct WaitingService(pub App);

#[tonic::async_trait]
impl WaitingLists for WaitingService {
    async fn join_waiting_list(
        &self,
        request: Request<pb::JoinWaitingListRequest>,
    ) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let rpc = "/siakad.course.v1.WaitingLists/JoinWaitingList";
        let whose = Whose { student_id: &request.student_id, period, rpc };
        let command = || {
            let instead_of = Some(&request.instead_of_id).filter(|id| !id.is_empty());
            let instead_of = instead_of.map(|id| class_id(id)).transpose()?;
            Ok(Command::Join { class_id: class_id(&request.class_id)?, instead_of })
        };
        KrsService(self.0.clone()).change(&caller, ticket, whose, &request, command).await
    }

    async fn leave_waiting_list(
        &self,
        request: Request<pb::LeaveWaitingListRequest>,
    ) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let rpc = "/siakad.course.v1.WaitingLists/LeaveWaitingList";
        let whose = Whose { student_id: &request.student_id, period, rpc };
        let command = || Ok(Command::Leave { class_id: class_id(&request.class_id)? });
        KrsService(self.0.clone()).change(&caller, ticket, whose, &request, command).await
    }

    async fn list_waiting_list(
        &self,
        request: Request<pb::ListWaitingListRequest>,
    ) -> Result<Response<pb::ListWaitingListResponse>, Status> {
        let (caller, request) = parts(request)?;
        if !access::keeps_anything(&caller) {
            return Err(Error::Denied.into());
        }
        let programme = match is_id(&request.class_id) {
            true => classes::programme_of(&self.0.db, &request.class_id).await.map_err(Error::from)?,
            false => None,
        };
        permit(access::keep_programme(&caller, &programme.ok_or(Error::Absent("class"))?), "class")?;
        let (page, hash) = page::<i64>(request.page.as_ref(), &("line", request.class_id.as_str()))?;
        let rows = waiting::line(&self.0.db, &request.class_id, page.after.unwrap_or(i64::MIN), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, |row| row.place);
        let students = rows.iter().map(convert::waiting_student).collect();
        Ok(Response::new(pb::ListWaitingListResponse { students, page: convert::page_info(next) }))
    }

    async fn list_tradings(
        &self,
        request: Request<pb::ListTradingsRequest>,
    ) -> Result<Response<pb::ListTradingsResponse>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::watch(&caller), "period")?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let (page, hash) = page::<tradings::Position>(request.page.as_ref(), &("tradings", period.to_string()))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        periods::get(&mut tx, period).await.map_err(Error::from)?.ok_or(Error::Absent("period"))?;
        let rows = tradings::list(&mut tx, period, page.after.as_ref(), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, Watched::position);
        let tradings = rows.iter().map(|row| convert::trading(row, period)).collect();
        Ok(Response::new(pb::ListTradingsResponse { tradings, page: convert::page_info(next) }))
    }
}
