//! Table `plan_step`: the history of plans. Rows are only ever added; triggers refuse anything else.

use chassis::db::{DbError, Ints, On, Stamp, Texts, Tx};
use chassis::sql;
use jiff::Timestamp;
use serde::Serialize;

use super::{CHUNK, known};
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, PlanState};

/// Who does something to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Account; empty for an import and for the service itself.
    pub account_id: String,
    /// What the account is in it.
    pub role: ActorRole,
    /// The student or lecturer behind the account; empty for a registrar and an import.
    pub person_id: String,
}

impl Actor {
    /// The operator's import.
    pub const IMPORT: Self = Self { account_id: String::new(), role: ActorRole::Import, person_id: String::new() };

    /// The service itself.
    pub const SYSTEM: Self = Self { account_id: String::new(), role: ActorRole::System, person_id: String::new() };
}

/// What an account is in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorRole {
    /// The student whose plan it is.
    Student,
    /// The student's advisor.
    Advisor,
    /// A registrar.
    Registrar,
    /// An import.
    Import,
    /// A lecturer to whom the advisor delegated.
    Delegate,
    /// The service itself: a promotion from a waiting list.
    System,
}

impl ActorRole {
    /// The word for it in the database and in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Advisor => "advisor",
            Self::Registrar => "registrar",
            Self::Import => "import",
            Self::Delegate => "delegate",
            Self::System => "system",
        }
    }
}

/// A step that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Whose plan.
    pub student_id: String,
    /// Version of the plan after the step.
    pub version: i64,
    /// What.
    pub deed: Deed,
    /// State after it.
    pub state: PlanState,
    /// Who.
    pub actor: Actor,
    /// Note; empty when there is none.
    pub note: String,
    /// The class of an add or drop, as people call it; else empty.
    pub class_label: String,
}

/// A step as it is sent: the columns by their first letters.
#[derive(Serialize)]
struct Sent<'a> {
    s: &'a str,
    v: i64,
    d: &'static str,
    t: &'static str,
    a: &'a str,
    r: &'static str,
    p: &'a str,
    n: &'a str,
    c: &'a str,
}

fn sent(step: &NewStep) -> Sent<'_> {
    Sent {
        s: &step.student_id,
        v: step.version,
        d: step.deed.word(),
        t: step.state.word(),
        a: &step.actor.account_id,
        r: step.actor.role.word(),
        p: &step.actor.person_id,
        n: &step.note,
        c: &step.class_label,
    }
}

/// Adds steps to plans of a period, in the transaction of the changes.
pub async fn add_all(tx: &mut Tx, period: PeriodCode, steps: &[NewStep], now: Timestamp) -> Result<(), DbError> {
    for chunk in steps.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(sent).collect();
        // As one JSON text on both engines: nine lists of a bulk statement would be joined nine times on SQLite.
        let query = sql!(
            sqlite = "INSERT INTO plan_step
                          (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
                      SELECT value ->> 's', $1, value ->> 'v', value ->> 'd', value ->> 't', $3, value ->> 'a',
                          value ->> 'r', value ->> 'p', value ->> 'n', value ->> 'c'
                      FROM json_each($2)",
            postgres = "INSERT INTO plan_step
                            (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
                        SELECT s, $1, v, d, t, $3, a, r, p, n, c
                        FROM json_to_recordset(CAST($2 AS JSON)) AS step
                            (s text, v bigint, d text, t text, a text, r text, p text, n text, c text)"
        );
        let rows = serde_json::to_string(&rows).map_err(|error| DbError::usage(error.to_string()))?;
        query.bind(period.to_string()).bind(rows).bind(now).run(&mut *tx).await?;
    }
    Ok(())
}

/// Adds the same step to many plans of a period: student, state after it, and version after it.
pub async fn add_many(
    tx: &mut Tx,
    period: PeriodCode,
    deed: Deed,
    actor: &Actor,
    plans: &[(String, PlanState, i64)],
    now: Timestamp,
) -> Result<(), DbError> {
    for chunk in plans.chunks(CHUNK) {
        let query = sql!(
            sqlite = "INSERT INTO plan_step
                          (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
                      SELECT s.value, $1, $4 ->> s.key, $5, $3 ->> s.key, $6, $7, $8, $9, '', '' FROM json_each($2) AS s",
            postgres = "INSERT INTO plan_step
                            (student_id, period_code, version, deed, state, at, account_id, actor, person_id, note, class_label)
                        SELECT n.student_id, $1, n.version, $5, n.state, $6, $7, $8, $9, '', ''
                        FROM UNNEST($2::text[], $3::text[], $4::bigint[]) AS n (student_id, state, version)"
        );
        let query = query.bind(period.to_string());
        let query = query.bind(chunk.iter().map(|(student, ..)| student.clone()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(_, state, _)| state.word().to_owned()).collect::<Texts>());
        let query = query.bind(chunk.iter().map(|(.., version)| *version).collect::<Ints>());
        let query = query.bind(deed.word()).bind(now).bind(&actor.account_id).bind(actor.role.word());
        query.bind(&actor.person_id).run(&mut *tx).await?;
    }
    Ok(())
}

/// A step as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Version of the plan after the step.
    pub version: i64,
    /// What.
    pub deed: Deed,
    /// State after it.
    pub state: PlanState,
    /// When.
    pub at: Timestamp,
    /// Account that did it; empty for an import.
    pub account_id: String,
    /// Word of [`ActorRole`].
    pub actor: String,
    /// Name of the student or lecturer who did it; may be empty.
    pub actor_name: String,
    /// Note; empty when there is none.
    pub note: String,
    /// The class of an add or drop; else empty.
    pub class_label: String,
}

#[derive(Debug, sqlx::FromRow)]
struct StepRow {
    version: i64,
    deed: String,
    state: String,
    at: Stamp,
    account_id: String,
    actor: String,
    actor_name: String,
    note: String,
    class_label: String,
}

impl StepRow {
    fn step(self) -> Result<Step, DbError> {
        Ok(Step {
            version: self.version,
            deed: known(Deed::parse(&self.deed), "deed")?,
            state: known(PlanState::parse(&self.state), "plan state")?,
            at: self.at.0,
            account_id: self.account_id,
            actor: self.actor,
            actor_name: self.actor_name,
            note: self.note,
            class_label: self.class_label,
        })
    }
}

/// Steps of a plan before a version, latest first.
pub async fn list(
    on: impl Into<On<'_>>,
    student_id: &str,
    period: PeriodCode,
    before: i64,
    limit: i64,
) -> Result<Vec<Step>, DbError> {
    let query = sql!(
        "SELECT h.version, h.deed, h.state, h.at, h.account_id, h.actor, h.note, h.class_label,
             CASE h.actor WHEN 'student' THEN COALESCE(s.name, '') ELSE COALESCE(l.name, '') END AS actor_name
         FROM plan_step h
         LEFT JOIN student s ON s.student_id = h.person_id
         LEFT JOIN lecturer l ON l.lecturer_id = h.person_id
         WHERE h.student_id = $1 AND h.period_code = $2 AND h.version < $3
         ORDER BY h.version DESC LIMIT $4"
    );
    let query = query.bind(student_id).bind(period.to_string()).bind(before).bind(limit);
    query.all::<StepRow>(on).await?.into_iter().map(StepRow::step).collect()
}
