//! Grade scales: how a final score becomes a letter with grade points, and when a course is passed.
//!
//! A scale keeps the lower bound of each letter and nothing else: bands with two ends leave gaps between them.

use crate::rules::score::Score;

/// Steps of one scale at most.
pub const MAX_STEPS: usize = 20;
/// Characters of a letter at most.
pub const MAX_LETTER: usize = 3;

/// Grade points in hundredths: 3.50 is `Points(350)`. Invariant: at most 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(u16);

impl Points {
    /// The most there is, 4.00.
    pub const MAX: Self = Self(400);

    /// Reads hundredths; `None` above 400.
    pub fn from_hundredths(n: u32) -> Option<Self> {
        u16::try_from(n).ok().map(Self).filter(|points| *points <= Self::MAX)
    }

    /// In hundredths.
    pub fn hundredths(self) -> u32 {
        u32::from(self.0)
    }
}

/// How a repeated course counts in the IPK. The IPS always has that period's grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RepeatPolicy {
    /// The best result counts.
    #[default]
    Best,
    /// The latest result counts.
    Latest,
}

impl RepeatPolicy {
    /// The word for it in the database and in import files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Latest => "latest",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Best, Self::Latest].into_iter().find(|policy| policy.word() == word)
    }
}

/// One step of a scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Letter.
    pub letter: String,
    /// Lowest score that gets it.
    pub min_score: Score,
    /// What it is worth.
    pub points: Points,
}

/// The rules of a scale. Invariant: the steps are as [`check`] wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// Steps, highest first.
    pub steps: Vec<Step>,
    /// Grade points from which a course is passed.
    pub pass: Points,
    /// How repeats count.
    pub policy: RepeatPolicy,
}

impl Scale {
    /// The step of a final score: the highest whose bound it reaches. There always is one, since the lowest begins at 0.
    pub fn step(&self, score: Score) -> Option<&Step> {
        self.steps.iter().find(|step| step.min_score <= score)
    }

    /// The step of a letter.
    pub fn letter(&self, letter: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.letter == letter)
    }

    /// Whether these grade points pass a course.
    pub fn passes(&self, points: Points) -> bool {
        points >= self.pass
    }
}

/// What is wrong with the steps of a scale; the number is the step's place from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepFault {
    /// There is none, or there are too many.
    Count,
    /// Its bound does not lie below that of the step before.
    Bound(usize),
    /// It is worth more than the step before.
    Points(usize),
    /// An earlier step has the letter.
    Letter(usize),
    /// It is the lowest and does not begin at 0.
    Lowest(usize),
}

