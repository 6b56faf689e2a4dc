//! Plans of a whole period, and all plans: for imports, for what is left over, for snapshots.

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;

use super::stage;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::Stage;

/// Items of all plans of a period as student, class and whether a seat is held, by student and class.
pub async fn all_items(tx: &mut Tx, period: PeriodCode) -> Result<Vec<(String, String, bool)>, DbError> {
    let query = sql!(
        "SELECT student_id, class_id, held FROM study_plan_item WHERE period_code = $1 ORDER BY student_id, class_id"
    );
    query.bind(period.to_string()).all::<(String, String, bool)>(tx).await
}

/// Where the opened plans of a period are, by student, without their notes.
pub async fn stages(tx: &mut Tx, period: PeriodCode) -> Result<Vec<(String, Stage)>, DbError> {
    let query = sql!("SELECT student_id, state, revision FROM study_plan WHERE period_code = $1 AND version > 0");
    let rows = query.bind(period.to_string()).all::<(String, String, bool)>(tx).await?;
    rows.into_iter().map(|(student, word, revision)| Ok((student, stage(&word, String::new(), revision)?))).collect()
}

/// A plan that nobody has decided about, or that is being changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Unsettled {
    /// Whose.
    pub student_id: String,
    state: String,
    revision: bool,
    /// Version.
    pub version: i64,
}

impl Unsettled {
    /// Submitted or being revised.
    pub fn stage(&self) -> Result<Stage, DbError> {
        stage(&self.state, String::new(), self.revision)
    }
}

/// Plans of a period that are submitted or being revised, by student: of the students of a programme, or (empty) of all.
pub async fn unsettled(
    on: impl Into<On<'_>>,
    period: PeriodCode,
    programme_id: &str,
) -> Result<Vec<Unsettled>, DbError> {
    let query = sql!(
        "SELECT p.student_id, p.state, p.revision, p.version
         FROM study_plan p LEFT JOIN student s ON s.student_id = p.student_id
         WHERE p.period_code = $1 AND p.state IN ('submitted', 'revising') AND ($2 = '' OR s.programme_id = $2)
         ORDER BY p.student_id"
    );
    query.bind(period.to_string()).bind(programme_id).all::<Unsettled>(on).await
}

/// How many plans of a period were opened.
pub async fn count(on: impl Into<On<'_>>, period: PeriodCode) -> Result<u64, DbError> {
    let query = sql!("SELECT COUNT(*) FROM study_plan WHERE period_code = $1 AND version > 0");
    let (count,) = query.bind(period.to_string()).one::<(i64,)>(on).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A plan in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlanRow {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period_code: String,
    state: String,
    revision: bool,
    /// Version.
    pub version: i64,
}

impl PlanRow {
    /// Where it is on its road, without the note.
    pub fn stage(&self) -> Result<Stage, DbError> {
        stage(&self.state, String::new(), self.revision)
    }
}

/// Plans after a position (student, period): every opened one, for a snapshot.
pub async fn page(tx: &mut Tx, after: (&str, &str), limit: i64) -> Result<Vec<PlanRow>, DbError> {
    let query = sql!(
        "SELECT student_id, period_code, state, revision, version FROM study_plan
         WHERE version > 0 AND (student_id, period_code) > ($1, $2)
         ORDER BY student_id, period_code LIMIT $3"
    );
    query.bind(after.0).bind(after.1).bind(limit).all::<PlanRow>(tx).await
}

/// Items of many students, all periods, as student, period, class and whether a seat is held: for a snapshot.
pub async fn items_of(tx: &mut Tx, student_ids: Vec<String>) -> Result<Vec<(String, String, String, bool)>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, period_code, class_id, held FROM study_plan_item
                  WHERE student_id IN (SELECT value FROM json_each($1)) ORDER BY student_id, period_code, class_id",
        postgres = "SELECT student_id, period_code, class_id, held FROM study_plan_item
                    WHERE student_id = ANY($1) ORDER BY student_id, period_code, class_id"
    );
    query.bind(Texts(student_ids)).all::<(String, String, String, bool)>(tx).await
}
