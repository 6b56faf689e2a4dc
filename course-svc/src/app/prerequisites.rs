//! Keeping what courses ask for.

use std::collections::{BTreeSet, HashMap};

use chassis::db::Tx;
use chassis::error::FieldFault;

use crate::app::App;
use crate::error::Error;
use crate::model::Prerequisites;
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::prerequisite::{Condition, Group, cycle};
use crate::store::{courses, prerequisites};
use chassis::once::with_retries;

/// What a course asks for.
///
/// # Errors
/// `Absent` when there is no such course.
pub async fn get(app: &App, course_id: &str) -> Result<Prerequisites, Error> {
    let mut tx = app.db.snapshot().await?;
    courses::get(&mut tx, course_id).await?.ok_or(Error::Absent("course"))?;
    let (version, groups) = prerequisites::of_course(&mut tx, course_id).await?;
    let names = names(&mut tx, &groups).await?;
    Ok(Prerequisites { course_id: course_id.to_owned(), groups, version, names })
}

/// What is asked for from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Of which course.
    pub course_id: String,
    /// Groups; courses are ids that may name nothing.
    pub groups: Vec<Group>,
    /// The version that was read.
    pub version: i64,
}

/// Replaces what a course asks for, if `draft.version` is the one that is there.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` for courses that name nothing, `Refused` when the course would ask for itself over others.
pub async fn put(app: &App, draft: &Draft) -> Result<Prerequisites, Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        prerequisites::take_gate(&mut tx).await?;
        courses::get(&mut tx, &draft.course_id).await?.ok_or(Error::Absent("course"))?;
        let (version, _) = prerequisites::of_course(&mut tx, &draft.course_id).await?;
        if version != draft.version {
            return Err(Error::Stale);
        }
        let names = names(&mut tx, &draft.groups).await?;
        unknown(&draft.groups, &names)?;
        refuse_cycle(&mut tx, draft).await?;
        let (course_id, groups) = (draft.course_id.clone(), draft.groups.clone());
        let new = prerequisites::New { course_id, groups, version: version + 1 };
        prerequisites::replace(&mut tx, std::slice::from_ref(&new)).await?;
        tx.commit().await?;
        Ok(Prerequisites { course_id: new.course_id, groups: new.groups, version: new.version, names })
    })
    .await
}

/// Code and name of the courses that groups ask for.
async fn names(tx: &mut Tx, groups: &[Group]) -> Result<HashMap<String, (String, String)>, Error> {
    let ids: BTreeSet<_> = groups.iter().flatten().filter_map(Condition::course).collect();
    let found = courses::by_ids(tx, ids.into_iter().map(str::to_owned).collect()).await?;
    Ok(found.into_iter().map(|course| (course.id, (course.code, course.name))).collect())
}

/// A wrong field for each course that does not exist.
fn unknown(groups: &[Group], names: &HashMap<String, (String, String)>) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (g, group) in groups.iter().enumerate() {
        for (c, condition) in group.iter().enumerate() {
            if condition.course().is_some_and(|course| !names.contains_key(course)) {
                let field = format!("all_of[{g}].any_of[{c}].course_id");
                faults.push(FieldFault::new(field, reasons::UNKNOWN_COURSE, "no such course"));
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Fields(faults)) }
}

/// Refuses a way from the course back to itself. Under the gate nobody else makes the other half of one.
async fn refuse_cycle(tx: &mut Tx, draft: &Draft) -> Result<(), Error> {
    let mut all = prerequisites::all(&mut *tx).await?;
    all.insert(draft.course_id.clone(), draft.groups.clone());
    let asks = |course: &str| all.get(course).into_iter().flatten().flatten().filter_map(Condition::course);
    let Some(way) = cycle(&draft.course_id, asks) else { return Ok(()) };
    let ids = way.iter().map(|id| (*id).to_owned()).collect();
    let codes: HashMap<_, _> =
        courses::by_ids(tx, ids).await?.into_iter().map(|course| (course.id, course.code)).collect();
    let courses = way.into_iter().map(|id| codes.get(id).cloned().unwrap_or_default()).collect();
    Err(Error::Refused(vec![Refusal::PrerequisiteCycle { courses }]))
}
