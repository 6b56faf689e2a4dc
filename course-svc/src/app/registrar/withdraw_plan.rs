//! Taking a submitted plan back before it was decided.

use super::step::{Case, Step};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;

pub(super) fn decide(case: &Case<'_>, version: i64) -> Result<Option<Step>, Error> {
    case.expect(version)?;
    let withdrawn = plan::may_withdraw(&case.situation.facts).map_err(Error::Refused)?;
    Ok(Some(Step::new(Deed::Withdraw, withdrawn)))
}
