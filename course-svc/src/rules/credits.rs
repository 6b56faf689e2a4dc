//! How many SKS a student may take: a ceiling by the last IPS, capped in the first year and in the short term.
//!
//! The values are data ([`CreditPolicy`]); the default is the common Indonesian table with the caps of
//! Permendikbudristek 53/2023 article 18 (20 in the first two semesters, 24 afterwards, 9 in a short term).

use crate::rules::period::{PeriodCode, Term};

/// Grade point average in hundredths: 3.25 is `Gpa(325)`. Invariant: at most 400.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// From this IPS on, this many SKS. Only lower bounds are kept, so no IPS can fall between two bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Lowest IPS of the band.
    pub from: Gpa,
    /// SKS.
    pub credits: u32,
}

/// A university's table of ceilings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditPolicy {
    /// Bands, highest first.
    bands: Vec<Band>,
    /// SKS below every band, and while the IPS is unknown.
    lowest: u32,
    /// SKS in the period of entry, when there is no IPS yet.
    first_period: u32,
    /// How many semesters, from the first, are capped.
    capped_semesters: u32,
    /// The cap of those semesters.
    cap: u32,
    /// SKS of a short term.
    short_term: u32,
}

impl Default for CreditPolicy {
    fn default() -> Self {
        let bands = [(300, 24), (250, 21), (200, 18), (150, 15)];
        Self {
            bands: bands.into_iter().map(|(from, credits)| Band { from: Gpa(from), credits }).collect(),
            lowest: 12,
            first_period: 20,
            capped_semesters: 2,
            cap: 20,
            short_term: 9,
        }
    }
}

impl CreditPolicy {
    /// The same policy with other bands, in any order, and the SKS below all of them.
    #[must_use]
    pub fn with_bands(mut self, mut bands: Vec<Band>, lowest: u32) -> Self {
        bands.sort_by_key(|band| std::cmp::Reverse(band.from));
        self.bands = bands;
        self.lowest = lowest;
        self
    }

    /// The same policy with another cap for the first `semesters` and for the period of entry.
    #[must_use]
    pub fn with_first_year(mut self, semesters: u32, cap: u32, first_period: u32) -> Self {
        self.capped_semesters = semesters;
        self.cap = cap;
        self.first_period = first_period;
        self
    }

    /// The same policy with another ceiling for the short term.
    #[must_use]
    pub fn with_short_term(mut self, credits: u32) -> Self {
        self.short_term = credits;
        self
    }

    fn band(&self, gpa: Gpa) -> u32 {
        self.bands.iter().find(|band| gpa >= band.from).map_or(self.lowest, |band| band.credits)
    }
}

/// Why a ceiling is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CeilingReason {
    /// By the IPS of the last active period.
    LastGpa,
    /// Period of entry: no IPS yet.
    FirstPeriod,
    /// The IPS would allow more, but the first year is capped.
    FirstYear,
    /// The last IPS has not arrived: the lowest band until it does.
    GpaUnknown,
    /// Short term.
    ShortTerm,
}

impl CeilingReason {
    /// The word for it in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::LastGpa => "last-gpa",
            Self::FirstPeriod => "first-period",
            Self::FirstYear => "first-year",
            Self::GpaUnknown => "gpa-unknown",
            Self::ShortTerm => "short-term",
        }
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

