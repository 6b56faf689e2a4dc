//! The waiting room in front of an opening of registration: who may begin, and when. Arithmetic over moments and places.
//!
//! An *opening* is the moment at which a KRS window opens for a student who had none open before; students whose windows
//! open at the same moment of the same period share it. Everybody gets a *place* in its line, and the place says when they
//! are admitted: the first `burst` places at the opening, the others at `rate` a second.

use jiff::{SignedDuration, Timestamp};

use crate::rules::registration::Registration;
use crate::rules::window::{Belongs, Scope, Window, WindowKind};

/// A stretch of time in which KRS windows of one student follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// First moment: what a line is named by.
    pub opens_at: Timestamp,
    /// First moment after it.
    pub closes_at: Timestamp,
}

/// The opening that concerns a student now: the one whose stretch is running, else the next one.
pub fn opening(windows: &[Window], who: &Belongs, now: Timestamp) -> Option<Opening> {
    let mine = windows.iter().filter(|window| window.kind == WindowKind::Krs && window.is_for(who));
    let mut spans: Vec<_> = mine.map(|window| (window.opens_at, window.closes_at)).collect();
    spans.sort();
    let mut stretches: Vec<Opening> = Vec::new();
    for (opens_at, closes_at) in spans {
        match stretches.last_mut() {
            Some(last) if opens_at <= last.closes_at => last.closes_at = last.closes_at.max(closes_at),
            _ => stretches.push(Opening { opens_at, closes_at }),
        }
    }
    stretches.into_iter().find(|stretch| now < stretch.closes_at)
}

/// For whom KRS windows begin at a moment. A ticket holds only while one of its student's does: a window that was moved makes
/// another opening, with a line of its own.
pub fn beginning(windows: &[Window], opens_at: Timestamp) -> impl Iterator<Item = &Scope> {
    let begin = windows.iter().filter(move |window| window.kind == WindowKind::Krs && window.opens_at == opens_at);
    begin.map(|window| &window.scope)
}

/// What the waiting room is for a student at a moment, before anybody is asked for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// There is none: the period has none, or no window is open or to come.
    Open,
    /// The opening is too far away to be noted.
    Early,
    /// Who comes now is noted and takes part in the draw.
    Presence(Opening),
    /// Opened: everybody has a place or gets one.
    Line(Opening),
}

/// Asks for the phase. `registration` is what holds for the period, defaults filled in.
pub fn phase(registration: &Registration, opening: Option<Opening>, now: Timestamp) -> Phase {
    let Some(opening) = opening.filter(|_| registration.admission_rate > 0) else { return Phase::Open };
    let presence = SignedDuration::from_mins(i64::from(registration.presence_minutes));
    if now >= opening.opens_at {
        Phase::Line(opening)
    } else if opening.opens_at.duration_since(now) <= presence {
        Phase::Presence(opening)
    } else {
        Phase::Early
    }
}

/// How fast a line moves. It is fixed when the line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The opening.
    pub opens_at: Timestamp,
    /// Students per second; 0 counts as 1.
    pub rate: u32,
    /// Students admitted at the opening itself.
    pub burst: u32,
}

const SECOND: i64 = 1_000_000;

impl Pace {
    fn rate(self) -> i64 {
        i64::from(self.rate.max(1))
    }

    /// When a place is admitted, in whole microseconds: at the opening plus `(place - burst) / rate` seconds, rounded up.
    pub fn admitted_at(self, place: u32) -> Timestamp {
        let behind = i64::from(place.saturating_sub(self.burst));
        let wait = (behind * SECOND).div_euclid(self.rate()) + i64::from((behind * SECOND).rem_euclid(self.rate()) > 0);
        self.opens_at.checked_add(SignedDuration::from_micros(wait)).unwrap_or(Timestamp::MAX)
    }

