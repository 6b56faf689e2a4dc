//! Taking a seat in a class.

use chassis::db::DbError;

use super::{Bench, allowed};
use crate::error::Error;
use crate::model::Class;
use crate::rules::plan_state::Deed;
use crate::rules::{Refusal, plan};
use crate::store::plans;

pub(super) async fn settle(bench: &mut Bench<'_>) -> Result<(), Error> {
    let mut class = bench.take_class()?;
    plan::may_add(&bench.situation.facts, &class.facts(), class.seats).map_err(Error::Refused)?;
    let (order, now) = (bench.order, bench.now);
    let item = plans::insert_item(bench.tx, &order.student_id, order.period, &class.id, &class.course.id, now).await;
    item.map_err(|error| already_there(error, &class))?;
    bench.take_seat(&mut class, 1).await?;
    let (filled, label) = (allowed(bench.stage().filled())?, class.label());
    bench.situation.facts.plan.push(class.facts());
    bench.situation.items.push((class, now));
    Ok(bench.save(filled, Deed::Add, &label).await?)
}

/// The database's own second line of defence, in the rules' words.
fn already_there(error: DbError, class: &Class) -> Error {
    let refusal = match error.constraint() {
        Some("pk_study_plan_item") => Refusal::ClassAlreadyTaken { class: class.label() },
        Some("uq_study_plan_item_student_id_period_code_course_id") => {
            Refusal::CourseAlreadyTaken { class: class.label(), class_id: class.id.clone() }
        }
        _ => return Error::Db(error),
    };
    tracing::error!(reason = refusal.reason(), "the database refused what the rules had allowed");
    Error::Refused(vec![refusal])
}
