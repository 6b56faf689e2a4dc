//! Lists of sheets.

use std::collections::HashMap;

use chassis::db::{DbError, Stamp, Texts, Tx};
use chassis::sql;
use serde::{Deserialize, Serialize};

use super::super::small;
use super::head;
use crate::model::SheetHead;
use crate::rules::access::Reach;

/// Which sheets are wanted. Empty texts are no limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Period.
    pub period: String,
    /// Lecturer.
    pub lecturer_id: String,
    /// Programme.
    pub programme_id: String,
    /// Word of the state.
    pub state: &'static str,
}

/// Position in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    period: String,
    course: String,
    class: String,
    id: String,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Class.
    pub class_id: String,
    /// The sheet's own row.
    pub head: SheetHead,
    /// Where it stands in the list.
    pub position: Position,
}

#[derive(Debug, sqlx::FromRow)]
struct ListedRow {
    class_id: String,
    period_code: String,
    code: String,
    name: String,
    state: String,
    version: i64,
    published_at: Option<Stamp>,
}

/// Sheets within reach, latest period first, then by course code and class name, after a position.
pub async fn list(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Listed>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id, c.period_code, k.code, c.name, s.state, s.version, s.published_at
                  FROM class c JOIN course k ON k.course_id = c.course_id JOIN sheet s ON s.class_id = c.class_id
                  WHERE ($1 OR k.programme_id IN (SELECT value FROM json_each($2))
                         OR EXISTS (SELECT 1 FROM class_lecturer t
                                    WHERE t.class_id = c.class_id AND t.lecturer_id = $3))
                    AND ($4 = '' OR c.period_code = $4)
                    AND ($5 = '' OR EXISTS (SELECT 1 FROM class_lecturer t
                                            WHERE t.class_id = c.class_id AND t.lecturer_id = $5))
                    AND ($6 = '' OR k.programme_id = $6)
                    AND ($7 = '' OR s.state = $7)
                    AND ($8 = '' OR c.period_code < $8
                         OR (c.period_code = $8 AND (k.code, c.name, c.class_id) > ($9, $10, $11)))
                  ORDER BY c.period_code DESC, k.code, c.name, c.class_id LIMIT $12",
        postgres = "SELECT c.class_id, c.period_code, k.code, c.name, s.state, s.version, s.published_at
                    FROM class c JOIN course k ON k.course_id = c.course_id JOIN sheet s ON s.class_id = c.class_id
                    WHERE ($1 OR k.programme_id = ANY($2)
                           OR EXISTS (SELECT 1 FROM class_lecturer t
                                      WHERE t.class_id = c.class_id AND t.lecturer_id = $3))
                      AND ($4 = '' OR c.period_code = $4)
                      AND ($5 = '' OR EXISTS (SELECT 1 FROM class_lecturer t
                                              WHERE t.class_id = c.class_id AND t.lecturer_id = $5))
                      AND ($6 = '' OR k.programme_id = $6)
                      AND ($7 = '' OR s.state = $7)
                      AND ($8 = '' OR c.period_code < $8
                           OR (c.period_code = $8 AND (k.code, c.name, c.class_id) > ($9, $10, $11)))
                    ORDER BY c.period_code DESC, k.code, c.name, c.class_id LIMIT $12"
    );
    let after = after.cloned().unwrap_or_default();
    let query = query.bind(reach.all).bind(Texts(reach.programmes.clone())).bind(&reach.lecturer_id);
    let query = query.bind(&filter.period).bind(&filter.lecturer_id).bind(&filter.programme_id).bind(filter.state);
    let query = query.bind(after.period).bind(after.course).bind(after.class).bind(after.id).bind(limit);
    let listed = |row: ListedRow| {
        Ok(Listed {
            head: head((row.state, row.version, row.published_at))?,
            position: Position { period: row.period_code, course: row.code, class: row.name, id: row.class_id.clone() },
            class_id: row.class_id,
        })
    };
    query.all::<ListedRow>(tx).await?.into_iter().map(listed).collect()
}

/// How many students stand on a sheet, and how many of them are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// On the roster, and once it is published with a grade of it.
    pub students: u32,
    /// With every score, or with a grade of it.
    pub complete: u32,
}

/// Counts of many sheets by class. Classes without any student are left out.
pub async fn counts(tx: &mut Tx, class_ids: &[String]) -> Result<HashMap<String, Counts>, DbError> {
    let query = sql!(
        sqlite = "SELECT u.class_id, COUNT(*),
                         CAST(SUM(CASE WHEN u.graded > 0 OR u.scores = u.components AND u.components > 0
                                  THEN 1 ELSE 0 END) AS BIGINT)
                  FROM (SELECT m.class_id, m.student_id,
                               (SELECT COUNT(*) FROM grade g
                                WHERE g.class_id = m.class_id AND g.student_id = m.student_id) AS graded,
                               (SELECT COUNT(*) FROM score x
                                WHERE x.class_id = m.class_id AND x.student_id = m.student_id) AS scores,
                               (SELECT COUNT(*) FROM component o WHERE o.class_id = m.class_id) AS components
                        FROM (SELECT class_id, student_id FROM roster
                              WHERE class_id IN (SELECT value FROM json_each($1))
                              UNION SELECT class_id, student_id FROM grade
                              WHERE class_id IN (SELECT value FROM json_each($1))) AS m) AS u
                  GROUP BY u.class_id",
        postgres = "SELECT u.class_id, COUNT(*),
                           CAST(SUM(CASE WHEN u.graded > 0 OR u.scores = u.components AND u.components > 0
                                    THEN 1 ELSE 0 END) AS BIGINT)
                    FROM (SELECT m.class_id, m.student_id,
                                 (SELECT COUNT(*) FROM grade g
                                  WHERE g.class_id = m.class_id AND g.student_id = m.student_id) AS graded,
                                 (SELECT COUNT(*) FROM score x
                                  WHERE x.class_id = m.class_id AND x.student_id = m.student_id) AS scores,
                                 (SELECT COUNT(*) FROM component o WHERE o.class_id = m.class_id) AS components
                          FROM (SELECT class_id, student_id FROM roster WHERE class_id = ANY($1)
                                UNION SELECT class_id, student_id FROM grade WHERE class_id = ANY($1)) AS m) AS u
                    GROUP BY u.class_id"
    );
    let rows = query.bind(Texts(class_ids.to_vec())).all::<(String, i64, i64)>(tx).await?;
    rows.into_iter()
        .map(|(id, students, complete)| Ok((id, Counts { students: small(students)?, complete: small(complete)? })))
        .collect()
}
