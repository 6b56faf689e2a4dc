//! Tables `academic_standing`, `academic_semester`, `academic_pending` and `course_result`: what grade-svc tells of results. Written only by
//! the consumer of its feed, in the transaction that moves the cursor.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chassis::db::{DbError, Texts, Tx};
use chassis::sql;

use super::{known, small};
use crate::rules::credits::Gpa;
use crate::rules::record::{CourseResult, Record, Semester};

fn gpa(value: i64) -> Result<Gpa, DbError> {
    known(u32::try_from(value).ok().and_then(Gpa::from_hundredths), "GPA")
}

/// Writes a student's results over those that were there.
pub async fn put(tx: &mut Tx, student_id: &str, record: &Record) -> Result<(), DbError> {
    remove_rows(tx, student_id).await?;
    let query = sql!(
        "INSERT INTO academic_standing (student_id, cumulative, credits_passed) VALUES ($1, $2, $3)
         ON CONFLICT (student_id)
             DO UPDATE SET cumulative = excluded.cumulative, credits_passed = excluded.credits_passed"
    );
    let cumulative = record.cumulative.map(Gpa::hundredths);
    query.bind(student_id).bind(cumulative).bind(record.credits_passed).run(&mut *tx).await?;
    put_semesters(tx, student_id, &record.semesters).await?;
    put_results(tx, student_id, &record.results).await
}

async fn put_semesters(tx: &mut Tx, student_id: &str, semesters: &[Semester]) -> Result<(), DbError> {
    for semester in semesters {
        let query = sql!(
            "INSERT INTO academic_semester (student_id, period_code, ips, credits, pending) VALUES ($1, $2, $3, $4, $5)"
        );
        let period = semester.period.to_string();
        let query = query.bind(student_id).bind(&period).bind(semester.gpa.hundredths());
        query.bind(semester.credits).bind(semester.pending).run(&mut *tx).await?;
        if semester.pending_courses.is_empty() {
            continue;
        }
        let query = sql!(
            sqlite = "INSERT INTO academic_pending (student_id, period_code, course_id)
                      SELECT $1, $2, value FROM json_each($3) WHERE true
                      ON CONFLICT (student_id, period_code, course_id) DO NOTHING",
            postgres = "INSERT INTO academic_pending (student_id, period_code, course_id)
                        SELECT $1, $2, c FROM UNNEST($3::text[]) AS n (c)
                        ON CONFLICT (student_id, period_code, course_id) DO NOTHING"
        );
        let query = query.bind(student_id).bind(&period).bind(Texts(semester.pending_courses.clone()));
        query.run(&mut *tx).await?;
    }
    Ok(())
}

/// All results in one statement: a student has some fifty of them, and a bootstrap brings every student.
async fn put_results(tx: &mut Tx, student_id: &str, results: &HashMap<String, CourseResult>) -> Result<(), DbError> {
    if results.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = results
        .iter()
        .map(|(course_id, result)| {
            serde_json::json!([
                course_id,
                result.period.to_string(),
                result.letter,
                result.points,
                result.passed,
                result.credits
            ])
        })
        .collect();
    // As one JSON text on both engines: six lists of a bulk statement would be joined six times on SQLite.
    let query = sql!(
        sqlite = "INSERT INTO course_result (student_id, course_id, period_code, letter, points, passed, credits)
                  SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
                  FROM json_each($2)",
        postgres = "INSERT INTO course_result (student_id, course_id, period_code, letter, points, passed, credits)
                    SELECT $1, r ->> 0, r ->> 1, r ->> 2, CAST(r ->> 3 AS BIGINT), CAST(r ->> 4 AS BOOLEAN),
                        CAST(r ->> 5 AS BIGINT)
                    FROM json_array_elements(CAST($2 AS JSON)) AS r"
    );
    query.bind(student_id).bind(serde_json::Value::from(rows).to_string()).run(tx).await.map(drop)
}

async fn remove_rows(tx: &mut Tx, student_id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM academic_pending WHERE student_id = $1").bind(student_id).run(&mut *tx).await?;
    sql!("DELETE FROM academic_semester WHERE student_id = $1").bind(student_id).run(&mut *tx).await?;
    sql!("DELETE FROM course_result WHERE student_id = $1").bind(student_id).run(tx).await.map(drop)
}

/// Forgets a student's results.
pub async fn remove(tx: &mut Tx, student_id: &str) -> Result<(), DbError> {
    remove_rows(tx, student_id).await?;
    sql!("DELETE FROM academic_standing WHERE student_id = $1").bind(student_id).run(tx).await.map(drop)
}

