//! Packages of classes.

use chassis::error::Fault;
use proto::course::v1 as pb;

use super::class::{Reader, class};
use super::{page, page_request, text};

pub(crate) fn package_query(query: api::PackageQuery) -> Result<pb::ListPackagesRequest, Fault> {
    Ok(pb::ListPackagesRequest {
        period_code: query.period,
        programme_id: text(query.programme_id),
        page: page_request(query.limit, query.cursor)?,
    })
}

pub(crate) fn packages(list: pb::ListPackagesResponse) -> Result<api::Page<api::Package>, Fault> {
    page(list.packages, list.page, package)
}

pub(crate) fn package(package: pb::Package) -> Result<api::Package, Fault> {
    let classes = package.classes.into_iter().map(|row| class(row, Reader::LoggedIn));
    Ok(api::Package {
        id: package.id,
        period_code: package.period_code,
        programme_id: package.programme_id,
        cohort: (package.cohort != 0).then_some(package.cohort),
        name: package.name,
        classes: classes.collect::<Result<_, _>>()?,
        version: package.version,
    })
}

pub(crate) fn to_package(input: api::PackageInput) -> pb::PackageInput {
    pb::PackageInput {
        period_code: input.period_code,
        programme_id: input.programme_id,
        cohort: input.cohort.unwrap_or_default(),
        name: input.name,
        class_ids: input.class_ids,
    }
}
