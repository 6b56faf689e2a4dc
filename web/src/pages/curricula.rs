//! Curricula: the list, and the courses of one by semester.

pub mod form;
pub mod list;
pub mod show;

/// Address of the list.
pub const LIST: &str = "/kurikulum";

/// Address of a curriculum's page.
#[must_use]
pub fn address(id: &str) -> String {
    format!("{LIST}/{id}")
}
