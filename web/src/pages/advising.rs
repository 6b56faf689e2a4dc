//! The advisor's desk: whose plan waits, what is in it, and the decision.

use api::{PageQuery, Period, PeriodState, Plan};

use crate::error::Failure;
use crate::session::User;
use crate::visit::Visit;

pub mod bulk;
pub mod decide;
pub mod delegations;
pub mod leftovers;
pub mod progress;
pub mod queue;
pub mod review;
mod routes;
pub mod void;

pub use routes::routes;

/// Lets those pass who may read plans of others: lecturers and the office. Which of them is decided behind the gateway.
fn desk(visit: &Visit) -> Result<&User, Failure> {
    let user = visit.user()?;
    if user.is_lecturer() || user.is_office() { Ok(user) } else { Err(Failure::Forbidden) }
}

/// Whether the person may decide about a plan: the student's advisor, or the registrar. The decision itself is checked
/// again behind the gateway; this only spares a button that would be refused.
fn may_decide(user: &User, plan: &Plan) -> bool {
    let account = user.account();
    let advisor = user.is_lecturer() && account.lecturer_id.is_some() && account.lecturer_id == plan.advisor_id;
    advisor || user.is_registrar()
}

/// Periods, latest first: the first page holds decades.
pub(super) async fn periods(visit: &Visit) -> Result<Vec<Period>, Failure> {
    Ok(visit.open_client().periods(&PageQuery::default()).await?.items)
}

/// The period that is asked for, else the active one, else the latest.
pub(super) fn period_of(periods: &[Period], asked: &str) -> String {
    if !asked.is_empty() {
        return asked.to_owned();
    }
    let active = periods.iter().find(|period| period.state == PeriodState::Active).or(periods.first());
    active.map(|period| period.code.clone()).unwrap_or_default()
}
