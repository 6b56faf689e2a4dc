//! Giving a seat in a class back.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, class_id: &str) -> Result<Option<Step>, Error> {
    let class = case.offered(class_id)?;
    if !case.situation.facts.has(class_id) {
        return Err(Error::Absent("class in the plan"));
    }
    plan::may_drop(&case.situation.facts).map_err(Error::Refused)?;
    let filled = allowed(case.stage().filled())?;
    Ok(Some(Step::new(Deed::Drop, filled).about(&class.facts.label).giving(class_id)))
}
