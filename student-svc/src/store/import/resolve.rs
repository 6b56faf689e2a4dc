//! What staged rows come to: ids in place of natural keys, and whether they would make, change or leave something.
//!
//! Of each table there are two texts, used by [`foretell`] and by the upserts in `apply`: `resolved!`, the staged rows of
//! import `$1` as rows of the target table (a reference to something that the same import makes already has the id that it
//! will get), and `differs!`, whether a stored row `d` is not what the row `excluded` says.

use chassis::db::{DbError, Tx};
use chassis::sql;
use sqlx::FromRow;

use super::Kind;

macro_rules! resolved {
    (faculty) => {
        "SELECT s.place, s.new_id AS faculty_id, s.code, s.name FROM stage_faculty s WHERE s.import_id = $1"
    };
    (programme) => {
        "SELECT s.place, s.new_id AS programme_id, s.code, s.name, s.degree_level,
                COALESCE((SELECT f.faculty_id FROM faculty f WHERE f.code = s.faculty),
                         (SELECT t.new_id FROM stage_faculty t WHERE t.import_id = s.import_id AND t.code = s.faculty))
                    AS faculty_id, s.pddikti_id
           FROM stage_programme s WHERE s.import_id = $1"
    };
    (lecturer) => {
        "SELECT s.place, s.new_id AS lecturer_id, s.number, s.number_kind, s.name, s.name_key,
                COALESCE((SELECT p.programme_id FROM programme p WHERE p.code = s.programme),
                         (SELECT t.new_id FROM stage_programme t
                           WHERE t.import_id = s.import_id AND t.code = s.programme)) AS programme_id, s.email
           FROM stage_lecturer s WHERE s.import_id = $1"
    };
    (student) => {
        "SELECT s.place, s.new_id AS student_id, s.nim, s.name, s.name_key,
                COALESCE((SELECT p.programme_id FROM programme p WHERE p.code = s.programme),
                         (SELECT t.new_id FROM stage_programme t
                           WHERE t.import_id = s.import_id AND t.code = s.programme)) AS programme_id, s.entry_period,
                CASE WHEN s.advisor = '' THEN NULL ELSE
                    COALESCE((SELECT l.lecturer_id FROM lecturer l WHERE l.number = s.advisor),
                             (SELECT t.new_id FROM stage_lecturer t
                               WHERE t.import_id = s.import_id AND t.number = s.advisor)) END AS advisor_id,
                s.email, s.phone, s.national_id, s.gender, s.birth_place, s.birth_date, s.mother_name
           FROM stage_student s WHERE s.import_id = $1"
    };
    (status) => {
        "SELECT s.place,
                COALESCE((SELECT d.student_id FROM student d WHERE d.nim = s.nim),
                         (SELECT t.new_id FROM stage_student t WHERE t.import_id = s.import_id AND t.nim = s.nim))
                    AS student_id, s.period AS period_code, s.status
           FROM stage_status s WHERE s.import_id = $1"
    };
    (hold) => {
        "SELECT s.place, s.new_id AS hold_id,
                COALESCE((SELECT d.student_id FROM student d WHERE d.nim = s.nim),
                         (SELECT t.new_id FROM stage_student t WHERE t.import_id = s.import_id AND t.nim = s.nim))
                    AS student_id, s.kind, s.note, s.waived_until
           FROM stage_hold s WHERE s.import_id = $1"
    };
}

macro_rules! differs {
    (faculty) => {
        "d.name <> excluded.name"
    };
    (programme) => {
        "(d.name, d.degree_level, d.faculty_id, d.pddikti_id)
         <> (excluded.name, excluded.degree_level, excluded.faculty_id, excluded.pddikti_id)"
    };
    (lecturer) => {
        "(d.number_kind, d.name, d.programme_id, d.email)
         <> (excluded.number_kind, excluded.name, excluded.programme_id, excluded.email)"
    };
    (student) => {
        "(d.name, d.programme_id, d.entry_period, COALESCE(d.advisor_id, ''), d.email, d.phone, d.national_id, d.gender,
          d.birth_place, d.birth_date, d.mother_name)
         <> (excluded.name, excluded.programme_id, excluded.entry_period, COALESCE(excluded.advisor_id, ''),
             excluded.email, excluded.phone, excluded.national_id, excluded.gender, excluded.birth_place,
             excluded.birth_date, excluded.mother_name)"
    };
    (status) => {
        "d.status <> excluded.status"
    };
    (hold) => {
        "COALESCE(d.waived_until, 0) <> COALESCE(excluded.waived_until, 0)"
    };
}

pub(super) use {differs, resolved};

/// What an import would do to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(crate) struct Outlook {
    /// Rows that would make something.
    pub created: i64,
    /// Rows that would change something.
    pub changed: i64,
    /// Rows in all.
    pub total: i64,
}

macro_rules! outlook {
    ($table:ident, $new:literal, $join:literal) => {
        concat!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN ",
            $new,
            " THEN 1 ELSE 0 END), 0) AS BIGINT) AS created,
                    CAST(COALESCE(SUM(CASE WHEN d.version IS NOT NULL AND (",
            differs!($table),
            ") THEN 1 ELSE 0 END), 0) AS BIGINT) AS changed, COUNT(*) AS total FROM (",
            resolved!($table),
            ") AS excluded LEFT JOIN ",
            $join
        )
    };
}

/// Tells what the rows of one table would do, were they applied now. Means something only of rows that are not wrong.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn foretell(tx: &mut Tx, import_id: &str, kind: Kind) -> Result<Outlook, DbError> {
    let query = match kind {
        Kind::Faculty => sql!(outlook!(faculty, "d.faculty_id IS NULL", "faculty d ON d.code = excluded.code")),
        Kind::Programme => sql!(outlook!(programme, "d.programme_id IS NULL", "programme d ON d.code = excluded.code")),
        Kind::Lecturer => sql!(outlook!(lecturer, "d.lecturer_id IS NULL", "lecturer d ON d.number = excluded.number")),
        Kind::Student => sql!(outlook!(student, "d.student_id IS NULL", "student d ON d.nim = excluded.nim")),
        Kind::Status => sql!(outlook!(
            status,
            "d.student_id IS NULL",
            "period_status d ON d.student_id = excluded.student_id AND d.period_code = excluded.period_code"
        )),
        // A hold that was lifted here is settled: a file written before that does not place it again.
        Kind::Hold => sql!(outlook!(
            hold,
            "d.hold_id IS NULL AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.student_id = excluded.student_id
                                                  AND h.kind = excluded.kind AND h.note = excluded.note)",
            "hold d ON d.student_id = excluded.student_id AND d.kind = excluded.kind AND d.note = excluded.note
                   AND d.lifted_at IS NULL"
        )),
    };
    query.bind(import_id).one(tx).await
}
