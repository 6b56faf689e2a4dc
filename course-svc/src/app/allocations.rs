//! The allocation of a period's seats: begun by the registrar, worked on by every replica, until it is over for everybody.
//!
//! A worker takes one up for some turns of its round and gives them to the door of the plans ([`crate::app::registrar`]), in
//! their order. What a turn gives is written together with how far the allocation is, under the lock of its row: two workers
//! that ask for the same turn, or one that goes on where another was killed, settle it once and in its order. What could not be
//! settled now is asked for again.

use std::sync::Arc;

use chassis::auth::Caller;
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::registrar::{Command, Order, Turn};
use crate::app::rounds::{self, Pace, Round, Worker};
use crate::app::{App, seed};
use crate::error::Error;
use crate::grpc::convert;
use crate::rules::allocation::{self, AllocationState};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::SeatPolicy;
use crate::rules::shuffle::shuffled;
use crate::store::allocations::{self, Allocation};
use crate::store::plan_steps::Actor;
use crate::store::{periods, wishes};

/// How much is wished and allocated at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wishes of one student in a period.
    pub wishes: u32,
    /// Turns that are given to the registrar at once.
    pub turns: u32,
    /// How the turns are shared with other replicas.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wishes: 30, turns: 256, pace: Pace::default() }
    }
}

/// Allocations of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Allocations {
    app: App,
    /// How much.
    pub limits: Limits,
    wake: Arc<Notify>,
}

/// An allocation as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Period.
    pub period: PeriodCode,
    /// How far it is; `None` in a period whose seats are given otherwise.
    pub state: Option<AllocationState>,
    /// Itself, once it was started.
    pub started: Option<Allocation>,
    /// Students with wishes, and their wishes.
    pub wishes: (u32, u32),
}

impl View {
    fn of(started: Allocation) -> Self {
        let (period, state, wishes) = (started.period, Some(started.state), (started.students, started.wishes));
        Self { period, state, started: Some(started), wishes }
    }
}

impl Worker for Allocations {
    const WHAT: &'static str = "allocations";

    async fn round(&mut self) -> Result<Round, Error> {
        self.part().await
    }
}

impl Allocations {
    /// Nothing works until somebody runs [`Allocations::work`].
    pub fn new(app: App, limits: Limits) -> Self {
        Self { app, limits, wake: Arc::default() }
    }

    /// Freezes the wishes of a period and draws everybody's place; the seats are given afterwards. An empty seed lets the
    /// service draw one, now, so that nobody could have wished by it.
    ///
    /// # Errors
    /// `Absent` when there is no such period; `Refused` when it is not active, gives its seats otherwise, or was allocated.
    pub async fn start(
        &self,
        caller: &Caller,
        period: PeriodCode,
        seed: &str,
        scope: Option<&Scope>,
    ) -> Result<Answer<View>, Error> {
        let app = &self.app;
        let answer = with_retries::<_, Error, _>(async || {
            let now = app.clock.now();
            let mut tx = match idempotency::open(&app.db, scope, now).await? {
                Opened::Fresh(tx) => tx,
                Opened::Replay(answer) => return Ok(Answer::Again(answer)),
            };
            // Who changes wishes at this moment is waited for, and nobody does so afterwards.
            let known = periods::lock(&mut tx, period).await?.ok_or(Error::Absent("period"))?;
            let before = allocations::get(&mut tx, period).await?;
            allocation::may_start(&known, before.map(|before| before.started_at)).map_err(Error::Refused)?;
            let seed = if seed.is_empty() { seed::drawn()? } else { seed.to_owned() };
            let students = shuffled(&seed, wishes::students(&mut tx, period).await?);
            let (wishing, wishes) = wishes::count(&mut tx, period).await?;
            let is_over = students.is_empty();
            let started = Allocation {
                period,
                state: if is_over { AllocationState::Done } else { AllocationState::Running },
                seed,
                account_id: caller.account_id.clone(),
                started_at: now,
                finished_at: is_over.then_some(now),
                students: wishing,
                wishes,
                round: 1,
                settled: 0,
                granted: 0,
            };
            allocations::insert(&mut tx, &started, &students).await?;
            let view = View::of(started);
            once::commit(tx, scope, || convert::encoded(&convert::allocation(&view)), now).await?;
            Ok(Answer::Done(view))
        })
        .await?;
        self.wake.notify_one();
        Ok(answer)
    }

