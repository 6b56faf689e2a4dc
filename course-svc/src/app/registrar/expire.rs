//! The end of a place in line with the last window in which a seat could have come.

use super::step::{Case, Notice, NoticeKind, Step};
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::waiting;

/// Nothing is done when the place is gone already, or when the window was extended.
pub(super) fn decide(case: &Case<'_>, class_id: &str) -> Result<Option<Step>, Error> {
    let (class, situation) = (case.offered(class_id)?, case.situation);
    let over = waiting::is_over(situation.facts.state, situation.line_ends_at, situation.facts.now);
    if situation.waits_for(class_id).is_none() || !over {
        return Ok(None);
    }
    let label = &class.facts.label;
    let step = Step::new(Deed::Expire, case.stage()).about(label).leaving(class_id);
    Ok(Some(step.telling(Notice::new(NoticeKind::Expired, class_id, label))))
}
