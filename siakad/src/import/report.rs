//! What an import did or would do, and why it did not happen.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use proto::common::v1::{ImportApplied, ImportVerdict};

use super::fault::{self, Fault, Found};
use super::progress::Part;
use super::session::Judged;

/// Wrong rows that are printed at most, and as many warnings.
const PRINTED: usize = 200;

/// How rows were taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Made something new.
    pub(crate) created: u64,
    /// Changed something known.
    pub(crate) changed: u64,
    /// Said what was already so.
    pub(crate) unchanged: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

impl From<ImportVerdict> for Counts {
    fn from(verdict: ImportVerdict) -> Self {
        Self { created: verdict.created, changed: verdict.changed, unchanged: verdict.unchanged }
    }
}

impl From<ImportApplied> for Counts {
    fn from(applied: ImportApplied) -> Self {
        Self { created: applied.created, changed: applied.changed, unchanged: applied.unchanged }
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} new, {} changed, {} unchanged", self.created, self.changed, self.unchanged)
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    counts: BTreeMap<Part, Counts>,
    warnings: Vec<Fault>,
    /// Warnings in all: more than were told one by one.
    warned: u64,
}

impl Report {
    /// All verdicts together.
    ///
    /// # Errors
    /// [`Stopped::Wrong`] when one of them is bad.
    pub(crate) fn judged<'a>(verdicts: impl IntoIterator<Item = (Part, Option<&'a Judged>)>) -> Result<Self, Stopped> {
        let mut report = Self::default();
        let mut found = Found::default();
        let (mut wrong, mut bad) = (0, false);
        for (part, judged) in verdicts.into_iter().filter_map(|(part, judged)| Some((part, judged?))) {
            report.add(part, judged.verdict.into());
            report.warned += judged.verdict.warnings.max(judged.found.warnings.len() as u64);
            wrong += judged.verdict.wrong;
            bad |= !judged.verdict.ok;
            found.extend(judged.found.clone());
        }
        if bad || !found.faults.is_empty() {
            let wrong = wrong.max(found.faults.len() as u64);
            return Err(Stopped::Wrong { found, wrong, warned: report.warned });
        }
        report.warnings = found.warnings;
        Ok(report)
    }

    /// The same warnings, and nothing counted yet.
    pub(crate) fn without_counts(self) -> Self {
        Self { counts: BTreeMap::new(), ..self }
    }

    /// Counts the rows of one service, if there are any.
    pub(crate) fn add(&mut self, part: Part, counts: Counts) {
        if counts != Counts::default() {
            *self.counts.entry(part).or_default() += counts;
        }
    }

    /// The warnings as a table with a heading; empty when there is none.
    pub(crate) fn warnings(&self) -> String {
        warnings(&self.warnings, self.warned)
    }

    /// One line for each service, when several took part.
    pub(crate) fn by_service(&self) -> String {
        if self.counts.len() < 2 {
            return String::new();
        }
        self.counts.iter().map(|(part, counts)| format!("  {:<7}  {counts}\n", part.name())).collect()
    }

    /// Warnings that were told one by one.
    pub(crate) fn warned(&self) -> &[Fault] {
        &self.warnings
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut all = Counts::default();
        self.counts.values().for_each(|counts| all += *counts);
        write!(f, "{all}")?;
        match self.warned {
            0 => Ok(()),
            1 => f.write_str(", 1 warning"),
            warned => write!(f, ", {warned} warnings"),
        }
    }
}

fn warnings(warnings: &[Fault], warned: u64) -> String {
    if warned == 0 {
        return String::new();
    }
    let what = if warned == 1 { "1 warning, a row" } else { &format!("{warned} warnings, rows") };
    format!("{what} to look at that no rule keeps out:{}\n", table_of(warnings))
}

/// Rows as a table that begins on a line of its own and ends without a line break.
pub(crate) fn table_of(rows: &[Fault]) -> String {
    format!("\n{}", fault::table(&mut rows.to_vec(), PRINTED).trim_end())
}

