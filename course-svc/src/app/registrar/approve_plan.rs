//! Approving a submitted plan.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    plan::may_approve(&case.situation.facts).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Approve, allowed(case.stage().approved())?)))
}
