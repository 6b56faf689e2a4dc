//! A turn in the allocation of a period: the best wish that may be given, or what keeps each of them from it.

use super::Turn;
use super::step::{Case, Step, allowed};
use crate::error::{Error, carried};
use crate::rules::Refusal;
use crate::rules::allocation::{self, Due};
use crate::rules::plan::Facts;
use crate::rules::plan_state::Deed;
use crate::store::allocations::{Outcome, Settled};

/// Nothing is done when the turn was settled before, by whoever; a turn before its time is not settled at all.
pub(super) fn decide(case: &Case<'_>, turn: &Turn) -> Result<Option<Step>, Error> {
    let Some(turns) = case.turns else { return Ok(None) };
    match turns.due(turn.round, turn.place) {
        Due::Past => return Ok(None),
        Due::Later => return Err(Error::Raced),
        Due::Now => {}
    }
    let situation = case.situation;
    let classes: Vec<_> = turn.wishes.iter().map(|(_, class_id)| case.offered(class_id)).collect::<Result<_, _>>()?;
    let facts = Facts { now: turns.at, ..situation.facts.clone() };
    let outcome = |n: usize, refusals: &[Refusal]| {
        let (rank, class_id) = turn.wishes[n].clone();
        let class_label = classes[n].facts.label.clone();
        Outcome {
            rank,
            class_id,
            class_label,
            granted: refusals.is_empty(),
            refusals: refusals.iter().map(carried).collect(),
        }
    };
    let settled = |over, outcomes| {
        let (place, round, student_id) = (turn.place, turn.round, situation.student_id.clone());
        Some(Settled { place, student_id, round, over, outcomes })
    };
    let step = match allocation::turn(&facts, classes.iter().map(|class| (&*class.facts, &class.seats))) {
        allocation::Turn::Given(n) => {
            let label = &classes[n].facts.label;
            let given =
                Step::new(Deed::Allocate, allowed(case.stage().filled())?).about(label).taking(&turn.wishes[n].1);
            Step { turn: settled(turn.wishes.len() == 1, vec![outcome(n, &[])]), ..given }
        }
        allocation::Turn::Nothing(refusals) => {
            let outcomes = refusals.iter().enumerate().map(|(n, refusals)| outcome(n, refusals)).collect();
            Step { turn: settled(true, outcomes), ..Step::new(Deed::Allocate, case.stage()) }
        }
    };
    Ok(Some(Step { as_of: Some(turns.at), ..step }))
}
