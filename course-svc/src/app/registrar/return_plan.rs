//! Returning a submitted or approved plan with a note that says what to change; the office gives a void one back like this.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64, note: &str, by_office: bool) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    plan::may_return(&case.situation.facts, by_office).map_err(Error::Refused)?;
    let returned = allowed(case.stage().returned(note.to_owned(), by_office))?;
    Ok(Some(Step::new(Deed::Return, returned).saying(note)))
}
