//! Joining the waiting list of a full class.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::waiting::{self, InLine};

pub(super) fn decide(case: &Case<'_>, class_id: &str, instead_of: Option<&str>) -> Result<Option<Step>, Error> {
    let (wanted, situation) = (case.offered(class_id)?, case.situation);
    if instead_of.is_some_and(|instead_of| !situation.facts.has(instead_of)) {
        return Err(Error::Absent("class in the plan"));
    }
    let found = InLine {
        here: situation.waits_for(class_id).is_some(),
        lines: situation.waits.len(),
        limit: situation.registration.waiting_limit,
    };
    waiting::may_join(&situation.facts, &wanted.facts, &wanted.seats, instead_of, found).map_err(Error::Refused)?;
    let filled = allowed(case.stage().filled())?;
    let label = case.label(instead_of, &wanted.facts.label);
    Ok(Some(Step::new(Deed::Join, filled).about(label).joining(class_id, instead_of)))
}
