//! Many orders of one period in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::db::{DbError, DbErrorKind, Tx};
use chassis::error::Fault;
use chassis::idempotency::{self, Scope};
use chassis::once::Answer;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::changes::Changes;
use super::job::{Job, Outcome};
use super::slot::Slot;
use super::step::Case;
use super::worker::Gate;
use super::{AGAIN, Command, Order};
use crate::app::offered::offered;
use crate::app::rulebook::Rulebook;
use crate::app::situation::{Background, Offered, PlanView, Situation};
use crate::app::turns;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Period;
use crate::rules::Refusal;
use crate::rules::allocation::Turns;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::Registration;
use crate::rules::seats::Seats;
use crate::rules::trading::{self, GivenBack, Trading};
use crate::rules::waiting::{self, Waiter};
use crate::store::{allocations, batches, classes, periods, plans, tradings};

/// What a batch works on, as of its transaction and the orders that were decided already.
#[derive(Debug)]
struct Batch {
    period: PeriodCode,
    now: Timestamp,
    people: HashMap<String, Situation>,
    classes: HashMap<String, Offered>,
    /// The first of each line that a turn is about.
    lines: Lines,
    /// The turns of the allocation that are next, while one runs and somebody asks.
    turns: Option<Turns>,
    watch: Watch,
    changes: Changes,
}

/// What the orders of a batch came to.
#[derive(Debug)]
pub(super) struct Settled {
    /// The answer of each, in their order.
    pub outcomes: Vec<Outcome>,
    /// Whose turn it is now, on the waiting lists of the classes that changed.
    pub turns: Vec<Order>,
}

impl From<Vec<Outcome>> for Settled {
    fn from(outcomes: Vec<Outcome>) -> Self {
        Self { outcomes, turns: Vec::new() }
    }
}

