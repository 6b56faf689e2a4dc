//! Keeping courses.

use chassis::db::Tx;
use chassis::idempotency::{self, Opened, Scope};

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Course;
use crate::reasons;
use crate::rules::Refusal;
use crate::store::{campus, classes, courses, plans};
use chassis::once::{self, Answer, with_retries};

/// Makes a course. Its id and version are given here.
///
/// # Errors
/// `Fields` for an unknown study programme, `Duplicate` when the programme has the code.
pub async fn create(app: &App, draft: &Course, scope: Option<&Scope>) -> Result<Answer<Course>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let programme_code = programme_code(&mut tx, &draft.programme_id).await?;
        let course = Course { id: chassis::id::new(), programme_code, version: 1, ..draft.clone() };
        let inserted = courses::insert(&mut tx, &course).await;
        inserted.map_err(|e| Error::unless_taken(e, "uq_course_programme_id_code", reasons::COURSE_EXISTS))?;
        events::put(&mut tx, events::course(&course), now).await?;
        once::commit(tx, scope, || convert::encoded(&convert::course(&course)), now).await?;
        Ok(Answer::Done(course))
    })
    .await
}

/// Changes a course, if `draft.version` is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` when code or programme differ, `Refused` when the SKS differ and study plans have them.
pub async fn update(app: &App, draft: &Course) -> Result<Course, Error> {
    let course = with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let known = courses::lock(&mut tx, &draft.id).await?.ok_or(Error::Absent("course"))?;
        if known.version != draft.version {
            return Err(Error::Stale);
        }
        if known.code != draft.code {
            return Err(Error::field("code", reasons::FIXED, "the code of a course never changes"));
        }
        if known.programme_id != draft.programme_id {
            return Err(Error::field("programme_id", reasons::FIXED, "a course stays with its study programme"));
        }
        if known.credits != draft.credits {
            refuse_planned(&mut tx, &known.id).await?;
        }
        let programme_code = known.programme_code;
        let course = Course { programme_code, version: known.version + 1, ..draft.clone() };
        courses::update(&mut tx, &course).await?;
        events::put(&mut tx, events::course(&course), now).await?;
        tx.commit().await?;
        Ok(course)
    })
    .await?;
    app.catalogue.everything_changed();
    Ok(course)
}

/// Refuses other SKS for a locked course that study plans have. Whoever takes a seat in it holds the lock of its class.
async fn refuse_planned(tx: &mut Tx, id: &str) -> Result<(), Error> {
    let ids = [id.to_owned()];
    classes::lock_of_courses(&mut *tx, &ids).await?;
    match plans::students_of_courses(tx, &ids).await?.get(id) {
        Some(students) => Err(Error::Refused(vec![Refusal::CourseHasPlans { students: *students }])),
        None => Ok(()),
    }
}

async fn programme_code(tx: &mut Tx, programme_id: &str) -> Result<String, Error> {
    let code = campus::programme_code(tx, programme_id).await?;
    code.ok_or_else(|| Error::field("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme"))
}
