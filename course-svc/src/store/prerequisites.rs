//! Tables `prerequisite`, `prerequisite_condition` and `prerequisite_gate`: what courses ask for.

use std::collections::{BTreeMap, HashMap};

use chassis::db::{DbError, Texts, Tx};
use chassis::sql;
use serde_json::json;

use super::{CHUNK, known, small};
use crate::rules::prerequisite::{Condition, Group, Requirements};

/// Takes the gate that prerequisites and equivalents are changed through, one command at a time, until the transaction
/// ends; the first lock of whoever changes them.
pub async fn take_gate(tx: &mut Tx) -> Result<(), DbError> {
    sql!("UPDATE prerequisite_gate SET changes = changes + 1 WHERE gate = 1").run(tx).await.map(drop)
}

#[derive(Debug, sqlx::FromRow)]
struct ConditionRow {
    course_id: String,
    group_no: i64,
    kind: String,
    required_id: Option<String>,
    minimum: i64,
    letter: String,
}

impl ConditionRow {
    fn condition(self) -> Result<Condition, DbError> {
        let condition = Condition::from_parts(&self.kind, self.required_id, small(self.minimum)?, self.letter);
        known(condition, "condition")
    }
}

/// Groups by course, of rows in order of course, group and place.
fn groups(rows: Vec<ConditionRow>) -> Result<HashMap<String, Vec<Group>>, DbError> {
    let mut by_course: HashMap<String, BTreeMap<i64, Group>> = HashMap::new();
    for row in rows {
        let group = by_course.entry(row.course_id.clone()).or_default().entry(row.group_no).or_default();
        group.push(row.condition()?);
    }
    Ok(by_course.into_iter().map(|(course, groups)| (course, groups.into_values().collect())).collect())
}

/// What every course asks for.
pub async fn all(tx: &mut Tx) -> Result<HashMap<String, Vec<Group>>, DbError> {
    let query = sql!(
        "SELECT course_id, group_no, kind, required_id, minimum, letter FROM prerequisite_condition
         ORDER BY course_id, group_no, place"
    );
    groups(query.all::<ConditionRow>(tx).await?)
}

/// Versions of what courses ask for; those that never asked for anything are left out.
pub async fn versions(tx: &mut Tx) -> Result<HashMap<String, i64>, DbError> {
    let rows = sql!("SELECT course_id, version FROM prerequisite").all::<(String, i64)>(tx).await?;
    Ok(rows.into_iter().collect())
}

/// What one course asks for, and its version; 0 for one that never asked for anything.
pub async fn of_course(tx: &mut Tx, course_id: &str) -> Result<(i64, Vec<Group>), DbError> {
    let query = sql!("SELECT version FROM prerequisite WHERE course_id = $1");
    let version = query.bind(course_id).opt::<(i64,)>(&mut *tx).await?.map_or(0, |(version,)| version);
    let query = sql!(
        "SELECT course_id, group_no, kind, required_id, minimum, letter FROM prerequisite_condition
         WHERE course_id = $1 ORDER BY group_no, place"
    );
    let rows = query.bind(course_id).all::<ConditionRow>(tx).await?;
    Ok((version, groups(rows)?.remove(course_id).unwrap_or_default()))
}

/// What all courses ask for, with the equivalents, as the rules of a plan look at them.
pub async fn requirements(tx: &mut Tx) -> Result<Requirements, DbError> {
    let groups = all(&mut *tx).await?;
    let query = sql!(
        "SELECT DISTINCT k.course_id, k.code FROM prerequisite_condition c JOIN course k ON k.course_id = c.required_id"
    );
    let codes = query.all::<(String, String)>(&mut *tx).await?;
    let pairs = super::equivalents::pairs(tx).await?;
    Ok(Requirements::new(groups, codes.into_iter().collect(), pairs))
}

/// What a course asks for from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// Which course.
    pub course_id: String,
    /// Version of this state.
    pub version: i64,
    /// Groups.
    pub groups: Vec<Group>,
}

/// Replaces what courses ask for. The caller holds the gate.
pub async fn replace(tx: &mut Tx, new: &[New]) -> Result<(), DbError> {
    for chunk in new.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().map(|new| new.course_id.clone()).collect();
        let query = sql!(
            sqlite = "DELETE FROM prerequisite_condition WHERE course_id IN (SELECT value FROM json_each($1))",
            postgres = "DELETE FROM prerequisite_condition WHERE course_id = ANY($1)"
        );
        query.bind(Texts(ids)).run(&mut *tx).await?;
        let rows: Vec<_> = chunk.iter().map(|new| json!([new.course_id, new.version])).collect();
        let query = sql!(
            sqlite = "INSERT INTO prerequisite (course_id, version) SELECT value ->> 0, value ->> 1 FROM json_each($1)
                      WHERE true ON CONFLICT (course_id) DO UPDATE SET version = excluded.version",
            postgres = "INSERT INTO prerequisite (course_id, version)
                        SELECT r ->> 0, CAST(r ->> 1 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS r
                        ON CONFLICT (course_id) DO UPDATE SET version = excluded.version"
        );
        query.bind(serde_json::Value::from(rows).to_string()).run(&mut *tx).await?;
    }
    let rows: Vec<_> = new.iter().flat_map(conditions).collect();
    for chunk in rows.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO prerequisite_condition
                          (course_id, group_no, place, kind, required_id, minimum, letter)
                      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
                      FROM json_each($1)",
            postgres = "INSERT INTO prerequisite_condition
                            (course_id, group_no, place, kind, required_id, minimum, letter)
                        SELECT r ->> 0, CAST(r ->> 1 AS BIGINT), CAST(r ->> 2 AS BIGINT), r ->> 3, r ->> 4,
                            CAST(r ->> 5 AS BIGINT), r ->> 6
                        FROM json_array_elements(CAST($1 AS JSON)) AS r"
        );
        query.bind(serde_json::Value::from(chunk.to_vec()).to_string()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Rows of a course's conditions, as their columns.
fn conditions(new: &New) -> impl Iterator<Item = serde_json::Value> + '_ {
    new.groups.iter().zip(1..).flat_map(move |(group, group_no)| {
        group.iter().zip(1..).map(move |(condition, place)| {
            let (word, course) = (condition.word(), condition.course());
            json!([new.course_id, group_no, place, word, course, condition.minimum(), condition.letter()])
        })
    })
}
