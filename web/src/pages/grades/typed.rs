//! What is typed into the grid, and what of it is new. A row carries the scores that it was shown with, so that only
//! what this person changed is written, and what somebody else changed meanwhile is neither lost nor overwritten unseen.

use std::collections::{BTreeMap, HashMap};

use api::{ScoreInput, Sheet, SheetRow, SheetRowInput};

use crate::format;
use crate::i18n::{Lang, Vars};

/// Highest score, in hundredths.
pub const SCORE_MAX: u32 = 10_000;

/// Rows of the grid on one page.
pub const ROWS: usize = 100;

/// Most components of a class.
pub const COMPONENTS_MAX: usize = 10;

/// A row as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedRow {
    /// Its number on the page.
    pub n: usize,
    /// Who.
    pub student_id: String,
    /// The scores that it was shown with, one a column.
    pub shown: Vec<Option<u32>>,
    /// What is typed, one a column.
    pub cells: Vec<String>,
}

/// The grid as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Component of each column.
    pub columns: Vec<String>,
    /// The rows that were sent: one, or all of the page.
    pub rows: Vec<TypedRow>,
}

impl Typed {
    /// Reads the fields of a form: `k.<column>` components, `s.<row>` students, `o.<row>` scores as shown,
    /// `n.<row>.<column>` cells.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let by_name: HashMap<&str, &str> = pairs.iter().rev().map(|(name, value)| (&**name, &**value)).collect();
        let find = |name: String| by_name.get(name.as_str()).map(|value| (*value).to_owned());
        let columns: Vec<_> = (0..COMPONENTS_MAX).map_while(|column| find(format!("k.{column}"))).collect();
        let mut numbers: Vec<usize> =
            by_name.keys().filter_map(|name| name.strip_prefix("s.")?.parse().ok()).filter(|n| *n < 10_000).collect();
        numbers.sort_unstable();
        numbers.truncate(ROWS);
        let row = |n: usize| {
            let shown = find(format!("o.{n}")).unwrap_or_default();
            let mut shown: Vec<Option<u32>> = shown.split(',').map(|score| score.parse().ok()).collect();
            shown.resize(columns.len(), None);
            let cell = |column: usize| find(format!("n.{n}.{column}")).unwrap_or_default().trim().to_owned();
            let cells = (0..columns.len()).map(cell).collect();
            TypedRow { n, student_id: find(format!("s.{n}")).unwrap_or_default(), shown, cells }
        };
        let rows = numbers.into_iter().map(row).collect();
        Self { columns, rows }
    }
}

/// A cell that was not saved, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaved {
    /// Column of the form.
    pub column: usize,
    /// Its component.
    pub component_id: String,
    /// What is typed there.
    pub typed: String,
    /// Why it was not saved.
    pub why: String,
}

/// Cells that were not saved, by student.
pub type Kept = BTreeMap<String, Vec<Unsaved>>;

/// The typed grid beside the stored one.
#[derive(Debug, Default)]
pub struct Merged {
    /// What to write.
    pub changes: Vec<SheetRowInput>,
    /// What cannot be written as it is typed.
    pub kept: Kept,
}

/// What is typed is no number from 0 to 100 with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a score")]
pub struct NotAScore;

/// The score that is typed: nothing is no score.
///
/// # Errors
///
/// When it is none.
pub fn score(typed: &str) -> Result<Option<u32>, NotAScore> {
    match typed.trim() {
        "" => Ok(None),
        typed => format::read_hundredths(typed).filter(|score| *score <= SCORE_MAX).map(Some).ok_or(NotAScore),
    }
}

/// Name of a student; the number while no name has arrived.
#[must_use]
pub fn name(row: &SheetRow) -> String {
    row.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| row.nim.clone())
}

/// What of the typed grid is to be written to the stored one.
#[must_use]
pub fn merge(lang: Lang, sheet: &Sheet, typed: &Typed) -> Merged {
    let mut merged = Merged::default();
    for row in &typed.rows {
        let Some(stored) = sheet.rows.iter().find(|stored| stored.student_id == row.student_id) else { continue };
        let mut scores = Vec::new();
        for (column, component_id) in typed.columns.iter().enumerate() {
            let Some(component) = sheet.components.iter().find(|component| component.id == *component_id) else {
                continue;
            };
            let (shown, typed) = (row.shown[column], &row.cells[column]);
            let vars = || {
                Vars::new()
                    .text("component", component.name.as_str())
                    .text("student", name(stored))
                    .text("typed", typed.as_str())
            };
            let mut keep = |why| {
                let kept = merged.kept.entry(row.student_id.clone()).or_default();
                kept.push(Unsaved { column, component_id: component_id.clone(), typed: typed.clone(), why });
            };
            let Ok(meant) = score(typed) else {
                let high = format::read_hundredths(typed).is_some();
                keep(lang.with(if high { "grades-too-high" } else { "grades-no-number" }, &vars()));
                continue;
            };
            let now = stored.scores.iter().find(|s| s.component_id == *component_id).and_then(|s| s.score_hundredths);
            if meant == shown || meant == now {
                continue;
            }
            if now == shown {
                scores.push(ScoreInput { component_id: component_id.clone(), score_hundredths: meant });
                continue;
            }
            let other = now.map_or_else(|| lang.t("grades-empty"), |now| format::short_hundredths(lang, now));
            keep(lang.with("grades-changed", &vars().text("other", other)));
        }
        if !scores.is_empty() {
            let (student_id, version) = (row.student_id.clone(), stored.version);
            merged.changes.push(SheetRowInput { student_id, version, scores });
        }
    }
    merged
}

#[cfg(test)]
#[path = "typed_tests.rs"]
mod tests;
