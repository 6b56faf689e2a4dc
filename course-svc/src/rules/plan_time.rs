//! When a plan may be filled, handed in and decided about: the period and its windows.

use crate::rules::period::PeriodState;
use crate::rules::plan::Facts;
use crate::rules::plan_state::{PlanState, Stage};
use crate::rules::refusal::Refusal;
use crate::rules::revision;
use crate::rules::window::Gate;

/// Why windows (KRS, approval, revision) let nobody change a plan at this stage, if so. A returned plan may be mended as long
/// as it can still be approved, also after the KRS window; one that is revised follows the revision window alone; any other
/// that was approved before follows both.
pub(super) fn shut(stage: &Stage, krs: &Gate, approval: &Gate, revision: &Gate) -> Option<Refusal> {
    let is_open = |gate: &Gate| matches!(gate, Gate::Open(_));
    match stage.state() {
        PlanState::Revising => revision::window_refusal(revision),
        PlanState::Returned if is_open(approval) || is_open(revision) => None,
        _ if stage.is_revision() && is_open(revision) => None,
        _ if is_open(krs) || !stage.is_revision() || *revision == Gate::Nothing => krs_refusal(krs),
        _ => revision::window_refusal(revision),
    }
}

/// What a student's KRS windows refuse, if they do.
fn krs_refusal(gate: &Gate) -> Option<Refusal> {
    match gate {
        Gate::Open(_) => None,
        Gate::NotYet(next) => Some(Refusal::KrsNotOpenYet { opens_at: next.opens_at, closes_at: next.closes_at }),
        Gate::Closed(last) => Some(Refusal::KrsClosed { closed_at: last.closes_at }),
        Gate::Nothing => Some(Refusal::KrsNoWindow),
    }
}

impl Facts {
    /// Period and window.
    pub(super) fn time_refusals(&self) -> Vec<Refusal> {
        let window = shut(&self.stage, &self.gate, &self.approval, &self.revision);
        self.period_refusal().into_iter().chain(window).collect()
    }

    /// Whether something says no that passes by itself: the time, seats that are not given yet, what has not arrived.
    pub fn is_put_off(&self) -> bool {
        !self.time_refusals().is_empty() || self.allocation_refusal().is_some() || self.standing.is_unknown()
    }

    /// Whether the plan was approved before, and plans like this are revised now.
    pub(super) fn is_revised(&self) -> bool {
        self.stage.is_revision() && matches!(self.revision, Gate::Open(_))
    }

    /// Whether a window beside that of the KRS lets a returned plan be mended.
    pub(super) fn may_be_mended(&self) -> bool {
        [&self.approval, &self.revision].into_iter().any(|gate| matches!(gate, Gate::Open(_)))
    }

    /// The KRS window.
    pub(super) fn window_refusal(&self) -> Option<Refusal> {
        krs_refusal(&self.gate)
    }

    /// Period and approval window. A period without an approval window for the student is approved as long as it runs. What
    /// was approved before may be decided about while revisions are made, too, and from their end until the approval window
    /// that comes after them is over.
    pub(super) fn approval_refusals(&self) -> Vec<Refusal> {
        let window = match (&self.approval, &self.revision) {
            (Gate::Open(_) | Gate::Nothing, _) => None,
            _ if self.is_revised() => None,
            (Gate::NotYet(_), Gate::Closed(_)) if self.stage.is_revision() => None,
            (Gate::NotYet(next), Gate::NotYet(revision)) if self.stage.is_revision() => {
                Some(if revision.opens_at < next.opens_at { revision } else { next })
            }
            (Gate::Closed(_), Gate::NotYet(revision)) if self.stage.is_revision() => Some(revision),
            (Gate::NotYet(window) | Gate::Closed(window), _) => Some(window),
        };
        let refusal = window.map(|w| Refusal::ApprovalNotOpen { opens_at: w.opens_at, closes_at: w.closes_at });
        self.period_refusal().into_iter().chain(refusal).collect()
    }

    pub(super) fn period_refusal(&self) -> Option<Refusal> {
        let Self { period, state, .. } = *self;
        (state != PeriodState::Active).then_some(Refusal::PeriodNotActive { period, state })
    }
}
