//! The turn of one who waits: the seat is theirs, or rules say no and their place is gone. The next one's turn is a command
//! of its own. A no that passes by itself ends no place: the turn goes to whoever can have it now.

use super::expire;
use super::step::{Case, Notice, NoticeKind, Step};
use crate::app::situation::Waits;
use crate::error::Error;
use crate::rules::plan_state::Deed;
use crate::rules::{plan, waiting};

/// Nothing is done when it is not their turn (any more): another replica may have been faster, they may have left, the seat
/// may be gone with a smaller capacity, their window may have shut.
pub(super) fn decide(case: &Case<'_>, class_id: &str, instead_of: Option<&str>) -> Result<Option<Step>, Error> {
    let (class, situation) = (case.offered(class_id)?, case.situation);
    let same = |waits: &Waits| waits.entry.instead_of.as_deref() == instead_of;
    if !situation.waits_for(class_id).is_some_and(same) || !case.has_turn(class) {
        return Ok(None);
    }
    if waiting::is_over(situation.facts.state, situation.line_ends_at, situation.facts.now) {
        return expire::decide(case, class_id);
    }
    if situation.facts.is_put_off() {
        return Ok(None);
    }
    let label = &class.facts.label;
    let notice = |kind| Notice::new(kind, class_id, label);
    let given_back = instead_of.filter(|id| situation.facts.has(id));
    let may = plan::may_wait(&situation.facts, given_back, &class.facts);
    match may.and_then(|()| case.stage().filled().map_err(|refusal| vec![refusal])) {
        Ok(filled) => {
            let mut step = Step::new(Deed::Promote, filled).about(case.label(given_back, label));
            let mut promoted = notice(NoticeKind::Promoted);
            if let Some(given_back) = given_back {
                step = step.giving(given_back);
                promoted.instead_of = case.offered(given_back)?.facts.label.clone();
            }
            Ok(Some(step.taking(class_id).leaving(class_id).telling(promoted)))
        }
        Err(refusals) => {
            let words: Vec<_> = refusals.iter().map(|refusal| refusal.reason()).collect();
            let step = Step::new(Deed::Pass, case.stage()).about(label).saying(words.join(" ")).leaving(class_id);
            Ok(Some(step.telling(Notice { refusals, ..notice(NoticeKind::Passed) })))
        }
    }
}
