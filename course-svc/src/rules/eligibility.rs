//! Whether a student may register at all: status of the period, exit, holds with waivers.
//!
//! What has not arrived is *unknown*, which is different from *blocked*: an unknown status refuses by its own name,
//! unknown holds are decided in the student's favour and flagged.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::policy::Policy;
use crate::rules::refusal::Refusal;

/// Status of a student in a period, letters as PDDikti's AKM knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// A: registered again.
    #[serde(rename = "A")]
    Active,
    /// C: on approved leave.
    #[serde(rename = "C")]
    Leave,
    /// N: not registered again.
    #[serde(rename = "N")]
    Inactive,
    /// G: double degree.
    #[serde(rename = "G")]
    DoubleDegree,
    /// M: Kampus Merdeka.
    #[serde(rename = "M")]
    Merdeka,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Active, Self::Leave, Self::Inactive, Self::DoubleDegree, Self::Merdeka];

    /// The letter for it in the database.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Active => "A",
            Self::Leave => "C",
            Self::Inactive => "N",
            Self::DoubleDegree => "G",
            Self::Merdeka => "M",
        }
    }

    /// Reads [`Self::letter`].
    pub fn parse(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.letter() == letter)
    }

    /// Why it keeps a student from registering, if it does not register.
    fn refusal(self) -> Refusal {
        match self {
            Self::Leave => Refusal::StatusOnLeave,
            Self::Inactive => Refusal::StatusInactive,
            Self::Active | Self::DoubleDegree | Self::Merdeka => Refusal::StatusNotRegistering { status: self },
        }
    }
}

/// Why a hold was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// Unpaid tuition (UKT).
    Tuition,
    /// Library.
    Library,
    /// Academic or disciplinary.
    Academic,
    /// Missing documents.
    Document,
}

impl HoldKind {
    /// Every kind, in the order in which a page shows them.
    pub const ALL: [Self; 4] = [Self::Tuition, Self::Library, Self::Academic, Self::Document];

    /// The word for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tuition => "tuition",
            Self::Library => "library",
            Self::Academic => "academic",
            Self::Document => "document",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that keeps a student from registering until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hold {
    /// Why it was placed.
    pub kind: HoldKind,
    /// What the student reads.
    pub note: String,
    /// Until when a waiver (dispensasi) suspends it.
    pub waived_until: Option<Timestamp>,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
}

impl Hold {
    /// Whether it binds at that moment.
    pub fn binds(&self, now: Timestamp) -> bool {
        let lifted = self.lifted_at.is_some_and(|at| at <= now);
        let waived = self.waived_until.is_some_and(|until| now < until);
        !lifted && !waived
    }
}

/// What is known of the holds of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// The feed that brings them has never been read to its head.
    Unknown,
    /// All of them, binding or not.
    Known(Vec<Hold>),
}

/// What is known of a student's right to register in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Status in the period; `None` when it, or the student, has not arrived.
    pub status: Option<Status>,
    /// How the student left; `None` while enrolled.
    pub exit_kind: Option<String>,
    /// Holds.
    pub holds: Holds,
}

impl Standing {
    /// Whether it is not known yet if the student registers.
    pub fn is_unknown(&self) -> bool {
        self.status.is_none() && self.exit_kind.is_none()
    }

    /// Everything that keeps the student from registering at that moment.
    pub fn refusals(&self, policy: &Policy, now: Timestamp) -> Vec<Refusal> {
        let left = self.exit_kind.clone().map(|exit_kind| Refusal::StudentLeft { exit_kind });
        let status = match self.status {
            // Who has left has no status any more: one reason is enough.
            _ if left.is_some() => None,
            None => Some(Refusal::StatusUnknown),
            Some(status) => (!policy.registering.0.contains(&status)).then(|| status.refusal()),
        };
        left.into_iter()
            .chain(status)
            .chain(self.binding(now, |kind| policy.blocking_holds.0.contains(&kind)))
            .collect()
    }

    /// What was not known and was decided in the student's favour, and the holds that bind and block nothing.
    pub fn flags(&self, policy: &Policy, now: Timestamp) -> Vec<Refusal> {
        match self.holds {
            Holds::Unknown => vec![Refusal::HoldUnknown],
            Holds::Known(_) => self.binding(now, |kind| !policy.blocking_holds.0.contains(&kind)),
        }
    }