/// The ceiling in `period` of somebody who entered in `entry` (`None`: not known yet) and whose last IPS is `last_gpa`
/// (`None`: not known).
pub fn ceiling(policy: &CreditPolicy, period: PeriodCode, entry: Option<PeriodCode>, last_gpa: Option<Gpa>) -> Ceiling {
    let because = |credits, reason| Ceiling { credits, reason, last_gpa: None };
    if period.term() == Term::Antara {
        return because(policy.short_term, CeilingReason::ShortTerm);
    }
    if entry == Some(period) {
        return because(policy.first_period, CeilingReason::FirstPeriod);
    }
    let Some(gpa) = last_gpa else {
        return because(policy.lowest, CeilingReason::GpaUnknown);
    };
    let earned = policy.band(gpa);
    let capped = entry.is_some_and(|entry| period.semester_since(entry) <= policy.capped_semesters);
    if capped && earned > policy.cap {
        return Ceiling { credits: policy.cap, reason: CeilingReason::FirstYear, last_gpa };
    }
    Ceiling { credits: earned, reason: CeilingReason::LastGpa, last_gpa }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn period(text: &str) -> PeriodCode {
        PeriodCode::parse(text).unwrap()
    }

    fn check(at: &str, entry: &str, gpa: Option<u32>, credits: u32, reason: CeilingReason) {
        let gpa = gpa.map(|hundredths| Gpa::from_hundredths(hundredths).unwrap());
        let found = ceiling(&CreditPolicy::default(), period(at), PeriodCode::parse(entry), gpa);
        assert_eq!((found.credits, found.reason), (credits, reason), "{at} entered {entry} with {gpa:?}");
    }

    #[test]
    fn bands_begin_at_their_lower_bound() {
        let table = [(400, 24), (300, 24), (299, 21), (250, 21), (249, 18), (200, 18), (199, 15), (150, 15), (149, 12)];
        for (gpa, credits) in table {
            check("20261", "20241", Some(gpa), credits, CeilingReason::LastGpa);
        }
        check("20261", "20241", Some(0), 12, CeilingReason::LastGpa);
    }

    #[test]
    fn the_first_period_needs_no_gpa() {
        check("20261", "20261", None, 20, CeilingReason::FirstPeriod);
        check("20262", "20262", None, 20, CeilingReason::FirstPeriod);
    }

    #[test]
    fn the_second_semester_is_capped_and_the_third_is_not() {
        check("20262", "20261", Some(390), 20, CeilingReason::FirstYear);
        check("20262", "20261", Some(230), 18, CeilingReason::LastGpa);
        check("20271", "20261", Some(390), 24, CeilingReason::LastGpa);
    }

    #[test]
    fn an_unknown_gpa_gives_the_lowest_band_and_says_so() {
        check("20261", "20241", None, 12, CeilingReason::GpaUnknown);
        check("20261", "", None, 12, CeilingReason::GpaUnknown);
    }

    #[test]
    fn the_short_term_has_its_own_ceiling() {
        check("20263", "20241", Some(400), 9, CeilingReason::ShortTerm);
        check("20263", "20261", None, 9, CeilingReason::ShortTerm);
    }

    #[test]
    fn another_universitys_table_is_only_data() {
        let at = |from, credits| Band { from: Gpa(from), credits };
        let ugm = CreditPolicy::default().with_bands(vec![at(200, 18), at(325, 24), at(275, 21)], 15);
        let ugm = ugm.with_first_year(0, 0, 18).with_short_term(10);
        let of = |hundredths| ceiling(&ugm, period("20261"), PeriodCode::parse("20251"), Some(Gpa(hundredths))).credits;
        assert_eq!([of(325), of(324), of(275), of(274), of(199)], [24, 21, 21, 18, 15]);
        assert_eq!(ceiling(&ugm, period("20261"), PeriodCode::parse("20261"), None).credits, 18);
        assert_eq!(ceiling(&ugm, period("20263"), PeriodCode::parse("20261"), None).credits, 10);
    }

    proptest! {
        #[test]
        fn every_gpa_has_a_band_and_a_better_one_never_gives_less(low in 0..=400u32, high in 0..=400u32) {
            let (low, high) = (low.min(high), low.max(high));
            let of = |n| {
                let entry = PeriodCode::parse("20201");
                ceiling(&CreditPolicy::default(), period("20261"), entry, Gpa::from_hundredths(n)).credits
            };
            prop_assert!((12..=24).contains(&of(low)));
            prop_assert!(of(low) <= of(high));
        }
    }
}
