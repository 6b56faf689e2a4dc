//! Language and theme.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use crate::cookies::{LANG, THEME};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::layer::Posted;
use crate::local::Local;
use crate::view::Theme;
use crate::visit::Visit;

/// Where to go on.
#[derive(Debug, Deserialize)]
pub struct Back {
    /// An address of this site.
    #[serde(default)]
    pub back: String,
}

/// `GET /bahasa/{lang}?back=`: a preference of the browser, so a link will do.
///
/// # Errors
///
/// 404 for a language that we do not have.
pub async fn language(visit: Visit, Path(lang): Path<String>, Query(to): Query<Back>) -> Result<Response, Failure> {
    let lang = Lang::from_code(&lang).ok_or(Failure::NotFound)?;
    visit.set_preference(LANG, lang.code());
    Ok(visit.see(Local::or_home(Some(&to.back)).as_str()))
}

/// `POST /preferensi`.
pub async fn theme(visit: Visit, posted: Posted) -> Response {
    visit.set_preference(THEME, Theme::from_word(posted.get("theme")).word());
    visit.see(posted.back().as_str())
}
