//! Giving one class back for another, in one step: a refused one changes nothing, so the old seat is never lost.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, old: &str, new: &str) -> Result<Option<Step>, Error> {
    let (given_back, wanted) = (case.offered(old)?, case.offered(new)?);
    if !case.situation.facts.has(old) {
        return Err(Error::Absent("class in the plan"));
    }
    plan::may_swap(&case.situation.facts, old, &wanted.facts, &wanted.seats).map_err(Error::Refused)?;
    let filled = allowed(case.stage().filled())?;
    let label = format!("{} > {}", given_back.facts.label, wanted.facts.label);
    Ok(Some(Step::new(Deed::Swap, filled).about(label).giving(old).taking(new)))
}
