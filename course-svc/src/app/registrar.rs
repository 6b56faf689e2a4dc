//! The registrar: the one door through which plans and seats change.
//!
//! A command goes in as a value and comes out decided: [`Registrar::submit`]. Inside, a transaction locks the student's
//! plan, then the class, loads what the rules ask, decides, stores and commits; only then is anybody answered. Commands
//! of one student wait for each other at the plan, commands for one seat at the class. `settle` knows nothing of
//! begin and commit, so that many commands can share one transaction.

use std::sync::Arc;

use chassis::clock::Clock;
use chassis::db::{Db, DbError, Tx};
use chassis::idempotency::{self, Opened, Scope};
use jiff::Timestamp;

use crate::app::catalogue::{Catalogue, SeatChange};
use crate::app::events;
use crate::app::once::{Answer, with_retries};
use crate::app::situation::{self, PlanView, Situation};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::{Class, Period};
use crate::rules::credits::CreditPolicy;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::{Refusal, plan};
use crate::store::{classes, periods, plans};

/// What a student wants of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open it. Opening an open plan changes nothing.
    Open,
    /// Take a seat in a class, opening the plan when needed.
    Add {
        /// Which class.
        class_id: String,
    },
    /// Give the seat in a class back.
    Drop {
        /// Which class.
        class_id: String,
    },
}

/// A command with whose plan it is for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whose plan.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// What.
    pub command: Command,
    /// Idempotency key, if one came.
    pub scope: Option<Scope>,
}

/// The door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registrar {
    db: Db,
    clock: Clock,
    policy: Arc<CreditPolicy>,
    catalogue: Arc<Catalogue>,
}

/// What a settled command has done, for the answer and for the catalogue.
struct Settled {
    view: PlanView,
    seats: Option<SeatChange>,
}

impl Registrar {
    /// A registrar over one database.
    pub fn new(db: Db, clock: Clock, policy: Arc<CreditPolicy>, catalogue: Arc<Catalogue>) -> Self {
        Self { db, clock, policy, catalogue }
    }

    /// Decides a command and carries it out. When this answers, the answer is durable.
    ///
    /// # Errors
    /// `Refused` with every reason at once; `Absent` for a period or class that is not there, or a class that is not in
    /// the plan to be dropped.
    pub async fn submit(&self, order: &Order) -> Result<Answer<PlanView>, Error> {
        with_retries(|| self.once(order)).await
    }

