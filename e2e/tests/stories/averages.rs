//! IPS and IPK of every student of the demo campus, against a computation of its own from the files that were imported.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use crate::both_engines;
use crate::people::{Person, demo};
use crate::system::System;

/// Students that are asked about at the same time.
const AT_ONCE: usize = 8;
/// Students that the demo campus has at least.
const STUDENTS: usize = 1_200;

/// Rows of a file of the demo campus, by heading.
fn rows(file: &str) -> Vec<HashMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo").join(file);
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.deserialize().map(|row| row.expect("a row of the demo campus")).collect()
}

/// Hundredths of a decimal such as `3.50`.
fn hundredths(decimal: &str) -> u64 {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    let part = format!("{part:0<2}");
    whole.parse::<u64>().expect("a number") * 100 + part[..2].parse::<u64>().expect("a number")
}

/// Codes of a programme and of its course.
type Course = (String, String);

/// One published grade.
#[derive(Clone)]
struct Grade {
    period: String,
    course: Course,
    credits: u64,
    points: u64,
}

/// The largest number of hundredths that, times the SKS, is no more than the sum: found by trying, not by dividing.
fn average(grades: &[Grade]) -> Option<u64> {
    let credits: u64 = grades.iter().map(|grade| grade.credits).sum();
    let sum: u64 = grades.iter().map(|grade| grade.credits * grade.points).sum();
    (credits > 0).then(|| (0..=400).rev().find(|candidate| candidate * credits <= sum).expect("0 always fits"))
}

/// What counts in the IPK: the attempt of each course with the most points.
fn counted(grades: &[Grade]) -> Vec<Grade> {
    let mut best: BTreeMap<&Course, &Grade> = BTreeMap::new();
    for grade in grades {
        let kept = best.entry(&grade.course).or_insert(grade);
        if grade.points > kept.points {
            *kept = grade;
        }
    }
    best.into_values().cloned().collect()
}

/// Of a course and all that are equivalent to it, the smallest: the name that they share.
fn smallest(pairs: &[(Course, Course)], course: &Course) -> Course {
    let mut same = vec![course];
    let mut looked_at = 0;
    while let Some(&next) = same.get(looked_at) {
        looked_at += 1;
        for (a, b) in pairs {
            let other = if a == next { b } else { a };
            if (a == next || b == next) && !same.contains(&other) {
                same.push(other);
            }
        }
    }
    same.into_iter().min().expect("at least the course itself").clone()
}

/// Published grades of the demo campus by NIM.
fn grades() -> HashMap<String, Vec<Grade>> {
    let credits: HashMap<_, u64> = rows("courses.csv")
        .into_iter()
        .map(|row| {
            let part = |name: &str| row[name].parse::<u64>().unwrap_or(0);
            let all =
                part("credits_lecture") + part("credits_practice") + part("credits_field") + part("credits_simulation");
            ((row["programme"].clone(), row["code"].clone()), all)
        })
        .collect();
    let mut scales: BTreeMap<(String, String), HashMap<String, u64>> = BTreeMap::new();
    for row in rows("scale_steps.csv") {
        let scale = scales.entry((row["programme"].clone(), row["start_period"].clone())).or_default();
        scale.insert(row["letter"].clone(), hundredths(&row["points"]));
    }
    assert!(
        rows("scales.csv").iter().all(|row| row["repeat_policy"] == "best"),
        "this computation knows only the best"
    );
    let pairs: Vec<_> = rows("equivalents.csv")
        .into_iter()
        .map(|row| {
            let first = (row["programme"].clone(), row["course"].clone());
            (first, (row["equivalent_programme"].clone(), row["equivalent_course"].clone()))
        })
        .collect();
    let mut found: HashMap<String, Vec<Grade>> = HashMap::new();
    for row in rows("grades.csv") {
        let from = (row["programme"].clone(), String::new());
        let to = (row["programme"].clone(), row["period"].clone());
        let (_, scale) = scales.range(from..=to).next_back().expect("the programme has a scale");
        let taken = (row["programme"].clone(), row["course"].clone());
        let (credits, course) = (credits[&taken], smallest(&pairs, &taken));
        let grade = Grade { period: row["period"].clone(), credits, points: scale[&row["letter"]], course };
        found.entry(row["nim"].clone()).or_default().push(grade);
    }
    found
}

/// Compares what the interface says of one student.
async fn compare(registrar: &Person, student: &Value, grades: &[Grade]) -> Result<(), String> {
    let (id, nim) = (student["id"].as_str().expect("an id"), student["nim"].as_str().expect("a NIM"));
    let mut semesters: BTreeMap<&str, Vec<Grade>> = BTreeMap::new();
    for grade in grades {
        semesters.entry(&grade.period).or_default().push(grade.clone());
    }
    let shown = registrar.all(&format!("/api/v1/students/{id}/semesters")).await;
    let said: BTreeMap<_, _> = shown
        .iter()
        .filter(|semester| !semester["gpa_hundredths"].is_null())
        .map(|semester| (semester["period_code"].as_str().expect("a period"), semester["gpa_hundredths"].as_u64()))
        .collect();
    let wanted: BTreeMap<_, _> = semesters.iter().map(|(period, grades)| (*period, average(grades))).collect();
    if said != wanted {
        return Err(format!("{nim}: IPS {said:?}, computed {wanted:?}"));
    }
    let transcript = registrar.get(&format!("/api/v1/students/{id}/transcript")).await.good().body;
    let (said, wanted) = (transcript["cumulative_hundredths"].as_u64(), average(&counted(grades)));
    if said != wanted {
        return Err(format!("{nim}: IPK {said:?}, computed {wanted:?}"));
    }
    Ok(())
}

both_engines! {
    async fn averages_are_what_the_imported_grades_say(engine: Engine) {
        let system = System::shared(engine).await;
        let registrar = Person::demo(system, demo::REGISTRAR).await;
        let grades = grades();
        let students = registrar.all("/api/v1/students").await;
        let known: HashMap<_, _> =
            students.iter().map(|student| (student["nim"].as_str().expect("a NIM").to_owned(), student)).collect();
        let imported: Vec<_> = rows("students.csv").into_iter().map(|row| row["nim"].clone()).collect();
        assert!(imported.len() >= STUDENTS, "the demo campus has {} students", imported.len());
        let compared = stream::iter(&imported)
            .map(|nim| Ok(compare(&registrar, known[nim], grades.get(nim).map_or(&[][..], Vec::as_slice))))
            .try_buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await;
        compared.unwrap_or_else(|difference| panic!("{difference}"));
        assert!(grades.len() > STUDENTS / 2, "most students have grades");
    }
}
