//! What a command looks at, and what it changes: values on both sides.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Command, Order};
use super::{
    add_class, allocate, approve_plan, drop_class, expire, join_line, leave_line, open_plan, promote, return_plan,
    revise_plan, submit_plan, swap_class, take_package, void_plan, withdraw_plan,
};
use crate::app::situation::{Offered, Situation};
use crate::error::Error;
use crate::rules::Refusal;
use crate::rules::allocation::Turns;
use crate::rules::period::PeriodCode;
use crate::rules::plan::ClassFacts;
use crate::rules::plan_state::{Deed, Stage};
use crate::rules::seats::Seats;
use crate::rules::waiting::{self, Waiter};
use crate::store::allocations::Settled;

/// What a command is decided over: everything as the orders before it left it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    /// The student's plan and all that decides about it.
    pub situation: &'a Situation,
    /// Classes that the batch knows, the locked ones among them.
    pub classes: &'a HashMap<String, Offered>,
    /// The first of each line that a turn is about.
    pub lines: &'a HashMap<String, Vec<Waiter>>,
    /// The turns of the allocation that are next, while one runs and somebody asks.
    pub turns: Option<&'a Turns>,
    /// Period of the plan.
    pub period: PeriodCode,
}

impl Case<'_> {
    /// What an order changes, or why it may not.
    pub(super) fn decide(&self, order: &Order) -> Result<Option<Step>, Error> {
        match &order.command {
            Command::Open => open_plan::decide(self),
            Command::Add { class_id } => add_class::decide(self, class_id),
            Command::Drop { class_id } => drop_class::decide(self, class_id),
            Command::Swap { drop, add } => swap_class::decide(self, drop, add),
            Command::Submit { version } => submit_plan::decide(self, *version),
            Command::Withdraw { version } => withdraw_plan::decide(self, *version),
            Command::Approve { version, late } => approve_plan::decide(self, *version, *late),
            Command::Return { version, note, by_office } => return_plan::decide(self, *version, note, *by_office),
            Command::Revise { version } => revise_plan::decide(self, *version),
            Command::Void { version, note } => void_plan::decide(self, *version, note),
            Command::Join { class_id, instead_of } => join_line::decide(self, class_id, instead_of.as_deref()),
            Command::Leave { class_id } => leave_line::decide(self, class_id),
            Command::Promote { class_id, instead_of } => promote::decide(self, class_id, instead_of.as_deref()),
            Command::Expire { class_id } => expire::decide(self, class_id),
            Command::TakePackage(package) => take_package::decide(self, package.as_ref()),
            Command::Allocate(turn) => allocate::decide(self, turn),
        }
    }

    /// Refuses what was decided over another version than this one.
    pub(super) fn expect(&self, version: i64) -> Result<(), Error> {
        let known = self.situation.plan.as_ref().map_or(0, |plan| plan.version);
        if known == version { Ok(()) } else { Err(Error::Stale) }
    }

    /// A class of the period that the command named.
    pub(super) fn offered(&self, class_id: &str) -> Result<&Offered, Error> {
        let offered = self.classes.get(class_id).filter(|offered| offered.class.period == self.period);
        offered.ok_or(Error::Absent("class"))
    }

    /// Whether the student is the next in line for a seat that is there.
    pub(super) fn has_turn(&self, class: &Offered) -> bool {
        let line = self.lines.get(&class.facts.class_id).map(Vec::as_slice).unwrap_or_default();
        let turns = waiting::turns(class.facts.open, &class.seats, line, self.situation.facts.now);
        // The first of them: a turn before this one may change what is left.
        turns.first().is_some_and(|next| next.student_id == self.situation.student_id)
    }

    /// Classes of the plan that are only wished for, with their seats.
    pub(super) fn wished(&self) -> Vec<&Offered> {
        self.situation.wished_ids().filter_map(|id| self.classes.get(id)).collect()
    }

    /// How a step names a class that comes, and the one that goes for it.
    pub(super) fn label(&self, gone: Option<&str>, come: &str) -> String {
        let in_plan = |id: &str| self.situation.facts.plan.iter().find(|class| class.class_id == id);
        match gone.and_then(in_plan) {
            Some(gone) => format!("{} > {come}", gone.label),
            None => come.to_owned(),
        }
    }

    /// Where the plan is.
    pub(super) fn stage(&self) -> Stage {
        self.situation.facts.stage.clone()
    }
}

