//! The road of a study plan: filled by the student, handed to the advisor, decided, locked.
//!
//! ```text
//! none ──fill──▶ draft ──submit──▶ submitted ──approve──▶ approved ──lock──▶ locked
//!                 ▲ ◀──withdraw──── │  ▲ ▲                │  │  ▲
//!                                   │  │ └─submit─ revising ◀┘  │ office, after the windows
//!                                   │  │              └─────────┘ (submitted ones too)
//!                                   │  └─submit─ returned ◀── return, with a note
//!                                   └──────────▶ (submitted, approved; the office also a void one)
//! all but none and locked ──void──▶ void
//! ```
//!
//! A revision that nobody handed in stays as it is when its window ends, until the office approves or voids it. A void plan
//! has no class and is final for the student and the advisor; only the office gives it back, empty, by returning it.
//!
//! A plan that was approved and is not any more is a *revision* until it is approved again or void, on whatever road: its
//! student keeps the places that it holds. Withdrawn while revisions are made, it goes back to being revised.
//!
//! A transition consumes the stage that it leaves, so nobody goes on with an old one.

use crate::rules::refusal::Refusal;

/// State of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanState {
    /// Not opened yet; never stored.
    None,
    /// Being filled.
    Draft,
    /// Handed to the advisor.
    Submitted,
    /// The advisor wants a change.
    Returned,
    /// Approved by the advisor.
    Approved,
    /// Approved, and being changed in the revision window.
    Revising,
    /// Final.
    Locked,
    /// Void: leave, withdrawal or an exit took the seats back.
    Void,
}

impl PlanState {
    /// Every state that is stored.
    pub const STORED: [Self; 7] =
        [Self::Draft, Self::Submitted, Self::Returned, Self::Approved, Self::Revising, Self::Locked, Self::Void];

    /// The word for it in the database, in import files and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Revising => "revising",
            Self::Locked => "locked",
            Self::Void => "void",
        }
    }

    /// Reads [`Self::word`] of a stored state.
    pub fn parse(word: &str) -> Option<Self> {
        Self::STORED.into_iter().find(|state| state.word() == word)
    }

    /// Whether somebody but the student has decided about it: what breaks a rule afterwards is flagged, not undone.
    pub fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Revising | Self::Locked)
    }

    /// Why the student cannot put classes in or give them back in this state, if so.
    pub fn fill_refusal(self) -> Option<Refusal> {
        match self {
            Self::None | Self::Draft | Self::Returned | Self::Revising => None,
            Self::Submitted => Some(Refusal::PlanSubmitted),
            Self::Approved => Some(Refusal::PlanApproved),
            Self::Locked => Some(Refusal::PlanLocked),
            Self::Void => Some(Refusal::PlanVoid),
        }
    }
}

/// Where a plan is on its road.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    state: PlanState,
    note: String,
    revision: bool,
}

impl Stage {
    /// A plan that was not opened yet.
    pub const UNOPENED: Self = Self { state: PlanState::None, note: String::new(), revision: false };

    /// A stage as it was stored. The note belongs to a returned plan; others have none.
    pub fn stored(state: PlanState, note: String) -> Self {
        Self { state, note, revision: state == PlanState::Revising }
    }

    /// A stage as it was stored, of a plan that was approved before.
    #[must_use]
    pub fn of_revision(self, revision: bool) -> Self {
        let decided = matches!(self.state, PlanState::None | PlanState::Approved | PlanState::Locked | PlanState::Void);
        Self { revision: (revision && !decided) || self.state == PlanState::Revising, ..self }
    }

    /// The same plan in another state.
    fn becomes(&self, state: PlanState) -> Self {
        let revision = self.revision || self.state == PlanState::Approved;
        Self::stored(state, String::new()).of_revision(revision)
    }

    /// State.
    pub fn state(&self) -> PlanState {
        self.state
    }

    /// What the advisor wants changed; empty unless it is returned.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Whether it was approved before and is not now: the student keeps the places that it holds.
    pub fn is_revision(&self) -> bool {
        self.revision
    }

    /// A class was put in or given back, or the plan was opened. A returned plan stays returned with its note until it
    /// is submitted again, and one that is revised goes on being revised.
    ///
    /// # Errors
    /// The word of the state in which a plan cannot be filled.
    pub fn filled(self) -> Result<Self, Refusal> {
        match (self.state.fill_refusal(), self.state) {
            (Some(refusal), _) => Err(refusal),
            (None, PlanState::None) => Ok(self.becomes(PlanState::Draft)),
            (None, _) => Ok(self),
        }
    }