    /// Holds of some kinds that bind at that moment.
    fn binding(&self, now: Timestamp, wanted: impl Fn(HoldKind) -> bool) -> Vec<Refusal> {
        let Holds::Known(holds) = &self.holds else { return Vec::new() };
        let mut binding: Vec<_> = holds.iter().filter(|hold| wanted(hold.kind) && hold.binds(now)).collect();
        binding.sort_by_key(|hold| hold.kind);
        binding.into_iter().map(|hold| Refusal::Hold { kind: hold.kind, note: hold.note.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn hold(kind: HoldKind) -> Hold {
        Hold { kind, note: format!("{kind:?}"), waived_until: None, lifted_at: None }
    }

    fn standing(status: Option<Status>, holds: Vec<Hold>) -> Standing {
        Standing { status, exit_kind: None, holds: Holds::Known(holds) }
    }

    fn words(refusals: &[Refusal]) -> Vec<&'static str> {
        refusals.iter().map(Refusal::reason).collect()
    }

    #[test]
    fn only_some_statuses_register_and_unknown_is_not_inactive() {
        let table: [(Option<Status>, &[&str]); 6] = [
            (Some(Status::Active), &[]),
            (Some(Status::Merdeka), &[]),
            (Some(Status::DoubleDegree), &[]),
            (Some(Status::Inactive), &["status-inactive"]),
            (Some(Status::Leave), &["status-on-leave"]),
            (None, &["status-unknown"]),
        ];
        for (status, expected) in table {
            assert_eq!(
                words(&standing(status, Vec::new()).refusals(&Policy::default(), at(0))),
                expected,
                "{status:?}"
            );
        }
    }

    #[test]
    fn who_has_left_hears_that_and_nothing_of_a_status() {
        for status in [None, Some(Status::Active), Some(Status::Inactive)] {
            let left = Standing { exit_kind: Some("1".to_owned()), ..standing(status, Vec::new()) };
            assert_eq!(words(&left.refusals(&Policy::default(), at(0))), ["student-left"]);
        }
    }

    #[test]
    fn every_binding_hold_is_named_in_order() {
        let holds = HoldKind::ALL.into_iter().rev().map(hold).collect();
        let found = standing(Some(Status::Inactive), holds).refusals(&Policy::default(), at(0));
        let all = ["status-inactive", "hold-tuition", "hold-library", "hold-academic", "hold-document"];
        assert_eq!(words(&found), all);
    }

    #[test]
    fn a_waiver_suspends_a_hold_until_its_moment_and_a_lifted_one_is_gone() {
        let waived = Hold { waived_until: Some(at(10)), ..hold(HoldKind::Tuition) };
        assert!(!waived.binds(at(9)));
        assert!(waived.binds(at(10)), "the waiver ends at its moment");
        let lifted = Hold { lifted_at: Some(at(5)), ..hold(HoldKind::Tuition) };
        assert!(lifted.binds(at(4)));
        assert!(!lifted.binds(at(5)));
    }

    #[test]
    fn unknown_holds_are_flagged_and_refuse_nothing() {
        let unknown = Standing { holds: Holds::Unknown, ..standing(Some(Status::Active), Vec::new()) };
        assert_eq!(unknown.refusals(&Policy::default(), at(0)), []);
        assert_eq!(words(&unknown.flags(&Policy::default(), at(0))), ["hold-unknown"]);
        assert_eq!(standing(Some(Status::Active), Vec::new()).flags(&Policy::default(), at(0)), []);
    }

    #[test]
    fn the_policy_says_which_holds_block_and_which_statuses_register() {
        let mut policy = Policy::default();
        policy.blocking_holds.0 = vec![HoldKind::Tuition];
        policy.registering.0 = vec![Status::Active, Status::Leave];
        let holds = || vec![hold(HoldKind::Library), hold(HoldKind::Tuition)];
        let found = standing(Some(Status::Merdeka), holds());
        assert_eq!(words(&found.refusals(&policy, at(0))), ["status-not-registering", "hold-tuition"]);
        assert_eq!(words(&found.flags(&policy, at(0))), ["hold-library"], "said, and in nobody's way");
        assert_eq!(words(&standing(Some(Status::Leave), Vec::new()).refusals(&policy, at(0))), [""; 0]);
    }

    #[test]
    fn letters_and_words_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.letter()), Some(status));
            assert_eq!(serde_json::json!(status), status.letter());
        }
        for kind in HoldKind::ALL {
            assert_eq!(HoldKind::parse(kind.word()), Some(kind));
            assert_eq!(serde_json::json!(kind), kind.word());
        }
    }
}
