//! What can be ordered.

use chassis::idempotency::Scope;

use crate::rules::period::PeriodCode;
use crate::rules::waiting::Waiter;
use crate::store::plan_steps::Actor;

/// What somebody wants of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open it. Opening an open plan changes nothing.
    Open,
    /// Take a seat in a class, opening the plan when needed.
    Add {
        /// Which class.
        class_id: String,
    },
    /// Give the seat in a class back.
    Drop {
        /// Which class.
        class_id: String,
    },
    /// Give the seat in one class back and take one in another, in one step: when that is refused, the old seat stays.
    Swap {
        /// Class of the plan that is given back.
        drop: String,
        /// Class that is taken.
        add: String,
    },
    /// Hand it to the advisor.
    Submit {
        /// The version that was read.
        version: i64,
    },
    /// Take it back before it was decided.
    Withdraw {
        /// The version that was read.
        version: i64,
    },
    /// Approve it.
    Approve {
        /// The version that was read.
        version: i64,
        /// By the office, when the windows for it have closed: also a plan that is still being revised.
        late: bool,
    },
    /// Return it to the student.
    Return {
        /// The version that was read.
        version: i64,
        /// What to change.
        note: String,
        /// Whether the caller is of the office, which gives a void plan back; in which role they decide is another question.
        by_office: bool,
    },
    /// Open it for changes once it is approved.
    Revise {
        /// The version that was read.
        version: i64,
    },
    /// Take it back with all its seats.
    Void {
        /// The version that was read.
        version: i64,
        /// Why.
        note: String,
    },
    /// Join the waiting list of a full class, opening the plan when needed.
    Join {
        /// Which class.
        class_id: String,
        /// Class of the plan that is given back when the seat comes.
        instead_of: Option<String>,
    },
    /// Leave the waiting list of a class.
    Leave {
        /// Which class.
        class_id: String,
    },
    /// Give the student the seat that is kept for the waiting list, if it is their turn; or end their place, if rules say no.
    Promote {
        /// Which class.
        class_id: String,
        /// Class that they give back for it, as their place says: its seats are locked, too.
        instead_of: Option<String>,
    },
    /// End a place in line with its window.
    Expire {
        /// Which class.
        class_id: String,
    },
    /// Take all classes of a package, opening the plan when needed; `None` for one that is not there.
    TakePackage(Option<Preset>),
    /// A turn of the student in the allocation of the period, opening the plan when it gives a seat.
    Allocate(Turn),
}

/// A turn in an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// In which round, from 1.
    pub round: u32,
    /// Of which place in the shuffle.
    pub place: u32,
    /// The student's wishes that have no outcome, best first: ranks and classes.
    pub wishes: Vec<(u32, String)>,
}

/// A package as it was read when somebody wanted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Study programme whose students may take it.
    pub programme_id: String,
    /// Year of entry whose students may take it; 0 for all.
    pub cohort: u32,
    /// Name.
    pub name: String,
    /// Its classes.
    pub class_ids: Vec<String>,
}

impl Command {
    /// Whether it is the advisor's or the registrar's: they are told what would keep them from approving.
    pub(super) fn decides(&self) -> bool {
        matches!(self, Self::Approve { .. } | Self::Return { .. } | Self::Void { .. })
    }

    /// Whether it may give back every class of the plan, and end every place in line, whichever those are.
    pub(super) fn empties(&self) -> bool {
        matches!(self, Self::Void { .. })
    }

    /// Whether it takes the seats of what the plan only wishes for.
    pub(super) fn claims(&self) -> bool {
        matches!(self, Self::Submit { .. } | Self::Approve { late: true, .. })
    }

    /// Classes that it names, whose seats it may change.
    pub(super) fn class_ids(&self) -> Vec<&str> {
        match self {
            Self::Add { class_id }
            | Self::Drop { class_id }
            | Self::Join { class_id, .. }
            | Self::Leave { class_id }
            | Self::Expire { class_id } => vec![class_id],
            Self::Swap { drop, add } => vec![drop, add],
            Self::Promote { class_id, instead_of } => {
                instead_of.iter().map(String::as_str).chain([class_id.as_str()]).collect()
            }
            Self::TakePackage(package) => package.iter().flat_map(|p| p.class_ids.iter().map(String::as_str)).collect(),
            Self::Allocate(turn) => turn.wishes.iter().map(|(_, class_id)| class_id.as_str()).collect(),
            Self::Open
            | Self::Submit { .. }
            | Self::Withdraw { .. }
            | Self::Approve { .. }
            | Self::Return { .. }
            | Self::Revise { .. }
            | Self::Void { .. } => Vec::new(),
        }
    }

    /// The word for it in metrics.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Add { .. } => "add",
            Self::Drop { .. } => "drop",
            Self::Swap { .. } => "swap",
            Self::Submit { .. } => "submit",
            Self::Withdraw { .. } => "withdraw",
            Self::Approve { .. } => "approve",
            Self::Return { .. } => "return",
            Self::Revise { .. } => "revise",
            Self::Void { .. } => "void",
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Promote { .. } => "promote",
            Self::Expire { .. } => "expire",
            Self::TakePackage(_) => "package",
            Self::Allocate(_) => "allocate",
        }
    }
}

/// A command with whose plan it is for, and who gives it.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whose plan.
    pub student_id: String,
    /// In which period.
    pub period: PeriodCode,
    /// What.
    pub command: Command,
    /// Who gives it; may give it, too.
    pub actor: Actor,
    /// Idempotency key, if one came.
    pub scope: Option<Scope>,
}

impl Order {
    /// The turn of one who waits for a class.
    pub fn promote(period: PeriodCode, class_id: String, waiter: &Waiter) -> Self {
        let command = Command::Promote { class_id, instead_of: waiter.instead_of.clone() };
        Self { student_id: waiter.student_id.clone(), period, command, actor: Actor::SYSTEM, scope: None }
    }
}
