//! `Catalogue`: what is offered, for everybody who is logged in; and the public list, for everybody.

use chassis::auth::Caller;
use chassis::id::is_id;
use proto::course::v1 as pb;
use proto::course::v1::catalogue_server::Catalogue;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::catalogue::{Entry, Position};
use crate::error::Error;
use crate::grpc::{convert, page, parts};
use crate::rules::access;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::store::{classes, courses, periods, rooms};

/// The service.
#[derive(Debug, Clone)]
pub struct CatalogueService(pub App);

#[tonic::async_trait]
impl Catalogue for CatalogueService {
    async fn list_periods(
        &self,
        request: Request<pb::ListPeriodsRequest>,
    ) -> Result<Response<pb::ListPeriodsResponse>, Status> {
        let (caller, request) = parts(request)?;
        self.periods(&request, access::sees_planned(&caller)).await
    }

    async fn get_period(&self, request: Request<pb::GetPeriodRequest>) -> Result<Response<pb::Period>, Status> {
        let (caller, request) = parts(request)?;
        let code = PeriodCode::parse(&request.code).ok_or(Error::Absent("period"))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let period = periods::get(&mut tx, code).await.map_err(Error::from)?;
        let period = period.filter(|period| shows(&caller, Some(period.state))).ok_or(Error::Absent("period"))?;
        Ok(Response::new(convert::period(&period)))
    }

    async fn list_courses(
        &self,
        request: Request<pb::ListCoursesRequest>,
    ) -> Result<Response<pb::ListCoursesResponse>, Status> {
        let (_, request) = parts(request)?;
        let filter = convert::course_filter(&request)?;
        let (page, hash) =
            page::<courses::Position>(request.page.as_ref(), &("courses", &filter.search, &filter.programme_id))?;
        let after = page.after.clone().unwrap_or_default();
        let mut rows = courses::list(&self.0.db, &filter, &after, page.limit()).await.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, courses::position);
        let courses = rows.iter().map(convert::course).collect();
        Ok(Response::new(pb::ListCoursesResponse { courses, page: convert::page_info(next) }))
    }

    async fn get_course(&self, request: Request<pb::GetCourseRequest>) -> Result<Response<pb::Course>, Status> {
        let (_, request) = parts(request)?;
        let id = Some(request.id).filter(|id| is_id(id)).ok_or(Error::Absent("course"))?;
        let course = courses::get(&self.0.db, &id).await.map_err(Error::from)?;
        Ok(Response::new(convert::course(&course.ok_or(Error::Absent("course"))?)))
    }

    async fn list_rooms(
        &self,
        request: Request<pb::ListRoomsRequest>,
    ) -> Result<Response<pb::ListRoomsResponse>, Status> {
        let (_, request) = parts(request)?;
        let (page, hash) = page::<String>(request.page.as_ref(), &"rooms")?;
        let after = page.after.clone().unwrap_or_default();
        let mut rows = rooms::list(&self.0.db, &after, page.limit()).await.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, |room| room.code.clone());
        let rooms = rows.iter().map(convert::room).collect();
        Ok(Response::new(pb::ListRoomsResponse { rooms, page: convert::page_info(next) }))
    }

    async fn list_classes(
        &self,
        request: Request<pb::ListClassesRequest>,
    ) -> Result<Response<pb::ListClassesResponse>, Status> {
        let (caller, request) = parts(request)?;
        let class = |entry: &Entry| convert::class(&entry.class, &entry.seats());
        self.classes(&request, |state| shows(&caller, state), class).await
    }

    async fn get_class(&self, request: Request<pb::GetClassRequest>) -> Result<Response<pb::Class>, Status> {
        let (caller, request) = parts(request)?;
        let id = Some(request.id).filter(|id| is_id(id)).ok_or(Error::Absent("class"))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let class = classes::get(&mut tx, &id).await.map_err(Error::from)?.ok_or(Error::Absent("class"))?;
        let period = periods::get(&mut tx, class.period).await.map_err(Error::from)?;
        if !shows(&caller, period.map(|period| period.state)) {
            return Err(Error::Absent("class").into());
        }
        Ok(Response::new(convert::class(&class, &class.seats)))
    }

    async fn list_public_classes(
        &self,
        request: Request<pb::ListClassesRequest>,
    ) -> Result<Response<pb::ListClassesResponse>, Status> {
        let request = request.into_inner();
        let class = |entry: &Entry| convert::public_class(&entry.class);
        self.classes(&request, |state| state.is_some_and(|state| state != PeriodState::Planned), class).await
    }

    async fn list_public_periods(
        &self,
        request: Request<pb::ListPeriodsRequest>,
    ) -> Result<Response<pb::ListPeriodsResponse>, Status> {
        self.periods(&request.into_inner(), false).await
    }
}

impl CatalogueService {
    /// Periods, latest first; planned ones for those who see them.
    async fn periods(
        &self,
        request: &pb::ListPeriodsRequest,
        planned: bool,
    ) -> Result<Response<pb::ListPeriodsResponse>, Status> {
        let (page, hash) = page::<String>(request.page.as_ref(), &("periods", planned))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let before = page.after.clone().unwrap_or_default();
        let mut rows = periods::list(&mut tx, &before, planned, page.limit()).await.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, |period| period.code.to_string());
        let periods = rows.iter().map(convert::period).collect();
        Ok(Response::new(pb::ListPeriodsResponse { periods, page: convert::page_info(next) }))
    }

    /// Classes from memory. A period that the reader does not see has none.
    async fn classes(
        &self,
        request: &pb::ListClassesRequest,
        shows: impl Fn(Option<PeriodState>) -> bool,
        encode: impl Fn(&Entry) -> pb::Class,
    ) -> Result<Response<pb::ListClassesResponse>, Status> {
        let (period, filter) = convert::class_filter(request)?;
        let (page, hash) = page::<Position>(request.page.as_ref(), &("classes", period.to_string(), &filter))?;
        let shelf = self.0.catalogue.shelf(period).await?;
        let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let mut rows: Vec<_> = match shows(shelf.state) {
            true => shelf.select(&filter, page.after.as_ref()).take(wanted).collect(),
            false => Vec::new(),
        };
        let next = page.cut(&mut rows, hash, |entry| entry.position.clone());
        let classes = rows.into_iter().map(encode).collect();
        Ok(Response::new(pb::ListClassesResponse { classes, page: convert::page_info(next) }))
    }
}

/// Whether an account sees what happens in a period of this state.
fn shows(caller: &Caller, state: Option<PeriodState>) -> bool {
    match state {
        None => false,
        Some(PeriodState::Planned) => access::sees_planned(caller),
        Some(_) => true,
    }
}
