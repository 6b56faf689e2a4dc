//! The queue of plans and what happened to a plan.

use api::{PlanActor, PlanDeed, PlanState};
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::plan::ceiling;
use super::{Word, broken, given, moment, page, page_request, promised, promised_moment, refusal, text, words};

words!(
    PlanDeed,
    pb::PlanDeed {
        Open,
        Add,
        Drop,
        Submit,
        Withdraw,
        Approve,
        Return,
        Lock,
        Import,
        Swap,
        Revise,
        Void,
        Package,
        Join,
        Leave,
        Promote,
        Pass,
        Expire,
        Allocate
    }
);

pub(crate) fn plan_query(query: api::PlanQuery) -> Result<pb::ListPlansRequest, Fault> {
    let without_plan = query.without_plan || query.state == Some(PlanState::None);
    Ok(pb::ListPlansRequest {
        page: page_request(query.limit, query.cursor)?,
        period_code: query.period,
        state: query.state.map_or(pb::PlanState::Unspecified as i32, Word::to_wire),
        without_plan,
        advisor_id: text(query.advisor_id),
        programme_id: text(query.programme_id),
        search: text(query.search),
    })
}

pub(crate) fn queue(list: pb::ListPlansResponse) -> Result<api::PlanQueue, Fault> {
    let page = page(list.plans, list.page, row)?;
    Ok(api::PlanQueue { items: page.items, next_cursor: page.next_cursor, counts: counts(list.counts)? })
}

pub(crate) fn counts(counts: Vec<pb::PlanCount>) -> Result<Vec<api::PlanCount>, Fault> {
    let count = |row: pb::PlanCount| Ok(api::PlanCount { state: PlanState::from_wire(row.state)?, plans: row.plans });
    counts.into_iter().map(count).collect()
}

fn row(row: pb::PlanRowView) -> Result<api::PlanRow, Fault> {
    Ok(api::PlanRow {
        student_id: row.student_id,
        nim: row.nim,
        student_name: given(row.student_name),
        programme_id: row.programme_id,
        state: PlanState::from_wire(row.state)?,
        credits: row.credits,
        ceiling: ceiling(promised(row.ceiling, "PlanRowView.ceiling")?)?,
        gpa_hundredths: row.gpa_hundredths,
        changed_at: moment(row.changed_at)?,
        version: row.version,
        flags: row.flags.into_iter().map(refusal).collect(),
    })
}

pub(crate) fn steps(list: pb::ListPlanStepsResponse) -> Result<api::Page<api::PlanStep>, Fault> {
    page(list.steps, list.page, step)
}

fn step(step: pb::PlanStep) -> Result<api::PlanStep, Fault> {
    Ok(api::PlanStep {
        version: step.version,
        deed: PlanDeed::from_wire(step.deed)?,
        state: PlanState::from_wire(step.state)?,
        at: promised_moment(step.at, "PlanStep.at")?,
        account_id: given(step.account_id),
        actor: step.actor.parse::<PlanActor>().map_err(|_| broken("PlanStep.actor is not a known word"))?,
        actor_name: given(step.actor_name),
        note: given(step.note),
        class_label: given(step.class_label),
    })
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    #[test]
    fn every_deed_has_a_number_and_comes_back() {
        for deed in PlanDeed::ALL {
            assert_eq!(PlanDeed::from_wire(deed.to_wire()).unwrap(), *deed);
        }
        for state in PlanState::ALL {
            assert_eq!(PlanState::from_wire(state.to_wire()).unwrap(), *state);
        }
    }

    #[test]
    fn students_without_a_plan_are_asked_for_in_either_way() {
        let ask = |query: api::PlanQuery| {
            let request = plan_query(query).unwrap();
            (request.state, request.without_plan)
        };
        let query = api::PlanQuery { period: "20261".into(), ..api::PlanQuery::default() };
        assert_eq!(ask(query.clone()), (0, false));
        assert_eq!(ask(api::PlanQuery { without_plan: true, ..query.clone() }), (0, true));
        assert_eq!(ask(api::PlanQuery { state: Some(PlanState::None), ..query.clone() }), (0, true));
        let submitted = pb::PlanState::Submitted as i32;
        assert_eq!(ask(api::PlanQuery { state: Some(PlanState::Submitted), ..query }), (submitted, false));
    }

    #[test]
    fn an_actor_that_nobody_knows_is_our_fault() {
        let wire = pb::PlanStep {
            deed: pb::PlanDeed::Submit as i32,
            state: pb::PlanState::Submitted as i32,
            at: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
            actor: "student".into(),
            ..pb::PlanStep::default()
        };
        assert_eq!(step(wire.clone()).unwrap().actor, PlanActor::Student);
        let stranger = step(pb::PlanStep { actor: "passer-by".into(), ..wire }).unwrap_err();
        assert_eq!(stranger.kind(), Kind::Internal);
    }
}
