//! `siakad.auth.v1.Sessions`.

use std::sync::Arc;

use chassis::error::Fault;
use chassis::grpc::detached;
use proto::auth::v1 as pb;
use proto::auth::v1::sessions_server::Sessions;
use proto::common::v1::Empty;
use tonic::{Request, Response, Status};

use super::{authorise, convert};
use crate::app::{App, login, logout, refresh};
use crate::rules::access::Action;

/// Logging in and staying so.
pub(crate) struct SessionsService(pub(crate) Arc<App>);

#[tonic::async_trait]
impl Sessions for SessionsService {
    async fn login(&self, request: Request<pb::LoginRequest>) -> Result<Response<pb::Tokens>, Status> {
        let login = convert::login(request.into_inner())?;
        let app = Arc::clone(&self.0);
        let tokens = detached(async move { login::login(&app, login).await.map_err(Fault::from) }).await?;
        Ok(Response::new(convert::tokens(tokens)))
    }

    async fn refresh(&self, request: Request<pb::RefreshRequest>) -> Result<Response<pb::Tokens>, Status> {
        let token = request.into_inner().refresh_token.into();
        let app = Arc::clone(&self.0);
        let tokens = detached(async move { refresh::refresh(&app, token).await.map_err(Fault::from) }).await?;
        Ok(Response::new(convert::tokens(tokens)))
    }

    async fn logout(&self, request: Request<Empty>) -> Result<Response<Empty>, Status> {
        let caller = authorise(&self.0, &request, Action::EndOwnSession).await?;
        let app = Arc::clone(&self.0);
        detached(async move { logout::logout(&app, &caller.session_id).await.map_err(Fault::from) }).await?;
        Ok(Response::new(Empty {}))
    }
}
