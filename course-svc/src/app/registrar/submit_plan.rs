//! Handing a plan to the advisor.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) async fn settle(bench: &mut Bench<'_>, version: i64) -> Result<(), Error> {
    bench.expect(version)?;
    plan::may_submit(&bench.situation.facts).map_err(Error::Refused)?;
    let submitted = allowed(bench.stage().submitted())?;
    Ok(bench.save(submitted, Deed::Submit, "").await?)
}
