//! Keeping packages: classes that the office presets for new students.

use api::{Client, Package, PackageQuery};

use crate::error::Failure;
use crate::local::with_query;

pub mod delete;
pub mod form;
pub mod list;

/// Address of the list.
pub const LIST: &str = "/paket";

/// Pages of the list that are looked through for one package: there is no address for one alone.
const PAGES: usize = 10;

/// Address of a package's page.
#[must_use]
pub fn address(package: &Package) -> String {
    address_of(&package.id, &package.period_code)
}

/// Address of the page of the package with this id in a period.
#[must_use]
pub fn address_of(id: &str, period: &str) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    with_query(&format!("{LIST}/{id}"), &[("periode", period)])
}

/// The package of a period.
///
/// # Errors
///
/// When there is none for this person, or it cannot be asked for.
async fn find(client: &Client, id: &str, period: &str) -> Result<Package, Failure> {
    let mut query =
        PackageQuery { period: period.to_owned(), limit: Some(api::limits::PAGE_MAX), ..PackageQuery::default() };
    for _ in 0..PAGES {
        let page = client.packages(&query).await.map_err(|error| match error.status() {
            Some(400 | 422) => Failure::NotFound,
            _ => Failure::from(error),
        })?;
        if let Some(package) = page.items.into_iter().find(|package| package.id == id) {
            return Ok(package);
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    Err(Failure::NotFound)
}
