//! `Offering`: keeping courses, periods, rooms and classes.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::common::v1::Empty;
use proto::course::v1 as pb;
use proto::course::v1::offering_server::Offering;
use tonic::{Request, Response, Status};

use crate::app::{App, courses, offering, periods, rooms};
use crate::error::Error;
use crate::grpc::{answered, convert, parts, permit};
use crate::rules::access;
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub struct OfferingService(pub App);

#[tonic::async_trait]
impl Offering for OfferingService {
    async fn create_course(&self, request: Request<pb::CreateCourseRequest>) -> Result<Response<pb::Course>, Status> {
        let (caller, request) = parts(request)?;
        let scope = Scope::current("/siakad.course.v1.Offering/CreateCourse", &request)?;
        let draft = convert::course_draft(request.course)?;
        permit(access::keep_programme(&caller, &draft.programme_id), "course")?;
        let app = self.0.clone();
        let answer = detached(async move { courses::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::course)
    }

    async fn update_course(&self, request: Request<pb::UpdateCourseRequest>) -> Result<Response<pb::Course>, Status> {
        let (caller, request) = parts(request)?;
        let id = request.course.as_ref().map(|course| course.id.clone()).unwrap_or_default();
        self.keep_course(&caller, &id, || Error::Absent("course")).await?;
        let draft = convert::course_draft(request.course)?;
        let app = self.0.clone();
        let course = detached(async move { courses::update(&app, &draft).await }).await?;
        Ok(Response::new(convert::course(&course)))
    }

    async fn create_period(&self, request: Request<pb::CreatePeriodRequest>) -> Result<Response<pb::Period>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::keep_campus(&caller), "period")?;
        let scope = Scope::current("/siakad.course.v1.Offering/CreatePeriod", &request)?;
        let draft = convert::period_draft(request.period)?;
        let app = self.0.clone();
        let answer = detached(async move { periods::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::period)
    }

    async fn update_period(&self, request: Request<pb::UpdatePeriodRequest>) -> Result<Response<pb::Period>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::keep_campus(&caller), "period")?;
        let draft = convert::period_draft(request.period)?;
        let app = self.0.clone();
        let period = detached(async move { periods::update(&app, &draft).await }).await?;
        Ok(Response::new(convert::period(&period)))
    }

    async fn create_room(&self, request: Request<pb::CreateRoomRequest>) -> Result<Response<pb::Room>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::keep_campus(&caller), "room")?;
        let scope = Scope::current("/siakad.course.v1.Offering/CreateRoom", &request)?;
        let draft = convert::room_draft(request.room)?;
        let app = self.0.clone();
        let answer = detached(async move { rooms::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::room)
    }

    async fn update_room(&self, request: Request<pb::UpdateRoomRequest>) -> Result<Response<pb::Room>, Status> {
        let (caller, request) = parts(request)?;
        permit(access::keep_campus(&caller), "room")?;
        let draft = convert::room_draft(request.room)?;
        if !is_id(&draft.id) {
            return Err(Error::Absent("room").into());
        }
        let app = self.0.clone();
        let room = detached(async move { rooms::update(&app, &draft).await }).await?;
        Ok(Response::new(convert::room(&room)))
    }

    async fn create_class(&self, request: Request<pb::CreateClassRequest>) -> Result<Response<pb::Class>, Status> {
        let (caller, request) = parts(request)?;
        let scope = Scope::current("/siakad.course.v1.Offering/CreateClass", &request)?;
        let draft = convert::class_draft(request.class)?;
        let unknown = || Error::field("course_id", crate::reasons::UNKNOWN_COURSE, "no such course");
        self.keep_course(&caller, &draft.course_id, unknown).await?;
        let app = self.0.clone();
        let answer = detached(async move { offering::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, |class| convert::class(class, &class.seats))
    }

    async fn update_class(&self, request: Request<pb::UpdateClassRequest>) -> Result<Response<pb::Class>, Status> {
        let (caller, request) = parts(request)?;
        self.keep_class(&caller, &request.id).await?;
        let draft = convert::class_draft(request.class)?;
        let (app, id, version) = (self.0.clone(), request.id, request.version);
        let class = detached(async move { offering::update(&app, &id, &draft, version).await }).await?;
        Ok(Response::new(convert::class(&class, &class.seats)))
    }

    async fn delete_class(&self, request: Request<pb::DeleteClassRequest>) -> Result<Response<Empty>, Status> {
        let (caller, request) = parts(request)?;
        self.keep_class(&caller, &request.id).await?;
        let app = self.0.clone();
        detached(async move { offering::delete(&app, &request.id).await }).await?;
        Ok(Response::new(Empty {}))
    }
}

impl OfferingService {
    /// Whether the caller keeps this course. Its programme never changes, so the question may be asked before the
    /// command's own transaction. Who keeps nothing hears so before anything else.
    async fn keep_course(&self, caller: &Caller, id: &str, absent: impl FnOnce() -> Error) -> Result<(), Error> {
        if !access::keeps_anything(caller) {
            return Err(Error::Denied);
        }
        let course = match is_id(id) {
            true => store::courses::get(&self.0.db, id).await?,
            false => None,
        };
        let course = course.ok_or_else(absent)?;
        permit(access::keep_programme(caller, &course.programme_id), "course")
    }

    /// Whether the caller keeps this class: the programme of its course decides.
    async fn keep_class(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        if !access::keeps_anything(caller) {
            return Err(Error::Denied);
        }
        let programme = match is_id(id) {
            true => store::classes::programme_of(&self.0.db, id).await?,
            false => None,
        };
        let programme = programme.ok_or(Error::Absent("class"))?;
        permit(access::keep_programme(caller, &programme), "class")
    }
}
