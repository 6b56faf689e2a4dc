//! Bulk approvals: begun by a request, worked on by every replica, until each plan is decided.
//!
//! A worker takes one up for one round: it asks about each plan of the round whether the account may still decide about it,
//! gives the approvals to the registrar at once, and writes what became of each. Two workers that meet at the same plan, or
//! one that takes up what another left behind, approve it once: the order carries a key of its own, which the registrar
//! stores with the approval. What may succeed a moment later (a full queue, a database that is away) stays undecided.

use std::sync::Arc;

use chassis::auth::{Caller, Role, roles};
use chassis::error::{Fault, Kind, Refusal};
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::registrar::{Command, Order};
use crate::app::rounds::{self, Pace, Round, Worker};
use crate::app::{App, decider};
use crate::error::Error;
use crate::grpc::convert;
use crate::rules::access::{self, Verdict};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::revision;
use crate::rules::window::{Belongs, WindowKind, gate};
use crate::store::approvals::{self, Approval, Counts};
use crate::store::plan_steps::ActorRole;
use crate::store::{periods, plans, students};

/// After this an approval that was being written and never began was left behind by a crash.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// How much is approved at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Plans that one request may name.
    pub plans: u32,
    /// Plans of one round.
    pub round: u32,
    /// Plans of one look-up, and of one transaction, when the office takes what is left over.
    pub chunk: u32,
    /// How the rounds are shared with other replicas.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self { plans: 1000, round: 64, chunk: 500, pace: Pace::default() }
    }
}

/// Bulk approvals of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bulk {
    app: App,
    /// How much.
    pub limits: Limits,
    wake: Arc<Notify>,
}

/// Which plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// These, as they were seen: student and version, each student once.
    Named(Vec<(String, i64)>),
    /// What is left over when the windows for it have closed, of one study programme (empty: of all).
    LeftOver {
        /// The programme.
        programme_id: String,
    },
}

/// A bulk approval with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Itself.
    pub approval: Approval,
    /// How far it is.
    pub counts: Counts,
}

impl Worker for Bulk {
    const WHAT: &'static str = "bulk approvals";

    async fn round(&mut self) -> Result<Round, Error> {
        self.part().await
    }
}

impl Bulk {
    /// Nothing works until somebody runs [`Bulk::work`].
    pub fn new(app: App, limits: Limits) -> Self {
        Self { app, limits, wake: Arc::default() }
    }

    /// Begins to approve plans on behalf of the caller, who may begin such a thing.
    ///
    /// # Errors
    /// `Absent` when there is no such period.
    pub async fn start(
        &self,
        caller: &Caller,
        period: PeriodCode,
        which: &Which,
        scope: Option<&Scope>,
    ) -> Result<Answer<Progress>, Error> {
        let now = self.app.clock.now();
        let (plans, many) = match which {
            Which::Named(plans) => (plans.clone(), false),
            // They are many: looked up and written before the one transaction in which all of it begins, or none.
            Which::LeftOver { programme_id } => (self.left_over(period, programme_id, now).await?, true),
        };
        let approval = Approval {
            id: chassis::id::new(),
            period,
            account_id: caller.account_id.clone(),
            registrar: caller.is_registrar(),
            lecturer_id: caller.lecturer_id.clone().filter(|id| caller.is_lecturer(id)).unwrap_or_default(),
            student_id: caller.student_id.clone().filter(|id| caller.is_student(id)).unwrap_or_default(),
            late: matches!(which, Which::LeftOver { .. }),
            started_at: now,
            finished_at: plans.is_empty().then_some(now),
        };
        let ready = if many { self.write(&approval, &plans).await } else { Ok(()) };
        let begun = match ready {
            Ok(()) => self.begin(&approval, &plans, many, scope).await,
            Err(error) => Err(error),
        };
        if many && !matches!(begun, Ok(Answer::Done(_))) {
            self.forget(&approval.id).await;
        }
        let answer = begun?;
        self.wake.notify_one();
        Ok(answer)
    }

