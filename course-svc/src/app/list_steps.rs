//! What happened to a plan.

use chassis::page::Page;

use crate::app::App;
use crate::error::Error;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::store::periods;
use crate::store::plan_steps::{self, Step};

/// A page of the steps, latest first, with the cursor of the next: a version, before which it goes on.
///
/// # Errors
/// `Absent` when there is no such period, or the reader does not know of it (`planned`).
pub async fn list_steps(
    app: &App,
    student_id: &str,
    period: PeriodCode,
    planned: bool,
    page: &Page<i64>,
    filter_hash: u64,
) -> Result<(Vec<Step>, String), Error> {
    let mut tx = app.db.snapshot().await?;
    let known = periods::get(&mut tx, period).await?;
    known.filter(|known| planned || known.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
    let before = page.after.unwrap_or(i64::MAX);
    let mut steps = plan_steps::list(&mut tx, student_id, period, before, page.limit()).await?;
    let next = page.cut(&mut steps, filter_hash, |step| step.version);
    Ok((steps, next))
}
