//! Classes, hours, rooms and seats.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CourseKey, FIRST_YEAR_STUDENT, LAST_PERIOD, PERIOD, Row, STORY_STUDENT, course, credits, hundredths, number, rows,
};

/// Period, course and name of a class.
type ClassKey = (String, CourseKey, String);
/// Day, first minute, first minute after.
type Hour = (u32, u32, u32);

fn key(row: &Row, name: &str) -> ClassKey {
    (row["period"].clone(), course(row), row[name].clone())
}

fn minute(clock: &str) -> u32 {
    let (hour, minute) = clock.split_once(':').expect("HH:MM");
    hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute")
}

fn hour(row: &Row) -> Hour {
    (number(row, "day"), minute(&row["start"]), minute(&row["end"]))
}

fn hours() -> BTreeMap<ClassKey, Vec<Hour>> {
    let mut hours: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows("meetings.csv") {
        hours.entry(key(&row, "name")).or_default().push(hour(&row));
    }
    hours
}

fn share_a_minute(one: &[Hour], other: &[Hour]) -> bool {
    one.iter().any(|(day, start, end)| {
        other.iter().any(|(day2, start2, end2)| day == day2 && (*start..*end).any(|m| (*start2..*end2).contains(&m)))
    })
}

/// Who sits in which classes of a period, by NIM.
fn members(period: &str) -> BTreeMap<String, Vec<ClassKey>> {
    let mut members: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in rows("plans.csv").iter().filter(|row| row["period"] == period) {
        members.entry(row["nim"].clone()).or_default().push(key(row, "name"));
    }
    members
}

/// Seats of every class, and seats taken.
fn seats() -> BTreeMap<ClassKey, (u32, u32)> {
    let mut seats: BTreeMap<ClassKey, (u32, u32)> =
        rows("classes.csv").iter().map(|row| (key(row, "name"), (number(row, "capacity"), 0))).collect();
    for row in rows("plans.csv") {
        seats.get_mut(&key(&row, "name")).expect("a class of the file").1 += 1;
    }
    seats
}

#[test]
fn classes_last_as_long_as_their_credits() {
    let field: BTreeMap<CourseKey, u32> = rows("courses.csv")
        .iter()
        .map(|row| ((row["programme"].clone(), row["code"].clone()), number(row, "credits_field")))
        .collect();
    let (credits, hours) = (credits(), hours());
    let slots: BTreeSet<u32> =
        ["07:00", "08:40", "10:20", "13:00", "14:40", "16:20", "18:30"].into_iter().map(minute).collect();
    for class in rows("classes.csv") {
        let meetings = hours.get(&key(&class, "name")).cloned().unwrap_or_default();
        let length: u32 = meetings.iter().map(|(_, start, end)| end - start).sum();
        // Field work has no weekly hour.
        assert_eq!(length, 50 * (credits[&course(&class)] - field[&course(&class)]), "{class:?}");
        for (day, start, end) in meetings {
            assert!((1..=5).contains(&day) && slots.contains(&start));
            assert!(!share_a_minute(&[(day, start, end)], &[(5, minute("11:30"), minute("13:00"))]), "Friday prayer");
        }
    }
}

