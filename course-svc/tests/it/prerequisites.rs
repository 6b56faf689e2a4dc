//! Prerequisites in a plan: what the page foretells, the act, the submission and the approval.

use chassis::error::{Fault, Kind};
use proto::course::v1 as pb;

use crate::support::people::{record, result};
use crate::support::rows::{import, seat_in};
use crate::support::study::{about, credits, gpa, passed, results};
use crate::support::{Alone, PERIOD, TestApp, fails, krs_window, reasons, words};

/// Classes of four courses: IF101, which others ask for, IF104, IF105 and IF203.
struct Offer {
    base: pb::Class,
    classes: [pb::Class; 3],
}

fn course(class: &pb::Class) -> String {
    crate::support::course_id(class)
}

async fn offer(app: &TestApp) -> Offer {
    app.open_period().await;
    Offer {
        base: app.offer("IF101", 4, 9, (1, 420, 500)).await,
        classes: [
            app.offer("IF104", 4, 9, (2, 420, 500)).await,
            app.offer("IF105", 3, 9, (3, 420, 500)).await,
            app.offer("IF203", 3, 9, (4, 420, 500)).await,
        ],
    }
}

/// Unmet groups of a refusal as `group wanted have`.
fn unmet(fault: &Fault) -> Vec<String> {
    let of = |name: &str, refusal: &chassis::error::Refusal| refusal.facts.get(name).cloned().unwrap_or_default();
    let unmet = fault.refusals().iter().filter(|refusal| refusal.reason == "prerequisite-unmet");
    unmet.map(|r| format!("{} {} {}", of("group", r), of("wanted", r), of("have", r))).collect()
}

/// What the list of choices says about a class.
async fn foretold(app: &TestApp, student: &str, class: &pb::Class) -> Vec<String> {
    let choices = app.choices(student, false).await;
    let choice = choices.into_iter().find(|choice| choice.class.as_ref().is_some_and(|found| found.id == class.id));
    let refusals = choice.expect("every class is listed").refusals;
    refusals.iter().map(|refusal| refusal.reason.clone()).collect()
}

