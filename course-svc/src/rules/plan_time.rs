//! When a plan may be filled, handed in and decided about: the period and its windows.

use crate::rules::period::PeriodState;
use crate::rules::plan::Facts;
use crate::rules::plan_state::PlanState;
use crate::rules::refusal::Refusal;
use crate::rules::revision;
use crate::rules::window::Gate;

impl Facts {
    /// Period and window. A returned plan may be mended as long as it can still be approved, also after the KRS window; one
    /// that is revised follows the revision window alone; any other that was approved before follows both.
    pub(super) fn time_refusals(&self) -> Vec<Refusal> {
        let window = match self.stage.state() {
            PlanState::Revising => revision::window_refusal(&self.revision),
            PlanState::Returned if self.may_be_mended() => None,
            _ if self.is_revised() => None,
            _ => match (&self.gate, &self.revision) {
                (Gate::Open(_), _) | (_, Gate::Nothing) => self.window_refusal(),
                (_, revision) if self.stage.is_revision() => revision::window_refusal(revision),
                _ => self.window_refusal(),
            },
        };
        self.period_refusal().into_iter().chain(window).collect()
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
        match &self.gate {
            Gate::Open(_) => None,
            Gate::NotYet(next) => Some(Refusal::KrsNotOpenYet { opens_at: next.opens_at, closes_at: next.closes_at }),
            Gate::Closed(last) => Some(Refusal::KrsClosed { closed_at: last.closes_at }),
            Gate::Nothing => Some(Refusal::KrsNoWindow),
        }
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
