//! Returning a submitted or approved plan with a note that says what to change.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) async fn settle(bench: &mut Bench<'_>, version: i64, note: &str) -> Result<(), Error> {
    bench.expect(version)?;
    plan::may_return(&bench.situation.facts).map_err(Error::Refused)?;
    let returned = allowed(bench.stage().returned(note.to_owned()))?;
    Ok(bench.save(returned, Deed::Return, "").await?)
}
