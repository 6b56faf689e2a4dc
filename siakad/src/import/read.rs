//! The files of an import as rows, or every place where they are not in shape. Judges shape only: what the rows mean is
//! for the services.

use std::path::Path;

use super::fault::Fault;
use super::files::{FILES, File, Row};
use super::moment::Today;
use crate::reasons;

/// No column of any file holds more bytes.
const LONGEST_FIELD: usize = 2000;

/// A row with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// File name.
    pub(crate) file: &'static str,
    /// Line from 1, the heading included.
    pub(crate) line: u32,
    /// What it says.
    pub(crate) row: Row,
}

/// Reads every known file of the folder.
///
/// # Errors
/// Every fault of every file; a folder that cannot be listed is one fault of its own.
pub(crate) fn folder(folder: &Path, today: &Today) -> Result<Vec<Line>, Vec<Fault>> {
    let unreadable = |name: &str, error: std::io::Error| {
        vec![Fault::new(name, 0, "", reasons::UNREADABLE_FILE).fact("cause", error)]
    };
    let mut texts = Vec::new();
    let mut faults = Vec::new();
    let shown = folder.display().to_string();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(&shown, error))? {
        let entry = entry.map_err(|error| unreadable(&shown, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.to_ascii_lowercase().ends_with(".csv") {
            continue;
        }
        match FILES.iter().find(|file| file.name == name) {
            None => faults.push(Fault::new(&name, 0, "", reasons::UNKNOWN_FILE)),
            Some(file) => match std::fs::read(entry.path()) {
                Ok(bytes) => texts.push((file, bytes)),
                Err(error) => faults.extend(unreadable(&name, error)),
            },
        }
    }
    let found = texts.iter().map(|(file, bytes)| (*file, bytes.as_slice()));
    match contents(found, today) {
        Ok(lines) if faults.is_empty() => Ok(lines),
        Ok(_) => Err(faults),
        Err(more) => Err(faults.into_iter().chain(more).collect()),
    }
}

/// Reads files whose content is at hand, in the order in which rows must be sent.
///
/// # Errors
/// Every fault of every file.
pub(crate) fn contents<'a>(
    files: impl IntoIterator<Item = (&'static File, &'a [u8])>,
    today: &Today,
) -> Result<Vec<Line>, Vec<Fault>> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(file, _)| FILES.iter().position(|known| known.name == file.name));
    let mut lines = Vec::new();
    let mut faults = Vec::new();
    for (file, bytes) in files {
        Reading { file, today, lines: &mut lines, faults: &mut faults }.run(bytes);
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

struct Reading<'a> {
    file: &'static File,
    today: &'a Today,
    lines: &'a mut Vec<Line>,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn fault(&mut self, line: u64, column: &str, reason: &str) -> &mut Fault {
        self.faults.push(Fault::new(self.file.name, line, column, reason));
        self.faults.last_mut().expect("just pushed")
    }

    fn run(mut self, bytes: &[u8]) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let line = line_at(bytes, error.valid_up_to());
                self.fault(line, "", reasons::NOT_UTF8);
                return;
            }
        };
        if let Some(line) = unclosed_quote(text) {
            self.fault(line, "", reasons::UNCLOSED_QUOTE);
            return;
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = reader.records().filter_map(Result::ok);
        let Some(heading) = records.next() else {
            self.fault(1, "", reasons::MISSING_HEADING);
            return;
        };
        let Some(order) = self.order(&heading, place(text, &heading)) else { return };
        for record in records {
            let line = place(text, &record);
            if record.len() != heading.len() {
                let (found, expected) = (record.len(), heading.len());
                let fault = self.fault(line, "", reasons::WRONG_FIELD_COUNT);
                *fault = fault.clone().fact("found", found).fact("expected", expected);
                continue;
            }
            if let Some(fields) = self.fields(&record, &order, line) {
                let row = (self.file.row)(fields);
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                self.lines.push(Line { file: self.file.name, line, row });
            }
        }
    }

    /// For each column of the file, where the heading has it; `None` for an optional one that it lacks. Columns may stand in
    /// any order.
    fn order(&mut self, heading: &csv::StringRecord, line: u64) -> Option<Vec<Option<usize>>> {
        let names: Vec<String> = heading.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        if let [only] = names.as_slice()
            && self.file.columns.len() > 1
            && only.contains([';', '\t'])
        {
            self.fault(line, "", reasons::WRONG_SEPARATOR);
            return None;
        }
        let before = self.faults.len();
        for (index, name) in names.iter().enumerate() {
            if !self.file.columns.contains(&name.as_str()) {
                self.fault(line, name, reasons::UNKNOWN_COLUMN);
            } else if names[..index].contains(name) {
                self.fault(line, name, reasons::REPEATED_COLUMN);
            }
        }
        let mut order = Vec::new();
        for column in self.file.columns {
            match names.iter().position(|name| name == column) {
                Some(index) => order.push(Some(index)),
                None if self.file.optional.contains(column) => order.push(None),
                None => drop(self.fault(line, column, reasons::MISSING_COLUMN)),
            }
        }
        (self.faults.len() == before).then_some(order)
    }

    /// The fields in the order of the contract, moments resolved; `None` when one of them is wrong.
    fn fields(&mut self, record: &csv::StringRecord, order: &[Option<usize>], line: u64) -> Option<Vec<String>> {
        let before = self.faults.len();
        let mut fields = Vec::with_capacity(order.len());
        for (column, index) in self.file.columns.iter().zip(order) {
            let text = index.and_then(|index| record.get(index)).unwrap_or_default().trim();
            if text.len() > LONGEST_FIELD {
                self.fault(line, column, reasons::FIELD_TOO_LONG);
                continue;
            }
            if !self.file.moments.contains(column) {
                fields.push(text.to_owned());
                continue;
            }
            match self.today.resolve(text) {
                Ok(moment) => fields.push(moment),
                Err(reason) => {
                    let fault = self.fault(line, column, reason);
                    *fault = fault.clone().fact("value", text);
                }
            }
        }
        (self.faults.len() == before).then_some(fields)
    }
}

