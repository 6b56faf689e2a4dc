//! The committed files, judged from their text alone: none of the generator's own checks is used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prost::Message;

type Row = BTreeMap<String, String>;
/// Course code and class name.
type ClassKey = (String, String);
/// Day, first minute, first minute after.
type Hour = (u32, u32, u32);

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

/// SKS of a course by its code.
fn credits() -> BTreeMap<String, u32> {
    let parts = ["credits_lecture", "credits_practice", "credits_field", "credits_simulation"];
    let sum = |row: &Row| parts.iter().map(|part| number(row, part)).sum();
    rows("courses.csv").iter().map(|row| (row["code"].clone(), sum(row))).collect()
}

/// Day, first minute and first minute after of every meeting, by course and class.
fn hours() -> BTreeMap<ClassKey, Vec<Hour>> {
    let mut hours: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows("meetings.csv") {
        let class = (row["course"].clone(), row["name"].clone());
        hours.entry(class).or_default().push((number(&row, "day"), minute(&row["start"]), minute(&row["end"])));
    }
    hours
}

fn minute(clock: &str) -> u32 {
    let (hour, minute) = clock.split_once(':').expect("HH:MM");
    hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute")
}

fn share_a_minute(one: &[Hour], other: &[Hour]) -> bool {
    one.iter().any(|(day, start, end)| {
        other.iter().any(|(day2, start2, end2)| day == day2 && (*start..*end).any(|m| (*start2..*end2).contains(&m)))
    })
}

