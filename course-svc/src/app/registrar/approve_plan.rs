//! Approving a submitted plan.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) async fn settle(bench: &mut Bench<'_>, version: i64) -> Result<(), Error> {
    bench.expect(version)?;
    plan::may_approve(&bench.situation.facts).map_err(Error::Refused)?;
    let approved = allowed(bench.stage().approved())?;
    Ok(bench.save(approved, Deed::Approve, "").await?)
}