/// Line from 1 of a byte.
fn line_at(bytes: &[u8], at: usize) -> u64 {
    let before = bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
}

/// Line on which a record begins. The reader's own position lies before the empty lines that it skipped; counting from there,
/// not from the beginning, keeps a long file's reading linear.
fn place(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let skipped = empty.filter(|byte| **byte == b'\n').count();
    position.line().saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX))
}

/// Line on which a quoted field begins that never ends.
fn unclosed_quote(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let mut opened = None;
    let mut at_field_start = true;
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        match (opened, byte) {
            (Some(_), b'"') if bytes.get(index + 1) == Some(&b'"') => index += 1,
            (Some(_), b'"') => opened = None,
            (Some(_), _) => {}
            (None, b'"') if at_field_start => opened = Some(index),
            (None, _) => {}
        }
        at_field_start = opened.is_none() && matches!(byte, b',' | b'\n' | b'\r');
        index += 1;
    }
    opened.map(|start| line_at(bytes, start))
}

#[cfg(test)]
mod tests {
    use proto::course::v1::{WindowRow, import_row};
    use proto::student::v1::{FacultyRow, import_row as student_row};

    use super::*;
    use crate::import::moment::Zone;

    fn today() -> Today {
        Today::at("2026-08-15T00:00:00Z".parse().expect("a moment"), Zone::Wib)
    }

    fn file(name: &str) -> &'static File {
        FILES.iter().find(|file| file.name == name).expect("a known file")
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<Line>, Vec<Fault>> {
        contents([(file(name), bytes)], &today())
    }

    /// File, line, column and reason of every fault.
    fn faults(name: &str, bytes: &[u8]) -> Vec<(u64, String, String)> {
        let faults = read(name, bytes).expect_err("the file is wrong");
        faults.into_iter().map(|fault| (fault.line, fault.column, fault.reason)).collect()
    }

    fn one(line: u64, column: &str, reason: &str) -> Vec<(u64, String, String)> {
        vec![(line, column.to_owned(), reason.to_owned())]
    }

    #[test]
    fn rows_come_with_their_lines() {
        let faculty = |code: &str, name: &str| {
            Row::Student(student_row::Row::Faculty(FacultyRow { code: code.to_owned(), name: name.to_owned() }))
        };
        // Byte order mark, another order of columns, line breaks of Windows, an empty line, a line break in quotes.
        let text = "\u{feff}Name,code\r\n\"Ilmu, \"\"K\"\"\",FIK\r\n\r\n\"Eko\nnomi\",FEB\r\n Hukum ,FH";
        let lines = read("faculties.csv", text.as_bytes()).expect("in shape");
        let line = |line, row| Line { file: "faculties.csv", line, row };
        assert_eq!(
            lines,
            [
                line(2, faculty("FIK", "Ilmu, \"K\"")),
                line(4, faculty("FEB", "Eko\nnomi")),
                line(6, faculty("FH", "Hukum"))
            ]
        );
    }

    #[test]
    fn moments_are_resolved_and_wrong_ones_named() {
        let text = "period,kind,scope,scope_key,opens_at,closes_at\n20261,krs,university,,@today-7d,2026-09-01T17:00\n";
        let lines = read("windows.csv", text.as_bytes()).expect("in shape");
        let Row::Course(import_row::Row::Window(WindowRow { opens_at, closes_at, .. })) = &lines[0].row else {
            panic!("a window")
        };
        assert_eq!((opens_at.as_str(), closes_at.as_str()), ("2026-08-07T17:00:00Z", "2026-09-01T10:00:00Z"));

        let text = "period,kind,scope,scope_key,opens_at,closes_at\n20261,krs,university,,@today-7,besok\n";
        let found = faults("windows.csv", text.as_bytes());
        assert_eq!(found, [one(2, "opens_at", "not-a-relative-moment"), one(2, "closes_at", "not-a-moment")].concat());
    }

