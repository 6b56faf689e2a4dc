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
mod drop_class;
mod expire;
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

pub use step::{Notice, NoticeKind};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::{Db, Engine};
use chassis::deadline;
use chassis::error::Fault;
use chassis::idempotency::{self, Claim, Scope};
use chassis::once::Answer;
use chassis::telemetry::Context;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::openings::Openings;
use crate::app::catalogue::Catalogue;
use crate::app::rulebook::Rulebook;
use crate::app::situation::PlanView;
use crate::error::Error;
use crate::grpc::convert::KeptPlan;
use crate::rules::period::PeriodCode;
use crate::rules::waiting::Waiter;
use crate::store::{self, plan_steps::Actor};

/// When somebody who was refused by a full queue may try again.
const AGAIN: Duration = Duration::from_secs(1);

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
    /// Give the seat in one class back and take one in another, in one step: when that is refused, the old seat stays.
    Swap {
        /// Class of the plan that is given back.
        drop: String,
        /// Class that is taken.
        add: String,
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
        /// By the office, when the windows for it have closed: also a plan that is still being revised.
        late: bool,
    },
    /// Return it to the student.
    Return {
        /// The version that was read.
        version: i64,
        /// What to change.
        note: String,
        /// Whether the caller is of the office, which gives a void plan back; in which role they decide is another question.
        by_office: bool,
    },
    /// Open it for changes once it is approved.
    Revise {
        /// The version that was read.
        version: i64,
    },
    /// Take it back with all its seats.
    Void {
        /// The version that was read.
        version: i64,
        /// Why.
        note: String,
    },
    /// Join the waiting list of a full class, opening the plan when needed.
    Join {
        /// Which class.
        class_id: String,
        /// Class of the plan that is given back when the seat comes.
        instead_of: Option<String>,
    },
    /// Leave the waiting list of a class.
    Leave {
        /// Which class.
        class_id: String,
    },
    /// Give the student the seat that is kept for the waiting list, if it is their turn; or end their place, if rules say no.
    Promote {
        /// Which class.
        class_id: String,
        /// Class that they give back for it, as their place says: its seats are locked, too.
        instead_of: Option<String>,
    },
    /// End a place in line with its window.
    Expire {
        /// Which class.
        class_id: String,
    },
    /// Take all classes of a package, opening the plan when needed; `None` for one that is not there.
    TakePackage(Option<Preset>),
    /// A turn of the student in the allocation of the period, opening the plan when it gives a seat.
    Allocate(Turn),
}

/// A turn in an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// In which round, from 1.
    pub round: u32,
    /// Of which place in the shuffle.
    pub place: u32,
    /// The student's wishes that have no outcome, best first: ranks and classes.
    pub wishes: Vec<(u32, String)>,
}

/// A package as it was read when somebody wanted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Study programme whose students may take it.
    pub programme_id: String,
    /// Year of entry whose students may take it; 0 for all.
    pub cohort: u32,
    /// Name.
    pub name: String,
    /// Its classes.
    pub class_ids: Vec<String>,
}

impl Command {
    /// Whether it is the advisor's or the registrar's: they are told what would keep them from approving.
    fn decides(&self) -> bool {
        matches!(self, Self::Approve { .. } | Self::Return { .. } | Self::Void { .. })
    }

    /// Whether it may give back every class of the plan, and end every place in line, whichever those are.
    fn empties(&self) -> bool {
        matches!(self, Self::Void { .. })
    }

    /// Whether it takes the seats of what the plan only wishes for.
    fn claims(&self) -> bool {
        matches!(self, Self::Submit { .. } | Self::Approve { late: true, .. })
    }

    /// Classes that it names, whose seats it may change.
    fn class_ids(&self) -> Vec<&str> {
        match self {
            Self::Add { class_id }
            | Self::Drop { class_id }
            | Self::Join { class_id, .. }
            | Self::Leave { class_id }
            | Self::Expire { class_id } => vec![class_id],
            Self::Swap { drop, add } => vec![drop, add],
            Self::Promote { class_id, instead_of } => {
                instead_of.iter().map(String::as_str).chain([class_id.as_str()]).collect()
            }
            Self::TakePackage(package) => package.iter().flat_map(|p| p.class_ids.iter().map(String::as_str)).collect(),
            Self::Allocate(turn) => turn.wishes.iter().map(|(_, class_id)| class_id.as_str()).collect(),
            Self::Open
            | Self::Submit { .. }
            | Self::Withdraw { .. }
            | Self::Approve { .. }
            | Self::Return { .. }
            | Self::Revise { .. }
            | Self::Void { .. } => Vec::new(),
        }
    }

    /// The word for it in metrics.
    fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Add { .. } => "add",
            Self::Drop { .. } => "drop",
            Self::Swap { .. } => "swap",
            Self::Submit { .. } => "submit",
            Self::Withdraw { .. } => "withdraw",
            Self::Approve { .. } => "approve",
            Self::Return { .. } => "return",
            Self::Revise { .. } => "revise",
            Self::Void { .. } => "void",
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Promote { .. } => "promote",
            Self::Expire { .. } => "expire",
            Self::TakePackage(_) => "package",
            Self::Allocate(_) => "allocate",
        }
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

/// How much work the registrar takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Orders that wait at most; further ones are refused.
    pub queue: usize,
    /// Orders of one transaction at most.
    pub batch: usize,
    /// Transactions under way at most, over all replicas. One on SQLite, whatever stands here.
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
    limits: Limits,
}

/// What an order comes to.
type Outcome = Result<Answer<PlanView>, Error>;

/// An order in the queue.
#[derive(Debug)]
struct Job {
    order: Order,
    /// Until when its answer is of use.
    due: Option<Instant>,
    traceparent: String,
    claim: Option<Claim>,
    reply: oneshot::Sender<Outcome>,
}

impl Job {
    /// An order of the registrar itself: nobody waits for its answer.
    fn own(order: Order) -> Self {
        let (reply, _) = oneshot::channel();
        Self { order, due: None, traceparent: Context::traceparent(), claim: None, reply }
    }

    /// Whether nobody waits for the answer any more.
    fn is_late(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// Answers. The key is free before the answer is there: whoever has the answer may send the key again.
    fn answer(self, outcome: Outcome) {
        let word = match &outcome {
            Ok(Answer::Done(_)) => "done",
            Ok(Answer::Again(_)) => "again",
            Err(Error::Refused(_)) => "refused",
            Err(_) => "failed",
        };
        metrics::counter!("registrar.orders", "command" => self.order.command.word(), "outcome" => word).increment(1);
        drop(self.claim);
        // Who asked may have gone away; the key, if there was one, has the answer.
        let _ = self.reply.send(outcome);
    }
}

impl Order {
    /// The turn of one who waits for a class.
    pub fn promote(period: PeriodCode, class_id: String, waiter: &Waiter) -> Self {
        let command = Command::Promote { class_id, instead_of: waiter.instead_of.clone() };
        Self { student_id: waiter.student_id.clone(), period, command, actor: Actor::SYSTEM, scope: None }
    }
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
        let house = Arc::new(House { db, clock, rulebook, catalogue, openings: Openings::default(), limits });
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
        let (reply, outcome) = oneshot::channel();
        let job = Job { order, due: deadline::current(), traceparent: Context::traceparent(), claim, reply };
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
