//! Reading students' situations, many at once. When everybody reads, each reading would be ten statements of its own; here
//! who asks while others are read for waits a moment and is read for together with everybody else who waits. The number of
//! statements does not depend on how many they are, and nothing that is answered was read before it was asked for.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chassis::clock::Clock;
use chassis::db::{Db, DbErrorKind};
use chassis::deadline;
use chassis::error::{Fault, Kind};
use futures_util::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::catalogue::Catalogue;
use crate::app::offered::offered;
use crate::app::rulebook::Rulebook;
use crate::app::situation::{Background, Situation};
use crate::error::Error;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::store::{self, periods, plans};

/// How much is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Readings that wait at most; further ones are refused. The default is more than the calls that the server lets in.
    pub queue: usize,
    /// Readings of one transaction at most.
    pub batch: usize,
    /// Transactions at once: all but one of them only while a whole batch waits.
    pub readers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 4096, batch: 128, readers: 2 }
    }
}

/// What readings are done with.
#[derive(Debug)]
struct Desk {
    db: Db,
    clock: Clock,
    rulebook: Arc<Rulebook>,
    catalogue: Arc<Catalogue>,
}

/// Who wants to know about whom.
#[derive(Debug)]
struct Question {
    student_id: String,
    period: PeriodCode,
    /// Knows of periods that have not begun.
    planned: bool,
    /// Until when the answer is of use.
    due: Option<Instant>,
    reply: oneshot::Sender<Result<Situation, Error>>,
}

/// The readers. Cheap to clone; they end when every clone is gone, or when they are stopped.
#[derive(Debug, Clone)]
pub struct Readings(mpsc::Sender<Question>);

impl Readings {
    /// Readers over one database, at work until `stop`. Needs a runtime.
    pub fn start(
        db: Db,
        clock: Clock,
        rulebook: Arc<Rulebook>,
        catalogue: Arc<Catalogue>,
        limits: Limits,
        stop: &CancellationToken,
    ) -> Self {
        let (questions, waiting) = mpsc::channel(limits.queue.max(1));
        let desk = Arc::new(Desk { db, clock, rulebook, catalogue });
        let waiting = Arc::new(Mutex::new(waiting));
        let turn = Arc::new(Mutex::new(()));
        for _ in 0..limits.readers.max(1) {
            let reader = read(desk.clone(), waiting.clone(), turn.clone(), limits.batch.max(1));
            tokio::spawn(stop.clone().run_until_cancelled_owned(reader));
        }
        Self(questions)
    }

    /// The situation of a student, as of one moment after this was called. `planned` says whether the reader knows of periods
    /// that have not begun.
    ///
    /// # Errors
    /// `Absent` for a period that the reader does not know of; `overloaded` when too many wait; what the database says.
    pub async fn situation(&self, student_id: &str, period: PeriodCode, planned: bool) -> Result<Situation, Error> {
        let (reply, answer) = oneshot::channel();
        let question = Question { student_id: student_id.to_owned(), period, planned, due: deadline::current(), reply };
        self.0.try_send(question).map_err(|full| match full {
            mpsc::error::TrySendError::Full(_) => Fault::unavailable(chassis::reasons::OVERLOADED, None),
            mpsc::error::TrySendError::Closed(_) => Fault::unavailable(chassis::reasons::STOPPING, None),
        })?;
        answer.await.unwrap_or_else(|_| Err(Fault::unavailable(chassis::reasons::STOPPING, None).into()))
    }
}

/// One reader: takes what waits, and reads for all of it. Beside another one that reads it does so only when a whole batch
/// waits; otherwise those who ask gather until the other one is done, since many cost as many statements as one.
async fn read(desk: Arc<Desk>, waiting: Arc<Mutex<mpsc::Receiver<Question>>>, turn: Arc<Mutex<()>>, most: usize) {
    let mut questions = Vec::with_capacity(most);
    loop {
        // Held while nobody asks: the other reader is busy, or waits for its turn to wait.
        let mut queue = waiting.lock().await;
        let Some(first) = queue.recv().await else { return };
        questions.push(first);
        let _turn = if queue.len() + 1 < most { Some(turn.lock().await) } else { turn.try_lock().ok() };
        questions.extend(std::iter::from_fn(|| queue.try_recv().ok()).take(most - 1));
        drop(queue);
        metrics::histogram!("readings.batch.size").record(u32::try_from(questions.len()).unwrap_or(u32::MAX));
        let began = Instant::now();
        for (period, questions) in by_period(questions.drain(..)) {
            answer(&desk, period, questions).await;
        }
        metrics::histogram!("readings.batch.duration").record(began.elapsed());
    }
}

