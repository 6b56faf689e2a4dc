//! Ranked wishes, in periods whose seats are given by them.

use api::client::Error;
use api::{Allocation, AllocationOutcome, AllocationQuery, AllocationState, Choice, Plan, SeatPolicy, Wishes};

use crate::error::Failure;
use crate::local::with_query;
use crate::visit::Visit;

mod card;
pub mod edit;
pub mod sharing;

pub use card::{WishCard, WishLine, WishesForm};
pub use sharing::{Sharing, SharingPart};

/// Words that only say how far the allocation is: the page says so itself.
const OF_ALLOCATION: &str = "allocation-";

/// What was fetched about the wishes of a student.
pub struct Wished {
    /// The wishes; missing while they cannot be read.
    pub wishes: Option<Wishes>,
    /// The allocation, once it was started.
    pub allocation: Option<Allocation>,
    /// What became of the wishes, once it is over.
    pub outcomes: Option<Vec<AllocationOutcome>>,
}

impl Wished {
    fn state(&self) -> AllocationState {
        self.wishes.as_ref().map_or(AllocationState::None, |wishes| wishes.allocation)
    }

    /// The wishes, while seats are not given yet.
    #[must_use]
    pub fn open(&self) -> Option<&Wishes> {
        self.wishes.as_ref().filter(|wishes| is_open(wishes.allocation))
    }

    /// Whether every wish has its outcome.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state() == AllocationState::Done
    }
}

fn is_open(state: AllocationState) -> bool {
    matches!(state, AllocationState::Pending | AllocationState::Running)
}

/// The wishes, where seats are given by them.
///
/// # Errors
///
/// When nobody is logged in any more.
pub(super) async fn fetch(visit: &Visit, plan: &Plan) -> Result<Option<Wished>, Failure> {
    if plan.seat_policy != SeatPolicy::Allocation {
        return Ok(None);
    }
    let (client, period) = (visit.client(), &plan.period_code);
    let wishes = there(client.wishes(&plan.student_id, period).await)?;
    let mut wished = Wished { wishes, allocation: None, outcomes: None };
    let state = wished.state();
    if matches!(state, AllocationState::Running | AllocationState::Done) {
        wished.allocation = there(client.allocation(period).await)?;
    }
    if state == AllocationState::Done {
        let student_id = Some(plan.student_id.clone());
        let query = AllocationQuery { student_id, limit: Some(api::limits::PAGE_MAX), ..AllocationQuery::default() };
        wished.outcomes = there(client.allocation_outcomes(period, &query).await)?.map(|page| page.items);
    }
    Ok(Some(wished))
}

fn there<T>(found: Result<T, Error>) -> Result<Option<T>, Failure> {
    match found {
        Err(error) if error.status() == Some(401) => Err(Failure::LoginNeeded),
        found => Ok(found.ok()),
    }
}

/// Leaves out what the page says itself while seats are not given yet.
pub(super) fn leave_out(plan: Option<&mut Plan>, offers: &mut [Choice]) {
    let plan = plan.into_iter().map(|plan| &mut plan.refusals);
    let offers = offers.iter_mut().map(|offer| &mut offer.refusals);
    for refusals in plan.chain(offers) {
        refusals.retain(|refusal| !refusal.reason.starts_with(OF_ALLOCATION));
    }
}

/// Where a changed wish is sent.
#[must_use]
pub fn address(period: &str) -> String {
    with_query("/krs/pilihan", &[("periode", period)])
}