#[test]
fn no_room_and_no_lecturer_is_in_two_places() {
    let hours = hours();
    let known: BTreeSet<String> = rows("lecturers.csv").iter().map(|row| row["number"].clone()).collect();
    let rooms: BTreeMap<String, u32> =
        rows("rooms.csv").iter().map(|row| (row["code"].clone(), number(row, "capacity"))).collect();
    let mut lecturers: BTreeMap<(String, String), Vec<Vec<Hour>>> = BTreeMap::new();
    let mut capacities = BTreeMap::new();
    for class in rows("classes.csv") {
        capacities.insert(key(&class, "name"), number(&class, "capacity"));
        let meetings = hours.get(&key(&class, "name")).cloned().unwrap_or_default();
        for lecturer in class["lecturers"].split(';') {
            assert!(known.contains(lecturer), "{lecturer}");
            let given = lecturers.entry((class["period"].clone(), lecturer.to_owned())).or_default();
            assert!(given.iter().all(|other| !share_a_minute(other, &meetings)), "{lecturer} is in two places");
            given.push(meetings.clone());
        }
    }
    let teaching: BTreeSet<&String> = lecturers.keys().filter(|key| key.0 == PERIOD).map(|key| &key.1).collect();
    assert_eq!(teaching.len(), 60, "every lecturer teaches");
    let mut used: BTreeMap<(String, String), Vec<Hour>> = BTreeMap::new();
    for row in rows("meetings.csv") {
        let used = used.entry((row["period"].clone(), row["room"].clone())).or_default();
        assert!(!share_a_minute(used, &[hour(&row)]), "{} holds two classes", row["room"]);
        used.push(hour(&row));
        let room = rooms[&row["room"]];
        assert!(room == 0 || capacities[&key(&row, "name")] <= room, "{} is too small", row["room"]);
    }
}

#[test]
fn seats_are_never_more_than_there_are_and_some_classes_are_full() {
    let seats = seats();
    assert_eq!(seats.keys().filter(|key| key.0 == PERIOD).count(), 120);
    for (class, (capacity, taken)) in &seats {
        assert!(taken <= capacity, "{class:?}: {taken} of {capacity}");
    }
    for (code, name) in [
        ("IF101", "A"),
        ("IF202", "A"),
        ("IF206", "A"),
        ("IF354", "A"),
        ("MN208", "A"),
        ("SI102", "A"),
        ("TE104", "A"),
        ("TE351", "A"),
    ] {
        let found = seats.iter().find(|(key, _)| key.0 == PERIOD && key.1.1 == code && key.2 == name);
        let (_, (capacity, taken)) = found.expect("a class of the file");
        assert_eq!(capacity, taken, "{code} {name} is full");
    }
    let clashing = |period: &str| {
        let hours = hours();
        let own: Vec<_> = hours.iter().filter(|(key, _)| key.0 == period && key.1.0 == "IF-S1").collect();
        let pairs = own.iter().enumerate().flat_map(|(at, one)| own[..at].iter().map(move |other| (one, other)));
        pairs.filter(|(one, other)| one.0.1 != other.0.1 && share_a_minute(one.1, other.1)).count()
    };
    assert!(clashing(PERIOD) > 20, "some classes clash");
}

#[test]
fn nobody_sits_in_two_classes_at_once_or_twice_in_a_course() {
    let hours = hours();
    for period in [LAST_PERIOD, PERIOD] {
        for (nim, classes) in members(period) {
            for (at, class) in classes.iter().enumerate() {
                for other in &classes[..at] {
                    assert_ne!(class.1, other.1, "{nim} takes a course twice");
                    let both = hours.get(class).zip(hours.get(other));
                    assert!(!both.is_some_and(|(one, two)| share_a_minute(one, two)), "{nim}: {class:?} and {other:?}");
                }
            }
        }
    }
}

#[test]
fn the_plans_of_the_running_period_keep_an_advisor_busy() {
    let mut states: BTreeMap<String, String> = BTreeMap::new();
    for row in rows("plans.csv") {
        let state = &row["state"];
        if row["period"] == LAST_PERIOD {
            assert_eq!(state, "locked");
        } else {
            assert_eq!(states.entry(row["nim"].clone()).or_insert_with(|| state.clone()), state, "one state a plan");
        }
    }
    let held: BTreeSet<String> =
        rows("holds.csv").iter().filter(|row| row["waived_until"].is_empty()).map(|row| row["nim"].clone()).collect();
    let active: BTreeSet<String> = rows("statuses.csv")
        .iter()
        .filter(|row| row["period"] == PERIOD && row["status"] == "A")
        .map(|row| row["nim"].clone())
        .collect();
    assert!(states.keys().all(|nim| active.contains(nim) && !held.contains(nim)));
    let count = |wanted: &str| states.values().filter(|state| *state == wanted).count();
    let (draft, submitted, approved) = (count("draft"), count("submitted"), count("approved"));
    assert_eq!(draft + submitted + approved, states.len());
    assert!(draft > 100 && submitted > 250 && approved > 400, "{draft} {submitted} {approved}");
    let waiting = rows("students.csv")
        .iter()
        .filter(|row| {
            row["advisor"] == "9904038107" && states.get(&row["nim"]).is_some_and(|state| state == "submitted")
        })
        .count();
    assert!(waiting >= 4, "{waiting} plans wait for the advisor of the stories");
}

