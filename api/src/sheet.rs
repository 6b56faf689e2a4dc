//! Grade sheets: components, scores and publication.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;
use crate::{Refusal, Scale};

words! {
    /// How far a grade sheet is.
    SheetState {
        /// No score yet.
        Empty = "empty",
        /// Scores are being entered.
        Draft = "draft",
        /// Students read their grades; the sheet no longer changes.
        Published = "published",
    }
}

/// A part of the final score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Component {
    /// Opaque id.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub id: String,
    /// Name, unique in the class.
    #[schema(example = "UTS")]
    pub name: String,
    /// Share in percent; all of a class make 100.
    #[schema(minimum = 1, maximum = 100, example = 30)]
    pub weight: u32,
}

/// When grades may be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryWindow {
    /// First moment.
    pub opens_at: Timestamp,
    /// First moment after it.
    pub closes_at: Timestamp,
}

/// A class as lists of sheets show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetSummary {
    /// Class.
    #[schema(example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub class_id: String,
    /// Period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// Code of the course.
    #[schema(example = "IF201")]
    pub course_code: String,
    /// Name of the course.
    #[schema(example = "Struktur Data")]
    pub course_name: String,
    /// SKS of the course.
    #[schema(example = 4)]
    pub credits: u32,
    /// Name of the class.
    #[schema(example = "A")]
    pub class_name: String,
    /// Study programme that owns the course.
    pub programme_id: String,
    /// State.
    pub state: SheetState,
    /// Students on the roster.
    #[schema(example = 38)]
    pub students: u32,
    /// Students with every score.
    #[schema(example = 12)]
    pub complete: u32,
    /// Whether the caller leads the class, and so may publish.
    pub lead: bool,
    /// Names of the lecturers, the leading one first.
    pub lecturer_names: Vec<String>,
    /// When it was published; `null` before.
    pub published_at: Option<Timestamp>,
    /// The grade-entry window that is open now, else the next, else the last; `null` when there is none.
    pub window: Option<EntryWindow>,
}

/// A score for one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// Which component.
    pub component_id: String,
    /// Score in hundredths: 87.5 is 8750; `null` when none was given.
    #[schema(minimum = 0, maximum = 10000, example = 8750)]
    pub score_hundredths: Option<u32>,
}

/// A student on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetRow {
    /// Who.
    pub student_id: String,
    /// Student number.
    #[schema(example = "202401001")]
    pub nim: String,
    /// Name; `null` while it has not arrived.
    #[schema(example = "Anindya Putri")]
    pub name: Option<String>,
    /// One score for each component, in the order of the components.
    pub scores: Vec<Score>,
    /// Final score in hundredths, rounded half up; `null` while a component has no score.
    #[schema(minimum = 0, maximum = 10000, example = 8225)]
    pub total_hundredths: Option<u32>,
    /// Letter; `null` while there is no final score.
    #[schema(example = "AB")]
    pub letter: Option<String>,
    /// Grade points in hundredths; `null` without a letter.
    #[schema(minimum = 0, maximum = 400, example = 350)]
    pub points_hundredths: Option<u32>,
    /// Version of this row, from 0 for a row that nothing was written to.
    #[schema(minimum = 0)]
    pub version: i64,
}

/// How often a letter was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterCount {
    /// Letter.
    #[schema(example = "AB")]
    pub letter: String,
    /// Students.
    #[schema(example = 7)]
    pub students: u32,
}

/// The grade sheet of a class. Bounded by the size of a class, hence not paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sheet {
    /// The class.
    pub summary: SheetSummary,
    /// Components.
    pub components: Vec<Component>,
    /// Students by number.
    pub rows: Vec<SheetRow>,
    /// The scale that letters follow from; `null` while the programme has none.
    pub scale: Option<Scale>,
    /// How often each letter was given so far, in the order of the scale.
    pub distribution: Vec<LetterCount>,
    /// How often each letter was given in the same course in `earlier_period`.
    pub earlier_distribution: Vec<LetterCount>,
    /// The latest earlier period with published grades of the course; `null` when there is none.
    #[schema(example = "20251")]
    pub earlier_period: Option<String>,
    /// Every reason why scores cannot be written now; empty when they can.
    pub refusals: Vec<Refusal>,
    /// Every reason why it cannot be published now, but for the age of the login; empty when it can.
    pub publish_refusals: Vec<Refusal>,
    /// Version of components and state, from 0 for a sheet that nothing was written to.
    #[schema(minimum = 0)]
    pub version: i64,
}

/// A component as a lecturer writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentInput {
    /// Id of a component that stays, with its scores; leave out for a new one.
    #[serde(default)]
    #[schema(max_length = 36)]
    pub id: Option<String>,
    /// Name, unique in the class.
    #[schema(min_length = 1, max_length = 40, example = "UTS")]
    pub name: String,
    /// Share in percent; all of them make 100.
    #[schema(minimum = 1, maximum = 100, example = 100)]
    pub weight: u32,
}

/// All components of a class from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentsInput {
    /// All of them.
    #[schema(min_items = 1, max_items = 10)]
    pub components: Vec<ComponentInput>,
}

/// A score to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreInput {
    /// Which component.
    #[schema(min_length = 1, max_length = 36)]
    pub component_id: String,
    /// Score in hundredths, at most 10000: 87.5 is 8750. `null` takes the score away.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000, example = 8750)]
    pub score_hundredths: Option<u32>,
}

/// Scores of one student. Components that are not named keep theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetRowInput {
    /// Who.
    #[schema(min_length = 1, max_length = 36)]
    pub student_id: String,
    /// Version of the row that was read.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub version: i64,
    /// Scores to set.
    #[schema(max_items = 10)]
    pub scores: Vec<ScoreInput>,
}

/// Scores to set: all of them or, when one is wrong, none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoresInput {
    /// Students, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub rows: Vec<SheetRowInput>,
}

/// What was set, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScoresSet {
    /// The students of the request, in its order.
    pub rows: Vec<SheetRow>,
    /// The class.
    pub summary: SheetSummary,
    /// How often each letter was given so far, in the order of the scale.
    pub distribution: Vec<LetterCount>,
}

/// Which sheets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SheetQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Only of this period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(min_length = 5, max_length = 5, example = "20261")]
    pub period: Option<String>,
    /// Only of this lecturer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub lecturer_id: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
    /// Only in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<SheetState>,
}
