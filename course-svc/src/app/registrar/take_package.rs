//! Taking all classes of a package, or none.

use super::Preset;
use super::step::{Case, Step, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

/// A package that is not meant for the student is none for them.
pub(super) fn decide(case: &Case<'_>, package: Option<&Preset>) -> Result<Option<Step>, Error> {
    let (situation, known) = (case.situation, &case.situation.known);
    let mine = |package: &&Preset| {
        let cohort = known.belongs.cohort.map(u32::from);
        package.programme_id == known.programme_id && (package.cohort == 0 || cohort == Some(package.cohort))
    };
    let package = package.filter(mine).ok_or(Error::Absent("package"))?;
    let mut classes = Vec::with_capacity(package.class_ids.len());
    for id in &package.class_ids {
        let class = case.offered(id)?;
        classes.push((class.facts.clone(), class.seats.clone()));
    }
    plan::may_place_all(&situation.facts, &classes).map_err(Error::Refused)?;
    let news: Vec<_> = package.class_ids.iter().filter(|id| !situation.facts.has(id)).collect();
    if news.is_empty() {
        return Ok(None);
    }
    let step = Step::new(Deed::Package, allowed(case.stage().filled())?).about(&package.name);
    Ok(Some(news.into_iter().fold(step, |step, class_id| step.taking(class_id))))
}
