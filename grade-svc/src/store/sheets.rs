//! Tables `sheet`, `component`, `sheet_row` and `score`: one sheet. Lists of sheets lie in [`list`].

use std::collections::{HashMap, HashSet};

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;

use super::{known, score, small};
use crate::model::SheetHead;
use crate::rules::score::Score;
use crate::rules::sheet::{Component, SheetState};

pub mod list;

type HeadRow = (String, i64, Option<Stamp>);

fn head((state, version, published_at): HeadRow) -> Result<SheetHead, DbError> {
    Ok(SheetHead { state: known(SheetState::parse(&state), "sheet state")?, version, published_at })
}

/// Makes the sheet of a class with components, unless there is one.
pub async fn make(tx: &mut Tx, class_id: &str, components: &[Component]) -> Result<(), DbError> {
    let query =
        sql!("INSERT INTO sheet (class_id, state, version) VALUES ($1, 'empty', 0) ON CONFLICT (class_id) DO NOTHING");
    if query.bind(class_id).run(&mut *tx).await? == 0 {
        return Ok(());
    }
    insert_components(tx, class_id, components).await
}

/// A sheet's own row.
pub async fn get(on: impl Into<On<'_>>, class_id: &str) -> Result<Option<SheetHead>, DbError> {
    let query = sql!("SELECT state, version, published_at FROM sheet WHERE class_id = $1");
    query.bind(class_id).opt::<HeadRow>(on).await?.map(head).transpose()
}

/// A sheet's own row, locked until the transaction ends: the first lock of whoever writes anything of the sheet.
pub async fn lock(tx: &mut Tx, class_id: &str) -> Result<Option<SheetHead>, DbError> {
    let query = sql!(
        sqlite = "SELECT state, version, published_at FROM sheet WHERE class_id = $1",
        postgres = "SELECT state, version, published_at FROM sheet WHERE class_id = $1 FOR NO KEY UPDATE"
    );
    query.bind(class_id).opt::<HeadRow>(tx).await?.map(head).transpose()
}

/// Writes state and time of publication of a sheet, with the next version. The caller holds its lock.
pub async fn update(
    tx: &mut Tx,
    class_id: &str,
    state: SheetState,
    published_at: Option<Timestamp>,
) -> Result<SheetHead, DbError> {
    let query = sql!(
        "UPDATE sheet SET state = $2, published_at = $3, version = version + 1 WHERE class_id = $1
         RETURNING state, version, published_at"
    );
    head(query.bind(class_id).bind(state.word()).bind(published_at).one::<HeadRow>(tx).await?)
}

/// Components of a sheet, in their order.
pub async fn components(on: impl Into<On<'_>>, class_id: &str) -> Result<Vec<Component>, DbError> {
    let query = sql!("SELECT component_id, name, weight FROM component WHERE class_id = $1 ORDER BY place");
    let rows = query.bind(class_id).all::<(String, String, i64)>(on).await?;
    rows.into_iter().map(|(id, name, weight)| Ok(Component { id, name, weight: small(weight)? })).collect()
}

/// Ids of the components of a sheet that have scores of students on the roster: those of who left keep nothing.
pub async fn scored(on: impl Into<On<'_>>, class_id: &str) -> Result<HashSet<String>, DbError> {
    let query = sql!(
        "SELECT DISTINCT s.component_id
         FROM score s JOIN roster r ON r.class_id = s.class_id AND r.student_id = s.student_id WHERE s.class_id = $1"
    );
    Ok(query.bind(class_id).all::<(String,)>(on).await?.into_iter().map(|(id,)| id).collect())
}

