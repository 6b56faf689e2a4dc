//! What a grade sheet is and when it may be written, its components, and when it may be published.

use std::collections::HashSet;

use crate::rules::Refusal;
use crate::rules::scale::{Scale, Step};
use crate::rules::score::{self, Score};
use crate::rules::window::Gate;

/// Components of one class at most.
pub const MAX_COMPONENTS: usize = 10;
/// Characters of a component's name at most.
pub const MAX_NAME: usize = 40;

/// How far a sheet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SheetState {
    /// No score yet.
    Empty,
    /// Scores are being entered.
    Draft,
    /// Students read their grades.
    Published,
}

impl SheetState {
    /// The word for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Empty, Self::Draft, Self::Published].into_iter().find(|state| state.word() == word)
    }
}

/// A part of the final score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Id; empty for a new one.
    pub id: String,
    /// Name.
    pub name: String,
    /// Percent.
    pub weight: u32,
}

/// What is wrong with the components that a class shall have; the number is the place in the list, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentFault {
    /// None, or too many.
    Count,
    /// The weights do not make 100.
    Weights {
        /// What they make.
        sum: u32,
    },
    /// An earlier one has the name or the id.
    Twice(usize),
    /// The class has no component with this id.
    Unknown(usize),
    /// One that has scores is not in the list any more.
    HasScores {
        /// Its name.
        name: String,
    },
}

/// Everything that is wrong with the components that shall replace the present ones; `scored` are the ids of those that have
/// scores.
pub fn check_components(present: &[Component], scored: &HashSet<String>, wanted: &[Component]) -> Vec<ComponentFault> {
    let mut faults = Vec::new();
    if wanted.is_empty() || wanted.len() > MAX_COMPONENTS {
        faults.push(ComponentFault::Count);
    }
    for (n, component) in wanted.iter().enumerate() {
        let twice = |earlier: &Component| {
            earlier.name == component.name || (!component.id.is_empty() && earlier.id == component.id)
        };
        if wanted[..n].iter().any(twice) {
            faults.push(ComponentFault::Twice(n));
        }
        if !component.id.is_empty() && !present.iter().any(|known| known.id == component.id) {
            faults.push(ComponentFault::Unknown(n));
        }
    }
    let sum = wanted.iter().fold(0_u32, |sum, component| sum.saturating_add(component.weight));
    if !wanted.is_empty() && sum != 100 {
        faults.push(ComponentFault::Weights { sum });
    }
    let gone = present.iter().filter(|known| !wanted.iter().any(|component| component.id == known.id));
    let kept = gone.filter(|known| scored.contains(&known.id));
    faults.extend(kept.map(|known| ComponentFault::HasScores { name: known.name.clone() }));
    faults
}

/// The final score of a student, and the step of the scale that it reaches.
pub fn result<'s>(
    components: &[Component],
    scores: &[Option<Score>],
    scale: Option<&'s Scale>,
) -> (Option<Score>, Option<&'s Step>) {
    let total = score::total(components.iter().map(|component| component.weight).zip(scores.iter().copied()));
    (total, total.and_then(|total| scale?.step(total)))
}

/// Every reason why scores may not be written.
pub fn write_refusals(state: SheetState, gate: &Gate) -> Vec<Refusal> {
    let published = (state == SheetState::Published).then_some(Refusal::SheetPublished);
    published.into_iter().chain(gate.refusal()).collect()
}

/// What the rules of publishing ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishFacts<'a> {
    /// State of the sheet.
    pub state: SheetState,
    /// The grade-entry window.
    pub gate: &'a Gate,
    /// Students on the roster.
    pub students: u32,
    /// Those of them with every score.
    pub complete: u32,
    /// Whether there is a scale.
    pub has_scale: bool,
    /// Code of the programme that owns the course.
    pub programme: &'a str,
}

