//! Bulk approvals and delegations.

use std::collections::HashSet;

use chassis::error::Refusal;
use chassis::id::is_id;
use jiff::SignedDuration;
use proto::common::v1 as common;
use proto::course::v1 as pb;

use super::answer::timestamp;
use super::ask::Faults;
use crate::app::approvals::{Progress, Which};
use crate::app::delegations::Draft;
use crate::error::Error;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::store::approvals::{Decided, Outcome};
use crate::store::delegations::Delegation;

/// Longest delegation.
const YEAR: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Longest reason of a delegation, in characters.
const NOTE: usize = 200;

/// Which plans of which period, at most so many by name.
pub fn approval_draft(request: &pb::StartApprovalRequest, most: u32) -> Result<(PeriodCode, Which), Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    let programme_id = faults.text("programme_id", &request.programme_id, 0, 36);
    if request.leftovers {
        if !request.plans.is_empty() {
            faults.push("plans", reasons::UNKNOWN_VALUE, "what is left over is not named");
        }
        return faults.finish(period.map(|period| (period, Which::LeftOver { programme_id })));
    }
    if !programme_id.is_empty() {
        faults.push("programme_id", reasons::UNKNOWN_VALUE, "only of what is left over");
    }
    match request.plans.len() {
        0 => faults.push("plans", reasons::REQUIRED, "wanted at least one plan"),
        named if u32::try_from(named).unwrap_or(u32::MAX) > most => {
            faults.push("plans", reasons::OUT_OF_RANGE, format!("at most {most} plans"));
            return faults.finish(None);
        }
        _ => {}
    }
    let mut seen = HashSet::new();
    for (n, plan) in request.plans.iter().enumerate() {
        if !is_id(&plan.student_id) {
            faults.push(format!("plans[{n}].student_id"), reasons::UNKNOWN_STUDENT, "no such student");
        } else if !seen.insert(&plan.student_id) {
            faults.push(format!("plans[{n}].student_id"), reasons::NAMED_TWICE, "named before");
        }
    }
    let plans = request.plans.iter().map(|plan| (plan.student_id.clone(), plan.version)).collect();
    faults.finish(period.map(|period| (period, Which::Named(plans))))
}

/// A bulk approval.
pub fn approval(progress: &Progress) -> pb::Approval {
    let Progress { approval, counts } = progress;
    let state = match approval.finished_at {
        None => pb::ApprovalState::Running,
        Some(_) => pb::ApprovalState::Done,
    };
    pb::Approval {
        id: approval.id.clone(),
        period_code: approval.period.to_string(),
        state: state.into(),
        total: counts.total,
        approved: counts.approved,
        refused: counts.refused,
        started_at: Some(timestamp(approval.started_at)),
        finished_at: approval.finished_at.map(timestamp),
    }
}

/// What became of a plan.
pub fn approval_outcome(decided: &Decided) -> pb::ApprovalOutcome {
    let refusal = |refusal: &Refusal| common::Refusal {
        reason: refusal.reason.to_string(),
        facts: refusal.facts.clone().into_iter().collect(),
    };
    pb::ApprovalOutcome {
        student_id: decided.student_id.clone(),
        nim: decided.nim.clone(),
        name: decided.name.clone(),
        done: decided.outcome != Outcome::Open,
        refusals: decided.refusals.iter().map(refusal).collect(),
    }
}

/// A delegation to be; `own` is the lecturer who asks, whose it is when no advisor is named.
pub fn delegation_draft(request: &pb::CreateDelegationRequest, own: &str) -> Result<Draft, Error> {
    let mut faults = Faults::default();
    let advisor_id = if request.advisor_id.is_empty() { own } else { &request.advisor_id };
    for (field, id) in [("advisor_id", advisor_id), ("delegate_id", &request.delegate_id)] {
        if id.is_empty() {
            faults.push(field, reasons::REQUIRED, "wanted a lecturer");
        } else if !is_id(id) {
            faults.push(field, reasons::UNKNOWN_LECTURER, "no such lecturer");
        }
    }
    if !advisor_id.is_empty() && advisor_id == request.delegate_id {
        faults.push("delegate_id", reasons::DELEGATE_IS_ADVISOR, "an advisor decides anyway");
    }
    let (from, until) = (faults.moment("from", request.from), faults.moment("until", request.until));
    let note = faults.text("note", &request.note, 0, NOTE);
    if let (Some(from), Some(until)) = (from, until) {
        if until <= from {
            faults.push("until", reasons::NOT_AFTER, "the end comes after the beginning");
        } else if until.duration_since(from) > YEAR {
            faults.push("until", reasons::OUT_OF_RANGE, "at most a year later");
        }
    }
    let draft = from.zip(until).map(|(from, until)| Draft {
        advisor_id: advisor_id.to_owned(),
        delegate_id: request.delegate_id.clone(),
        from,
        until,
        note,
    });
    faults.finish(draft)
}

/// A delegation.
pub fn delegation(delegation: &Delegation) -> pb::Delegation {
    pb::Delegation {
        id: delegation.id.clone(),
        advisor_id: delegation.advisor_id.clone(),
        advisor_name: delegation.advisor_name.clone(),
        delegate_id: delegation.delegate_id.clone(),
        delegate_name: delegation.delegate_name.clone(),
        from: Some(timestamp(delegation.from)),
        until: Some(timestamp(delegation.until)),
        note: delegation.note.clone(),
        ended_at: delegation.ended_at.map(timestamp),
    }
}