    /// Begins it, under its key. `written` says that its plans are there already.
    async fn begin(
        &self,
        approval: &Approval,
        plans: &[(String, i64)],
        written: bool,
        scope: Option<&Scope>,
    ) -> Result<Answer<Progress>, Error> {
        let app = &self.app;
        with_retries::<_, Error, _>(async || {
            let mut tx = match idempotency::open(&app.db, scope, approval.started_at).await? {
                Opened::Fresh(tx) => tx,
                Opened::Replay(answer) => return Ok(Answer::Again(answer)),
            };
            let known = periods::get(&mut tx, approval.period).await?;
            known.filter(|known| known.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
            if written {
                approvals::begin(&mut tx, &approval.id).await?;
            } else {
                approvals::insert(&mut tx, approval, true).await?;
                approvals::add(&mut tx, &approval.id, plans).await?;
            }
            let counts = Counts { total: u32::try_from(plans.len()).unwrap_or(u32::MAX), ..Counts::default() };
            let progress = Progress { approval: approval.clone(), counts };
            let answer = || convert::encoded(&convert::approval(&progress));
            once::commit(tx, scope, answer, approval.started_at).await?;
            Ok(Answer::Done(progress))
        })
        .await
    }

    /// Writes an approval that nobody takes up before [`Self::begin`]: a chunk of its plans to a transaction, so that whoever
    /// else writes comes in between.
    async fn write(&self, approval: &Approval, plans: &[(String, i64)]) -> Result<(), Error> {
        let db = &self.app.db;
        for old in approvals::unbegun(db, approval.started_at - STALE).await? {
            self.forget(&old).await;
        }
        with_retries(async || {
            let mut tx = db.begin().await?;
            approvals::insert(&mut tx, approval, false).await?;
            tx.commit().await.map_err(Error::Db)
        })
        .await?;
        for chunk in plans.chunks(self.chunk()) {
            with_retries(async || {
                let mut tx = db.begin().await?;
                approvals::add(&mut tx, &approval.id, chunk).await?;
                tx.commit().await.map_err(Error::Db)
            })
            .await?;
        }
        Ok(())
    }

    /// Takes back what [`Self::write`] wrote, unless it began. What stays for now goes with a later approval.
    async fn forget(&self, id: &str) {
        let forgotten = with_retries(async || {
            let mut tx = self.app.db.begin().await?;
            approvals::forget(&mut tx, id).await?;
            tx.commit().await.map_err(Error::Db)
        });
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, approval = id, "an approval that never began could not be removed");
        }
    }

    /// What the office has to decide because everybody else's time has passed, as of one moment: student and version.
    async fn left_over(
        &self,
        period: PeriodCode,
        programme_id: &str,
        now: Timestamp,
    ) -> Result<Vec<(String, i64)>, Error> {
        let mut tx = self.app.db.snapshot().await?;
        let period = periods::get(&mut tx, period).await?;
        let period = period.filter(|known| known.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
        let nobody = Belongs::default();
        let mut found = Vec::new();
        for chunk in plans::unsettled(&mut tx, period.code, programme_id).await?.chunks(self.chunk()) {
            let ids: Vec<_> = chunk.iter().map(|plan| plan.student_id.clone()).collect();
            let known = students::known_of(&mut tx, &ids, period.code).await?;
            for plan in chunk {
                let belongs = known.get(&plan.student_id).map_or(&nobody, |known| &known.belongs);
                let gate = |kind| gate(&period.windows, kind, belongs, now);
                let (krs, approval) = (gate(WindowKind::Krs), gate(WindowKind::KrsApproval));
                if revision::left_over(&plan.stage()?, &krs, &approval, &gate(WindowKind::Revision)).is_ok() {
                    found.push((plan.student_id.clone(), plan.version));
                }
            }
        }
        Ok(found)
    }

    fn chunk(&self) -> usize {
        usize::try_from(self.limits.chunk.max(1)).unwrap_or(usize::MAX)
    }

    /// How far an approval is.
    ///
    /// # Errors
    /// `Absent` for whoever did not start it and is no registrar.
    pub async fn progress(&self, caller: &Caller, id: &str) -> Result<Progress, Error> {
        let mut tx = self.app.db.snapshot().await?;
        let approval = approvals::get(&mut tx, id).await?;
        let approval = approval.filter(|found| access::read_approval(caller, &found.account_id) == Verdict::Allowed);
        let approval = approval.ok_or(Error::Absent("approval"))?;
        let counts = approvals::counts(&mut tx, id).await?;
        Ok(Progress { approval, counts })
    }

    /// Works on what is running, until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let (wake, tick) = (self.wake.clone(), self.limits.pace.tick);
        rounds::work(self, wake, tick, stop).await;
    }

    /// Decides about the next plans of one approval.
    async fn part(&self) -> Result<Round, Error> {
        let app = &self.app;
        let now = app.clock.now();
        if !approvals::is_any_left(&app.db, now).await? {
            return Ok(Round::Nothing);
        }
        let mut tx = app.db.begin().await?;
        let until = self.limits.pace.until(now);
        let Some(approval) = approvals::take_up(&mut tx, now, until).await? else { return Ok(Round::Nothing) };
        tx.commit().await?;
        let plans = approvals::undecided(&app.db, &approval.id, i64::from(self.limits.round)).await?;
        let caller = caller(&approval);
        let ids: Vec<_> = plans.iter().map(|(student, _)| student.clone()).collect();
        let owners = students::owners(&app.db, &ids, &approval.lecturer_id, now).await?;
        let decisions = plans.into_iter().map(async |(student, version)| {
            let decision = self.decide(&approval, &caller, owners.get(&student), &student, version).await;
            (student, decision)
        });
        let decisions = join_all(decisions).await;
        let later = decisions.iter().any(|(_, decision)| decision.is_none());
        let decided: Vec<_> =
            decisions.into_iter().filter_map(|(student, decision)| Some((student, decision?))).collect();
        metrics::counter!("approvals.plans").increment(u64::try_from(decided.len()).unwrap_or(0));
        with_retries(async || {
            let mut tx = app.db.begin().await?;
            approvals::decide(&mut tx, &approval.id, &decided).await?;
            approvals::lay_down(&mut tx, &approval.id, app.clock.now()).await?;
            tx.commit().await.map_err(Error::Db)
        })
        .await?;
        Ok(if later { Round::Later } else { Round::Done })
    }

    /// Approves one plan, or says why not. `None` when it may work a moment later.
    async fn decide(
        &self,
        approval: &Approval,
        caller: &Caller,
        owner: Option<&students::Owner>,
        student_id: &str,
        version: i64,
    ) -> Option<Decision> {
        let whose = decider::owner_of(student_id, owner);
        let verdict = if owner.is_some() { access::decide_plan(caller, whose) } else { Verdict::Absent };
        let result = match verdict {
            Verdict::Allowed => self.approve(approval, caller, decider::role(caller, whose), student_id, version).await,
            Verdict::Denied => Err(Error::Denied),
            Verdict::Absent => Err(Error::Absent("student")),
        };
        decision(&approval.id, result)
    }

    async fn approve(
        &self,
        approval: &Approval,
        caller: &Caller,
        role: ActorRole,
        student_id: &str,
        version: i64,
    ) -> Result<(), Error> {
        // Stored with the approval itself: whoever comes to this plan again learns that it was this one.
        let key = format!("{}/{student_id}", approval.id);
        let scope = Scope::new(&approval.account_id, "bulk-approval", key, &version.to_be_bytes())?;
        let order = Order {
            student_id: student_id.to_owned(),
            period: approval.period,
            command: Command::Approve { version, late: approval.late },
            actor: decider::actor(caller, role),
            scope: Some(scope),
        };
        self.app.registrar.submit(order).await.map(drop)
    }
}

