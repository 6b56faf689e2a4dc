//! Locking every approved plan of a period, in batches: no batch holds many plans for long, and what a broken-off run has
//! locked stays locked. Running it again goes on where it stopped.

use std::collections::HashMap;

use chassis::idempotency::{self, Opened, Scope};
use prost::Message;

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::grpc::convert;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, PlanState, Stage};
use crate::rules::seats::Bucket;
use crate::store::plan_steps::{self, Actor};
use crate::store::{periods, plans};
use chassis::once::{self, Answer, with_retries};

/// Plans of one transaction.
const BATCH: i64 = 500;

/// Locks them, and answers how many it were. `encode` makes the answer, which is kept under the idempotency key once the
/// last batch is done: a run that broke off before goes on under the same key.
///
/// # Errors
/// `Absent` when there is no such period.
pub async fn lock_plans<M: Message>(
    app: &App,
    period: PeriodCode,
    actor: &Actor,
    scope: Option<&Scope>,
    encode: impl Fn(u64) -> M,
) -> Result<Answer<u64>, Error> {
    let mut tx = app.db.snapshot().await?;
    periods::get(&mut tx, period).await?.ok_or(Error::Absent("period"))?;
    drop(tx);
    // Each batch commits by itself, so this only looks whether the answer is there already.
    match idempotency::open(&app.db, scope, app.clock.now()).await? {
        Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        Opened::Fresh(tx) => drop(tx),
    }
    let mut locked = 0;
    loop {
        match with_retries(|| batch(app, period, actor)).await? {
            0 => break,
            count => locked += count,
        }
    }
    let now = app.clock.now();
    match idempotency::open(&app.db, scope, now).await? {
        Opened::Replay(answer) => Ok(Answer::Again(answer)),
        Opened::Fresh(tx) => {
            once::commit(tx, scope, || convert::encoded(&encode(locked)), now).await?;
            Ok(Answer::Done(locked))
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
    let steps: Vec<_> =
        saved.iter().map(|(student, version, _)| (student.clone(), PlanState::Locked, *version)).collect();
    plan_steps::add_many(&mut tx, period, Deed::Lock, actor, &steps, now).await?;
    let mut items: HashMap<String, Vec<_>> = HashMap::new();
    for item in plans::items(&mut tx, &students, period).await? {
        let held = item.bucket() != Bucket::Wished;
        items.entry(item.student_id).or_default().push((item.class_id, held));
    }
    let locked = Stage::stored(PlanState::Locked, String::new());
    let told = saved.into_iter().map(|(student, version, _)| {
        let places = items.remove(&student).unwrap_or_default().into_iter().collect();
        events::plan(&student, period, version, &locked, places)
    });
    events::put_all(&mut tx, told.collect(), now).await?;
    tx.commit().await?;
    Ok(u64::try_from(students.len()).unwrap_or(0))
}
