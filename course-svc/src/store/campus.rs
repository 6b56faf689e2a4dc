//! Projections of student-svc: faculties, study programmes, lecturers, students, their statuses and holds. Written only by
//! the consumer of its feed, in the transaction that moves the cursor.

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;
use chassis::text::fold;
use jiff::Timestamp;

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
    /// Faculty.
    pub faculty_id: String,
}

/// A lecturer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Lecturer {
    /// Id.
    #[sqlx(rename = "lecturer_id")]
    pub id: String,
    /// Name.
    pub name: String,
    /// National number; may be empty.
    pub nidn: String,
    /// Special national number; may be empty.
    pub nidk: String,
    /// NUPTK; may be empty.
    pub nuptk: String,
}

impl Lecturer {
    /// The national numbers that the lecturer has.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        [&self.nidn, &self.nidk, &self.nuptk].into_iter().map(String::as_str).filter(|number| !number.is_empty())
    }
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
    /// How the student left; empty while enrolled.
    pub exit_kind: String,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Id.
    pub id: String,
    /// Whose.
    pub student_id: String,
    /// Word of the kind.
    pub kind: &'static str,
    /// What the student reads.
    pub note: String,
    /// End of a waiver.
    pub waived_until: Option<Timestamp>,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
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
        "INSERT INTO programme (programme_id, code, name, faculty_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (programme_id)
             DO UPDATE SET code = excluded.code, name = excluded.name, faculty_id = excluded.faculty_id"
    );
    query.bind(&row.id).bind(&row.code).bind(&row.name).bind(&row.faculty_id).run(tx).await.map(drop)
}

/// Writes a lecturer.
pub async fn put_lecturer(tx: &mut Tx, row: &Lecturer) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO lecturer (lecturer_id, name, nidn, nidk, nuptk) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (lecturer_id) DO UPDATE
             SET name = excluded.name, nidn = excluded.nidn, nidk = excluded.nidk, nuptk = excluded.nuptk"
    );
    let query = query.bind(&row.id).bind(&row.name).bind(&row.nidn).bind(&row.nidk).bind(&row.nuptk);
    query.run(tx).await.map(drop)
}

/// Writes a student.
pub async fn put_student(tx: &mut Tx, row: &Student) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO student (student_id, nim, nim_key, name, name_key, programme_id, entry_period, advisor_id, exit_kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (student_id) DO UPDATE
             SET nim = excluded.nim, nim_key = excluded.nim_key, name = excluded.name, name_key = excluded.name_key,
                 programme_id = excluded.programme_id, entry_period = excluded.entry_period,
                 advisor_id = excluded.advisor_id, exit_kind = excluded.exit_kind"
    );
    let query = query.bind(&row.id).bind(&row.nim).bind(fold(&row.nim)).bind(&row.name).bind(fold(&row.name));
    let query = query.bind(&row.programme_id).bind(&row.entry_period);
    query.bind(&row.advisor_id).bind(&row.exit_kind).run(tx).await.map(drop)
}

/// Writes the status of a student in a period, as its letter.
pub async fn put_status(tx: &mut Tx, student_id: &str, period: &str, letter: &str) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO student_status (student_id, period_code, status) VALUES ($1, $2, $3)
         ON CONFLICT (student_id, period_code) DO UPDATE SET status = excluded.status"
    );
    query.bind(student_id).bind(period).bind(letter).run(tx).await.map(drop)
}

/// Writes a hold.
pub async fn put_hold(tx: &mut Tx, row: &Hold) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO student_hold (hold_id, student_id, kind, note, waived_until, lifted_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hold_id) DO UPDATE
             SET student_id = excluded.student_id, kind = excluded.kind, note = excluded.note,
                 waived_until = excluded.waived_until, lifted_at = excluded.lifted_at"
    );
    let query = query.bind(&row.id).bind(&row.student_id).bind(row.kind).bind(&row.note);
    query.bind(row.waived_until).bind(row.lifted_at).run(tx).await.map(drop)
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

/// Forgets a student.
pub async fn remove_student(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM student WHERE student_id = $1").bind(id).run(tx).await.map(drop)
}

/// Forgets the status of a student in a period.
pub async fn remove_status(tx: &mut Tx, student_id: &str, period: &str) -> Result<(), DbError> {
    let query = sql!("DELETE FROM student_status WHERE student_id = $1 AND period_code = $2");
    query.bind(student_id).bind(period).run(tx).await.map(drop)
}

