//! What nobody waits for an answer to: turns on waiting lists that a crash, or somebody who is not the registrar, left due, or
//! that come with the time, and places that end with their window.
//!
//! Every replica looks at its start and then every tick; a seat that is kept and a place in line are rows, so nothing is
//! forgotten. That two replicas find the same turn is harmless: the second one's order finds that it is over. A line in which
//! nobody can have the seat now is looked at again when something about it has changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chassis::error::Kind;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::registrar::{Command, Order};
use crate::app::rounds::{self, Round, Worker};
use crate::app::{App, turns};
use crate::error::Error;
use crate::model::Period;
use crate::rules::period::PeriodCode;
use crate::rules::waiting::{self as rules, Waiter, ends_at, is_over, next_change};
use crate::rules::window::WindowKind;
use crate::store::plan_steps::Actor;
use crate::store::waiting::Due;
use crate::store::{self, classes, periods, waiting};

/// Orders that are given at a time.
const ORDERS: usize = 64;
/// Places that are read at a time.
const PAGE: i64 = 1000;
/// After so many ticks everybody who waits is looked at even if no window has closed: somebody may belong elsewhere now, or be
/// known.
const TICKS: u32 = 60;

/// Wakes the look-out before its tick.
#[derive(Debug, Clone, Default)]
pub struct Promotions(Arc<Notify>);

impl Promotions {
    /// A class has a seat more, or takes students again.
    pub fn look(&self) {
        self.0.notify_one();
    }
}

/// Looks until `stop`.
pub(super) async fn work(app: App, tick: Duration, stop: CancellationToken) {
    let wake = app.promotions.0.clone();
    rounds::work(LookOut::new(app), wake, tick, stop).await;
}

/// Who looks.
#[derive(Debug)]
pub struct LookOut {
    app: App,
    seen: Seen,
}

impl LookOut {
    /// It has seen nothing yet.
    pub fn new(app: App) -> Self {
        Self { app, seen: Seen::default() }
    }

    /// Looks once, and waits for what the orders that it gives come to.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look(&mut self) -> Result<(), Error> {
        let every = self.seen.ticks.checked_rem(TICKS) == Some(0);
        self.seen.ticks = self.seen.ticks.wrapping_add(1);
        if every {
            self.seen.lines.clear();
            self.seen.periods.clear();
        }
        look(&self.app, &mut self.seen).await?;
        expire(&self.app, &mut self.seen).await
    }
}

impl Worker for LookOut {
    const WHAT: &'static str = "waiting lists";

    async fn round(&mut self) -> Result<Round, Error> {
        self.look().await?;
        Ok(Round::Nothing)
    }
}

/// Gives the orders of everybody whose turn it is.
async fn look(app: &App, seen: &mut Seen) -> Result<(), Error> {
    let now = app.clock.now();
    let mut due: BTreeMap<String, Due> =
        waiting::due(&app.db).await?.into_iter().map(|due| (due.class_id.clone(), due)).collect();
    seen.lines.retain(|id, seen| due.get(id) == Some(&seen.0) && seen.1.is_none_or(|until| now < until));
    due.retain(|id, _| !seen.lines.contains_key(id));
    let mut periods: BTreeMap<PeriodCode, Vec<String>> = BTreeMap::new();
    for due in due.values() {
        periods.entry(store::period(&due.period_code)?).or_default().push(due.class_id.clone());
    }
    let mut orders = Vec::new();
    for (code, ids) in periods {
        let mut tx = app.db.snapshot().await?;
        let Some(period) = periods::get(&mut tx, code).await? else { continue };
        let classes = classes::by_ids(&mut tx, &ids).await?;
        let kept: Vec<_> = classes.iter().map(|class| (class.id.clone(), &class.seats)).collect();
        let lines = turns::lines(&mut tx, &period, &kept, now).await?;
        for class in &classes {
            let line = lines.get(&class.id).map(Vec::as_slice).unwrap_or_default();
            let turns = rules::turns(class.open, &class.seats, line, now);
            orders.extend(turns.iter().map(|waiter| Order::promote(code, class.id.clone(), waiter)));
            // Who has a turn is looked for again until they had it.
            if let Some(due) = due.remove(&class.id).filter(|_| turns.is_empty()) {
                seen.lines.insert(class.id.clone(), (due, next_change(&period.windows, &class.seats, now)));
            }
        }
    }
    give(app, orders).await;
    Ok(())
}

