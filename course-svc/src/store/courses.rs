//! Table `course`.

use chassis::db::{Db, DbError, On, Texts, Tx};
use chassis::sql;
use chassis::text::fold;

use super::{CHUNK, escape_like, known, small};
use crate::model::{Course, Credits, RequirementKind};

/// Columns of [`CourseRow`], from `course k` and `programme p`.
macro_rules! course_columns {
    () => {
        "k.course_id, k.programme_id, COALESCE(p.code, '') AS programme_code, k.code AS course_code, \
         k.name AS course_name, k.name_en, k.credits_lecture, k.credits_practice, k.credits_field, \
         k.credits_simulation, k.requirement_kind, k.recommended_semester, k.version AS course_version"
    };
}
pub(super) use course_columns;

macro_rules! select_course {
    ($tail:literal) => {
        concat!(
            "SELECT ",
            course_columns!(),
            " FROM course k LEFT JOIN programme p ON p.programme_id = k.programme_id ",
            $tail
        )
    };
}

/// A course as it lies in the database.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct CourseRow {
    pub(super) course_id: String,
    programme_id: String,
    programme_code: String,
    course_code: String,
    course_name: String,
    name_en: String,
    credits_lecture: i64,
    credits_practice: i64,
    credits_field: i64,
    credits_simulation: i64,
    requirement_kind: String,
    recommended_semester: i64,
    course_version: i64,
}

impl CourseRow {
    pub(super) fn course(self) -> Result<Course, DbError> {
        Ok(Course {
            credits: Credits {
                lecture: small(self.credits_lecture)?,
                practice: small(self.credits_practice)?,
                field: small(self.credits_field)?,
                simulation: small(self.credits_simulation)?,
            },
            requirement: known(RequirementKind::parse(&self.requirement_kind), "requirement kind")?,
            semester: small(self.recommended_semester)?,
            id: self.course_id,
            programme_id: self.programme_id,
            programme_code: self.programme_code,
            code: self.course_code,
            name: self.course_name,
            name_en: self.name_en,
            version: self.course_version,
        })
    }
}

fn courses(rows: Vec<CourseRow>) -> Result<Vec<Course>, DbError> {
    rows.into_iter().map(CourseRow::course).collect()
}

/// One course.
pub async fn get(on: impl Into<On<'_>>, id: &str) -> Result<Option<Course>, DbError> {
    let row = sql!(select_course!("WHERE k.course_id = $1")).bind(id).opt::<CourseRow>(on).await?;
    row.map(CourseRow::course).transpose()
}

/// Those of the courses that exist, by code.
pub async fn by_ids(on: impl Into<On<'_>>, ids: Vec<String>) -> Result<Vec<Course>, DbError> {
    let query = sql!(
        sqlite =
            select_course!("WHERE k.course_id IN (SELECT value FROM json_each($1)) ORDER BY k.code_key, k.course_id"),
        postgres = select_course!("WHERE k.course_id = ANY($1) ORDER BY k.code_key, k.course_id")
    );
    courses(query.bind(Texts(ids)).all::<CourseRow>(on).await?)
}

/// One course, locked until the transaction ends; nobody opens a class of it meanwhile.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Course>, DbError> {
    let row = sql!(
        sqlite = select_course!("WHERE k.course_id = $1"),
        postgres = select_course!("WHERE k.course_id = $1 FOR UPDATE OF k")
    );
    row.bind(id).opt::<CourseRow>(tx).await?.map(CourseRow::course).transpose()
}

/// Which courses.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, or beginning of the code; empty for all.
    pub search: String,
    /// Only of this study programme; empty for all.
    pub programme_id: String,
}

/// Where a course stands in a list: folded code and id.
pub type Position = (String, String);

/// The position of a course in [`list`].
pub fn position(course: &Course) -> Position {
    (fold(&course.code), course.id.clone())
}