/// What an allowed command changes: the plan goes to its next version, and its history has one entry more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What was done.
    pub deed: Deed,
    /// Where the plan is now.
    pub stage: Stage,
    /// The class of an add or drop, as people call it, both of a swap; else empty.
    pub class_label: String,
    /// Note of the step; empty when there is none.
    pub note: String,
    /// Classes of the plan whose seats are given back.
    pub gives: Vec<String>,
    /// Classes in which seats are taken, afterwards.
    pub takes: Vec<String>,
    /// Classes whose waiting lists the student is on no longer.
    pub leaves: Vec<String>,
    /// Class whose waiting list the student joins, afterwards, and the class that is given back when the seat comes.
    pub joins: Option<(String, Option<String>)>,
    /// What the student is told about it.
    pub notice: Option<Notice>,
    /// The turn of an allocation that it settles. One that gives nothing changes nothing of the plan.
    pub turn: Option<Settled>,
    /// As of when a seat is chosen among those that are kept for some; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// What a student is told about a place in line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What became of it.
    pub kind: NoticeKind,
    /// Which class.
    pub class_id: String,
    /// How people call it.
    pub label: String,
    /// Every rule that said no; only when the student was passed over.
    pub refusals: Vec<Refusal>,
    /// The class that was given back for it, as people call it; else empty.
    pub instead_of: String,
}

impl Notice {
    /// A notice without anything more to say.
    pub(super) fn new(kind: NoticeKind, class_id: &str, label: &str) -> Self {
        let (class_id, label) = (class_id.to_owned(), label.to_owned());
        Self { kind, class_id, label, refusals: Vec::new(), instead_of: String::new() }
    }
}

/// What became of a place in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The seat is the student's.
    Promoted,
    /// The turn came, and rules said no.
    Passed,
    /// The last window is over.
    Expired,
}

impl Step {
    /// A step that changes no seat.
    pub(super) fn new(deed: Deed, stage: Stage) -> Self {
        let (class_label, note) = Default::default();
        let (gives, takes, leaves) = Default::default();
        Self {
            deed,
            stage,
            class_label,
            note,
            gives,
            takes,
            leaves,
            joins: None,
            notice: None,
            turn: None,
            as_of: None,
        }
    }

    /// Whether the student gives a class back.
    pub(super) fn is_given_back(&self) -> bool {
        matches!(self.deed, Deed::Drop | Deed::Swap)
    }

    /// With the class that it is about.
    pub(super) fn about(mut self, class_label: impl Into<String>) -> Self {
        self.class_label = class_label.into();
        self
    }

    /// Taking the seats of what was only wished for.
    pub(super) fn seating(self, wished: &[&Offered]) -> Self {
        let ids = wished.iter().map(|class| class.facts.class_id.as_str());
        ids.fold(self, |step, id| step.giving(id).taking(id))
    }

    /// With a note.
    pub(super) fn saying(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Taking a seat.
    pub(super) fn taking(mut self, class_id: &str) -> Self {
        self.takes.push(class_id.to_owned());
        self
    }

    /// Joining a waiting list.
    pub(super) fn joining(mut self, class_id: &str, instead_of: Option<&str>) -> Self {
        self.joins = Some((class_id.to_owned(), instead_of.map(str::to_owned)));
        self
    }

    /// Being on a waiting list no longer.
    pub(super) fn leaving(mut self, class_id: &str) -> Self {
        self.leaves.push(class_id.to_owned());
        self
    }

    /// Telling the student.
    pub(super) fn telling(mut self, notice: Notice) -> Self {
        self.notice = Some(notice);
        self
    }

    /// Giving a seat back.
    pub(super) fn giving(mut self, class_id: &str) -> Self {
        self.gives.push(class_id.to_owned());
        self
    }
}

/// Classes with their seats, for the rules.
pub(super) fn seats_of<'a>(classes: &[&'a Offered]) -> impl Iterator<Item = (&'a ClassFacts, &'a Seats)> {
    classes.iter().map(|class| (&*class.facts, &class.seats))
}

/// A transition that the rules had allowed already.
pub(super) fn allowed(stage: Result<Stage, Refusal>) -> Result<Stage, Error> {
    stage.map_err(|refusal| Error::Refused(vec![refusal]))
}
