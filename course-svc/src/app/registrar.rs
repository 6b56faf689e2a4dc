//! The registrar: the one door through which plans and seats change.
//!
//! A command goes in as a value and comes out decided: [`Registrar::submit`]. Orders wait in a bounded queue; a task
//! begins a transaction, takes as many as are there by then, up to a batch, and settles them in it (`batch`): it locks the plans by student,
//! then the classes by id, loads what the rules ask about all of them, decides the orders one by one in the order in which
//! they came, each over what those before it left, writes everything that changed in a few statements, commits, and only
//! then answers everybody. The number of statements does not depend on how many orders there are. A refusal is an answer
//! and leaves no trace.
//!
//! What can go wrong stays with the order that it belongs to. When the database refuses a batch, or a command panics, each
//! of its orders is settled in a transaction of its own; what a deadlock or another replica pushed aside is done again. An
//! order whose deadline has passed is never carried out. A full queue refuses at once.
//!
//! A seat that is freed while somebody waits for it is kept for the line by the transaction that frees it (`Seats::settled`),
//! and the turn of the first in line is an order of the registrar's own, before anybody else's. What a crash leaves undone is
//! found by `app::promotions`.
//!
//! To add a command:
//! 1. a variant of [`Command`], its word, and the classes whose seats it may change in [`Command::class_ids`], or that it may
//!    change those of all classes of the plan in [`Command::empties`] (they are locked before it is decided);
//! 2. a file here with `decide(case) -> Result<Option<Step>, Error>`: ask [`crate::rules::plan`] whether it may be done, and
//!    answer what it changes as a value. It is synchronous, has no SQL, and changes nothing itself, so a refused command has
//!    no effect by construction; `None` is a command that was done already;
//! 3. a line in `Case::decide`.
//!
//! What a step changes beyond plan, seats and history becomes a field of [`Step`] and of `Changes`, which writes it.

mod add_class;
mod allocate;
mod approve_plan;
mod batch;
mod changes;
mod command;
mod drop_class;
mod expire;
mod job;
mod join_line;
mod leave_line;
mod open_plan;
mod openings;
mod promote;
mod return_plan;
mod revise_plan;
mod slot;
mod step;
mod submit_plan;
mod swap_class;
mod take_package;
mod void_plan;
mod withdraw_plan;
mod worker;

pub use command::{Command, Order, Preset, Turn};
pub use step::{Notice, NoticeKind};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::{Db, Engine};
use chassis::error::Fault;
use chassis::idempotency;
use chassis::once::Answer;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

use self::job::{Job, UnderWay};
use self::openings::Openings;
use crate::app::catalogue::Catalogue;
use crate::app::rulebook::Rulebook;
use crate::app::situation::PlanView;
use crate::error::Error;
use crate::grpc::convert::KeptPlan;
use crate::rules::period::PeriodCode;
use crate::store;

/// When somebody who was refused by a full queue may try again.
const AGAIN: Duration = Duration::from_secs(1);

/// How much work the registrar takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Orders that wait at most; further ones are refused.
    pub queue: usize,
    /// Orders of one transaction at most.
    pub batch: usize,
    /// Transactions under way at most, over all replicas; all but one of them only while a whole batch waits. One on SQLite,
    /// whatever stands here.
    pub writers: usize,
    /// How long PostgreSQL keeps the locks of a transaction of which it hears nothing.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 4096, batch: 256, writers: 2, idle: Duration::from_secs(5) }
    }
}

/// The door. Cheap to clone. The work behind it ends when every clone is gone, or when it is stopped.
#[derive(Debug, Clone)]
pub struct Registrar {
    queue: mpsc::Sender<Job>,
    house: Arc<House>,
}

/// What the work is done with.
#[derive(Debug)]
struct House {
    db: Db,
    clock: Clock,
    rulebook: Arc<Rulebook>,
    catalogue: Arc<Catalogue>,
    openings: Openings,
    under_way: UnderWay,
    limits: Limits,
}

impl Registrar {
    /// A registrar over one database, at work until `stop`: then it settles what is queued and ends. Needs a runtime.
    pub fn start(
        db: Db,
        clock: Clock,
        rulebook: Arc<Rulebook>,
        catalogue: Arc<Catalogue>,
        limits: Limits,
        stop: CancellationToken,
    ) -> Self {
        let (queue, orders) = mpsc::channel(limits.queue.max(1));
        let writers = if db.engine() == Engine::Sqlite { 1 } else { limits.writers.max(1) };
        let limits = Limits { writers, ..limits };
        let (openings, under_way) = (Openings::default(), UnderWay::default());
        let house = Arc::new(House { db, clock, rulebook, catalogue, openings, under_way, limits });
        let orders = Arc::new(tokio::sync::Mutex::new(orders));
        for number in 0..writers {
            let most = limits.batch.max(1);
            tokio::spawn(worker::work(house.clone(), orders.clone(), number, most, stop.clone()));
        }
        Self { queue, house }
    }

    /// Decides a command and carries it out. When this answers, the answer is durable. The command is carried out even if
    /// this future is dropped.
    ///
    /// # Errors
    /// `Refused` with every reason at once; `Stale` when the plan is no longer the version that was read; `Absent` for a
    /// period or class that is not there, or a class that is not in the plan to be dropped; faults: `InFlight` and
    /// `KeyReused` of the key, `Unavailable` (`overloaded`) when too many orders wait, `TooSlow` when the deadline passed
    /// before the order had its turn.
    pub async fn submit(&self, order: Order) -> Result<Answer<PlanView>, Error> {
        let claim = order.scope.as_ref().map(|scope| idempotency::claim(&self.house.db, scope)).transpose()?;
        let period = order.period;
        let (job, outcome) = Job::new(order, claim, &self.house.under_way);
        self.queue.try_send(job).map_err(refused)?;
        match outcome.await {
            Ok(Ok(Answer::Again(kept))) => Ok(Answer::Again(self.complete(period, &kept).await?)),
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::internal("the registrar ended without an answer").into()),
        }
    }

    /// Orders that wait for their turn.
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Orders that were taken on and have no answer yet, in the queue or not, and turns on waiting lists that came of them.
    pub fn under_way(&self) -> usize {
        self.house.under_way.count()
    }

    /// A kept answer as it was given: what describes its classes comes from memory, or from the database.
    async fn complete(&self, period: PeriodCode, kept: &[u8]) -> Result<Vec<u8>, Error> {
        let kept = KeptPlan::read(kept)?;
        let shelf = self.house.catalogue.shelf(period).await?;
        let ids = kept.class_ids();
        let on_shelf = |id: &String| Some((id.clone(), shelf.get(id)?.class.clone()));
        let mut classes: HashMap<_, _> = ids.iter().filter_map(on_shelf).collect();
        if classes.len() < ids.len() {
            let missing: Vec<_> = ids.into_iter().filter(|id| !classes.contains_key(id)).collect();
            let mut tx = self.house.db.snapshot().await?;
            let read = store::classes::by_ids(&mut tx, &missing).await?;
            classes.extend(read.into_iter().map(|class| (class.id.clone(), Arc::new(class))));
        }
        Ok(kept.complete(&classes))
    }
}

/// Why the queue took no order.
fn refused(full: TrySendError<Job>) -> Error {
    let reason = match full {
        TrySendError::Full(_) => chassis::reasons::OVERLOADED,
        TrySendError::Closed(_) => chassis::reasons::STOPPING,
    };
    metrics::counter!("registrar.turned_away", "reason" => reason).increment(1);
    Fault::unavailable(reason, Some(AGAIN)).into()
}
