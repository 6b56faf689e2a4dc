//! Keeping which courses count as one another.

use std::collections::BTreeSet;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::outbox;
use chassis::telemetry::Context;

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::model::{Course, Equivalents};
use crate::reasons;
use crate::store::{courses, equivalents, prerequisites};
use chassis::once::with_retries;

/// Equivalents of a course.
///
/// # Errors
/// `Absent` when there is no such course.
pub async fn get(app: &App, course_id: &str) -> Result<Equivalents, Error> {
    let mut tx = app.db.snapshot().await?;
    courses::get(&mut tx, course_id).await?.ok_or(Error::Absent("course"))?;
    let ids = equivalents::of_courses(&mut tx, vec![course_id.to_owned()]).await?.remove(course_id);
    let version = equivalents::version(&mut tx, course_id).await?;
    let courses = courses::by_ids(&mut tx, ids.unwrap_or_default()).await?;
    Ok(Equivalents { course_id: course_id.to_owned(), courses, version })
}

/// What is equivalent from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// To which course.
    pub course_id: String,
    /// Ids that may name nothing, none of them twice.
    pub others: Vec<String>,
    /// The version that was read.
    pub version: i64,
}

/// Replaces the equivalents of a course, if `draft.version` is the one that is there. The other courses, those that come
/// and those that go, change with it. `keeps` says of a study programme whether the caller keeps its courses.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` for courses that name nothing or the course itself, `Denied` when a course that comes or
/// goes is none of the caller's.
pub async fn put(app: &App, draft: &Draft, keeps: impl Fn(&str) -> bool) -> Result<Equivalents, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        prerequisites::take_gate(&mut tx).await?;
        courses::get(&mut tx, &draft.course_id).await?.ok_or(Error::Absent("course"))?;
        if equivalents::version(&mut tx, &draft.course_id).await? != draft.version {
            return Err(Error::Stale);
        }
        let found = courses::by_ids(&mut tx, draft.others.clone()).await?;
        unknown(draft, &found)?;
        let old = equivalents::of_courses(&mut tx, vec![draft.course_id.clone()]).await?;
        let old: BTreeSet<_> = old.into_values().flatten().collect();
        let new: BTreeSet<_> = draft.others.iter().cloned().collect();
        let other: BTreeSet<_> = old.symmetric_difference(&new).cloned().collect();
        let others = courses::by_ids(&mut tx, other.iter().cloned().collect()).await?;
        if !others.iter().all(|course| keeps(&course.programme_id)) {
            return Err(Error::Denied);
        }
        let pair = |id: &String| (draft.course_id.clone(), id.clone());
        equivalents::unlink(&mut tx, &old.difference(&new).map(pair).collect::<Vec<_>>()).await?;
        let changed: Vec<_> = other.iter().chain([&draft.course_id]).cloned().collect();
        let versions = equivalents::bump(&mut tx, &changed).await?;
        equivalents::link(&mut tx, &new.difference(&old).map(pair).collect::<Vec<_>>()).await?;
        let traceparent = Context::traceparent();
        let events = told(&mut tx, versions.clone()).await?;
        let events: Vec<_> = events.into_iter().map(|change| change.traced(traceparent.clone())).collect();
        outbox::put_all(&mut tx, &events, now).await?;
        tx.commit().await?;
        let version = versions.into_iter().find(|(id, _)| *id == draft.course_id).map_or(0, |(_, version)| version);
        Ok(Equivalents { course_id: draft.course_id.clone(), courses: found, version })
    })
    .await
}

/// What is told of courses whose equivalents have these versions now.
pub(super) async fn told(tx: &mut Tx, versions: Vec<(String, i64)>) -> Result<Vec<outbox::Change>, Error> {
    let ids = versions.iter().map(|(id, _)| id.clone()).collect();
    let mut now = equivalents::of_courses(tx, ids).await?;
    let change = |(id, version): (String, i64)| events::equivalents(&id, version, now.remove(&id).unwrap_or_default());
    Ok(versions.into_iter().map(change).collect())
}

/// A wrong field for each course that does not exist, or is the course itself.
fn unknown(draft: &Draft, found: &[Course]) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (n, id) in draft.others.iter().enumerate() {
        let field = || format!("courses[{n}].course_id");
        if *id == draft.course_id {
            faults.push(FieldFault::new(field(), reasons::NAMED_TWICE, "is the course itself"));
        } else if !found.iter().any(|course| course.id == *id) {
            faults.push(FieldFault::new(field(), reasons::UNKNOWN_COURSE, "no such course"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Fields(faults)) }
}
