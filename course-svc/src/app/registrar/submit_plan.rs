//! Handing a plan to the advisor.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    plan::may_submit(&case.situation.facts).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Submit, allowed(case.stage().submitted())?)))
}
