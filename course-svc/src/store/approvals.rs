//! Tables `approval` and `approval_plan`: bulk approvals, their plans, and what became of each.

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::error::Refusal;
use chassis::sql;
use jiff::Timestamp;

use super::{CHUNK, refusals};
use crate::rules::period::PeriodCode;

/// A bulk approval, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Id.
    pub id: String,
    /// Period of the plans.
    pub period: PeriodCode,
    /// Account that started it.
    pub account_id: String,
    /// Whether that account was a registrar's.
    pub registrar: bool,
    /// The lecturer behind it; empty for none.
    pub lecturer_id: String,
    /// The student behind it; empty for none.
    pub student_id: String,
    /// What is left over when the windows have closed.
    pub late: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the last plan was decided; `None` while it runs.
    pub finished_at: Option<Timestamp>,
}

#[derive(Debug, sqlx::FromRow)]
struct ApprovalRow {
    approval_id: String,
    period_code: String,
    account_id: String,
    registrar: bool,
    lecturer_id: String,
    student_id: String,
    late: bool,
    started_at: Stamp,
    finished_at: Option<Stamp>,
}

impl ApprovalRow {
    fn approval(self) -> Result<Approval, DbError> {
        Ok(Approval {
            id: self.approval_id,
            period: super::period(&self.period_code)?,
            account_id: self.account_id,
            registrar: self.registrar,
            lecturer_id: self.lecturer_id,
            student_id: self.student_id,
            late: self.late,
            started_at: self.started_at.0,
            finished_at: self.finished_at.map(|stamp| stamp.0),
        })
    }
}

/// How far a bulk approval is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Plans in all.
    pub total: u32,
    /// Approved.
    pub approved: u32,
    /// Refused.
    pub refused: u32,
}

/// What became of a plan. The numbers are the stored ones, and the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Not approved.
    Refused = 0,
    /// Not decided yet.
    Open = 1,
    /// Approved.
    Approved = 2,
}

impl Outcome {
    fn number(self) -> i64 {
        self as i64
    }

    fn parse(number: i64) -> Option<Self> {
        [Self::Refused, Self::Open, Self::Approved].into_iter().find(|outcome| outcome.number() == number)
    }
}

/// Until when nobody takes up an approval that has not begun.
const UNBEGUN: i64 = i64::MAX;

/// Adds a bulk approval without plans: one that runs, or is done already, or one that nobody takes up before it has begun.
pub async fn insert(tx: &mut Tx, row: &Approval, begun: bool) -> Result<(), DbError> {
    let query = sql!(
        "INSERT INTO approval (approval_id, period_code, account_id, registrar, lecturer_id, student_id, late, state,
             started_at, finished_at, worked_at, leased_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11)"
    );
    let query = query.bind(&row.id).bind(row.period.to_string()).bind(&row.account_id).bind(row.registrar);
    let query = query.bind(&row.lecturer_id).bind(&row.student_id).bind(row.late);
    let query = query.bind(if row.finished_at.is_some() { "done" } else { "running" });
    let query = query.bind(row.started_at).bind(row.finished_at).bind(if begun { 0 } else { UNBEGUN });
    query.run(tx).await.map(drop)
}

/// Adds plans to one: student and the version that was seen.
pub async fn add(tx: &mut Tx, id: &str, plans: &[(String, i64)]) -> Result<(), DbError> {
    for chunk in plans.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO approval_plan (approval_id, student_id, version, outcome)
                      SELECT $1, s.value, $3 ->> s.key, 1 FROM json_each($2) AS s",
            postgres = "INSERT INTO approval_plan (approval_id, student_id, version, outcome)
                        SELECT $1, n.student_id, n.version, 1
                        FROM UNNEST($2::text[], $3::bigint[]) AS n (student_id, version)"
        );
        let query = query.bind(id).bind(chunk.iter().map(|(student, _)| student.clone()).collect::<Texts>());
        query.bind(chunk.iter().map(|(_, version)| *version).collect::<Ints>()).run(&mut *tx).await?;
    }
    Ok(())
}

/// Lets it begin: anybody may take it up.
pub async fn begin(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    sql!("UPDATE approval SET leased_until = 0 WHERE approval_id = $1").bind(id).run(tx).await.map(drop)
}