    /// How many places the rate alone has passed by since the opening. Saturates.
    fn passed(self, now: Timestamp) -> u32 {
        let since = i128::from(now.as_microsecond()) - i128::from(self.opens_at.as_microsecond());
        let passed = since.max(0) * i128::from(self.rate()) / i128::from(SECOND);
        u32::try_from(passed).unwrap_or(u32::MAX)
    }

    /// How many places are admitted by a moment: the greatest place whose [`Self::admitted_at`] is not later. Saturates.
    pub fn admitted_by(self, now: Timestamp) -> u32 {
        if now < self.opens_at { 0 } else { self.passed(now).saturating_add(self.burst) }
    }

    /// The place of somebody who comes now, when `next` is the first place that was never given: the next one, but none that
    /// the rate has passed by. So of the capacity that nobody used, never more than one burst is left for a later crowd.
    pub fn place_of(self, next: u32, now: Timestamp) -> u32 {
        // Half of the numbers stay for those who come in a crowd after years of quiet.
        next.max(self.passed(now).min(u32::MAX / 2)).max(1)
    }

    /// How many are before a place and not admitted yet.
    pub fn ahead(self, place: u32, now: Timestamp) -> u32 {
        (place.saturating_sub(1)).saturating_sub(self.admitted_by(now))
    }

