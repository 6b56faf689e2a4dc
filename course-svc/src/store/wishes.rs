//! Tables `wish_list` and `wish`: the ranked wishes of students.

use std::collections::HashMap;

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, small};
use crate::rules::period::PeriodCode;

/// Classes that a student wishes for, best first, and the version of the list; 0 while there is none.
pub async fn get(tx: &mut Tx, student_id: &str, period: PeriodCode) -> Result<(i64, Vec<String>), DbError> {
    let query = sql!("SELECT version FROM wish_list WHERE student_id = $1 AND period_code = $2");
    let version = query.bind(student_id).bind(period.to_string()).opt::<(i64,)>(&mut *tx).await?;
    let query = sql!("SELECT class_id FROM wish WHERE student_id = $1 AND period_code = $2 ORDER BY rank");
    let rows = query.bind(student_id).bind(period.to_string()).all::<(String,)>(tx).await?;
    Ok((version.map_or(0, |(version,)| version), rows.into_iter().map(|(class_id,)| class_id).collect()))
}

/// Locks the list of a student until the transaction ends, making it when needed; its version, 0 when it was made now.
pub async fn lock(tx: &mut Tx, student_id: &str, period: PeriodCode, now: Timestamp) -> Result<i64, DbError> {
    let query = sql!(
        "INSERT INTO wish_list (student_id, period_code, version, wishes, changed_at) VALUES ($1, $2, 0, 0, $3)
         ON CONFLICT (student_id, period_code) DO NOTHING"
    );
    query.bind(student_id).bind(period.to_string()).bind(now).run(&mut *tx).await?;
    let query = sql!(
        sqlite = "SELECT version FROM wish_list WHERE student_id = $1 AND period_code = $2",
        postgres = "SELECT version FROM wish_list WHERE student_id = $1 AND period_code = $2 FOR NO KEY UPDATE"
    );
    query.bind(student_id).bind(period.to_string()).one::<(i64,)>(tx).await.map(|(version,)| version)
}

/// Replaces the wishes of a student. The caller holds the lock of the list and has seen the classes.
pub async fn replace(
    tx: &mut Tx,
    student_id: &str,
    period: PeriodCode,
    class_ids: &[String],
    version: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = sql!("DELETE FROM wish WHERE student_id = $1 AND period_code = $2");
    query.bind(student_id).bind(period.to_string()).run(&mut *tx).await?;
    let query = sql!(
        sqlite = "INSERT INTO wish (student_id, period_code, rank, class_id)
                  SELECT $1, $2, c.key + 1, c.value FROM json_each($3) AS c",
        postgres = "INSERT INTO wish (student_id, period_code, rank, class_id)
                    SELECT $1, $2, c.rank, c.class_id FROM UNNEST($3::text[]) WITH ORDINALITY AS c (class_id, rank)"
    );
    let query = query.bind(student_id).bind(period.to_string()).bind(Texts(class_ids.to_vec()));
    query.run(&mut *tx).await?;
    let query = sql!(
        "UPDATE wish_list SET version = $3, wishes = $4, changed_at = $5 WHERE student_id = $1 AND period_code = $2"
    );
    let wishes = u32::try_from(class_ids.len()).unwrap_or(u32::MAX);
    let query = query.bind(student_id).bind(period.to_string()).bind(version).bind(wishes).bind(now);
    query.run(tx).await.map(drop)
}

/// How many students wish for each of the classes, on any rank; none where nobody does.
pub async fn wishers(on: impl Into<On<'_>>, class_ids: &[String]) -> Result<HashMap<String, u32>, DbError> {
    let query = sql!(
        sqlite = "SELECT class_id, COUNT(*) FROM wish WHERE class_id IN (SELECT value FROM json_each($1))
                  GROUP BY class_id",
        postgres = "SELECT class_id, COUNT(*) FROM wish WHERE class_id = ANY($1) GROUP BY class_id"
    );
    let rows = query.bind(Texts(class_ids.to_vec())).all::<(String, i64)>(on).await?;
    rows.into_iter().map(|(class_id, count)| Ok((class_id, small(count)?))).collect()
}

/// How many students have wishes in a period, and how many wishes there are.
pub async fn count(on: impl Into<On<'_>>, period: PeriodCode) -> Result<(u32, u32), DbError> {
    let query = sql!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(wishes), 0) AS BIGINT) FROM wish_list WHERE period_code = $1 AND wishes > 0"
    );
    let (students, wishes) = query.bind(period.to_string()).one::<(i64, i64)>(on).await?;
    Ok((small(students)?, small(wishes)?))
}

/// Students with wishes in a period.
pub async fn students(on: impl Into<On<'_>>, period: PeriodCode) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT student_id FROM wish_list WHERE period_code = $1 AND wishes > 0 ORDER BY student_id");
    let rows = query.bind(period.to_string()).all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(student_id,)| student_id).collect())
}

/// A wish that has no outcome: its rank and its class.
pub type Open = (u32, String);

/// Wishes of students in a period that have no outcome, best first.
pub async fn open(
    tx: &mut Tx,
    period: PeriodCode,
    student_ids: &[String],
) -> Result<HashMap<String, Vec<Open>>, DbError> {
    let mut found: HashMap<String, Vec<Open>> = HashMap::new();
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "SELECT w.student_id, w.rank, w.class_id FROM wish w
                      WHERE w.student_id IN (SELECT value FROM json_each($2)) AND w.period_code = $1
                        AND NOT EXISTS (SELECT 1 FROM allocation_outcome o WHERE o.student_id = w.student_id
                                        AND o.period_code = w.period_code AND o.rank = w.rank)
                      ORDER BY w.student_id, w.rank",
            postgres = "SELECT w.student_id, w.rank, w.class_id FROM wish w
                        WHERE w.student_id = ANY($2) AND w.period_code = $1
                          AND NOT EXISTS (SELECT 1 FROM allocation_outcome o WHERE o.student_id = w.student_id
                                          AND o.period_code = w.period_code AND o.rank = w.rank)
                        ORDER BY w.student_id, w.rank"
        );
        let query = query.bind(period.to_string()).bind(Texts(chunk.to_vec()));
        for (student_id, rank, class_id) in query.all::<(String, i64, String)>(&mut *tx).await? {
            found.entry(student_id).or_default().push((small(rank)?, class_id));
        }
    }
    Ok(found)
}

/// How many students wish for a class, or have been told what became of their wish for it.
pub async fn with_class(on: impl Into<On<'_>>, class_id: &str) -> Result<u32, DbError> {
    let query = sql!("SELECT COUNT(*) FROM wish WHERE class_id = $1");
    small(query.bind(class_id).one::<(i64,)>(on).await?.0)
}
