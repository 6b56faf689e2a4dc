//! Opening a plan. An open one stays as it is.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) async fn settle(bench: &mut Bench<'_>) -> Result<(), Error> {
    if bench.situation.plan.is_some() {
        return Ok(());
    }
    plan::may_open(&bench.situation.facts).map_err(Error::Refused)?;
    let draft = allowed(bench.stage().filled())?;
    Ok(bench.save(draft, Deed::Open, "").await?)
}
