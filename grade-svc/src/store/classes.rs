//! Projections of course-svc: courses, classes with their lecturers, and equivalent courses.

use std::collections::HashMap;

use chassis::db::{Bools, DbError, On, Texts, Tx};
use chassis::sql;

use super::ids;
use crate::model::{Class, Course, Teacher};
use crate::rules::gpa::Equivalents;
use crate::rules::period::PeriodCode;

/// Writes a course.
pub async fn put_course(tx: &mut Tx, row: &Course) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO course (course_id, programme_id, code, name, name_en, credits) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (course_id) DO UPDATE
             SET programme_id = excluded.programme_id, code = excluded.code, name = excluded.name,
                 name_en = excluded.name_en, credits = excluded.credits"
    );
    let query = query.bind(&row.course_id).bind(&row.programme_id).bind(&row.code);
    query.bind(&row.name).bind(&row.name_en).bind(row.credits).run(tx).await.map(drop)
}

/// Forgets a course. Grades stay.
pub async fn remove_course(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM course WHERE course_id = $1").bind(id).run(tx).await.map(drop)
}

/// Ids of courses after an id.
pub async fn course_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT course_id FROM course WHERE course_id > $1 ORDER BY course_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Courses by id; those that are not known are left out.
pub async fn courses(on: impl Into<On<'_>>, course_ids: Vec<String>) -> Result<HashMap<String, Course>, DbError> {
    let query = sql!(
        sqlite = "SELECT course_id, programme_id, code, name, name_en, credits FROM course
                  WHERE course_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT course_id, programme_id, code, name, name_en, credits FROM course WHERE course_id = ANY($1)"
    );
    let rows = query.bind(Texts(course_ids)).all::<Course>(on).await?;
    Ok(rows.into_iter().map(|course| (course.course_id.clone(), course)).collect())
}

/// Every course, for an import.
pub async fn all_courses(tx: &mut Tx) -> Result<Vec<Course>, DbError> {
    sql!("SELECT course_id, programme_id, code, name, name_en, credits FROM course").all::<Course>(tx).await
}

/// A class as it arrives.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClassRow {
    /// Id.
    pub class_id: String,
    /// Period.
    pub period_code: String,
    /// Course.
    pub course_id: String,
    /// Name.
    pub name: String,
}

/// Writes a class with its lecturers (id and whether they lead, the leading one first). True when it is new.
pub async fn put_class(tx: &mut Tx, row: &ClassRow, lecturers: &[(String, bool)]) -> Result<bool, DbError> {
    let query = sql!("UPDATE class SET period_code = $2, course_id = $3, name = $4 WHERE class_id = $1");
    let query = query.bind(&row.class_id).bind(&row.period_code).bind(&row.course_id).bind(&row.name);
    let new = query.run(tx).await? == 0;
    if new {
        let query = sql!("INSERT INTO class (class_id, period_code, course_id, name) VALUES ($1, $2, $3, $4)");
        let query = query.bind(&row.class_id).bind(&row.period_code).bind(&row.course_id).bind(&row.name);
        query.run(tx).await?;
    } else {
        sql!("DELETE FROM class_lecturer WHERE class_id = $1").bind(&row.class_id).run(tx).await?;
    }
    if !lecturers.is_empty() {
        let query = sql!(
            sqlite = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                      SELECT $1, l.key, l.value, $3 ->> l.key FROM json_each($2) AS l",
            postgres = "INSERT INTO class_lecturer (class_id, place, lecturer_id, lead)
                        SELECT $1, l.place, l.lecturer_id, l.lead
                        FROM UNNEST($2::text[], $3::boolean[]) WITH ORDINALITY AS l (lecturer_id, lead, place)"
        );
        let query = query.bind(&row.class_id).bind(lecturers.iter().map(|(id, _)| id.clone()).collect::<Texts>());
        query.bind(lecturers.iter().map(|(_, lead)| *lead).collect::<Bools>()).run(tx).await?;
    }
    Ok(new)
}

/// Forgets a class. Its sheet stays: what was entered or published is not lost with the offering.
pub async fn remove_class(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM class_lecturer WHERE class_id = $1").bind(id).run(tx).await?;
    sql!("DELETE FROM class WHERE class_id = $1").bind(id).run(tx).await.map(drop)
}

/// Ids of classes after an id.
pub async fn class_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT class_id FROM class WHERE class_id > $1 ORDER BY class_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Every class, for an import.
pub async fn all_classes(tx: &mut Tx) -> Result<Vec<ClassRow>, DbError> {
    sql!("SELECT class_id, period_code, course_id, name FROM class").all::<ClassRow>(tx).await
}

/// Names of classes by id; those that are not known are left out.
pub async fn class_names(on: impl Into<On<'_>>, class_ids: Vec<String>) -> Result<HashMap<String, String>, DbError> {
    let query = sql!(
        sqlite = "SELECT class_id, name FROM class WHERE class_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT class_id, name FROM class WHERE class_id = ANY($1)"
    );
    Ok(query.bind(Texts(class_ids)).all::<(String, String)>(on).await?.into_iter().collect())
}

#[derive(Debug, sqlx::FromRow)]
struct FullRow {
    class_id: String,
    period_code: String,
    class_name: String,
    programme_code: String,
    faculty_code: String,
    #[sqlx(flatten)]
    course: Course,
}