/// Those that have not begun and were written before a moment.
pub async fn unbegun(on: impl Into<On<'_>>, before: Timestamp) -> Result<Vec<String>, DbError> {
    let query = sql!("SELECT approval_id FROM approval WHERE leased_until = $1 AND started_at < $2");
    let rows = query.bind(UNBEGUN).bind(before).all::<(String,)>(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Removes one that has not begun, with its plans.
pub async fn forget(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    let query = sql!(
        "DELETE FROM approval_plan WHERE approval_id IN (
             SELECT approval_id FROM approval WHERE approval_id = $1 AND leased_until = $2)"
    );
    query.bind(id).bind(UNBEGUN).run(&mut *tx).await?;
    let query = sql!("DELETE FROM approval WHERE approval_id = $1 AND leased_until = $2");
    query.bind(id).bind(UNBEGUN).run(tx).await.map(drop)
}

/// One bulk approval.
pub async fn get(on: impl Into<On<'_>>, id: &str) -> Result<Option<Approval>, DbError> {
    let query = sql!(
        "SELECT approval_id, period_code, account_id, registrar, lecturer_id, student_id, late, started_at, finished_at
         FROM approval WHERE approval_id = $1"
    );
    query.bind(id).opt::<ApprovalRow>(on).await?.map(ApprovalRow::approval).transpose()
}

/// How far it is.
pub async fn counts(on: impl Into<On<'_>>, id: &str) -> Result<Counts, DbError> {
    let query = sql!("SELECT outcome, COUNT(*) FROM approval_plan WHERE approval_id = $1 GROUP BY outcome");
    let mut counts = Counts::default();
    for (outcome, plans) in query.bind(id).all::<(i64, i64)>(on).await? {
        let plans = super::small(plans)?;
        counts.total += plans;
        match super::known(Outcome::parse(outcome), "outcome")? {
            Outcome::Refused => counts.refused = plans,
            Outcome::Open => {}
            Outcome::Approved => counts.approved = plans,
        }
    }
    Ok(counts)
}

/// Whether an approval waits to be taken up.
pub async fn is_any_left(on: impl Into<On<'_>>, now: Timestamp) -> Result<bool, DbError> {
    let query = sql!("SELECT 1 FROM approval WHERE state = 'running' AND leased_until <= $1 LIMIT 1");
    Ok(query.bind(now).opt::<(i32,)>(on).await?.is_some())
}

/// Takes up the running approval that was left alone longest, until a moment after which others may take it up as well.
/// `None` when nothing is left to do.
pub async fn take_up(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<Approval>, DbError> {
    let query = sql!(
        sqlite = "UPDATE approval SET worked_at = $1, leased_until = $2
                  WHERE approval_id = (SELECT approval_id FROM approval WHERE state = 'running' AND leased_until <= $1
                                       ORDER BY worked_at, approval_id LIMIT 1)
                  RETURNING approval_id, period_code, account_id, registrar, lecturer_id, student_id, late, started_at,
                      finished_at",
        postgres = "UPDATE approval SET worked_at = $1, leased_until = $2
                    WHERE approval_id = (SELECT approval_id FROM approval WHERE state = 'running' AND leased_until <= $1
                                         ORDER BY worked_at, approval_id LIMIT 1 FOR UPDATE SKIP LOCKED)
                    RETURNING approval_id, period_code, account_id, registrar, lecturer_id, student_id, late, started_at,
                        finished_at"
    );
    query.bind(now).bind(until).opt::<ApprovalRow>(tx).await?.map(ApprovalRow::approval).transpose()
}

/// Plans that are not decided yet, by student: student and the version that was seen.
pub async fn undecided(on: impl Into<On<'_>>, id: &str, limit: i64) -> Result<Vec<(String, i64)>, DbError> {
    let query = sql!(
        "SELECT student_id, version FROM approval_plan WHERE approval_id = $1 AND outcome = 1
         ORDER BY student_id LIMIT $2"
    );
    query.bind(id).bind(limit).all::<(String, i64)>(on).await
}

/// Writes what became of plans: approved, or the reasons why not. What was decided before stays.
pub async fn decide(tx: &mut Tx, id: &str, outcomes: &[(String, Result<(), Vec<Refusal>>)]) -> Result<(), DbError> {
    for chunk in outcomes.chunks(CHUNK) {
        let query = sql!(
            sqlite = "UPDATE approval_plan SET outcome = $3 ->> n.key, refusals = $4 ->> n.key
                      FROM json_each($2) AS n
                      WHERE approval_id = $1 AND student_id = n.value AND outcome = 1",
            postgres = "UPDATE approval_plan SET outcome = n.outcome, refusals = n.refusals
                        FROM UNNEST($2::text[], $3::bigint[], $4::text[]) AS n (student_id, outcome, refusals)
                        WHERE approval_plan.approval_id = $1 AND approval_plan.student_id = n.student_id
                          AND approval_plan.outcome = 1"
        );
        let number =
            |outcome: &Result<(), _>| if outcome.is_ok() { Outcome::Approved } else { Outcome::Refused }.number();
        let query = query.bind(id).bind(chunk.iter().map(|(student, _)| student.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, outcome)| number(outcome)).collect::<Ints>());
        let texts = chunk.iter().map(|(_, outcome)| refusals::text(outcome.as_ref().err().map_or(&[], Vec::as_slice)));
        query.bind(texts.collect::<Result<Texts, _>>()?).run(&mut *tx).await?;
    }
    Ok(())
}

/// Lays a bulk approval down: it is done when nothing is left to decide, and else anybody's to take up.
pub async fn lay_down(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), DbError> {
    let query = sql!("UPDATE approval SET leased_until = 0 WHERE approval_id = $1 AND state = 'running'");
    query.bind(id).run(&mut *tx).await?;
    let query = sql!(
        "UPDATE approval SET state = 'done', finished_at = $2
         WHERE approval_id = $1 AND state = 'running'
           AND NOT EXISTS (SELECT 1 FROM approval_plan p WHERE p.approval_id = $1 AND p.outcome = 1)"
    );
    query.bind(id).bind(now).run(tx).await.map(drop)
}

/// Where a row stands in the list of outcomes: outcome, folded NIM, student.
pub type Position = (i64, String, String);

/// What became of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whose.
    pub student_id: String,
    /// Student number; empty while the student has not arrived.
    pub nim: String,
    /// Name; as the number.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused.
    pub refusals: Vec<Refusal>,
    /// Where it stands.
    pub position: Position,
}

