//! Approving a submitted plan; the office also what is left over when the windows for it have closed.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::{plan, revision};

pub(super) fn decide(case: &Case<'_>, version: i64, late: bool) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    let facts = &case.situation.facts;
    let may = if late { revision::may_approve_late(facts) } else { plan::may_approve(facts) };
    may.map_err(Error::Refused)?;
    let approved = if late { case.stage().approved_late() } else { case.stage().approved() };
    Ok(Some(Step::new(Deed::Approve, allowed(approved)?)))
}
