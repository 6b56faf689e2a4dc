//! Deciding in an advisor's stead: for a time, not about oneself, and not any further.

use chassis::error::Kind;
use jiff::SignedDuration;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::approvals_client::ApprovalsClient;
use proto::course::v1::krs_client::KrsClient;

use crate::support::bulk::delegation;
use crate::support::{
    PERIOD, TestApp, answer, approve_request, fails, fields, id, keyed, moment, plans_request, steps_request,
};

/// `s1`, an advisee of `l1`, has handed in a plan.
async fn handed_in(app: &TestApp) {
    app.open_period().await;
    let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
    app.add("s1", &class.id).await.expect("a seat");
    app.submit("s1").await.expect("handed in");
}

/// Students in the queue of a lecturer.
async fn queue(app: &TestApp, lecturer: &str) -> Vec<String> {
    let list = answer(app.advising(lecturer).list_plans(plans_request()).await).expect("a list");
    let mut names: Vec<_> = list.plans.into_iter().map(|plan| plan.student_name).collect();
    names.sort();
    names
}

/// Delegations as an account sees them, over pages of one: delegate, and whether it was ended.
async fn listed(mut approvals: ApprovalsClient<chassis::client::Channel>, current: bool) -> Vec<(String, bool)> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = Some(PageRequest { size: 1, cursor });
        let request = pb::ListDelegationsRequest { current, page };
        let answer = answer(approvals.list_delegations(request).await).expect("delegations");
        found.extend(answer.delegations.into_iter().map(|one| (one.delegate_name, one.ended_at.is_some())));
        cursor = answer.page.expect("a page").next_cursor;
        if cursor.is_empty() {
            return found;
        }
    }
}