    /// The student hands it to the advisor.
    ///
    /// # Errors
    /// `plan-state` unless it is a draft, was returned or is being revised.
    pub fn submitted(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Draft | PlanState::Returned | PlanState::Revising => Ok(self.becomes(PlanState::Submitted)),
            _ => Err(self.unless(PlanState::Draft)),
        }
    }

    /// The student takes it back before it was decided: a revision, while `revising` says that revisions are made, to go on
    /// with that; else a draft.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted.
    pub fn withdrawn(self, revising: bool) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted if self.revision && revising => Ok(self.becomes(PlanState::Revising)),
            PlanState::Submitted => Ok(self.becomes(PlanState::Draft)),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The advisor says yes.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted.
    pub fn approved(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted => Ok(self.becomes(PlanState::Approved)),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The office says yes to what is left over when everybody's time has passed.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted or being revised.
    pub fn approved_late(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted | PlanState::Revising => Ok(self.becomes(PlanState::Approved)),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The advisor wants a change, which the note says. By the office also a void plan is given back.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted or approved, or void and the office does it.
    pub fn returned(self, note: String, by_office: bool) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted | PlanState::Approved => Ok(Self { note, ..self.becomes(PlanState::Returned) }),
            PlanState::Void if by_office => Ok(Self { note, ..self.becomes(PlanState::Returned) }),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The student opens it for changes.
    ///
    /// # Errors
    /// `plan-state` unless it is approved.
    pub fn revised(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Approved => Ok(self.becomes(PlanState::Revising)),
            _ => Err(self.unless(PlanState::Approved)),
        }
    }

    /// The office takes it back with its seats.
    ///
    /// # Errors
    /// The word of a plan that is locked or void already; `plan-state` for one that was not opened.
    pub fn voided(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::None => Err(self.unless(PlanState::Draft)),
            PlanState::Locked => Err(Refusal::PlanLocked),
            PlanState::Void => Err(Refusal::PlanVoid),
            _ => Ok(self.becomes(PlanState::Void)),
        }
    }

    /// No further change.
    ///
    /// # Errors
    /// `plan-state` unless it is approved.
    pub fn locked(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Approved => Ok(self.becomes(PlanState::Locked)),
            _ => Err(self.unless(PlanState::Approved)),
        }
    }

    fn unless(&self, wanted: PlanState) -> Refusal {
        Refusal::PlanState { state: self.state, wanted }
    }
}

