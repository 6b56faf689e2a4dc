//! The whole menu as a page: on a phone the bar has room for a few entries only.

use askama::Template;
use axum::response::Response;

use crate::error::Failure;
use crate::view::{Frame, Layout};
use crate::visit::Visit;

/// Its address.
pub const PATH: &str = "/menu";

/// `menu.html`.
#[derive(Template)]
#[template(path = "menu.html")]
pub struct MenuPage {
    /// Frame; the entries are its own.
    pub f: Frame,
}

/// `GET /menu`.
///
/// # Errors
///
/// When nobody is logged in.
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    visit.user()?;
    Ok(visit.page(&MenuPage { f: visit.frame(visit.t("nav-menu"), Layout::App, PATH) }))
}
