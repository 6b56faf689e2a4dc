//! Study plans (KRS).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::class::class_query;
use crate::word::words;
use crate::{Class, Refusal, SeatPolicy, Window};

words! {
    /// State of a study plan.
    PlanState {
        /// Not opened yet.
        None = "none",
        /// Being filled.
        Draft = "draft",
        /// Handed to the advisor; may be withdrawn.
        Submitted = "submitted",
        /// The advisor wants a change; `note` says which. May be changed like a draft.
        Returned = "returned",
        /// Approved by the advisor: the student is on the rosters of the classes.
        Approved = "approved",
        /// Approved, and being changed in the revision window (PRS).
        Revising = "revising",
        /// Final.
        Locked = "locked",
        /// Void: leave, withdrawal or an exit took the seats back.
        Void = "void",
    }
}

words! {
    /// Why the ceiling is what it is.
    CeilingReason {
        /// By the IPS of the last active period.
        LastGpa = "last_gpa",
        /// First period of study: no IPS yet; the cap of the first year.
        FirstPeriod = "first_period",
        /// The IPS would allow more, but the first year is capped.
        FirstYear = "first_year",
        /// The last IPS has not arrived: the lowest band until it does.
        GpaUnknown = "gpa_unknown",
        /// Short term (Antara).
        ShortTerm = "short_term",
        /// By the IPS of the last active period and the IPK together.
        GpaMatrix = "gpa_matrix",
        /// The IPS would allow more, but the semester before was one of leave.
        AfterLeave = "after_leave",
        /// The IPS would allow more, but the student was not registered in the semester before and had no leave.
        AfterAbsence = "after_absence",
        /// The plan has a course that is taken with few others, for example KKN.
        WithCourse = "with_course",
    }
}

/// How many SKS a student may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ceiling {
    /// SKS.
    #[schema(example = 21)]
    pub credits: u32,
    /// Why.
    pub reason: CeilingReason,
    /// The IPS that it follows from, in hundredths; `null` when it does not follow from one.
    #[schema(minimum = 0, maximum = 400, example = 275)]
    pub last_gpa_hundredths: Option<u32>,
}

/// A class in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanItem {
    /// The class.
    pub class: Class,
    /// When the seat was taken, or the class was put into the plan without one.
    pub taken_at: Timestamp,
    /// No seat is held: the period gives seats at submission or by allocation.
    pub wished: bool,
    /// Its SKS do not count towards the student's ceiling.
    pub uncounted: bool,
}

/// A place on the waiting list of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingPlace {
    /// The class.
    pub class: Class,
    /// Place in line, from 1.
    #[schema(minimum = 1, example = 3)]
    pub place: u32,
    /// People in line.
    #[schema(example = 7)]
    pub waiting: u32,
    /// When the student joined.
    pub joined_at: Timestamp,
    /// Class of the plan that is given back when the seat comes; `null` for none.
    pub instead_of_id: Option<String>,
    /// How people call that class.
    #[schema(example = "IF201 A")]
    pub instead_of: Option<String>,
    /// When the place ends; `null` when no window is known.
    pub expires_at: Option<Timestamp>,
}

/// The plan of a student in a period. There always is one: before it was opened its state is `none`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// Whose.
    pub student_id: String,
    /// Student number, for display; `null` while the student has not arrived.
    #[schema(example = "202401001")]
    pub nim: Option<String>,
    /// Name of the student, for display; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub student_name: Option<String>,
    /// Advisor; `null` when none is assigned.
    pub advisor_id: Option<String>,
    /// Name of the advisor, for display.
    pub advisor_name: Option<String>,
    /// In which period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// State.
    pub state: PlanState,
    /// Note of the advisor while the plan is returned.
    #[schema(example = "Ganti IF305 dengan IF201: prasyaratnya belum lulus.")]
    pub note: Option<String>,
    /// Classes, by day and hour.
    pub items: Vec<PlanItem>,
    /// SKS of the items.
    #[schema(example = 18)]
    pub credits: u32,
    /// SKS of the items that do not count towards the ceiling, for example those of KKN.
    #[schema(example = 0)]
    pub credits_uncounted: u32,
    /// Ceiling.
    pub ceiling: Ceiling,
    /// The KRS window that is open for this student, else the next, else the last; `null` when there is none.
    pub window: Option<Window>,
    /// What stands in the way of any change now. Empty when classes may be taken.
    pub refusals: Vec<Refusal>,
    /// Facts that are not known yet and were decided in the student's favour.
    pub flags: Vec<Refusal>,
    /// Every reason why submitting would be refused now; empty when the plan can be submitted.
    pub submit_refusals: Vec<Refusal>,
    /// Every reason why approving would be refused now: filled only for those who may decide, while it is submitted.
    pub approve_refusals: Vec<Refusal>,
    /// IPK in hundredths, cut after two decimals; `null` while no result has arrived.
    #[schema(minimum = 0, maximum = 400, example = 325)]
    pub gpa_hundredths: Option<u32>,
    /// SKS passed so far.
    #[schema(example = 82)]
    pub credits_earned: u32,
    /// Places on waiting lists, earliest joined first.
    pub waiting: Vec<WaitingPlace>,
    /// The revision window (PRS) that is open for this student, else the next, else the last; `null` when there is none.
    pub revision_window: Option<Window>,
    /// Every reason why an approved plan cannot be opened for changes now; empty when it can, and in any other state.
    pub revise_refusals: Vec<Refusal>,
    /// When a class holds a seat in this period.
    pub seat_policy: SeatPolicy,
    /// Version, from 1; 0 while not opened.
    #[schema(minimum = 0)]
    pub version: i64,
    /// When it last changed; `null` while not opened.
    pub changed_at: Option<Timestamp>,
}

impl Plan {
    /// SKS of the items that count towards the ceiling.
    #[must_use]
    pub fn credits_counted(&self) -> u32 {
        self.credits.saturating_sub(self.credits_uncounted)
    }
}

/// A class as one student sees it. The reasons are those that taking it would be refused with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// The class with live seats.
    pub class: Class,
    /// In the student's plan already.
    pub in_plan: bool,
    /// Every reason why it cannot be taken now; empty when it can, or when it is in the plan.
    pub refusals: Vec<Refusal>,
    /// Class of the plan that could be given back for this one in one step; `null` when there is none.
    pub swap_class_id: Option<String>,
    /// The class is full and the student may join its waiting list.
    pub may_wait: bool,
    /// The student's place on its waiting list, from 1; 0 when not in line.
    pub place: u32,
    /// Its SKS do not count towards the student's ceiling, or would not.
    pub uncounted: bool,
}

/// A class to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    /// Which class.
    #[schema(min_length = 1, max_length = 36, example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub class_id: String,
}

/// A class to give back for another, in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapInput {
    /// Class of the plan that is given back.
    #[schema(min_length = 1, max_length = 36, example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub drop_class_id: String,
    /// Class that is taken.
    #[schema(min_length = 1, max_length = 36, example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0b22")]
    pub add_class_id: String,
}

/// Why a plan is voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidInput {
    /// Why.
    #[schema(min_length = 1, max_length = 500, example = "Cuti akademik disetujui.")]
    pub note: String,
}

class_query! {
    /// Which choices.
    ChoiceQuery {
        ..
        /// Only those that can be taken now.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        takeable: bool,
    }
}
