//! Exams of classes: one day and some minutes of it, in campus time. They clash with each other, not with meetings: no
//! lectures are held in the weeks of exams.

use jiff::civil::Date;

/// Which exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExamKind {
    /// Mid-term (UTS).
    Uts,
    /// Final (UAS).
    Uas,
}

impl ExamKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Uts, Self::Uas];

    /// The word for it in the database, in import files and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uts => "uts",
            Self::Uas => "uas",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// An exam of a class.
///
/// Invariant: `start < end <= 1440`, in minutes of the day; `end` is the first minute after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exam {
    day: Date,
    start: u16,
    end: u16,
    kind: ExamKind,
}

impl Exam {
    /// An exam, or `None` when the minutes are not those of one day.
    pub fn new(kind: ExamKind, day: Date, start: u32, end: u32) -> Option<Self> {
        if start >= end || end > 24 * 60 {
            return None;
        }
        Some(Self { kind, day, start: u16::try_from(start).ok()?, end: u16::try_from(end).ok()? })
    }

    /// Which.
    pub fn kind(self) -> ExamKind {
        self.kind
    }

    /// Day.
    pub fn day(self) -> Date {
        self.day
    }

    /// First minute of the day.
    pub fn start(self) -> u32 {
        u32::from(self.start)
    }

    /// First minute after it.
    pub fn end(self) -> u32 {
        u32::from(self.end)
    }

    /// Whether the two share a minute.
    pub fn clashes(self, other: Self) -> bool {
        self.day == other.day && self.start.max(other.start) < self.end.min(other.end)
    }
}

/// The first exam of `theirs` that clashes with one of `ours`.
pub fn clash(ours: &[Exam], theirs: &[Exam]) -> Option<Exam> {
    theirs.iter().find(|their| ours.iter().any(|own| own.clashes(**their))).copied()
}

/// The first two exams of one class that clash with each other, as positions.
pub fn clash_within(exams: &[Exam]) -> Option<(usize, usize)> {
    let mut pairs = (0..exams.len()).flat_map(|a| (a + 1..exams.len()).map(move |b| (a, b)));
    pairs.find(|(a, b)| exams[*a].clashes(exams[*b]))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Twelve minutes on two days: edges meet in every run.
    fn exam() -> impl Strategy<Value = Exam> {
        (1..=2i8, 0..11u32, any::<bool>()).prop_flat_map(|(day, start, uts)| {
            let kind = if uts { ExamKind::Uts } else { ExamKind::Uas };
            (Just(kind), Just(day), Just(start), start + 1..=12)
                .prop_map(|(kind, day, start, end)| Exam::new(kind, date(2026, 10, day), start, end).unwrap())
        })
    }

    fn minutes(exams: &[Exam]) -> Vec<(Date, u32)> {
        exams.iter().flat_map(|exam| (exam.start()..exam.end()).map(|minute| (exam.day(), minute))).collect()
    }

    proptest! {
        #[test]
        fn classes_clash_exactly_when_their_exams_share_a_minute(
            a in proptest::collection::vec(exam(), 0..4), b in proptest::collection::vec(exam(), 0..4),
        ) {
            let shared = minutes(&a).iter().any(|minute| minutes(&b).contains(minute));
            prop_assert_eq!(clash(&a, &b).is_some(), shared);
            prop_assert_eq!(clash(&b, &a).is_some(), shared);
            prop_assert!(clash(&a, &b).is_none_or(|exam| b.contains(&exam)), "the clash is one of theirs");
        }

        #[test]
        fn a_class_clashes_within_exactly_when_it_names_a_minute_twice(a in proptest::collection::vec(exam(), 0..4)) {
            let mut all = minutes(&a);
            all.sort_unstable();
            prop_assert_eq!(clash_within(&a).is_some(), all.windows(2).any(|pair| pair[0] == pair[1]));
        }
    }

    #[test]
    fn an_exam_lies_within_one_day() {
        let day = date(2026, 10, 19);
        for (start, end, sound) in [(0, 1440, true), (420, 420, false), (500, 420, false), (1400, 1441, false)] {
            assert_eq!(Exam::new(ExamKind::Uts, day, start, end).is_some(), sound, "{start} to {end}");
        }
        for kind in ExamKind::ALL {
            assert_eq!(ExamKind::parse(kind.word()), Some(kind));
        }
    }
}
