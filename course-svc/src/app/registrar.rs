//! The registrar: the one door through which plans and seats change.
//!
//! A command goes in as a value and comes out decided: [`Registrar::submit`]. Inside, a transaction locks the student's
//! plan, then the class, loads what the rules ask, decides, stores and commits; only then is anybody answered. Commands
//! of one student's plan wait for each other at the plan, whoever gives them, commands for one seat at the class. `settle`
//! knows nothing of begin and commit, so that many commands can share one transaction. Each command is a file here.

mod add_class;
mod approve_plan;
mod drop_class;
mod open_plan;
mod return_plan;
mod submit_plan;
mod withdraw_plan;

use std::sync::Arc;

use chassis::clock::Clock;
use chassis::db::{Db, DbError, Tx};
use chassis::idempotency::{self, Opened, Scope};
use jiff::Timestamp;

use crate::app::catalogue::{Catalogue, SeatChange};
use crate::app::events;
use crate::app::rulebook::Rulebook;
use crate::app::situation::{self, PlanView, Situation};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::{Class, Period};
use crate::rules::Refusal;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::plan_state::{Deed, Stage};
use crate::store::plan_steps::{self, Actor, NewStep};
use crate::store::{classes, periods, plans};
use chassis::once::{Answer, with_retries};

/// What somebody wants of a plan.
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
    /// Hand it to the advisor.
    Submit {
        /// The version that was read.
        version: i64,
    },
    /// Take it back before it was decided.
    Withdraw {
        /// The version that was read.
        version: i64,
    },
    /// Approve it.
    Approve {
        /// The version that was read.
        version: i64,
    },
    /// Return it to the student.
    Return {
        /// The version that was read.
        version: i64,
        /// What to change.
        note: String,
    },
}

impl Command {
    /// Whether it is the advisor's or the registrar's: they are told what would keep them from approving.
    fn decides(&self) -> bool {
        matches!(self, Self::Approve { .. } | Self::Return { .. })
    }
}

/// A command with whose plan it is for, and who gives it.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whose plan.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// What.
    pub command: Command,
    /// Who gives it; may give it, too.
    pub actor: Actor,
    /// Idempotency key, if one came.
    pub scope: Option<Scope>,
}

/// The door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registrar {
    db: Db,
    clock: Clock,
    rulebook: Arc<Rulebook>,
    catalogue: Arc<Catalogue>,
}

/// What a settled command has done, for the answer and for the catalogue.
struct Settled {
    situation: Situation,
    seats: Option<SeatChange>,
}

impl Registrar {
    /// A registrar over one database.
    pub fn new(db: Db, clock: Clock, rulebook: Arc<Rulebook>, catalogue: Arc<Catalogue>) -> Self {
        Self { db, clock, rulebook, catalogue }
    }

    /// Decides a command and carries it out. When this answers, the answer is durable.
    ///
    /// # Errors
    /// `Refused` with every reason at once; `Stale` when the plan is no longer the version that was read; `Absent` for a
    /// period or class that is not there, or a class that is not in the plan to be dropped.
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
        let settled = settle(&mut tx, &self.rulebook, order, now).await?;
        let view = settled.situation.view(order.command.decides());
        if order.scope.is_some() {
            let answer = convert::encoded(&convert::plan_view(&view));
            idempotency::finish(&mut tx, order.scope.as_ref(), &answer, now).await?;
        }
        tx.commit().await?;
        if let Some(change) = &settled.seats {
            self.catalogue.seat_changed(order.period, change);
        }
        Ok(Answer::Done(view))
    }
}