/// Questions by period; who has no time left is answered.
fn by_period(questions: impl Iterator<Item = Question>) -> HashMap<PeriodCode, Vec<Question>> {
    let mut periods: HashMap<PeriodCode, Vec<Question>> = HashMap::new();
    for question in questions {
        if question.due.is_some_and(|due| due <= Instant::now()) {
            let _ = question.reply.send(Err(Fault::too_slow().into()));
            continue;
        }
        periods.entry(question.period).or_default().push(question);
    }
    periods
}

/// Answers everybody who asked about one period. What fails for one of them is tried for each alone: a row that cannot be
/// read, or a rule that panics over it, is the fault of one student's plan.
async fn answer(desk: &Desk, period: PeriodCode, questions: Vec<Question>) {
    let read = attempt(desk, period, &questions).await;
    if questions.len() > 1 && read.as_ref().err().is_some_and(concerns_one) {
        tracing::warn!(questions = questions.len(), "a reading failed; each plan of it is read alone");
        for question in questions {
            let question = vec![question];
            let read = attempt(desk, period, &question).await;
            reply(read, question);
        }
        return;
    }
    reply(read, questions);
}

/// What was read about everybody who asked.
type Read = Result<Option<(PeriodState, HashMap<String, Situation>)>, Error>;

/// One reading. A panic is a fault like any other.
async fn attempt(desk: &Desk, period: PeriodCode, questions: &[Question]) -> Read {
    let read = AssertUnwindSafe(situations(desk, period, questions)).catch_unwind().await;
    read.unwrap_or_else(|_| Err(Fault::internal("reading a plan panicked").into()))
}

/// Whether the failure may be that of one plan among many.
fn concerns_one(error: &Error) -> bool {
    match error {
        Error::Db(error) => matches!(error.kind(), DbErrorKind::Usage | DbErrorKind::Other),
        Error::Fault(fault) => fault.kind() == Kind::Internal,
        _ => false,
    }
}

/// Tells everybody what was read. Who has gone away meanwhile is not missed.
fn reply(read: Read, questions: Vec<Question>) {
    match read {
        Ok(Some((state, situations))) => {
            for question in questions {
                let known =
                    situations.get(&question.student_id).filter(|_| question.planned || state != PeriodState::Planned);
                let _ = question.reply.send(known.cloned().ok_or(Error::Absent("period")));
            }
        }
        Ok(None) => questions.into_iter().for_each(|question| drop(question.reply.send(Err(Error::Absent("period"))))),
        Err(error) => {
            let fault = Fault::from(error);
            questions.into_iter().for_each(|question| drop(question.reply.send(Err(fault.clone().into()))));
        }
    }
}

/// The situations of all of them by student, in one snapshot; `None` when there is no such period.
async fn situations(desk: &Desk, code: PeriodCode, questions: &[Question]) -> Read {
    let mut students: Vec<_> = questions.iter().map(|question| question.student_id.clone()).collect();
    students.sort();
    students.dedup();
    let mut tx = desk.db.snapshot().await?;
    store::by_key(&mut tx).await?;
    let Some(period) = periods::get(&mut tx, code).await? else { return Ok(None) };
    let mut plans = plans::get_many(&mut tx, code, &students).await?;
    let mut background = Background::read(&mut tx, &desk.rulebook, code, &students).await?;
    let classes = offered(&desk.catalogue, &mut tx, code, background.class_ids()).await?;
    drop(tx);
    let now = desk.clock.now();
    let situation = |student: String| {
        let plan = plans.remove(&student);
        let situation = background.situation(&period, student.clone(), plan, &classes, now);
        (student, situation)
    };
    Ok(Some((period.state, students.into_iter().map(situation).collect())))
}
