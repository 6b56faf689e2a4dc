//! `Curricula`: curricula, prerequisites and equivalent courses.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::course::v1 as pb;
use proto::course::v1::curricula_server::Curricula;
use tonic::{Request, Response, Status};

use crate::app::{App, curricula, equivalents, prerequisites};
use crate::error::Error;
use crate::grpc::{answered, convert, page, parts, permit};
use crate::rules::access;
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub struct CurriculaService(pub App);

#[tonic::async_trait]
impl Curricula for CurriculaService {
    async fn list_curricula(
        &self,
        request: Request<pb::ListCurriculaRequest>,
    ) -> Result<Response<pb::ListCurriculaResponse>, Status> {
        let (_, request) = parts(request)?;
        let programme_id = convert::curriculum_filter(&request)?;
        let (page, hash) =
            page::<store::curricula::Position>(request.page.as_ref(), &("curricula", programme_id.as_str()))?;
        let after = page.after.clone().unwrap_or_default();
        let rows = store::curricula::list(&self.0.db, &programme_id, &after, page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, hash, store::curricula::position);
        let curricula = rows.iter().map(convert::curriculum).collect();
        Ok(Response::new(pb::ListCurriculaResponse { curricula, page: convert::page_info(next) }))
    }

    async fn get_curriculum(
        &self,
        request: Request<pb::GetCurriculumRequest>,
    ) -> Result<Response<pb::Curriculum>, Status> {
        let (_, request) = parts(request)?;
        let id = Some(request.id).filter(|id| is_id(id)).ok_or(Error::Absent("curriculum"))?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let curriculum = store::curricula::get(&mut tx, &id).await.map_err(Error::from)?;
        Ok(Response::new(convert::curriculum(&curriculum.ok_or(Error::Absent("curriculum"))?)))
    }

    async fn create_curriculum(
        &self,
        request: Request<pb::CreateCurriculumRequest>,
    ) -> Result<Response<pb::Curriculum>, Status> {
        let (caller, request) = parts(request)?;
        let scope = Scope::current("/siakad.course.v1.Curricula/CreateCurriculum", &request)?;
        let draft = convert::curriculum_draft(request.curriculum)?;
        permit(access::keep_programme(&caller, &draft.programme_id), "curriculum")?;
        let app = self.0.clone();
        let answer = detached(async move { curricula::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::curriculum)
    }

    async fn update_curriculum(
        &self,
        request: Request<pb::UpdateCurriculumRequest>,
    ) -> Result<Response<pb::Curriculum>, Status> {
        let (caller, request) = parts(request)?;
        let id = request.curriculum.as_ref().map(|curriculum| curriculum.id.clone()).unwrap_or_default();
        self.keep_curriculum(&caller, &id).await?;
        let draft = convert::curriculum_draft(request.curriculum)?;
        let app = self.0.clone();
        let curriculum = detached(async move { curricula::update(&app, &draft).await }).await?;
        Ok(Response::new(convert::curriculum(&curriculum)))
    }

    async fn get_prerequisites(
        &self,
        request: Request<pb::GetPrerequisitesRequest>,
    ) -> Result<Response<pb::Prerequisites>, Status> {
        let (_, request) = parts(request)?;
        let id = Some(request.course_id).filter(|id| is_id(id)).ok_or(Error::Absent("course"))?;
        let asked = prerequisites::get(&self.0, &id).await?;
        Ok(Response::new(convert::prerequisites(&asked)))
    }

    async fn put_prerequisites(
        &self,
        request: Request<pb::PutPrerequisitesRequest>,
    ) -> Result<Response<pb::Prerequisites>, Status> {
        let (caller, request) = parts(request)?;
        let id = request.prerequisites.as_ref().map(|asked| asked.course_id.clone()).unwrap_or_default();
        self.keep_course(&caller, &id).await?;
        let draft = convert::prerequisites_draft(request.prerequisites)?;
        let app = self.0.clone();
        let asked = detached(async move { prerequisites::put(&app, &draft).await }).await?;
        Ok(Response::new(convert::prerequisites(&asked)))
    }

    async fn get_equivalents(
        &self,
        request: Request<pb::GetEquivalentsRequest>,
    ) -> Result<Response<pb::Equivalents>, Status> {
        let (_, request) = parts(request)?;
        let id = Some(request.course_id).filter(|id| is_id(id)).ok_or(Error::Absent("course"))?;
        let found = equivalents::get(&self.0, &id).await?;
        Ok(Response::new(convert::equivalents(&found)))
    }

    async fn put_equivalents(
        &self,
        request: Request<pb::PutEquivalentsRequest>,
    ) -> Result<Response<pb::Equivalents>, Status> {
        let (caller, request) = parts(request)?;
        let id = request.equivalents.as_ref().map(|wanted| wanted.course_id.clone()).unwrap_or_default();
        self.keep_course(&caller, &id).await?;
        let draft = convert::equivalents_draft(request.equivalents)?;
        let app = self.0.clone();
        let keeps = move |programme: &str| access::keep_programme(&caller, programme) == access::Verdict::Allowed;
        let found = detached(async move { equivalents::put(&app, &draft, keeps).await }).await?;
        Ok(Response::new(convert::equivalents(&found)))
    }
}

impl CurriculaService {
    /// Whether the caller keeps this course: the programme that owns it decides, and never changes.
    async fn keep_course(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        if !access::keeps_anything(caller) {
            return Err(Error::Denied);
        }
        let course = match is_id(id) {
            true => store::courses::get(&self.0.db, id).await?,
            false => None,
        };
        permit(access::keep_programme(caller, &course.ok_or(Error::Absent("course"))?.programme_id), "course")
    }

    /// Whether the caller keeps this curriculum: its programme decides, and never changes.
    async fn keep_curriculum(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        if !access::keeps_anything(caller) {
            return Err(Error::Denied);
        }
        let programme = match is_id(id) {
            true => store::curricula::programme_of(&self.0.db, id).await?,
            false => None,
        };
        permit(access::keep_programme(caller, &programme.ok_or(Error::Absent("curriculum"))?), "curriculum")
    }
}
