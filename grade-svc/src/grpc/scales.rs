//! `Scales`: grade scales of study programmes.

use chassis::grpc::detached;
use proto::grade::v1 as pb;
use proto::grade::v1::scales_server::Scales;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::put_scale::put_scale;
use crate::error::Error;
use crate::grpc::{convert, page, parts};
use crate::rules::access::{self, Verdict};
use crate::store::scales::{self, Position};

/// The service.
#[derive(Debug, Clone)]
pub struct ScalesService(pub App);

#[tonic::async_trait]
impl Scales for ScalesService {
    async fn list_scales(
        &self,
        request: Request<pb::ListScalesRequest>,
    ) -> Result<Response<pb::ListScalesResponse>, Status> {
        let (_, request) = parts(request)?;
        let programme_id = convert::programme_filter(&request.programme_id)?;
        let (page, hash) = page::<Position>(request.page.as_ref(), &("scales", &programme_id))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let rows = scales::list(&mut tx, &programme_id, page.after.as_ref(), page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, scales::position);
        let scales = rows.iter().map(convert::scale).collect();
        Ok(Response::new(pb::ListScalesResponse { scales, page: convert::page_info(next) }))
    }

    async fn put_scale(&self, request: Request<pb::PutScaleRequest>) -> Result<Response<pb::Scale>, Status> {
        let (caller, request) = parts(request)?;
        if access::keep_scales(&caller) != Verdict::Allowed {
            return Err(Error::Denied.into());
        }
        let draft = convert::scale_draft(request.scale)?;
        let app = self.0.clone();
        let scale = detached(async move { put_scale(&app, &draft).await }).await?;
        Ok(Response::new(convert::scale(&scale)))
    }
}