/// What is done to a plan: a step of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Opened without a class.
    Open,
    /// A class was taken.
    Add,
    /// A class was given back.
    Drop,
    /// Submitted.
    Submit,
    /// Withdrawn.
    Withdraw,
    /// Approved.
    Approve,
    /// Returned.
    Return,
    /// Locked.
    Lock,
    /// Came with an import.
    Import,
    /// A class was given back for another.
    Swap,
    /// Opened for changes in the revision window.
    Revise,
    /// Voided.
    Void,
    /// The classes of a package were taken.
    Package,
    /// Joined a waiting list.
    Join,
    /// Left a waiting list.
    Leave,
    /// A freed seat was given from the waiting list.
    Promote,
    /// The turn on a waiting list came, and a rule said no.
    Pass,
    /// A place on a waiting list ended with its window.
    Expire,
    /// Seats were given or refused by an allocation.
    Allocate,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 19] = [
        Self::Open,
        Self::Add,
        Self::Drop,
        Self::Submit,
        Self::Withdraw,
        Self::Approve,
        Self::Return,
        Self::Lock,
        Self::Import,
        Self::Swap,
        Self::Revise,
        Self::Void,
        Self::Package,
        Self::Join,
        Self::Leave,
        Self::Promote,
        Self::Pass,
        Self::Expire,
        Self::Allocate,
    ];

    /// The word for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Add => "add",
            Self::Drop => "drop",
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Lock => "lock",
            Self::Import => "import",
            Self::Swap => "swap",
            Self::Revise => "revise",
            Self::Void => "void",
            Self::Package => "package",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Promote => "promote",
            Self::Pass => "pass",
            Self::Expire => "expire",
            Self::Allocate => "allocate",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PlanState; 8] = [
        PlanState::None,
        PlanState::Draft,
        PlanState::Submitted,
        PlanState::Returned,
        PlanState::Approved,
        PlanState::Revising,
        PlanState::Locked,
        PlanState::Void,
    ];

    fn stage(state: PlanState) -> Stage {
        let note = if state == PlanState::Returned { "kurangi SKS" } else { "" };
        Stage::stored(state, note.to_owned())
    }

    fn outcome(result: Result<Stage, Refusal>) -> Option<PlanState> {
        result.ok().map(|stage| stage.state())
    }

    /// Every transition from every state; the table is the specification. The columns: fill, submit, withdraw, approve,
    /// approve late, return by the advisor, return by the office, revise, void, lock.
    #[test]
    fn the_whole_table() {
        use PlanState::{
            Approved as A, Draft as D, Locked as L, None as U, Returned as Re, Revising as Rv, Submitted as S,
            Void as V,
        };
        let no = Option::<PlanState>::None;
        let table = [
            (U, [Some(D), no, no, no, no, no, no, no, no, no]),
            (D, [Some(D), Some(S), no, no, no, no, no, no, Some(V), no]),
            (S, [no, no, Some(D), Some(A), Some(A), Some(Re), Some(Re), no, Some(V), no]),
            (Re, [Some(Re), Some(S), no, no, no, no, no, no, Some(V), no]),
            (A, [no, no, no, no, no, Some(Re), Some(Re), Some(Rv), Some(V), Some(L)]),
            (Rv, [Some(Rv), Some(S), no, no, Some(A), no, no, no, Some(V), no]),
            (L, [no; 10]),
            (V, [no, no, no, no, no, no, Some(Re), no, no, no]),
        ];
        assert_eq!(table.map(|row| row.0), ALL);
        for (from, expected) in table {
            let found = [
                stage(from).filled(),
                stage(from).submitted(),
                stage(from).withdrawn(false),
                stage(from).approved(),
                stage(from).approved_late(),
                stage(from).returned("x".to_owned(), false),
                stage(from).returned("x".to_owned(), true),
                stage(from).revised(),
                stage(from).voided(),
                stage(from).locked(),
            ];
            assert_eq!(found.map(outcome), expected, "{from:?}");
        }
    }

    /// A plan is a revision exactly from leaving `approved` until it is approved again or void; the table is a walk.
    #[test]
    fn what_was_approved_before_is_a_revision_until_it_is_approved_again_or_void() {
        let approved = || stage(PlanState::Approved);
        let note = || "x".to_owned();
        assert!(!approved().is_revision() && !approved().locked().unwrap().is_revision());
        for start in [approved().revised().unwrap(), approved().returned(note(), false).unwrap()] {
            assert!(start.is_revision(), "{start:?}");
            let submitted = start.filled().unwrap().submitted().unwrap();
            assert!(submitted.is_revision());
            let back = submitted.clone().withdrawn(true).unwrap();
            assert_eq!((back.state(), back.is_revision()), (PlanState::Revising, true));
            let draft = submitted.clone().withdrawn(false).unwrap();
            assert_eq!((draft.state(), draft.is_revision()), (PlanState::Draft, true));
            let returned = draft.submitted().unwrap().returned(note(), false).unwrap();
            assert_eq!((returned.is_revision(), returned.note()), (true, "x"));
            let again = returned.clone().submitted().unwrap();
            assert!(!again.clone().approved().unwrap().is_revision() && !again.approved_late().unwrap().is_revision());
            let void = returned.voided().unwrap();
            assert!(!void.is_revision() && !void.returned(note(), true).unwrap().is_revision());
        }
        for first in [Stage::UNOPENED.filled().unwrap(), stage(PlanState::Returned)] {
            let submitted = first.submitted().unwrap();
            assert!(!submitted.is_revision());
            assert_eq!(submitted.clone().withdrawn(true).unwrap().state(), PlanState::Draft, "it was never approved");
            assert!(!submitted.returned(note(), false).unwrap().is_revision());
        }
        for state in ALL {
            let stored = Stage::stored(state, String::new()).of_revision(true).is_revision();
            let may =
                [PlanState::Draft, PlanState::Submitted, PlanState::Returned, PlanState::Revising].contains(&state);
            assert_eq!(stored, may, "{state:?}");
            let other = Stage::stored(state, String::new()).of_revision(false).is_revision();
            assert_eq!(other, state == PlanState::Revising, "{state:?}");
        }
    }

    #[test]
    fn the_note_lives_from_the_return_to_the_next_submission() {
        let returned = stage(PlanState::Submitted).returned("kurangi SKS".to_owned(), false).unwrap();
        assert_eq!(returned.note(), "kurangi SKS");
        let changed = returned.filled().unwrap();
        assert_eq!((changed.state(), changed.note()), (PlanState::Returned, "kurangi SKS"));
        assert_eq!(changed.submitted().unwrap().note(), "");
    }

    #[test]
    fn a_wrong_state_says_which_and_which_was_wanted() {
        let refusal = stage(PlanState::Draft).approved().unwrap_err();
        assert_eq!(refusal, Refusal::PlanState { state: PlanState::Draft, wanted: PlanState::Submitted });
        let words = ALL.map(|state| stage(state).filled().err().map(|refusal| refusal.reason()));
        let (submitted, approved) = (Some("plan-submitted"), Some("plan-approved"));
        assert_eq!(words, [None, None, submitted, None, approved, None, Some("plan-locked"), Some("plan-void")]);
        let words = ALL.map(|state| stage(state).voided().err().map(|refusal| refusal.reason()));
        assert_eq!(words, [Some("plan-state"), None, None, None, None, None, Some("plan-locked"), Some("plan-void")]);
    }

    #[test]
    fn words_read_back() {
        for state in PlanState::STORED {
            assert_eq!(PlanState::parse(state.word()), Some(state));
        }
        assert_eq!(PlanState::parse("none"), None, "never stored");
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.word()), Some(deed));
        }
    }
}
