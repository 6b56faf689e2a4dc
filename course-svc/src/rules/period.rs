//! Academic periods: the code that names one, and how far it is.

use std::fmt;

/// The term of a period: the last digit of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// Odd semester, digit 1.
    Ganjil,
    /// Even semester, digit 2.
    Genap,
    /// Short semester between two years, digit 3.
    Antara,
}

/// Code of a period as PDDikti writes it: start year and term, `20261` is Ganjil 2026/2027.
///
/// Invariant: the year lies in 1900..=2999. Periods order by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodCode {
    year: u16,
    term: Term,
}

impl PeriodCode {
    /// No period comes after it.
    pub const LAST: Self = Self { year: 2999, term: Term::Antara };

    /// Reads the five digits; `None` when they are not a period.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u32 = text.parse().ok()?;
        let term = match number % 10 {
            1 => Term::Ganjil,
            2 => Term::Genap,
            3 => Term::Antara,
            _ => return None,
        };
        let year = u16::try_from(number / 10).ok()?;
        (1900..=2999).contains(&year).then_some(Self { year, term })
    }

    /// Year in which the academic year of this period begins. For a period of entry this is the cohort (angkatan).
    pub fn year(self) -> u16 {
        self.year
    }

    /// Term.
    pub fn term(self) -> Term {
        self.term
    }

    /// The Ganjil or Genap before this one: a short term is nobody's semester. `None` before the first year there is.
    pub fn semester_before(self) -> Option<Self> {
        match self.term {
            Term::Ganjil if self.year == 1900 => None,
            Term::Ganjil => Some(Self { year: self.year - 1, term: Term::Genap }),
            Term::Genap => Some(Self { term: Term::Ganjil, ..self }),
            Term::Antara => Some(Self { term: Term::Genap, ..self }),
        }
    }

    /// Which semester of study this period is for somebody who entered in `entry`, counted from 1 by the calendar:
    /// a leave does not stop it, and a short term counts as the Genap before it. A period before entry answers 1.
    pub fn semester_since(self, entry: Self) -> u32 {
        let half = |period: Self| u32::from(period.year) * 2 + u32::from(period.term != Term::Ganjil);
        half(self).saturating_sub(half(entry)) + 1
    }
}

impl fmt::Display for PeriodCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = match self.term {
            Term::Ganjil => 1,
            Term::Genap => 2,
            Term::Antara => 3,
        };
        write!(f, "{}{digit}", self.year)
    }
}

/// How far a period is. What may be done in an active one is said by its windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodState {
    /// Not begun; students do not see it.
    Planned,
    /// Running.
    Active,
    /// Over.
    Closed,
    /// Over and reported to PDDikti.
    Reported,
}

impl PeriodState {
    /// Every state, in the order of a period's life.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Active, Self::Closed, Self::Reported];

    /// The word for it in the database, in import files and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Reported => "reported",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether classes of the period may still be changed.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Reported)
    }

    /// Whether a period may go from this state to `next`: onward as far as wanted, or one step back to correct a
    /// mistake; what was reported stays reported.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Reported => next == Self::Reported,
            _ => next >= self || next as u8 + 1 == self as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> PeriodCode {
        PeriodCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_is_five_digits_that_end_in_a_term() {
        for good in ["20261", "20262", "20263", "19991"] {
            assert_eq!(period(good).to_string(), good);
        }
        for bad in ["", "2026", "20260", "20264", "202611", "2026a", "00001", " 2026", "٢٠٢٦١"] {
            assert_eq!(PeriodCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn periods_order_by_time() {
        assert!(period("20253") < period("20261"));
        assert!(period("20261") < period("20262"));
    }

    #[test]
    fn semesters_count_from_entry() {
        assert_eq!(period("20261").semester_since(period("20261")), 1);
        assert_eq!(period("20262").semester_since(period("20261")), 2);
        assert_eq!(period("20263").semester_since(period("20261")), 2);
        assert_eq!(period("20271").semester_since(period("20261")), 3);
        assert_eq!(period("20261").semester_since(period("20252")), 2);
        assert_eq!(period("20241").semester_since(period("20261")), 1, "before entry");
    }

    #[test]
    fn the_semester_before_is_no_short_term() {
        for (of, before) in [("20261", "20252"), ("20262", "20261"), ("20263", "20262")] {
            assert_eq!(period(of).semester_before(), PeriodCode::parse(before), "{of}");
        }
        assert_eq!(period("19001").semester_before(), None);
    }

    #[test]
    fn a_period_goes_onward_or_one_step_back() {
        use PeriodState::{Active, Closed, Planned, Reported};
        for (from, to, may) in [
            (Planned, Active, true),
            (Planned, Reported, true),
            (Active, Active, true),
            (Active, Planned, true),
            (Closed, Active, true),
            (Closed, Planned, false),
            (Reported, Closed, false),
            (Reported, Reported, true),
        ] {
            assert_eq!(from.may_become(to), may, "{from:?} to {to:?}");
        }
    }
}
