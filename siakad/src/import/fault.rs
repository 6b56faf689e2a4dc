//! A wrong place in an import, and how it is printed.

use std::collections::BTreeMap;

use proto::common::v1::ImportFault;

/// What is wrong, and where. Said by the reader of the files or by a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// File name.
    pub(crate) file: String,
    /// Line from 1; 0 when the whole file is meant.
    pub(crate) line: u64,
    /// Heading; empty when the whole line is meant.
    pub(crate) column: String,
    /// Reason word.
    pub(crate) reason: String,
    /// What else is known, for example the value found.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Fault {
    /// A fault of a file, a line or a field.
    pub(crate) fn new(file: &str, line: u64, column: &str, reason: &str) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            facts: BTreeMap::new(),
        }
    }

    /// Adds a fact.
    pub(crate) fn fact(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.insert(name.to_owned(), shorten(&value.to_string()));
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line != 0 {
            write!(f, " line {}", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, ", {}", self.column)?;
        }
        write!(f, ": {}", self.reason)?;
        let facts: Vec<String> = self.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        if facts.is_empty() { Ok(()) } else { write!(f, " ({})", facts.join(", ")) }
    }
}

/// What a service found: faults keep an import from being applied, warnings do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Wrong rows.
    pub(crate) faults: Vec<Fault>,
    /// Rows that are applied, but that somebody should look at.
    pub(crate) warnings: Vec<Fault>,
}

impl Found {
    /// Takes what a service told.
    pub(crate) fn add(&mut self, told: ImportFault) {
        let pile = if told.warning { &mut self.warnings } else { &mut self.faults };
        pile.push(told.into());
    }

    /// Puts what another service found to it.
    pub(crate) fn extend(&mut self, other: Self) {
        self.faults.extend(other.faults);
        self.warnings.extend(other.warnings);
    }
}

impl From<ImportFault> for Fault {
    fn from(fault: ImportFault) -> Self {
        let refusal = fault.refusal.unwrap_or_default();
        Self {
            file: fault.file,
            line: fault.line.into(),
            column: fault.column,
            reason: refusal.reason,
            facts: refusal.facts.into_iter().map(|(name, value)| (name, shorten(&value))).collect(),
        }
    }
}

/// A value as a terminal may show it: no control characters, not endless.
fn shorten(value: &str) -> String {
    let mut shown: String = value.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

/// The faults as a table, by file and line; at most `most` lines of it.
pub(crate) fn table(faults: &mut Vec<Fault>, most: usize) -> String {
    faults.sort();
    faults.dedup();
    let lines: Vec<[String; 5]> = faults
        .iter()
        .take(most)
        .map(|fault| {
            let line = if fault.line == 0 { String::new() } else { fault.line.to_string() };
            let facts: Vec<String> = fault.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            [fault.file.clone(), line, fault.column.clone(), fault.reason.clone(), facts.join(", ")]
        })
        .collect();
    let heading = ["FILE", "LINE", "COLUMN", "REASON", "DETAILS"].map(str::to_owned);
    let mut widths = [0; 5];
    for line in std::iter::once(&heading).chain(&lines) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in std::iter::once(&heading).chain(&lines) {
        let mut row = String::new();
        for (index, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Line numbers stand to the right.
            let cell = if index == 1 { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            row.push_str("  ");
            row.push_str(&cell);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    if faults.len() > most {
        text.push_str(&format!("  ... and {} more\n", faults.len() - most));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_aligned_and_bounded() {
        let mut faults = vec![
            Fault::new("students.csv", 12, "programme", "no-such-programme").fact("value", "IF-S9"),
            Fault::new("classes.csv", 3, "", "wrong-field-count").fact("found", 3).fact("expected", 7),
            Fault::new("students.csv", 2, "nim", "duplicate-row"),
            Fault::new("students.csv", 2, "nim", "duplicate-row"),
        ];
        assert_eq!(
            table(&mut faults, 2),
            "  FILE          LINE  COLUMN  REASON             DETAILS\n  \
               classes.csv      3          wrong-field-count  expected: 7, found: 3\n  \
               students.csv     2  nim     duplicate-row\n  \
               ... and 1 more\n"
        );
    }

    #[test]
    fn one_row_is_one_line() {
        let row = Fault::new("grades.csv", 3, "letter", "unknown-letter").fact("letter", "Z");
        assert_eq!(row.to_string(), "grades.csv line 3, letter: unknown-letter (letter: Z)");
        assert_eq!(Fault::new("x.csv", 0, "", "unknown-file").to_string(), "x.csv: unknown-file");
    }

    #[test]
    fn warnings_are_kept_apart() {
        let told =
            |line, warning| ImportFault { file: "grades.csv".to_owned(), line, warning, ..ImportFault::default() };
        let mut found = Found::default();
        [told(2, false), told(3, true), told(4, true)].into_iter().for_each(|told| found.add(told));
        let mut both = Found::default();
        both.extend(found);
        let lines = |pile: &[Fault]| pile.iter().map(|fault| fault.line).collect::<Vec<_>>();
        assert_eq!((lines(&both.faults), lines(&both.warnings)), (vec![2], vec![3, 4]));
    }

    #[test]
    fn a_value_from_a_file_cannot_steer_the_terminal() {
        let fault = Fault::new("a.csv", 1, "b", "c").fact("value", format!("\u{1b}[2J{}", "x".repeat(99)));
        assert_eq!(fault.facts["value"], format!(" [2J{}…", "x".repeat(56)));
    }
}
