//! Tables `record` and `record_due`.

use std::collections::HashMap;

use chassis::db::{DbError, Ints, On, Texts, Tx};
use chassis::sql;

use super::{CHUNK, ids};

/// What was told of a student last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RecordRow {
    /// Whose.
    pub student_id: String,
    /// From 1; 0 while nothing was told.
    pub version: i64,
    /// The message, in base64.
    pub content: String,
}

/// Makes the records that are not there, and locks all of them until the transaction ends. Whoever changes grades of
/// students calls this before, with the ids sorted.
pub async fn lock(tx: &mut Tx, student_ids: &[String]) -> Result<HashMap<String, RecordRow>, DbError> {
    let mut found = HashMap::with_capacity(student_ids.len());
    for chunk in student_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO record (student_id, version, content)
                      SELECT value, 0, '' FROM json_each($1) WHERE true ORDER BY value
                      ON CONFLICT (student_id) DO NOTHING",
            postgres = "INSERT INTO record (student_id, version, content)
                        SELECT s, 0, '' FROM UNNEST($1::text[]) AS u (s) ORDER BY s
                        ON CONFLICT (student_id) DO NOTHING"
        );
        query.bind(Texts(chunk.to_vec())).run(&mut *tx).await?;
        let query = sql!(
            sqlite = "SELECT student_id, version, content FROM record
                      WHERE student_id IN (SELECT value FROM json_each($1)) ORDER BY student_id",
            postgres = "SELECT student_id, version, content FROM record
                        WHERE student_id = ANY($1) ORDER BY student_id FOR NO KEY UPDATE"
        );
        let rows = query.bind(Texts(chunk.to_vec())).all::<RecordRow>(&mut *tx).await?;
        found.extend(rows.into_iter().map(|row| (row.student_id.clone(), row)));
    }
    Ok(found)
}

/// Writes records that changed. The caller holds their locks.
pub async fn update(tx: &mut Tx, rows: &[RecordRow]) -> Result<(), DbError> {
    for chunk in rows.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE record SET version = n.version, content = n.content
                      FROM (SELECT s.value AS student_id, $2 ->> s.key AS version, $3 ->> s.key AS content
                            FROM json_each($1) AS s) AS n
                      WHERE record.student_id = n.student_id",
            postgres = "UPDATE record SET version = n.version, content = n.content
                        FROM UNNEST($1::text[], $2::bigint[], $3::text[]) AS n (student_id, version, content)
                        WHERE record.student_id = n.student_id"
        );
        let query = query.bind(chunk.iter().map(|row| row.student_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| row.version).collect::<Ints>());
        query.bind(chunk.iter().map(|row| row.content.clone()).collect::<Texts>()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Records by student, after a student: every one that was told, for a snapshot.
pub async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<RecordRow>, DbError> {
    let query = sql!(
        "SELECT student_id, version, content FROM record WHERE version > 0 AND student_id > $1
         ORDER BY student_id LIMIT $2"
    );
    query.bind(after).bind(limit).all::<RecordRow>(tx).await
}

/// Notes that the record of a student must be computed anew. Every cause writes a note of its own: one that was there
/// already may be taken, and worked off over the old state, before this transaction commits.
pub async fn due(tx: &mut Tx, student_id: &str) -> Result<(), DbError> {
    let query = sql!("INSERT INTO record_due (student_id) VALUES ($1)");
    query.bind(student_id).run(tx).await.map(drop)
}

/// Notes the records of everybody on the roster of a class.
pub async fn due_of_class(tx: &mut Tx, class_id: &str) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO record_due (student_id) SELECT student_id FROM roster WHERE class_id = $1 ORDER BY student_id"
    );
    query.bind(class_id).run(tx).await.map(drop)
}

/// Notes the records of everybody who has a grade in one of these courses.
pub async fn due_of_courses(tx: &mut Tx, course_ids: Vec<String>) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "INSERT INTO record_due (student_id)
                  SELECT DISTINCT student_id FROM grade WHERE course_id IN (SELECT value FROM json_each($1))
                  ORDER BY student_id",
        postgres = "INSERT INTO record_due (student_id)
                    SELECT DISTINCT student_id FROM grade WHERE course_id = ANY($1) ORDER BY student_id"
    );
    query.bind(Texts(course_ids)).run(tx).await.map(drop)
}

/// Notes the records of all students of a programme who have one.
pub async fn due_of_programme(tx: &mut Tx, programme_id: &str) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO record_due (student_id)
         SELECT s.student_id FROM student s JOIN record r ON r.student_id = s.student_id
         WHERE s.programme_id = $1 ORDER BY s.student_id"
    );
    query.bind(programme_id).run(tx).await.map(drop)
}

/// Whether any record must be computed anew.
pub async fn is_due(on: impl Into<On<'_>>) -> Result<bool, DbError> {
    Ok(sql!("SELECT student_id FROM record_due LIMIT 1").opt::<(String,)>(on).await?.is_some())
}

/// Takes notes out of the table, at most so many, and answers whose they were, each student once. Notes that another
/// replica is at are left to it; they are back if the transaction does not commit.
pub async fn take_due(tx: &mut Tx, limit: i64) -> Result<Vec<String>, DbError> {
    let query = sql!(
        sqlite = "DELETE FROM record_due
                  WHERE rowid IN (SELECT rowid FROM record_due ORDER BY student_id LIMIT $1)
                  RETURNING student_id",
        postgres = "DELETE FROM record_due
                    WHERE ctid = ANY(ARRAY(SELECT ctid FROM record_due ORDER BY student_id LIMIT $1
                                           FOR UPDATE SKIP LOCKED))
                    RETURNING student_id"
    );
    let mut found = ids(query.bind(limit).all(tx).await?);
    found.sort();
    found.dedup();
    Ok(found)
}
