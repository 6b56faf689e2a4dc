//! Tables `equivalence` and `course_equivalent`: courses whose result counts as that of another.

use std::collections::HashMap;

use chassis::db::{DbError, Texts, Tx};
use chassis::sql;
use serde_json::json;

use super::CHUNK;

/// Two equivalent courses.
pub type Pair = (String, String);

/// All pairs, each in one direction.
pub async fn pairs(tx: &mut Tx) -> Result<Vec<Pair>, DbError> {
    let query = sql!(
        "SELECT course_id, equivalent_id FROM course_equivalent WHERE course_id < equivalent_id
         ORDER BY course_id, equivalent_id"
    );
    query.all::<Pair>(tx).await
}

/// Version of a course's equivalents; 0 for one that never had any.
pub async fn version(tx: &mut Tx, course_id: &str) -> Result<i64, DbError> {
    let query = sql!("SELECT version FROM equivalence WHERE course_id = $1");
    Ok(query.bind(course_id).opt::<(i64,)>(tx).await?.map_or(0, |(version,)| version))
}

/// Equivalents of many courses by course, ids in order; a course without any is left out.
pub async fn of_courses(tx: &mut Tx, course_ids: Vec<String>) -> Result<HashMap<String, Vec<String>>, DbError> {
    let query = sql!(
        sqlite = "SELECT course_id, equivalent_id FROM course_equivalent
                  WHERE course_id IN (SELECT value FROM json_each($1)) ORDER BY course_id, equivalent_id",
        postgres = "SELECT course_id, equivalent_id FROM course_equivalent
                    WHERE course_id = ANY($1) ORDER BY course_id, equivalent_id"
    );
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for (course, equivalent) in query.bind(Texts(course_ids)).all::<Pair>(tx).await? {
        found.entry(course).or_default().push(equivalent);
    }
    Ok(found)
}

/// Courses that have, or had, equivalents: id and version after an id, for a snapshot.
pub async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<(String, i64)>, DbError> {
    let query = sql!("SELECT course_id, version FROM equivalence WHERE course_id > $1 ORDER BY course_id LIMIT $2");
    query.bind(after).bind(limit).all::<(String, i64)>(tx).await
}

/// Says that the equivalents of the courses changed, and answers the new versions by course, in order of course. The
/// caller holds the gate of the prerequisites.
pub async fn bump(tx: &mut Tx, course_ids: &[String]) -> Result<Vec<(String, i64)>, DbError> {
    let mut versions = Vec::with_capacity(course_ids.len());
    for chunk in course_ids.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO equivalence (course_id, version) SELECT value, 1 FROM json_each($1)
                      WHERE true ON CONFLICT (course_id) DO UPDATE SET version = equivalence.version + 1
                      RETURNING course_id, version",
            postgres = "INSERT INTO equivalence (course_id, version) SELECT n.id, 1 FROM UNNEST($1::text[]) AS n (id)
                        ON CONFLICT (course_id) DO UPDATE SET version = equivalence.version + 1
                        RETURNING course_id, version"
        );
        versions.extend(query.bind(Texts(chunk.to_vec())).all::<(String, i64)>(&mut *tx).await?);
    }
    versions.sort();
    Ok(versions)
}

/// Both directions of pairs, as rows of their columns.
fn both(pairs: &[Pair]) -> String {
    let rows: Vec<_> = pairs.iter().flat_map(|(a, b)| [json!([a, b]), json!([b, a])]).collect();
    serde_json::Value::from(rows).to_string()
}

/// Makes pairs of courses equivalent that are not yet. The caller holds the gate of the prerequisites, and has bumped the
/// courses.
pub async fn link(tx: &mut Tx, pairs: &[Pair]) -> Result<(), DbError> {
    for chunk in pairs.chunks(CHUNK / 2) {
        let query = sql!(
            sqlite = "INSERT INTO course_equivalent (course_id, equivalent_id)
                      SELECT value ->> 0, value ->> 1 FROM json_each($1)",
            postgres = "INSERT INTO course_equivalent (course_id, equivalent_id)
                        SELECT r ->> 0, r ->> 1 FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        query.bind(both(chunk)).run(&mut *tx).await?;
    }
    Ok(())
}

/// Makes pairs of courses equivalent no more. The caller holds the gate of the prerequisites.
pub async fn unlink(tx: &mut Tx, pairs: &[Pair]) -> Result<(), DbError> {
    for chunk in pairs.chunks(CHUNK / 2) {
        let query = sql!(
            sqlite = "DELETE FROM course_equivalent WHERE (course_id, equivalent_id) IN
                          (SELECT value ->> 0, value ->> 1 FROM json_each($1))",
            postgres = "DELETE FROM course_equivalent WHERE (course_id, equivalent_id) IN
                            (SELECT r ->> 0, r ->> 1 FROM json_array_elements(CAST($1 AS JSON)) AS r)"
        );
        query.bind(both(chunk)).run(&mut *tx).await?;
    }
    Ok(())
}