    /// One command in one transaction.
    async fn once(&self, order: &Order) -> Result<Answer<PlanView>, Error> {
        let now = self.clock.now();
        let mut tx = match idempotency::open(&self.db, order.scope.as_ref(), now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let settled = settle(&mut tx, &self.policy, order, now).await?;
        if order.scope.is_some() {
            let answer = convert::encoded(&convert::plan_view(&settled.view));
            idempotency::finish(&mut tx, order.scope.as_ref(), &answer, now).await?;
        }
        tx.commit().await?;
        if let Some(change) = &settled.seats {
            self.catalogue.seat_changed(order.period, change);
        }
        Ok(Answer::Done(settled.view))
    }
}

/// Locks, loads, decides and stores one command inside a transaction. An error leaves the transaction of no use.
async fn settle(tx: &mut Tx, policy: &CreditPolicy, order: &Order, now: Timestamp) -> Result<Settled, Error> {
    visible_period(tx, order.period).await?;
    let row = plans::lock(tx, &order.student_id, order.period, now).await?;
    match &order.command {
        Command::Open => open(tx, policy, order, row, now).await,
        Command::Add { class_id } => {
            let class = lock_class(tx, order.period, class_id).await?;
            add(tx, policy, order, row, class, now).await
        }
        Command::Drop { class_id } => {
            let class = lock_class(tx, order.period, class_id).await?;
            drop_class(tx, policy, order, row, class, now).await
        }
    }
}

/// The period, unless it does not exist for students yet.
async fn visible_period(tx: &mut Tx, code: PeriodCode) -> Result<Period, Error> {
    let period = periods::get(tx, code).await?;
    period.filter(|period| period.state != PeriodState::Planned).ok_or(Error::Absent("period"))
}

/// Locks a class of the period and reads it afterwards, seats included. After the plan's lock, never before it.
async fn lock_class(tx: &mut Tx, period: PeriodCode, class_id: &str) -> Result<Class, Error> {
    let ids = [class_id.to_owned()];
    classes::lock(tx, &ids).await?;
    let class = classes::get(tx, class_id).await?;
    class.filter(|class| class.period == period).ok_or(Error::Absent("class"))
}

/// Loads what the rules ask, once every lock is held: a window or a period that was closed while the command waited for
/// its locks is closed to it.
async fn locked_situation(
    tx: &mut Tx,
    policy: &CreditPolicy,
    order: &Order,
    row: plans::Plan,
    now: Timestamp,
) -> Result<Situation, Error> {
    let period = visible_period(tx, order.period).await?;
    situation::load(tx, policy, &order.student_id, &period, Some(row), now).await
}

async fn open(
    tx: &mut Tx,
    policy: &CreditPolicy,
    order: &Order,
    row: plans::Plan,
    now: Timestamp,
) -> Result<Settled, Error> {
    let mut situation = locked_situation(tx, policy, order, row, now).await?;
    if row.version == 0 {
        plan::may_open(&situation.facts).map_err(Error::Refused)?;
        situation.plan = Some(changed(tx, order, Vec::new(), now).await?);
    }
    Ok(Settled { view: situation.view(), seats: None })
}

async fn add(
    tx: &mut Tx,
    policy: &CreditPolicy,
    order: &Order,
    row: plans::Plan,
    class: Class,
    now: Timestamp,
) -> Result<Settled, Error> {
    let mut situation = locked_situation(tx, policy, order, row, now).await?;
    plan::may_add(&situation.facts, &class.facts(), class.seats).map_err(Error::Refused)?;
    let item = plans::insert_item(tx, &order.student_id, order.period, &class.id, &class.course.id, now).await;
    item.map_err(|error| already_there(error, &class))?;
    let (class, seats) = take_seat(tx, class, 1).await?;
    situation.facts.plan.push(class.facts());
    situation.items.push((class, now));
    situation.plan = Some(changed(tx, order, class_ids(&situation), now).await?);
    Ok(Settled { view: situation.view(), seats: Some(seats) })
}

async fn drop_class(
    tx: &mut Tx,
    policy: &CreditPolicy,
    order: &Order,
    row: plans::Plan,
    class: Class,
    now: Timestamp,
) -> Result<Settled, Error> {
    let mut situation = locked_situation(tx, policy, order, row, now).await?;
    if !situation.facts.has(&class.id) {
        return Err(Error::Absent("class in the plan"));
    }
    plan::may_drop(&situation.facts).map_err(Error::Refused)?;
    plans::delete_item(tx, &order.student_id, order.period, &class.id).await?;
    let (class, seats) = take_seat(tx, class, -1).await?;
    situation.facts.plan.retain(|other| other.class_id != class.id);
    situation.items.retain(|(other, _)| other.id != class.id);
    situation.plan = Some(changed(tx, order, class_ids(&situation), now).await?);
    Ok(Settled { view: situation.view(), seats: Some(seats) })
}

/// Writes the new number of seats taken, under the lock of the class.
async fn take_seat(tx: &mut Tx, mut class: Class, by: i64) -> Result<(Class, SeatChange), Error> {
    let (taken, version) = classes::seat(tx, &class.id, by).await?;
    class.seats.taken = u32::try_from(taken).unwrap_or(u32::MAX);
    class.seat_version = version;
    let change = SeatChange { class_id: class.id.clone(), taken: class.seats.taken, seat_version: version };
    Ok((class, change))
}

/// Raises the plan's version and tells what is in it now.
async fn changed(tx: &mut Tx, order: &Order, class_ids: Vec<String>, now: Timestamp) -> Result<plans::Plan, DbError> {
    let plan = plans::bump(tx, &order.student_id, order.period, now).await?;
    events::put(tx, events::plan(&order.student_id, order.period, plan.version, class_ids), now).await?;
    Ok(plan)
}

fn class_ids(situation: &Situation) -> Vec<String> {
    let mut ids: Vec<_> = situation.items.iter().map(|(class, _)| class.id.clone()).collect();
    ids.sort();
    ids
}

/// The database's own second line of defence, in the rules' words.
fn already_there(error: DbError, class: &Class) -> Error {
    let refusal = match error.constraint() {
        Some("pk_study_plan_item") => Refusal::ClassAlreadyTaken { class: class.label() },
        Some("uq_study_plan_item_student_id_period_code_course_id") => {
            Refusal::CourseAlreadyTaken { class: class.label(), class_id: class.id.clone() }
        }
        _ => return Error::Db(error),
    };
    tracing::error!(reason = refusal.reason(), "the database refused what the rules had allowed");
    Error::Refused(vec![refusal])
}
