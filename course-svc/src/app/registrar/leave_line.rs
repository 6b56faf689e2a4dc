//! Leaving a waiting list: whoever waits may, whatever the window and the plan's state.

use super::step::{Case, Step};
use crate::error::Error;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, class_id: &str) -> Result<Option<Step>, Error> {
    let class = case.offered(class_id)?;
    case.situation.waits_for(class_id).ok_or(Error::Absent("place in line"))?;
    Ok(Some(Step::new(Deed::Leave, case.stage()).about(&class.facts.label).leaving(class_id)))
}
