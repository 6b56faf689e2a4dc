//! Handing a plan to the advisor. What is only wished for gets its seats now: all of them, or the plan stays as it is.

use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    let wished: Vec<_> = case.situation.wished_ids().filter_map(|id| case.classes.get(id)).collect();
    let seats = wished.iter().map(|class| (&*class.facts, &class.seats));
    plan::may_hand_in(&case.situation.facts, seats).map_err(Error::Refused)?;
    let step = Step::new(Deed::Submit, allowed(case.stage().submitted())?);
    let ids = wished.iter().map(|class| class.facts.class_id.as_str());
    Ok(Some(ids.fold(step, |step, id| step.giving(id).taking(id))))
}
