//! Tables `scale` and `scale_step`.

use std::collections::HashMap;

use chassis::db::{DbError, Ints, On, Texts, Tx};
use chassis::sql;

use super::{known, points, score};
use crate::model::Scale;
use crate::rules::period::PeriodCode;
use crate::rules::scale::{self, RepeatPolicy, Step};

#[derive(Debug, sqlx::FromRow)]
struct ScaleRow {
    scale_id: String,
    programme_id: String,
    programme_code: String,
    start_period: String,
    pass_points: i64,
    repeat_policy: String,
    version: i64,
}

macro_rules! select_scale {
    ($tail:literal) => {
        concat!(
            "SELECT s.scale_id, s.programme_id, COALESCE(p.code, '') AS programme_code, s.start_period, s.pass_points, \
             s.repeat_policy, s.version FROM scale s LEFT JOIN programme p ON p.programme_id = s.programme_id ",
            $tail
        )
    };
}

async fn assemble(tx: &mut Tx, rows: Vec<ScaleRow>) -> Result<Vec<Scale>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql!(
        sqlite = "SELECT scale_id, letter, min_score, points FROM scale_step
                  WHERE scale_id IN (SELECT value FROM json_each($1)) ORDER BY scale_id, place",
        postgres = "SELECT scale_id, letter, min_score, points FROM scale_step
                    WHERE scale_id = ANY($1) ORDER BY scale_id, place"
    );
    let query = query.bind(rows.iter().map(|row| row.scale_id.clone()).collect::<Texts>());
    let mut steps: HashMap<String, Vec<Step>> = HashMap::new();
    for (scale_id, letter, min, worth) in query.all::<(String, String, i64, i64)>(tx).await? {
        let step = Step { letter, min_score: score(min)?, points: points(worth)? };
        steps.entry(scale_id).or_default().push(step);
    }
    let scale = |row: ScaleRow| {
        Ok(Scale {
            rules: scale::Scale {
                steps: steps.remove(&row.scale_id).unwrap_or_default(),
                pass: points(row.pass_points)?,
                policy: known(RepeatPolicy::parse(&row.repeat_policy), "repeat policy")?,
            },
            id: row.scale_id,
            programme_id: row.programme_id,
            programme_code: row.programme_code,
            start: super::period(&row.start_period)?,
            version: row.version,
        })
    };
    rows.into_iter().map(scale).collect()
}

/// The scale of a programme that holds in a period: the latest that has started by then.
pub async fn at(tx: &mut Tx, programme_id: &str, period: PeriodCode) -> Result<Option<Scale>, DbError> {
    let query =
        sql!(select_scale!("WHERE s.programme_id = $1 AND s.start_period <= $2 ORDER BY s.start_period DESC LIMIT 1"));
    let rows = query.bind(programme_id).bind(period.to_string()).all::<ScaleRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// The scale of a programme that starts in a period, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, programme_id: &str, start: PeriodCode) -> Result<Option<Scale>, DbError> {
    let query = sql!(
        sqlite = "SELECT scale_id FROM scale WHERE programme_id = $1 AND start_period = $2",
        postgres = "SELECT scale_id FROM scale WHERE programme_id = $1 AND start_period = $2 FOR NO KEY UPDATE"
    );
    query.bind(programme_id).bind(start.to_string()).opt::<(String,)>(&mut *tx).await?;
    let query = sql!(select_scale!("WHERE s.programme_id = $1 AND s.start_period = $2"));
    let rows = query.bind(programme_id).bind(start.to_string()).all::<ScaleRow>(&mut *tx).await?;
    Ok(assemble(tx, rows).await?.pop())
}

/// Position in the list: programme code, start period and id of a scale.
pub type Position = (String, String, String);

/// Position of a scale.
pub fn position(scale: &Scale) -> Position {
    (scale.programme_code.clone(), scale.start.to_string(), scale.id.clone())
}

