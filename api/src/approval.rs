//! Deciding about study plans: the advisor's queue, the decision, and what happened to a plan.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;
use crate::{Ceiling, PlanState, Refusal};

/// Why a plan is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnInput {
    /// What to change.
    #[schema(min_length = 1, max_length = 500, example = "Ganti IF305 dengan IF201: prasyaratnya belum lulus.")]
    pub note: String,
}

words! {
    /// What was done to a plan.
    PlanDeed {
        /// Opened.
        Open = "open",
        /// A class was taken.
        Add = "add",
        /// A class was given back.
        Drop = "drop",
        /// Handed to the advisor.
        Submit = "submit",
        /// Taken back before it was decided.
        Withdraw = "withdraw",
        /// Approved.
        Approve = "approve",
        /// Returned with a note.
        Return = "return",
        /// Locked.
        Lock = "lock",
        /// Came with an import.
        Import = "import",
        /// A class was given back for another.
        Swap = "swap",
        /// Opened for changes in the revision window.
        Revise = "revise",
        /// Voided.
        Void = "void",
        /// The classes of a package were taken.
        Package = "package",
        /// Joined the waiting list of a class.
        Join = "join",
        /// Left a waiting list.
        Leave = "leave",
        /// A freed seat was given from the waiting list.
        Promote = "promote",
        /// The turn on a waiting list came, and a rule said no.
        Pass = "pass",
        /// A place on a waiting list ended with its window.
        Expire = "expire",
        /// Seats were given or refused by an allocation.
        Allocate = "allocate",
    }
}

words! {
    /// What the person who did something was in it.
    PlanActor {
        /// The student whose plan it is.
        Student = "student",
        /// The student's advisor.
        Advisor = "advisor",
        /// The academic bureau.
        Registrar = "registrar",
        /// An import.
        Import = "import",
        /// A lecturer to whom the advisor delegated.
        Delegate = "delegate",
        /// The system: a promotion from a waiting list.
        System = "system",
    }
}

/// One step of a plan's history. Steps are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStep {
    /// Version of the plan after the step.
    #[schema(minimum = 1)]
    pub version: i64,
    /// What.
    pub deed: PlanDeed,
    /// State of the plan after it.
    pub state: PlanState,
    /// When.
    pub at: Timestamp,
    /// Account that did it; `null` for an import.
    pub account_id: Option<String>,
    /// What that account was in it.
    pub actor: PlanActor,
    /// Name of the student or the lecturer who did it, for display.
    pub actor_name: Option<String>,
    /// Note of the advisor.
    pub note: Option<String>,
    /// The class of an `add` or `drop`, as people call it.
    #[schema(example = "IF201 A")]
    pub class_label: Option<String>,
}

/// Which plans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// Period; required.
    #[param(required = true, min_length = 5, max_length = 5, example = "20261")]
    pub period: String,
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Only plans in this state; `none` is the same as `without_plan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<PlanState>,
    /// Only students without a plan.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_plan: bool,
    /// Only advisees of this lecturer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub advisor_id: Option<String>,
    /// Only students of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
    /// Part of the student's name, or the beginning of a student number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 100)]
    pub search: Option<String>,
}

/// A student's plan in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRow {
    /// Whose.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name of the student; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub student_name: Option<String>,
    /// Study programme.
    pub programme_id: String,
    /// State; `none` when there is no plan.
    pub state: PlanState,
    /// SKS of the plan.
    #[schema(example = 18)]
    pub credits: u32,
    /// Ceiling.
    pub ceiling: Ceiling,
    /// IPK in hundredths, cut after two decimals; `null` while no result has arrived.
    #[schema(minimum = 0, maximum = 400, example = 325)]
    pub gpa_hundredths: Option<u32>,
    /// When the plan last changed; `null` when there is none.
    pub changed_at: Option<Timestamp>,
    /// Version; 0 when there is no plan.
    #[schema(minimum = 0)]
    pub version: i64,
    /// What the advisor should look at: refusals that approving would meet, and facts that are not known yet.
    pub flags: Vec<Refusal>,
}

/// How many plans are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCount {
    /// State; `none` counts students without a plan.
    pub state: PlanState,
    /// How many.
    #[schema(example = 12)]
    pub plans: u64,
}

/// One page of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanQueue {
    /// Plans; those that wait longest come first.
    pub items: Vec<PlanRow>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 1024)]
    pub next_cursor: Option<String>,
    /// Plans in each state, under the same filter but the state's.
    pub counts: Vec<PlanCount>,
}

/// What locking a period's plans did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanLocks {
    /// Plans that were locked by it. Locking again locks those approved since.
    #[schema(example = 1180)]
    pub locked: u64,
}
