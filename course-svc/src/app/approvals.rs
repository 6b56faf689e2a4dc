//! Bulk approvals: begun by a request, worked on by every replica, until each plan is decided.
//!
//! A worker takes one up for one round: it asks about each plan of the round whether the account may still decide about it,
//! gives the approvals to the registrar at once, and writes what became of each. Two workers that meet at the same plan, or
//! one that takes up what another left behind, approve it once: the order carries a key of its own, which the registrar
//! stores with the approval. What may succeed a moment later (a full queue, a database that is away) stays undecided.

use std::sync::Arc;

use chassis::auth::{Caller, Role, roles};
use chassis::db::Tx;
use chassis::error::{Fault, Kind, Refusal};
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::registrar::{Command, Order};
use crate::app::rounds::{self, Round, TICK, Worker};
use crate::app::{App, decider};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Period;
use crate::rules::access::{self, Verdict};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::revision;
use crate::rules::window::{Belongs, WindowKind, gate};
use crate::store::approvals::{self, Approval, Counts};
use crate::store::plan_steps::ActorRole;
use crate::store::{periods, plans, students};

/// After this nobody believes any more that whoever took an approval up is still at it.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Students of one look-up when the office takes what is left over.
const CHUNK: usize = 500;

/// How much is approved at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Plans that one request may name.
    pub plans: u32,
    /// Plans of one round.
    pub round: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { plans: 1000, round: 64 }
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
        let app = &self.app;
        let answer = with_retries::<_, Error, _>(async || {
            let now = app.clock.now();
            let mut tx = match idempotency::open(&app.db, scope, now).await? {
                Opened::Fresh(tx) => tx,
                Opened::Replay(answer) => return Ok(Answer::Again(answer)),
            };
            let known = periods::get(&mut tx, period).await?;
            let known = known.filter(|known| known.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
            let plans = match which {
                Which::Named(plans) => plans.clone(),
                Which::LeftOver { programme_id } => left_over(&mut tx, &known, programme_id, now).await?,
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
            approvals::insert(&mut tx, &approval, &plans).await?;
            let counts = Counts { total: u32::try_from(plans.len()).unwrap_or(u32::MAX), ..Counts::default() };
            let progress = Progress { approval, counts };
            once::commit(tx, scope, || convert::encoded(&convert::approval(&progress)), now).await?;
            Ok(Answer::Done(progress))
        })
        .await?;
        self.wake.notify_one();
        Ok(answer)
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
        let wake = self.wake.clone();
        rounds::work(self, wake, TICK, stop).await;
    }

    /// Decides about the next plans of one approval.
    async fn part(&self) -> Result<Round, Error> {
        let app = &self.app;
        let now = app.clock.now();
        if !approvals::is_any_left(&app.db, now).await? {
            return Ok(Round::Nothing);
        }
        let mut tx = app.db.begin().await?;
        let Some(approval) = approvals::take_up(&mut tx, now, now + LEASE).await? else { return Ok(Round::Nothing) };
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
        let fault = match result {
            Ok(()) => return Some(Ok(())),
            Err(error) => Fault::from(error),
        };
        match fault.kind() {
            Kind::Unavailable | Kind::TooSlow | Kind::InFlight | Kind::TooFast => None,
            Kind::Refused => Some(Err(fault.refusals().to_vec())),
            kind => {
                if kind == Kind::Internal {
                    tracing::error!(%fault, approval = approval.id, "a plan of a bulk approval could not be decided");
                }
                Some(Err(vec![Refusal::new(fault.reason().to_owned())]))
            }
        }
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

/// What the office has to decide because everybody else's time has passed: student and version.
async fn left_over(
    tx: &mut Tx,
    period: &Period,
    programme_id: &str,
    now: Timestamp,
) -> Result<Vec<(String, i64)>, Error> {
    let nobody = Belongs::default();
    let mut found = Vec::new();
    for chunk in plans::unsettled(&mut *tx, period.code, programme_id).await?.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(|plan| plan.student_id.clone()).collect();
        let known = students::known_of(&mut *tx, &ids, period.code).await?;
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
