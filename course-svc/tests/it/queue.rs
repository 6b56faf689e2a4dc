//! The advisor's queue: who is in it, in which order, with what to look at, for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chassis::error::Kind;
use chassis::page::Page;
use course_svc::app::list_plans::list_plans;
use course_svc::app::rulebook::Rulebook;
use course_svc::app::{App, Limits};
use course_svc::rules::access::Readable;
use course_svc::rules::period::PeriodCode;
use course_svc::rules::policy::Policy;
use course_svc::rules::registration::Registration;
use course_svc::store::queue::Filter;
use jiff::SignedDuration;
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use proto::student::v1 as student_pb;
use tokio_util::sync::CancellationToken;

use crate::support::{
    PERIOD, TestApp, answer, fails, fields, hold, id, input, krs_window, plans_request, reasons, record, status,
    student, student_state,
};

/// Names, as the tests call the students.
fn names(list: &pb::ListPlansResponse) -> Vec<&str> {
    list.plans.iter().map(|plan| plan.student_name.as_str()).collect()
}

fn counts(list: &pb::ListPlansResponse) -> Vec<(pb::PlanState, u64)> {
    list.counts.iter().map(|count| (count.state(), count.plans)).collect()
}

/// `s1` and `s2` have submitted, in the other order; `s3` was returned, `s4` approved, `s6` is filling; the others have no
/// plan.
async fn queue(app: &TestApp) {
    app.open_period().await;
    let class = app.offer("IF201", 4, 40, (1, 420, 570)).await;
    for name in ["s2", "s1", "s3", "s4", "s6"] {
        app.add(name, &class.id).await.expect("a seat");
        app.clock.advance(SignedDuration::from_secs(1));
    }
    for name in ["s2", "s1", "s3", "s4"] {
        app.submit(name).await.expect("handed in");
        app.clock.advance(SignedDuration::from_secs(1));
    }
    app.give_back("l1", "s3", "Lagi.").await.expect("returned");
    app.approve("l2", "s4").await.expect("approved");
}

