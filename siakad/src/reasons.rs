//! Reason words that the importing client says itself, before any service has seen a row. Stable; docs/ERRORS.md.

/// The folder has a `.csv` file that no import knows, perhaps a misspelt name.
pub(crate) const UNKNOWN_FILE: &str = "unknown-file";
/// The file is empty, or its first line is.
pub(crate) const MISSING_HEADING: &str = "missing-heading";
/// The heading lacks a column.
pub(crate) const MISSING_COLUMN: &str = "missing-column";
/// The heading names a column that the file does not have.
pub(crate) const UNKNOWN_COLUMN: &str = "unknown-column";
/// The heading names a column twice.
pub(crate) const REPEATED_COLUMN: &str = "repeated-column";
/// The fields are separated by semicolons, as spreadsheets with Indonesian settings write them, or by tabs.
pub(crate) const WRONG_SEPARATOR: &str = "wrong-separator";
/// The line has more or fewer fields than the heading.
pub(crate) const WRONG_FIELD_COUNT: &str = "wrong-field-count";
/// The bytes are not UTF-8.
pub(crate) const NOT_UTF8: &str = "not-utf8";
/// A field is longer than any column allows.
pub(crate) const FIELD_TOO_LONG: &str = "field-too-long";
/// A quoted field is never closed.
pub(crate) const UNCLOSED_QUOTE: &str = "unclosed-quote";
/// The field is not a date, a date with time, or RFC 3339.
pub(crate) const NOT_A_MOMENT: &str = "not-a-moment";
/// The field begins with `@today` but does not go on as `+14d`, `-7d` or `+14dT17:00`.
pub(crate) const NOT_A_RELATIVE_MOMENT: &str = "not-a-relative-moment";
/// The file cannot be read.
pub(crate) const UNREADABLE_FILE: &str = "unreadable-file";