/// Settles the orders and answers what each came to. The gate is opened when their classes are locked. An error means that none of them had an effect,
/// unless it is the commit that got no answer: then it is not known.
pub(super) async fn settle(slot: &Slot<'_>, code: PeriodCode, jobs: &[Job], gate: &Gate) -> Result<Settled, Error> {
    let house = slot.house;
    let mut stages = Stages(Instant::now());
    let students: BTreeSet<_> = jobs.iter().map(|job| &job.order.student_id).collect();
    let students: Vec<_> = students.into_iter().cloned().collect();
    house.openings.wait_for(&students).await;
    let mut tx = slot.begin().await?;
    let now = house.clock.now();
    if !periods::hold(&mut tx, code).await? {
        return Ok(absent(kept(&mut tx, jobs, now).await?));
    }
    // Before the plans: the turns of all replicas come one after the other.
    let asked = jobs.iter().filter(|job| matches!(job.order.command, Command::Allocate(_))).count();
    let turns = if asked > 0 { allocations::next(&mut tx, code, asked, true).await? } else { None };
    let turns = turns.map(|(turns, _)| turns);
    let mut plans = plans::lock_many(&mut tx, code, &students).await?;
    plans.retain(|_, plan| plan.version > 0);
    // A plan that is not there cannot be locked: others are told of it until this has committed.
    let missing: Vec<_> = students.iter().filter(|student| !plans.contains_key(*student)).cloned().collect();
    let _opening = house.openings.begin(&missing);
    stages.end("lock");
    // After the plans' locks: an attempt at another replica has stored its answer by now.
    let kept = kept(&mut tx, jobs, now).await?;
    // What concerns the students alone is read before the classes are locked: others wait for those.
    let mut background = Background::read(&mut tx, &house.rulebook, code, &students).await?;
    let mut wanted: BTreeSet<_> = jobs.iter().flat_map(|job| job.order.command.class_ids()).collect();
    // What is in a plan, and where its student waits, stays as it is while the plan is locked.
    let emptied = jobs.iter().filter(|job| job.order.command.empties());
    wanted.extend(emptied.flat_map(|job| background.class_ids_of(&job.order.student_id)));
    let claimed = jobs.iter().filter(|job| job.order.command.claims());
    wanted.extend(claimed.flat_map(|job| background.wished_ids_of(&job.order.student_id)));
    let wanted: Vec<_> = wanted.into_iter().map(str::to_owned).collect();
    stages.end("facts");
    if !wanted.is_empty() {
        batches::take_turn(&mut tx, code).await?;
        classes::lock(&mut tx, &wanted).await?;
    }
    stages.end("wait");
    gate.open();
    // Every lock is held: a window or a period that was closed while this waited for them is closed to it.
    let Some(period) = visible_period(&mut tx, code).await? else { return Ok(absent(kept)) };
    let watch = Watch::read(&mut tx, &house.rulebook, &period, jobs, now).await?;
    let ids = wanted.into_iter().chain(background.class_ids()).collect();
    let classes = offered(&house.catalogue, &mut tx, code, ids).await?;
    let lines = lines(&mut tx, jobs, &period, &classes, now).await?;
    if plans::is_any(&mut tx, code, &missing).await? {
        // Another replica has opened one since, and some of what was read is of before, some of after.
        return Err(Error::Raced);
    }
    stages.end("seats");
    let situation = |student: String| {
        let plan = plans.remove(&student);
        (student.clone(), background.situation(&period, student, plan, &classes, now))
    };
    let people = students.into_iter().map(situation).collect();
    let mut batch = Batch { period: code, now, people, classes, lines, turns, watch, changes: Changes::default() };
    let outcomes = jobs.iter().zip(kept).enumerate().map(|(n, (job, kept))| batch.outcome(n, job, kept));
    let outcomes: Vec<_> = outcomes.collect();
    stages.end("decide");
    if batch.changes.is_empty() {
        // Nothing happened: nothing has to become durable.
        drop(tx);
        return Ok(outcomes.into());
    }
    let written = batch.changes.write(&mut tx, code, &batch.people, jobs, now).await;
    written.map_err(|error| batch.in_our_words(error, jobs))?;
    let turns = batch.turns(&mut tx, &period).await?;
    stages.end("write");
    tx.commit().await.map_err(not_known)?;
    stages.end("commit");
    for change in batch.changes.seats() {
        house.catalogue.seat_changed(code, change);
    }
    Ok(Settled { outcomes, turns })
}

/// Measures what a batch spends its time with.
struct Stages(Instant);

impl Stages {
    /// The stage that ends here, and the next begins.
    fn end(&mut self, stage: &'static str) {
        let began = std::mem::replace(&mut self.0, Instant::now());
        metrics::histogram!("registrar.stage.duration", "stage" => stage).record(began.elapsed());
    }
}

impl Batch {
    /// What one order comes to, in its turn.
    fn outcome(&mut self, number: usize, job: &Job, kept: Option<Kept>) -> Outcome {
        if let Some(outcome) = answered(kept) {
            return outcome;
        }
        if job.is_late() {
            return Err(Fault::too_slow().into());
        }
        let view = self.decide(job)?;
        if job.order.scope.is_some() {
            self.changes.keep(number, convert::encoded(&convert::slim_plan_view(&view)));
        }
        Ok(Answer::Done(view))
    }

