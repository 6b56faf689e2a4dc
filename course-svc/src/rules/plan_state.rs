//! The road of a study plan: filled by the student, handed to the advisor, decided, locked.
//!
//! ```text
//! none ──fill──▶ draft ──submit──▶ submitted ──approve──▶ approved ──lock──▶ locked
//!                 ▲ ◀──withdraw──── │  ▲                    │
//!                                   │  └─submit─ returned ◀─┤ return, with a note
//!                                   └──────────▶            │
//! ```
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
            Self::None | Self::Draft | Self::Returned => None,
            Self::Submitted => Some(Refusal::PlanSubmitted),
            // Nothing opens a revision yet: until it does, an approved plan stays as it was approved.
            Self::Approved | Self::Revising => Some(Refusal::PlanApproved),
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
}

impl Stage {
    /// A plan that was not opened yet.
    pub const UNOPENED: Self = Self { state: PlanState::None, note: String::new() };

    /// A stage as it was stored. The note belongs to a returned plan; others have none.
    pub fn stored(state: PlanState, note: String) -> Self {
        Self { state, note }
    }

    fn plain(state: PlanState) -> Self {
        Self { state, note: String::new() }
    }

    /// State.
    pub fn state(&self) -> PlanState {
        self.state
    }

    /// What the advisor wants changed; empty unless it is returned.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// A class was put in or given back, or the plan was opened. A returned plan stays returned with its note until it
    /// is submitted again.
    ///
    /// # Errors
    /// The word of the state in which a plan cannot be filled.
    pub fn filled(self) -> Result<Self, Refusal> {
        match (self.state.fill_refusal(), self.state) {
            (Some(refusal), _) => Err(refusal),
            (None, PlanState::None) => Ok(Self::plain(PlanState::Draft)),
            (None, _) => Ok(self),
        }
    }

    /// The student hands it to the advisor.
    ///
    /// # Errors
    /// `plan-state` unless it is a draft or was returned.
    pub fn submitted(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Draft | PlanState::Returned => Ok(Self::plain(PlanState::Submitted)),
            _ => Err(self.unless(PlanState::Draft)),
        }
    }

    /// The student takes it back before it was decided.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted.
    pub fn withdrawn(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted => Ok(Self::plain(PlanState::Draft)),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The advisor says yes.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted.
    pub fn approved(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted => Ok(Self::plain(PlanState::Approved)),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// The advisor wants a change, which the note says.
    ///
    /// # Errors
    /// `plan-state` unless it is submitted or approved.
    pub fn returned(self, note: String) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Submitted | PlanState::Approved => Ok(Self { state: PlanState::Returned, note }),
            _ => Err(self.unless(PlanState::Submitted)),
        }
    }

    /// No further change.
    ///
    /// # Errors
    /// `plan-state` unless it is approved.
    pub fn locked(self) -> Result<Self, Refusal> {
        match self.state {
            PlanState::Approved => Ok(Self::plain(PlanState::Locked)),
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

    /// Every transition from every state; the table is the specification.
    #[test]
    fn the_whole_table() {
        use PlanState::{Approved, Draft, Locked, None as Unopened, Returned, Revising, Submitted, Void};
        //  from        fill            submit           withdraw     approve         return          lock
        let table = [
            (Unopened, Some(Draft), None, None, None, None, None),
            (Draft, Some(Draft), Some(Submitted), None, None, None, None),
            (Submitted, None, None, Some(Draft), Some(Approved), Some(Returned), None),
            (Returned, Some(Returned), Some(Submitted), None, None, None, None),
            (Approved, None, None, None, None, Some(Returned), Some(Locked)),
            (Revising, None, None, None, None, None, None),
            (Locked, None, None, None, None, None, None),
            (Void, None, None, None, None, None, None),
        ];
        assert_eq!(table.map(|row| row.0), ALL);
        for (from, fill, submit, withdraw, approve, back, lock) in table {
            assert_eq!(outcome(stage(from).filled()), fill, "fill {from:?}");
            assert_eq!(outcome(stage(from).submitted()), submit, "submit {from:?}");
            assert_eq!(outcome(stage(from).withdrawn()), withdraw, "withdraw {from:?}");
            assert_eq!(outcome(stage(from).approved()), approve, "approve {from:?}");
            assert_eq!(outcome(stage(from).returned("x".to_owned())), back, "return {from:?}");
            assert_eq!(outcome(stage(from).locked()), lock, "lock {from:?}");
        }
    }

    #[test]
    fn the_note_lives_from_the_return_to_the_next_submission() {
        let returned = stage(PlanState::Submitted).returned("kurangi SKS".to_owned()).unwrap();
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
        let approved = Some("plan-approved");
        let expected =
            [None, None, Some("plan-submitted"), None, approved, approved, Some("plan-locked"), Some("plan-void")];
        assert_eq!(words, expected);
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
