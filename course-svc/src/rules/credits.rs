//! How many SKS a student may take: a ceiling by what was achieved, capped in the first semesters, after a leave and in
//! the short term.
//!
//! The values are data ([`Policy`]).

use serde::{Deserialize, Serialize};

use crate::rules::period::{PeriodCode, Term};
use crate::rules::policy::Policy;

/// Grade point average, or grade points, in hundredths: 3.25 is `Gpa(325)`. Invariant: at most 400.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Gpa(u16);

impl Gpa {
    /// A GPA, or `None` above 4.00.
    pub fn from_hundredths(hundredths: u32) -> Option<Self> {
        u16::try_from(hundredths).ok().filter(|value| *value <= 400).map(Self)
    }

    /// In hundredths, 0 to 400.
    pub fn hundredths(self) -> u32 {
        u32::from(self.0)
    }
}

impl TryFrom<u32> for Gpa {
    type Error = &'static str;

    fn try_from(hundredths: u32) -> Result<Self, Self::Error> {
        Self::from_hundredths(hundredths).ok_or("wanted hundredths, 0 to 400")
    }
}

impl From<Gpa> for u32 {
    fn from(gpa: Gpa) -> Self {
        gpa.hundredths()
    }
}

/// Why a ceiling is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CeilingReason {
    /// By the IPS of the last active period or periods.
    LastGpa,
    /// By that and the IPK.
    GpaMatrix,
    /// Period of entry, or the first one that is studied after it: no IPS yet.
    FirstPeriod,
    /// The IPS would allow more, but the first semesters are capped.
    FirstYear,
    /// The last IPS has not arrived.
    GpaUnknown,
    /// Short term.
    ShortTerm,
    /// The IPS would allow more, but the student was on leave in the semester before.
    AfterLeave,
    /// The IPS would allow more, but the student was not registered in the semester before and had no leave.
    AfterAbsence,
    /// The plan has a course that is taken with few others.
    WithCourse,
}

impl CeilingReason {
    /// The word for it in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::LastGpa => "last-gpa",
            Self::GpaMatrix => "gpa-matrix",
            Self::FirstPeriod => "first-period",
            Self::FirstYear => "first-year",
            Self::GpaUnknown => "gpa-unknown",
            Self::ShortTerm => "short-term",
            Self::AfterLeave => "after-leave",
            Self::AfterAbsence => "after-absence",
            Self::WithCourse => "with-course",
        }
    }

    /// Whether another IPS could change the ceiling.
    pub fn is_by_gpa(self) -> bool {
        matches!(self, Self::LastGpa | Self::GpaMatrix | Self::FirstYear | Self::GpaUnknown)
    }
}

/// How many SKS a student may take in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// SKS.
    pub credits: u32,
    /// Why.
    pub reason: CeilingReason,
    /// The IPS it follows from, when it follows from one.
    pub last_gpa: Option<Gpa>,
}

/// What the semester before was to somebody who was not active in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Away {
    /// On approved leave (C).
    Leave,
    /// Not registered (N).
    Absent,
}

/// What is known of somebody whose ceiling is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Achieved {
    /// Period of entry; `None` while it is not known.
    pub entry: Option<PeriodCode>,
    /// IPS of the last active semester, or over as many as the policy asks for; `None` while it is not known.
    pub gpa: Option<Gpa>,
    /// IPK; `None` while it is not known.
    pub cumulative: Option<Gpa>,
    /// How the student missed the semester before; `None` when it was not missed, or nobody knows.
    pub away: Option<Away>,
    /// Nothing was studied yet, for all that is known: everything that grade-svc has to say was heard and there is no result,
    /// and no plan of a semester before was approved.
    pub nothing_yet: bool,
}

/// The ceiling in `period`. What a plan's own courses do to it is not asked here.
pub fn ceiling(policy: &Policy, period: PeriodCode, who: &Achieved) -> Ceiling {
    let because = |credits: u32, reason| Ceiling { credits, reason, last_gpa: None };
    if period.term() == Term::Antara {
        return because(policy.short_term.get(), CeilingReason::ShortTerm);
    }
    if who.entry == Some(period) {
        return because(policy.first_period.get(), CeilingReason::FirstPeriod);
    }
    let earned = who.gpa.and_then(|gpa| policy.ceiling.of(gpa, who.cumulative));
    let (credits, reason) = match earned {
        Some(credits) => (credits, policy.ceiling.reason()),
        // Who was away from the first semester on begins now. Of who was there something is missing.
        None if who.nothing_yet && who.away.is_some() => (policy.first_period.get(), CeilingReason::FirstPeriod),
        None => (policy.unknown_gpa.get(), CeilingReason::GpaUnknown),
    };
    let first = policy.first_semesters;
    let is_first = who.entry.is_some_and(|entry| period.semester_since(entry) <= first.count.get());
    let caps = [
        is_first.then_some((first.cap, CeilingReason::FirstYear)),
        policy.after_leave.leave.filter(|_| who.away == Some(Away::Leave)).map(|cap| (cap, CeilingReason::AfterLeave)),
        policy
            .after_leave
            .absence
            .filter(|_| who.away == Some(Away::Absent))
            .map(|cap| (cap, CeilingReason::AfterAbsence)),
    ];
    let last_gpa = who.gpa.filter(|_| earned.is_some());
    let lowest = caps.into_iter().flatten().min_by_key(|(cap, _)| *cap);
    match lowest.filter(|(cap, _)| cap.get() < credits) {
        Some((cap, reason)) => Ceiling { credits: cap.get(), reason, last_gpa },
        None => Ceiling { credits, reason, last_gpa },
    }
}

#[cfg(test)]
#[path = "credits_tests.rs"]
mod tests;