/// Replaces the components of a sheet; those that keep their id keep their scores, and those that have scores must keep
/// their id, but for scores of students who left the roster: they go with their component. The caller holds the sheet's lock.
///
/// # Errors
/// `ForeignKey` when such a student has come back meanwhile.
pub async fn replace_components(tx: &mut Tx, class_id: &str, components: &[Component]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "DELETE FROM score
                  WHERE class_id = $1 AND component_id NOT IN (SELECT value FROM json_each($2))
                    AND NOT EXISTS (SELECT 1 FROM roster r
                                    WHERE r.class_id = score.class_id AND r.student_id = score.student_id)",
        postgres = "DELETE FROM score
                    WHERE class_id = $1 AND component_id <> ALL($2)
                      AND NOT EXISTS (SELECT 1 FROM roster r
                                      WHERE r.class_id = score.class_id AND r.student_id = score.student_id)"
    );
    let kept = || components.iter().map(|component| component.id.clone()).collect::<Texts>();
    query.bind(class_id).bind(kept()).run(&mut *tx).await?;
    let query = sql!(
        sqlite = "DELETE FROM component
                  WHERE class_id = $1 AND component_id NOT IN (SELECT value FROM json_each($2))",
        postgres = "DELETE FROM component WHERE class_id = $1 AND component_id <> ALL($2)"
    );
    query.bind(class_id).bind(kept()).run(&mut *tx).await?;
    insert_components(tx, class_id, components).await
}

async fn insert_components(tx: &mut Tx, class_id: &str, components: &[Component]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "INSERT INTO component (component_id, class_id, place, name, weight)
                  SELECT i.value, $1, i.key, $3 ->> i.key, $4 ->> i.key FROM json_each($2) AS i WHERE true
                  ON CONFLICT (component_id) DO UPDATE
                      SET place = excluded.place, name = excluded.name, weight = excluded.weight",
        postgres = "INSERT INTO component (component_id, class_id, place, name, weight)
                    SELECT n.component_id, $1, n.place - 1, n.name, n.weight
                    FROM UNNEST($2::text[], $3::text[], $4::bigint[])
                        WITH ORDINALITY AS n (component_id, name, weight, place)
                    ON CONFLICT (component_id) DO UPDATE
                        SET place = excluded.place, name = excluded.name, weight = excluded.weight"
    );
    let query = query.bind(class_id).bind(components.iter().map(|one| one.id.clone()).collect::<Texts>());
    let query = query.bind(components.iter().map(|one| one.name.clone()).collect::<Texts>());
    query.bind(components.iter().map(|one| i64::from(one.weight)).collect::<Ints>()).run(tx).await.map(drop)
}

/// A student on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StudentRow {
    /// Who.
    pub student_id: String,
    /// NIM; empty while it has not arrived.
    pub nim: String,
    /// Name; empty while it has not arrived.
    pub name: String,
    /// Version of the row; 0 while nothing was written.
    pub version: i64,
}

/// Students of a sheet by NIM: those on the roster, and once it is published those who have a grade of it too.
pub async fn students(tx: &mut Tx, class_id: &str) -> Result<Vec<StudentRow>, DbError> {
    let query = sql!(
        "SELECT u.student_id, COALESCE(s.nim, '') AS nim, COALESCE(s.name, '') AS name,
                COALESCE(r.version, 0) AS version
         FROM (SELECT student_id FROM roster WHERE class_id = $1
               UNION SELECT student_id FROM grade WHERE class_id = $1) AS u
         LEFT JOIN student s ON s.student_id = u.student_id
         LEFT JOIN sheet_row r ON r.class_id = $1 AND r.student_id = u.student_id
         ORDER BY nim, u.student_id"
    );
    query.bind(class_id).all::<StudentRow>(tx).await
}

/// Scores of a sheet by student and component.
pub async fn scores(on: impl Into<On<'_>>, class_id: &str) -> Result<HashMap<(String, String), Score>, DbError> {
    let query = sql!("SELECT student_id, component_id, score FROM score WHERE class_id = $1");
    let rows = query.bind(class_id).all::<(String, String, i64)>(on).await?;
    rows.into_iter().map(|(student, component, value)| Ok(((student, component), score(value)?))).collect()
}

/// Versions of the rows of a sheet that anything was written to, by student.
pub async fn row_versions(on: impl Into<On<'_>>, class_id: &str) -> Result<HashMap<String, i64>, DbError> {
    let query = sql!("SELECT student_id, version FROM sheet_row WHERE class_id = $1");
    Ok(query.bind(class_id).all::<(String, i64)>(on).await?.into_iter().collect())
}

