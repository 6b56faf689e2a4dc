//! Giving a seat in a class back.

use super::{Bench, allowed};
use crate::error::Error;
use crate::rules::plan;
use crate::rules::plan_state::Deed;
use crate::store::plans;

pub(super) async fn settle(bench: &mut Bench<'_>) -> Result<(), Error> {
    let mut class = bench.take_class()?;
    if !bench.situation.facts.has(&class.id) {
        return Err(Error::Absent("class in the plan"));
    }
    plan::may_drop(&bench.situation.facts).map_err(Error::Refused)?;
    let order = bench.order;
    plans::delete_item(bench.tx, &order.student_id, order.period, &class.id).await?;
    bench.take_seat(&mut class, -1).await?;
    let filled = allowed(bench.stage().filled())?;
    bench.situation.facts.plan.retain(|other| other.class_id != class.id);
    bench.situation.items.retain(|(other, _)| other.id != class.id);
    Ok(bench.save(filled, Deed::Drop, &class.label()).await?)
}
