//! Keeping curricula.

use std::collections::HashMap;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};

use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::{Course, Curriculum, CurriculumCourse};
use crate::reasons;
use crate::store::{campus, courses, curricula};
use chassis::once::{self, Answer, with_retries};

/// Makes a curriculum. Its id and version are given here.
///
/// # Errors
/// `Fields` for an unknown study programme or course, `Duplicate` when the programme has a curriculum of the name.
pub async fn create(app: &App, draft: &Curriculum, scope: Option<&Scope>) -> Result<Answer<Curriculum>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let programme_code = campus::programme_code(&mut tx, &draft.programme_id).await?;
        let unknown = || Error::field("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme");
        let programme_code = programme_code.ok_or_else(unknown)?;
        let courses = named(&mut tx, &draft.courses).await?;
        let curriculum = Curriculum { id: chassis::id::new(), programme_code, courses, version: 1, ..draft.clone() };
        curricula::insert(&mut tx, &curriculum).await.map_err(taken)?;
        once::commit(tx, scope, || convert::encoded(&convert::curriculum(&curriculum)), now).await?;
        app.catalogue.everything_changed();
        Ok(Answer::Done(curriculum))
    })
    .await
}

/// Changes a curriculum and replaces its courses, if `draft.version` is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` when the programme differs or a course is unknown, `Duplicate` when the programme has
/// another curriculum of the name.
pub async fn update(app: &App, draft: &Curriculum) -> Result<Curriculum, Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        let known = curricula::lock(&mut tx, &draft.id).await?.ok_or(Error::Absent("curriculum"))?;
        if known.version != draft.version {
            return Err(Error::Stale);
        }
        if known.programme_id != draft.programme_id {
            return Err(Error::field("programme_id", reasons::FIXED, "a curriculum stays with its study programme"));
        }
        let courses = named(&mut tx, &draft.courses).await?;
        let (programme_code, version) = (known.programme_code, known.version + 1);
        let curriculum = Curriculum { programme_code, courses, version, ..draft.clone() };
        curricula::update(&mut tx, &curriculum).await.map_err(taken)?;
        tx.commit().await?;
        app.catalogue.everything_changed();
        Ok(curriculum)
    })
    .await
}

fn taken(error: chassis::db::DbError) -> Error {
    Error::unless_taken(error, "uq_curriculum_programme_id_name", reasons::CURRICULUM_EXISTS)
}

/// The courses with their names, by semester and code; a wrong field for each that does not exist.
async fn named(tx: &mut Tx, drafts: &[CurriculumCourse]) -> Result<Vec<CurriculumCourse>, Error> {
    let ids = drafts.iter().map(|course| course.course_id.clone()).collect();
    let known: HashMap<_, Course> =
        courses::by_ids(tx, ids).await?.into_iter().map(|course| (course.id.clone(), course)).collect();
    let mut faults = Vec::new();
    let mut found = Vec::with_capacity(drafts.len());
    for (n, draft) in drafts.iter().enumerate() {
        let Some(course) = known.get(&draft.course_id) else {
            let field = format!("courses[{n}].course_id");
            faults.push(FieldFault::new(field, reasons::UNKNOWN_COURSE, "no such course"));
            continue;
        };
        let (code, name, credits) = (course.code.clone(), course.name.clone(), course.credits.total());
        found.push((courses::position(course), CurriculumCourse { code, name, credits, ..draft.clone() }));
    }
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    found.sort_by(|(a, one), (b, other)| (one.semester, a).cmp(&(other.semester, b)));
    Ok(found.into_iter().map(|(_, course)| course).collect())
}