/// Every reason why the sheet may not be published.
pub fn publish_refusals(facts: &PublishFacts<'_>) -> Vec<Refusal> {
    if facts.state == SheetState::Published {
        return vec![Refusal::SheetPublished];
    }
    let missing = facts.students.saturating_sub(facts.complete);
    [
        facts.gate.refusal(),
        (facts.students == 0).then_some(Refusal::RosterEmpty),
        (missing > 0).then_some(Refusal::GradesIncomplete { missing }),
        (!facts.has_scale).then(|| Refusal::ScaleMissing { programme: facts.programme.to_owned() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::rules::scale::tests::ab;
    use crate::rules::window::{Scope, Window};

    fn component(id: &str, name: &str, weight: u32) -> Component {
        Component { id: id.to_owned(), name: name.to_owned(), weight }
    }

    fn open() -> Gate {
        let at = |second| Timestamp::from_second(second).unwrap();
        Gate::Open(Window { scope: Scope::University, opens_at: at(0), closes_at: at(9) })
    }

    #[test]
    fn what_is_wrong_with_components() {
        let present = [component("a", "UTS", 40), component("b", "UAS", 60)];
        let scored = HashSet::from(["b".to_owned()]);
        let wrong = |wanted: &[Component]| check_components(&present, &scored, wanted);
        assert_eq!(wrong(&[component("b", "Ujian", 70), component("", "Tugas", 30)]), [], "renamed, new, removed");
        assert_eq!(wrong(&[]), [ComponentFault::Count, ComponentFault::HasScores { name: "UAS".to_owned() }]);
        assert_eq!(wrong(&[component("b", "UAS", 60)]), [ComponentFault::Weights { sum: 60 }]);
        assert_eq!(wrong(&[component("b", "UAS", 60), component("", "UAS", 40)]), [ComponentFault::Twice(1)]);
        assert_eq!(wrong(&[component("b", "UAS", 60), component("b", "UTS", 40)]), [ComponentFault::Twice(1)]);
        assert_eq!(wrong(&[component("b", "UAS", 60), component("c", "X", 40)]), [ComponentFault::Unknown(1)]);
        let huge = [component("b", "UAS", u32::MAX), component("", "X", 101)];
        assert_eq!(wrong(&huge), [ComponentFault::Weights { sum: u32::MAX }]);
        let many: Vec<_> = (0..11).map(|n| component(if n == 0 { "b" } else { "" }, &n.to_string(), 1)).collect();
        assert_eq!(wrong(&many), [ComponentFault::Count, ComponentFault::Weights { sum: 11 }]);
    }

    #[test]
    fn a_letter_waits_for_the_last_score() {
        let components = [component("a", "UTS", 40), component("b", "UAS", 60)];
        let score = |n| Score::from_hundredths(n);
        let scale = ab();
        assert_eq!(result(&components, &[score(9000), None], Some(&scale)), (None, None));
        let (total, step) = result(&components, &[score(9000), score(8000)], Some(&scale));
        assert_eq!((total, step.map(|step| step.letter.as_str())), (score(8400), Some("AB")));
        assert_eq!(result(&components, &[score(9000), score(8000)], None), (score(8400), None));
    }

    proptest! {
        #[test]
        fn a_sheet_is_published_exactly_when_everything_is_there(
            state in 0..3usize, is_open in any::<bool>(), students in 0..3u32, complete in 0..3u32, has_scale in any::<bool>(),
        ) {
            prop_assume!(complete <= students);
            let state = [SheetState::Empty, SheetState::Draft, SheetState::Published][state];
            let gate = if is_open { open() } else { Gate::Nothing };
            let facts = PublishFacts { state, gate: &gate, students, complete, has_scale, programme: "IF-S1" };
            let may = state != SheetState::Published && is_open && students > 0 && complete == students && has_scale;
            prop_assert_eq!(publish_refusals(&facts).is_empty(), may);
            let writes = state != SheetState::Published && is_open;
            prop_assert_eq!(write_refusals(state, &gate).is_empty(), writes);
        }
    }
}
