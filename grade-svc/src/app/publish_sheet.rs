//! Publishing a sheet: from then on students read their grades.

use chassis::idempotency::{self, Opened, Scope};
use prost::Message;

use crate::app::App;
use crate::app::sheet::{self, Sheet};
use crate::app::{events, records};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Grade;
use crate::rules::sheet::SheetState;
use crate::store::{grades, records as record_rows, sheets};
use chassis::once::{self, Answer, with_retries};

/// Which sheet shall be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishSheet {
    /// Class.
    pub class_id: String,
    /// Version of the sheet that was read.
    pub version: i64,
}

/// Publishes a sheet: writes a grade for every student, the event of the sheet and the record of every student, in one
/// transaction. `encode` makes the answer, which is also kept under the idempotency key.
///
/// # Errors
/// `Absent`; `Stale`; `Refused` with every reason at once.
pub async fn publish_sheet<M: Message>(
    app: &App,
    cmd: &PublishSheet,
    scope: Option<&Scope>,
    encode: impl Fn(&Sheet) -> M,
) -> Result<Answer<M>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let head = sheets::lock(&mut tx, &cmd.class_id).await?.ok_or(Error::Absent("class"))?;
        let before = sheet::load(&mut tx, &cmd.class_id, now).await?.ok_or(Error::Absent("class"))?;
        let refusals = before.publish_refusals();
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        if head.version != cmd.version {
            return Err(Error::Stale);
        }
        let grades = results(&before);
        let mut students: Vec<_> = grades.iter().map(|grade| grade.student_id.clone()).collect();
        students.sort();
        record_rows::lock(&mut tx, &students).await?;
        grades::put_many(&mut tx, &grades).await?;
        let head = sheets::update(&mut tx, &cmd.class_id, SheetState::Published, Some(now)).await?;
        events::put(&mut tx, events::sheet(&cmd.class_id, &head), now).await?;
        records::renew(&mut tx, &students, now).await?;
        let sheet = sheet::load(&mut tx, &cmd.class_id, now).await?.ok_or(Error::Absent("class"))?;
        let answer = encode(&sheet);
        once::commit(tx, scope, || convert::encoded(&answer), now).await?;
        metrics::counter!("grade_sheets_published_total").increment(1);
        Ok(Answer::Done(answer))
    })
    .await
}

/// The grades that the sheet gives. Every row has a letter: the rules of publishing have seen to it.
fn results(sheet: &Sheet) -> Vec<Grade> {
    let class = &sheet.summary.class;
    let grade = |row: &sheet::Row| {
        let letter = row.letter.as_ref()?;
        Some(Grade {
            student_id: row.student_id.clone(),
            period: class.period,
            course_id: class.course.course_id.clone(),
            class_id: Some(class.id.clone()),
            letter: letter.letter.clone(),
            points: letter.points,
            credits: class.course.credits,
            score: row.total,
            passed: sheet.scale.as_ref().is_some_and(|scale| scale.rules.passes(letter.points)),
        })
    };
    sheet.rows.iter().filter_map(grade).collect()
}
