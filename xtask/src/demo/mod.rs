//! `cargo xtask demo-data`: the demo campus as the files that `siakad import` reads (docs/import.md).
//!
//! The same text comes out on every machine; a test compares it with what is committed.

mod campus;
mod curriculum;
mod dice;
mod files;
mod history;
mod names;
mod people;
mod record;
mod scores;
#[cfg(test)]
mod tests;
mod timetable;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Outcome;
use campus::{LAST_PERIOD, PERIOD};
use curriculum::Catalogue;
use dice::Dice;
use history::History;
use people::{Lecturer, Student};
use scores::Score;
use timetable::Timetable;

const SEED: u64 = 20_261;

/// The whole campus.
struct Campus {
    catalogue: Catalogue,
    lecturers: Vec<Lecturer>,
    students: Vec<Student>,
    last: Timetable,
    now: Timetable,
    history: History,
    scores: Vec<Score>,
}

impl Campus {
    /// Each part rolls its own dice, so that a change in one leaves the others as they are.
    fn invent() -> Self {
        let dice = |part: u64| Dice::new(SEED + 1_000_003 * part);
        let catalogue = Catalogue::read();
        let lecturers = people::lecturers(&mut dice(1));
        let students = people::students(&mut dice(2), &lecturers);
        let mut last = Timetable::plan(&mut dice(3), &catalogue, &lecturers, LAST_PERIOD);
        let mut now = Timetable::plan(&mut dice(4), &catalogue, &lecturers, PERIOD);
        let history = history::live(&mut dice(5), &catalogue, &students, &mut last, &mut now);
        let scores = scores::waiting(&mut dice(6), &catalogue, &last, &history.attempts);
        Self { catalogue, lecturers, students, last, now, history, scores }
    }
}

/// Writes `demo/`; with `check`, only compares.
pub(crate) fn run(root: &Path, check: bool) -> Outcome {
    let folder = root.join("demo");
    let mut stale = Vec::new();
    for (name, text) in all_files()? {
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::create_dir_all(&folder)?;
            fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("demo files are stale: {}; run `cargo xtask demo-data`", stale.join(", ")).into())
}

/// Every file by name.
fn all_files() -> Result<BTreeMap<&'static str, String>, Box<dyn std::error::Error>> {
    files::of(&Campus::invent())
}
