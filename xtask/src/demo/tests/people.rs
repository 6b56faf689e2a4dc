//! Structure, curricula and people.

use std::collections::{BTreeMap, BTreeSet};

use super::{CourseKey, PERIOD, Row, course, credits, number, rows};

/// Programme that runs a curriculum, and the place of a course there: key, semester, kind.
fn members() -> BTreeMap<String, Vec<(CourseKey, usize, String)>> {
    let mut members: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in rows("curriculum_courses.csv") {
        let owner = if row["course_programme"].is_empty() { &row["programme"] } else { &row["course_programme"] };
        let place = (
            (owner.clone(), row["course"].clone()),
            number(&row, "semester") as usize,
            row["requirement_kind"].clone(),
        );
        members.entry(row["programme"].clone()).or_default().push(place);
    }
    members
}

#[test]
fn every_curriculum_adds_up_to_144() {
    let credits = credits();
    let members = members();
    assert_eq!(rows("curricula.csv").len(), 4);
    for curriculum in rows("curricula.csv") {
        let programme = &curriculum["programme"];
        let (electives, compulsory): (Vec<_>, Vec<_>) = members[programme].iter().partition(|row| row.2 == "elective");
        let mut load = [0; 8];
        for (course, semester, _) in &compulsory {
            load[semester - 1] += credits[course];
        }
        assert_eq!(load.iter().sum::<u32>(), number(&curriculum, "credits_compulsory"), "{programme}");
        // Electives of 3 SKS: one in semesters 5, 6 and 8, two in semester 7.
        assert_eq!(number(&curriculum, "credits_elective"), 15);
        assert!(electives.len() >= 8 && electives.iter().all(|row| credits[&row.0] == 3), "{programme}");
        for (semester, sks) in [(5, 3), (6, 3), (7, 6), (8, 3)] {
            load[semester - 1] += sks;
        }
        assert_eq!(load.iter().sum::<u32>(), number(&curriculum, "credits_required"), "{programme}");
        let third = if programme == "IF-S1" { [23, 20, 19] } else { [22, 20, 20] };
        assert_eq!(load, [20, 20, third[0], third[1], third[2], 19, 14, 9], "{programme}");
    }
    assert_eq!(members["IF-S1"].iter().filter(|row| row.2 != "elective").count(), 43);
}

#[test]
fn prerequisites_lie_earlier_in_every_curriculum() {
    let scale: BTreeMap<String, String> =
        rows("scale_steps.csv").iter().map(|row| (row["letter"].clone(), row["points"].clone())).collect();
    let members = members();
    let mut asked = 0;
    for row in rows("prerequisites.csv") {
        match row["kind"].as_str() {
            "credits" => assert!((60..144).contains(&number(&row, "minimum"))),
            "gpa" => assert_eq!(row["minimum"], "2.00"),
            kind => {
                let owner =
                    if row["required_programme"].is_empty() { &row["programme"] } else { &row["required_programme"] };
                let wanted = (owner.clone(), row["required_course"].clone());
                for courses in members.values() {
                    let place = |key: &CourseKey| courses.iter().find(|row| row.0 == *key).map(|row| row.1);
                    if let Some(asking) = place(&course(&row)) {
                        let wanted = place(&wanted).expect("a prerequisite is in the same curriculum");
                        assert!(wanted < asking || (kind == "concurrent" && wanted == asking), "{row:?}");
                        asked += 1;
                    }
                }
                let points = if kind == "passed" { scale[&row["minimum"]].as_str() } else { "" };
                assert_eq!(row["min_points"], points, "{row:?}");
            }
        }
    }
    assert!(asked > 100, "{asked} prerequisites");
}

