//! Which period a student registers in.

use api::{PageQuery, Period, PeriodState};

use crate::error::Failure;
use crate::visit::Visit;

/// A period, and whether there may be a line in front of its registration.
pub(crate) struct Chosen {
    /// Its code.
    pub(crate) code: String,
    /// Whether there may be a line.
    pub(crate) in_line: bool,
}

impl Chosen {
    fn of(period: Period) -> Self {
        Self { in_line: period.registration.admission_rate > 0, code: period.code }
    }
}

/// The period that is asked for, or the latest active one. Of a period that is not on the first page of them, or while
/// they cannot be read, a line is thought possible.
///
/// # Errors
///
/// When none is asked for and they cannot be read.
pub(crate) async fn period(visit: &Visit, asked: &str) -> Result<Option<Chosen>, Failure> {
    // Without a token: the gateway answers from its cache, also while course-svc is down.
    let found = visit.open_client().periods(&PageQuery::default()).await.map_err(Failure::from);
    if asked.is_empty() {
        let active = found?.items.into_iter().find(|period: &Period| period.state == PeriodState::Active);
        return Ok(active.map(Chosen::of));
    }
    let named = found.ok().and_then(|page| page.items.into_iter().find(|period| period.code == asked));
    Ok(Some(named.map_or_else(|| Chosen { code: asked.to_owned(), in_line: true }, Chosen::of)))
}
