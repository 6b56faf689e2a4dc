//! The ranked wishes of students, for periods whose seats are given by an allocation.

use std::collections::HashMap;
use std::sync::Arc;

use chassis::error::FieldFault;
use chassis::once::with_retries;

use crate::app::App;
use crate::app::situation;
use crate::error::Error;
use crate::model::Class;
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::allocation::{self, AllocationState};
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::SeatPolicy;
use crate::rules::seats::Seats;
use crate::store::{allocations, classes, periods, wishes};

/// A class that is wished for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The class.
    pub class: Arc<Class>,
    /// Live seats.
    pub seats: Seats,
    /// From 1.
    pub rank: u32,
    /// How many wish for it, on any rank.
    pub wishers: u32,
    /// Why it could not be given now, were it the student's turn.
    pub refusals: Vec<Refusal>,
}

/// The wishes of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// Best first.
    pub wishes: Vec<Wish>,
    /// Version; 0 while there are none.
    pub version: i64,
    /// Why they cannot be changed now.
    pub refusals: Vec<Refusal>,
    /// How many there may be.
    pub limit: u32,
    /// How far the allocation is; `None` in a period whose seats are given otherwise.
    pub allocation: Option<AllocationState>,
}

/// Wishes as a student writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// Classes, best first, each once.
    pub class_ids: Vec<String>,
    /// The version that was read.
    pub version: i64,
}

/// The wishes of a student, with what the rules say to each. `planned` says whether the reader knows of periods that have not
/// begun, `limit` how many wishes there may be.
///
/// # Errors
/// `Absent` for a period that the reader does not know of.
pub async fn get(app: &App, student_id: &str, period: PeriodCode, planned: bool, limit: u32) -> Result<Wishes, Error> {
    let situation = app.readings.situation(student_id, period, planned).await?;
    let mut tx = app.db.snapshot().await?;
    let (version, class_ids) = wishes::get(&mut tx, student_id, period).await?;
    let wishers = if class_ids.is_empty() { HashMap::new() } else { wishes::wishers(&mut tx, &class_ids).await? };
    let started = allocations::get(&mut tx, period).await?;
    drop(tx);
    let shelf = app.catalogue.shelf(period).await?;
    let facts = &situation.facts;
    let wish = |(class_id, rank): (&String, u32)| {
        let entry = shelf.get(class_id)?;
        let seats = entry.seats();
        let refusals = allocation::may_be_given(facts, &entry.facts, &seats).err().unwrap_or_default();
        let wishers = wishers.get(class_id).copied().unwrap_or_default();
        Some(Wish { class: entry.class.clone(), seats, rank, wishers, refusals })
    };
    let by_wishes = facts.seat_policy == SeatPolicy::Allocation || started.is_some();
    Ok(Wishes {
        student_id: student_id.to_owned(),
        period,
        wishes: class_ids.iter().zip(1..).filter_map(wish).collect(),
        version,
        refusals: allocation::wish_refusals(facts, started.as_ref().map(|started| started.started_at)),
        limit,
        allocation: by_wishes.then(|| started.map_or_else(AllocationState::default, |started| started.state)),
    })
}

/// Replaces the wishes of a student, if `draft.version` is the one that is there.
///
/// # Errors
/// `Absent` for a period that is not there for students; `Refused` when wishes cannot be changed now; `Stale`; `Fields` for a
/// class that is not offered in the period.
pub async fn put(app: &App, draft: &Draft) -> Result<(), Error> {
    let Draft { student_id, period, class_ids, version } = draft;
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        // No allocation is started meanwhile, and no class goes.
        let known = periods::lock_shared(&mut tx, *period).await?;
        let known = known.filter(|known| known.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
        let started = allocations::get(&mut tx, *period).await?;
        let situation = situation::load(&mut tx, &app.policy, student_id, &known, None, now).await?;
        let refusals = allocation::wish_refusals(&situation.facts, started.map(|started| started.started_at));
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        if wishes::lock(&mut tx, student_id, *period, now).await? != *version {
            return Err(Error::Stale);
        }
        let found = if class_ids.is_empty() { Vec::new() } else { classes::by_ids(&mut tx, class_ids).await? };
        let is_offered = |id: &String| found.iter().any(|class| class.id == *id && class.period == *period);
        let fault =
            |n| FieldFault::new(format!("class_ids[{n}]"), reasons::UNKNOWN_CLASS, "no such class in the period");
        let unknown = class_ids.iter().enumerate().filter(|(_, id)| !is_offered(id));
        let faults: Vec<_> = unknown.map(|(n, _)| fault(n)).collect();
        if !faults.is_empty() {
            return Err(Error::Fields(faults));
        }
        wishes::replace(&mut tx, student_id, *period, class_ids, version + 1, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}
