//! The rest of a plan's life: revised by the student, left over to the office, voided by it.

use crate::rules::plan::{self, ClassFacts, Facts};
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::refusal::Refusal;
use crate::rules::seats::Seats;
use crate::rules::window::Gate;

/// What a student's revision windows refuse, if they do.
pub fn window_refusal(gate: &Gate) -> Option<Refusal> {
    match gate {
        Gate::Open(_) => None,
        Gate::NotYet(next) => Some(Refusal::RevisionNotOpen { opens_at: next.opens_at, closes_at: next.closes_at }),
        Gate::Closed(last) => Some(Refusal::RevisionClosed { closed_at: last.closes_at }),
        Gate::Nothing => Some(Refusal::RevisionNoWindow),
    }
}

/// Whether the student may open the approved plan for changes; every reason that says no, at once. Status and holds are
/// among them: what was opened could not be handed in again.
pub fn may_revise(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let mut refusals: Vec<_> = facts.period_refusal().into_iter().chain(window_refusal(&facts.revision)).collect();
    refusals.extend(facts.running_refusal());
    refusals.extend(facts.stage.clone().revised().err());
    refusals.extend(facts.standing_refusals());
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the office may void the plan: in an active period, whatever windows say, unless it is final, and not while an
/// allocation gives seats, to which the freed ones would come.
pub fn may_void(facts: &Facts) -> Result<(), Vec<Refusal>> {
    let state = facts.stage.clone().voided().err();
    let refusals: Vec<_> = facts.period_refusal().into_iter().chain(facts.running_refusal()).chain(state).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether the office may approve what is left over: submitted or still being revised when the time for that has passed.
/// What is in it is checked again. Seats are held, but for what was only wished for while it was revised: all of that gets
/// its seats now, or the plan stays as it is.
pub fn may_approve_late<'a>(
    facts: &Facts,
    wished: impl IntoIterator<Item = (&'a ClassFacts, &'a Seats)>,
) -> Result<(), Vec<Refusal>> {
    let stage = &facts.stage;
    let mut refusals: Vec<_> = facts.period_refusal().into_iter().collect();
    match stage.clone().approved_late() {
        Ok(_) => refusals.extend(left_over(stage, &facts.gate, &facts.approval, &facts.revision).err()),
        Err(refusal) => refusals.push(refusal),
    }
    refusals.extend(plan::checked_again(facts));
    refusals.extend(plan::seat_refusals(facts, wished));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether everybody else's time with a plan at this stage has passed. What is being revised is over with the revision
/// windows; what is submitted with those of approval, if it was approved before with those of revision, too; and where a
/// period has no approval window for the student, with those of the KRS and of revision.
///
/// # Errors
/// `approval-still-open` while such a window is open, or still to come.
pub fn left_over(stage: &Stage, krs: &Gate, approval: &Gate, revision: &Gate) -> Result<(), Refusal> {
    let gates = match (stage.state(), approval) {
        (PlanState::Revising, _) => vec![revision],
        (_, Gate::Nothing) => vec![krs, revision],
        _ if stage.is_revision() => vec![approval, revision],
        _ => vec![approval],
    };
    let pending = gates.into_iter().find_map(|gate| match gate {
        Gate::Open(window) | Gate::NotYet(window) => Some(window),
        Gate::Closed(_) | Gate::Nothing => None,
    });
    pending.map_or(Ok(()), |window| Err(Refusal::ApprovalStillOpen { closes_at: window.closes_at }))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::rules::window::{Scope, Window, WindowKind};

    fn window() -> Window {
        let at = |second| Timestamp::from_second(second).unwrap();
        Window { kind: WindowKind::Revision, scope: Scope::University, opens_at: at(0), closes_at: at(100) }
    }

    #[test]
    fn the_revision_window_says_which_moment_it_waits_for() {
        let table = [
            (Gate::Open(window()), None),
            (Gate::NotYet(window()), Some("revision-not-open")),
            (Gate::Closed(window()), Some("revision-closed")),
            (Gate::Nothing, Some("revision-no-window")),
        ];
        for (gate, expected) in table {
            assert_eq!(window_refusal(&gate).map(|refusal| refusal.reason()), expected, "{gate:?}");
        }
    }

    /// Every gate of every kind against both states that the office takes over; the table is the specification.
    #[test]
    fn a_plan_is_left_over_exactly_when_its_windows_have_passed() {
        let gates = [Gate::Nothing, Gate::Closed(window()), Gate::NotYet(window()), Gate::Open(window())];
        let passed = |gate: &Gate| matches!(gate, Gate::Nothing | Gate::Closed(_));
        for krs in &gates {
            for approval in &gates {
                for revision in &gates {
                    let of = |state, before| {
                        let stage = Stage::stored(state, String::new()).of_revision(before);
                        left_over(&stage, krs, approval, revision).is_ok()
                    };
                    assert_eq!(of(PlanState::Revising, true), passed(revision), "{krs:?} {approval:?} {revision:?}");
                    let own = *approval == Gate::Nothing;
                    let expected = if own { passed(krs) && passed(revision) } else { passed(approval) };
                    assert_eq!(of(PlanState::Submitted, false), expected, "{krs:?} {approval:?} {revision:?}");
                    let expected = expected && passed(revision);
                    assert_eq!(of(PlanState::Submitted, true), expected, "{krs:?} {approval:?} {revision:?}");
                }
            }
        }
    }
}