    /// Whether somebody who has a place is still in line, when `next` is the first place that was never given.
    pub fn is_busy(self, next: u32, now: Timestamp) -> bool {
        next > 1 && self.admitted_at(next - 1) > now
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn window(scope: Scope, opens: i64, closes: i64) -> Window {
        Window { kind: WindowKind::Krs, scope, opens_at: at(opens), closes_at: at(closes) }
    }

    fn who(cohort: u16) -> Belongs {
        Belongs { faculty: Some("FIK".to_owned()), programme: Some("IF-S1".to_owned()), cohort: Some(cohort) }
    }

    #[test]
    fn an_opening_is_the_beginning_of_a_stretch_of_windows() {
        let windows = [
            window(Scope::University, 10, 20),
            window(Scope::Cohort(2023), 5, 12),
            window(Scope::Cohort(2023), 12, 13),
            window(Scope::University, 30, 40),
            Window { kind: WindowKind::Revision, ..window(Scope::University, 0, 99) },
        ];
        let ask = |cohort, now| {
            opening(&windows, &who(cohort), at(now))
                .map(|opening| (opening.opens_at.as_second(), opening.closes_at.as_second()))
        };
        assert_eq!(ask(2023, 4), Some((5, 20)), "three windows without a gap");
        assert_eq!(ask(2023, 11), Some((5, 20)), "who began early does not line up again");
        assert_eq!(ask(2024, 4), Some((10, 20)));
        assert_eq!(ask(2024, 19), Some((10, 20)));
        assert_eq!(ask(2024, 20), Some((30, 40)), "the end is not part of it");
        assert_eq!(ask(2024, 40), None);
        assert_eq!(opening(&windows[1..3], &Belongs::default(), at(4)), None, "not theirs");
    }

    #[test]
    fn the_phase_follows_the_clock() {
        let registration = Registration { admission_rate: 5, presence_minutes: 2, ..Registration::SHIPPED };
        let opening = Opening { opens_at: at(1000), closes_at: at(2000) };
        let ask = |now| phase(&registration, Some(opening), at(now));
        assert_eq!(ask(879), Phase::Early);
        assert_eq!(ask(880), Phase::Presence(opening));
        assert_eq!(ask(999), Phase::Presence(opening));
        assert_eq!(ask(1000), Phase::Line(opening));
        assert_eq!(phase(&registration, None, at(1000)), Phase::Open);
        let none = Registration { admission_rate: 0, ..registration };
        assert_eq!(phase(&none, Some(opening), at(1000)), Phase::Open);
    }

    #[test]
    fn places_are_admitted_in_a_burst_and_then_at_the_rate() {
        let pace = Pace { opens_at: at(100), rate: 4, burst: 10 };
        for (place, wait) in [(1, 0), (10, 0), (11, 250), (14, 1000), (50, 10_000)] {
            let wait = SignedDuration::from_millis(wait);
            assert_eq!(pace.admitted_at(place).duration_since(at(100)), wait, "place {place}");
        }
        assert_eq!(pace.ahead(50, at(100)), 39);
        assert_eq!(pace.ahead(50, at(101)), 35);
        assert_eq!(pace.ahead(50, at(200)), 0);
        assert!(pace.is_busy(51, at(109)), "the fiftieth waits");
        assert!(!pace.is_busy(51, at(110)));
        assert!(!pace.is_busy(1, at(100)), "nobody has a place");
    }

    #[test]
    fn capacity_that_was_not_used_does_not_pile_up() {
        for burst in [0, 30] {
            let pace = Pace { opens_at: at(0), rate: 10, burst };
            let quiet = at(3600);
            let first = pace.place_of(5, quiet);
            assert!(pace.admitted_at(first) <= quiet, "who comes into a quiet room is admitted at once");
            let last = first + burst + 100;
            let wait = pace.admitted_at(last).duration_since(quiet);
            assert_eq!(wait, SignedDuration::from_secs(10), "of a crowd the burst is, and then the rate goes on");
            assert_eq!(pace.place_of(last + 1, quiet), last + 1);
        }
        let pace = Pace { opens_at: at(0), rate: 10, burst: 30 };
        assert_eq!(pace.place_of(1, at(0)), 1, "the burst is there for whoever comes first");
    }

    proptest! {
        #[test]
        fn a_place_is_admitted_exactly_when_it_is_counted_as_admitted(
            rate in 1..12_u32, burst in 0..5_u32, place in 1..40_u32, micros in 0..8_000_000_i64,
        ) {
            let pace = Pace { opens_at: at(50), rate, burst };
            let now = at(50) + SignedDuration::from_micros(micros);
            prop_assert_eq!(pace.admitted_at(place) <= now, place <= pace.admitted_by(now));
            // And at the very moment of admission, and one microsecond before it.
            let moment = pace.admitted_at(place);
            prop_assert!(pace.admitted_by(moment) >= place);
            if moment > at(50) {
                prop_assert!(pace.admitted_by(moment - SignedDuration::from_micros(1)) < place);
            }
        }

        #[test]
        fn whenever_they_come_no_more_are_admitted_than_the_burst_and_the_rate_allow(
            rate in 1..6_u32, burst in 0..4_u32, comings in proptest::collection::vec((0..3_000_000_i64, 1..6_u32), 1..12),
        ) {
            let pace = Pace { opens_at: at(0), rate, burst };
            let (mut now, mut next, mut moments) = (at(0), 1, Vec::new());
            for (pause, crowd) in comings {
                now += SignedDuration::from_micros(pause);
                for _ in 0..crowd {
                    let place = pace.place_of(next, now);
                    prop_assert!(place >= next, "no place is given twice");
                    moments.push(pace.admitted_at(place).max(now));
                    next = place + 1;
                }
            }
            prop_assert!(moments.is_sorted(), "in the order of their coming");
            // Any one second admits what was saved up, which is one burst, what the rate brings, and one who waits for nobody.
            for (n, begin) in moments.iter().enumerate() {
                let end = *begin + SignedDuration::from_secs(1);
                let within = moments[n..].iter().filter(|moment| **moment < end).count();
                prop_assert!(within <= (rate + burst + 1) as usize, "{:?}", moments);
            }
        }

        #[test]
        fn nothing_overflows(rate in 0..=u32::MAX, burst in 0..=u32::MAX, place in 0..=u32::MAX, days in 0..40_000_i64) {
            let pace = Pace { opens_at: at(1_700_000_000), rate, burst };
            let now = at(1_700_000_000 + days * 86_400);
            let next = pace.place_of(place.min(u32::MAX - 1), now);
            prop_assert!(next >= place.min(u32::MAX - 1));
            let _ = (pace.admitted_at(place), pace.ahead(place, now), pace.is_busy(place, now));
        }
    }
}