chassis::both_engines! {
    async fn the_longest_wait_comes_first(app: TestApp) {
        queue(&app).await;
        let all = app.plans(plans_request()).await;
        assert_eq!(names(&all), ["s2", "s1", "s3", "s6", "s5", "s7", "s8", "s9", "s4"]);
        use pb::PlanState::{Approved, Draft, Returned, Submitted, Unspecified};
        let states: Vec<_> = all.plans.iter().map(pb::PlanRowView::state).collect();
        let none = Unspecified;
        assert_eq!(states, [Submitted, Submitted, Returned, Draft, none, none, none, none, Approved]);
        let expected = [(none, 4), (Draft, 1), (Submitted, 2), (Returned, 1), (Approved, 1)];
        assert_eq!(counts(&all), expected);

        let first = &all.plans[0];
        assert_eq!((first.nim.as_str(), first.credits, first.version), ("nim-s2", 4, 2));
        assert_eq!((first.student_id.clone(), first.programme_id.clone()), (id("s2"), id("IF-S1")));
        assert!(first.changed_at.is_some() && all.plans[4].changed_at.is_none());
        assert_eq!(all.plans[4].version, 0);
    }

    async fn a_filter_narrows_the_list_and_the_counts_are_those_of_all_states(app: TestApp) {
        queue(&app).await;
        let state = |state: pb::PlanState| pb::ListPlansRequest { state: state.into(), ..plans_request() };
        let submitted = app.plans(state(pb::PlanState::Submitted)).await;
        assert_eq!(names(&submitted), ["s2", "s1"]);
        assert_eq!(counts(&submitted), counts(&app.plans(plans_request()).await));
        assert_eq!(names(&app.plans(state(pb::PlanState::Locked)).await), [""; 0]);
        let without = pb::ListPlansRequest { without_plan: true, ..plans_request() };
        assert_eq!(names(&app.plans(without.clone()).await), ["s5", "s7", "s8", "s9"]);

        let advisees = pb::ListPlansRequest { advisor_id: id("l1"), ..plans_request() };
        let advisees = app.plans(advisees).await;
        assert_eq!(names(&advisees), ["s2", "s1", "s3"]);
        assert_eq!(counts(&advisees), [(pb::PlanState::Submitted, 2), (pb::PlanState::Returned, 1)]);
        let programme = pb::ListPlansRequest { programme_id: id("HK-S1"), ..plans_request() };
        assert_eq!(names(&app.plans(programme).await), ["s9"]);

        let named = student_pb::StudentState { name: "Andi  Wijaya".to_owned(), ..student_state("s7", "IF-S1", "20241", "l2") };
        let numbered = student_pb::StudentState { nim: "24.05%X".to_owned(), ..student_state("s8", "IF-S1", "20241", "l2") };
        app.tell(&[
            chassis::outbox::Change::new("student.student", id("s7"), 2, &named),
            chassis::outbox::Change::new("student.student", id("s8"), 2, &numbered),
        ])
        .await;
        for (search, found) in
            [("WIJAYA", vec!["Andi  Wijaya"]), ("ndi wi", vec!["Andi  Wijaya"]), ("24.05%", vec!["s8"]), ("4.05", vec![]), ("%", vec![])]
        {
            let request = pb::ListPlansRequest { search: search.to_owned(), ..plans_request() };
            assert_eq!(names(&app.plans(request).await), found, "{search}");
        }

        let mut registrar = KrsClient::new(app.as_registrar());
        let both = pb::ListPlansRequest { without_plan: true, ..state(pb::PlanState::Draft) };
        let fault = fails(answer(registrar.list_plans(both).await), Kind::Malformed);
        assert_eq!(fields(&fault), [("without_plan".to_owned(), "unknown-value".to_owned())]);
        let unknown = pb::ListPlansRequest { period_code: "20993".to_owned(), ..plans_request() };
        fails(answer(registrar.list_plans(unknown).await), Kind::Absent);
    }

    async fn pages_are_the_list_and_nothing_else(app: TestApp) {
        queue(&app).await;
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = Some(PageRequest { size: 2, cursor });
            let list = app.plans(pb::ListPlansRequest { page, ..plans_request() }).await;
            assert!(list.plans.len() <= 2);
            found.extend(list.plans.iter().map(|plan| plan.student_name.clone()));
            cursor = list.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                break;
            }
            let other = pb::ListPlansRequest {
                page: Some(PageRequest { size: 2, cursor: cursor.clone() }),
                state: pb::PlanState::Draft.into(),
                ..plans_request()
            };
            let fault = answer(KrsClient::new(app.as_registrar()).list_plans(other).await);
            assert_eq!(fields(&fails(fault, Kind::Malformed))[0].1, "page-cursor", "bound to its filter");
        }
        assert_eq!(found, names(&app.plans(plans_request()).await));
    }

    async fn everybody_lists_whom_they_may_read_one_by_one(app: TestApp) {
        queue(&app).await;
        let token = || app.token();
        for (who, token, expected) in [
            ("advisor", token().lecturer(&id("l1")), vec!["s2", "s1", "s3"]),
            ("other lecturer", token().lecturer(&id("l3")), vec![]),
            ("unassigned lecturer", token().role("lecturer", None), vec![]),
            ("programme", token().programme_admin(&id("HK-S1")), vec!["s9"]),
            ("no programme", token().role("programme_admin", None), vec![]),
            ("both", token().lecturer(&id("l1")).programme_admin(&id("HK-S1")), vec!["s2", "s1", "s3", "s9"]),
        ] {
            let channel = app.bearing(&token.sign());
            let mut krs = KrsClient::new(channel);
            let list = answer(krs.list_plans(plans_request()).await).expect("a list");
            assert_eq!(names(&list), expected, "{who}");
            assert_eq!(list.counts.iter().map(|count| count.plans).sum::<u64>(), expected.len() as u64, "{who}");
            // Asking for somebody else's advisees finds nobody that one may not read.
            let foreign = pb::ListPlansRequest { advisor_id: id("l2"), ..plans_request() };
            let foreign = answer(krs.list_plans(foreign).await).expect("a list");
            assert!(foreign.plans.iter().all(|plan| expected.contains(&plan.student_name.as_str())), "{who}");
            for plan in &list.plans {
                let get = pb::GetPlanRequest { student_id: plan.student_id.clone(), period_code: PERIOD.to_owned() };
                answer(krs.get_plan(get).await).expect("what is listed is read");
            }
        }
        for token in [token().student(&id("s1")), token().system_admin(), token()] {
            let list = KrsClient::new(app.bearing(&token.sign())).list_plans(plans_request()).await;
            assert_eq!(fails(answer(list), Kind::Denied).reason(), "not-allowed");
        }
    }

    async fn who_left_or_comes_later_is_in_it_only_with_a_plan(app: TestApp) {
        queue(&app).await;
        let left = |name| {
            let state = student_pb::StudentState { exit_kind: "1".to_owned(), ..student_state(name, "IF-S1", "20241", "l1") };
            chassis::outbox::Change::new("student.student", id(name), 2, &state)
        };
        let later = student_state("s8", "IF-S1", "20271", "l2");
        app.tell(&[left("s1"), left("s7"), chassis::outbox::Change::new("student.student", id("s8"), 2, &later)]).await;
        let list = app.plans(plans_request()).await;
        assert_eq!(names(&list), ["s2", "s1", "s3", "s6", "s5", "s9", "s4"]);
        assert_eq!(reasons(&list.plans[1].flags), ["student-left"]);
    }

    async fn flags_are_what_approving_would_meet(app: TestApp) {
        app.open_period().await;
        let heavy = app.offer("IF201", 13, 40, (1, 420, 570)).await;
        let records: Vec<_> = (1..=3).map(|n| record(&format!("s{n}"), &[("20252", 300, 20, 0)])).collect();
        app.tell_records(&records).await;
        for name in ["s1", "s2", "s3"] {
            app.add(name, &heavy.id).await.expect("a seat");
            app.submit(name).await.expect("handed in");
        }
        app.approve("l1", "s3").await.expect("approved");
        let mut low = record("s1", &[("20251", 149, 20, 0), ("20252", 0, 0, 5)]);
        low.cumulative_hundredths = Some(149);
        app.tell_records(&[low, record("s3", &[("20252", 149, 20, 0)])]).await;
        app.tell(&[
            hold("s2", student_pb::HoldKind::Tuition, None, 1),
            hold("s7", student_pb::HoldKind::Document, None, 1),
        ])
        .await;

        let list = app.plans(plans_request()).await;
        let flags = |name: &str| {
            let row = list.plans.iter().find(|plan| plan.student_name == name).expect("it is listed");
            reasons(&row.flags)
        };
        assert_eq!(flags("s1"), ["credit-limit", "gpa-pending"]);
        assert_eq!(flags("s2"), ["hold-tuition"]);
        assert_eq!(flags("s3"), ["credit-limit"], "what an approved plan breaks by now");
        assert_eq!(flags("s7"), ["hold-document"], "why there is no plan");
        assert_eq!(flags("s4"), [""; 0]);
        assert_eq!((list.plans[0].gpa_hundredths, list.plans[1].gpa_hundredths), (Some(149), None));

        // The same evaluator speaks in the list, on the page of the plan, and at the act.
        for name in ["s1", "s2"] {
            let row = list.plans.iter().find(|plan| plan.student_name == name).expect("it is listed");
            let get = pb::GetPlanRequest { student_id: id(name), period_code: PERIOD.to_owned() };
            let view = answer(app.advising("l1").get_plan(get).await).expect("an advisee");
            let both: Vec<_> = view.approve_refusals.iter().chain(&view.flags).cloned().collect();
            assert_eq!(row.flags, both, "{name}");
            assert_eq!(row.ceiling, view.ceiling);
            let fault = fails(app.approve("l1", name).await, Kind::Refused);
            let told: Vec<_> = fault.refusals().iter().map(|refusal| refusal.reason.as_ref()).collect();
            assert_eq!(told, reasons(&view.approve_refusals), "{name}");
        }
    }

    async fn a_long_page_takes_no_more_statements_than_a_short_one(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let course = app.course("IF201", 4).await;
        let mut classes = Vec::new();
        for n in 0..5 {
            classes.push(app.class(input(&course.id, &format!("C{n}"), 200, &[(1, 420, 570)])).await.id);
        }
        let names: Vec<_> = (0..200).map(|n| format!("q{n}")).collect();
        let mut changes = Vec::new();
        for name in &names {
            changes.push(student(name, "IF-S1", "20241", "l1"));
            changes.push(status(name, PERIOD, student_pb::StatusKind::Active, 1));
        }
        app.tell(&changes).await;
        app.tell_records(&names.iter().map(|name| record(name, &[("20252", 300, 20, 0)])).collect::<Vec<_>>()).await;
        for (n, name) in names.iter().enumerate() {
            app.add(name, &classes[n % 5]).await.expect("a seat");
        }

        let rulebook = Rulebook::new(Policy::default(), Registration::SHIPPED);
        let limits = Limits { waiting_tick: std::time::Duration::from_secs(3600), ..Limits::default() };
        let own = App::start(app.db.db.clone(), app.clock.clone(), rulebook, limits, CancellationToken::new());
        let filter = Filter {
            readable: Readable { all: true, ..Readable::default() },
            period: PeriodCode::parse(PERIOD).expect("a period"),
            state: None,
            advisor_id: id("l1"),
            programme_id: String::new(),
            search: "q".to_owned(),
        };
        let statements = async |size: u32| {
            let counted = Statements::default();
            let list = {
                let _here = metrics::set_default_local_recorder(&counted);
                list_plans(&own, &filter, true, &Page { size, after: None }, 0).await.expect("a list")
            };
            assert_eq!(list.rows.len() as u64, u64::from(size));
            assert!(list.rows.iter().all(|row| row.credits == 4 && row.gpa.is_none()));
            counted.0.load(Ordering::Relaxed)
        };
        // The first list reads what courses ask for, which is kept.
        statements(1).await;
        let (short, long) = (statements(1).await, statements(200).await);
        assert_eq!(short, long);
        assert!((8..=20).contains(&long), "{long} statements");
    }
}

/// Counts the statements that this thread sends to the database.
#[derive(Debug, Default)]
struct Statements(Arc<AtomicU64>);

struct One(Arc<AtomicU64>);

impl HistogramFn for One {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Recorder for Statements {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match key.name() {
            "db_query_seconds" => Histogram::from_arc(Arc::new(One(self.0.clone()))),
            _ => Histogram::noop(),
        }
    }
}
