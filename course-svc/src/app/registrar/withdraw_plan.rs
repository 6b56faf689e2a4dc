//! Taking a submitted plan back before it was decided.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) async fn settle(bench: &mut Bench<'_>, version: i64) -> Result<(), Error> {
    bench.expect(version)?;
    plan::may_withdraw(&bench.situation.facts).map_err(Error::Refused)?;
    let draft = allowed(bench.stage().withdrawn())?;
    Ok(bench.save(draft, Deed::Withdraw, "").await?)
}
