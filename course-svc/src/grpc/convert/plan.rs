//! Study plans: their view, their history, and the advisor's queue.

use std::collections::HashMap;
use std::sync::Arc;

use chassis::error::Fault;
use chassis::text::fold;
use prost::Message;
use proto::course::v1 as pb;

use super::answer::{ceiling, class, refusals, reservations, seat_policy, timestamp, window};
use super::ask::{Faults, SEARCH};
use crate::app::events::Places;
use crate::app::list_plans::PlanRow;
use crate::app::situation::{Item, PlanView, WaitingPlace};
use crate::error::Error;
use crate::model::Class;
use crate::reasons;
use crate::rules::access::Readable;
use crate::rules::credits::Gpa;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, PlanState, Stage};
use crate::rules::seats::{Bucket, Seats};
use crate::store::plan_steps::Step;
use crate::store::plans::Plan;
use crate::store::queue::Filter;

/// Longest note of an advisor, in characters.
const NOTE: usize = 500;

fn plan_state(state: PlanState) -> pb::PlanState {
    match state {
        PlanState::None => pb::PlanState::Unspecified,
        PlanState::Draft => pb::PlanState::Draft,
        PlanState::Submitted => pb::PlanState::Submitted,
        PlanState::Returned => pb::PlanState::Returned,
        PlanState::Approved => pb::PlanState::Approved,
        PlanState::Revising => pb::PlanState::Revising,
        PlanState::Locked => pb::PlanState::Locked,
        PlanState::Void => pb::PlanState::Void,
    }
}

fn state_of(plan: Option<&Plan>) -> i32 {
    plan.map_or(pb::PlanState::Unspecified, |plan| plan_state(plan.stage.state())).into()
}

/// A plan as its page needs it.
pub fn plan_view(view: &PlanView) -> pb::PlanView {
    plan_view_with(view, class)
}

/// A plan as it is kept under an idempotency key: of each class only what may be another a moment later, and its id.
/// [`KeptPlan`] adds the rest.
pub fn slim_plan_view(view: &PlanView) -> pb::PlanView {
    plan_view_with(view, |class, seats| {
        let (id, &Seats { capacity, taken, reserved, waiting, .. }) = (class.id.clone(), seats);
        let reservations = reservations(seats);
        pb::Class { id, capacity, taken, reserved, waiting, reservations, ..Default::default() }
    })
}

/// A kept answer that is to be given again.
#[derive(Debug)]
pub struct KeptPlan(pb::PlanView);

impl KeptPlan {
    /// Reads what was kept.
    ///
    /// # Errors
    /// Internal: it is not a plan.
    pub fn read(kept: &[u8]) -> Result<Self, Fault> {
        pb::PlanView::decode(kept).map(Self).map_err(Fault::internal)
    }

    /// Classes that want a description.
    pub fn class_ids(&self) -> Vec<String> {
        let items = self.0.items.iter().filter_map(|item| item.class.as_ref());
        let waiting = self.0.waiting.iter().filter_map(|place| place.class.as_ref());
        items.chain(waiting).filter(|class| class.course.is_none()).map(|class| class.id.clone()).collect()
    }

    /// The answer as it was given, with what describes its classes. A class that is gone stays an id.
    pub fn complete(mut self, classes: &HashMap<String, Arc<Class>>) -> Vec<u8> {
        let items = self.0.items.iter_mut().filter_map(|item| item.class.as_mut());
        let waiting = self.0.waiting.iter_mut().filter_map(|place| place.class.as_mut());
        for slim in items.chain(waiting).filter(|class| class.course.is_none()) {
            if let Some(found) = classes.get(&slim.id) {
                let reservations = std::mem::take(&mut slim.reservations);
                let pb::Class { capacity, taken, reserved, waiting, .. } = *slim;
                let seats = Seats { reserved, waiting, ..Seats::new(capacity, taken) };
                *slim = pb::Class { reservations, ..class(found, &seats) };
            }
        }
        self.0.encode_to_vec()
    }
}

fn plan_view_with(view: &PlanView, class: impl Fn(&Class, &Seats) -> pb::Class) -> pb::PlanView {
    let item = |item: &Item| pb::PlanItem {
        class: Some(class(&item.class, &item.seats)),
        taken_at: Some(timestamp(item.taken_at)),
        wished: item.bucket == Bucket::Wished,
        uncounted: view.uncounted_ids.contains(&item.class.id),
    };
    let place = |place: &WaitingPlace| {
        let (instead_of_id, instead_of) = place.instead_of.clone().unwrap_or_default();
        pb::WaitingPlace {
            class: Some(class(&place.class, &place.seats)),
            place: place.place,
            waiting: place.seats.waiting,
            joined_at: Some(timestamp(place.joined_at)),
            instead_of_id,
            instead_of,
            expires_at: place.ends_at.map(timestamp),
        }
    };
    let plan = view.plan.as_ref();
    pb::PlanView {
        student_id: view.student_id.clone(),
        period_code: view.period.to_string(),
        state: state_of(plan),
        items: view.items.iter().map(item).collect(),
        credits: view.credits,
        credits_uncounted: view.uncounted,
        ceiling: Some(ceiling(view.ceiling)),
        window: view.window.as_ref().map(window),
        refusals: refusals(&view.refusals),
        flags: refusals(&view.flags),
        version: plan.map_or(0, |plan| plan.version),
        changed_at: plan.map(|plan| timestamp(plan.changed_at)),
        note: plan.map(|plan| plan.stage.note().to_owned()).unwrap_or_default(),
        submit_refusals: refusals(&view.submit_refusals),
        approve_refusals: refusals(&view.approve_refusals),
        revision_window: view.revision_window.as_ref().map(window),
        revise_refusals: refusals(&view.revise_refusals),
        nim: view.known.nim.clone(),
        student_name: view.known.name.clone(),
        advisor_id: view.known.advisor_id.clone(),
        advisor_name: view.known.advisor_name.clone(),
        gpa_hundredths: view.gpa.map(Gpa::hundredths),
        credits_earned: view.credits_earned,
        seat_policy: seat_policy(view.seat_policy).into(),
        waiting: view.waiting.iter().map(place).collect(),
    }
}

