//! One page, one file: what it shows, how it asks, what its form does.

pub mod account;
pub mod advising;
pub mod classes;
pub mod courses;
pub mod curricula;
pub mod entry;
pub mod grades;
pub mod history;
pub mod home;
pub mod krs;
pub mod listing;
pub mod login;
pub mod menu;
pub mod office;
pub mod packages;
pub mod periods;
pub mod preferences;
pub mod results;
pub mod students;
pub mod watch;

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
        advising::delegations::PATH => Some(path.to_owned()),
        _ if path.starts_with("/perwalian/massal") || path.starts_with("/perwalian/delegasi") => None,
        _ if path.starts_with("/perwalian/") => (path.split('/').count() == 4).then(|| path.to_owned()),
        _ => {
            if let Some(page) = office::form_page(path) {
                return Some(page);
            }
            let id = path.strip_prefix("/admin/kelas/")?;
            (!id.is_empty() && !id.contains('/')).then(|| path.to_owned())
        }
    }
}

#[cfg(test)]
mod advising_render_tests;
#[cfg(test)]
mod allocation_render_tests;
#[cfg(test)]
mod bulk_render_tests;
#[cfg(test)]
mod grades_render_tests;
#[cfg(test)]
mod krs_render_tests;
#[cfg(test)]
mod office_render_tests;
#[cfg(test)]
mod plan_render_tests;
#[cfg(test)]
mod registration_render_tests;
#[cfg(test)]
pub(crate) mod render_tests;
#[cfg(test)]
mod results_render_tests;
#[cfg(test)]
mod watch_render_tests;
