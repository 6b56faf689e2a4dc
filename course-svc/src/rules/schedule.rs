//! The timetable: weekly slots, and when two of them clash.

/// A weekly slot in campus time.
///
/// Invariant: `day` is 1 (Monday) to 7 (Sunday) and `start < end <= 1440`, in minutes of the day; `end` is the first
/// minute after the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    day: u8,
    start: u16,
    end: u16,
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

impl Slot {
    /// A slot, or `None` when the numbers are not one.
    pub fn new(day: u32, start: u32, end: u32) -> Option<Self> {
        if !(1..=7).contains(&day) || start >= end || end > DAY {
            return None;
        }
        Some(Self { day: u8::try_from(day).ok()?, start: u16::try_from(start).ok()?, end: u16::try_from(end).ok()? })
    }

    /// Day of the week, 1 Monday to 7 Sunday.
    pub fn day(self) -> u32 {
        u32::from(self.day)
    }

    /// First minute of the day.
    pub fn start(self) -> u32 {
        u32::from(self.start)
    }

    /// First minute after it.
    pub fn end(self) -> u32 {
        u32::from(self.end)
    }

    /// The minutes that the two share, if any.
    pub fn shared(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (self.day == other.day && start < end).then_some(Self { day: self.day, start, end })
    }

    /// Whether the two share a minute.
    pub fn clashes(self, other: Self) -> bool {
        self.shared(other).is_some()
    }
}

/// Where a meeting is held.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Room.
    pub room_id: String,
    /// The room's code, for display.
    pub room_code: String,
}

/// A weekly meeting of a class.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Meeting {
    /// When.
    pub slot: Slot,
    /// Where; `None` while no room is assigned.
    pub place: Option<Place>,
}

/// Two classes that meet at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clash {
    /// When the other one meets.
    pub slot: Slot,
    /// The minutes that both want.
    pub shared: Slot,
}

/// The first meeting of `theirs` that clashes with one of `ours`.
pub fn clash(ours: &[Meeting], theirs: &[Meeting]) -> Option<Clash> {
    let pairs = theirs.iter().flat_map(|their| ours.iter().map(move |own| (their.slot, own.slot)));
    pairs.filter_map(|(slot, own)| Some(Clash { slot, shared: slot.shared(own)? })).next()
}

/// The first two meetings of one class that clash with each other, as positions.
pub fn clash_within(meetings: &[Meeting]) -> Option<(usize, usize)> {
    let pairs = (0..meetings.len()).flat_map(|a| (a + 1..meetings.len()).map(move |b| (a, b)));
    pairs.into_iter().find(|(a, b)| meetings[*a].slot.clashes(meetings[*b].slot))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Twelve minutes on two days: edges meet in every run.
    fn slot() -> impl Strategy<Value = Slot> {
        (1..=2u32, 0..11u32).prop_flat_map(|(day, start)| {
            (Just(day), Just(start), start + 1..=12).prop_map(|(day, start, end)| Slot::new(day, start, end).unwrap())
        })
    }

    fn meetings() -> impl Strategy<Value = Vec<Meeting>> {
        proptest::collection::vec(slot().prop_map(|slot| Meeting { slot, place: None }), 0..4)
    }

    fn minutes(meetings: &[Meeting]) -> Vec<(u32, u32)> {
        meetings.iter().flat_map(|m| (m.slot.start()..m.slot.end()).map(|minute| (m.slot.day(), minute))).collect()
    }

    proptest! {
        #[test]
        fn slots_clash_exactly_when_they_share_a_minute(a in slot(), b in slot()) {
            let shared = a.day() == b.day() && (a.start()..a.end()).any(|m| (b.start()..b.end()).contains(&m));
            prop_assert_eq!(a.clashes(b), shared);
            prop_assert_eq!(b.clashes(a), shared);
            let both = (0..1440).filter(|m| a.day() == b.day() && [a, b].iter().all(|s| (s.start()..s.end()).contains(m)));
            let named: Vec<_> = a.shared(b).map_or_else(Vec::new, |s| (s.start()..s.end()).collect());
            prop_assert_eq!(named, both.collect::<Vec<_>>());
        }

        #[test]
        fn classes_clash_exactly_when_they_share_a_minute(a in meetings(), b in meetings()) {
            let shared = minutes(&a).iter().any(|minute| minutes(&b).contains(minute));
            prop_assert_eq!(clash(&a, &b).is_some(), shared);
            prop_assert_eq!(clash(&b, &a).is_some(), shared);
        }

        #[test]
        fn a_class_clashes_within_exactly_when_it_names_a_minute_twice(a in meetings()) {
            let mut all = minutes(&a);
            all.sort_unstable();
            let twice = all.windows(2).any(|pair| pair[0] == pair[1]);
            prop_assert_eq!(clash_within(&a).is_some(), twice);
        }

        #[test]
        fn a_slot_is_made_exactly_from_a_day_and_rising_minutes(day in 0..9u32, start in 0..1445u32, end in 0..1445u32) {
            let good = (1..=7).contains(&day) && start < end && end <= 1440;
            prop_assert_eq!(Slot::new(day, start, end).is_some(), good);
        }
    }
}