/// Locks, loads, decides and stores one command inside a transaction. An error leaves the transaction of no use.
async fn settle(tx: &mut Tx, rulebook: &Rulebook, order: &Order, now: Timestamp) -> Result<Settled, Error> {
    let before = visible_period(tx, order.period).await?;
    let row = plans::lock(tx, &order.student_id, order.period, now).await?;
    let known = (row.version > 0).then_some(row);
    // What concerns the student alone is read before the class is locked: others wait for that lock.
    let mut situation = situation::load(tx, rulebook, &order.student_id, &before, known.clone(), now).await?;
    // After the plan's lock, never before it.
    let class = match &order.command {
        Command::Add { class_id } | Command::Drop { class_id } => Some(lock_class(tx, order.period, class_id).await?),
        _ => None,
    };
    // Every lock is held: a window or a period that was closed while the command waited for them is closed to it.
    let period = visible_period(tx, order.period).await?;
    if period.version != before.version {
        situation = situation::load(tx, rulebook, &order.student_id, &period, known, now).await?;
    }
    let mut bench = Bench { tx, order, situation, now, class, seats: None };
    match &order.command {
        Command::Open => open_plan::settle(&mut bench).await?,
        Command::Add { .. } => add_class::settle(&mut bench).await?,
        Command::Drop { .. } => drop_class::settle(&mut bench).await?,
        Command::Submit { version } => submit_plan::settle(&mut bench, *version).await?,
        Command::Withdraw { version } => withdraw_plan::settle(&mut bench, *version).await?,
        Command::Approve { version } => approve_plan::settle(&mut bench, *version).await?,
        Command::Return { version, note } => return_plan::settle(&mut bench, *version, note).await?,
    }
    Ok(Settled { situation: bench.situation, seats: bench.seats })
}

/// The period, unless it does not exist for students yet.
async fn visible_period(tx: &mut Tx, code: PeriodCode) -> Result<Period, Error> {
    let period = periods::get(tx, code).await?;
    period.filter(|period| period.state != PeriodState::Planned).ok_or(Error::Absent("period"))
}

/// Locks a class of the period and reads it afterwards, seats included.
async fn lock_class(tx: &mut Tx, period: PeriodCode, class_id: &str) -> Result<Class, Error> {
    let ids = [class_id.to_owned()];
    classes::lock(tx, &ids).await?;
    let class = classes::get(tx, class_id).await?;
    class.filter(|class| class.period == period).ok_or(Error::Absent("class"))
}

/// Where a command is worked on: what it is, what is known under its locks, and the transaction that holds them.
struct Bench<'a> {
    tx: &'a mut Tx,
    order: &'a Order,
    situation: Situation,
    now: Timestamp,
    /// The locked class of an add or drop, until it is taken up.
    class: Option<Class>,
    seats: Option<SeatChange>,
}

impl Bench<'_> {
    /// Refuses what was decided over another version than this one.
    fn expect(&self, version: i64) -> Result<(), Error> {
        let known = self.situation.plan.as_ref().map_or(0, |plan| plan.version);
        if known == version { Ok(()) } else { Err(Error::Stale) }
    }

    /// Writes where the plan is now as its next version, with a step of its history, and tells what is in it.
    async fn save(&mut self, stage: Stage, deed: Deed, class_label: &str) -> Result<(), DbError> {
        let Order { student_id, period, actor, .. } = self.order;
        let plan = plans::save(self.tx, student_id, *period, stage, self.now).await?;
        let step = NewStep {
            student_id,
            period: *period,
            version: plan.version,
            deed,
            state: plan.stage.state(),
            actor,
            // The note of a returned plan belongs to the step that returned it.
            note: if deed == Deed::Return { plan.stage.note() } else { "" },
            class_label,
        };
        plan_steps::add(self.tx, &step, self.now).await?;
        let mut class_ids: Vec<_> = self.situation.items.iter().map(|(class, _)| class.id.clone()).collect();
        class_ids.sort();
        let event = events::plan(student_id, *period, plan.version, plan.stage.state(), class_ids);
        events::put(self.tx, event, self.now).await?;
        self.situation.is_now(plan);
        Ok(())
    }

    /// The class of an add or drop.
    fn take_class(&mut self) -> Result<Class, Error> {
        self.class.take().ok_or(Error::Absent("class"))
    }

    /// Writes the new number of seats taken, under the lock of the class.
    async fn take_seat(&mut self, class: &mut Class, by: i64) -> Result<(), DbError> {
        let (taken, version) = classes::seat(self.tx, &class.id, by).await?;
        class.seats.taken = u32::try_from(taken).unwrap_or(u32::MAX);
        class.seat_version = version;
        self.seats = Some(SeatChange { class_id: class.id.clone(), taken: class.seats.taken, seat_version: version });
        Ok(())
    }

    /// Where the plan is.
    fn stage(&self) -> Stage {
        self.situation.facts.stage.clone()
    }
}

/// A transition that the rules had allowed already.
fn allowed(stage: Result<Stage, Refusal>) -> Result<Stage, Error> {
    stage.map_err(|refusal| Error::Refused(vec![refusal]))
}
