//! Keeping periods: the list, the state and the windows of one.

use crate::error::Failure;
use crate::visit::Visit;

pub mod allocate;
pub mod allocation;
pub mod form;
pub mod list;
pub mod lock;
pub mod registration;
pub mod windows;

/// Address of the list.
pub const LIST: &str = "/periode";

/// Who may change periods: the academic bureau.
fn keeper(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_registrar() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Address of a period's page.
#[must_use]
pub fn address(code: &str) -> String {
    format!("{LIST}/{code}")
}
