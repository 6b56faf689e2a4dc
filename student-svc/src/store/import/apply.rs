//! Staged rows into the tables. Each function takes the rows of one table from one place to another, and returns those that
//! were made (version 1) or changed; what was so already keeps its version and is not returned. Rows are locked in the
//! order of their place. The rows of the import were judged good, and the gate was passed, in the same transaction.

use chassis::db::{DbError, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::resolve::{differs, resolved};
use crate::store::faculty::Faculty;
use crate::store::hold::Hold;
use crate::store::lecturer::Lecturer;
use crate::store::programme::Programme;
use crate::store::status::PeriodStatus;
use crate::store::student::Student;

/// `SELECT $columns` of the staged rows after place `$2` up to place `$3`; `r` is a resolved row.
macro_rules! between {
    ($columns:literal, $table:ident) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (",
            resolved!($table),
            " AND s.place > $2 AND s.place <= $3) AS r WHERE TRUE"
        )
    };
}

/// Faculties after place `after` up to place `to`.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn faculties(tx: &mut Tx, import_id: &str, after: i64, to: i64) -> Result<Vec<Faculty>, DbError> {
    sql!(concat!(
        "INSERT INTO faculty AS d (faculty_id, code, name, version) ",
        between!("r.faculty_id, r.code, r.name, 1", faculty),
        " ORDER BY r.place
          ON CONFLICT (code) DO UPDATE SET name = excluded.name, version = d.version + 1 WHERE ",
        differs!(faculty),
        " RETURNING faculty_id, code, name, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .all(tx)
    .await
}

/// Study programmes, as [`faculties`].
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn programmes(tx: &mut Tx, import_id: &str, after: i64, to: i64) -> Result<Vec<Programme>, DbError> {
    sql!(concat!(
        "INSERT INTO programme AS d (programme_id, code, name, degree_level, faculty_id, pddikti_id, version) ",
        between!("r.programme_id, r.code, r.name, r.degree_level, r.faculty_id, r.pddikti_id, 1", programme),
        " ORDER BY r.place
          ON CONFLICT (code) DO UPDATE SET name = excluded.name, degree_level = excluded.degree_level,
             faculty_id = excluded.faculty_id, pddikti_id = excluded.pddikti_id, version = d.version + 1 WHERE ",
        differs!(programme),
        " RETURNING programme_id, code, name, degree_level, faculty_id, pddikti_id, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .all(tx)
    .await
}

/// Lecturers, as [`faculties`].
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn lecturers(tx: &mut Tx, import_id: &str, after: i64, to: i64) -> Result<Vec<Lecturer>, DbError> {
    sql!(concat!(
        "INSERT INTO lecturer AS d (lecturer_id, number, number_kind, name, name_key, programme_id, email, version) ",
        between!("r.lecturer_id, r.number, r.number_kind, r.name, r.name_key, r.programme_id, r.email, 1", lecturer),
        " ORDER BY r.place
          ON CONFLICT (number) DO UPDATE SET number_kind = excluded.number_kind, name = excluded.name,
             name_key = excluded.name_key, programme_id = excluded.programme_id, email = excluded.email,
             version = d.version + 1 WHERE ",
        differs!(lecturer),
        " RETURNING lecturer_id, number, number_kind, name, name_key, programme_id, email, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .all(tx)
    .await
}

/// Students, as [`faculties`]. How a student left is not in the file, and stays.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn students(tx: &mut Tx, import_id: &str, after: i64, to: i64) -> Result<Vec<Student>, DbError> {
    sql!(concat!(
        "INSERT INTO student AS d (student_id, nim, name, name_key, programme_id, entry_period, advisor_id, email, phone,
                                   national_id, gender, birth_place, birth_date, mother_name, exit_kind, version) ",
        between!(
            "r.student_id, r.nim, r.name, r.name_key, r.programme_id, r.entry_period, r.advisor_id, r.email, r.phone,
             r.national_id, r.gender, r.birth_place, r.birth_date, r.mother_name, '', 1",
            student
        ),
        " ORDER BY r.place
          ON CONFLICT (nim) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
             programme_id = excluded.programme_id, entry_period = excluded.entry_period, advisor_id = excluded.advisor_id,
             email = excluded.email, phone = excluded.phone, national_id = excluded.national_id,
             gender = excluded.gender, birth_place = excluded.birth_place, birth_date = excluded.birth_date,
             mother_name = excluded.mother_name, version = d.version + 1 WHERE ",
        differs!(student),
        " RETURNING student_id, nim, name, name_key, programme_id, entry_period, advisor_id, email, phone, national_id,
                    gender, birth_place, birth_date, mother_name, exit_kind, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .all(tx)
    .await
}

/// Statuses, as [`faculties`].
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn statuses(tx: &mut Tx, import_id: &str, after: i64, to: i64) -> Result<Vec<PeriodStatus>, DbError> {
    sql!(concat!(
        "INSERT INTO period_status AS d (student_id, period_code, status, version) ",
        between!("r.student_id, r.period_code, r.status, 1", status),
        " ORDER BY r.place
          ON CONFLICT (student_id, period_code) DO UPDATE SET status = excluded.status, version = d.version + 1 WHERE ",
        differs!(status),
        " RETURNING student_id, period_code, status, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .all(tx)
    .await
}

/// Holds, as [`faculties`]. A hold that was lifted here is settled: a file written before that does not place it again.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn holds(
    tx: &mut Tx,
    import_id: &str,
    after: i64,
    to: i64,
    now: Timestamp,
) -> Result<Vec<Hold>, DbError> {
    sql!(concat!(
        "INSERT INTO hold AS d (hold_id, student_id, kind, note, placed_at, waived_until, version) ",
        between!("r.hold_id, r.student_id, r.kind, r.note, CAST($4 AS BIGINT), r.waived_until, 1", hold),
        " AND (EXISTS (SELECT 1 FROM hold h WHERE h.student_id = r.student_id AND h.kind = r.kind AND h.note = r.note
                          AND h.lifted_at IS NULL)
               OR NOT EXISTS (SELECT 1 FROM hold h WHERE h.student_id = r.student_id AND h.kind = r.kind
                                 AND h.note = r.note))
          ORDER BY r.place
          ON CONFLICT (student_id, kind, note) WHERE lifted_at IS NULL
          DO UPDATE SET waived_until = excluded.waived_until, version = d.version + 1 WHERE ",
        differs!(hold),
        " RETURNING hold_id, student_id, kind, note, placed_at, waived_until, lifted_at, version"
    ))
    .bind(import_id)
    .bind(after)
    .bind(to)
    .bind(now)
    .all(tx)
    .await
}
