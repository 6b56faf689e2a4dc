//! Rows into the staging tables, some hundreds in one statement.

use chassis::db::{DbError, Tx};
use chassis::{sql, text};
use serde_json::{Value, json};

use crate::rules::row::Row;

/// The tables of an import, in the order in which references between them point back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Faculties.
    Faculty,
    /// Study programmes.
    Programme,
    /// Lecturers.
    Lecturer,
    /// Students.
    Student,
    /// Statuses.
    Status,
    /// Holds.
    Hold,
}

impl Kind {
    /// Every table, in order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Faculty, Self::Programme, Self::Lecturer, Self::Student, Self::Status, Self::Hold];

    /// The table of a row.
    #[must_use]
    pub(crate) fn of(row: &Row) -> Self {
        match row {
            Row::Faculty(_) => Self::Faculty,
            Row::Programme(_) => Self::Programme,
            Row::Lecturer(_) => Self::Lecturer,
            Row::Student(_) => Self::Student,
            Row::Status(_) => Self::Status,
            Row::Hold(_) => Self::Hold,
        }
    }
}

/// A checked row with its place.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    /// Order of arrival within its table, from 1 without gaps.
    pub place: i64,
    /// File that it came from.
    pub file: String,
    /// Line there.
    pub line: u32,
    /// False when the row has a fault of its own.
    pub sound: bool,
    /// Id for what the row names, if that is new.
    pub new_id: String,
    /// The row, checked.
    pub row: Row,
}

/// `INSERT INTO <table and columns>` of rows that come as one JSON array of arrays, `$2`; `value` is one of them.
macro_rules! insert {
    ($into:literal, $columns:literal) => {
        sql!(
            sqlite = concat!(
                "INSERT INTO ",
                $into,
                " SELECT $1, CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT),
                         CAST(value ->> 3 AS BOOLEAN), ",
                $columns,
                " FROM json_each($2)"
            ),
            postgres = concat!(
                "INSERT INTO ",
                $into,
                " SELECT $1, CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT),
                         CAST(value ->> 3 AS BOOLEAN), ",
                $columns,
                " FROM jsonb_array_elements(CAST($2 AS JSONB)) AS rows (value)"
            )
        )
    };
}

/// Adds rows of one table.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn stage(tx: &mut Tx, import_id: &str, kind: Kind, rows: &[Staged]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let json = Value::Array(rows.iter().map(columns).collect()).to_string();
    let query = match kind {
        Kind::Faculty => insert!(
            "stage_faculty (import_id, place, file, line, sound, new_id, code, name)",
            "value ->> 4, value ->> 5, value ->> 6"
        ),
        Kind::Programme => insert!(
            "stage_programme (import_id, place, file, line, sound, new_id, code, name, degree_level, faculty, pddikti_id)",
            "value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9"
        ),
        Kind::Lecturer => insert!(
            "stage_lecturer (import_id, place, file, line, sound, new_id, number, number_kind, name, name_key, programme,
                             email)",
            "value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10"
        ),
        Kind::Student => insert!(
            "stage_student (import_id, place, file, line, sound, new_id, nim, name, name_key, programme, entry_period,
                            advisor, email, phone, national_id, gender, birth_place, birth_date, mother_name)",
            "value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
             value ->> 12, value ->> 13, value ->> 14, value ->> 15, value ->> 16, value ->> 17"
        ),
        Kind::Status => insert!(
            "stage_status (import_id, place, file, line, sound, nim, period, status)",
            "value ->> 5, value ->> 6, value ->> 7"
        ),
        Kind::Hold => insert!(
            "stage_hold (import_id, place, file, line, sound, new_id, nim, kind, note, waived_until)",
            "value ->> 4, value ->> 5, value ->> 6, value ->> 7, CAST(value ->> 8 AS BIGINT)"
        ),
    };
    query.bind(import_id).bind(json).run(tx).await.map(drop)
}

/// The columns of a row, in the order of the statements above.
fn columns(staged: &Staged) -> Value {
    let Staged { place, file, line, sound, new_id, row } = staged;
    match row {
        Row::Faculty(r) => json!([place, file, line, sound, new_id, r.code, r.name]),
        Row::Programme(r) => {
            json!([place, file, line, sound, new_id, r.code, r.name, r.degree_level, r.faculty, r.pddikti_id])
        }
        Row::Lecturer(r) => json!([
            place,
            file,
            line,
            sound,
            new_id,
            r.number,
            r.number_kind,
            r.name,
            text::fold(&r.name),
            r.programme,
            r.email
        ]),
        Row::Student(r) => {
            let p = &r.person;
            json!([
                place,
                file,
                line,
                sound,
                new_id,
                p.nim,
                p.name,
                text::fold(&p.name),
                r.programme,
                p.entry_period,
                r.advisor,
                p.email,
                p.phone,
                p.national_id,
                p.gender,
                p.birth_place,
                p.birth_date,
                p.mother_name
            ])
        }
        Row::Status(r) => json!([place, file, line, sound, new_id, r.nim, r.period, r.status]),
        Row::Hold(r) => {
            let waived_until = r.waiver().map(|at| at.as_microsecond());
            json!([place, file, line, sound, new_id, r.nim, r.kind, r.note, waived_until])
        }
    }
}
