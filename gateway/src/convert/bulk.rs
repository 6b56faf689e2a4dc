//! Approving many plans at once, and delegations.

use api::ApprovalState;
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, given, moment, page, page_request, promised_moment, refusal, text, timestamp, words};

words!(ApprovalState, pb::ApprovalState { Running, Done });

pub(crate) fn to_start(input: api::ApprovalInput) -> pb::StartApprovalRequest {
    let plan = |plan: api::PlanRef| pb::PlanRef { student_id: plan.student_id, version: plan.version };
    pb::StartApprovalRequest {
        period_code: input.period_code,
        plans: input.plans.into_iter().map(plan).collect(),
        leftovers: input.leftovers,
        programme_id: text(input.programme_id),
    }
}

pub(crate) fn approval(approval: pb::Approval) -> Result<api::Approval, Fault> {
    Ok(api::Approval {
        id: approval.id,
        period_code: approval.period_code,
        state: ApprovalState::from_wire(approval.state)?,
        total: approval.total,
        approved: approval.approved,
        refused: approval.refused,
        started_at: promised_moment(approval.started_at, "Approval.started_at")?,
        finished_at: moment(approval.finished_at)?,
    })
}

pub(crate) fn outcomes(list: pb::ListApprovalOutcomesResponse) -> Result<api::Page<api::ApprovalOutcome>, Fault> {
    page(list.outcomes, list.page, |row| {
        Ok(api::ApprovalOutcome {
            student_id: row.student_id,
            nim: row.nim,
            name: given(row.name),
            done: row.done,
            refusals: row.refusals.into_iter().map(refusal).collect(),
        })
    })
}

pub(crate) fn delegation_query(query: api::DelegationQuery) -> Result<pb::ListDelegationsRequest, Fault> {
    Ok(pb::ListDelegationsRequest { current: query.current, page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn delegations(list: pb::ListDelegationsResponse) -> Result<api::Page<api::Delegation>, Fault> {
    page(list.delegations, list.page, delegation)
}

pub(crate) fn delegation(delegation: pb::Delegation) -> Result<api::Delegation, Fault> {
    Ok(api::Delegation {
        id: delegation.id,
        advisor_id: delegation.advisor_id,
        advisor_name: given(delegation.advisor_name),
        delegate_id: delegation.delegate_id,
        delegate_name: given(delegation.delegate_name),
        from: promised_moment(delegation.from, "Delegation.from")?,
        until: promised_moment(delegation.until, "Delegation.until")?,
        note: given(delegation.note),
        ended_at: moment(delegation.ended_at)?,
    })
}

pub(crate) fn to_delegation(input: api::DelegationInput) -> pb::CreateDelegationRequest {
    pb::CreateDelegationRequest {
        advisor_id: text(input.advisor_id),
        delegate_id: input.delegate_id,
        from: Some(timestamp(input.from)),
        until: Some(timestamp(input.until)),
        note: text(input.note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_says_how_far_it_is() {
        let wire = pb::Approval {
            state: pb::ApprovalState::Running as i32,
            total: 3,
            approved: 1,
            refused: 1,
            started_at: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
            ..pb::Approval::default()
        };
        let running = approval(wire.clone()).unwrap();
        assert_eq!((running.state, running.finished_at), (ApprovalState::Running, None));
        assert_eq!((running.total, running.approved, running.refused), (3, 1, 1));
        assert!(approval(pb::Approval { state: 0, ..wire }).is_err(), "a state that is none");
    }
}