    /// How far the allocation of a period is. `planned` says whether the reader knows of periods that have not begun.
    ///
    /// # Errors
    /// `Absent` when there is no such period for the reader.
    pub async fn view(&self, period: PeriodCode, planned: bool) -> Result<View, Error> {
        let mut tx = self.app.db.snapshot().await?;
        let known = periods::get(&mut tx, period).await?;
        let known = known.filter(|known| planned || known.state != PeriodState::Planned);
        let known = known.ok_or(Error::Absent("period"))?;
        if let Some(started) = allocations::get(&mut tx, period).await? {
            return Ok(View::of(started));
        }
        let state = (known.registration.seat_policy == SeatPolicy::Allocation).then_some(AllocationState::Pending);
        Ok(View { period, state, started: None, wishes: wishes::count(&mut tx, period).await? })
    }

    /// Works on what is running, until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let (wake, tick) = (self.wake.clone(), self.limits.pace.tick);
        rounds::work(self, wake, tick, stop).await;
    }

    /// Settles the next turns of one allocation, or goes on to its next round.
    async fn part(&self) -> Result<Round, Error> {
        let app = &self.app;
        let now = app.clock.now();
        if !allocations::is_any_left(&app.db, now).await? {
            return Ok(Round::Nothing);
        }
        let mut tx = app.db.begin().await?;
        let until = self.limits.pace.until(now);
        let Some(period) = allocations::take_up(&mut tx, now, until).await? else { return Ok(Round::Nothing) };
        tx.commit().await?;
        let orders = self.orders(period).await?;
        let (part, round) = match orders {
            Orders::Turns(orders) => (self.give(orders).await, None),
            Orders::Round(round) => (Round::Done, round),
        };
        with_retries(async || {
            let mut tx = app.db.begin().await?;
            if let Some(round) = round {
                allocations::advance(&mut tx, period, round, app.clock.now()).await?;
            }
            allocations::lay_down(&mut tx, period).await?;
            tx.commit().await.map_err(Error::Db)
        })
        .await?;
        Ok(part)
    }

    /// The turns that are next; the round, when all of its turns are settled.
    async fn orders(&self, period: PeriodCode) -> Result<Orders, Error> {
        let limit = usize::try_from(self.limits.turns).unwrap_or(usize::MAX);
        let mut tx = self.app.db.snapshot().await?;
        let Some((turns, places)) = allocations::next(&mut tx, period, limit, false).await? else {
            return Ok(Orders::Round(None));
        };
        if places.is_empty() {
            return Ok(Orders::Round(Some(turns.round)));
        }
        let students: Vec<_> = places.iter().map(|(_, student_id)| student_id.clone()).collect();
        let mut left = wishes::open(&mut tx, period, &students).await?;
        let order = |(place, student_id): (u32, String)| {
            let turn = Turn { round: turns.round, place, wishes: left.remove(&student_id).unwrap_or_default() };
            Order { student_id, period, command: Command::Allocate(turn), actor: Actor::SYSTEM, scope: None }
        };
        Ok(Orders::Turns(places.into_iter().map(order).collect()))
    }

    /// Gives turns to the registrar, in their order. Where one is not settled, none of those after it is.
    async fn give(&self, orders: Vec<Order>) -> Round {
        metrics::counter!("allocation.turns").increment(u64::try_from(orders.len()).unwrap_or(0));
        let outcomes = join_all(orders.into_iter().map(|order| self.app.registrar.submit(order))).await;
        let Some(error) = outcomes.into_iter().find_map(Result::err) else { return Round::Done };
        match error {
            Error::Raced => tracing::warn!("turns of an allocation are settled by somebody else at the same time"),
            error => tracing::error!(%error, "a turn of an allocation could not be settled; it is tried again"),
        }
        Round::Later
    }
}

/// What is to be done next.
enum Orders {
    /// These turns.
    Turns(Vec<Order>),
    /// No turn is left of this round; `None` when the allocation is done.
    Round(Option<u32>),
}