    #[test]
    fn a_heading_must_have_every_column_once() {
        assert_eq!(faults("rooms.csv", b""), one(1, "", "missing-heading"));
        assert_eq!(faults("rooms.csv", b"code;name;capacity\nA;B;3\n"), one(1, "", "wrong-separator"));
        assert_eq!(
            faults("rooms.csv", b"code,nama,code\nA,B,3\n"),
            [
                one(1, "nama", "unknown-column"),
                one(1, "code", "repeated-column"),
                one(1, "name", "missing-column"),
                one(1, "capacity", "missing-column"),
            ]
            .concat()
        );
    }

    #[test]
    fn an_older_plans_file_lacks_the_state_and_is_read() {
        let state = |text: &str| match read("plans.csv", text.as_bytes()).expect("in shape").remove(0).row {
            Row::Course(import_row::Row::Plan(row)) => (row.nim, row.name, row.state),
            other => panic!("{other:?}"),
        };
        let plan = |state: &str| ("24001".to_owned(), "A".to_owned(), state.to_owned());
        assert_eq!(state("nim,period,programme,course,name\n24001,20252,IF-S1,IF201,A\n"), plan(""));
        assert_eq!(state("state,nim,period,programme,course,name\nlocked,24001,20252,IF-S1,IF201,A\n"), plan("locked"));
    }

    #[test]
    fn a_line_must_have_the_fields_of_the_heading() {
        let text = b"code,name,capacity\nA,B,3\nA.2.01,45\n\nA,B,4,5\nA,B,6\n";
        assert_eq!(
            faults("rooms.csv", text),
            [one(3, "", "wrong-field-count"), one(5, "", "wrong-field-count")].concat()
        );
    }

    #[test]
    fn bytes_quotes_and_lengths_are_checked() {
        assert_eq!(faults("rooms.csv", b"code,name,capacity\nA,B,3\nA,\xe9,3\n"), one(3, "", "not-utf8"));
        assert_eq!(
            faults("rooms.csv", b"code,name,capacity\nA,B\"C,3\nA,\"B,3\nA,B,3\n"),
            one(3, "", "unclosed-quote")
        );
        let long = format!("code,name,capacity\nA,{},3\n", "x".repeat(2001));
        assert_eq!(faults("rooms.csv", long.as_bytes()), one(2, "name", "field-too-long"));
    }

    #[test]
    fn a_folder_may_lack_files_but_not_have_unknown_ones() {
        let folder = std::env::temp_dir().join(format!("siakad-read-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("rooms.csv")).expect("a folder in a file's place");
        std::fs::write(folder.join("studnets.csv"), "nim\n").expect("written");
        std::fs::write(folder.join("README.txt"), "ignored\n").expect("written");
        std::fs::write(folder.join("faculties.csv"), "code,name\nFIK\n").expect("written");
        let mut found = super::folder(&folder, &today()).expect_err("wrong files");
        found.sort();
        let found: Vec<_> =
            found.iter().map(|fault| (fault.file.as_str(), fault.line, fault.reason.as_str())).collect();
        assert_eq!(
            found,
            [
                ("faculties.csv", 2, "wrong-field-count"),
                ("rooms.csv", 0, "unreadable-file"),
                ("studnets.csv", 0, "unknown-file")
            ]
        );
        std::fs::remove_dir_all(&folder).expect("removed");
        let gone = super::folder(&folder, &today()).expect_err("no folder");
        assert_eq!(gone[0].reason, "unreadable-file");
    }

    #[test]
    fn every_reason_is_in_the_manual() {
        let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/import.md");
        let manual = std::fs::read_to_string(manual).expect("docs/import.md");
        for line in include_str!("../reasons.rs").lines().filter(|line| line.starts_with("pub(crate) const")) {
            let word = line.split('"').nth(1).expect("a word");
            assert!(manual.contains(&format!("| `{word}` |")), "docs/import.md has no row `{word}`");
        }
        for file in FILES {
            assert!(manual.contains(&format!("`{}`", file.name)), "docs/import.md lacks {}", file.name);
            let section = manual.split("\n## ").find(|part| part.starts_with(&format!("`{}`", file.name)));
            let section = section.unwrap_or_else(|| panic!("docs/import.md has no section {}", file.name));
            for column in file.columns {
                assert!(section.contains(&format!("| `{column}` |")), "{}: {column} is not described", file.name);
            }
        }
    }
}
