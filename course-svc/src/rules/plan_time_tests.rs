//! Tables of when a plan may be filled, handed in and decided about.

use super::*;

#[test]
fn the_student_acts_in_the_krs_window_and_the_advisor_in_that_of_approval() {
    let shut = Facts {
        gate: Gate::Closed(window()),
        stage: stored(PlanState::Submitted),
        ..facts(vec![class("A", "IF201", 4, &[])])
    };
    assert_eq!(words(may_withdraw(&shut).map(drop)), ["krs-closed"]);
    assert_eq!(may_approve(&shut), Ok(()), "without an approval window, as long as the period runs");
    for approval in [Gate::NotYet(window()), Gate::Closed(window())] {
        let facts = Facts { approval, ..shut.clone() };
        assert_eq!(words(may_approve(&facts)), ["approval-not-open"]);
        assert_eq!(words(may_return(&facts, false)), ["approval-not-open"]);
    }
    assert_eq!(words(may_return(&shut, false)), ["krs-closed"], "the student could not mend it any more");
    let decided = Facts { approval: Gate::Open(window()), ..shut.clone() };
    assert_eq!((may_approve(&decided), may_return(&decided, false)), (Ok(()), Ok(())));
    let over = Facts { state: PeriodState::Closed, ..shut };
    assert_eq!(words(may_approve(&over)), ["period-not-active"]);
    assert_eq!(words(may_return(&over, false)), ["period-not-active", "krs-closed"]);
}

#[test]
fn a_returned_plan_is_mended_as_long_as_it_can_be_approved() {
    let returned = |approval: Gate| Facts {
        gate: Gate::Closed(window()),
        approval,
        stage: stored(PlanState::Returned),
        ..facts(vec![class("A", "IF201", 4, &[])])
    };
    let open = returned(Gate::Open(window()));
    assert_eq!((may_submit(&open), may_drop(&open)), (Ok(()), Ok(())));
    assert_eq!(open.general_refusals(), []);
    for shut in [Gate::Closed(window()), Gate::NotYet(window()), Gate::Nothing] {
        assert_eq!(words(may_submit(&returned(shut))), ["krs-closed"]);
    }
    let revising = Facts { revision: Gate::Open(window()), ..returned(Gate::Closed(window())) };
    assert_eq!((may_submit(&revising), may_drop(&revising)), (Ok(()), Ok(())), "the revision window serves as well");
    let draft = Facts { stage: stored(PlanState::Draft), revision: Gate::Open(window()), ..open };
    assert_eq!(words(may_submit(&draft)), ["krs-closed"], "a draft is not a returned plan");
    let submitted = |revision| Facts { stage: stored(PlanState::Submitted), revision, ..returned(Gate::Nothing) };
    assert_eq!(words(may_return(&submitted(Gate::Nothing), false)), ["krs-closed"]);
    assert_eq!(may_return(&submitted(Gate::Open(window())), false), Ok(()));
}

#[test]
fn a_revision_follows_its_own_window() {
    let plan = |state, revision| Facts {
        gate: Gate::Closed(window()),
        revision,
        stage: stored(state),
        ..facts(vec![class("A", "IF201", 4, &[])])
    };
    let other = class("B", "IF202", 3, &[]);
    let open = plan(PlanState::Revising, Gate::Open(window()));
    assert_eq!((may_add(&open, &other, ROOM), may_drop(&open), may_submit(&open)), (Ok(()), Ok(()), Ok(())));
    for (gate, word) in [
        (Gate::NotYet(window()), "revision-not-open"),
        (Gate::Closed(window()), "revision-closed"),
        (Gate::Nothing, "revision-no-window"),
    ] {
        // Not the KRS window either.
        let facts = Facts { gate: Gate::Open(window()), ..plan(PlanState::Revising, gate.clone()) };
        assert_eq!(words(may_add(&facts, &other, ROOM)), [word]);
        assert_eq!((words(may_drop(&facts)), words(may_submit(&facts))), (vec![word], vec![word]));
        let approved = plan(PlanState::Approved, gate);
        assert_eq!(words(revision::may_revise(&approved)), [word]);
        assert_eq!(words(may_add(&approved, &other, ROOM)), ["krs-closed", "plan-approved"]);
    }
    assert_eq!(revision::may_revise(&plan(PlanState::Approved, Gate::Open(window()))), Ok(()));
    assert_eq!(words(revision::may_revise(&open)), ["plan-state"]);
    let mut away = plan(PlanState::Approved, Gate::Nothing);
    (away.state, away.standing.status) = (PeriodState::Closed, Some(Status::Leave));
    let all = ["period-not-active", "revision-no-window", "status-on-leave"];
    assert_eq!(words(revision::may_revise(&away)), all, "it could not be handed in again");
}

