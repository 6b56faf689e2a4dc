//! Reason words of student-svc. Stable: a word never changes its meaning (docs/ERRORS.md).

/// The field must be given.
pub const REQUIRED: &str = "required";
/// The text has more characters than PDDikti accepts. Fact `max`.
pub const TOO_LONG: &str = "too-long";
/// The text holds a control character, or one that changes the direction of writing.
pub const FORBIDDEN_CHARACTER: &str = "forbidden-character";
/// A code has 1 to 10 characters: capitals, digits, and `-`, `.`, `_`, `/` inside.
pub const BAD_CODE: &str = "bad-code";
/// A NIM has 1 to 24 characters: capitals, digits, and `-`, `.`, `/` inside.
pub const BAD_NIM: &str = "bad-nim";
/// A period is the start year and 1, 2 or 3, for example `20261`.
pub const BAD_PERIOD: &str = "bad-period";
/// A cohort is the year of entry, for example `2024`.
pub const BAD_COHORT: &str = "bad-cohort";
/// Not an e-mail address.
pub const BAD_EMAIL: &str = "bad-email";
/// Not a telephone number.
pub const BAD_PHONE: &str = "bad-phone";
/// A NIK has 16 digits.
pub const BAD_NATIONAL_ID: &str = "bad-national-id";
/// Not a date `YYYY-MM-DD` that a student can be born on.
pub const BAD_DATE: &str = "bad-date";
/// Not a moment in RFC 3339.
pub const BAD_TIME: &str = "bad-time";
/// An NIDN or NIDK has 10 digits, an NUPTK has 16.
pub const BAD_LECTURER_NUMBER: &str = "bad-lecturer-number";
/// The word is none of the known ones. Fact `allowed`.
pub const UNKNOWN_VALUE: &str = "unknown-value";
/// The moment must lie ahead.
pub const NOT_AHEAD: &str = "not-ahead";
/// The NIM of a student never changes.
pub const NIM_FIXED: &str = "nim-fixed";
/// There is no such faculty, neither here nor in the import. Fact `faculty`.
pub const UNKNOWN_FACULTY: &str = "unknown-faculty";
/// There is no such study programme, neither here nor in the import. Fact `programme`.
pub const UNKNOWN_PROGRAMME: &str = "unknown-programme";
/// There is no such lecturer, neither here nor in the import. Fact `lecturer`.
pub const UNKNOWN_LECTURER: &str = "unknown-lecturer";
/// There is no such student, neither here nor in the import. Fact `student`.
pub const UNKNOWN_STUDENT: &str = "unknown-student";
/// A student has no status in a period before the one of entry. Fact `entry_period`.
pub const PERIOD_BEFORE_ENTRY: &str = "period-before-entry";

/// The caller's roles do not cover this.
pub const NOT_ALLOWED: &str = "not-allowed";
/// Another student has this NIM.
pub const NIM_TAKEN: &str = "nim-taken";
/// The same hold binds the student already.
pub const HOLD_EXISTS: &str = "hold-exists";
/// The hold was lifted: there is nothing to waive.
pub const HOLD_LIFTED: &str = "hold-lifted";

/// An earlier row of the import has the same key. Facts `file` and `line` of that row.
pub const DUPLICATE_ROW: &str = "duplicate-row";
/// The row says nothing.
pub const ROW_EMPTY: &str = "row-empty";
/// The importing client sent a message that has no place at this point of the stream.
pub const IMPORT_OUT_OF_ORDER: &str = "import-out-of-order";
/// The verdict found wrong rows: nothing of the import can be applied.
pub const IMPORT_HAS_FAULTS: &str = "import-has-faults";
/// What the import refers to changed after the verdict: judge it again.
pub const IMPORT_OUTDATED: &str = "import-outdated";
