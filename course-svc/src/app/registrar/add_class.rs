//! Taking a seat in a class.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, class_id: &str) -> Result<Option<Step>, Error> {
    let wanted = case.offered(class_id)?;
    plan::may_add(&case.situation.facts, &wanted.facts, &wanted.seats).map_err(Error::Refused)?;
    let filled = allowed(case.stage().filled())?;
    Ok(Some(Step::new(Deed::Add, filled).about(&wanted.facts.label).taking(class_id)))
}
