//! The history of every student, period by period: what was known then, and what the rules made of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{CourseKey, LAST_PERIOD, PERIOD, Row, STORY_STUDENT, course, credits, hundredths, rows};

/// A course in a period: points in hundredths once published.
type Taken = (CourseKey, Option<u32>);

struct Study {
    credits: BTreeMap<CourseKey, u32>,
    asks: BTreeMap<CourseKey, BTreeMap<String, Vec<Row>>>,
    /// Courses of each curriculum by programme.
    curricula: BTreeMap<String, BTreeSet<CourseKey>>,
    students: Vec<Row>,
    statuses: BTreeMap<(String, String), String>,
    /// By NIM and period.
    taken: BTreeMap<String, BTreeMap<String, Vec<Taken>>>,
}

fn scale() -> Vec<(String, u32, u32)> {
    let own = rows("scale_steps.csv").into_iter().filter(|row| row["programme"] == "IF-S1");
    own.map(|row| (row["letter"].clone(), hundredths(&row["min_score"]), hundredths(&row["points"]))).collect()
}

impl Study {
    fn read() -> Self {
        let points: BTreeMap<String, u32> = scale().into_iter().map(|step| (step.0, step.2)).collect();
        let mut asks: BTreeMap<CourseKey, BTreeMap<String, Vec<Row>>> = BTreeMap::new();
        for row in rows("prerequisites.csv") {
            asks.entry(course(&row)).or_default().entry(row["group"].clone()).or_default().push(row);
        }
        let mut curricula: BTreeMap<String, BTreeSet<CourseKey>> = BTreeMap::new();
        for row in rows("curriculum_courses.csv") {
            let owner = if row["course_programme"].is_empty() { &row["programme"] } else { &row["course_programme"] };
            curricula.entry(row["programme"].clone()).or_default().insert((owner.clone(), row["course"].clone()));
        }
        let mut known: BTreeMap<(String, String, CourseKey), u32> = BTreeMap::new();
        let mut taken: BTreeMap<String, BTreeMap<String, Vec<Taken>>> = BTreeMap::new();
        for row in rows("grades.csv") {
            let key = (row["nim"].clone(), row["period"].clone(), course(&row));
            let points = points[&row["letter"]];
            assert!(known.insert(key, points).is_none(), "a course once a period: {row:?}");
            if row["class"].is_empty() {
                assert!(row["period"].as_str() < LAST_PERIOD, "{row:?}");
                let periods = taken.entry(row["nim"].clone()).or_default();
                periods.entry(row["period"].clone()).or_default().push((course(&row), Some(points)));
            }
        }
        for row in rows("plans.csv") {
            let points = known.get(&(row["nim"].clone(), row["period"].clone(), course(&row))).copied();
            let periods = taken.entry(row["nim"].clone()).or_default();
            periods.entry(row["period"].clone()).or_default().push((course(&row), points));
        }
        let placed: usize = taken.values().flat_map(BTreeMap::values).flatten().filter(|row| row.1.is_some()).count();
        assert_eq!(placed, known.len(), "a grade of a class without a place in it");
        Self {
            credits: credits(),
            asks,
            curricula,
            students: rows("students.csv"),
            statuses: rows("statuses.csv")
                .into_iter()
                .map(|row| ((row["nim"].clone(), row["period"].clone()), row["status"].clone()))
                .collect(),
            taken,
        }
    }

    /// IPS in hundredths, cut; nothing while a result is missing.
    fn gpa(&self, taken: &[Taken]) -> Option<u32> {
        let sums = taken.iter().try_fold((0, 0), |(sks, weighted), (course, points)| {
            Some((sks + self.credits[course], weighted + self.credits[course] * (*points)?))
        });
        sums.filter(|sums| sums.0 > 0).map(|(sks, weighted)| weighted / sks)
    }

    /// Whether an alternative is met, or cannot be known yet, before `now`.
    fn met(&self, ask: &Row, programme: &str, before: &[&Vec<Taken>], now: &[Taken]) -> bool {
        let owner = if ask["required_programme"].is_empty() { programme } else { &ask["required_programme"] };
        let wanted = (owner.to_owned(), ask["required_course"].clone());
        let attempts: Vec<Option<u32>> =
            before.iter().flat_map(|taken| taken.iter()).filter(|row| row.0 == wanted).map(|row| row.1).collect();
        let best: BTreeMap<&CourseKey, u32> =
            before.iter().flat_map(|taken| taken.iter()).fold(BTreeMap::new(), |mut best, (course, points)| {
                if let Some(points) = points {
                    let known = best.entry(course).or_insert(*points);
                    *known = (*known).max(*points);
                }
                best
            });
        let minimum = &ask["minimum"];
        match ask["kind"].as_str() {
            "taken" => !attempts.is_empty(),
            "concurrent" => !attempts.is_empty() || now.iter().any(|row| row.0 == wanted),
            "passed" => match attempts.iter().flatten().max() {
                Some(points) => *points >= hundredths(&ask["min_points"]).max(100),
                None => !attempts.is_empty(),
            },
            "credits" => {
                let passed = best.iter().filter(|(_, points)| **points >= 100).map(|(course, _)| self.credits[*course]);
                passed.sum::<u32>() >= minimum.parse().expect("SKS")
            }
            "gpa" => {
                let (sks, weighted) = best.iter().fold((0, 0), |sum, (course, points)| {
                    (sum.0 + self.credits[*course], sum.1 + self.credits[*course] * points)
                });
                sks > 0 && weighted / sks >= hundredths(minimum)
            }
            kind => panic!("no kind {kind}"),
        }
    }
}

/// SKS after this IPS.
fn ceiling(gpa: u32) -> u32 {
    if gpa >= 300 {
        24
    } else if gpa >= 250 {
        21
    } else if gpa >= 200 {
        18
    } else if gpa >= 150 {
        15
    } else {
        12
    }
}

