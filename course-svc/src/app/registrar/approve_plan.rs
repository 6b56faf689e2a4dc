//! Approving a submitted plan; the office also what is left over when the windows for it have closed, which may be a plan
//! with classes that are only wished for.

use super::step::{Case, Step, allowed, seats_of};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::{plan, revision};

pub(super) fn decide(case: &Case<'_>, version: i64, late: bool) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    let facts = &case.situation.facts;
    if !late {
        plan::may_approve(facts).map_err(Error::Refused)?;
        return Ok(Some(Step::new(Deed::Approve, allowed(case.stage().approved())?)));
    }
    let wished = case.wished();
    revision::may_approve_late(facts, seats_of(&wished)).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Approve, allowed(case.stage().approved_late())?).seating(&wished)))
}