type LecturerRow = (String, String, String, bool);

/// Classes by id, in the order of the ids; those that are not known, or whose course is not, are left out.
pub async fn by_ids(tx: &mut Tx, class_ids: &[String]) -> Result<Vec<Class>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id, c.period_code, c.name AS class_name, COALESCE(p.code, '') AS programme_code,
                         COALESCE(f.code, '') AS faculty_code,
                         k.course_id, k.programme_id, k.code, k.name, k.name_en, k.credits
                  FROM class c JOIN course k ON k.course_id = c.course_id
                  LEFT JOIN programme p ON p.programme_id = k.programme_id
                  LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
                  WHERE c.class_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT c.class_id, c.period_code, c.name AS class_name, COALESCE(p.code, '') AS programme_code,
                           COALESCE(f.code, '') AS faculty_code,
                           k.course_id, k.programme_id, k.code, k.name, k.name_en, k.credits
                    FROM class c JOIN course k ON k.course_id = c.course_id
                    LEFT JOIN programme p ON p.programme_id = k.programme_id
                    LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
                    WHERE c.class_id = ANY($1)"
    );
    let rows = query.bind(Texts(class_ids.to_vec())).all::<FullRow>(&mut *tx).await?;
    let query = sql!(
        sqlite = "SELECT t.class_id, t.lecturer_id, COALESCE(l.name, ''), t.lead
                  FROM class_lecturer t LEFT JOIN lecturer l ON l.lecturer_id = t.lecturer_id
                  WHERE t.class_id IN (SELECT value FROM json_each($1)) ORDER BY t.class_id, t.place",
        postgres = "SELECT t.class_id, t.lecturer_id, COALESCE(l.name, ''), t.lead
                    FROM class_lecturer t LEFT JOIN lecturer l ON l.lecturer_id = t.lecturer_id
                    WHERE t.class_id = ANY($1) ORDER BY t.class_id, t.place"
    );
    let mut lecturers: HashMap<String, Vec<Teacher>> = HashMap::new();
    for (class_id, lecturer_id, name, lead) in query.bind(Texts(class_ids.to_vec())).all::<LecturerRow>(tx).await? {
        lecturers.entry(class_id).or_default().push(Teacher { lecturer_id, name, lead });
    }
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let mut lecturers = lecturers.remove(&row.class_id).unwrap_or_default();
        lecturers.sort_by_key(|lecturer| !lecturer.lead);
        let class = Class {
            id: row.class_id.clone(),
            period: super::period(&row.period_code)?,
            course: row.course,
            name: row.class_name,
            programme_code: row.programme_code,
            faculty_code: row.faculty_code,
            lecturers,
        };
        found.insert(row.class_id, class);
    }
    Ok(class_ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One class.
pub async fn get(tx: &mut Tx, class_id: &str) -> Result<Option<Class>, DbError> {
    Ok(by_ids(tx, &[class_id.to_owned()]).await?.pop())
}

/// Says which courses are equivalent to one.
pub async fn put_equivalents(tx: &mut Tx, course_id: &str, others: Vec<String>) -> Result<(), DbError> {
    remove_equivalents(tx, course_id).await?;
    if others.is_empty() {
        return Ok(());
    }
    let query = sql!(
        sqlite = "INSERT INTO equivalent (course_id, other_id) SELECT $1, value FROM json_each($2)",
        postgres = "INSERT INTO equivalent (course_id, other_id) SELECT $1, o FROM UNNEST($2::text[]) AS u (o)"
    );
    query.bind(course_id).bind(Texts(others)).run(tx).await.map(drop)
}

/// Forgets what is equivalent to a course.
pub async fn remove_equivalents(tx: &mut Tx, course_id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM equivalent WHERE course_id = $1").bind(course_id).run(tx).await.map(drop)
}

/// Ids of courses with equivalents, after an id.
pub async fn equivalent_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT DISTINCT course_id FROM equivalent WHERE course_id > $1 ORDER BY course_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Which courses are one and the same. All of them: what connects two courses of a student may be a third.
pub async fn equivalents(on: impl Into<On<'_>>) -> Result<Equivalents, DbError> {
    let rows = sql!("SELECT course_id, other_id FROM equivalent").all::<(String, String)>(on).await?;
    Ok(Equivalents::new(rows))
}

/// The latest period before one in which grades of a course were published, and how often each letter was given.
pub async fn earlier_letters(
    tx: &mut Tx,
    course_id: &str,
    before: PeriodCode,
) -> Result<Option<(PeriodCode, Vec<(String, i64)>)>, DbError> {
    let query = sql!("SELECT MAX(period_code) FROM grade WHERE course_id = $1 AND period_code < $2");
    let (found,) = query.bind(course_id).bind(before.to_string()).one::<(Option<String>,)>(&mut *tx).await?;
    let Some(code) = found else { return Ok(None) };
    let query = sql!("SELECT letter, COUNT(*) FROM grade WHERE course_id = $1 AND period_code = $2 GROUP BY letter");
    let rows = query.bind(course_id).bind(&code).all::<(String, i64)>(tx).await?;
    Ok(Some((super::period(&code)?, rows)))
}
