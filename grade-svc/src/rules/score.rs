//! Scores of components and the final score that follows from them.

/// A score in hundredths: 87.5 is `Score(8750)`. Invariant: at most 10000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// The highest score, 100.
    pub const MAX: Self = Self(10_000);

    /// Reads hundredths; `None` above 10000.
    pub fn from_hundredths(n: u32) -> Option<Self> {
        u16::try_from(n).ok().map(Self).filter(|score| *score <= Self::MAX)
    }

    /// In hundredths.
    pub fn hundredths(self) -> u32 {
        u32::from(self.0)
    }
}

/// The final score: the weighted mean of the components' scores, rounded half up to a hundredth. `None` while a component
/// has no score, or while the weights do not make 100.
pub fn total(parts: impl IntoIterator<Item = (u32, Option<Score>)>) -> Option<Score> {
    let (mut sum, mut weights) = (0_u32, 0_u32);
    for (weight, score) in parts {
        sum = sum.checked_add(score?.hundredths().checked_mul(weight)?)?;
        weights = weights.checked_add(weight)?;
    }
    // Below 10000 * 100 + 50, so the sum stays within its type; the mean of scores is a score.
    if weights == 100 { Score::from_hundredths((sum + 50) / 100) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(n: u32) -> Option<Score> {
        Some(Score::from_hundredths(n).unwrap())
    }

    #[test]
    fn a_score_ends_at_a_hundred() {
        assert_eq!(Score::from_hundredths(10_000), Some(Score::MAX));
        assert_eq!(Score::from_hundredths(10_001), None);
        assert_eq!(Score::from_hundredths(u32::MAX), None);
    }

    #[test]
    fn the_final_score_is_rounded_half_up() {
        // The components of domain.md: tugas 20, kuis 10, UTS 30, UAS 40.
        let four = |a, b, c, d| total([(20, a), (10, b), (30, c), (40, d)]);
        assert_eq!(four(score(8000), score(8000), score(8000), score(8000)), score(8000));
        assert_eq!(four(score(8750), score(9000), score(7625), score(8833)), score(8471), "84.7070 is 84.71");
        assert_eq!(four(score(8000), None, score(8000), score(8000)), None);
        assert_eq!(total([(50, score(8000)), (50, score(8001))]), score(8001), "80.005 is 80.01");
        assert_eq!(total([(51, score(8000)), (49, score(8001))]), score(8000), "80.0049 is 80.00");
        assert_eq!(total([(60, score(8000))]), None, "weights that do not make 100");
        assert_eq!(total([]), None);
        assert_eq!(total([(u32::MAX, score(10_000))]), None);
        assert_eq!(four(score(10_000), score(10_000), score(10_000), score(10_000)), score(10_000));
    }

    proptest! {
        /// Against a computation in ten-thousandths by repeated addition, without a division.
        #[test]
        fn the_final_score_is_the_nearest_hundredth(cut in 1..100u32, a in 0..=10_000u32, b in 0..=10_000u32) {
            let found = total([(cut, score(a)), (100 - cut, score(b))]).unwrap().hundredths();
            let mut exact = 0u64;
            for _ in 0..cut { exact += u64::from(a); }
            for _ in cut..100 { exact += u64::from(b); }
            let off = i64::from(found) * 100 - i64::try_from(exact).unwrap();
            prop_assert!((-49..=50).contains(&off), "{off}");
        }
    }
}
