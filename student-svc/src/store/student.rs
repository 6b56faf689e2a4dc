//! Students.

use chassis::db::{Db, DbError, On, Texts, Tx};
use chassis::{sql, text};
use sqlx::FromRow;

use super::starting_with;
use crate::rules::access::{Subject, Who};
use crate::rules::student::{Person, Record};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Student {
    pub student_id: String,
    pub nim: String,
    pub name: String,
    pub name_key: String,
    pub programme_id: String,
    pub entry_period: String,
    pub advisor_id: Option<String>,
    pub email: String,
    pub phone: String,
    pub national_id: String,
    pub gender: String,
    pub birth_place: String,
    pub birth_date: String,
    pub mother_name: String,
    pub exit_kind: String,
    pub version: i64,
}

/// A student with the names that a page shows beside it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct StudentView {
    /// The row.
    #[sqlx(flatten)]
    pub student: Student,
    /// Name of the study programme, without the level.
    pub programme_name: String,
    /// Word of the level.
    pub degree_level: String,
    /// Name of the advisor; empty when there is none.
    pub advisor_name: String,
}

impl Student {
    /// What access is decided by.
    #[must_use]
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            student_id: &self.student_id,
            programme_id: &self.programme_id,
            advisor_id: self.advisor_id.as_deref(),
        }
    }

    /// The record without id and version.
    #[must_use]
    pub(crate) fn record(&self) -> Record {
        Record {
            person: Person {
                nim: self.nim.clone(),
                name: self.name.clone(),
                entry_period: self.entry_period.clone(),
                email: self.email.clone(),
                phone: self.phone.clone(),
                national_id: self.national_id.clone(),
                gender: self.gender.clone(),
                birth_place: self.birth_place.clone(),
                birth_date: self.birth_date.clone(),
                mother_name: self.mother_name.clone(),
            },
            programme_id: self.programme_id.clone(),
            advisor_id: self.advisor_id.clone(),
            exit_kind: self.exit_kind.clone(),
        }
    }
}

/// The columns of a `Student`, of the table called `s`.
macro_rules! columns {
    () => {
        "s.student_id, s.nim, s.name, s.name_key, s.programme_id, s.entry_period, s.advisor_id, s.email, s.phone,
         s.national_id, s.gender, s.birth_place, s.birth_date, s.mother_name, s.exit_kind, s.version"
    };
}

/// A `StudentView`, up to its WHERE.
macro_rules! view {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", p.name AS programme_name, p.degree_level, COALESCE(l.name, '') AS advisor_name
               FROM student s JOIN programme p ON p.programme_id = s.programme_id
               LEFT JOIN lecturer l ON l.lecturer_id = s.advisor_id"
        )
    };
}

/// One student with names.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(on: impl Into<On<'_>>, student_id: &str) -> Result<Option<StudentView>, DbError> {
    sql!(concat!(view!(), " WHERE s.student_id = $1")).bind(student_id).opt(on).await
}

/// Reads the row and keeps it locked until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn lock(tx: &mut Tx, student_id: &str) -> Result<Option<Student>, DbError> {
    sql!(
        sqlite = concat!("SELECT ", columns!(), " FROM student s WHERE s.student_id = $1"),
        postgres = concat!("SELECT ", columns!(), " FROM student s WHERE s.student_id = $1 FOR NO KEY UPDATE")
    )
    .bind(student_id)
    .opt(tx)
    .await
}

/// Adds a student, version 1.
///
/// # Errors
/// Unique `uq_student_nim` when the NIM is taken.
pub(crate) async fn insert(tx: &mut Tx, student_id: &str, record: &Record) -> Result<(), DbError> {
    let person = &record.person;
    sql!(
        "INSERT INTO student (student_id, nim, name, name_key, programme_id, entry_period, advisor_id, email, phone,
                              national_id, gender, birth_place, birth_date, mother_name, exit_kind, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)"
    )
    .bind(student_id)
    .bind(&person.nim)
    .bind(&person.name)
    .bind(text::fold(&person.name))
    .bind(&record.programme_id)
    .bind(&person.entry_period)
    .bind(record.advisor_id.as_deref())
    .bind(&person.email)
    .bind(&person.phone)
    .bind(&person.national_id)
    .bind(&person.gender)
    .bind(&person.birth_place)
    .bind(&person.birth_date)
    .bind(&person.mother_name)
    .bind(&record.exit_kind)
    .run(tx)
    .await
    .map(drop)
}