#[derive(Debug, sqlx::FromRow)]
struct OutcomeRow {
    student_id: String,
    nim: String,
    nim_key: String,
    name: String,
    outcome: i64,
    refusals: String,
}

impl OutcomeRow {
    fn decided(self) -> Result<Decided, DbError> {
        Ok(Decided {
            position: (self.outcome, self.nim_key, self.student_id.clone()),
            student_id: self.student_id,
            nim: self.nim,
            name: self.name,
            outcome: super::known(Outcome::parse(self.outcome), "outcome")?,
            refusals: refusals::read(&self.refusals)?,
        })
    }
}

/// Outcomes after a position: refused first, then what is not decided, then approved, each by student number.
pub async fn outcomes(
    on: impl Into<On<'_>>,
    id: &str,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Decided>, DbError> {
    let query = sql!(
        "SELECT p.student_id, COALESCE(s.nim, '') AS nim, COALESCE(s.nim_key, '') AS nim_key,
             COALESCE(s.name, '') AS name, p.outcome, p.refusals
         FROM approval_plan p LEFT JOIN student s ON s.student_id = p.student_id
         WHERE p.approval_id = $1 AND (p.outcome, COALESCE(s.nim_key, ''), p.student_id) > ($2, $3, $4)
         ORDER BY p.outcome, COALESCE(s.nim_key, ''), p.student_id LIMIT $5"
    );
    let first = (-1, String::new(), String::new());
    let (outcome, nim_key, student_id) = after.unwrap_or(&first);
    let query = query.bind(id).bind(*outcome).bind(nim_key).bind(student_id).bind(limit);
    query.all::<OutcomeRow>(on).await?.into_iter().map(OutcomeRow::decided).collect()
}
