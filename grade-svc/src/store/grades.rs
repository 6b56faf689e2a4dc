//! Table `grade`.

use chassis::db::{Bools, DbError, Ints, On, OptInts, OptTexts, Texts, Tx};
use chassis::sql;

use super::{CHUNK, points, score, small};
use crate::model::Grade;
use crate::rules::period::PeriodCode;

#[derive(Debug, sqlx::FromRow)]
struct GradeRow {
    student_id: String,
    period_code: String,
    course_id: String,
    class_id: Option<String>,
    letter: String,
    points: i64,
    credits: i64,
    score: Option<i64>,
    passed: bool,
}

impl GradeRow {
    fn grade(self) -> Result<Grade, DbError> {
        Ok(Grade {
            period: super::period(&self.period_code)?,
            points: points(self.points)?,
            credits: small(self.credits)?,
            score: self.score.map(score).transpose()?,
            student_id: self.student_id,
            course_id: self.course_id,
            class_id: self.class_id,
            letter: self.letter,
            passed: self.passed,
        })
    }
}

fn grades(rows: Vec<GradeRow>) -> Result<Vec<Grade>, DbError> {
    rows.into_iter().map(GradeRow::grade).collect()
}

/// All results of one student, by period and course.
pub async fn of_student(on: impl Into<On<'_>>, student_id: &str) -> Result<Vec<Grade>, DbError> {
    let query = sql!(
        "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed FROM grade
         WHERE student_id = $1 ORDER BY period_code, course_id"
    );
    grades(query.bind(student_id).all::<GradeRow>(on).await?)
}

/// All results of many students, by student, period and course.
pub async fn of_students(tx: &mut Tx, student_ids: &[String]) -> Result<Vec<Grade>, DbError> {
    let query = sql!(
        sqlite =
            "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed FROM grade
                  WHERE student_id IN (SELECT value FROM json_each($1)) ORDER BY student_id, period_code, course_id",
        postgres = "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed
                    FROM grade WHERE student_id = ANY($1) ORDER BY student_id, period_code, course_id"
    );
    grades(query.bind(Texts(student_ids.to_vec())).all::<GradeRow>(tx).await?)
}

/// Results that a class gave, by student.
pub async fn of_class(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<Grade>, DbError> {
    let query = sql!(
        "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed FROM grade
         WHERE class_id = $1 ORDER BY student_id"
    );
    grades(query.bind(class_id).all::<GradeRow>(on).await?)
}

/// All results of periods, for an import.
pub async fn of_periods(tx: &mut Tx, periods: &[PeriodCode]) -> Result<Vec<Grade>, DbError> {
    let query = sql!(
        sqlite =
            "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed FROM grade
                  WHERE period_code IN (SELECT value FROM json_each($1))",
        postgres = "SELECT student_id, period_code, course_id, class_id, letter, points, credits, score, passed
                    FROM grade WHERE period_code = ANY($1)"
    );
    let codes = periods.iter().map(PeriodCode::to_string).collect::<Texts>();
    grades(query.bind(codes).all::<GradeRow>(tx).await?)
}

/// Writes results over whatever is there, with the next version. The caller holds the students' records.
pub async fn put_many(tx: &mut Tx, rows: &[Grade]) -> Result<(), DbError> {
    for chunk in rows.chunks(CHUNK) {
        let query = sql!(
            sqlite = "WITH s AS MATERIALIZED (SELECT key, value FROM json_each($1)),
                           p AS MATERIALIZED (SELECT key, value FROM json_each($2)),
                           k AS MATERIALIZED (SELECT key, value FROM json_each($3)),
                           c AS MATERIALIZED (SELECT key, value FROM json_each($4)),
                           l AS MATERIALIZED (SELECT key, value FROM json_each($5)),
                           w AS MATERIALIZED (SELECT key, value FROM json_each($6)),
                           r AS MATERIALIZED (SELECT key, value FROM json_each($7)),
                           v AS MATERIALIZED (SELECT key, value FROM json_each($8)),
                           d AS MATERIALIZED (SELECT key, value FROM json_each($9))
                      INSERT INTO grade (student_id, period_code, course_id, class_id, letter, points, credits, score,
                                         passed, version)
                      SELECT s.value, p.value, k.value, c.value, l.value, w.value, r.value, v.value, d.value, 1
                      FROM s JOIN p ON p.key = s.key JOIN k ON k.key = s.key JOIN c ON c.key = s.key
                          JOIN l ON l.key = s.key JOIN w ON w.key = s.key JOIN r ON r.key = s.key
                          JOIN v ON v.key = s.key JOIN d ON d.key = s.key
                      WHERE true
                      ON CONFLICT (student_id, period_code, course_id) DO UPDATE
                          SET class_id = excluded.class_id, letter = excluded.letter, points = excluded.points,
                              credits = excluded.credits, score = excluded.score, passed = excluded.passed,
                              version = grade.version + 1",
            postgres =
                "INSERT INTO grade (student_id, period_code, course_id, class_id, letter, points, credits, score,
                                           passed, version)
                        SELECT n.*, 1
                        FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                    $7::bigint[], $8::bigint[], $9::boolean[]) AS n
                        ON CONFLICT (student_id, period_code, course_id) DO UPDATE
                            SET class_id = excluded.class_id, letter = excluded.letter, points = excluded.points,
                                credits = excluded.credits, score = excluded.score, passed = excluded.passed,
                                version = grade.version + 1"
        );
        let query = query.bind(chunk.iter().map(|row| row.student_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| row.period.to_string()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| row.course_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| row.class_id.clone()).collect::<OptTexts>());
        let query = query.bind(chunk.iter().map(|row| row.letter.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| i64::from(row.points.hundredths())).collect::<Ints>());
        let query = query.bind(chunk.iter().map(|row| i64::from(row.credits)).collect::<Ints>());
        let score = |row: &Grade| row.score.map(|score| i64::from(score.hundredths()));
        let query = query.bind(chunk.iter().map(score).collect::<OptInts>());
        query.bind(chunk.iter().map(|row| row.passed).collect::<Bools>()).run(&mut *tx).await?;
    }
    Ok(())
}