#[test]
fn every_semester_of_every_student_kept_the_rules() {
    let study = Study::read();
    let (mut again, mut pending) = (0, 0);
    for student in &study.students {
        let Some(periods) = study.taken.get(&student["nim"]) else { continue };
        let (nim, entry) = (&student["nim"], &student["entry_period"]);
        let mut before: Vec<&Vec<Taken>> = Vec::new();
        let mut last = None;
        for (period, taken) in periods {
            assert_eq!(study.statuses[&(nim.clone(), period.clone())], "A", "{nim} in {period}");
            let courses: BTreeSet<&CourseKey> = taken.iter().map(|row| &row.0).collect();
            assert_eq!(courses.len(), taken.len(), "{nim} in {period}: a course twice");
            assert!(courses.iter().all(|course| study.curricula[&student["programme"]].contains(*course)), "{nim}");
            let sks: u32 = courses.iter().map(|course| study.credits[*course]).sum();
            let first_year = period[..4] == entry[..4];
            let may = if period == entry { 20 } else { ceiling(last.expect("an IPS")) };
            assert!(sks <= if first_year { may.min(20) } else { may }, "{nim} in {period}: {sks} SKS");
            for course in courses {
                for (group, alternatives) in study.asks.get(course).into_iter().flatten() {
                    let met = alternatives.iter().any(|ask| study.met(ask, &course.0, &before, taken));
                    assert!(met, "{nim} in {period}: group {group} of {course:?}");
                }
                let attempts = before.iter().flat_map(|taken| taken.iter()).filter(|row| row.0 == *course);
                for (_, points) in attempts {
                    assert!(points.is_some_and(|points| points < 200), "{nim} repeats {course:?} without need");
                    again += 1;
                }
            }
            pending += u32::from(period == LAST_PERIOD && taken.iter().any(|row| row.1.is_none()));
            assert!(period == PERIOD || period == LAST_PERIOD || taken.iter().all(|row| row.1.is_some()));
            last = study.gpa(taken).or(last);
            before.push(taken);
        }
    }
    assert!(again > 300 && pending > 100, "{again} repeats, {pending} students wait");
}

#[test]
fn letters_follow_from_scores_and_are_mixed_as_they_should_be() {
    let scale = scale();
    let mut mix: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows("grades.csv") {
        let score = hundredths(&row["score"]);
        let step =
            scale.iter().filter(|step| score >= step.1).max_by_key(|step| step.1).expect("the scale begins at 0");
        assert_eq!(row["letter"], step.0, "{row:?}");
        *mix.entry(row["letter"].clone()).or_default() += 1;
    }
    let all: u32 = mix.values().sum();
    for (letter, wanted) in [("A", 25), ("AB", 20), ("B", 25), ("BC", 12), ("C", 10), ("CD", 3), ("D", 3), ("E", 4)] {
        let percent = mix[letter] * 100 / all;
        assert!(percent.abs_diff(wanted) <= 2, "{letter}: {percent}%");
    }
}

#[test]
fn good_students_stay_good() {
    let study = Study::read();
    let semester = |nim: &str, period: &str| study.taken.get(nim)?.get(period).and_then(|taken| study.gpa(taken));
    let pairs: Vec<(u32, u32)> = study
        .students
        .iter()
        .filter_map(|row| Some((semester(&row["nim"], "20241")?, semester(&row["nim"], "20251")?)))
        .collect();
    let below = |limit: u32| -> (u32, u32) {
        let (low, high): (Vec<_>, Vec<_>) = pairs.iter().partition(|pair| pair.0 < limit);
        let mean = |part: Vec<&(u32, u32)>| part.iter().map(|pair| pair.1).sum::<u32>() / part.len() as u32;
        (mean(low), mean(high))
    };
    let (weak, strong) = below(275);
    assert!(pairs.len() > 500 && strong > weak + 70, "{weak} {strong}");
}

#[test]
fn the_first_student_is_on_the_way_up() {
    let study = Study::read();
    let periods = &study.taken[STORY_STUDENT];
    assert_eq!(study.gpa(&periods["20251"]), Some(220));
    let waiting: Vec<&str> =
        periods[LAST_PERIOD].iter().filter(|row| row.1.is_none()).map(|row| row.0.1.as_str()).collect();
    assert_eq!(waiting, ["IF106"]);
    let published: Vec<Taken> = periods[LAST_PERIOD].iter().filter(|row| row.1.is_some()).cloned().collect();
    assert_eq!(study.gpa(&published), Some(346));
    // What the waiting class will give: with it the ceiling rises from 18 to 24 SKS.
    let weights: BTreeMap<String, u32> = rows("components.csv")
        .into_iter()
        .filter(|row| row["course"] == "IF106")
        .map(|row| (row["name"].clone(), row["weight"].parse().expect("percent")))
        .collect();
    let own = rows("scores.csv").into_iter().filter(|row| row["nim"] == STORY_STUDENT);
    let weighted: u32 = own.map(|row| hundredths(&row["score"]) * weights[&row["component"]]).sum();
    let total = (weighted + 50) / 100;
    let (_, _, points) = scale().into_iter().find(|step| total >= step.1).expect("the scale begins at 0");
    let all = published.iter().cloned().chain([(("IF-S1".to_owned(), "IF106".to_owned()), Some(points))]);
    assert_eq!(study.gpa(&all.collect::<Vec<_>>()), Some(347));
    assert_eq!(periods[LAST_PERIOD].iter().map(|row| study.credits[&row.0]).sum::<u32>(), 18);
    assert_eq!(periods[PERIOD].iter().map(|row| study.credits[&row.0]).sum::<u32>(), 15);
}
