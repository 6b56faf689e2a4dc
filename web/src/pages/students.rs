//! Keeping students: the list, the record of one, the status in each period, and what keeps one from registering.

use crate::error::Failure;
use crate::visit::Visit;

pub mod form;
pub mod hold;
pub mod list;
pub mod record;
pub mod small;

/// Address of the list.
pub const LIST: &str = "/mahasiswa";

/// Who may be here: the office. Whose students they are, student-svc decides.
fn keeper(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_office() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Who places, waives and lifts holds: the academic bureau.
fn registrar(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_registrar() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Address of a student's page.
#[must_use]
pub fn address(id: &str) -> String {
    format!("{LIST}/{id}")
}