chassis::both_engines! {
    async fn a_grade_opens_the_next_course_and_a_lower_one_does_not(app: TestApp) {
        let Offer { base, classes: [next, ..] } = offer(&app).await;
        app.ask(&course(&next), vec![vec![passed(&course(&base), 200, "C")]]).await.expect("asked");
        app.tell_records(&[
            results("s1", &[result(&course(&base), "20251", "B", 4)], 4, Some(300)),
            results("s2", &[result(&course(&base), "20251", "D", 4)], 4, Some(100)),
            results("s3", &[result(&course(&base), "20251", "E", 4)], 0, Some(0)),
        ])
        .await;
        app.add("s1", &next.id).await.expect("B is enough");
        for (student, have) in [("s2", "D"), ("s3", "E"), ("s4", "")] {
            let fault = fails(app.add(student, &next.id).await, Kind::Refused);
            assert_eq!(words(&fault), ["prerequisite-unmet"], "{student}");
            assert_eq!(unmet(&fault), [format!("1 passed:IF101:C {have}")]);
            assert_eq!(foretold(&app, student, &next).await, ["prerequisite-unmet"], "the page says the same");
        }
        app.tell_records(&[results("s2", &[result(&course(&base), "20252", "C", 4)], 4, Some(200))]).await;
        app.add("s2", &next.id).await.expect("the course was repeated");
    }

    async fn every_group_is_told_at_once_with_other_reasons(app: TestApp) {
        let Offer { base, classes: [next, other, _] } = offer(&app).await;
        let taken = about(pb::ConditionKind::Taken, &course(&other));
        let groups = vec![vec![passed(&course(&base), 0, ""), taken], vec![credits(80)], vec![gpa(275)]];
        app.ask(&course(&next), groups).await.expect("asked");
        app.tell_records(&[results("s1", &[], 79, Some(274)), results("s2", &[], 80, Some(275))]).await;
        let full = app.offer("IF999", 4, 9, (2, 420, 500)).await;
        app.add("s1", &full.id).await.expect("a seat in the same hour");
        let fault = fails(app.add("s1", &next.id).await, Kind::Refused);
        let expected = ["schedule-clash", "prerequisite-unmet", "prerequisite-unmet", "prerequisite-unmet"];
        assert_eq!(words(&fault), expected);
        assert_eq!(unmet(&fault), ["1 passed:IF101:|taken:IF105 ", "2 credits:80 79", "3 gpa:275 274"]);
        assert_eq!(unmet(&fails(app.add("s2", &next.id).await, Kind::Refused)), ["1 passed:IF101:|taken:IF105 "]);
    }

    async fn a_course_may_ask_for_company_and_the_submission_asks_again(app: TestApp) {
        let Offer { base, classes: [next, ..] } = offer(&app).await;
        app.ask(&course(&next), vec![vec![about(pb::ConditionKind::Concurrent, &course(&base))]]).await.expect("asked");
        let fault = fails(app.add("s1", &next.id).await, Kind::Refused);
        assert_eq!(unmet(&fault), ["1 concurrent:IF101 "]);
        app.add("s1", &base.id).await.expect("the other first");
        assert_eq!(foretold(&app, "s1", &next).await, [""; 0]);
        app.add("s1", &next.id).await.expect("then this one");
        app.drop("s1", &base.id).await.expect("given back");
        assert_eq!(reasons(&app.plan("s1").await.submit_refusals), ["prerequisite-unmet"]);
        let fault = fails(app.submit("s1").await, Kind::Refused);
        assert_eq!(words(&fault), ["prerequisite-unmet"]);
        assert_eq!(fault.refusals()[0].facts["of"], "Mata Kuliah IF104 A");
        app.add("s1", &base.id).await.expect("taken again");
        app.submit("s1").await.expect("complete");
    }

    async fn a_prerequisite_that_comes_later_blocks_the_approval(app: TestApp) {
        let Offer { base, classes: [next, ..] } = offer(&app).await;
        app.add("s1", &next.id).await.expect("nothing is asked yet");
        app.submit("s1").await.expect("submitted");
        app.ask(&course(&next), vec![vec![passed(&course(&base), 200, "C")]]).await.expect("asked now");
        let fault = fails(app.approve("l1", "s1").await, Kind::Refused);
        assert_eq!(unmet(&fault), ["1 passed:IF101:C "]);
        app.tell_records(&[results("s1", &[result(&course(&base), "20251", "A", 4)], 4, Some(400))]).await;
        app.approve("l1", "s1").await.expect("the result has arrived");
    }

    async fn an_equivalent_course_is_as_good_even_over_another(app: TestApp) {
        let Offer { base, classes: [next, old, oldest] } = offer(&app).await;
        app.ask(&course(&next), vec![vec![passed(&course(&base), 200, "C")]]).await.expect("asked");
        app.tell_records(&[results("s1", &[result(&course(&oldest), "20241", "B", 4)], 4, Some(300))]).await;
        fails(app.add("s1", &next.id).await, Kind::Refused);
        app.equate(&course(&base), &[&course(&old)]).await.expect("equivalent");
        fails(app.add("s1", &next.id).await, Kind::Refused);
        app.equate(&course(&old), &[&course(&base), &course(&oldest)]).await.expect("equivalent");
        app.add("s1", &next.id).await.expect("over the middle one");
        app.equate(&course(&old), &[]).await.expect("no more");
        assert_eq!(reasons(&app.plan("s1").await.submit_refusals), ["prerequisite-unmet"], "asked again");
    }

    async fn a_grade_that_is_awaited_is_flagged_and_not_refused(app: TestApp) {
        let Offer { base, classes: [next, ..] } = offer(&app).await;
        app.period("20252", pb::PeriodState::Closed, Vec::new()).await;
        // The registrar's period is over: the import brings the plan of it, which is locked.
        let class = crate::support::rows::class_in("20252", "IF101", "A", "9");
        import(&app, vec![class, seat_in("20252", "s1", "IF101", "A", "")]).await;
        app.ask(&course(&next), vec![vec![passed(&course(&base), 200, "C")]]).await.expect("asked");
        app.add("s1", &next.id).await.expect("it may still be enough");
        let plan = app.plan("s1").await;
        assert_eq!(reasons(&plan.flags), ["prerequisite-pending"]);
        assert_eq!((plan.flags[0].facts["course"].as_str(), plan.flags[0].facts["of"].as_str()), ("IF101", "Mata Kuliah IF104 A"));
        fails(app.add("s2", &next.id).await, Kind::Refused);

        let mut told = record("s1", &[("20252", 100, 4, 0)]);
        told.results = vec![result(&course(&base), "20252", "D", 4)];
        app.tell_records(&[told]).await;
        let plan = app.plan("s1").await;
        assert_eq!((reasons(&plan.flags), reasons(&plan.submit_refusals)), (vec![], vec!["prerequisite-unmet"]));
        assert_eq!(plan.items.len(), 1, "the seat is not taken away");
    }

    async fn a_worse_retake_that_is_published_is_not_awaited_with_the_others_of_its_semester(app: TestApp) {
        let Offer { base, classes: [next, other, _] } = offer(&app).await;
        app.ask(&course(&next), vec![vec![passed(&course(&base), 300, "B")]]).await.expect("asked");
        app.period("20252", pb::PeriodState::Closed, Vec::new()).await;
        let class = crate::support::rows::class_in("20252", "IF101", "A", "9");
        import(&app, vec![class, seat_in("20252", "s1", "IF101", "A", ""), seat_in("20252", "s2", "IF101", "A", "")]).await;
        // The C of an earlier period counts; another course of the later one is still unpublished.
        let told = |name, awaited: &[String]| {
            let mut told = record(name, &[("20251", 200, 4, 0), ("20252", 100, 4, 1)]);
            told.results = vec![result(&course(&base), "20251", "C", 4)];
            told.semesters[1].pending_course_ids = awaited.to_vec();
            told
        };
        app.tell_records(&[told("s1", &[]), told("s2", &[course(&other)])]).await;
        let plan = app.add("s1", &next.id).await.expect("only the number is known: it may be this one");
        assert!(reasons(&plan.flags).contains(&"prerequisite-pending"), "{:?}", plan.flags);
        let fault = fails(app.add("s2", &next.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["prerequisite-unmet"]);
        // And where it is this one, it is awaited.
        app.tell_records(&[told("s2", &[course(&base)])]).await;
        let plan = app.add("s2", &next.id).await.expect("unknown is not refused");
        assert!(reasons(&plan.flags).contains(&"prerequisite-pending"), "{:?}", plan.flags);
    }

    async fn who_took_a_course_in_an_approved_plan_has_taken_it(app: TestApp) {
        let Offer { base, classes: [next, ..] } = offer(&app).await;
        app.period("20252", pb::PeriodState::Closed, Vec::new()).await;
        let class = crate::support::rows::class_in("20252", "IF101", "A", "9");
        let seats = [("s1", "approved"), ("s2", "draft")].map(|(s, state)| seat_in("20252", s, "IF101", "A", state));
        import(&app, [class].into_iter().chain(seats).collect()).await;
        app.ask(&course(&next), vec![vec![about(pb::ConditionKind::Taken, &course(&base))]]).await.expect("asked");
        app.add("s1", &next.id).await.expect("taken");
        assert_eq!(reasons(&app.plan("s1").await.flags), [""; 0]);
        let fault = fails(app.add("s2", &next.id).await, Kind::Refused);
        assert_eq!(unmet(&fault), ["1 taken:IF101 "], "a draft was never taken");
    }

    async fn results_that_were_never_heard_of_are_flagged_and_refuse_nothing(alone: Alone) {
        let app = alone.0;
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        assert_eq!(reasons(&app.plan("s1").await.flags), ["hold-unknown", "results-unknown"]);
    }

    async fn another_replica_asks_what_was_put_here(app: TestApp) {
        if app.db.db.engine() == chassis::db::Engine::Sqlite {
            // One process owns a SQLite file.
            return;
        }
        let Offer { classes: [next, other, _], .. } = offer(&app).await;
        let replica = app.replica().await;
        let token = app.token().account("account-s1").student(&crate::support::id("s1")).sign();
        let channel = replica.channel(&app.pki, "gateway").with_bearer(&token);
        let mut krs = pb::krs_client::KrsClient::new(channel);
        let add = |class: &pb::Class| crate::support::add_request("s1", &class.id);
        crate::support::answer(krs.add_class(add(&other)).await).expect("nothing is asked");
        app.ask(&course(&next), vec![vec![credits(80)]]).await.expect("asked on the first replica");
        let fault = fails(crate::support::answer(krs.add_class(add(&next)).await), Kind::Refused);
        assert_eq!(unmet(&fault), ["1 credits:80 0"]);
    }
}