    fn decide(&mut self, job: &Job) -> Result<PlanView, Error> {
        let Self { period, now, people, classes, lines, turns, watch, changes } = self;
        let whose = people.get_mut(&job.order.student_id);
        let situation = whose.ok_or_else(|| Fault::internal("the student of an order was not loaded"))?;
        let case =
            Case { situation: &*situation, classes: &*classes, lines: &*lines, turns: turns.as_ref(), period: *period };
        let mut left = Vec::new();
        if let Some(step) = case.decide(&job.order)? {
            if step.is_given_back() {
                watch.given_back(&situation.student_id, &step.class_label, &situation.registration, *now, changes);
            }
            if let (Some(_), Some(turns)) = (&step.turn, turns.as_mut()) {
                turns.next.pop_front();
            }
            left.extend(step.leaves.iter().filter_map(|id| Some((id.clone(), situation.waits_for(id)?.entry.place))));
            changes.apply(step, job, situation, classes, *now);
        }
        let mut view = situation.view(job.order.command.decides());
        let seats = |id: &str, known: &mut Seats| {
            if let Some(offered) = classes.get(id) {
                known.clone_from(&offered.seats);
            }
        };
        view.items.iter_mut().for_each(|item| seats(&item.class.id, &mut item.seats));
        view.waiting.iter_mut().for_each(|place| seats(&place.class.id, &mut place.seats));
        for (class_id, place) in left {
            people.values_mut().for_each(|other| other.moves_up(&class_id, place));
            if let Some(line) = lines.get_mut(&class_id) {
                line.retain(|waiter| waiter.student_id != job.order.student_id);
            }
        }
        Ok(view)
    }

    /// Whose turn it is now on the waiting lists of the classes that this batch changed, and of those that the students of
    /// changed plans wait for: a plan that can be filled again may be all that was missing.
    async fn turns(&self, tx: &mut Tx, period: &Period) -> Result<Vec<Order>, DbError> {
        let plans = self.changes.students().filter_map(|student| self.people.get(student));
        let waited_for = plans.flat_map(|whose| whose.waits.iter().map(|waits| &waits.entry.class_id));
        let ids: BTreeSet<_> = self.changes.seats().map(|change| &change.class_id).chain(waited_for).collect();
        let due = ids.into_iter().filter_map(|id| self.classes.get(id));
        let due: Vec<_> = due.filter(|class| class.seats.for_line(self.now) > 0 && class.facts.open).collect();
        let classes: Vec<_> = due.iter().map(|class| (class.facts.class_id.clone(), &class.seats)).collect();
        let lines = turns::lines(tx, period, &classes, self.now).await?;
        let mut orders = Vec::new();
        for class in due {
            let class_id = &class.facts.class_id;
            let line = lines.get(class_id).map(Vec::as_slice).unwrap_or_default();
            let turns = waiting::turns(class.facts.open, &class.seats, line, self.now);
            orders.extend(turns.iter().map(|waiter| Order::promote(self.period, class_id.clone(), waiter)));
        }
        Ok(orders)
    }

    /// The database's own second line of defence, in the rules' words, for an order that is settled alone.
    fn in_our_words(&self, error: Error, jobs: &[Job]) -> Error {
        let (Error::Db(failed), [job]) = (&error, jobs) else { return error };
        let wanted = job.order.command.class_ids().into_iter().last().and_then(|class_id| self.classes.get(class_id));
        let Some(class) = wanted.map(|offered| &offered.facts) else { return error };
        let (label, class_id) = (class.label.clone(), class.class_id.clone());
        let refusal = match failed.constraint() {
            Some("pk_study_plan_item") => Refusal::ClassAlreadyTaken { class: label },
            Some("uq_study_plan_item_student_id_period_code_course_id") => {
                Refusal::CourseAlreadyTaken { class: label, class_id }
            }
            _ => return error,
        };
        tracing::error!(reason = refusal.reason(), "the database refused what the rules had allowed");
        Error::Refused(vec![refusal])
    }
}

/// The first of each line that an order is the turn of somebody in. Read after the classes are locked: a line changes only
/// under the lock of its class.
async fn lines(
    tx: &mut Tx,
    jobs: &[Job],
    period: &Period,
    classes: &HashMap<String, Offered>,
    now: Timestamp,
) -> Result<Lines, DbError> {
    let turn = |job: &Job| match &job.order.command {
        Command::Promote { class_id, .. } => classes.get(class_id),
        _ => None,
    };
    let due: BTreeMap<_, _> = jobs.iter().filter_map(turn).map(|class| (&class.facts.class_id, &class.seats)).collect();
    let due: Vec<_> = due.into_iter().map(|(id, seats)| (id.clone(), seats)).collect();
    turns::lines(tx, period, &due, now).await
}

