//! Study plans.

use api::{CeilingReason, PlanState, SeatPolicy};
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::class::{Reader, class, class_query};
use super::{Word, course, given, moment, page, promised, promised_moment, refusal, words};

words!(
    PlanState,
    pb::PlanState {
        None = Unspecified,
        Draft = Draft,
        Submitted = Submitted,
        Returned = Returned,
        Approved = Approved,
        Revising = Revising,
        Locked = Locked,
        Void = Void,
    }
);
words!(
    CeilingReason,
    pb::CeilingReason {
        LastGpa,
        FirstPeriod,
        FirstYear,
        GpaUnknown,
        ShortTerm,
        GpaMatrix,
        AfterLeave,
        AfterAbsence,
        WithCourse,
    }
);

pub(crate) fn plan(plan: pb::PlanView) -> Result<api::Plan, Fault> {
    Ok(api::Plan {
        student_id: plan.student_id,
        nim: given(plan.nim),
        student_name: given(plan.student_name),
        advisor_id: given(plan.advisor_id),
        advisor_name: given(plan.advisor_name),
        period_code: plan.period_code,
        state: PlanState::from_wire(plan.state)?,
        note: given(plan.note),
        items: plan.items.into_iter().map(item).collect::<Result<_, _>>()?,
        credits: plan.credits,
        credits_uncounted: plan.credits_uncounted,
        ceiling: ceiling(promised(plan.ceiling, "PlanView.ceiling")?)?,
        window: plan.window.map(course::window).transpose()?,
        refusals: plan.refusals.into_iter().map(refusal).collect(),
        flags: plan.flags.into_iter().map(refusal).collect(),
        submit_refusals: plan.submit_refusals.into_iter().map(refusal).collect(),
        approve_refusals: plan.approve_refusals.into_iter().map(refusal).collect(),
        gpa_hundredths: plan.gpa_hundredths,
        credits_earned: plan.credits_earned,
        waiting: plan.waiting.into_iter().map(waiting_place).collect::<Result<_, _>>()?,
        revision_window: plan.revision_window.map(course::window).transpose()?,
        revise_refusals: plan.revise_refusals.into_iter().map(refusal).collect(),
        seat_policy: seat_policy(plan.seat_policy)?,
        version: plan.version,
        changed_at: moment(plan.changed_at)?,
    })
}

fn item(item: pb::PlanItem) -> Result<api::PlanItem, Fault> {
    Ok(api::PlanItem {
        class: class(promised(item.class, "PlanItem.class")?, Reader::LoggedIn)?,
        taken_at: promised_moment(item.taken_at, "PlanItem.taken_at")?,
        wished: item.wished,
        uncounted: item.uncounted,
    })
}

/// A service from before there was a choice says nothing: it holds seats at add.
fn seat_policy(wire: i32) -> Result<SeatPolicy, Fault> {
    if wire == i32::from(pb::SeatPolicy::Unspecified) { Ok(SeatPolicy::AtAdd) } else { SeatPolicy::from_wire(wire) }
}

fn waiting_place(waiting: pb::WaitingPlace) -> Result<api::WaitingPlace, Fault> {
    Ok(api::WaitingPlace {
        class: class(promised(waiting.class, "WaitingPlace.class")?, Reader::LoggedIn)?,
        place: waiting.place,
        waiting: waiting.waiting,
        joined_at: promised_moment(waiting.joined_at, "WaitingPlace.joined_at")?,
        instead_of_id: given(waiting.instead_of_id),
        instead_of: given(waiting.instead_of),
        expires_at: moment(waiting.expires_at)?,
    })
}

pub(crate) fn ceiling(ceiling: pb::Ceiling) -> Result<api::Ceiling, Fault> {
    let reason = CeilingReason::from_wire(ceiling.reason)?;
    let by_gpa = matches!(reason, CeilingReason::LastGpa | CeilingReason::FirstYear | CeilingReason::GpaMatrix);
    Ok(api::Ceiling {
        credits: ceiling.credits,
        reason,
        last_gpa_hundredths: by_gpa.then_some(ceiling.last_gpa_hundredths),
    })
}

pub(crate) fn choice_query(
    student_id: String,
    period: String,
    query: api::ChoiceQuery,
) -> Result<pb::ListChoicesRequest, Fault> {
    let filter = class_query(api::ClassQuery {
        period,
        limit: query.limit,
        cursor: query.cursor,
        search: query.search,
        programme_id: query.programme_id,
        day: query.day,
        course_id: query.course_id,
        lecturer_id: query.lecturer_id,
    })?;
    Ok(pb::ListChoicesRequest { student_id, filter: Some(filter), takeable: query.takeable })
}

pub(crate) fn choices(list: pb::ListChoicesResponse) -> Result<api::Page<api::Choice>, Fault> {
    page(list.choices, list.page, |row| {
        Ok(api::Choice {
            class: class(promised(row.class, "Choice.class")?, Reader::LoggedIn)?,
            in_plan: row.in_plan,
            refusals: row.refusals.into_iter().map(refusal).collect(),
            swap_class_id: given(row.swap_class_id),
            may_wait: row.may_wait,
            place: row.place,
            uncounted: row.uncounted,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(reason: pb::CeilingReason) -> pb::PlanView {
        pb::PlanView {
            ceiling: Some(pb::Ceiling { credits: 12, reason: reason as i32, last_gpa_hundredths: 0 }),
            ..pb::PlanView::default()
        }
    }

    #[test]
    fn a_plan_that_was_not_opened_is_a_plan() {
        let plan = plan(wire(pb::CeilingReason::GpaUnknown)).unwrap();
        assert_eq!((plan.state, plan.version, plan.changed_at), (PlanState::None, 0, None));
    }

    #[test]
    fn an_average_of_zero_is_told_from_an_unknown_one() {
        let known = plan(wire(pb::CeilingReason::LastGpa)).unwrap().ceiling;
        let unknown = plan(wire(pb::CeilingReason::GpaUnknown)).unwrap().ceiling;
        assert_eq!((known.last_gpa_hundredths, unknown.last_gpa_hundredths), (Some(0), None));
    }

    #[test]
    fn refusals_keep_their_order_and_their_facts() {
        let refusals = ["krs-closed", "hold-library"].map(|reason| proto::common::v1::Refusal {
            reason: reason.into(),
            facts: [("until".to_owned(), "2026-09-14T16:59:59Z".to_owned())].into(),
        });
        let plan = plan(pb::PlanView { refusals: refusals.into(), ..wire(pb::CeilingReason::ShortTerm) }).unwrap();
        let words: Vec<_> = plan.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
        assert_eq!(words, ["krs-closed", "hold-library"]);
        assert_eq!(plan.refusals[0].facts["until"], "2026-09-14T16:59:59Z");
    }
}
