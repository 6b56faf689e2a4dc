//! Tables `curriculum` and `curriculum_course`.

use std::collections::HashMap;

use chassis::db::{Db, DbError, Texts, Tx};
use chassis::sql;
use serde_json::json;

use super::{CHUNK, known, small};
use crate::model::{Curriculum, CurriculumCourse, RequirementKind};

macro_rules! select_curriculum {
    ($tail:literal) => {
        concat!(
            "SELECT c.curriculum_id, c.programme_id, COALESCE(p.code, '') AS programme_code, c.name, c.start_period, \
             c.credits_required, c.credits_compulsory, c.credits_elective, c.version \
             FROM curriculum c LEFT JOIN programme p ON p.programme_id = c.programme_id ",
            $tail
        )
    };
}

#[derive(Debug, sqlx::FromRow)]
struct CurriculumRow {
    curriculum_id: String,
    programme_id: String,
    programme_code: String,
    name: String,
    start_period: String,
    credits_required: i64,
    credits_compulsory: i64,
    credits_elective: i64,
    version: i64,
}

impl CurriculumRow {
    fn curriculum(self, courses: Vec<CurriculumCourse>) -> Result<Curriculum, DbError> {
        Ok(Curriculum {
            start: super::period(&self.start_period)?,
            credits_required: small(self.credits_required)?,
            credits_compulsory: small(self.credits_compulsory)?,
            credits_elective: small(self.credits_elective)?,
            id: self.curriculum_id,
            programme_id: self.programme_id,
            programme_code: self.programme_code,
            name: self.name,
            version: self.version,
            courses,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
struct CourseRow {
    curriculum_id: String,
    course_id: String,
    semester: i64,
    requirement_kind: String,
    code: String,
    name: String,
    credits: i64,
}

impl CourseRow {
    fn course(self) -> Result<CurriculumCourse, DbError> {
        Ok(CurriculumCourse {
            semester: small(self.semester)?,
            requirement: known(RequirementKind::parse(&self.requirement_kind), "requirement kind")?,
            credits: small(self.credits)?,
            course_id: self.course_id,
            code: self.code,
            name: self.name,
        })
    }
}

/// Courses with the programmes that have them in a curriculum.
pub async fn programmes_of_courses(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        "SELECT DISTINCT cc.course_id, c.programme_id FROM curriculum_course cc \
         JOIN curriculum c ON c.curriculum_id = cc.curriculum_id"
    );
    query.all(tx).await
}

/// Rows with the courses of each, by semester and code.
async fn assemble(tx: &mut Tx, rows: Vec<CurriculumRow>) -> Result<Vec<Curriculum>, DbError> {
    let ids: Texts = rows.iter().map(|row| row.curriculum_id.clone()).collect();
    let query = sql!(
        sqlite = "SELECT e.curriculum_id, e.course_id, e.semester, e.requirement_kind, k.code, k.name,
                      k.credits_lecture + k.credits_practice + k.credits_field + k.credits_simulation AS credits
                  FROM curriculum_course e JOIN course k ON k.course_id = e.course_id
                  WHERE e.curriculum_id IN (SELECT value FROM json_each($1))
                  ORDER BY e.curriculum_id, e.semester, k.code_key, e.course_id",
        postgres = "SELECT e.curriculum_id, e.course_id, e.semester, e.requirement_kind, k.code, k.name,
                        k.credits_lecture + k.credits_practice + k.credits_field + k.credits_simulation AS credits
                    FROM curriculum_course e JOIN course k ON k.course_id = e.course_id
                    WHERE e.curriculum_id = ANY($1)
                    ORDER BY e.curriculum_id, e.semester, k.code_key, e.course_id"
    );
    let mut courses: HashMap<String, Vec<CurriculumCourse>> = HashMap::new();
    for row in query.bind(ids).all::<CourseRow>(tx).await? {
        courses.entry(row.curriculum_id.clone()).or_default().push(row.course()?);
    }
    let curriculum = |row: CurriculumRow| {
        let courses = courses.remove(&row.curriculum_id).unwrap_or_default();
        row.curriculum(courses)
    };
    rows.into_iter().map(curriculum).collect()
}

/// One curriculum with its courses.
pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<Curriculum>, DbError> {
    let query = sql!(select_curriculum!("WHERE c.curriculum_id = $1"));
    let rows = query.bind(id).all::<CurriculumRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// Study programme of a curriculum.
pub async fn programme_of(db: &Db, id: &str) -> Result<Option<String>, DbError> {
    let query = sql!("SELECT programme_id FROM curriculum WHERE curriculum_id = $1");
    Ok(query.bind(id).opt::<(String,)>(db).await?.map(|(programme,)| programme))
}

/// One curriculum with its courses, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Curriculum>, DbError> {
    let query = sql!(
        sqlite = select_curriculum!("WHERE c.curriculum_id = $1"),
        postgres = select_curriculum!("WHERE c.curriculum_id = $1 FOR UPDATE OF c")
    );
    let rows = query.bind(id).all::<CurriculumRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// Every curriculum with its courses, for an import.
pub async fn all(tx: &mut Tx) -> Result<Vec<Curriculum>, DbError> {
    let rows = sql!(select_curriculum!("ORDER BY c.curriculum_id")).all::<CurriculumRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// Locks every curriculum until the transaction ends, in id order.
pub async fn lock_all(tx: &mut Tx) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT curriculum_id FROM curriculum ORDER BY curriculum_id",
        postgres = "SELECT curriculum_id FROM curriculum ORDER BY curriculum_id FOR UPDATE"
    );
    query.all::<(String,)>(tx).await.map(drop)
}

/// Where a curriculum stands in a list: code of its programme, first period, id.
pub type Position = (String, String, String);

/// The position of a curriculum in [`list`].
pub fn position(curriculum: &Curriculum) -> Position {
    (curriculum.programme_code.clone(), curriculum.start.to_string(), curriculum.id.clone())
}

/// Curricula without their courses, by programme and the period they start in, latest first, after a position.
/// `programme_id` may be empty for all.
pub async fn list(db: &Db, programme_id: &str, after: &Position, limit: i64) -> Result<Vec<Curriculum>, DbError> {
    let query = sql!(select_curriculum!(
        "WHERE ($1 = '' OR c.programme_id = $1)
           AND (COALESCE(p.code, '') > $2
                OR (COALESCE(p.code, '') = $2
                    AND ($3 = '' OR c.start_period < $3 OR (c.start_period = $3 AND c.curriculum_id > $4))))
         ORDER BY COALESCE(p.code, ''), c.start_period DESC, c.curriculum_id
         LIMIT $5"
    ));
    let query = query.bind(programme_id).bind(&after.0).bind(&after.1).bind(&after.2).bind(limit);
    let rows = query.all::<CurriculumRow>(db).await?;
    rows.into_iter().map(|row| row.curriculum(Vec::new())).collect()
}

/// Adds a curriculum with its courses. Violates `uq_curriculum_programme_id_name` when the programme has one of that name.
pub async fn insert(tx: &mut Tx, curriculum: &Curriculum) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO curriculum (curriculum_id, programme_id, name, start_period, credits_required, credits_compulsory,
             credits_elective, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let query = query.bind(&curriculum.id).bind(&curriculum.programme_id).bind(&curriculum.name);
    let query = query.bind(curriculum.start.to_string()).bind(curriculum.credits_required);
    let query = query.bind(curriculum.credits_compulsory).bind(curriculum.credits_elective);
    query.bind(curriculum.version).run(&mut *tx).await?;
    insert_courses(tx, curriculum).await
}

/// Replaces what may change of a curriculum, version and courses included. The caller holds the row's lock. Violates
/// `uq_curriculum_programme_id_name` when the programme has another one of that name.
pub async fn update(tx: &mut Tx, curriculum: &Curriculum) -> Result<(), DbError> {
    let query = sql!(
        "UPDATE curriculum SET name = $2, start_period = $3, credits_required = $4, credits_compulsory = $5,
             credits_elective = $6, version = $7
         WHERE curriculum_id = $1"
    );
    let query = query.bind(&curriculum.id).bind(&curriculum.name).bind(curriculum.start.to_string());
    let query = query.bind(curriculum.credits_required).bind(curriculum.credits_compulsory);
    query.bind(curriculum.credits_elective).bind(curriculum.version).run(&mut *tx).await?;
    sql!("DELETE FROM curriculum_course WHERE curriculum_id = $1").bind(&curriculum.id).run(&mut *tx).await?;
    insert_courses(tx, curriculum).await
}

async fn insert_courses(tx: &mut Tx, curriculum: &Curriculum) -> Result<(), DbError> {
    for chunk in curriculum.courses.chunks(CHUNK) {
        let rows = chunk.iter().map(|course| json!([course.course_id, course.semester, course.requirement.word()]));
        let query = sql!(
            sqlite = "INSERT INTO curriculum_course (curriculum_id, course_id, semester, requirement_kind)
                      SELECT $1, value ->> 0, value ->> 1, value ->> 2 FROM json_each($2)",
            postgres = "INSERT INTO curriculum_course (curriculum_id, course_id, semester, requirement_kind)
                        SELECT $1, r ->> 0, CAST(r ->> 1 AS BIGINT), r ->> 2
                        FROM json_array_elements(CAST($2 AS JSON)) AS r"
        );
        let rows = serde_json::Value::from(rows.collect::<Vec<_>>()).to_string();
        query.bind(&curriculum.id).bind(rows).run(&mut *tx).await?;
    }
    Ok(())
}
