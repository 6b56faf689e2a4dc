//! Many orders of one period in one transaction.

use std::collections::{BTreeSet, HashMap};

use chassis::db::{DbError, DbErrorKind, Tx};
use chassis::error::Fault;
use chassis::idempotency::{self, Scope};
use chassis::once::Answer;
use jiff::Timestamp;

use super::changes::Changes;
use super::step::Case;
use super::{AGAIN, House, Job, Outcome};
use crate::app::offered::offered;
use crate::app::situation::{Background, Offered, PlanView, Situation};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Period;
use crate::rules::Refusal;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::store::{self, classes, periods, plans};

/// What a batch works on, as of its transaction and the orders that were decided already.
#[derive(Debug)]
struct Batch {
    period: PeriodCode,
    now: Timestamp,
    people: HashMap<String, Situation>,
    classes: HashMap<String, Offered>,
    changes: Changes,
}

/// Settles the orders and answers what each came to, in their order. An error means that none of them had an effect,
/// unless it is the commit that got no answer: then it is not known.
pub(super) async fn settle(house: &House, code: PeriodCode, jobs: &[Job]) -> Result<Vec<Outcome>, Error> {
    let mut tx = house.db.begin().await?;
    store::by_key(&mut tx).await?;
    let now = house.clock.now();
    if visible_period(&mut tx, code).await?.is_none() {
        let kept = kept(&mut tx, jobs, now).await?;
        return Ok(kept.into_iter().map(|kept| answered(kept).unwrap_or(Err(Error::Absent("period")))).collect());
    }
    let students: BTreeSet<_> = jobs.iter().map(|job| &job.order.student_id).collect();
    let students: Vec<_> = students.into_iter().cloned().collect();
    plans::make_many(&mut tx, code, &students, now).await?;
    let mut plans = plans::lock_many(&mut tx, code, &students).await?;
    // After the plans' locks: an attempt at another replica has stored its answer by now.
    let kept = kept(&mut tx, jobs, now).await?;
    // What concerns the students alone is read before the classes are locked: others wait for those.
    let mut background = Background::read(&mut tx, &house.rulebook, code, &students).await?;
    let mut wanted: BTreeSet<_> = jobs.iter().flat_map(|job| job.order.command.class_ids()).collect();
    // What is in a plan stays as it is while the plan is locked.
    let emptied = jobs.iter().filter(|job| job.order.command.empties());
    wanted.extend(emptied.flat_map(|job| background.class_ids_of(&job.order.student_id)));
    let claimed = jobs.iter().filter(|job| job.order.command.claims());
    wanted.extend(claimed.flat_map(|job| background.wished_ids_of(&job.order.student_id)));
    let wanted: Vec<_> = wanted.into_iter().map(str::to_owned).collect();
    if !wanted.is_empty() {
        classes::lock(&mut tx, &wanted).await?;
    }
    let ids = wanted.into_iter().chain(background.class_ids()).collect();
    let classes = offered(&house.catalogue, &mut tx, code, ids).await?;
    // Every lock is held: a window or a period that was closed while this waited for them is closed to it.
    let Some(period) = visible_period(&mut tx, code).await? else { return Err(Error::Raced) };
    let situation = |student: String| {
        let plan = plans.remove(&student).filter(|plan| plan.version > 0);
        (student.clone(), background.situation(&period, student, plan, &classes, now))
    };
    let people = students.into_iter().map(situation).collect();
    let mut batch = Batch { period: code, now, people, classes, changes: Changes::default() };
    let outcomes = jobs.iter().zip(kept).enumerate().map(|(n, (job, kept))| batch.outcome(n, job, kept)).collect();
    if batch.changes.is_empty() {
        // Nothing happened: nothing has to become durable, the rows of plans that were not opened vanish.
        drop(tx);
        return Ok(outcomes);
    }
    let written = batch.changes.write(&mut tx, code, &batch.people, jobs, now).await;
    written.map_err(|error| batch.in_our_words(error, jobs))?;
    tx.commit().await.map_err(not_known)?;
    for change in batch.changes.seats() {
        house.catalogue.seat_changed(code, change);
    }
    Ok(outcomes)
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
        let Self { period, now, people, classes, changes } = self;
        let whose = people.get_mut(&job.order.student_id);
        let situation = whose.ok_or_else(|| Fault::internal("the student of an order was not loaded"))?;
        let case = Case { situation: &*situation, classes: &*classes, period: *period };
        if let Some(step) = case.decide(&job.order)? {
            changes.apply(step, job, situation, classes, *now);
        }
        let mut view = situation.view(job.order.command.decides());
        for item in &mut view.items {
            if let Some(offered) = classes.get(&item.class.id) {
                item.seats = offered.seats.clone();
            }
        }
        Ok(view)
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
