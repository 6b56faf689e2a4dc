//! Returning a submitted or approved plan with a note that says what to change.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64, note: &str) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    plan::may_return(&case.situation.facts).map_err(Error::Refused)?;
    let returned = allowed(case.stage().returned(note.to_owned()))?;
    Ok(Some(Step::new(Deed::Return, returned).saying(note)))
}
