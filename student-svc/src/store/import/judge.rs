//! What is wrong with staged rows in view of each other and of what is stored: repeated keys, references to nothing,
//! statuses before the period of entry.

use chassis::db::{DbError, Tx};
use chassis::sql;
use sqlx::FromRow;

use super::Kind;

/// A wrong row, with everything that is wrong with it.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Found {
    /// File of the row.
    pub file: String,
    /// Line there.
    #[sqlx(try_from = "i64")]
    pub line: u32,
    /// An earlier row has the same key.
    pub repeated: bool,
    /// File of the first row with the key.
    pub first_file: String,
    /// Line there.
    #[sqlx(try_from = "i64")]
    pub first_line: u32,
    /// What the row refers to and nobody knows: code of a faculty or programme, or NIM; empty when all is well.
    pub missing: String,
    /// Number of an advisor whom nobody knows; empty when all is well.
    pub no_advisor: String,
    /// Period of entry, when the row's period lies before it; empty when all is well.
    pub entered: String,
    /// Rows of this table that are wrong in this view, and had no fault of their own.
    pub newly_wrong: i64,
}

/// The row's columns for a [`Found`]; `$key` is what must not repeat.
macro_rules! found {
    ($missing:literal, $no_advisor:literal, $entered:literal, $from:literal, $key:literal) => {
        concat!(
            "WITH judged AS (
                SELECT s.place, s.file, s.line, s.sound,
                       ROW_NUMBER() OVER same_key > 1 AS repeated,
                       FIRST_VALUE(s.file) OVER same_key AS first_file,
                       FIRST_VALUE(s.line) OVER same_key AS first_line, ",
            $missing,
            " AS missing, ",
            $no_advisor,
            " AS no_advisor, ",
            $entered,
            " AS entered
                  FROM ",
            $from,
            " AS s WHERE s.import_id = $1 WINDOW same_key AS (PARTITION BY ",
            $key,
            " ORDER BY s.place))
             SELECT file, line, repeated, first_file, first_line, missing, no_advisor, entered,
                    CAST(SUM(CASE WHEN sound THEN 1 ELSE 0 END) OVER () AS BIGINT) AS newly_wrong
               FROM judged WHERE repeated OR missing <> '' OR no_advisor <> '' OR entered <> ''
              ORDER BY place LIMIT $2"
        )
    };
}

/// The NIM when neither the import nor the database has the student.
macro_rules! no_student {
    () => {
        "CASE WHEN EXISTS (SELECT 1 FROM stage_student t WHERE t.import_id = s.import_id AND t.nim = s.nim)
                OR EXISTS (SELECT 1 FROM student d WHERE d.nim = s.nim) THEN '' ELSE s.nim END"
    };
}

/// The first wrong rows of one table, at most `limit` of them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn judge(tx: &mut Tx, import_id: &str, kind: Kind, limit: i64) -> Result<Vec<Found>, DbError> {
    let query = match kind {
        Kind::Faculty => sql!(found!("''", "''", "''", "stage_faculty", "s.code")),
        Kind::Programme => sql!(found!(
            "CASE WHEN s.faculty = ''
                    OR EXISTS (SELECT 1 FROM stage_faculty t WHERE t.import_id = s.import_id AND t.code = s.faculty)
                    OR EXISTS (SELECT 1 FROM faculty d WHERE d.code = s.faculty) THEN '' ELSE s.faculty END",
            "''",
            "''",
            "stage_programme",
            "s.code"
        )),
        Kind::Lecturer => sql!(found!(
            "CASE WHEN s.programme = ''
                    OR EXISTS (SELECT 1 FROM stage_programme t WHERE t.import_id = s.import_id AND t.code = s.programme)
                    OR EXISTS (SELECT 1 FROM programme d WHERE d.code = s.programme) THEN '' ELSE s.programme END",
            "''",
            "''",
            "stage_lecturer",
            "s.number"
        )),
        Kind::Student => sql!(found!(
            "CASE WHEN s.programme = ''
                    OR EXISTS (SELECT 1 FROM stage_programme t WHERE t.import_id = s.import_id AND t.code = s.programme)
                    OR EXISTS (SELECT 1 FROM programme d WHERE d.code = s.programme) THEN '' ELSE s.programme END",
            "CASE WHEN s.advisor = ''
                    OR EXISTS (SELECT 1 FROM stage_lecturer t WHERE t.import_id = s.import_id AND t.number = s.advisor)
                    OR EXISTS (SELECT 1 FROM lecturer d WHERE d.number = s.advisor) THEN '' ELSE s.advisor END",
            "''",
            "stage_student",
            "s.nim"
        )),
        Kind::Status => sql!(concat!(
            "WITH judged AS (
                SELECT s.place, s.file, s.line, s.sound, s.nim, s.period,
                       ROW_NUMBER() OVER same_key > 1 AS repeated,
                       FIRST_VALUE(s.file) OVER same_key AS first_file,
                       FIRST_VALUE(s.line) OVER same_key AS first_line, ",
            no_student!(),
            " AS missing,
                       COALESCE((SELECT MIN(t.entry_period) FROM stage_student t
                                  WHERE t.import_id = s.import_id AND t.nim = s.nim),
                                (SELECT d.entry_period FROM student d WHERE d.nim = s.nim), '') AS entry
                  FROM stage_status AS s WHERE s.import_id = $1
                WINDOW same_key AS (PARTITION BY s.nim, s.period ORDER BY s.place))
             SELECT file, line, repeated, first_file, first_line, missing, '' AS no_advisor,
                    CASE WHEN period < entry THEN entry ELSE '' END AS entered,
                    CAST(SUM(CASE WHEN sound THEN 1 ELSE 0 END) OVER () AS BIGINT) AS newly_wrong
               FROM judged WHERE repeated OR missing <> '' OR period < entry
              ORDER BY place LIMIT $2"
        )),
        Kind::Hold => sql!(concat!(
            "WITH judged AS (
                SELECT s.place, s.file, s.line, s.sound,
                       ROW_NUMBER() OVER same_key > 1 AS repeated,
                       FIRST_VALUE(s.file) OVER same_key AS first_file,
                       FIRST_VALUE(s.line) OVER same_key AS first_line, ",
            no_student!(),
            " AS missing
                  FROM stage_hold AS s WHERE s.import_id = $1
                WINDOW same_key AS (PARTITION BY s.nim, s.kind, s.note ORDER BY s.place))
             SELECT file, line, repeated, first_file, first_line, missing, '' AS no_advisor, '' AS entered,
                    CAST(SUM(CASE WHEN sound THEN 1 ELSE 0 END) OVER () AS BIGINT) AS newly_wrong
               FROM judged WHERE repeated OR missing <> ''
              ORDER BY place LIMIT $2"
        )),
    };
    query.bind(import_id).bind(limit).all(tx).await
}
