//! Removing a package: asked first. Plans that took it keep their classes.

use axum::extract::{Path, Query};
use axum::response::Response;

use super::form::Of;
use super::{LIST, address, find};
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::courses::keeper;
use crate::pages::entry::{Entry, EntryPage, No, Section, again, no};
use crate::view::{Link, Tone};
use crate::visit::Visit;

const FORM: &str = "f-hapus";

/// `GET /paket/{id}/hapus`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no packages, or there is no such package for them.
pub async fn ask(visit: Visit, Path(id): Path<String>, Query(of): Query<Of>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let package = find(&visit.client(), &id, &of.periode).await?;
    Ok(visit.page(&page(&visit, &package)))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, package: &api::Package) -> EntryPage {
    let lang = visit.lang;
    let title = lang.with("package-delete-title", &Vars::new().text("name", package.name.clone()));
    let what = Section {
        id: "s-hapus".into(),
        title: lang.t("package-delete"),
        hint: lang.t("package-delete-hint"),
        ..Section::default()
    };
    let back = Link { href: address(package), text: package.name.clone() };
    let action = address(package).replacen('?', "/hapus?", 1);
    let entry = Entry::new(visit, FORM, action, "package-delete", vec![what]).version(&package.version.to_string());
    let entry = entry.cancel(&back.href);
    EntryPage::new(visit, LIST, title, back).form(Entry { grave: true, ..entry })
}

/// `POST /paket/{id}/hapus`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no packages, or there is no such package for them.
pub async fn delete(
    visit: Visit,
    Path(id): Path<String>,
    Query(of): Query<Of>,
    posted: Posted,
) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let home = with_query(LIST, &[("periode", &of.periode)]);
    let version = posted.get("versi").parse().unwrap_or_default();
    match client.delete_package(&id, version).await {
        Ok(()) => {
            visit.flash(Tone::Ok, visit.t("package-deleted"), String::new());
            Ok(visit.see(&home))
        }
        Err(error) if error.status() == Some(404) => Ok(visit.see(&home)),
        Err(error) => {
            let refused: No = no(&visit, error, |_, _| None, FORM)?;
            let package = find(&client, &id, &of.periode).await?;
            Ok(again(&visit, refused, "", "down-entry", |_| page(&visit, &package)))
        }
    }
}
