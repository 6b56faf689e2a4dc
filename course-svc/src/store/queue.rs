//! The advisor's queue: students with or without a plan in a period, from `student` and `study_plan`.

use chassis::db::{DbError, On, Stamp, Texts, Tx};
use chassis::sql;

use super::{escape_like, plans};
use crate::rules::access::Readable;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::PlanState;

/// Which students.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Whose plans the reader may read.
    pub readable: Readable,
    /// In which period.
    pub period: PeriodCode,
    /// Only plans in this state, [`PlanState::None`] for students without one; `None` for all.
    pub state: Option<PlanState>,
    /// Only advisees of this lecturer; empty for all.
    pub advisor_id: String,
    /// Only students of this programme; empty for all.
    pub programme_id: String,
    /// Part of the name, or the beginning of a NIM, folded; empty for all.
    pub search: String,
}

/// Where a row stands in the list: how urgent its state is, when the plan last changed (microseconds, 0 without one),
/// folded NIM, student.
pub type Position = (i64, i64, String, String);

/// A student with the plan's own row, if it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub student_id: String,
    /// The plan; `None` without one.
    pub plan: Option<plans::Plan>,
    /// Where it stands.
    pub position: Position,
}

#[derive(Debug, sqlx::FromRow)]
struct QueueRow {
    student_id: String,
    nim_key: String,
    urgency: i64,
    since: i64,
    state: Option<String>,
    note: Option<String>,
    revision: bool,
    version: Option<i64>,
    changed_at: Option<Stamp>,
}

impl QueueRow {
    fn row(self) -> Result<Row, DbError> {
        let plan = match (self.state, self.note, self.version, self.changed_at) {
            (Some(state), Some(note), Some(version), Some(changed_at)) => Some(plans::Plan {
                stage: plans::stage(&state, note, self.revision)?,
                version,
                changed_at: changed_at.0,
            }),
            _ => None,
        };
        let position = (self.urgency, self.since, self.nim_key, self.student_id.clone());
        Ok(Row { student_id: self.student_id, plan, position })
    }
}

/// Students whom the filter names, whatever the state of their plan. Who left, or comes later, is in it only with a plan.
macro_rules! from_students {
    ($advisors:literal, $programmes:literal) => {
        concat!(
            " FROM student s \
             LEFT JOIN study_plan p ON p.student_id = s.student_id AND p.period_code = $1 AND p.version > 0 \
             WHERE ($2 OR s.advisor_id ",
            $advisors,
            " OR s.programme_id ",
            $programmes,
            r") AND ($5 = '' OR s.advisor_id = $5) AND ($6 = '' OR s.programme_id = $6)
              AND ($7 = '' OR s.name_key LIKE '%' || $7 || '%' ESCAPE '\' OR s.nim_key LIKE $7 || '%' ESCAPE '\')
              AND (p.student_id IS NOT NULL OR (s.exit_kind = '' AND s.entry_period <= $1)) "
        )
    };
}

/// A page of the queue. What waits for the advisor comes first and the longest wait before the others; then what waits for
/// the student; then those without a plan; then what is decided.
macro_rules! select_queue {
    ($advisors:literal, $programmes:literal) => {
        concat!(
            "SELECT q.student_id, q.nim_key, q.urgency, q.since, q.state, q.note, q.revision, q.version, q.changed_at FROM ( \
             SELECT s.student_id, s.nim_key, p.state, p.note, p.version, p.changed_at, \
                 COALESCE(p.revision, FALSE) AS revision, COALESCE(p.changed_at, 0) AS since, \
                 CAST(CASE COALESCE(p.state, 'none') WHEN 'submitted' THEN 0 WHEN 'returned' THEN 1 WHEN 'draft' THEN 2 \
                     WHEN 'revising' THEN 2 WHEN 'none' THEN 3 WHEN 'approved' THEN 4 ELSE 5 END AS BIGINT) AS urgency",
            from_students!($advisors, $programmes),
            "AND ($8 = '' OR COALESCE(p.state, 'none') = $8)) q \
             WHERE (q.urgency, q.since, q.nim_key, q.student_id) > ($9, $10, $11, $12) \
             ORDER BY q.urgency, q.since, q.nim_key, q.student_id LIMIT $13"
        )
    };
}

/// Plans in each state.
macro_rules! select_counts {
    ($advisors:literal, $programmes:literal) => {
        concat!(
            "SELECT COALESCE(p.state, 'none') AS state, COUNT(*)",
            from_students!($advisors, $programmes),
            "GROUP BY COALESCE(p.state, 'none')"
        )
    };
}

/// The students after a position.
pub async fn list(tx: &mut Tx, filter: &Filter, after: Option<&Position>, limit: i64) -> Result<Vec<Row>, DbError> {
    let query = sql!(
        sqlite = select_queue!("IN (SELECT value FROM json_each($3))", "IN (SELECT value FROM json_each($4))"),
        postgres = select_queue!("= ANY($3)", "= ANY($4)")
    );
    let first = (-1, 0, String::new(), String::new());
    let (urgency, since, nim_key, student_id) = after.unwrap_or(&first);
    let query = query.bind(filter.period.to_string()).bind(filter.readable.all);
    let query = query.bind(Texts(filter.readable.advisor_ids.clone()));
    let query = query.bind(Texts(filter.readable.programme_ids.clone())).bind(&filter.advisor_id);
    let query = query.bind(&filter.programme_id).bind(escape_like(&filter.search));
    let query = query.bind(filter.state.map_or("", PlanState::word));
    let query = query.bind(*urgency).bind(*since).bind(nim_key).bind(student_id).bind(limit);
    query.all::<QueueRow>(tx).await?.into_iter().map(QueueRow::row).collect()
}

/// How many students are in each state, whatever the filter says of the state.
pub async fn counts(on: impl Into<On<'_>>, filter: &Filter) -> Result<Vec<(PlanState, u64)>, DbError> {
    let query = sql!(
        sqlite = select_counts!("IN (SELECT value FROM json_each($3))", "IN (SELECT value FROM json_each($4))"),
        postgres = select_counts!("= ANY($3)", "= ANY($4)")
    );
    let query = query.bind(filter.period.to_string()).bind(filter.readable.all);
    let query = query.bind(Texts(filter.readable.advisor_ids.clone()));
    let query = query.bind(Texts(filter.readable.programme_ids.clone())).bind(&filter.advisor_id);
    let query = query.bind(&filter.programme_id).bind(escape_like(&filter.search));
    let rows = query.all::<(String, i64)>(on).await?;
    let count = |(word, count): (String, i64)| {
        // A word that is not stored is that of a student without a plan.
        (PlanState::parse(&word).unwrap_or(PlanState::None), u64::try_from(count).unwrap_or(0))
    };
    let mut counts: Vec<_> = rows.into_iter().map(count).collect();
    counts.sort_by_key(|(state, _)| *state);
    Ok(counts)
}
