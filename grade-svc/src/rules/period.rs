//! Academic periods: the code that names one.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_five_digits_that_end_in_a_term() {
        for good in ["20261", "20262", "20263", "19991"] {
            assert_eq!(PeriodCode::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "2026", "20260", "20264", "202611", "2026a", "00001", " 2026", "٢٠٢٦١"] {
            assert_eq!(PeriodCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn periods_order_by_time() {
        let period = |text| PeriodCode::parse(text).unwrap();
        assert!(period("20253") < period("20261"));
        assert!(period("20261") < period("20262"));
    }
}
