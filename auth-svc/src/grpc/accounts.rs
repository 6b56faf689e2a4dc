//! `siakad.auth.v1.Accounts`.

use std::sync::Arc;

use chassis::error::Fault;
use chassis::grpc::detached;
use proto::auth::v1 as pb;
use proto::auth::v1::accounts_server::Accounts;
use proto::common::v1::Empty;
use tonic::{Request, Response, Status};

use super::{authorise, convert};
use crate::app::account::{self, Account};
use crate::app::change_password::{self, ChangePassword};
use crate::app::{App, grant_role, list_accounts, revoke_role};
use crate::error::Error;
use crate::rules::access::Action;

/// The caller's own account, and accounts for administrators.
pub(crate) struct AccountsService(pub(crate) Arc<App>);

#[tonic::async_trait]
impl Accounts for AccountsService {
    async fn get_me(&self, request: Request<Empty>) -> Result<Response<pb::Account>, Status> {
        let caller = authorise(&self.0, &request, Action::ReadOwnAccount).await?;
        let found: Option<Account> = account::load(&self.0.db, &caller.account_id).await.map_err(Fault::from)?;
        let account = found.ok_or_else(|| Fault::from(Error::NoSuchAccount))?;
        Ok(Response::new(convert::account(account)))
    }

    async fn change_password(&self, request: Request<pb::ChangePasswordRequest>) -> Result<Response<Empty>, Status> {
        let caller = authorise(&self.0, &request, Action::ChangeOwnPassword).await?;
        let request = request.into_inner();
        let cmd = ChangePassword {
            account_id: caller.account_id,
            session_id: caller.session_id,
            current: request.current_password.into(),
            new: request.new_password.into(),
        };
        let app = Arc::clone(&self.0);
        detached(async move { change_password::change_password(&app, cmd).await.map_err(Fault::from) }).await?;
        Ok(Response::new(Empty {}))
    }

    async fn list(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Result<Response<pb::ListAccountsResponse>, Status> {
        authorise(&self.0, &request, Action::ListAccounts).await?;
        let list = convert::list(request.into_inner())?;
        let after = list.page.after.as_deref().unwrap_or_default();
        let found = list_accounts::list_accounts(&self.0, &list.search, after, list.page.limit()).await;
        Ok(Response::new(convert::listed(&list, found.map_err(Fault::from)?)))
    }

    async fn grant_role(&self, request: Request<pb::GrantRoleRequest>) -> Result<Response<pb::Account>, Status> {
        let caller = authorise(&self.0, &request, Action::ChangeRoles).await?;
        let pb::GrantRoleRequest { account_id, role } = request.into_inner();
        let (account_id, role) = (convert::account_id(account_id)?, convert::role("role", role)?);
        let app = Arc::clone(&self.0);
        let account = detached(async move {
            grant_role::grant_role(&app, &caller.account_id, &account_id, &role).await.map_err(Fault::from)
        });
        Ok(Response::new(convert::account(account.await?)))
    }

    async fn revoke_role(&self, request: Request<pb::RevokeRoleRequest>) -> Result<Response<pb::Account>, Status> {
        let caller = authorise(&self.0, &request, Action::ChangeRoles).await?;
        let pb::RevokeRoleRequest { account_id, role } = request.into_inner();
        let (account_id, role) = (convert::account_id(account_id)?, convert::role("role", role)?);
        let app = Arc::clone(&self.0);
        let account = detached(async move {
            revoke_role::revoke_role(&app, &caller.account_id, &account_id, &role).await.map_err(Fault::from)
        });
        Ok(Response::new(convert::account(account.await?)))
    }
}
