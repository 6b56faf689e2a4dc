//! Wishes, and the allocation that turns them into seats.

use api::AllocationState;
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::class::{Reader, class};
use super::{Word, given, moment, page, page_request, promised, refusal, text, words};

words!(AllocationState, pb::AllocationState { None = Unspecified, Pending = Pending, Running = Running, Done = Done });

pub(crate) fn wishes(wishes: pb::Wishes) -> Result<api::Wishes, Fault> {
    Ok(api::Wishes {
        student_id: wishes.student_id,
        period_code: wishes.period_code,
        wishes: wishes.wishes.into_iter().map(wish).collect::<Result<_, _>>()?,
        refusals: wishes.refusals.into_iter().map(refusal).collect(),
        limit: wishes.limit,
        allocation: AllocationState::from_wire(wishes.allocation)?,
        version: wishes.version,
    })
}

fn wish(wish: pb::Wish) -> Result<api::Wish, Fault> {
    Ok(api::Wish {
        class: class(promised(wish.class, "Wish.class")?, Reader::LoggedIn)?,
        rank: wish.rank,
        wishers: wish.wishers,
        refusals: wish.refusals.into_iter().map(refusal).collect(),
    })
}

pub(crate) fn allocation(view: pb::AllocationView) -> Result<api::Allocation, Fault> {
    Ok(api::Allocation {
        period_code: view.period_code,
        state: AllocationState::from_wire(view.state)?,
        seed: given(view.seed),
        run_at: moment(view.run_at)?,
        done_at: moment(view.done_at)?,
        round: view.round,
        students: view.students,
        settled: view.settled,
        wishes: view.wishes,
        granted: view.granted,
    })
}

pub(crate) fn outcome_query(
    period_code: String,
    query: api::AllocationQuery,
) -> Result<pb::ListAllocationOutcomesRequest, Fault> {
    Ok(pb::ListAllocationOutcomesRequest {
        period_code,
        student_id: text(query.student_id),
        class_id: text(query.class_id),
        page: page_request(query.limit, query.cursor)?,
    })
}

pub(crate) fn outcomes(list: pb::ListAllocationOutcomesResponse) -> Result<api::Page<api::AllocationOutcome>, Fault> {
    page(list.outcomes, list.page, |row| {
        Ok(api::AllocationOutcome {
            student_id: row.student_id,
            nim: row.nim,
            student_name: given(row.student_name),
            class_id: row.class_id,
            class_label: row.class_label,
            rank: row.rank,
            place: row.place,
            round: row.round,
            granted: row.granted,
            refusals: row.refusals.into_iter().map(refusal).collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocation_says_how_far_it_is() {
        let wire = pb::AllocationView {
            state: pb::AllocationState::Running as i32,
            seed: "undian".into(),
            run_at: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
            settled: 2,
            students: 3,
            ..pb::AllocationView::default()
        };
        let running = allocation(wire).unwrap();
        assert_eq!((running.state, running.done_at, running.settled), (AllocationState::Running, None, 2));
        assert_eq!(running.seed.as_deref(), Some("undian"));
        let none = allocation(pb::AllocationView::default()).unwrap();
        assert_eq!((none.state, none.seed, none.run_at), (AllocationState::None, None, None));
    }

    #[test]
    fn wishes_without_a_class_are_our_fault() {
        let wire = pb::Wishes { wishes: vec![pb::Wish::default()], ..pb::Wishes::default() };
        assert!(wishes(wire).is_err());
        assert_eq!(wishes(pb::Wishes::default()).unwrap().allocation, AllocationState::None);
    }
}
