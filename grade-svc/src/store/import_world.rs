//! What an import reads of the sheets of whole periods. Periods are few; what lies in them is read at once.

use chassis::db::{DbError, Texts, Tx};
use chassis::sql;

use super::{known, score, small};
use crate::rules::period::PeriodCode;
use crate::rules::score::Score;
use crate::rules::sheet::{Component, SheetState};

fn codes(periods: &[PeriodCode]) -> Texts {
    periods.iter().map(PeriodCode::to_string).collect()
}

/// A class with its sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSheet {
    /// Class.
    pub class_id: String,
    /// Period.
    pub period: PeriodCode,
    /// Course.
    pub course_id: String,
    /// Name of the class.
    pub name: String,
    /// State of the sheet.
    pub state: SheetState,
}

/// Classes of periods with their sheets.
pub async fn sheets(tx: &mut Tx, periods: &[PeriodCode]) -> Result<Vec<ClassSheet>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id, c.period_code, c.course_id, c.name, s.state
                  FROM class c JOIN sheet s ON s.class_id = c.class_id
                  WHERE c.period_code IN (SELECT value FROM json_each($1)) ORDER BY c.class_id",
        postgres = "SELECT c.class_id, c.period_code, c.course_id, c.name, s.state
                    FROM class c JOIN sheet s ON s.class_id = c.class_id
                    WHERE c.period_code = ANY($1) ORDER BY c.class_id"
    );
    let rows = query.bind(codes(periods)).all::<(String, String, String, String, String)>(tx).await?;
    let sheet = |(class_id, code, course_id, name, state): (String, String, String, String, String)| {
        let state = known(SheetState::parse(&state), "sheet state")?;
        Ok(ClassSheet { class_id, period: super::period(&code)?, course_id, name, state })
    };
    rows.into_iter().map(sheet).collect()
}

/// Locks the sheets of all classes of periods until the transaction ends, by class: the order of all writers.
pub async fn lock_sheets(tx: &mut Tx, periods: &[PeriodCode]) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT s.class_id FROM sheet s JOIN class c ON c.class_id = s.class_id
                  WHERE c.period_code IN (SELECT value FROM json_each($1)) ORDER BY s.class_id",
        postgres = "SELECT s.class_id FROM sheet s JOIN class c ON c.class_id = s.class_id
                    WHERE c.period_code = ANY($1) ORDER BY s.class_id FOR NO KEY UPDATE OF s"
    );
    query.bind(codes(periods)).all::<(String,)>(tx).await.map(drop)
}

/// Places on the rosters of all classes of periods: class and student.
pub async fn places(tx: &mut Tx, periods: &[PeriodCode]) -> Result<Vec<(String, String)>, DbError> {
    let query = sql!(
        sqlite = "SELECT r.class_id, r.student_id FROM class c JOIN roster r ON r.class_id = c.class_id
                  WHERE c.period_code IN (SELECT value FROM json_each($1))",
        postgres = "SELECT r.class_id, r.student_id FROM class c JOIN roster r ON r.class_id = c.class_id
                    WHERE c.period_code = ANY($1)"
    );
    query.bind(codes(periods)).all::<(String, String)>(tx).await
}

/// Components of all classes of periods in their order, each with its class.
pub async fn components(tx: &mut Tx, periods: &[PeriodCode]) -> Result<Vec<(String, Component)>, DbError> {
    let query = sql!(
        sqlite = "SELECT c.class_id, m.component_id, m.name, m.weight
                  FROM class c JOIN component m ON m.class_id = c.class_id
                  WHERE c.period_code IN (SELECT value FROM json_each($1)) ORDER BY c.class_id, m.place",
        postgres = "SELECT c.class_id, m.component_id, m.name, m.weight
                    FROM class c JOIN component m ON m.class_id = c.class_id
                    WHERE c.period_code = ANY($1) ORDER BY c.class_id, m.place"
    );
    let rows = query.bind(codes(periods)).all::<(String, String, String, i64)>(tx).await?;
    let component = |(class, id, name, weight): (String, String, String, i64)| {
        Ok((class, Component { id, name, weight: small(weight)? }))
    };
    rows.into_iter().map(component).collect()
}

/// Scores of all classes of periods: student, component and score.
pub async fn scores(tx: &mut Tx, periods: &[PeriodCode]) -> Result<Vec<(String, String, Score)>, DbError> {
    let query = sql!(
        sqlite = "SELECT x.student_id, x.component_id, x.score FROM class c JOIN score x ON x.class_id = c.class_id
                  WHERE c.period_code IN (SELECT value FROM json_each($1))",
        postgres = "SELECT x.student_id, x.component_id, x.score FROM class c JOIN score x ON x.class_id = c.class_id
                    WHERE c.period_code = ANY($1)"
    );
    let rows = query.bind(codes(periods)).all::<(String, String, i64)>(tx).await?;
    rows.into_iter().map(|(student, component, value)| Ok((student, component, score(value)?))).collect()
}