/// A window that is told apart from the others by its moments.
fn hours(opens: i64, closes: i64) -> Window {
    Window { opens_at: at(opens), closes_at: at(closes), ..window() }
}

/// A submitted plan that was approved before, its KRS window over.
fn handed_in(before: bool, approval: Gate, revision: Gate) -> Facts {
    Facts {
        gate: Gate::Closed(window()),
        approval,
        revision,
        stage: stored(PlanState::Submitted).of_revision(before),
        ..facts(vec![class("A", "IF201", 4, &[])])
    }
}

/// Every gate of approval against every gate of revision, for a plan that was approved before and for one that was not; the
/// table is the specification: the moment at which the window that is named opens, `None` when it may be approved.
#[test]
fn a_revision_is_approved_while_revisions_are_made_and_until_the_approval_after_them_is_over() {
    let (early, late) = (hours(60, 70), hours(80, 90));
    let approvals = [Gate::Nothing, Gate::Open(hours(1, 99)), Gate::Closed(hours(2, 3)), Gate::NotYet(late.clone())];
    let revisions = [Gate::Nothing, Gate::Open(hours(4, 99)), Gate::Closed(hours(5, 6)), Gate::NotYet(early)];
    let expected: [[Option<i64>; 4]; 4] =
        [[None; 4], [None; 4], [Some(2), None, Some(2), Some(60)], [Some(80), None, None, Some(60)]];
    for (approval, row) in approvals.iter().zip(expected) {
        for (revision, opens_at) in revisions.iter().zip(row) {
            let told = |facts: &Facts| match may_approve(facts) {
                Ok(()) => None,
                Err(refusals) => match &refusals[..] {
                    [Refusal::ApprovalNotOpen { opens_at, .. }] => Some(opens_at.as_second()),
                    other => panic!("{other:?}"),
                },
            };
            let found = told(&handed_in(true, approval.clone(), revision.clone()));
            assert_eq!(found, opens_at, "{approval:?} {revision:?}");
            // Of a plan that was never approved the approval windows alone are asked.
            let first = told(&handed_in(false, approval.clone(), revision.clone()));
            let window = approval.window().filter(|_| !matches!(approval, Gate::Open(_)));
            assert_eq!(first, window.map(|window| window.opens_at.as_second()), "{approval:?} {revision:?}");
        }
    }
    let next = handed_in(true, Gate::NotYet(late), Gate::NotYet(hours(85, 95)));
    let Err(refusals) = may_approve(&next) else { panic!("it is too early") };
    assert!(
        matches!(refusals[..], [Refusal::ApprovalNotOpen { opens_at, .. }] if opens_at == at(80)),
        "what opens first"
    );
    let back = handed_in(true, Gate::Closed(hours(2, 3)), Gate::Open(window()));
    assert_eq!(may_return(&back, false), Ok(()), "and returned");
}

#[test]
fn a_revision_is_withdrawn_while_revisions_are_made() {
    let withdrawn = |facts: &Facts| may_withdraw(facts).map(|stage| stage.state());
    let refused = |facts: &Facts| words(may_withdraw(facts).map(drop));
    let open = handed_in(true, Gate::Nothing, Gate::Open(window()));
    assert_eq!(withdrawn(&open), Ok(PlanState::Revising));
    assert_eq!(open.time_refusals(), [], "the page foretells it");
    let both = Facts { gate: Gate::Open(window()), ..open.clone() };
    assert_eq!(withdrawn(&both), Ok(PlanState::Revising));
    for (revision, word) in [
        (Gate::NotYet(window()), "revision-not-open"),
        (Gate::Closed(window()), "revision-closed"),
        (Gate::Nothing, "krs-closed"),
    ] {
        let shut = Facts { revision, ..open.clone() };
        assert_eq!(refused(&shut), [word]);
        let krs = Facts { gate: Gate::Open(window()), ..shut };
        assert_eq!(withdrawn(&krs), Ok(PlanState::Draft), "what an advisor had returned is a draft in the KRS window");
        let stage = may_withdraw(&krs).unwrap();
        let draft = Facts { stage: stage.clone(), ..krs };
        assert_eq!((may_submit(&draft), may_drop(&draft)), (Ok(()), Ok(())));
        let later = Facts { stage, ..open.clone() };
        assert_eq!((may_submit(&later), may_drop(&later)), (Ok(()), Ok(())), "and goes on when revisions are made");
    }
    assert_eq!(refused(&handed_in(false, Gate::Nothing, Gate::Open(window()))), ["krs-closed"], "it is no revision");
}
