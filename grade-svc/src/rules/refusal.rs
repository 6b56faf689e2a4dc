//! A rule that says no, with the facts that its sentence needs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::reasons;

/// One rule that says no. Words and facts are described in [`crate::reasons`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is one word of crate::reasons, which describes it with its facts")]
pub enum Refusal {
    GradeEntryNotOpen { opens_at: Timestamp, closes_at: Timestamp },
    GradeEntryClosed { closed_at: Timestamp },
    GradeEntryNoWindow,
    SheetPublished,
    RosterEmpty,
    GradesIncomplete { missing: u32 },
    ScaleMissing { programme: String },
    NotLead,
    NotAllowed,
}

/// Facts by name.
type Facts = BTreeMap<&'static str, String>;

impl Refusal {
    /// Its reason word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::GradeEntryNotOpen { .. } => reasons::GRADE_ENTRY_NOT_OPEN,
            Self::GradeEntryClosed { .. } => reasons::GRADE_ENTRY_CLOSED,
            Self::GradeEntryNoWindow => reasons::GRADE_ENTRY_NO_WINDOW,
            Self::SheetPublished => reasons::SHEET_PUBLISHED,
            Self::RosterEmpty => reasons::ROSTER_EMPTY,
            Self::GradesIncomplete { .. } => reasons::GRADES_INCOMPLETE,
            Self::ScaleMissing { .. } => reasons::SCALE_MISSING,
            Self::NotLead => reasons::NOT_LEAD,
            Self::NotAllowed => reasons::NOT_ALLOWED,
        }
    }

    /// Its facts as plain text: numbers decimal, times RFC 3339.
    pub fn facts(&self) -> Facts {
        match self {
            Self::GradeEntryNoWindow | Self::SheetPublished | Self::RosterEmpty | Self::NotLead | Self::NotAllowed => {
                Facts::new()
            }
            Self::GradeEntryNotOpen { opens_at, closes_at } => {
                [("opens_at", opens_at.to_string()), ("closes_at", closes_at.to_string())].into()
            }
            Self::GradeEntryClosed { closed_at } => [("closed_at", closed_at.to_string())].into(),
            Self::GradesIncomplete { missing } => [("missing", missing.to_string())].into(),
            Self::ScaleMissing { programme } => [("programme", programme.clone())].into(),
        }
    }
}
