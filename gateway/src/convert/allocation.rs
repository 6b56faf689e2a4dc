//! Wishes, and the allocation that turns them into seats.

use chassis::error::Fault;
use proto::course::v1 as pb;

use super::class::{Reader, class};
use super::{given, moment, page, page_request, promised, refusal, text};

pub(crate) fn wishes(wishes: pb::Wishes) -> Result<api::Wishes, Fault> {
    Ok(api::Wishes {
        student_id: wishes.student_id,
        period_code: wishes.period_code,
        wishes: wishes.wishes.into_iter().map(wish).collect::<Result<_, _>>()?,
        refusals: wishes.refusals.into_iter().map(refusal).collect(),
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
        done: view.done,
        seed: given(view.seed),
        run_at: moment(view.run_at)?,
        students: view.students,
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
            class_id: row.class_id,
            class_label: row.class_label,
            rank: row.rank,
            place: row.place,
            granted: row.granted,
            refusals: row.refusals.into_iter().map(refusal).collect(),
        })
    })
}
