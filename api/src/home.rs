//! The composed front page: every part fetched on its own, a missing one marked as such.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Class, Hold, Lecturer, Page, Period, PeriodStatus, Plan, PlanCount, Programme, Semesters, SheetSummary, Student,
};

/// A part of a composed answer: there, or missing with a reason. Missing never means "none".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Part<T> {
    /// It was fetched.
    Available {
        /// The part.
        data: T,
    },
    /// It could not be fetched; the rest of the answer is good.
    Unavailable {
        /// Stable word, for example `service-down`.
        reason: String,
    },
}

impl<T> Part<T> {
    /// The part, when it is there.
    pub fn available(&self) -> Option<&T> {
        match self {
            Self::Available { data } => Some(data),
            Self::Unavailable { .. } => None,
        }
    }
}

/// What a person sees first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Home {
    /// The latest active period; `null` inside when none is active.
    pub period: Part<Option<Period>>,
    /// For a student.
    pub student: Option<StudentHome>,
    /// For a lecturer.
    pub lecturer: Option<LecturerHome>,
    /// For programme admins and the registrar.
    pub office: Option<OfficeHome>,
}

/// A student's parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StudentHome {
    /// The student.
    pub student: Part<Student>,
    /// Statuses, latest period first.
    pub statuses: Part<Vec<PeriodStatus>>,
    /// Holds, latest first, the lifted ones too.
    pub holds: Part<Vec<Hold>>,
    /// The plan of the active period; `null` inside when no period is active.
    pub plan: Part<Option<Plan>>,
    /// IPS of every period, latest first, with the IPK: the first page.
    pub semesters: Part<Semesters>,
}

/// A lecturer's parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LecturerHome {
    /// The lecturer.
    pub lecturer: Part<Lecturer>,
    /// Classes taught in the active period: the first page. Empty when no period is active.
    pub classes: Part<Page<Class>>,
    /// Advisees: the first page.
    pub advisees: Part<Page<Student>>,
    /// Plans of the advisees in the active period, counted by state; `submitted` is what waits for a decision. Empty
    /// when no period is active.
    pub plans: Part<Vec<PlanCount>>,
    /// Sheets of the lecturer's classes, of all periods, that are not published: the first of them.
    pub sheets: Part<Vec<SheetSummary>>,
}

/// The office's parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficeHome {
    /// Study programmes that the caller administers, all of them for the registrar: the first page.
    pub programmes: Part<Vec<Programme>>,
    /// Periods, latest first: the first page.
    pub periods: Part<Vec<Period>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_whether_it_is_there() {
        let there = Part::Available { data: 1 };
        let missing = Part::<u32>::Unavailable { reason: "service-down".into() };
        assert_eq!(serde_json::to_value(&there).unwrap(), serde_json::json!({"status": "available", "data": 1}));
        let json = serde_json::json!({"status": "unavailable", "reason": "service-down"});
        assert_eq!(serde_json::to_value(&missing).unwrap(), json);
        assert_eq!(serde_json::from_value::<Part<u32>>(json).unwrap(), missing);
        assert_eq!((there.available(), missing.available()), (Some(&1), None));
    }
}
