//! `/packages`: classes that the office presets for new students.

use api::{Package, PackageInput, PackageQuery, PackageTake, Page, Plan};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{CreatePackageRequest, DeletePackageRequest, TakePackageRequest, UpdatePackageRequest};

use super::Answer;
use crate::convert::{package as convert, plan};
use crate::edge::extract::{IfMatch, Json, Path, Query, Ticket};
use crate::edge::reply;
use crate::error::Rejection;
use crate::reasons;
use crate::state::Gateway;

/// List packages
///
/// Of a period, by programme, year of entry and name. Staff see all, students those that are meant for them.
#[utoipa::path(
    get, path = "/api/v1/packages", operation_id = "packages", tag = "Packages", params(PackageQuery),
    responses((status = 200, description = "A page of packages", body = Page<Package>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PackageQuery>,
) -> Answer {
    if query.period.is_empty() {
        return Err(Rejection::field("period", reasons::REQUIRED, "is required"));
    }
    let list = gateway.packages().list_packages(convert::package_query(query)?).await;
    let list = list.map_err(|refused| Rejection::from(refused).renaming("period_code", "period"))?;
    reply::list(&uri, &convert::packages(list.into_inner())?)
}

/// Make a package
///
/// Programme admin of that programme, or registrar.
#[utoipa::path(
    post, path = "/api/v1/packages", operation_id = "create_package", tag = "Packages", request_body = PackageInput,
    responses((status = 201, description = "The new package", body = Package))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<PackageInput>) -> Answer {
    let request = CreatePackageRequest { package: Some(convert::to_package(input)) };
    let package = convert::package(gateway.packages().create_package(request).await?.into_inner())?;
    reply::created(&package, &format!("/api/v1/packages/{}", package.id))
}

/// Change a package
///
/// The body is the whole new state. Plans that took it keep their classes. Programme admin of that programme, or
/// registrar.
#[utoipa::path(
    put, path = "/api/v1/packages/{id}", operation_id = "update_package", tag = "Packages",
    params(("id" = String, Path, description = "Package")), request_body = PackageInput,
    responses((status = 200, description = "The changed package", body = Package))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<PackageInput>,
) -> Answer {
    let request = UpdatePackageRequest { id, package: Some(convert::to_package(input)), version };
    reply::one(&convert::package(gateway.packages().update_package(request).await?.into_inner())?)
}

/// Remove a package
///
/// Plans that took it keep their classes. Programme admin of that programme, or registrar.
#[utoipa::path(
    delete, path = "/api/v1/packages/{id}", operation_id = "delete_package", tag = "Packages",
    params(("id" = String, Path, description = "Package")),
    responses((status = 204, description = "The package is gone"))
)]
pub(crate) async fn delete(State(gateway): State<Gateway>, Path([id]): Path<1>, IfMatch(version): IfMatch) -> Answer {
    gateway.packages().delete_package(DeletePackageRequest { id, version }).await?;
    Ok(reply::done())
}

/// Take a package
///
/// All its classes, or none: a refusal names every reason of every class. Only the student.
#[utoipa::path(
    post, path = "/api/v1/students/{id}/plans/{period}/packages", operation_id = "take_package", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    request_body = PackageTake,
    responses((status = 200, description = "The plan with its classes", body = Plan))
)]
pub(crate) async fn take(
    State(gateway): State<Gateway>,
    Path([student_id, period_code]): Path<2>,
    ticket: Ticket,
    Json(PackageTake { package_id }): Json<PackageTake>,
) -> Answer {
    let request = ticket.on(TakePackageRequest { student_id, period_code, package_id });
    reply::one(&plan::plan(gateway.packages().take_package(request).await?.into_inner())?)
}
