//! Scores of the classes that wait to be published.

use super::curriculum::Catalogue;
use super::dice::Dice;
use super::history::{Attempt, WAITING};
use super::timetable::Timetable;

/// A score: position of the attempt, name of the component, and the score in hundredths.
pub(crate) type Score = (usize, &'static str, u32);

/// Scores whose weighted sum comes near the final score of each attempt, by class, student and component.
pub(crate) fn waiting(dice: &mut Dice, catalogue: &Catalogue, last: &Timetable, attempts: &[Attempt]) -> Vec<Score> {
    let mut scores = Vec::new();
    for waiting in &WAITING {
        let class = last.find(catalogue, waiting.course, waiting.class);
        let members: Vec<usize> = (0..attempts.len()).filter(|at| attempts[*at].class == Some(class)).collect();
        for (number, at) in members.iter().enumerate() {
            for (place, (name, _)) in waiting.components.iter().enumerate() {
                let last_one = place + 1 == waiting.components.len();
                if last_one && number % 5 == 2 && number / 5 < waiting.missing {
                    continue;
                }
                // Half marks, up to four above or below the final score.
                let swing = 50 * u32::try_from(dice.below(17)).expect("below 17");
                let score = (attempts[*at].score + swing).saturating_sub(400).min(10_000) / 50 * 50;
                scores.push((*at, *name, score));
            }
        }
    }
    scores
}
