//! Projections of student-svc: faculties, study programmes, lecturers and students. Written only by the consumer of its
//! feed, in the transaction that moves the cursor.

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;

use super::ids;

/// A faculty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faculty {
    /// Id.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A study programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Id.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Level, for example `S1`; empty when it is none that is known here.
    pub degree_level: &'static str,
    /// Faculty.
    pub faculty_id: String,
}

/// A lecturer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lecturer {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Student {
    /// Id.
    pub id: String,
    /// NIM.
    pub nim: String,
    /// Name.
    pub name: String,
    /// Study programme.
    pub programme_id: String,
    /// Period of entry.
    pub entry_period: String,
    /// Advisor; empty when there is none.
    pub advisor_id: String,
}

/// Writes a faculty.
pub async fn put_faculty(tx: &mut Tx, row: &Faculty) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO faculty (faculty_id, code, name) VALUES ($1, $2, $3)
         ON CONFLICT (faculty_id) DO UPDATE SET code = excluded.code, name = excluded.name"
    );
    query.bind(&row.id).bind(&row.code).bind(&row.name).run(tx).await.map(drop)
}

/// Writes a study programme.
pub async fn put_programme(tx: &mut Tx, row: &Programme) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO programme (programme_id, code, name, degree_level, faculty_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (programme_id) DO UPDATE
             SET code = excluded.code, name = excluded.name, degree_level = excluded.degree_level,
                 faculty_id = excluded.faculty_id"
    );
    let query = query.bind(&row.id).bind(&row.code).bind(&row.name);
    query.bind(row.degree_level).bind(&row.faculty_id).run(tx).await.map(drop)
}

/// Writes a lecturer.
pub async fn put_lecturer(tx: &mut Tx, row: &Lecturer) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO lecturer (lecturer_id, name) VALUES ($1, $2)
         ON CONFLICT (lecturer_id) DO UPDATE SET name = excluded.name"
    );
    query.bind(&row.id).bind(&row.name).run(tx).await.map(drop)
}

/// Writes a student.
pub async fn put_student(tx: &mut Tx, row: &Student) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO student (student_id, nim, name, programme_id, entry_period, advisor_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (student_id) DO UPDATE
             SET nim = excluded.nim, name = excluded.name, programme_id = excluded.programme_id,
                 entry_period = excluded.entry_period, advisor_id = excluded.advisor_id"
    );
    let query = query.bind(&row.id).bind(&row.nim).bind(&row.name).bind(&row.programme_id);
    query.bind(&row.entry_period).bind(&row.advisor_id).run(tx).await.map(drop)
}

/// Forgets a faculty.
pub async fn remove_faculty(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM faculty WHERE faculty_id = $1").bind(id).run(tx).await.map(drop)
}

/// Forgets a study programme.
pub async fn remove_programme(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM programme WHERE programme_id = $1").bind(id).run(tx).await.map(drop)
}

/// Forgets a lecturer.
pub async fn remove_lecturer(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM lecturer WHERE lecturer_id = $1").bind(id).run(tx).await.map(drop)
}

/// Forgets a student. Grades stay.
pub async fn remove_student(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM student WHERE student_id = $1").bind(id).run(tx).await.map(drop)
}

/// Ids of faculties after an id.
pub async fn faculty_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT faculty_id FROM faculty WHERE faculty_id > $1 ORDER BY faculty_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Ids of study programmes after an id.
pub async fn programme_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT programme_id FROM programme WHERE programme_id > $1 ORDER BY programme_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Ids of lecturers after an id.
pub async fn lecturer_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT lecturer_id FROM lecturer WHERE lecturer_id > $1 ORDER BY lecturer_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Ids of students after an id.
pub async fn student_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM student WHERE student_id > $1 ORDER BY student_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

/// Code of a study programme, if it is known.
pub async fn programme_code(on: impl Into<On<'_>>, id: &str) -> Result<Option<String>, DbError> {
    let row = sql!("SELECT code FROM programme WHERE programme_id = $1").bind(id).opt::<(String,)>(on).await?;
    Ok(row.map(|(code,)| code))
}

/// To whom the results of a student belong.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnerRow {
    /// Study programme.
    pub programme_id: String,
    /// Advisor; empty when there is none.
    pub advisor_id: String,
}

/// Advisor and study programme of a student, if the student is known.
pub async fn owner(on: impl Into<On<'_>>, student_id: &str) -> Result<Option<OwnerRow>, DbError> {
    let query = sql!("SELECT programme_id, advisor_id FROM student WHERE student_id = $1");
    query.bind(student_id).opt::<OwnerRow>(on).await
}

/// Who a document is about. Everything but the id may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// Id.
    pub student_id: String,
    /// NIM.
    pub nim: String,
    /// Name.
    pub name: String,
    /// Study programme.
    pub programme_id: String,
    /// Its name with the level.
    pub programme_name: String,
    /// Period of entry.
    pub entry_period: String,
    /// Name of the advisor.
    pub advisor_name: String,
    /// Name of the faculty.
    pub faculty_name: String,
}

/// Who a student is; only the id while nothing has arrived.
pub async fn person(on: impl Into<On<'_>>, student_id: &str) -> Result<Person, DbError> {
    let query = sql!(
        "SELECT s.student_id, s.nim, s.name, s.programme_id, s.entry_period,
                TRIM(COALESCE(p.degree_level, '') || ' ' || COALESCE(p.name, '')) AS programme_name,
                COALESCE(l.name, '') AS advisor_name, COALESCE(f.name, '') AS faculty_name
         FROM student s
         LEFT JOIN programme p ON p.programme_id = s.programme_id
         LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
         LEFT JOIN lecturer l ON l.lecturer_id = s.advisor_id
         WHERE s.student_id = $1"
    );
    let row = query.bind(student_id).opt::<Person>(on).await?;
    Ok(row.unwrap_or_else(|| Person { student_id: student_id.to_owned(), ..Person::default() }))
}

/// Study programmes of students, as pairs; those that are not known are left out.
pub async fn programmes_of(tx: &mut Tx, student_ids: &[String]) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, programme_id FROM student
                  WHERE student_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT student_id, programme_id FROM student WHERE student_id = ANY($1)"
    );
    query.bind(Texts(student_ids.to_vec())).all::<(String, String)>(tx).await
}

/// Code and id of all study programmes, for an import.
pub async fn programmes(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    sql!("SELECT code, programme_id FROM programme").all::<(String, String)>(tx).await
}

/// NIM and id of all students, for an import.
pub async fn students(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    sql!("SELECT nim, student_id FROM student").all::<(String, String)>(tx).await
}
