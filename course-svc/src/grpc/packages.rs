//! `Packages`: classes that the office presets for new students.

use chassis::auth::Caller;
use chassis::grpc::detached;
use chassis::id::is_id;
use chassis::idempotency::Scope;
use proto::common::v1::Empty;
use proto::course::v1 as pb;
use proto::course::v1::packages_server::Packages;
use tonic::{Request, Response, Status};

use crate::app::registrar::{Command, Preset};
use crate::app::{App, packages};
use crate::error::Error;
use crate::grpc::krs::{KrsService, Whose};
use crate::grpc::{answered, convert, page, parts, parts_with_ticket, permit};
use crate::rules::access;
use crate::store;
use crate::store::packages::Filter;

/// The service.
#[derive(Debug, Clone)]
pub struct PackagesService(pub App);

#[tonic::async_trait]
impl Packages for PackagesService {
    async fn list_packages(
        &self,
        request: Request<pb::ListPackagesRequest>,
    ) -> Result<Response<pb::ListPackagesResponse>, Status> {
        let (caller, request) = parts(request)?;
        let readable = access::list_packages(&caller).ok_or(Error::Denied)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let wanted = Filter { period, programme_id: request.programme_id.clone(), cohort: None };
        let filter = match &readable {
            access::Packages::All => Some(wanted),
            access::Packages::OfStudent(student) => self.meant_for(student, wanted).await?,
        };
        let bound_to = ("packages", period.to_string(), &request.programme_id, &caller.student_id);
        let (page, hash) = page::<store::packages::Position>(request.page.as_ref(), &bound_to)?;
        let (rows, next) = match filter {
            Some(filter) => packages::list(&self.0, &filter, access::sees_planned(&caller), &page, hash).await?,
            None => Default::default(),
        };
        let packages = rows.iter().map(convert::package).collect();
        Ok(Response::new(pb::ListPackagesResponse { packages, page: convert::page_info(next) }))
    }

    async fn create_package(
        &self,
        request: Request<pb::CreatePackageRequest>,
    ) -> Result<Response<pb::Package>, Status> {
        let (caller, request) = parts(request)?;
        let scope = Scope::current("/siakad.course.v1.Packages/CreatePackage", &request)?;
        let draft = convert::package_draft(String::new(), request.package, 0)?;
        permit(access::keep_programme(&caller, &draft.programme_id), "package")?;
        let app = self.0.clone();
        let answer = detached(async move { packages::create(&app, &draft, scope.as_ref()).await }).await?;
        answered(answer, convert::package)
    }

    async fn update_package(
        &self,
        request: Request<pb::UpdatePackageRequest>,
    ) -> Result<Response<pb::Package>, Status> {
        let (caller, request) = parts(request)?;
        self.keep_package(&caller, &request.id).await?;
        let draft = convert::package_draft(request.id, request.package, request.version)?;
        let app = self.0.clone();
        let package = detached(async move { packages::update(&app, &draft).await }).await?;
        Ok(Response::new(convert::package(&package)))
    }

    async fn delete_package(&self, request: Request<pb::DeletePackageRequest>) -> Result<Response<Empty>, Status> {
        let (caller, request) = parts(request)?;
        self.keep_package(&caller, &request.id).await?;
        let app = self.0.clone();
        detached(async move { packages::delete(&app, &request.id, request.version).await }).await?;
        Ok(Response::new(Empty {}))
    }

    async fn take_package(&self, request: Request<pb::TakePackageRequest>) -> Result<Response<pb::PlanView>, Status> {
        let (caller, ticket, request) = parts_with_ticket(request)?;
        let period = convert::period_code("period_code", &request.period_code)?;
        let whose = Whose { student_id: &request.student_id, period, rpc: "/siakad.course.v1.Packages/TakePackage" };
        let krs = KrsService(self.0.clone());
        krs.authorise(&caller, &request.student_id, access::change_plan).await?;
        let mut tx = self.0.db.snapshot().await.map_err(Error::from)?;
        let package = match is_id(&request.package_id) {
            true => store::packages::get(&mut tx, &request.package_id).await.map_err(Error::from)?,
            false => None,
        };
        drop(tx);
        let preset = package.filter(|package| package.period == period).map(|package| Preset {
            programme_id: package.programme_id,
            cohort: package.cohort,
            name: package.name,
            class_ids: package.class_ids,
        });
        // One that is gone goes to the registrar, too: under the key of a package that was taken its answer is kept.
        krs.change(&caller, ticket, whose, &request, || Ok(Command::TakePackage(preset))).await
    }
}

impl PackagesService {
    /// Those that are meant for a student, of those that were asked for; `None` when none can be.
    async fn meant_for(&self, student: &str, asked: Filter) -> Result<Option<Filter>, Error> {
        let students = [student.to_owned()];
        let known = store::students::known_of(&self.0.db, &students, asked.period).await?;
        let Some(known) = known.get(student).filter(|known| !known.programme_id.is_empty()) else { return Ok(None) };
        if !asked.programme_id.is_empty() && asked.programme_id != known.programme_id {
            return Ok(None);
        }
        // Somebody whose year of entry is not known has those that are for all years.
        let cohort = Some(known.belongs.cohort.map_or(0, u32::from));
        Ok(Some(Filter { programme_id: known.programme_id.clone(), cohort, ..asked }))
    }

    /// Whether the caller keeps this package: its programme decides, and never changes.
    async fn keep_package(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        if !access::keeps_anything(caller) {
            return Err(Error::Denied);
        }
        let programme = match is_id(id) {
            true => store::packages::programme_of(&self.0.db, id).await?,
            false => None,
        };
        permit(access::keep_programme(caller, &programme.ok_or(Error::Absent("package"))?), "package")
    }
}
