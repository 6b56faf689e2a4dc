//! How often each letter was given: bars, drawn here, with the figures printed below them.

use api::LetterCount;

use crate::i18n::{Lang, Vars};

/// Height of the highest bar, in tenths of a unit of the picture.
const HEIGHT: u32 = 960;

/// Width that a letter takes.
const STEP: u32 = 40;

/// Least width of the picture: few letters are not drawn larger than many.
const WIDTH: u32 = 286;

/// A bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: String,
    /// Height.
    pub height: String,
    /// Middle.
    pub middle: u32,
    /// Letter.
    pub letter: String,
    /// How often.
    pub count: u32,
    /// Height at which the line of the earlier period stands; none without one.
    pub earlier: Option<String>,
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Width.
    pub width: u32,
    /// The bars, in the order of the scale.
    pub bars: Vec<Bar>,
    /// The same in words.
    pub words: String,
}

impl Chart {
    /// Of these counts, beside those of an earlier period; none without any letter.
    #[must_use]
    pub fn new(lang: Lang, counts: &[LetterCount], earlier: &[LetterCount]) -> Option<Self> {
        let mut letters: Vec<&str> = counts.iter().map(|count| count.letter.as_str()).collect();
        letters.extend(earlier.iter().map(|c| c.letter.as_str()).filter(|l| !counts.iter().any(|c| c.letter == *l)));
        let of = |all: &[LetterCount], letter: &str| {
            all.iter().find(|count| count.letter == letter).map_or(0, |count| count.students)
        };
        let most = counts.iter().chain(earlier).map(|count| count.students).max()?.max(1);
        let tall = |count: u32| count * HEIGHT / most;
        let tenths = |value: u32| format!("{}.{}", value / 10, value % 10);
        let top = |count: u32| tenths(1020 - tall(count));
        let bar = |(n, letter): (u32, &&str)| {
            let count = of(counts, letter);
            Bar {
                x: 6 + n * STEP,
                y: top(count),
                height: tenths(tall(count)),
                middle: 21 + n * STEP,
                letter: (*letter).to_owned(),
                count,
                earlier: (!earlier.is_empty()).then(|| top(of(earlier, letter))),
            }
        };
        let bars: Vec<_> = (0..).zip(&letters).map(bar).collect();
        let word = |letter: &&str| {
            let vars = Vars::new().text("letter", *letter).count("count", of(counts, letter));
            match earlier.is_empty() {
                true => lang.with("grades-letter", &vars),
                false => lang.with("grades-letter.earlier", &vars.count("earlier", of(earlier, letter))),
            }
        };
        let words = letters.iter().map(word).collect::<Vec<_>>().join("; ");
        let width = u32::try_from(bars.len()).unwrap_or_default() * STEP + 6;
        Some(Self { width: width.max(WIDTH), bars, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u32)]) -> Vec<LetterCount> {
        pairs.iter().map(|(letter, students)| LetterCount { letter: (*letter).into(), students: *students }).collect()
    }

    #[test]
    fn the_highest_bar_fills_the_picture_and_zero_is_nothing() {
        let chart = Chart::new(Lang::Id, &counts(&[("A", 7), ("B", 0)]), &[]).unwrap();
        let drawn: Vec<_> = chart.bars.iter().map(|bar| (bar.y.as_str(), bar.height.as_str())).collect();
        assert_eq!(drawn, [("6.0", "96.0"), ("102.0", "0.0")]);
        assert_eq!(chart.words, "A: 7; B: 0");
        assert_eq!(Chart::new(Lang::Id, &[], &[]), None);
        assert!(Chart::new(Lang::Id, &counts(&[("A", 0)]), &[]).is_some(), "nobody yet is no division by nothing");
    }

    #[test]
    fn letters_of_an_earlier_scale_are_shown_too() {
        let chart = Chart::new(Lang::Id, &counts(&[("A", 2)]), &counts(&[("A", 4), ("B+", 1)])).unwrap();
        assert_eq!(chart.bars.iter().map(|bar| bar.letter.as_str()).collect::<Vec<_>>(), ["A", "B+"]);
        assert_eq!(chart.bars[0].earlier.as_deref(), Some("6.0"));
        assert!(chart.words.contains("A: 2") && chart.words.contains('4'));
    }
}