/// Everything that is wrong with the steps of a scale, which stand highest first.
pub fn check(steps: &[Step]) -> Vec<StepFault> {
    let mut faults = Vec::new();
    if steps.is_empty() || steps.len() > MAX_STEPS {
        faults.push(StepFault::Count);
    }
    for (n, pair) in steps.windows(2).enumerate() {
        if pair[1].min_score >= pair[0].min_score {
            faults.push(StepFault::Bound(n + 1));
        }
        if pair[1].points > pair[0].points {
            faults.push(StepFault::Points(n + 1));
        }
    }
    for (n, step) in steps.iter().enumerate() {
        if steps[..n].iter().any(|earlier| earlier.letter == step.letter) {
            faults.push(StepFault::Letter(n));
        }
    }
    if let Some(last) = steps.last().filter(|last| last.min_score.hundredths() != 0) {
        faults.push(StepFault::Lowest(steps.iter().position(|step| step == last).unwrap_or_default()));
    }
    faults
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A scale from `(letter, lowest score, grade points)`, the pass mark at `pass`.
    pub(crate) fn scale(steps: &[(&str, u32, u32)], pass: u32) -> Scale {
        let step = |(letter, min, points): &(&str, u32, u32)| Step {
            letter: (*letter).to_owned(),
            min_score: Score::from_hundredths(*min).unwrap(),
            points: Points::from_hundredths(*points).unwrap(),
        };
        let pass = Points::from_hundredths(pass).unwrap();
        Scale { steps: steps.iter().map(step).collect(), pass, policy: RepeatPolicy::Best }
    }

    /// UGM 2024: fourteen steps.
    pub(crate) fn ugm() -> Scale {
        scale(
            &[
                ("A", 9000, 400),
                ("A-", 8500, 375),
                ("A/B", 8000, 350),
                ("B+", 7500, 325),
                ("B", 7000, 300),
                ("B-", 6500, 275),
                ("B/C", 6000, 250),
                ("C+", 5500, 225),
                ("C", 5000, 200),
                ("C-", 4500, 175),
                ("C/D", 4000, 150),
                ("D+", 3500, 125),
                ("D", 3000, 100),
                ("E", 0, 0),
            ],
            100,
        )
    }

    /// The AB type, whose bounds read `above 85`: a hundredth more than 85.
    pub(crate) fn ab() -> Scale {
        scale(
            &[
                ("A", 8501, 400),
                ("AB", 8001, 350),
                ("B", 7001, 300),
                ("BC", 6501, 250),
                ("C", 6001, 200),
                ("CD", 5501, 150),
                ("D", 5001, 100),
                ("E", 0, 0),
            ],
            100,
        )
    }

    /// The plain scale of five letters, passed with a C.
    pub(crate) fn plain() -> Scale {
        scale(&[("A", 8000, 400), ("B", 6800, 300), ("C", 5600, 200), ("D", 4500, 100), ("E", 0, 0)], 200)
    }

    #[test]
    fn golden_letters_of_three_scales() {
        /// Score, letter, grade points and whether they pass.
        type Cases = &'static [(u32, &'static str, u32, bool)];
        let table: [(Scale, Cases); 3] = [
            (
                ugm(),
                &[
                    (10_000, "A", 400, true),
                    (9000, "A", 400, true),
                    (8999, "A-", 375, true),
                    (8500, "A-", 375, true),
                    (8499, "A/B", 350, true),
                    (7499, "B", 300, true),
                    (6000, "B/C", 250, true),
                    (5999, "C+", 225, true),
                    (4999, "C-", 175, true),
                    (3000, "D", 100, true),
                    (2999, "E", 0, false),
                    (0, "E", 0, false),
                ],
            ),
            (
                ab(),
                &[
                    (8501, "A", 400, true),
                    (8500, "AB", 350, true),
                    (8001, "AB", 350, true),
                    (8000, "B", 300, true),
                    (7000, "BC", 250, true),
                    (6500, "C", 200, true),
                    (6000, "CD", 150, true),
                    (5500, "D", 100, true),
                    (5001, "D", 100, true),
                    (5000, "E", 0, false),
                ],
            ),
            (
                plain(),
                &[
                    (8000, "A", 400, true),
                    (7999, "B", 300, true),
                    (6800, "B", 300, true),
                    (5600, "C", 200, true),
                    (5599, "D", 100, false),
                    (4500, "D", 100, false),
                    (4499, "E", 0, false),
                ],
            ),
        ];
        for (scale, cases) in table {
            assert_eq!(check(&scale.steps), []);
            for (score, letter, points, passed) in cases {
                let step = scale.step(Score::from_hundredths(*score).unwrap()).unwrap();
                let found = (step.letter.as_str(), step.points.hundredths(), scale.passes(step.points));
                assert_eq!(found, (*letter, *points, *passed), "{score}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_scale() {
        let wrong = |steps: &[(&str, u32, u32)]| check(&scale(steps, 100).steps);
        assert_eq!(wrong(&[]), [StepFault::Count]);
        assert_eq!(wrong(&[("A", 8000, 400), ("B", 8000, 300), ("E", 0, 0)]), [StepFault::Bound(1)]);
        assert_eq!(wrong(&[("A", 8000, 300), ("B", 7000, 400), ("E", 0, 0)]), [StepFault::Points(1)]);
        assert_eq!(wrong(&[("A", 8000, 400), ("A", 7000, 300), ("E", 0, 0)]), [StepFault::Letter(1)]);
        assert_eq!(wrong(&[("A", 8000, 400), ("B", 7000, 300)]), [StepFault::Lowest(1)]);
        assert_eq!(wrong(&[("A", 1, 400), ("B", 0, 400)]), [], "two letters may be worth the same");
        let many: Vec<_> = (0..21).rev().map(|n| ("A", n, 0)).collect();
        assert!(wrong(&many).contains(&StepFault::Count));
    }

    proptest! {
        #[test]
        fn every_score_has_the_letter_of_the_highest_bound_that_it_reaches(
            mut bounds in proptest::collection::btree_set(1..40u32, 0..6), score in 0..40u32,
        ) {
            bounds.insert(0);
            let letters = ["A", "B", "C", "D", "E", "F", "G"];
            let steps: Vec<_> = bounds.iter().rev().zip(letters).map(|(bound, letter)| (letter, *bound, 0)).collect();
            let scale = scale(&steps, 0);
            prop_assert_eq!(check(&scale.steps), []);
            // From below, one hundredth at a time: the bound that was passed last.
            let reached = (0..=score).rev().find(|n| bounds.contains(n)).unwrap();
            let step = scale.step(Score::from_hundredths(score).unwrap()).unwrap();
            prop_assert_eq!(step.min_score.hundredths(), reached);
        }
    }
}
