//! Wishes, and the allocation that turns them into seats, both ways.

use std::collections::HashSet;

use chassis::error::Refusal;
use chassis::id::is_id;
use proto::common::v1 as common;
use proto::course::v1 as pb;

use super::answer::{class, refusals, timestamp};
use super::ask::Faults;
use crate::app::allocations::View;
use crate::app::wishes::{Draft, Wish, Wishes};
use crate::error::Error;
use crate::reasons;
use crate::rules::allocation::AllocationState;
use crate::rules::period::PeriodCode;
use crate::store::allocations::Listed;

/// Longest seed, in characters.
const SEED: usize = 64;

fn state(state: Option<AllocationState>) -> i32 {
    match state {
        None => pb::AllocationState::Unspecified,
        Some(AllocationState::Pending) => pb::AllocationState::Pending,
        Some(AllocationState::Running) => pb::AllocationState::Running,
        Some(AllocationState::Done) => pb::AllocationState::Done,
    }
    .into()
}

/// The wishes of a student.
pub fn wishes(found: &Wishes) -> pb::Wishes {
    pb::Wishes {
        student_id: found.student_id.clone(),
        period_code: found.period.to_string(),
        wishes: found.wishes.iter().map(wish).collect(),
        version: found.version,
        refusals: refusals(&found.refusals),
        limit: found.limit,
        allocation: state(found.allocation),
    }
}

fn wish(wish: &Wish) -> pb::Wish {
    pb::Wish {
        class: Some(class(&wish.class, &wish.seats)),
        rank: wish.rank,
        wishers: wish.wishers,
        refusals: refusals(&wish.refusals),
    }
}

/// Wishes as a student writes them; so many there may be.
pub fn wishes_draft(request: pb::PutWishesRequest, limit: u32) -> Result<Draft, Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    if request.class_ids.len() > most {
        faults.push("class_ids", reasons::OUT_OF_RANGE, format!("at most {limit}"));
    }
    let mut seen = HashSet::new();
    for (n, id) in request.class_ids.iter().enumerate().take(most) {
        if !is_id(id) {
            faults.push(format!("class_ids[{n}]"), reasons::UNKNOWN_CLASS, "no such class in the period");
        } else if !seen.insert(id.as_str()) {
            faults.push(format!("class_ids[{n}]"), reasons::NAMED_TWICE, "is in the list already");
        }
    }
    let pb::PutWishesRequest { student_id, class_ids, version, .. } = request;
    faults.finish(period.map(|period| Draft { student_id, period, class_ids, version }))
}

/// Which allocation to start, and by which seed; empty to let one be drawn.
pub fn allocation_draft(request: &pb::RunAllocationRequest) -> Result<(PeriodCode, String), Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    let seed = faults.text("seed", &request.seed, 0, SEED);
    faults.finish(period.map(|period| (period, seed)))
}

/// An allocation.
pub fn allocation(view: &View) -> pb::AllocationView {
    let (students, wishes) = view.wishes;
    let none = pb::AllocationView {
        period_code: view.period.to_string(),
        state: state(view.state),
        students,
        wishes,
        ..Default::default()
    };
    let Some(started) = &view.started else { return none };
    pb::AllocationView {
        seed: started.seed.clone(),
        run_at: Some(timestamp(started.started_at)),
        granted: started.granted,
        settled: started.settled,
        round: started.round,
        done_at: started.finished_at.map(timestamp),
        ..none
    }
}

/// What became of a wish.
pub fn allocation_outcome(row: &Listed) -> pb::AllocationOutcome {
    let outcome = &row.outcome;
    let refusal = |refusal: &Refusal| common::Refusal {
        reason: refusal.reason.to_string(),
        facts: refusal.facts.clone().into_iter().collect(),
    };
    pb::AllocationOutcome {
        student_id: row.student_id.clone(),
        nim: row.nim.clone(),
        class_id: outcome.class_id.clone(),
        class_label: outcome.class_label.clone(),
        rank: outcome.rank,
        place: row.place,
        granted: outcome.granted,
        refusals: outcome.refusals.iter().map(refusal).collect(),
        round: row.round,
        student_name: row.name.clone(),
    }
}
