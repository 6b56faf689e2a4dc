//! What the students of a campus do together.

use std::time::Duration;

use crate::campus::Campus;
use crate::dice::Dice;
use crate::script::{Actor, Deed, Step, wishes};

/// Classes that a student wants.
pub const WISHES: usize = 6;
/// Share of the students who come on the day of the opening, in hundredths.
const COMERS: u32 = 60;

/// One crowd of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Everybody wants the same class of 40 seats, all at once.
    Hot,
    /// Everybody wants six of all classes, as fast as it goes.
    Spread,
    /// The opening: most come soon, read, take, are refused, give back, hand in; with time to think.
    Day,
}

impl Scenario {
    /// As it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Spread => "spread",
            Self::Day => "day",
        }
    }

    /// Everything is due at once, so that times from the wish say how long the queue was and nothing else.
    #[must_use]
    pub fn is_flood(self) -> bool {
        !matches!(self, Self::Day)
    }
}

/// All students of the campus with one wish, due at once.
#[must_use]
pub fn hot(campus: &Campus) -> Vec<Actor> {
    let step = Step { at: 0, deed: Deed::Add };
    (0..campus.students).map(|student| Actor::new(student, vec![step], vec![0])).collect()
}

/// All students of the campus with six wishes each, due at once.
#[must_use]
pub fn spread(campus: &Campus) -> Vec<Actor> {
    let step = Step { at: 0, deed: Deed::Add };
    let actor = |student| Actor::new(student, vec![step; WISHES], wishes(campus, student, WISHES));
    (0..campus.students).map(actor).collect()
}

/// The day of the opening: 60 of a hundred students come within `length`, most of them soon after the beginning, and send
/// 33 requests each.
#[must_use]
pub fn day(campus: &Campus, length: Duration) -> Vec<Actor> {
    let length = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
    let comers = (0..campus.students)
        .filter(|student| crate::dice::at(campus.seed, 77, (*student).into()) % 100 < COMERS.into());
    comers
        .map(|student| {
            let mut dice = Dice::new(campus.seed, 2_000_000 + u64::from(student));
            // Arrivals thin out: their mean is a fifth of the time, and nobody comes after four fifths of it.
            let came = dice.gap() * (length / 5) / 1000 % (length * 4 / 5);
            let mut at = came;
            let pause = length / 5 / SESSION.len() as u64;
            let steps = SESSION.iter().map(|deed| {
                let step = Step { at, deed: *deed };
                at += dice.gap().min(4000) * pause / 1000;
                step
            });
            let steps = steps.collect();
            let mut wanted = wishes(campus, student, WISHES);
            // Everybody tries the class that everybody wants first, and one that clashes with what they have.
            wanted.insert(0, 0);
            if let Some(second) = wanted.get(1).copied() {
                wanted.insert(4, (second + 35) % campus.classes);
            }
            Actor::new(student, steps, wanted)
        })
        .collect()
}

/// What a student does in one sitting: 33 requests, 8 of which try to take a seat, one of them in exchange.
const SESSION: [Deed; 33] = {
    use Deed::{Add, Choices, Drop, Plan, Submit, Swap};
    [
        Plan, Choices, Choices, Choices, Add, Choices, Choices, Add, Plan, Choices, Add, Choices, Choices, Add,
        Choices, Add, Plan, Choices, Choices, Add, Choices, Choices, Drop, Choices, Add, Plan, Choices, Choices, Swap,
        Plan, Choices, Plan, Submit,
    ]
};

/// Requests that are due in each second of a script.
#[must_use]
pub fn per_second(actors: &[Actor]) -> Vec<u64> {
    let mut seconds = Vec::new();
    for at in actors.iter().flat_map(Actor::moments) {
        let second = usize::try_from(at / 1_000_000).unwrap_or(0).min(86_400);
        if seconds.len() <= second {
            seconds.resize(second + 1, 0);
        }
        seconds[second] += 1;
    }
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_large_campus_is_as_busy_as_such_days_are() {
        let actors = day(&Campus::of(40_000), Duration::from_secs(600));
        assert!((23_500..24_500).contains(&actors.len()), "{}", actors.len());
        let seconds = per_second(&actors);
        let (sum, peak) = (seconds.iter().sum::<u64>(), seconds.iter().max().copied().unwrap_or(0));
        assert_eq!(sum, 33 * actors.len() as u64);
        assert!(seconds.len() <= 700, "{}", seconds.len());
        assert!((2500..5000).contains(&peak), "{peak}");
    }
}