/// Scales by programme code, the latest first, after a position; of one programme when its id is given.
pub async fn list(
    tx: &mut Tx,
    programme_id: &str,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Scale>, DbError> {
    let query = sql!(select_scale!(
        "WHERE ($1 = '' OR s.programme_id = $1)
           AND ($2 = '' OR COALESCE(p.code, '') > $3
                OR (COALESCE(p.code, '') = $3 AND (s.start_period < $4 OR (s.start_period = $4 AND s.scale_id > $2))))
         ORDER BY COALESCE(p.code, ''), s.start_period DESC, s.scale_id LIMIT $5"
    ));
    let (code, start, id) = after.cloned().unwrap_or_default();
    let rows = query.bind(programme_id).bind(id).bind(code).bind(start).bind(limit);
    let rows = rows.all::<ScaleRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// Every scale, for an import.
pub async fn all(tx: &mut Tx) -> Result<Vec<Scale>, DbError> {
    let rows = sql!(select_scale!("ORDER BY s.programme_id, s.start_period")).all::<ScaleRow>(&mut *tx).await?;
    assemble(tx, rows).await
}

/// How repeats count, by programme and start period: programme, start, policy.
pub async fn policies(on: impl Into<On<'_>>) -> Result<Vec<(String, PeriodCode, RepeatPolicy)>, DbError> {
    let query = sql!("SELECT programme_id, start_period, repeat_policy FROM scale ORDER BY programme_id, start_period");
    let rows = query.all::<(String, String, String)>(on).await?;
    let policy = |(programme, start, word): (String, String, String)| {
        Ok((programme, super::period(&start)?, known(RepeatPolicy::parse(&word), "repeat policy")?))
    };
    rows.into_iter().map(policy).collect()
}

/// Adds a scale. Violates `uq_scale_programme_id_start_period` when there is one.
pub async fn insert(tx: &mut Tx, scale: &Scale) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO scale (scale_id, programme_id, start_period, pass_points, repeat_policy, version)
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    let query = query.bind(&scale.id).bind(&scale.programme_id).bind(scale.start.to_string());
    let query = query.bind(scale.rules.pass.hundredths()).bind(scale.rules.policy.word()).bind(scale.version);
    query.run(tx).await?;
    insert_steps(tx, scale).await
}

/// Replaces pass mark, policy, version and steps of a scale. The caller holds its lock.
pub async fn update(tx: &mut Tx, scale: &Scale) -> Result<(), DbError> {
    let query = sql!("UPDATE scale SET pass_points = $2, repeat_policy = $3, version = $4 WHERE scale_id = $1");
    let query = query.bind(&scale.id).bind(scale.rules.pass.hundredths()).bind(scale.rules.policy.word());
    query.bind(scale.version).run(tx).await?;
    sql!("DELETE FROM scale_step WHERE scale_id = $1").bind(&scale.id).run(tx).await?;
    insert_steps(tx, scale).await
}

async fn insert_steps(tx: &mut Tx, scale: &Scale) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "INSERT INTO scale_step (scale_id, place, letter, min_score, points)
                  SELECT $1, l.key, l.value, $3 ->> l.key, $4 ->> l.key FROM json_each($2) AS l",
        postgres = "INSERT INTO scale_step (scale_id, place, letter, min_score, points)
                    SELECT $1, n.place - 1, n.letter, n.min_score, n.points
                    FROM UNNEST($2::text[], $3::bigint[], $4::bigint[])
                        WITH ORDINALITY AS n (letter, min_score, points, place)"
    );
    let steps = || scale.rules.steps.iter();
    let query = query.bind(&scale.id).bind(steps().map(|step| step.letter.clone()).collect::<Texts>());
    let query = query.bind(steps().map(|step| i64::from(step.min_score.hundredths())).collect::<Ints>());
    query.bind(steps().map(|step| i64::from(step.points.hundredths())).collect::<Ints>()).run(tx).await.map(drop)
}
