//! Which class of a plan could make room for another one.

use super::plan::{ClassFacts, Facts, may_swap};
use super::refusal::Refusal;
use super::seats::Seats;

/// The class of the plan that could be given back for this one in one step, of which `refusals` say why it cannot simply be
/// taken: the only one that stands in its way, when nothing else does.
pub fn in_the_way<'a>(facts: &Facts, class: &ClassFacts, seats: &Seats, refusals: &'a [Refusal]) -> Option<&'a str> {
    let mut named = refusals.iter().filter_map(own_class);
    let first = named.next()?;
    if named.any(|other| other != first) {
        return None;
    }
    may_swap(facts, first, class, seats).is_ok().then_some(first)
}

/// The class of the plan that a refusal is about.
fn own_class(refusal: &Refusal) -> Option<&str> {
    match refusal {
        Refusal::CourseAlreadyTaken { class_id, .. }
        | Refusal::ScheduleClash { class_id, .. }
        | Refusal::ExamClash { class_id, .. } => Some(class_id),
        _ => None,
    }
}