/// Students with results, by id, after an id.
pub async fn ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM academic_standing WHERE student_id > $1 ORDER BY student_id LIMIT $2");
    let rows = query.bind(after).bind(limit).all::<(String,)>(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Results of many students; who has none is left out. Two statements, or three where results are awaited, however many
/// students.
pub async fn of_students(tx: &mut Tx, student_ids: &[String]) -> Result<HashMap<String, Record>, DbError> {
    let mut records: HashMap<String, Record> = HashMap::new();
    let rows = standings(tx, student_ids).await?;
    let is_awaited = rows.iter().any(|row| row.pending.is_some_and(|pending| pending > 0));
    let mut pending = if is_awaited { pending(tx, student_ids).await? } else { HashMap::new() };
    for row in rows {
        let semester = row.semester(&mut pending)?;
        let record = match records.entry(row.student_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let cumulative = row.cumulative.map(gpa).transpose()?;
                let credits_passed = small(row.credits_passed)?;
                new.insert(Record { cumulative, credits_passed, ..Record::default() })
            }
        };
        record.semesters.extend(semester);
    }
    for row in results(tx, student_ids).await? {
        if let Some(record) = records.get_mut(&row.student_id) {
            let result = CourseResult {
                period: super::period(&row.period_code)?,
                letter: row.letter,
                points: small(row.points)?,
                passed: row.passed,
                credits: small(row.credits)?,
            };
            record.results.insert(row.course_id, result);
        }
    }
    Ok(records)
}

/// What letters are worth, by the results there are: code of the programme that owns the course, letter, grade points in
/// hundredths. For an import that brings results without their scales.
pub async fn letters(tx: &mut Tx) -> Result<Vec<((String, String), u32)>, DbError> {
    let query = sql!(
        "SELECT DISTINCT p.code, r.letter, r.points FROM course_result r
         JOIN course k ON k.course_id = r.course_id JOIN programme p ON p.programme_id = k.programme_id"
    );
    let rows = query.all::<(String, String, i64)>(tx).await?;
    rows.into_iter().map(|(programme, letter, points)| Ok(((programme, letter), small(points)?))).collect()
}

/// A student with one of their semesters, or with none.
#[derive(Debug, sqlx::FromRow)]
struct StandingRow {
    student_id: String,
    cumulative: Option<i64>,
    credits_passed: i64,
    period_code: Option<String>,
    ips: Option<i64>,
    credits: Option<i64>,
    pending: Option<i64>,
}

/// Courses whose results are awaited, by student and period.
type Pending = HashMap<(String, String), Vec<String>>;

impl StandingRow {
    fn semester(&self, awaited: &mut Pending) -> Result<Option<Semester>, DbError> {
        let (Some(period), Some(ips), Some(credits), Some(pending)) =
            (&self.period_code, self.ips, self.credits, self.pending)
        else {
            return Ok(None);
        };
        Ok(Some(Semester {
            period: super::period(period)?,
            gpa: gpa(ips)?,
            credits: small(credits)?,
            pending: small(pending)?,
            pending_courses: awaited.remove(&(self.student_id.clone(), period.clone())).unwrap_or_default(),
        }))
    }
}

#[derive(Debug, sqlx::FromRow)]
struct ResultRow {
    student_id: String,
    course_id: String,
    period_code: String,
    letter: String,
    points: i64,
    passed: bool,
    credits: i64,
}

async fn standings(tx: &mut Tx, student_ids: &[String]) -> Result<Vec<StandingRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT a.student_id, a.cumulative, a.credits_passed, s.period_code, s.ips, s.credits, s.pending
                  FROM academic_standing a LEFT JOIN academic_semester s ON s.student_id = a.student_id
                  WHERE a.student_id IN (SELECT value FROM json_each($1)) ORDER BY a.student_id, s.period_code",
        postgres = "SELECT a.student_id, a.cumulative, a.credits_passed, s.period_code, s.ips, s.credits, s.pending
                    FROM academic_standing a LEFT JOIN academic_semester s ON s.student_id = a.student_id
                    WHERE a.student_id = ANY($1) ORDER BY a.student_id, s.period_code"
    );
    query.bind(Texts(student_ids.to_vec())).all(tx).await
}

async fn pending(tx: &mut Tx, student_ids: &[String]) -> Result<Pending, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, period_code, course_id FROM academic_pending
                  WHERE student_id IN (SELECT value FROM json_each($1)) ORDER BY course_id",
        postgres = "SELECT student_id, period_code, course_id FROM academic_pending
                    WHERE student_id = ANY($1) ORDER BY course_id"
    );
    let mut found = Pending::new();
    for (student, period, course) in query.bind(Texts(student_ids.to_vec())).all::<(String, String, String)>(tx).await?
    {
        found.entry((student, period)).or_default().push(course);
    }
    Ok(found)
}

async fn results(tx: &mut Tx, student_ids: &[String]) -> Result<Vec<ResultRow>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, course_id, period_code, letter, points, passed, credits FROM course_result
                  WHERE student_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT student_id, course_id, period_code, letter, points, passed, credits FROM course_result
                    WHERE student_id = ANY($1)"
    );
    query.bind(Texts(student_ids.to_vec())).all(tx).await
}