/// Forgets a hold.
pub async fn remove_hold(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("DELETE FROM student_hold WHERE hold_id = $1").bind(id).run(tx).await.map(drop)
}

/// Code of a study programme, if it is known.
pub async fn programme_code(on: impl Into<On<'_>>, id: &str) -> Result<Option<String>, DbError> {
    let row = sql!("SELECT code FROM programme WHERE programme_id = $1").bind(id).opt::<(String,)>(on).await?;
    Ok(row.map(|(code,)| code))
}

/// Those of the lecturers that are known.
pub async fn lecturers(on: impl Into<On<'_>>, ids: Vec<String>) -> Result<Vec<Lecturer>, DbError> {
    let query = sql!(
        sqlite = "SELECT lecturer_id, name, nidn, nidk, nuptk FROM lecturer
                  WHERE lecturer_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT lecturer_id, name, nidn, nidk, nuptk FROM lecturer WHERE lecturer_id = ANY($1)"
    );
    query.bind(Texts(ids)).all::<Lecturer>(on).await
}

/// Every lecturer, for an import.
pub async fn all_lecturers(tx: &mut Tx) -> Result<Vec<Lecturer>, DbError> {
    sql!("SELECT lecturer_id, name, nidn, nidk, nuptk FROM lecturer").all::<Lecturer>(tx).await
}

/// Codes of all faculties, for windows and imports.
pub async fn faculty_codes(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let rows = sql!("SELECT code FROM faculty").all::<(String,)>(tx).await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// Code and id of all study programmes, for windows and imports.
pub async fn programmes(tx: &mut Tx) -> Result<Vec<(String, String)>, DbError> {
    sql!("SELECT code, programme_id FROM programme").all::<(String, String)>(tx).await
}

/// What an import asks about a student.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StudentRow {
    /// NIM.
    pub nim: String,
    /// Id.
    pub student_id: String,
    /// Period of entry.
    pub entry_period: String,
    /// How the student left; empty while enrolled.
    pub exit_kind: String,
    /// Code of the study programme, once it is known.
    pub programme_code: Option<String>,
    /// Code of the faculty, once it is known.
    pub faculty_code: Option<String>,
}

/// Every student, for an import.
pub async fn students(tx: &mut Tx) -> Result<Vec<StudentRow>, DbError> {
    let query = sql!(
        "SELECT s.nim, s.student_id, s.entry_period, s.exit_kind, p.code AS programme_code, f.code AS faculty_code
         FROM student s
         LEFT JOIN programme p ON p.programme_id = s.programme_id
         LEFT JOIN faculty f ON f.faculty_id = p.faculty_id"
    );
    query.all::<StudentRow>(tx).await
}

/// Letters of the statuses of all students in a period, for an import.
pub async fn statuses(tx: &mut Tx, period: &str) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!("SELECT student_id, status FROM student_status WHERE period_code = $1");
    query.bind(period).all::<(String, String)>(tx).await
}

/// Codes of a study programme and of its faculty, the latter `None` while it is not known; `None` for no such programme.
pub async fn programme_codes(tx: &mut Tx, id: &str) -> Result<Option<(String, Option<String>)>, DbError> {
    let query = sql!(
        "SELECT p.code, f.code AS faculty_code FROM programme p LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
         WHERE p.programme_id = $1"
    );
    query.bind(id).opt::<(String, Option<String>)>(tx).await
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

/// Statuses after a position, as student and period.
pub async fn status_keys(tx: &mut Tx, after: (&str, &str), limit: i64) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        "SELECT student_id, period_code FROM student_status WHERE (student_id, period_code) > ($1, $2)
         ORDER BY student_id, period_code LIMIT $3"
    );
    query.bind(after.0).bind(after.1).bind(limit).all(tx).await
}

/// Ids of holds after an id.
pub async fn hold_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT hold_id FROM student_hold WHERE hold_id > $1 ORDER BY hold_id LIMIT $2");
    Ok(ids(query.bind(after).bind(limit).all(tx).await?))
}

fn ids(rows: Vec<(String,)>) -> Vec<String> {
    rows.into_iter().map(|(id,)| id).collect()
}
