//! `Grading`: sheets of classes.

use std::time::Duration;

use chassis::auth::{Caller, Trust};
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use jiff::SignedDuration;
use proto::grade::v1 as pb;
use proto::grade::v1::grading_server::Grading;
use tonic::{Request, Response, Status};

use crate::app::publish_sheet::{PublishSheet, publish_sheet};
use crate::app::put_components::put_components;
use crate::app::put_scores::put_scores;
use crate::app::{App, sheet};
use crate::error::Error;
use crate::grpc::{answered, convert, page, parts};
use crate::rules::access::{self, ClassOwner, Verdict};
use crate::store::sheets::list::Position;

/// The service.
#[derive(Debug, Clone)]
pub struct GradingService {
    /// The use cases.
    pub app: App,
    /// Whether auth-svc was heard of lately.
    pub trust: Trust,
    /// How long after a login grades may be published.
    pub login_age: Duration,
}

#[tonic::async_trait]
impl Grading for GradingService {
    async fn list_sheets(
        &self,
        request: Request<pb::ListSheetsRequest>,
    ) -> Result<Response<pb::ListSheetsResponse>, Status> {
        let (caller, request) = parts(request)?;
        let filter = convert::sheet_filter(&request)?;
        let (page, hash) = page::<Position>(request.page.as_ref(), &("sheets", &filter))?;
        let (db, now) = (&self.app.db, self.app.clock.now());
        let mut rows = sheet::list(db, &caller, &filter, page.after.as_ref(), page.limit(), now).await?;
        let next = page.cut(&mut rows, hash, |(position, _)| position.clone());
        let sheets = rows.iter().map(|(_, summary)| convert::summary(summary, &caller)).collect();
        Ok(Response::new(pb::ListSheetsResponse { sheets, page: convert::page_info(next) }))
    }

    async fn get_sheet(&self, request: Request<pb::GetSheetRequest>) -> Result<Response<pb::Sheet>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.class_id, access::read_sheet).await?;
        let mut tx = self.app.db.snapshot().await.map_err(Error::from)?;
        let found = sheet::load(&mut tx, &request.class_id, self.app.clock.now()).await.map_err(Error::from)?;
        let found = found.ok_or(Error::Absent("class"))?;
        let earlier = sheet::earlier(&mut tx, &found).await.map_err(Error::from)?;
        Ok(Response::new(convert::with_earlier(convert::sheet(&found, &caller), earlier)))
    }

    async fn put_components(&self, request: Request<pb::PutComponentsRequest>) -> Result<Response<pb::Sheet>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.class_id, access::write_sheet).await?;
        let cmd = convert::put_components(request)?;
        let app = self.app.clone();
        let found = detached(async move { put_components(&app, &cmd).await }).await?;
        Ok(Response::new(convert::sheet(&found, &caller)))
    }

    async fn put_scores(
        &self,
        request: Request<pb::PutScoresRequest>,
    ) -> Result<Response<pb::PutScoresResponse>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.class_id, access::write_sheet).await?;
        let scope = Scope::current("/siakad.grade.v1.Grading/PutScores", &request)?;
        let cmd = convert::put_scores(request, &caller)?;
        let app = self.app.clone();
        let (sent, by) = (cmd.clone(), caller.clone());
        let answer = detached(async move {
            let encode = move |sheet: &sheet::Sheet| convert::put_scores_response(sheet, &sent, &by);
            put_scores(&app, &cmd, scope.as_ref(), encode).await
        })
        .await?;
        answered(answer)
    }

    async fn publish_sheet(&self, request: Request<pb::PublishSheetRequest>) -> Result<Response<pb::Sheet>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.class_id, access::publish_sheet).await?;
        self.lately_logged_in(&caller)?;
        let scope = Scope::current("/siakad.grade.v1.Grading/PublishSheet", &request)?;
        let cmd = PublishSheet { class_id: request.class_id, version: request.version };
        let app = self.app.clone();
        let answer =
            detached(
                async move { publish_sheet(&app, &cmd, scope.as_ref(), |sheet| convert::sheet(sheet, &caller)).await },
            )
            .await?;
        answered(answer)
    }
}

impl GradingService {
    /// Whether the caller may do this with the sheet of this class.
    async fn authorise(
        &self,
        caller: &Caller,
        class_id: &str,
        decide: fn(&Caller, ClassOwner<'_>) -> Verdict,
    ) -> Result<(), Error> {
        if !is_id(class_id) {
            return Err(Error::Absent("class"));
        }
        sheet::authorise(&self.app.db, caller, class_id, decide).await
    }

    /// Publishing cannot be taken back, so a token alone is not enough: auth-svc must have been heard of in the last
    /// seconds, or nobody knows whether the session still stands, and the password must have been given a short while ago.
    fn lately_logged_in(&self, caller: &Caller) -> Result<(), Error> {
        if caller.stale || self.trust.is_silent() {
            return Err(Error::AuthSilent);
        }
        let age = self.app.clock.now().duration_since(caller.auth_time);
        let most = SignedDuration::try_from(self.login_age).unwrap_or(SignedDuration::MAX);
        if age > most { Err(Error::LoginTooOld) } else { Ok(()) }
    }
}