#[test]
fn the_first_student_meets_a_full_class_a_clash_and_the_ceiling_each_alone() {
    let (credits, hours, seats) = (credits(), hours(), seats());
    let plan = &members(PERIOD)[STORY_STUDENT];
    let sks: u32 = plan.iter().map(|class| credits[&class.1]).sum();
    // The IPS of 20252 waits for one class; that of 20251 gives 18 SKS.
    let (mut full, mut clash, mut ceiling, mut free) = (0, 0, 0, 0);
    let asking: BTreeSet<CourseKey> = rows("prerequisites.csv").iter().map(course).collect();
    // What this student may take by prerequisites.
    let open = |key: &CourseKey| !asking.contains(key) || ["IF201", "IF202", "IF203"].contains(&key.1.as_str());
    for (key, (capacity, taken)) in
        seats.iter().filter(|(key, _)| key.0 == PERIOD && key.1.0 == "IF-S1" && open(&key.1))
    {
        if plan.iter().any(|held| held.1 == key.1) {
            continue;
        }
        let why = (
            capacity == taken,
            plan.iter().any(|held| share_a_minute(&hours[held], hours.get(key).map_or(&[][..], Vec::as_slice))),
            sks + credits[&key.1] > 18,
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
    assert!(!members(PERIOD).contains_key(FIRST_YEAR_STUDENT));
}

#[test]
fn the_scores_of_waiting_classes_are_complete_but_in_one() {
    let mut components: BTreeMap<ClassKey, BTreeMap<String, u32>> = BTreeMap::new();
    for row in rows("components.csv") {
        components.entry(key(&row, "class")).or_default().insert(row["name"].clone(), number(&row, "weight"));
    }
    let graded: BTreeSet<(ClassKey, String)> =
        rows("grades.csv").iter().map(|row| (key(row, "class"), row["nim"].clone())).collect();
    let mut scores: BTreeMap<(ClassKey, String), BTreeSet<String>> = BTreeMap::new();
    for row in rows("scores.csv") {
        let class = key(&row, "class");
        assert!(components[&class].contains_key(&row["component"]) && hundredths(&row["score"]) <= 10_000, "{row:?}");
        assert!(scores.entry((class, row["nim"].clone())).or_default().insert(row["component"].clone()), "{row:?}");
    }
    let leads: BTreeMap<ClassKey, String> =
        rows("classes.csv").iter().map(|row| (key(row, "name"), row["lecturers"][..10].to_owned())).collect();
    let mut missing: BTreeMap<&ClassKey, u32> = BTreeMap::new();
    let mut places = 0;
    for (nim, classes) in members(LAST_PERIOD) {
        for class in classes {
            let place = (class.clone(), nim.clone());
            let Some((class, wanted)) = components.get_key_value(&class) else {
                assert!(graded.contains(&place), "{place:?} has no grade");
                continue;
            };
            assert!(!graded.contains(&place), "{place:?} is published");
            *missing.entry(class).or_default() += u32::from(scores[&place].len() < wanted.len());
            places += 1;
        }
    }
    assert_eq!(places, scores.len(), "scores of students on the roster only");
    assert!(components.values().all(|parts| parts.values().sum::<u32>() == 100));
    let incomplete: Vec<_> = missing.iter().filter(|(_, count)| **count > 0).collect();
    assert_eq!((missing.len(), incomplete.len()), (6, 1));
    let of_story: Vec<_> = missing.keys().filter(|class| leads[**class] == "9904038107").collect();
    assert_eq!(of_story.len(), 2, "one to publish and one to finish");
}