/// A plan as other services hear of it.
pub fn plan_snapshot(student_id: &str, period: PeriodCode, stage: &Stage, places: Places) -> pb::PlanSnapshot {
    pb::PlanSnapshot {
        student_id: student_id.to_owned(),
        period_code: period.to_string(),
        state: plan_state(stage.state()).into(),
        class_ids: places.class_ids,
        revision: stage.is_revision(),
        wished_class_ids: places.wished,
    }
}

/// A plan in a list.
pub fn plan_row(row: &PlanRow) -> pb::PlanRowView {
    pb::PlanRowView {
        student_id: row.student_id.clone(),
        nim: row.nim.clone(),
        student_name: row.name.clone(),
        programme_id: row.programme_id.clone(),
        state: state_of(row.plan.as_ref()),
        credits: row.credits,
        ceiling: Some(ceiling(row.ceiling)),
        gpa_hundredths: row.gpa.map(Gpa::hundredths),
        changed_at: row.changed_at().map(timestamp),
        version: row.plan.as_ref().map_or(0, |plan| plan.version),
        flags: refusals(&row.flags),
    }
}

/// How many plans are in a state.
pub fn plan_count((state, plans): &(PlanState, u64)) -> pb::PlanCount {
    pb::PlanCount { state: plan_state(*state).into(), plans: *plans }
}

/// A step of a plan's history.
pub fn plan_step(step: &Step) -> pb::PlanStep {
    let deed = match step.deed {
        Deed::Open => pb::PlanDeed::Open,
        Deed::Add => pb::PlanDeed::Add,
        Deed::Drop => pb::PlanDeed::Drop,
        Deed::Submit => pb::PlanDeed::Submit,
        Deed::Withdraw => pb::PlanDeed::Withdraw,
        Deed::Approve => pb::PlanDeed::Approve,
        Deed::Return => pb::PlanDeed::Return,
        Deed::Lock => pb::PlanDeed::Lock,
        Deed::Import => pb::PlanDeed::Import,
        Deed::Swap => pb::PlanDeed::Swap,
        Deed::Revise => pb::PlanDeed::Revise,
        Deed::Void => pb::PlanDeed::Void,
        Deed::Package => pb::PlanDeed::Package,
        Deed::Join => pb::PlanDeed::Join,
        Deed::Leave => pb::PlanDeed::Leave,
        Deed::Promote => pb::PlanDeed::Promote,
        Deed::Pass => pb::PlanDeed::Pass,
        Deed::Expire => pb::PlanDeed::Expire,
        Deed::Allocate => pb::PlanDeed::Allocate,
    };
    pb::PlanStep {
        version: step.version,
        deed: deed.into(),
        state: plan_state(step.state).into(),
        at: Some(timestamp(step.at)),
        account_id: step.account_id.clone(),
        actor: step.actor.clone(),
        note: step.note.clone(),
        class_label: step.class_label.clone(),
        actor_name: step.actor_name.clone(),
    }
}

/// The note of an advisor who returns a plan.
pub fn plan_note(note: &str) -> Result<String, Error> {
    let mut faults = Faults::default();
    let note = faults.lines("note", note, 1, NOTE);
    faults.finish(Some(note))
}

/// Which plans, of those that the reader may read.
pub fn plan_filter(request: &pb::ListPlansRequest, readable: Readable) -> Result<Filter, Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    faults.text("search", &request.search, 0, SEARCH);
    for (field, id) in [("advisor_id", &request.advisor_id), ("programme_id", &request.programme_id)] {
        faults.text(field, id, 0, 36);
    }
    let wanted = match pb::PlanState::try_from(request.state) {
        Ok(pb::PlanState::Unspecified) => Some(None),
        Ok(pb::PlanState::Draft) => Some(Some(PlanState::Draft)),
        Ok(pb::PlanState::Submitted) => Some(Some(PlanState::Submitted)),
        Ok(pb::PlanState::Returned) => Some(Some(PlanState::Returned)),
        Ok(pb::PlanState::Approved) => Some(Some(PlanState::Approved)),
        Ok(pb::PlanState::Revising) => Some(Some(PlanState::Revising)),
        Ok(pb::PlanState::Locked) => Some(Some(PlanState::Locked)),
        Ok(pb::PlanState::Void) => Some(Some(PlanState::Void)),
        Err(_) => None,
    };
    let wanted = faults.known("state", wanted);
    if request.without_plan && wanted.flatten().is_some() {
        faults.push("without_plan", reasons::UNKNOWN_VALUE, "a student without a plan has no state");
    }
    let state = if request.without_plan { Some(PlanState::None) } else { wanted.flatten() };
    let filter = period.map(|period| Filter {
        readable,
        period,
        state,
        advisor_id: request.advisor_id.clone(),
        programme_id: request.programme_id.clone(),
        search: fold(&request.search),
    });
    faults.finish(filter)
}
