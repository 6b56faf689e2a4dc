//! The advisor's queue: a page of students with their plans, what to look at in each, and how many plans are in each
//! state. The number of statements does not depend on the number of rows.

use chassis::page::Page;
use jiff::Timestamp;

use crate::app::App;
use crate::app::situation::{self, Situation};
use crate::error::Error;
use crate::rules::credits::{Ceiling, Gpa};
use crate::rules::period::PeriodState;
use crate::rules::plan_state::PlanState;
use crate::rules::{Refusal, plan};
use crate::store::queue::{self, Filter, Position};
use crate::store::{periods, plans};

/// A plan in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// Whose.
    pub student_id: String,
    /// Student number.
    pub nim: String,
    /// Name.
    pub name: String,
    /// Study programme.
    pub programme_id: String,
    /// The plan's own row; `None` without one.
    pub plan: Option<plans::Plan>,
    /// SKS of the plan.
    pub credits: u32,
    /// Ceiling.
    pub ceiling: Ceiling,
    /// IPK; `None` while there is no result.
    pub gpa: Option<Gpa>,
    /// What an advisor should look at.
    pub flags: Vec<Refusal>,
}

impl PlanRow {
    /// When the plan last changed.
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.plan.as_ref().map(|plan| plan.changed_at)
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanList {
    /// Rows, the longest wait first.
    pub rows: Vec<PlanRow>,
    /// Cursor of the next page.
    pub next: String,
    /// Plans in each state under the same filter but the state's.
    pub counts: Vec<(PlanState, u64)>,
}

/// A page of the queue. `planned` says whether the reader knows of periods that have not begun.
///
/// # Errors
/// `Absent` when there is no such period.
pub async fn list_plans(
    app: &App,
    filter: &Filter,
    planned: bool,
    page: &Page<Position>,
    filter_hash: u64,
) -> Result<PlanList, Error> {
    let mut tx = app.db.snapshot().await?;
    let period = periods::get(&mut tx, filter.period).await?;
    let period = period.filter(|period| planned || period.state != PeriodState::Planned);
    let period = period.ok_or(Error::Absent("period"))?;
    let counts = queue::counts(&mut tx, filter).await?;
    let mut rows = queue::list(&mut tx, filter, page.after.as_ref(), page.limit()).await?;
    let next = page.cut(&mut rows, filter_hash, |row| row.position.clone());
    let students = rows.into_iter().map(|row| (row.student_id, row.plan)).collect();
    let situations = situation::load_many(&mut tx, &app.policy, &period, students, app.clock.now()).await?;
    Ok(PlanList { rows: situations.into_iter().map(row).collect(), next, counts })
}

fn row(situation: Situation) -> PlanRow {
    let Situation { student_id, known, facts, plan, .. } = situation;
    PlanRow {
        student_id,
        nim: known.nim.clone(),
        name: known.name.clone(),
        programme_id: known.programme_id.clone(),
        plan,
        credits: facts.credits(),
        ceiling: facts.ceiling(),
        gpa: facts.record.as_ref().and_then(|record| record.cumulative),
        flags: plan::concerns(&facts),
    }
}