/// The first of lines, by class.
type Lines = HashMap<String, Vec<Waiter>>;

/// What the students of a batch gave back lately, for those who give back again.
#[derive(Debug, Default)]
struct Watch {
    given_back: HashMap<String, Vec<GivenBack>>,
    latest: HashMap<String, Trading>,
}

impl Watch {
    async fn read(
        tx: &mut Tx,
        rulebook: &Rulebook,
        period: &Period,
        jobs: &[Job],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let gives = |job: &&Job| matches!(job.order.command, Command::Drop { .. } | Command::Swap { .. });
        let students: BTreeSet<_> = jobs.iter().filter(gives).map(|job| &job.order.student_id).collect();
        if students.is_empty() {
            return Ok(Self::default());
        }
        let students: Vec<_> = students.into_iter().cloned().collect();
        let span = span(&period.registration.or(&rulebook.registration));
        let given_back = tradings::given_back(&mut *tx, period.code, &students, now - span).await?;
        let latest = tradings::latest(tx, period.code, &students).await?;
        Ok(Self { given_back, latest })
    }

    /// A class is given back.
    fn given_back(
        &mut self,
        student: &str,
        label: &str,
        registration: &Registration,
        now: Timestamp,
        changes: &mut Changes,
    ) {
        let given_back = self.given_back.entry(student.to_owned()).or_default();
        given_back.push(GivenBack { at: now, label: label.to_owned() });
        let (latest, limit) = (self.latest.get(student), registration.trading_limit);
        if let Some(record) = trading::record(given_back, latest, limit, span(registration), now) {
            let is_new = latest.is_none_or(|latest| latest.first_at != record.first_at);
            changes.watch(student, record.clone(), is_new);
            self.latest.insert(student.to_owned(), record);
        }
    }
}

/// Over which classes that are given back are counted.
fn span(registration: &Registration) -> SignedDuration {
    SignedDuration::from_hours(registration.trading_hours.into())
}

/// The period, unless it does not exist for students yet.
async fn visible_period(tx: &mut Tx, code: PeriodCode) -> Result<Option<Period>, DbError> {
    let period = periods::get(tx, code).await?;
    Ok(period.filter(|period| period.state != PeriodState::Planned))
}

/// What was answered before under the key of an order.
type Kept = Result<idempotency::Outcome, Fault>;

/// The answer of an order whose key had one before.
fn answered(kept: Option<Kept>) -> Option<Outcome> {
    match kept? {
        Err(fault) => Some(Err(fault.into())),
        Ok(idempotency::Outcome::Replay(answer)) => Some(Ok(Answer::Again(answer))),
        Ok(idempotency::Outcome::Fresh) => None,
    }
}

/// What orders come to in a period that is not there: what was answered before stays.
fn absent(kept: Vec<Option<Kept>>) -> Settled {
    let outcomes = kept.into_iter().map(|kept| answered(kept).unwrap_or(Err(Error::Absent("period"))));
    outcomes.collect::<Vec<_>>().into()
}

/// What was answered before, by the number of the order; `None` without a key.
async fn kept(tx: &mut Tx, jobs: &[Job], now: Timestamp) -> Result<Vec<Option<Kept>>, DbError> {
    let scopes: Vec<&Scope> = jobs.iter().filter_map(|job| job.order.scope.as_ref()).collect();
    let mut found = idempotency::recall(tx, &scopes, now).await?.into_iter();
    Ok(jobs.iter().map(|job| job.order.scope.as_ref().and_then(|_| found.next())).collect())
}

/// A commit that got no answer may have happened: whoever sends the key again learns whether it did.
fn not_known(error: DbError) -> Error {
    match error.kind() {
        DbErrorKind::Timeout => Fault::unavailable(chassis::reasons::DATABASE_DOWN, Some(AGAIN)).into(),
        _ => error.into(),
    }
}
