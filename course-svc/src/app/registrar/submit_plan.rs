//! Handing a plan to the advisor. What is only wished for gets its seats now: all of them, or the plan stays as it is.

use super::step::{Case, Step, allowed, seats_of};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    let wished = case.wished();
    plan::may_hand_in(&case.situation.facts, seats_of(&wished)).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Submit, allowed(case.stage().submitted())?).seating(&wished)))
}
