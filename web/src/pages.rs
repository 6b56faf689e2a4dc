//! One page, one file: what it shows, how it asks, what its form does.

pub mod account;
pub mod classes;
pub mod home;
pub mod krs;
pub mod login;
pub mod preferences;

use crate::error::Failure;

/// Whatever no route knows.
pub async fn nothing() -> Failure {
    Failure::NotFound
}

/// The page that shows the form again that is sent to `path`. `None` for forms that are buttons only, or secret.
#[must_use]
pub fn form_page(path: &str) -> Option<String> {
    match path {
        "/admin/kelas" => Some("/admin/kelas/baru".into()),
        _ => {
            let id = path.strip_prefix("/admin/kelas/")?;
            (!id.is_empty() && !id.contains('/')).then(|| path.to_owned())
        }
    }
}

#[cfg(test)]
mod krs_render_tests;
#[cfg(test)]
pub(crate) mod render_tests;
