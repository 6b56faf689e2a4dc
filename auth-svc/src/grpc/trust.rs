//! `siakad.common.v1.Trust`: the keys that access tokens are signed with.

use std::sync::Arc;

use chassis::error::Fault;
use proto::common::v1::trust_server::Trust;
use proto::common::v1::{Empty, Jwks};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::error::Error;

/// Publishes the public keys.
pub(crate) struct TrustService(pub(crate) Arc<App>);

#[tonic::async_trait]
impl Trust for TrustService {
    async fn get_jwks(&self, _: Request<Empty>) -> Result<Response<Jwks>, Status> {
        let now = self.0.clock.now();
        if self.0.keyring.is_due(now)
            && let Err(error) = self.0.keep_keys(now).await
        {
            tracing::error!(%error, "the signing keys are not kept; the present ones stay");
        }
        let json = self.0.publish_keys(now).map_err(|error| Fault::from(Error::Key(error)))?;
        Ok(Response::new(Jwks { json }))
    }
}
