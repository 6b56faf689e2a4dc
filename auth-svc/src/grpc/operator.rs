//! `siakad.auth.v1.Operator`: for the operator's command line, which the policy admits by its certificate alone.

use std::sync::Arc;

use chassis::error::Fault;
use chassis::grpc::detached;
use proto::auth::v1 as pb;
use proto::auth::v1::operator_server::Operator;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::{App, put_account};

/// What the operator's command line does.
pub(crate) struct OperatorService(pub(crate) Arc<App>);

#[tonic::async_trait]
impl Operator for OperatorService {
    async fn put_account(&self, request: Request<pb::PutAccountRequest>) -> Result<Response<pb::Account>, Status> {
        let cmd = convert::put_account(request.into_inner())?;
        let app = Arc::clone(&self.0);
        let account = detached(async move { put_account::put_account(&app, cmd).await.map_err(Fault::from) }).await?;
        Ok(Response::new(convert::account(account)))
    }
}