/// Gives orders and waits for what they come to. Where one is turned away (the queue is full, the database is gone) those
/// after its portion are not given, so that whoever has no time is not asked again and again; who is not served now is found
/// by the next look. Answers whether nobody was turned away.
async fn give(app: &App, orders: Vec<Order>) -> bool {
    for orders in orders.chunks(ORDERS) {
        let outcomes = join_all(orders.iter().map(|order| app.registrar.submit(order.clone()))).await;
        let mut is_taken = true;
        for (order, outcome) in orders.iter().zip(outcomes) {
            match outcome {
                Err(Error::Fault(fault)) if fault.kind() == Kind::Unavailable => is_taken = false,
                Err(Error::Fault(fault)) => {
                    tracing::error!(%fault, student = order.student_id, "a turn on a waiting list failed");
                }
                _ => {}
            }
        }
        if !is_taken {
            return false;
        }
    }
    true
}

/// What was seen at the last look.
#[derive(Debug, Default)]
struct Seen {
    /// Lines in which it was nobody's turn, as they were, by class; until when that can only be otherwise if they change.
    lines: HashMap<String, (Due, Option<Timestamp>)>,
    /// Periods in which nobody's place had ended: their version, and windows that had closed.
    periods: HashMap<PeriodCode, (i64, usize)>,
    ticks: u32,
}

/// Ends the places whose window is over. Everybody is looked at when a window has closed or the period was changed, and
/// once in a while; and again at the next look when somebody was turned away.
async fn expire(app: &App, seen: &mut Seen) -> Result<(), Error> {
    let waited_for = waiting::periods(&app.db).await?;
    seen.periods.retain(|code, _| waited_for.contains(code));
    for code in waited_for {
        let mut tx = app.db.snapshot().await?;
        let Some(period) = periods::get(&mut tx, code).await? else { continue };
        drop(tx);
        let now = app.clock.now();
        let takes = |kind| matches!(kind, WindowKind::Krs | WindowKind::Revision);
        let closed = period.windows.iter().filter(|window| takes(window.kind) && window.closes_at <= now).count();
        let state = (period.version, closed);
        if seen.periods.get(&code) != Some(&state) {
            // Until it is done it is not seen: the next look begins again, with those who are left.
            seen.periods.remove(&code);
            if expire_of(app, &period).await? {
                seen.periods.insert(code, state);
            }
        }
    }
    Ok(())
}

/// Answers whether nobody was turned away.
async fn expire_of(app: &App, period: &Period) -> Result<bool, Error> {
    let mut after = (String::new(), String::new());
    loop {
        let rows = waiting::of_period(&app.db, period.code, (&after.0, &after.1), PAGE).await?;
        let Some((class, waiter)) = rows.last() else { return Ok(true) };
        after = (waiter.student_id.clone(), class.clone());
        let now = app.clock.now();
        let ends_at = |waiter: &Waiter| ends_at(&period.windows, &waiter.belongs);
        let over = rows.into_iter().filter(|(_, waiter)| is_over(period.state, ends_at(waiter), now));
        let order = |(class_id, waiter): (String, Waiter)| {
            let (student_id, command) = (waiter.student_id, Command::Expire { class_id });
            Order { student_id, period: period.code, command, actor: Actor::SYSTEM, scope: None }
        };
        if !give(app, over.map(order).collect()).await {
            return Ok(false);
        }
    }
}
