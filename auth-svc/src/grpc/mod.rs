//! gRPC: decode, authorise, call, encode.

use std::sync::Arc;

use chassis::auth::Caller;
use chassis::error::Fault;
use tonic::Request;

use crate::app::App;
use crate::error::Error;
use crate::rules::access::{Action, Who, decide};
use crate::store;

mod accounts;
pub(crate) mod convert;
mod operator;
pub(crate) mod policy;
mod sessions;
mod trust;

pub(crate) use accounts::AccountsService;
pub(crate) use operator::OperatorService;
pub(crate) use sessions::SessionsService;
pub(crate) use trust::TrustService;

/// The caller of a request, if they may do this. Here the session is looked up in the table it lives in, so that an ended one
/// is refused at once and by every replica.
async fn authorise<T>(app: &Arc<App>, request: &Request<T>, action: Action) -> Result<Caller, Fault> {
    let caller = Caller::of(request)?;
    let now = app.clock.now();
    let live = store::sessions::is_live(&app.db, &caller.session_id, &caller.account_id, now).await?;
    let fresh = now.duration_since(caller.auth_time) <= app.terms.fresh;
    let who = Who { system_admin: caller.is_system_admin(), live, fresh };
    decide(who, action).map_err(Error::Denied)?;
    Ok(caller)
}
