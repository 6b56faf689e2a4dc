//! Opening a plan. An open one stays as it is.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>) -> Result<Option<Step>, Error> {
    if case.situation.plan.is_some() {
        return Ok(None);
    }
    plan::may_open(&case.situation.facts).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Open, allowed(case.stage().filled())?)))
}