chassis::both_engines! {
    async fn a_delegate_acts_and_reads_while_it_holds(app: TestApp) {
        handed_in(&app).await;
        let get = || pb::GetPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
        let own: Vec<_> = (4..=9).map(|n| format!("s{n}")).collect();
        assert_eq!(queue(&app, "l2").await, own);
        let given = app.delegate("l1", "l2", 24, 48).await.expect("given");
        assert_eq!((given.advisor_name.as_str(), given.delegate_name.as_str()), ("Dr. Andi", "Dr. Budi"));
        for (hours, holds) in [(0, false), (24, true), (24, false)] {
            app.clock.advance(SignedDuration::from_hours(hours));
            let read = answer(app.advising("l2").get_plan(get()).await);
            let stale = answer(app.advising("l2").approve_plan(approve_request("s1", 1)).await);
            let steps = answer(app.advising("l2").list_plan_steps(steps_request("s1")).await);
            if holds {
                assert_eq!(read.expect("readable").student_name, "s1");
                fails(stale, Kind::Stale);
                assert_eq!(steps.expect("readable").steps.len(), 2);
                let all: Vec<_> = (1..=9).map(|n| format!("s{n}")).collect();
                assert_eq!(queue(&app, "l2").await, all, "their own and the advisor's");
                let of = pb::ListPlansRequest { advisor_id: id("l1"), ..plans_request() };
                let theirs = answer(app.advising("l2").list_plans(of).await).expect("a list");
                assert_eq!(theirs.plans.len(), 3);
            } else {
                fails(read.map(drop), Kind::Absent);
                fails(stale.map(drop), Kind::Absent);
                fails(steps.map(drop), Kind::Absent);
                assert_eq!(queue(&app, "l2").await, own);
            }
        }
        app.delegate("l1", "l2", 0, 1).await.expect("given again");
        app.approve("l2", "s1").await.expect("approved in the advisor's stead");
        let step = &app.steps("s1").await[0];
        assert_eq!((step.actor.as_str(), step.actor_name.as_str()), ("delegate", "Dr. Budi"));
        app.approve("l1", "s1").await.map(drop).expect_err("it is approved already");
        app.give_back("l1", "s1", "Kurang SKS.").await.expect("the advisor goes on deciding");
        assert_eq!(app.steps("s1").await[0].actor, "advisor");
    }

    async fn an_ended_delegation_gives_nothing(app: TestApp) {
        handed_in(&app).await;
        let given = app.delegate("l1", "l2", -1, 48).await.expect("given");
        fails(app.end("l3", &given).await, Kind::Absent);
        assert_eq!(fails(app.end("l2", &given).await, Kind::Denied).reason(), "not-allowed");
        assert_eq!(queue(&app, "l2").await.len(), 9);
        let ended = app.end("l1", &given).await.expect("ended");
        assert_eq!(ended.ended_at, Some(moment(app.clock.now())));
        assert_eq!(queue(&app, "l2").await.len(), 6);
        fails(app.approve("l2", "s1").await, Kind::Absent);
        app.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(app.end("l1", &given).await.expect("again"), ended, "ending it again changes nothing");

        let over = app.delegate("l1", "l2", 0, 1).await.expect("given");
        app.clock.advance(SignedDuration::from_hours(1));
        let request = pb::EndDelegationRequest { id: over.id };
        let office = answer(app.office().end_delegation(request).await).expect("the office may");
        assert_eq!(office.ended_at, None, "what is over was not ended");
        for id in ["", "x", &chassis::id::new()] {
            let request = pb::EndDelegationRequest { id: id.to_owned() };
            fails(answer(app.office().end_delegation(request).await), Kind::Absent);
        }
    }

    async fn a_delegation_goes_no_further_and_never_to_oneself(app: TestApp) {
        handed_in(&app).await;
        app.delegate("l1", "l2", 0, 48).await.expect("given");
        app.delegate("l2", "l3", 0, 48).await.expect("given");
        fails(app.approve("l3", "s1").await, Kind::Absent);
        assert_eq!(queue(&app, "l3").await, ["s4", "s5", "s6", "s7", "s8", "s9"], "the advisees of l2 alone");
        // A lecturer who studies: not about their own plan, whoever asks them to.
        let both = app.token().account("both").lecturer(&id("l2")).student(&id("s1")).sign();
        let mut krs = KrsClient::new(app.bearing(&both));
        assert_eq!(fails(answer(krs.approve_plan(approve_request("s1", 2)).await), Kind::Denied).reason(), "not-allowed");
    }

    async fn everything_wrong_with_a_delegation_is_named_at_once(app: TestApp) {
        let now = app.clock.now();
        let field = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        let give = async |request| fields(&fails(answer(app.office().create_delegation(request).await), Kind::Malformed));
        let bare = give(pb::CreateDelegationRequest::default()).await;
        let expected =
            [field("advisor_id", "required"), field("delegate_id", "required"), field("from", "bad-time"), field("until", "bad-time")];
        assert_eq!(bare, expected);
        let own = pb::CreateDelegationRequest { note: "x".repeat(201), ..delegation(now, "l1", "l1", 2, 1) };
        let expected = [field("delegate_id", "delegate-is-advisor"), field("note", "too-long"), field("until", "not-after")];
        assert_eq!(give(own).await, expected);
        assert_eq!(give(delegation(now, "l1", "l2", 0, 24 * 367)).await, [field("until", "out-of-range")]);
        assert_eq!(give(delegation(now, "l1", "l2", -2, -1)).await, [field("until", "not-after")]);
        let unknown = pb::CreateDelegationRequest { delegate_id: "x".to_owned(), ..delegation(now, "l8", "l2", 0, 1) };
        assert_eq!(give(unknown).await, [field("delegate_id", "unknown-lecturer")]);
        let both = [field("advisor_id", "unknown-lecturer"), field("delegate_id", "unknown-lecturer")];
        assert_eq!(give(delegation(now, "l8", "l9", 0, 1)).await, both);
    }

    async fn lecturers_give_what_is_theirs_and_see_what_concerns_them(app: TestApp) {
        let now = app.clock.now();
        let foreign = answer(app.approvals("l3").create_delegation(delegation(now, "l1", "l2", 0, 1)).await);
        assert_eq!(fails(foreign, Kind::Denied).reason(), "not-allowed");
        let mut student = ApprovalsClient::new(app.as_student("s1"));
        fails(answer(student.create_delegation(delegation(now, "l1", "l2", 0, 1)).await), Kind::Denied);
        fails(answer(student.list_delegations(pb::ListDelegationsRequest::default()).await), Kind::Denied);

        let own = pb::CreateDelegationRequest { advisor_id: String::new(), ..delegation(now, "l1", "l2", 0, 2) };
        let mut ids = Vec::new();
        for _ in 0..2 {
            let given = answer(app.approvals("l1").create_delegation(keyed(own.clone(), "give")).await).expect("given");
            assert_eq!(given.advisor_id, id("l1"));
            ids.push(given.id);
        }
        assert_eq!(ids[0], ids[1], "sent twice, given once");
        app.clock.advance(SignedDuration::from_secs(1));
        let office = answer(app.office().create_delegation(delegation(now, "l2", "l3", 5, 6)).await).expect("given");
        app.clock.advance(SignedDuration::from_secs(1));
        let short = app.delegate("l1", "l3", 0, 1).await.expect("given");
        app.end("l1", &short).await.expect("ended");
        let told = |name: &str, ended| (name.to_owned(), ended);
        let (andi, budi, citra) = (app.approvals("l1"), app.approvals("l2"), app.approvals("l3"));
        let all = vec![told("Dr. Citra", true), told("Dr. Citra", false), told("Dr. Budi", false)];
        assert_eq!(listed(app.office(), false).await, all, "the latest first");
        assert_eq!(listed(app.office(), true).await, [told("Dr. Budi", false)]);
        assert_eq!(listed(andi.clone(), false).await, [told("Dr. Citra", true), told("Dr. Budi", false)]);
        assert_eq!(listed(budi, false).await, [told("Dr. Citra", false), told("Dr. Budi", false)]);
        assert_eq!(listed(citra, false).await, [told("Dr. Citra", true), told("Dr. Citra", false)]);
        assert_eq!(listed(andi, true).await, [told("Dr. Budi", false)]);
        assert_eq!(office.note, "Cuti.");
    }
}