/// Why an import did not happen.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Rows are wrong; nothing was applied.
    Wrong {
        /// Rows that were told one by one.
        found: Found,
        /// Wrong rows in all.
        wrong: u64,
        /// Warnings in all.
        warned: u64,
    },
    /// A sentence. What was applied, it says.
    Failed(String),
}

impl Stopped {
    /// Files are not in shape.
    pub(crate) fn out_of_shape(faults: Vec<Fault>) -> Self {
        let wrong = faults.len() as u64;
        Self::Wrong { found: Found { faults, warnings: Vec::new() }, wrong, warned: 0 }
    }
}

impl Display for Stopped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { found, wrong, warned } => {
                writeln!(f, "{wrong} wrong, nothing was imported:{}", table_of(&found.faults))?;
                f.write_str(&warnings(&found.warnings, *warned))?;
                f.write_str("What the reasons mean: docs/import.md and docs/ERRORS.md.")
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(ok: bool, wrong: u64, warnings: u64, found: Found) -> Judged {
        Judged { verdict: ImportVerdict { ok, created: 3, changed: 2, unchanged: 1, wrong, warnings }, found }
    }

    fn row(line: u64, reason: &str) -> Fault {
        Fault::new("grades.csv", line, "letter", reason)
    }

    #[test]
    fn every_service_must_find_nothing_wrong() {
        let good = judged(true, 0, 0, Found::default());
        let report = Report::judged([(Part::Student, Some(&good)), (Part::Course, None), (Part::Grade, Some(&good))]);
        let report = report.expect("good");
        assert_eq!(report.to_string(), "6 new, 4 changed, 2 unchanged");
        assert_eq!(
            report.by_service(),
            "  student  3 new, 2 changed, 1 unchanged\n  grade    3 new, 2 changed, 1 unchanged\n"
        );
        assert_eq!(report.warnings(), "");

        let faults = vec![Fault::new("students.csv", 2, "nim", "bad-nim")];
        let found = Found { faults, warnings: Vec::new() };
        let bad = judged(false, 250, 0, found.clone());
        let stopped = Report::judged([(Part::Student, Some(&good)), (Part::Course, Some(&bad))]).expect_err("wrong");
        let Stopped::Wrong { found: told, wrong: 250, warned: 0 } = stopped else { panic!("wrong") };
        assert_eq!(told, found);
        // A verdict that calls reported faults good is not believed.
        let odd = judged(true, 0, 0, found);
        let stopped = Report::judged([(Part::Student, Some(&odd))]).expect_err("wrong");
        assert!(matches!(stopped, Stopped::Wrong { wrong: 1, .. }));
    }

    #[test]
    fn warnings_stop_nothing_and_are_counted() {
        let found = Found { faults: Vec::new(), warnings: vec![row(3, "letter-differs")] };
        let warned = judged(true, 0, 1, found.clone());
        let report = Report::judged([(Part::Grade, Some(&warned))]).expect("good all the same");
        assert_eq!(report.to_string(), "3 new, 2 changed, 1 unchanged, 1 warning");
        assert_eq!(report.by_service(), "", "one service alone is the sum");
        assert!(report.warnings().starts_with("1 warning, a row to look at"), "{}", report.warnings());
        assert!(report.warnings().contains("grades.csv"), "{}", report.warnings());
        let after = report.without_counts();
        assert_eq!(after.to_string(), "0 new, 0 changed, 0 unchanged, 1 warning");

        let many = judged(true, 0, 1200, found);
        let report = Report::judged([(Part::Grade, Some(&many))]).expect("good all the same");
        assert_eq!(report.to_string(), "3 new, 2 changed, 1 unchanged, 1200 warnings");
    }

    #[test]
    fn wrong_rows_and_warnings_are_printed_apart() {
        let found = Found { faults: vec![row(2, "unknown-letter")], warnings: vec![row(3, "letter-differs")] };
        let text = Stopped::Wrong { found, wrong: 1, warned: 1 }.to_string();
        let (wrong, warned) = (text.find("unknown-letter").expect("told"), text.find("letter-differs").expect("told"));
        assert!(text.starts_with("1 wrong, nothing was imported:\n") && wrong < warned, "{text}");
    }
}
