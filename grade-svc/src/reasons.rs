//! Reason words of grade-svc, with the facts that come with them. Stable: a word never changes its meaning
//! (docs/ERRORS.md). Words of refusals first, in the order in which a page shows them; words of fields last.

/// The next grade-entry window of the class opens later. Facts: `opens_at`, `closes_at` (RFC 3339).
pub const GRADE_ENTRY_NOT_OPEN: &str = "grade-entry-not-open";
/// The last grade-entry window of the class is over. Facts: `closed_at` (RFC 3339).
pub const GRADE_ENTRY_CLOSED: &str = "grade-entry-closed";
/// The period has no grade-entry window for the class.
pub const GRADE_ENTRY_NO_WINDOW: &str = "grade-entry-no-window";
/// The sheet is published: it no longer changes.
pub const SHEET_PUBLISHED: &str = "sheet-published";
/// Nobody is on the roster of the class.
pub const ROSTER_EMPTY: &str = "roster-empty";
/// Students without every score. Facts: `missing` (how many students).
pub const GRADES_INCOMPLETE: &str = "grades-incomplete";
/// No grade scale of the programme holds in the period. Facts: `programme` (code).
pub const SCALE_MISSING: &str = "scale-missing";

/// Only the lecturer who leads the class publishes its grades.
pub const NOT_LEAD: &str = "not-lead";
/// None of the account's roles allows it.
pub const NOT_ALLOWED: &str = "not-allowed";
/// The password was given too long ago for this; log in again.
pub const LOGIN_TOO_OLD: &str = "login-too-old";

/// A field: a score lies outside of 0 to 100.
pub const SCORE_OUT_OF_RANGE: &str = "score-out-of-range";
/// A field: the weights do not make 100 in all.
pub const WEIGHTS_NOT_100: &str = "weights-not-100";
/// A field: a component that has scores cannot be removed.
pub const COMPONENT_HAS_SCORES: &str = "component-has-scores";
/// A field: the class has no such component.
pub const UNKNOWN_COMPONENT: &str = "unknown-component";
/// A field: the student is not on the roster of the class.
pub const NOT_ON_ROSTER: &str = "not-on-roster";
/// A field: bounds or grade points of a scale do not fall from step to step.
pub const STEPS_ORDER: &str = "steps-order";
/// A field: the lowest step of a scale does not begin at 0.
pub const LOWEST_STEP: &str = "lowest-step";
/// A field: named twice in one list.
pub const NAMED_TWICE: &str = "named-twice";
/// A field: must be given.
pub const REQUIRED: &str = "required";
/// A field: too many characters.
pub const TOO_LONG: &str = "too-long";
/// A field: a control character, or one that turns the direction of writing.
pub const FORBIDDEN_CHARACTER: &str = "forbidden-character";
/// A field: a number outside of its range.
pub const OUT_OF_RANGE: &str = "out-of-range";
/// A field: none of the known values.
pub const UNKNOWN_VALUE: &str = "unknown-value";
/// A field: not a period.
pub const BAD_PERIOD: &str = "bad-period";
/// A field: no such study programme.
pub const UNKNOWN_PROGRAMME: &str = "unknown-programme";

/// A row: not a decimal number with a point and at most two digits after it. Facts: `value`.
pub const BAD_NUMBER: &str = "bad-number";
/// A row: no such student, neither here nor in the import. Facts: `student` (NIM).
pub const UNKNOWN_STUDENT: &str = "unknown-student";
/// A row: no such period, neither here nor in the import. Facts: `period`.
pub const UNKNOWN_PERIOD: &str = "unknown-period";
/// A row: no such course, neither here nor in the import. Facts: `course`, `programme` (codes).
pub const UNKNOWN_COURSE: &str = "unknown-course";
/// A row: no such class, neither here nor in the import. Facts: `class` (course and name), `period`.
pub const UNKNOWN_CLASS: &str = "unknown-class";
/// A row: the programme has no scale that starts in this period, neither here nor in the import. Facts: `programme`, `period`.
pub const UNKNOWN_SCALE: &str = "unknown-scale";
/// A row: a new scale without any step. The import names its steps in `scale_steps.csv`.
pub const SCALE_HAS_NO_STEPS: &str = "scale-has-no-steps";
/// A row: the scale of the programme that holds in the period has no such letter. Facts: `letter`, `allowed`.
pub const UNKNOWN_LETTER: &str = "unknown-letter";
/// A warning about a row: the scale gives the score another letter. Facts: `letter` (of the row), `score`, `scale` (its letter).
pub const LETTER_DIFFERS: &str = "letter-differs";
/// A row: the grade is published and says something else; an import never changes it. Facts: `letter` (that is published).
pub const GRADE_PUBLISHED: &str = "grade-published";
/// A row: an earlier one has the same key. Facts: `file` and `line` of that row.
pub const DUPLICATE_ROW: &str = "duplicate-row";
/// A row says nothing.
pub const ROW_EMPTY: &str = "row-empty";
/// More rows than one import may have. Facts: `max`.
pub const IMPORT_TOO_LARGE: &str = "import-too-large";
/// The importing client sent a message that has no place at this point of the stream.
pub const IMPORT_OUT_OF_ORDER: &str = "import-out-of-order";
/// The verdict found wrong rows: nothing of the import can be applied.
pub const IMPORT_HAS_FAULTS: &str = "import-has-faults";
/// What the import refers to changed after the verdict: judge it again.
pub const IMPORT_OUTDATED: &str = "import-outdated";
