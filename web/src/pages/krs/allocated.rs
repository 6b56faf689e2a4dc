//! What became of a student's wishes: each granted or why not, the own place in the draw, and how anybody can check it.

use api::{AllocationOutcome, Plan};

use super::panel::{class_label, meetings};
use super::state::{named, when};
use super::wishes::Wished;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::reasons;
use crate::view::{Badge, Missing, Part, Reason, Tone};
use crate::visit::Visit;

/// What became of the wishes.
pub struct Allocated {
    /// `4 dari 6 pilihan Anda mendapat kursi.`
    pub sum: String,
    /// What can be done now.
    pub next: String,
    /// Place in the draw, when it was: heading and text.
    pub facts: Vec<(String, String)>,
    /// By rank.
    pub rows: Vec<Row>,
    /// How to check it.
    pub check: Option<Check>,
}

/// What became of one wish.
pub struct Row {
    /// Rank.
    pub rank: u32,
    /// Course and class.
    pub title: String,
    /// Days and hours; the round in which it was given.
    pub detail: String,
    /// Granted or not.
    pub badge: Badge,
    /// Why not.
    pub reasons: Vec<Reason>,
}

/// How to check the draw.
pub struct Check {
    /// Id of the student; empty in what is for everybody.
    pub student: String,
    /// The command that gives the number of that student, as one types it; empty in what is for everybody.
    pub command: String,
}

impl Check {
    /// Of a seed and a student.
    #[must_use]
    pub fn new(seed: &str, student: &str) -> Self {
        let quoted = format!("{seed}{student}").replace('\'', "'\\''");
        Self { student: student.to_owned(), command: format!("printf %s '{quoted}' | sha256sum") }
    }
}

impl Allocated {
    /// What became of the wishes; none before it is over.
    #[must_use]
    pub fn of(visit: &Visit, plan: &Plan, wished: &Wished) -> Option<Part<Self>> {
        if !wished.is_done() {
            return None;
        }
        let lang = visit.lang;
        Some(match &wished.outcomes {
            Some(outcomes) => Part::Ready(Self::new(visit, plan, wished, outcomes)),
            None => Part::Down(Missing {
                heading: lang.t("allocated-title"),
                title: lang.t("down-allocated"),
                text: lang.t("down-allocated.text"),
                retry: with_query("/krs", &[("periode", &plan.period_code)]),
            }),
        })
    }

    fn new(visit: &Visit, plan: &Plan, wished: &Wished, outcomes: &[AllocationOutcome]) -> Self {
        let lang = visit.lang;
        let granted = outcomes.iter().filter(|outcome| outcome.granted).count();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let vars = Vars::new().count("granted", number(granted)).count("count", number(outcomes.len()));
        let sum = if outcomes.is_empty() { lang.t("allocated-none") } else { lang.with("allocated-sum", &vars) };
        let mut facts = Vec::new();
        let allocation = wished.allocation.as_ref();
        if let Some(first) = outcomes.first() {
            let place = match allocation {
                Some(found) => {
                    let vars = Vars::new().count("place", first.place).count("students", found.students);
                    lang.with("allocated-place", &vars)
                }
                None => first.place.to_string(),
            };
            facts.push((lang.t("allocated-your-place"), place));
        }
        if let Some(at) = allocation.and_then(|found| found.done_at.or(found.run_at)) {
            facts.push((lang.t("allocated-when"), when(visit, at)));
        }
        let seed = allocation.and_then(|found| found.seed.as_deref());
        facts.extend(seed.map(|seed| (lang.t("draw-seed"), seed.to_owned())));
        Self {
            sum,
            next: lang.t("allocated-next"),
            facts,
            rows: outcomes.iter().map(|outcome| row(visit, plan, wished, outcome)).collect(),
            check: seed.map(|seed| Check::new(seed, &plan.student_id)),
        }
    }
}

fn row(visit: &Visit, plan: &Plan, wished: &Wished, outcome: &AllocationOutcome) -> Row {
    let lang = visit.lang;
    let wishes = wished.wishes.iter().flat_map(|wishes| &wishes.wishes);
    let class = wishes.map(|wish| &wish.class).find(|class| class.id == outcome.class_id);
    let round = lang.with("allocated-round", &Vars::new().count("round", outcome.round));
    let hours = class.map(|class| meetings(lang, class).join(", "));
    Row {
        rank: outcome.rank,
        title: class.map_or_else(|| outcome.class_label.clone(), |class| class_label(lang, class)),
        detail: hours.into_iter().chain([round]).collect::<Vec<_>>().join(" · "),
        badge: badge(visit, outcome.granted),
        reasons: reasons::sentences(lang, &visit.app.campus, &named(lang, plan, &outcome.refusals)),
    }
}

/// Granted or not.
#[must_use]
pub fn badge(visit: &Visit, granted: bool) -> Badge {
    let (tone, icon, key) =
        if granted { (Tone::Ok, "check", "allocated-yes") } else { (Tone::Mute, "x", "allocated-no") };
    Badge { tone, icon: Some(icon), text: visit.t(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_one_that_a_shell_understands_whatever_the_seed_is() {
        assert_eq!(Check::new("undian 1", "-s1").command, "printf %s 'undian 1-s1' | sha256sum");
        assert_eq!(Check::new("it's", "").command, "printf %s 'it'\\''s' | sha256sum");
    }
}