#[test]
fn the_structure_is_whole() {
    let faculties: BTreeSet<String> = rows("faculties.csv").iter().map(|row| row["code"].clone()).collect();
    let programmes = rows("programmes.csv");
    assert_eq!((faculties.len(), programmes.len()), (9, 27));
    assert_eq!(programmes.iter().map(|row| row["faculty"].clone()).collect::<BTreeSet<_>>(), faculties);
    let known: BTreeSet<String> = programmes.iter().map(|row| row["code"].clone()).collect();
    assert_eq!(rows("scales.csv").iter().map(|row| row["programme"].clone()).collect::<BTreeSet<_>>(), known);
    assert!(rows("lecturers.csv").iter().all(|row| known.contains(&row["programme"])));
    let courses = credits();
    assert_eq!(courses.len(), rows("courses.csv").len(), "no course twice");
    for row in rows("equivalents.csv") {
        let other = (row["equivalent_programme"].clone(), row["equivalent_course"].clone());
        assert_eq!(courses[&course(&row)], courses[&other], "{row:?}");
    }
}

#[test]
fn people_are_as_many_as_promised() {
    let students = rows("students.csv");
    let lecturers: BTreeMap<String, Row> =
        rows("lecturers.csv").into_iter().map(|row| (row["number"].clone(), row)).collect();
    assert_eq!((students.len(), lecturers.len()), (1200, 60));
    let mut advisees: BTreeMap<&str, u32> = BTreeMap::new();
    let mut cohorts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for student in &students {
        assert_eq!(lecturers[&student["advisor"]]["programme"], student["programme"], "advised at home");
        *advisees.entry(&student["advisor"]).or_default() += 1;
        *cohorts.entry((&student["entry_period"], &student["programme"])).or_default() += 1;
        let (nim, entry) = (&student["nim"], &student["entry_period"]);
        assert_eq!((nim.len(), &nim[..2], &entry[4..]), (10, &entry[2..4], "1"), "{nim}");
        assert!(known.insert(nim) && known.insert(&student["national_id"]) && known.insert(&student["name"]), "{nim}");
        assert_eq!(student["national_id"].len(), 16);
        assert!(student["national_id"].starts_with("99"), "no real region's NIK");
    }
    assert!(lecturers.keys().all(|number| number.len() == 10 && number.starts_with("99")));
    assert!(advisees.values().all(|count| (18..=23).contains(count)), "{advisees:?}");
    for cohort in ["20231", "20241", "20251", "20261"] {
        let sizes = ["IF-S1", "SI-S1", "MN-S1", "TE-S1"].map(|programme| cohorts[&(cohort, programme)]);
        assert_eq!(sizes, [90, 75, 75, 60]);
    }
}

#[test]
fn statuses_begin_with_the_entry_and_leave_no_gap() {
    let entry: BTreeMap<String, String> =
        rows("students.csv").iter().map(|row| (row["nim"].clone(), row["entry_period"].clone())).collect();
    let mut statuses: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in rows("statuses.csv") {
        statuses.entry(row["nim"].clone()).or_default().push((row["period"].clone(), row["status"].clone()));
    }
    let all = ["20231", "20232", "20241", "20242", "20251", "20252", PERIOD];
    let mut now: BTreeMap<String, u32> = BTreeMap::new();
    for (nim, entry) in &entry {
        let wanted: Vec<&str> = all.into_iter().filter(|period| *period >= entry.as_str()).collect();
        let found = &statuses[nim];
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), wanted, "{nim}");
        assert_eq!(found[0].1, "A", "nobody is away in the first semester");
        assert!(found.windows(2).all(|pair| pair[0].1 != "N" || pair[1].1 != "N"), "{nim} would have left");
        *now.entry(found[found.len() - 1].1.clone()).or_default() += 1;
    }
    assert_eq!(now, BTreeMap::from([("A".into(), 1104), ("C".into(), 24), ("N".into(), 72)]));
    let holds = rows("holds.csv");
    assert!(holds.iter().all(|row| entry.contains_key(&row["nim"])));
    assert_eq!((holds.len(), holds.iter().filter(|row| !row["waived_until"].is_empty()).count()), (16, 4));
}
