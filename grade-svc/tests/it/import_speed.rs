//! An import of a whole campus's history comes in at once.

use std::time::Instant;

use chassis::testing::{Setup, TestEnv};
use proto::grade::v1::import_row::Row;

use crate::import_support::{NOW, Talk, grade, letters, score};
use crate::support::{TestApp, id};

const STUDENTS: usize = 1200;
/// Courses of every student in each of five periods that are over, graded.
const PAST_COURSES: usize = 4;
const PERIODS: [&str; 5] = ["20231", "20232", "20241", "20242", "20251"];
/// Classes of every student in the running period, with four scores each.
const CLASSES: usize = 6;

/// The service with 1,200 students, who have places in six classes each of 30 classes.
struct Large(TestApp);

impl Setup for Large {
    async fn setup(env: &TestEnv) -> Self {
        let app = TestApp::empty(env, 100_000).await;
        app.campus().await;
        let mut tx = app.db.db.begin().await.expect("a transaction");
        let students = chassis::sql!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n.n + 1 FROM n WHERE n.n < 1199)
             INSERT INTO student (student_id, nim, name, programme_id, entry_period, advisor_id)
             SELECT 'p' || n.n, 'nim-p' || n.n, 'Mahasiswa', $1, '20231', '' FROM n"
        );
        students.bind(id("IF-S1")).run(&mut tx).await.expect("students");
        let courses = chassis::sql!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n.n + 1 FROM n WHERE n.n < 29)
             INSERT INTO course (course_id, programme_id, code, name, name_en, credits)
             SELECT 'c' || n.n, $1, 'C' || n.n, 'Mata Kuliah', '', 3 FROM n"
        );
        courses.bind(id("IF-S1")).run(&mut tx).await.expect("courses");
        for period in PERIODS.iter().chain([&NOW]) {
            let query = chassis::sql!("INSERT INTO period (period_code, state) VALUES ($1, 'closed')");
            query.bind(*period).run(&mut tx).await.expect("periods");
        }
        let classes = chassis::sql!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n.n + 1 FROM n WHERE n.n < 29)
             INSERT INTO class (class_id, period_code, course_id, name) SELECT 'k' || n.n, $1, 'c' || n.n, 'A' FROM n"
        );
        classes.bind(NOW).run(&mut tx).await.expect("classes");
        chassis::sql!("INSERT INTO sheet (class_id, state, version) SELECT class_id, 'empty', 0 FROM class")
            .run(&mut tx)
            .await
            .expect("sheets");
        for (place, (name, weight)) in [("Tugas", 20), ("Kuis", 10), ("UTS", 30), ("UAS", 40)].into_iter().enumerate() {
            let query = chassis::sql!(
                "INSERT INTO component (component_id, class_id, place, name, weight)
                 SELECT class_id || '-' || $1, class_id, $2, $1, $3 FROM class"
            );
            let place = i64::try_from(place).expect("small");
            query.bind(name).bind(place).bind(weight).run(&mut tx).await.expect("components");
        }
        let places = chassis::sql!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n.n + 1 FROM n WHERE n.n < 1199),
                            k (k) AS (SELECT 0 UNION ALL SELECT k.k + 1 FROM k WHERE k.k < 5)
             INSERT INTO roster (class_id, student_id, period_code)
             SELECT 'k' || ((n.n + 5 * k.k) % 30), 'p' || n.n, $1 FROM n CROSS JOIN k"
        );
        places.bind(NOW).run(&mut tx).await.expect("rosters");
        tx.commit().await.expect("a commit");
        Self(app)
    }
}

/// Rows of the files, as a campus would bring them.
fn rows() -> Vec<Row> {
    let mut rows = letters();
    for student in 0..STUDENTS {
        let name = format!("p{student}");
        for (n, period) in PERIODS.iter().enumerate() {
            for k in 0..PAST_COURSES {
                let course = format!("C{}", (student + 6 * n + k) % 30);
                let points = (student * 7 + n * 13 + k * 29) % 101;
                let letter = match points {
                    80.. => "A",
                    68.. => "B",
                    56.. => "C",
                    45.. => "D",
                    _ => "E",
                };
                // Before 20241 the older scale holds.
                let (letter, score) =
                    if *period < "20241" { ("AB", String::new()) } else { (letter, points.to_string()) };
                rows.push(grade(&name, period, &course, "", letter, &score));
            }
        }
        for k in 0..CLASSES {
            let course = format!("C{}", (student + 5 * k) % 30);
            for (n, part) in ["Tugas", "Kuis", "UTS", "UAS"].into_iter().enumerate() {
                rows.push(score(&name, &course, part, &format!("{}.25", (student + k + n) % 100)));
            }
        }
    }
    rows
}

chassis::both_engines! {
    async fn a_campus_of_24000_grades_and_28800_scores_comes_in_at_once(large: Large) {
        let app = large.0;
        let rows = rows();
        let count = rows.len();
        let start = Instant::now();
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows);
        let verdict = talk.judge().await;
        assert!(verdict.ok, "{:?}", talk.faults());
        let judged = start.elapsed();
        let applied = talk.apply().await.expect("applied");
        let all = start.elapsed();
        show(&format!("{count} rows: judged after {judged:?}, applied after {all:?}"));
        assert_eq!(usize::try_from(applied.created).ok(), Some(count));
        let (grades, scores, records) = chassis::sql!(
            "SELECT (SELECT COUNT(*) FROM grade), (SELECT COUNT(*) FROM score),
                    (SELECT COUNT(*) FROM record WHERE version > 0)"
        )
        .one::<(i64, i64, i64)>(&app.db.db)
        .await
        .expect("counts");
        let wanted = [STUDENTS * PERIODS.len() * PAST_COURSES, STUDENTS * CLASSES * 4, STUDENTS];
        assert_eq!([grades, scores, records], wanted.map(|n| i64::try_from(n).expect("small")));
        // One event for every sheet and every record.
        assert_eq!(applied.feed_head, 30 + 1200);
        let again = {
            let mut talk = Talk::begin(&app).await;
            talk.rows(crate::import_speed::rows());
            assert!(talk.judge().await.ok);
            talk.apply().await.expect("applied")
        };
        assert_eq!((again.created, again.changed, again.feed_head), (0, 0, applied.feed_head));
    }
}

#[expect(clippy::print_stdout, reason = "a test that measures says what it measured")]
fn show(what: &str) {
    println!("{what}");
}