#[test]
fn the_committed_files_are_what_the_generator_writes() {
    let files = super::files().expect("the generator works");
    assert_eq!(files, super::files().expect("the generator works"), "two runs differ");
    for (name, text) in &files {
        assert_eq!(&committed(name), text, "{name}");
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
        .map(|message| {
            let fields = message.field.iter().map(|field| field.name().to_owned()).collect();
            (message.name().to_owned(), fields)
        })
        .collect();
    for (file, message) in [
        ("faculties.csv", "FacultyRow"),
        ("programmes.csv", "ProgrammeRow"),
        ("lecturers.csv", "LecturerRow"),
        ("students.csv", "StudentRow"),
        ("statuses.csv", "StatusRow"),
        ("holds.csv", "HoldRow"),
        ("courses.csv", "CourseRow"),
        ("rooms.csv", "RoomRow"),
        ("periods.csv", "PeriodRow"),
        ("windows.csv", "WindowRow"),
        ("classes.csv", "ClassRow"),
        ("meetings.csv", "MeetingRow"),
        ("plans.csv", "PlanRow"),
    ] {
        let text = committed(file);
        let heading = text.lines().next().expect("a heading");
        assert_eq!(heading, messages[message].join(","), "{file}");
    }
}

#[test]
fn the_curriculum_adds_up() {
    let credits = credits();
    let courses = rows("courses.csv");
    let (electives, compulsory): (Vec<_>, Vec<_>) =
        courses.iter().partition(|row| row["requirement_kind"] == "elective");
    assert_eq!((compulsory.len(), electives.len()), (43, 8));
    let mut load = [0; 8];
    for row in &compulsory {
        load[number(row, "semester") as usize - 1] += credits[&row["code"]];
    }
    assert_eq!(load.iter().sum::<u32>(), 129);
    // Electives of 3 SKS: one in semesters 5, 6 and 8, two in semester 7.
    assert!(electives.iter().all(|row| credits[&row["code"]] == 3));
    for (semester, sks) in [(5, 3), (6, 3), (7, 6), (8, 3)] {
        load[semester - 1] += sks;
    }
    assert_eq!(load, [20, 20, 23, 20, 19, 19, 14, 9]);
}

#[test]
fn people_are_as_many_as_promised() {
    let students = rows("students.csv");
    let lecturers: BTreeSet<String> = rows("lecturers.csv").iter().map(|row| row["number"].clone()).collect();
    assert_eq!((students.len(), lecturers.len()), (100, 10));
    let mut advisees: BTreeMap<&str, u32> = BTreeMap::new();
    for student in &students {
        assert!(lecturers.contains(&student["advisor"]));
        *advisees.entry(&student["advisor"]).or_default() += 1;
        let (nim, entry) = (&student["nim"], &student["entry_period"]);
        assert_eq!((nim.len(), &nim[..2], &nim[2..6]), (10, &entry[2..4], "0501"), "{nim}");
        assert_eq!(student["national_id"].len(), 16);
        assert!(student["national_id"].starts_with("99"), "no real region's NIK");
    }
    assert_eq!(advisees.values().copied().collect::<Vec<_>>(), [10; 10]);
    let mut statuses: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows("statuses.csv") {
        assert_eq!(row["period"], "20261");
        *statuses.entry(row["status"].clone()).or_default() += 1;
    }
    assert_eq!(statuses, BTreeMap::from([("A".into(), 92), ("C".into(), 2), ("N".into(), 6)]));
    let waived = rows("holds.csv").iter().filter(|row| !row["waived_until"].is_empty()).count();
    assert_eq!(waived, 1);
}

#[test]
fn classes_last_as_long_as_their_credits_and_share_neither_room_nor_lecturer() {
    let credits = credits();
    let hours = hours();
    let rooms: BTreeMap<String, u32> =
        rows("rooms.csv").iter().map(|row| (row["code"].clone(), number(row, "capacity"))).collect();
    let slots: BTreeSet<u32> =
        ["07:00", "08:40", "10:20", "13:00", "14:40", "16:20", "18:30"].into_iter().map(minute).collect();
    let classes = rows("classes.csv");
    assert_eq!(classes.len(), 30);
    let mut lecturers: BTreeMap<String, Vec<Vec<Hour>>> = BTreeMap::new();
    for class in &classes {
        let meetings = &hours[&(class["course"].clone(), class["name"].clone())];
        let length: u32 = meetings.iter().map(|(_, start, end)| end - start).sum();
        assert_eq!(length, 50 * credits[&class["course"]], "{} {}", class["course"], class["name"]);
        for (day, start, end) in meetings {
            assert!((1..=5).contains(day) && slots.contains(start));
            assert!(
                !share_a_minute(&[(*day, *start, *end)], &[(5, minute("11:30"), minute("13:00"))]),
                "Friday prayer"
            );
        }
        for lecturer in class["lecturers"].split(';') {
            let given = lecturers.entry(lecturer.to_owned()).or_default();
            assert!(given.iter().all(|other| !share_a_minute(other, meetings)), "{lecturer} is in two places");
            given.push(meetings.clone());
        }
    }
    assert_eq!(lecturers.len(), 10, "every lecturer teaches");
    let mut used: BTreeMap<String, Vec<Hour>> = BTreeMap::new();
    for row in rows("meetings.csv") {
        let hour = (number(&row, "day"), minute(&row["start"]), minute(&row["end"]));
        let used = used.entry(row["room"].clone()).or_default();
        assert!(!share_a_minute(used, &[hour]), "{} holds two classes", row["room"]);
        used.push(hour);
        let class = classes.iter().find(|class| class["course"] == row["course"] && class["name"] == row["name"]);
        let seats = number(class.expect("a class of the file"), "capacity");
        assert!(rooms[&row["room"]] == 0 || seats <= rooms[&row["room"]], "{} is too small", row["room"]);
    }
}

/// Classes of a student by the plan file.
fn plan_of(nim: &str) -> Vec<(String, String)> {
    rows("plans.csv")
        .iter()
        .filter(|row| row["nim"] == nim)
        .map(|row| (row["course"].clone(), row["name"].clone()))
        .collect()
}

/// Seats taken by class.
fn taken() -> BTreeMap<(String, String), u32> {
    let mut taken = BTreeMap::new();
    for row in rows("plans.csv") {
        *taken.entry((row["course"].clone(), row["name"].clone())).or_default() += 1;
    }
    taken
}

#[test]
fn plans_keep_every_rule() {
    let (credits, hours, taken) = (credits(), hours(), taken());
    let entry: BTreeMap<String, String> =
        rows("students.csv").iter().map(|row| (row["nim"].clone(), row["entry_period"].clone())).collect();
    let status: BTreeMap<String, String> =
        rows("statuses.csv").iter().map(|row| (row["nim"].clone(), row["status"].clone())).collect();
    let held: BTreeSet<String> =
        rows("holds.csv").iter().filter(|row| row["waived_until"].is_empty()).map(|row| row["nim"].clone()).collect();
    let planners: BTreeSet<String> = rows("plans.csv").iter().map(|row| row["nim"].clone()).collect();
    assert!(planners.len() > 70, "most have begun: {}", planners.len());
    for nim in &planners {
        let plan = plan_of(nim);
        assert_eq!(status[nim], "A", "{nim}");
        assert!(!held.contains(nim), "{nim} has a hold");
        let ceiling = if entry[nim] == "20261" { 20 } else { 12 };
        let sks: u32 = plan.iter().map(|(course, _)| credits[course]).sum();
        assert!(sks <= ceiling, "{nim}: {sks} SKS");
        for (index, class) in plan.iter().enumerate() {
            for other in &plan[..index] {
                assert_ne!(class.0, other.0, "{nim} takes a course twice");
                assert!(!share_a_minute(&hours[class], &hours[other]), "{nim}: {class:?} and {other:?} clash");
            }
        }
    }
    let mut full = 0;
    for class in rows("classes.csv") {
        let seats = taken.get(&(class["course"].clone(), class["name"].clone())).copied().unwrap_or(0);
        assert!(seats <= number(&class, "capacity"), "{} {} is over capacity", class["course"], class["name"]);
        full += u32::from(seats == number(&class, "capacity"));
    }
    assert!(full >= 4, "{full} full classes");
}

#[test]
fn the_first_student_meets_a_full_class_a_clash_and_the_ceiling_each_alone() {
    let (credits, hours, taken) = (credits(), hours(), taken());
    let plan = plan_of(super::people::STORY_STUDENT);
    let sks: u32 = plan.iter().map(|(course, _)| credits[course]).sum();
    let (mut full, mut clash, mut ceiling, mut free) = (0, 0, 0, 0);
    for class in rows("classes.csv") {
        let key = (class["course"].clone(), class["name"].clone());
        if plan.iter().any(|held| held.0 == key.0) {
            continue;
        }
        let why = (
            taken.get(&key).copied().unwrap_or(0) == number(&class, "capacity"),
            plan.iter().any(|held| share_a_minute(&hours[held], &hours[&key])),
            sks + credits[&key.0] > 12,
        );
        match why {
            (true, false, false) => full += 1,
            (false, true, false) => clash += 1,
            (false, false, true) => ceiling += 1,
            (false, false, false) => free += 1,
            _ => {}
        }
    }
    assert!(full > 0 && clash > 0 && ceiling > 0 && free > 0, "{full} {clash} {ceiling} {free}");
    assert!(plan_of(super::people::FIRST_YEAR_STUDENT).is_empty());
}
