//! Locking every approved plan of a period, in batches: no batch holds many plans for long, and what a broken-off run has
//! locked stays locked. Running it again goes on where it stopped.

use crate::app::App;
use crate::app::events;
use crate::app::once::with_retries;
use crate::error::Error;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, PlanState};
use crate::store::plan_steps::{self, Actor};
use crate::store::{periods, plans};

/// Plans of one transaction.
const BATCH: i64 = 500;

/// Locks them, and answers how many it were.
///
/// # Errors
/// `Absent` when there is no such period.
pub async fn lock_plans(app: &App, period: PeriodCode, actor: &Actor) -> Result<u64, Error> {
    let mut tx = app.db.snapshot().await?;
    periods::get(&mut tx, period).await?.ok_or(Error::Absent("period"))?;
    drop(tx);
    let mut locked = 0;
    loop {
        match with_retries(|| batch(app, period, actor)).await? {
            0 => return Ok(locked),
            count => locked += count,
        }
    }
}

/// The next plans, in order of student as every writer of plans locks them.
async fn batch(app: &App, period: PeriodCode, actor: &Actor) -> Result<u64, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let students = plans::lock_in_state(&mut tx, period, PlanState::Approved, BATCH).await?;
    let states: Vec<_> = students.iter().map(|student| (student.clone(), PlanState::Locked)).collect();
    let saved = plans::save_many(&mut tx, period, &states, now).await?;
    let steps: Vec<_> = saved.iter().map(|(student, version)| (student.clone(), PlanState::Locked, *version)).collect();
    plan_steps::add_many(&mut tx, period, Deed::Lock, actor, &steps, now).await?;
    let mut items = plans::class_ids(&mut tx, &students, period).await?;
    let told = saved.into_iter().map(|(student, version)| {
        let class_ids = items.remove(&student).unwrap_or_default();
        events::plan(&student, period, version, PlanState::Locked, class_ids)
    });
    events::put_all(&mut tx, told.collect(), now).await?;
    tx.commit().await?;
    Ok(u64::try_from(students.len()).unwrap_or(0))
}