/// Stores a new record of a locked student as the next version; the NIM stays.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn update(tx: &mut Tx, student_id: &str, record: &Record) -> Result<(), DbError> {
    let person = &record.person;
    sql!(
        "UPDATE student SET name = $2, name_key = $3, programme_id = $4, entry_period = $5, advisor_id = $6, email = $7,
                phone = $8, national_id = $9, gender = $10, birth_place = $11, birth_date = $12, mother_name = $13,
                exit_kind = $14, version = version + 1
          WHERE student_id = $1"
    )
    .bind(student_id)
    .bind(&person.name)
    .bind(text::fold(&person.name))
    .bind(&record.programme_id)
    .bind(&person.entry_period)
    .bind(record.advisor_id.as_deref())
    .bind(&person.email)
    .bind(&person.phone)
    .bind(&person.national_id)
    .bind(&person.gender)
    .bind(&person.birth_place)
    .bind(&person.birth_date)
    .bind(&person.mother_name)
    .bind(&record.exit_kind)
    .run(tx)
    .await
    .map(drop)
}

/// Which students a list shows; an empty filter leaves nobody out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filter<'a> {
    /// Part of a name, or the beginning of a NIM.
    pub search: &'a str,
    /// Study programme.
    pub programme_id: &'a str,
    /// Year of entry.
    pub cohort: &'a str,
    /// Advisor.
    pub advisor_id: &'a str,
}

/// The filter and what the caller may see, as `$2` to `$9`; both engines, apart from the list of programmes.
macro_rules! seen {
    ($programmes:literal) => {
        concat!(
            r" AND (s.name_key LIKE $2 ESCAPE '\' OR s.nim LIKE $3 ESCAPE '\')
               AND ($4 = '' OR s.programme_id = $4)
               AND ($5 = '' OR substr(s.entry_period, 1, 4) = $5)
               AND ($6 = '' OR s.advisor_id = $6)
               AND ($7 OR s.advisor_id = $8 OR s.student_id = $9 OR s.programme_id ",
            $programmes,
            ")"
        )
    };
}

/// Students by NIM after that NIM, as far as the caller may see them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_by_nim(
    db: &Db,
    who: &Who,
    filter: &Filter<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<StudentView>, DbError> {
    let query = sql!(
        sqlite = concat!(
            view!(),
            " WHERE s.nim > $1",
            seen!("IN (SELECT value FROM json_each($10))"),
            " ORDER BY s.nim LIMIT $11"
        ),
        postgres = concat!(view!(), " WHERE s.nim > $1", seen!("= ANY($10)"), " ORDER BY s.nim LIMIT $11")
    );
    query
        .bind(after)
        .bind(text::contains(filter.search))
        .bind(starting_with(&filter.search.trim().to_ascii_uppercase()))
        .bind(filter.programme_id)
        .bind(filter.cohort)
        .bind(filter.advisor_id)
        .bind(who.registrar)
        .bind(who.lecturer_id.as_deref())
        .bind(who.student_id.as_deref())
        .bind(Texts(who.programmes.clone()))
        .bind(limit)
        .all(db)
        .await
}

/// Students by name after that name and id, as far as the caller may see them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_by_name(
    db: &Db,
    who: &Who,
    filter: &Filter<'_>,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<StudentView>, DbError> {
    let query = sql!(
        sqlite = concat!(
            view!(),
            " WHERE (s.name_key, s.student_id) > ($1, $12)",
            seen!("IN (SELECT value FROM json_each($10))"),
            " ORDER BY s.name_key, s.student_id LIMIT $11"
        ),
        postgres = concat!(
            view!(),
            " WHERE (s.name_key, s.student_id) > ($1, $12)",
            seen!("= ANY($10)"),
            " ORDER BY s.name_key, s.student_id LIMIT $11"
        )
    );
    query
        .bind(after.0)
        .bind(text::contains(filter.search))
        .bind(starting_with(&filter.search.trim().to_ascii_uppercase()))
        .bind(filter.programme_id)
        .bind(filter.cohort)
        .bind(filter.advisor_id)
        .bind(who.registrar)
        .bind(who.lecturer_id.as_deref())
        .bind(who.student_id.as_deref())
        .bind(Texts(who.programmes.clone()))
        .bind(limit)
        .bind(after.1)
        .all(db)
        .await
}

/// Students by id, after that id: a piece of a snapshot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn after_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Student>, DbError> {
    sql!(concat!("SELECT ", columns!(), " FROM student s WHERE s.student_id > $1 ORDER BY s.student_id LIMIT $2"))
        .bind(after)
        .bind(limit)
        .all(tx)
        .await
}
