//! Reading plans: the plan itself, and the classes with every reason why they cannot be taken.

use std::sync::Arc;

use chassis::page::Page;

use crate::app::App;
use crate::app::catalogue::{Entry, Filter, Position};
use crate::app::situation::{PlanView, Situation};
use crate::error::Error;
use crate::model::Class;
use crate::rules::period::PeriodCode;
use crate::rules::plan::ClassFacts;
use crate::rules::seats::Seats;
use crate::rules::swap::in_the_way;
use crate::rules::waiting::{InLine, may_join};
use crate::rules::{Refusal, plan};

/// A class as one student sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The class.
    pub class: Arc<Class>,
    /// Live seats.
    pub seats: Seats,
    /// In the plan already.
    pub in_plan: bool,
    /// Why it cannot be taken now; empty when it can, or when it is in the plan.
    pub refusals: Vec<Refusal>,
    /// Class of the plan that could be given back for it in one step; none when there is no such class.
    pub swap_class_id: Option<String>,
    /// Full, and the student may join its waiting list, in place of the class of its course in the plan if there is one.
    pub may_wait: bool,
    /// Place on its waiting list, from 1; 0 when not in line.
    pub place: u32,
    /// Its SKS count towards the ceiling, or would.
    pub counted: bool,
}

/// The plan of a student. `planned` says whether the reader knows of periods that have not begun, `decides` whether the
/// reader decides about the plan.
pub async fn plan(
    app: &App,
    student_id: &str,
    period: PeriodCode,
    planned: bool,
    decides: bool,
) -> Result<PlanView, Error> {
    Ok(app.readings.situation(student_id, period, planned).await?.view(decides))
}

/// Classes of a period as one student sees them, a page of them with the cursor of the next.
pub async fn list(
    app: &App,
    student_id: &str,
    period: PeriodCode,
    planned: bool,
    query: &Query,
) -> Result<(Vec<Choice>, String), Error> {
    let situation = app.readings.situation(student_id, period, planned).await?;
    let shelf = app.catalogue.shelf(period).await?;
    let wanted = usize::try_from(query.page.limit()).unwrap_or(usize::MAX);
    let mut rows: Vec<_> = shelf
        .select(&query.filter, query.page.after.as_ref())
        .filter_map(|entry| {
            let seats = entry.seats();
            let in_plan = situation.facts.has(&entry.class.id);
            let refusals = match plan::may_add(&situation.facts, &entry.facts, &seats) {
                Err(refusals) if !in_plan => refusals,
                _ => Vec::new(),
            };
            (!query.takeable || (!in_plan && refusals.is_empty())).then_some((entry, seats, in_plan, refusals))
        })
        .take(wanted)
        .collect();
    let next = query.page.cut(&mut rows, query.filter_hash, |(entry, ..)| entry.position.clone());
    let choice = |(entry, seats, in_plan, refusals): (&Entry, Seats, _, Vec<Refusal>)| Choice {
        class: entry.class.clone(),
        swap_class_id: in_the_way(&situation.facts, &entry.facts, &seats, &refusals).map(str::to_owned),
        may_wait: may_wait(&situation, &entry.facts, &seats),
        counted: situation.facts.is_counted(&entry.facts),
        seats,
        in_plan,
        refusals,
        place: situation.waits_for(&entry.class.id).map_or(0, |waits| waits.entry.ahead.saturating_add(1)),
    };
    Ok((rows.into_iter().map(choice).collect(), next))
}

/// Whether the student may join the line of a class now.
fn may_wait(situation: &Situation, class: &ClassFacts, seats: &Seats) -> bool {
    if seats.bucket_for(&situation.facts.belongs, situation.facts.now).is_ok() {
        // Most classes, and nobody waits for them.
        return false;
    }
    let same_course = situation.facts.plan.iter().find(|other| other.course_id == class.course_id);
    let found = InLine {
        here: situation.waits_for(&class.class_id).is_some(),
        lines: situation.waits.len(),
        limit: situation.registration.waiting_limit,
    };
    let instead_of = same_course.map(|other| other.class_id.as_str());
    may_join(&situation.facts, class, seats, instead_of, found).is_ok()
}

/// What is asked of the list of choices.
#[derive(Debug, Clone)]
pub struct Query {
    /// Which classes.
    pub filter: Filter,
    /// Only those that can be taken now.
    pub takeable: bool,
    /// Which page.
    pub page: Page<Position>,
    /// What a cursor of this list is bound to.
    pub filter_hash: u64,
}
