//! Voiding a plan: its seats are free again, and its places in line end. The history keeps who did it and why.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::revision;

pub(super) fn decide(case: &Case<'_>, version: i64, note: &str) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    revision::may_void(&case.situation.facts).map_err(Error::Refused)?;
    let step = Step::new(Deed::Void, allowed(case.stage().voided())?).saying(note);
    let step = case.situation.items.iter().fold(step, |step, item| step.giving(&item.class.id));
    Ok(Some(case.situation.waits.iter().fold(step, |step, waits| step.leaving(&waits.entry.class_id))))
}
