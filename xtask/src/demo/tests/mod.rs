//! The committed files, judged from their text alone: none of the generator's own checks is used.

mod classes;
mod people;
mod study;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prost::Message;

type Row = BTreeMap<String, String>;
/// Programme that owns a course, and its code.
type CourseKey = (String, String);

/// The student whose KRS page shows every kind of refusal.
const STORY_STUDENT: &str = "2505010007";
/// The student who has not begun.
const FIRST_YEAR_STUDENT: &str = "2605010003";
const PERIOD: &str = "20261";
const LAST_PERIOD: &str = "20252";

fn committed(name: &str) -> String {
    std::fs::read_to_string(crate::root().join("demo").join(name)).expect("the demo files are committed")
}

/// Rows of a file, by heading.
fn rows(name: &str) -> Vec<Row> {
    let text = committed(name);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row by its heading")).collect()
}

fn number(row: &Row, column: &str) -> u32 {
    row[column].parse().expect("a number")
}

/// A decimal with two places, in hundredths.
fn hundredths(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').expect("a decimal");
    assert_eq!(rest.len(), 2, "{text}");
    whole.parse::<u32>().expect("a number") * 100 + rest.parse::<u32>().expect("a number")
}

/// Which course a row speaks of.
fn course(row: &Row) -> CourseKey {
    (row["programme"].clone(), row["course"].clone())
}

/// SKS of a course.
fn credits() -> BTreeMap<CourseKey, u32> {
    let parts = ["credits_lecture", "credits_practice", "credits_field", "credits_simulation"];
    let sum = |row: &Row| parts.iter().map(|part| number(row, part)).sum();
    rows("courses.csv").iter().map(|row| ((row["programme"].clone(), row["code"].clone()), sum(row))).collect()
}

#[test]
fn the_committed_files_are_what_the_generator_writes() {
    let files = super::all_files().expect("the generator works");
    assert_eq!(files, super::all_files().expect("the generator works"), "two runs differ");
    for (name, text) in &files {
        assert!(&committed(name) == text, "{name} is stale: run `cargo xtask demo-data`");
    }
    let found: BTreeSet<String> = std::fs::read_dir(crate::root().join("demo"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert_eq!(found, files.keys().map(|name| (*name).to_owned()).collect(), "files that the generator does not know");
}

#[test]
fn columns_are_the_fields_of_the_contract_in_their_order() {
    let golden = std::fs::read(Path::new(&crate::root()).join("proto/golden/descriptor.bin")).expect("the contract");
    let contract = prost_types::FileDescriptorSet::decode(golden.as_slice()).expect("a descriptor");
    let messages: BTreeMap<String, Vec<String>> = contract
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .filter(|message| message.name().ends_with("Row"))
        .map(|message| {
            let fields = message.field.iter().map(|field| field.name().to_owned()).collect();
            (message.name().to_owned(), fields)
        })
        .collect();
    let mut judged = 0;
    for (file, message) in [
        ("faculties.csv", "FacultyRow"),
        ("programmes.csv", "ProgrammeRow"),
        ("lecturers.csv", "LecturerRow"),
        ("students.csv", "StudentRow"),
        ("statuses.csv", "StatusRow"),
        ("holds.csv", "HoldRow"),
        ("courses.csv", "CourseRow"),
        ("curricula.csv", "CurriculumRow"),
        ("curriculum_courses.csv", "CurriculumCourseRow"),
        ("prerequisites.csv", "PrerequisiteRow"),
        ("equivalents.csv", "EquivalentRow"),
        ("rooms.csv", "RoomRow"),
        ("periods.csv", "PeriodRow"),
        ("windows.csv", "WindowRow"),
        ("classes.csv", "ClassRow"),
        ("meetings.csv", "MeetingRow"),
        ("plans.csv", "PlanRow"),
        ("scales.csv", "ScaleRow"),
        ("scale_steps.csv", "ScaleStepRow"),
        ("components.csv", "ComponentRow"),
        ("scores.csv", "ScoreRow"),
        ("grades.csv", "GradeRow"),
    ] {
        let text = committed(file);
        let heading = text.lines().next().expect("a heading");
        assert_eq!(heading, messages[message].join(","), "{file}");
        assert!(text.lines().count() > 1, "{file} is empty");
        judged += 1;
    }
    let files = super::all_files().expect("the generator works");
    assert_eq!(judged, files.keys().filter(|name| name.ends_with(".csv")).count());
}
