//! Opening an approved plan for changes. Its seats stay held, and the class rosters keep the student.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::revision;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    revision::may_revise(&case.situation.facts).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Revise, allowed(case.stage().revised())?)))
}