/// A score of a student for a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreRow {
    /// Whose.
    pub student_id: String,
    /// For which component.
    pub component_id: String,
    /// How much; `None` takes the score away.
    pub score: Option<Score>,
}

/// Writes scores of one sheet, and the next version of each of the rows. Every student of `scores` is one of `students`. The
/// caller holds the sheet's lock.
pub async fn put_scores(
    tx: &mut Tx,
    class_id: &str,
    students: &[String],
    scores: &[ScoreRow],
    by: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "INSERT INTO sheet_row (class_id, student_id, version, changed_at, changed_by)
                  SELECT $1, value, 1, $3, $4 FROM json_each($2) WHERE true
                  ON CONFLICT (class_id, student_id) DO UPDATE
                      SET version = sheet_row.version + 1, changed_at = excluded.changed_at,
                          changed_by = excluded.changed_by",
        postgres = "INSERT INTO sheet_row (class_id, student_id, version, changed_at, changed_by)
                    SELECT $1, s, 1, $3, $4 FROM UNNEST($2::text[]) AS u (s)
                    ON CONFLICT (class_id, student_id) DO UPDATE
                        SET version = sheet_row.version + 1, changed_at = excluded.changed_at,
                            changed_by = excluded.changed_by"
    );
    query.bind(class_id).bind(Texts(students.to_vec())).bind(now).bind(by).run(&mut *tx).await?;
    let (given, taken): (Vec<_>, Vec<_>) = scores.iter().partition(|row| row.score.is_some());
    for chunk in given.chunks(super::CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO score (class_id, student_id, component_id, score)
                      SELECT $1, s.value, $3 ->> s.key, $4 ->> s.key FROM json_each($2) AS s WHERE true
                      ON CONFLICT (class_id, student_id, component_id) DO UPDATE SET score = excluded.score",
            postgres = "INSERT INTO score (class_id, student_id, component_id, score)
                        SELECT $1, n.student_id, n.component_id, n.score
                        FROM UNNEST($2::text[], $3::text[], $4::bigint[]) AS n (student_id, component_id, score)
                        ON CONFLICT (class_id, student_id, component_id) DO UPDATE SET score = excluded.score"
        );
        let query = query.bind(class_id).bind(chunk.iter().map(|row| row.student_id.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|row| row.component_id.clone()).collect::<Texts>());
        let value = |row: &&ScoreRow| row.score.map(|score| i64::from(score.hundredths()));
        query.bind(chunk.iter().filter_map(value).collect::<Ints>()).run(&mut *tx).await?;
    }
    for chunk in taken.chunks(super::CHUNK) {
        let query = sql!(
            sqlite = "DELETE FROM score WHERE class_id = $1 AND (student_id, component_id) IN
                          (SELECT s.value, $3 ->> s.key FROM json_each($2) AS s)",
            postgres = "DELETE FROM score WHERE class_id = $1 AND (student_id, component_id) IN
                            (SELECT s, c FROM UNNEST($2::text[], $3::text[]) AS u (s, c))"
        );
        let query = query.bind(class_id).bind(chunk.iter().map(|row| row.student_id.clone()).collect::<Texts>());
        query.bind(chunk.iter().map(|row| row.component_id.clone()).collect::<Texts>()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Whether a sheet has any score.
pub async fn has_scores(on: impl Into<On<'_>>, class_id: &str) -> Result<bool, DbError> {
    let query = sql!("SELECT student_id FROM score WHERE class_id = $1 LIMIT 1");
    Ok(query.bind(class_id).opt::<(String,)>(on).await?.is_some())
}

/// Sheets after a class: every one that something was written to, for a snapshot.
pub async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<(String, SheetHead)>, DbError> {
    let query = sql!(
        "SELECT class_id, state, version, published_at FROM sheet WHERE version > 0 AND class_id > $1
         ORDER BY class_id LIMIT $2"
    );
    let rows = query.bind(after).bind(limit).all::<(String, String, i64, Option<Stamp>)>(tx).await?;
    rows.into_iter().map(|(id, state, version, at)| Ok((id, head((state, version, at))?))).collect()
}