/// Courses by code, after a position.
pub async fn list(db: &Db, filter: &Filter, after: &Position, limit: i64) -> Result<Vec<Course>, DbError> {
    let search = escape_like(&fold(&filter.search));
    let query = sql!(select_course!(
        r"WHERE ($1 = '' OR k.programme_id = $1)
            AND ($2 = '' OR k.name_key LIKE '%' || $2 || '%' ESCAPE '\' OR k.code_key LIKE $2 || '%' ESCAPE '\')
            AND (k.code_key, k.course_id) > ($3, $4)
          ORDER BY k.code_key, k.course_id
          LIMIT $5"
    ));
    let query = query.bind(&filter.programme_id).bind(search).bind(&after.0).bind(&after.1).bind(limit);
    courses(query.all::<CourseRow>(db).await?)
}

/// Courses by id, after an id: every one, for a snapshot.
pub async fn page(on: impl Into<On<'_>>, after: &str, limit: i64) -> Result<Vec<Course>, DbError> {
    let query = sql!(select_course!("WHERE k.course_id > $1 ORDER BY k.course_id LIMIT $2"));
    courses(query.bind(after).bind(limit).all::<CourseRow>(on).await?)
}

/// Locks every course until the transaction ends, in id order; nobody opens a class meanwhile.
pub async fn lock_all(tx: &mut Tx) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT course_id FROM course ORDER BY course_id",
        postgres = "SELECT course_id FROM course ORDER BY course_id FOR UPDATE"
    );
    query.all::<(String,)>(tx).await.map(drop)
}

/// Every course, for an import.
pub async fn all(tx: &mut Tx) -> Result<Vec<Course>, DbError> {
    courses(sql!(select_course!("ORDER BY k.course_id")).all::<CourseRow>(tx).await?)
}

/// Adds a course. Violates `uq_course_programme_id_code` when the programme has the code.
pub async fn insert(tx: &mut Tx, course: &Course) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO course (course_id, programme_id, code, code_key, name, name_key, name_en, credits_lecture,
             credits_practice, credits_field, credits_simulation, requirement_kind, recommended_semester, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    let query = query.bind(&course.id).bind(&course.programme_id).bind(&course.code).bind(fold(&course.code));
    let query = query.bind(&course.name).bind(fold(&course.name)).bind(&course.name_en);
    let query = query.bind(course.credits.lecture).bind(course.credits.practice);
    let query = query.bind(course.credits.field).bind(course.credits.simulation);
    query.bind(course.requirement.word()).bind(course.semester).bind(course.version).run(tx).await.map(drop)
}

/// Adds many courses at once: an import's. Violates `uq_course_programme_id_code` as [`insert`] does.
pub async fn insert_many(tx: &mut Tx, courses: &[&Course]) -> Result<(), DbError> {
    for chunk in courses.chunks(CHUNK) {
        let row = |course: &&Course| {
            let Credits { lecture, practice, field, simulation } = course.credits;
            serde_json::json!([
                course.id,
                course.programme_id,
                course.code,
                fold(&course.code),
                course.name,
                fold(&course.name),
                course.name_en,
                lecture,
                practice,
                field,
                simulation,
                course.requirement.word(),
                course.semester,
                course.version
            ])
        };
        let query = sql!(
            sqlite = "INSERT INTO course (course_id, programme_id, code, code_key, name, name_key, name_en,
                          credits_lecture, credits_practice, credits_field, credits_simulation, requirement_kind,
                          recommended_semester, version)
                      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                          value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13
                      FROM json_each($1)",
            postgres = "INSERT INTO course (course_id, programme_id, code, code_key, name, name_key, name_en,
                            credits_lecture, credits_practice, credits_field, credits_simulation, requirement_kind,
                            recommended_semester, version)
                        SELECT r ->> 0, r ->> 1, r ->> 2, r ->> 3, r ->> 4, r ->> 5, r ->> 6, CAST(r ->> 7 AS BIGINT),
                            CAST(r ->> 8 AS BIGINT), CAST(r ->> 9 AS BIGINT), CAST(r ->> 10 AS BIGINT), r ->> 11,
                            CAST(r ->> 12 AS BIGINT), CAST(r ->> 13 AS BIGINT)
                        FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        let rows = serde_json::Value::from(chunk.iter().map(row).collect::<Vec<_>>());
        query.bind(rows.to_string()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Replaces what may change of a course, `version` included. The caller holds the row's lock.
pub async fn update(tx: &mut Tx, course: &Course) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE course SET name = $2, name_key = $3, name_en = $4, credits_lecture = $5, credits_practice = $6,
             credits_field = $7, credits_simulation = $8, requirement_kind = $9, recommended_semester = $10, version = $11
         WHERE course_id = $1"
    );
    let query = query.bind(&course.id).bind(&course.name).bind(fold(&course.name)).bind(&course.name_en);
    let query = query.bind(course.credits.lecture).bind(course.credits.practice);
    let query = query.bind(course.credits.field).bind(course.credits.simulation);
    query.bind(course.requirement.word()).bind(course.semester).bind(course.version).run(tx).await.map(drop)
}
