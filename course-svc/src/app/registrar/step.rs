//! What a command looks at, and what it changes: values on both sides.

use std::collections::HashMap;

use super::{Command, Order};
use super::{add_class, approve_plan, drop_class, open_plan, return_plan, revise_plan, submit_plan, swap_class};
use super::{void_plan, withdraw_plan};
use crate::app::situation::{Offered, Situation};
use crate::error::Error;
use crate::rules::Refusal;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, Stage};
use crate::store::plan_steps::ActorRole;

/// What a command is decided over: everything as the orders before it left it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    /// The student's plan and all that decides about it.
    pub situation: &'a Situation,
    /// Classes that the batch knows, the locked ones among them.
    pub classes: &'a HashMap<String, Offered>,
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
            Command::Return { version, note } => {
                return_plan::decide(self, *version, note, order.actor.role == ActorRole::Registrar)
            }
            Command::Revise { version } => revise_plan::decide(self, *version),
            Command::Void { version, note } => void_plan::decide(self, *version, note),
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
}

impl Step {
    /// A step that changes no seat.
    pub(super) fn new(deed: Deed, stage: Stage) -> Self {
        let (class_label, note) = Default::default();
        Self { deed, stage, class_label, note, gives: Vec::new(), takes: Vec::new() }
    }

    /// With the class that it is about.
    pub(super) fn about(mut self, class_label: impl Into<String>) -> Self {
        self.class_label = class_label.into();
        self
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

    /// Giving a seat back.
    pub(super) fn giving(mut self, class_id: &str) -> Self {
        self.gives.push(class_id.to_owned());
        self
    }
}

/// A transition that the rules had allowed already.
pub(super) fn allowed(stage: Result<Stage, Refusal>) -> Result<Stage, Error> {
    stage.map_err(|refusal| Error::Refused(vec![refusal]))
}