/// What became of a plan: approved, or why not.
type Decision = Result<(), Vec<Refusal>>;

/// What an order's end means for its plan; `None` when it may work a moment later.
///
/// A plan that is another one by now is told as `Stale` itself. As a fault that word means a whole batch that others pushed
/// aside again and again: nobody has changed the plan.
fn decision(approval_id: &str, result: Result<(), Error>) -> Option<Decision> {
    let fault = match result {
        Ok(()) => return Some(Ok(())),
        Err(Error::Raced) => return None,
        Err(Error::Fault(fault)) if fault.kind() == Kind::Stale => return None,
        Err(error) => Fault::from(error),
    };
    match fault.kind() {
        Kind::Unavailable | Kind::TooSlow | Kind::InFlight | Kind::TooFast => None,
        Kind::Refused => Some(Err(fault.refusals().to_vec())),
        kind => {
            if kind == Kind::Internal {
                tracing::error!(%fault, approval = approval_id, "a plan of a bulk approval could not be decided");
            }
            Some(Err(vec![Refusal::new(fault.reason().to_owned())]))
        }
    }
}

/// Whoever started the approval, as far as it decides about plans. Roles are those of then: this service learns of later
/// ones only by a token.
fn caller(approval: &Approval) -> Caller {
    let some = |id: &String| Some(id.clone()).filter(|id| !id.is_empty());
    let (student_id, lecturer_id) = (some(&approval.student_id), some(&approval.lecturer_id));
    let held = [
        (roles::REGISTRAR, approval.registrar),
        (roles::LECTURER, lecturer_id.is_some()),
        (roles::STUDENT, student_id.is_some()),
    ];
    let role = |(name, holds): (&str, bool)| holds.then(|| Role { name: name.to_owned(), scope: None });
    Caller {
        account_id: approval.account_id.clone(),
        session_id: String::new(),
        roles: held.into_iter().filter_map(role).collect(),
        student_id,
        lecturer_id,
        auth_time: approval.started_at,
        amr: Vec::new(),
        stale: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Refusal as Rule;

    #[test]
    fn what_may_work_a_moment_later_is_not_decided() {
        let unavailable = Fault::unavailable(chassis::reasons::OVERLOADED, None);
        // As the registrar tells every order of a batch that was pushed aside.
        let pushed_aside = Error::Fault(Fault::from(Error::Raced));
        let later: [Error; 4] = [Error::Raced, pushed_aside, unavailable.into(), Fault::too_slow().into()];
        for error in later {
            let told = error.to_string();
            assert_eq!(decision("a", Err(error)), None, "{told}");
        }
        let words = |decided: Option<Decision>| {
            let refusals = decided.expect("decided").expect_err("refused");
            refusals.into_iter().map(|refusal| refusal.reason.into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(decision("a", Ok(())), Some(Ok(())));
        assert_eq!(words(decision("a", Err(Error::Stale))), ["version-stale"], "somebody changed the plan");
        assert_eq!(words(decision("a", Err(Error::Refused(vec![Rule::PlanEmpty])))), ["plan-empty"]);
        assert_eq!(words(decision("a", Err(Error::Absent("student")))), ["not-found"]);
    }
}
