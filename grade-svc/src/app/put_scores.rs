//! Entering scores: all of the rows or none.

use std::collections::{BTreeSet, HashMap};

use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};
use prost::Message;

use crate::app::App;
use crate::app::events;
use crate::app::sheet::{self, Sheet};
use crate::error::Error;
use crate::grpc::convert;
use crate::reasons;
use crate::rules::score::Score;
use crate::rules::sheet::SheetState;
use crate::store::sheets::{self, ScoreRow};
use chassis::once::{self, Answer, with_retries};

/// Scores of one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowInput {
    /// Who.
    pub student_id: String,
    /// Version of the row that was read.
    pub version: i64,
    /// Component and score; `None` takes it away.
    pub scores: Vec<(String, Option<Score>)>,
}

/// Scores that shall be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutScores {
    /// Class.
    pub class_id: String,
    /// Students, each once.
    pub rows: Vec<RowInput>,
    /// Account of the lecturer.
    pub by: String,
}

/// Enters scores of one or more students. A row that says what is already there keeps its version. `encode` makes the
/// answer, which is also kept under the idempotency key.
///
/// # Errors
/// `Absent`; `Fields` for students who are not on the roster and components that the class does not have; `Refused` with
/// every reason why nothing may be written now; `Stale` when the row of any of them was changed since it was read.
pub async fn put_scores<M: Message>(
    app: &App,
    cmd: &PutScores,
    scope: Option<&Scope>,
    encode: impl Fn(&Sheet) -> M,
) -> Result<Answer<M>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        sheets::lock(&mut tx, &cmd.class_id).await?.ok_or(Error::Absent("class"))?;
        let sheet = sheet::load(&mut tx, &cmd.class_id, now).await?.ok_or(Error::Absent("class"))?;
        check(&sheet, cmd)?;
        let changes = changes(&sheet, cmd);
        if changes.is_empty() {
            let answer = encode(&sheet);
            once::commit(tx, scope, || convert::encoded(&answer), now).await?;
            return Ok(Answer::Done(answer));
        }
        let students: BTreeSet<_> = changes.iter().map(|row| row.student_id.clone()).collect();
        let students: Vec<_> = students.into_iter().collect();
        sheets::put_scores(&mut tx, &cmd.class_id, &students, &changes, &cmd.by, now).await?;
        let state = match sheets::has_scores(&mut tx, &cmd.class_id).await? {
            true => SheetState::Draft,
            false => SheetState::Empty,
        };
        // Whoever publishes agrees to the scores that were read: every change makes that version an old one.
        let head = sheets::update(&mut tx, &cmd.class_id, state, None).await?;
        if state != sheet.summary.head.state {
            events::put(&mut tx, events::sheet(&cmd.class_id, &head), now).await?;
        }
        let sheet = sheet::load(&mut tx, &cmd.class_id, now).await?.ok_or(Error::Absent("class"))?;
        let answer = encode(&sheet);
        once::commit(tx, scope, || convert::encoded(&answer), now).await?;
        metrics::counter!("grade_scores_written_total").increment(changes.len() as u64);
        Ok(Answer::Done(answer))
    })
    .await
}

fn check(sheet: &Sheet, cmd: &PutScores) -> Result<(), Error> {
    let versions: HashMap<_, _> = sheet.rows.iter().map(|row| (row.student_id.as_str(), row.version)).collect();
    let mut faults = Vec::new();
    for (n, row) in cmd.rows.iter().enumerate() {
        if !versions.contains_key(row.student_id.as_str()) {
            let field = format!("rows[{n}].student_id");
            faults.push(FieldFault::new(field, reasons::NOT_ON_ROSTER, "is not on the roster of the class"));
        }
        for (m, (component_id, _)) in row.scores.iter().enumerate() {
            if !sheet.components.iter().any(|component| component.id == *component_id) {
                let field = format!("rows[{n}].scores[{m}].component_id");
                faults.push(FieldFault::new(field, reasons::UNKNOWN_COMPONENT, "the class has none such"));
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    let refusals = sheet.write_refusals();
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let stale = |row: &RowInput| versions.get(row.student_id.as_str()) != Some(&row.version);
    if cmd.rows.iter().any(stale) { Err(Error::Stale) } else { Ok(()) }
}

/// What differs from what is there.
fn changes(sheet: &Sheet, cmd: &PutScores) -> Vec<ScoreRow> {
    let rows: HashMap<_, _> = sheet.rows.iter().map(|row| (row.student_id.as_str(), row)).collect();
    let place: HashMap<_, _> =
        sheet.components.iter().enumerate().map(|(n, component)| (component.id.as_str(), n)).collect();
    let mut found = Vec::new();
    for input in &cmd.rows {
        let present = rows.get(input.student_id.as_str());
        for (component_id, score) in &input.scores {
            let now = place.get(component_id.as_str()).and_then(|n| *present?.scores.get(*n)?);
            if now != *score {
                let (student_id, component_id) = (input.student_id.clone(), component_id.clone());
                found.push(ScoreRow { student_id, component_id, score: *score });
            }
        }
    }
    found
}
