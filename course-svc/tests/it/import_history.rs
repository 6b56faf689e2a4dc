//! Past plans and announced results: history is judged by the rules and never refused for them.

use proto::course::v1 as pb;
use proto::course::v1::import_row::Row;
use proto::course::v1::krs_client::KrsClient;
use proto::feed::v1::GetHeadRequest;
use proto::feed::v1::feed_client::FeedClient;

use crate::support::people::{record, result as published};
use crate::support::rows::{Talk, class_in, course, equivalent, import, period, prerequisite, result, scale, seat_in};
use crate::support::{PERIOD, TestApp, answer, id, student};

/// Two periods that are over and the present one, a course of each, and one that asks for the first.
fn campus() -> Vec<Row> {
    let mut rows = vec![
        course("IF101", "4"),
        course("IF102", "3"),
        course("IF104", "4"),
        prerequisite("IF104", "1", "passed:IF101:C:2.00"),
        period("20251", "closed"),
        period("20252", "closed"),
        period(PERIOD, "active"),
    ];
    for code in ["IF101", "IF102", "IF104"] {
        for at in ["20251", "20252", PERIOD] {
            rows.push(class_in(at, code, "A", "40"));
        }
    }
    rows
}

/// The campus with what a student did there.
fn with(rows: Vec<Row>) -> Vec<Row> {
    campus().into_iter().chain(scale()).chain(rows).collect()
}

/// What rows are told of, without lines; `!` stands before a warning.
async fn told(app: &TestApp, rows: Vec<Row>) -> (bool, Vec<String>, Talk) {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    let faults = talk.faults();
    let warnings = faults.iter().filter(|fault| fault.starts_with('!')).count();
    assert_eq!(u64::try_from(warnings).ok(), Some(verdict.warnings), "{faults:?}");
    let short = |fault: String| {
        let parts: Vec<_> = fault.split(':').collect();
        format!("{} {}", parts[0], parts[3])
    };
    (verdict.ok, faults.into_iter().map(short).collect(), talk)
}

async fn state(app: &TestApp, student: &str, period: &str) -> (pb::PlanState, i64) {
    let request = pb::GetPlanRequest { student_id: id(student), period_code: period.to_owned() };
    let plan = answer(app.krs(student).get_plan(request).await).expect("a plan");
    (plan.state(), plan.version)
}

async fn head(app: &TestApp) -> i64 {
    let feed = FeedClient::new(app.server.channel(&app.pki, "siakad")).get_head(GetHeadRequest {}).await;
    feed.expect("a head").into_inner().head
}

chassis::both_engines! {
    async fn past_plans_are_locked_and_present_ones_drafts_unless_a_row_says_otherwise(app: TestApp) {
        let rows = with(vec![
            seat_in("20251", "s1", "IF101", "A", ""),
            result("s1", "20251", "IF101", "B"),
            seat_in("20252", "s1", "IF102", "A", "approved"),
            seat_in(PERIOD, "s1", "IF104", "A", ""),
            seat_in(PERIOD, "s2", "IF101", "A", "submitted"),
            seat_in(PERIOD, "s2", "IF102", "A", "submitted"),
            seat_in(PERIOD, "s3", "IF101", "A", "approved"),
        ]);
        import(&app, rows.clone()).await;
        use pb::PlanState::{Approved, Draft, Locked, Submitted};
        for (who, at, expected) in [
            ("s1", "20251", Locked),
            ("s1", "20252", Approved),
            ("s1", PERIOD, Draft),
            ("s2", PERIOD, Submitted),
            ("s3", PERIOD, Approved),
        ] {
            assert_eq!(state(&app, who, at).await, (expected, 1), "{who} {at}");
        }
        let steps = app.steps("s2").await;
        assert_eq!((steps.len(), steps[0].deed(), steps[0].state()), (1, pb::PlanDeed::Import, Submitted));
        let again = import(&app, rows).await;
        assert_eq!((again.created, again.changed), (0, 0));
        assert_eq!(state(&app, "s2", PERIOD).await, (Submitted, 1));
    }

    async fn a_state_goes_forward_by_an_import_and_never_back(app: TestApp) {
        let seats = |state: &str| with(vec![
            seat_in(PERIOD, "s1", "IF101", "A", state),
            seat_in(PERIOD, "s1", "IF102", "A", state),
        ]);
        import(&app, seats("submitted")).await;
        let before = head(&app).await;
        let applied = import(&app, seats("approved")).await;
        assert_eq!((applied.created, applied.changed, applied.feed_head), (0, 2, before + 1));
        assert_eq!(state(&app, "s1", PERIOD).await, (pb::PlanState::Approved, 2));
        for state in ["draft", "", "submitted", "approved"] {
            let applied = import(&app, seats(state)).await;
            assert_eq!((applied.changed, applied.feed_head), (0, before + 1), "{state:?}");
        }
        let mut more = seats("locked");
        more.push(seat_in(PERIOD, "s1", "IF104", "A", ""));
        let (ok, faults, _) = told(&app, more).await;
        assert!(!ok, "an empty cell is a draft, the others are locked");
        assert_eq!(faults, ["plans.csv plan-states-differ"]);
        // A returned plan keeps its note when an import adds to it.
        app.open_window().await;
        app.submit_new("s2").await;
        app.give_back("l1", "s2", "kurangi SKS").await.expect("returned");
        import(&app, with(vec![seat_in(PERIOD, "s2", "IF102", "A", "")])).await;
        let plan = app.plan("s2").await;
        assert_eq!((plan.state(), plan.note.as_str(), plan.items.len()), (pb::PlanState::Returned, "kurangi SKS", 2));
    }

    async fn history_that_breaks_a_prerequisite_is_a_warning_with_its_row(app: TestApp) {
        let rows = with(vec![
            seat_in("20251", "s1", "IF101", "A", ""),
            seat_in("20252", "s1", "IF104", "A", ""),
            result("s1", "20251", "IF101", "D"),
            result("s1", "20252", "IF104", "A"),
            // Without plans: the result itself is the row.
            result("s2", "20251", "IF101", "C"),
            result("s2", "20252", "IF104", "B"),
            result("s3", "20252", "IF104", "B"),
        ]);
        let lines = rows.len();
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows.clone());
        let verdict = talk.judge().await;
        assert!(verdict.ok, "warnings keep nothing back");
        let line = |back: usize| lines + 2 - back;
        assert_eq!(
            talk.faults(),
            [
                format!("!plans.csv:{}::prerequisite-unmet", line(6)),
                format!("!grades.csv:{}::prerequisite-unmet", line(4)),
                format!("!grades.csv:{}::prerequisite-unmet", line(1)),
            ]
        );
        assert_eq!((talk.facts(0)["wanted"].as_str(), talk.facts(0)["have"].as_str()), ("passed:IF101:C", "D"));
        assert_eq!((talk.facts(2)["group"].as_str(), talk.facts(2)["have"].as_str()), ("1", ""));
        assert_eq!(verdict.warnings, 3);
        talk.apply().await.expect("applied");
        let (ok, again, _) = told(&app, rows).await;
        assert_eq!((ok, again.len()), (true, 3), "told again as long as it is so");
    }

    async fn a_broken_prerequisite_in_a_period_that_runs_is_a_fault(app: TestApp) {
        let rows = with(vec![
            seat_in(PERIOD, "s1", "IF104", "A", ""),
            result("s1", "20251", "IF101", "D"),
            seat_in(PERIOD, "s2", "IF104", "A", ""),
            result("s2", "20251", "IF101", "C"),
            // The grade is awaited: nobody knows yet.
            seat_in(PERIOD, "s3", "IF104", "A", ""),
            seat_in("20252", "s3", "IF101", "A", ""),
        ]);
        let (ok, faults, talk) = told(&app, rows.clone()).await;
        assert_eq!((ok, faults), (false, vec!["plans.csv prerequisite-unmet".to_owned()]));
        assert_eq!(talk.facts(0)["have"], "D");
        let good: Vec<_> = rows.into_iter().filter(|row| !matches!(row, Row::Plan(row) if row.nim == "nim-s1")).collect();
        import(&app, good).await;
        assert_eq!(state(&app, "s2", PERIOD).await.0, pb::PlanState::Draft);
    }

    async fn stored_results_count_beside_those_of_the_import(app: TestApp) {
        import(&app, campus()).await;
        let list = answer(app.catalogue().list_courses(pb::ListCoursesRequest::default()).await).expect("courses");
        let base = list.courses.iter().find(|course| course.code == "IF101").expect("it is there").id.clone();
        let other = list.courses.iter().find(|course| course.code == "IF102").expect("it is there").id.clone();
        let mut stored = record("s1", &[("20251", 200, 4, 0)]);
        stored.results = vec![published(&base, "20251", "C", 4)];
        let mut weak = record("s2", &[("20251", 100, 4, 0)]);
        weak.results = vec![published(&base, "20251", "D", 4)];
        let mut equal = record("s3", &[("20251", 300, 3, 0)]);
        equal.results = vec![published(&other, "20251", "B", 3)];
        app.tell_records(&[stored, weak, equal]).await;
        let seat = |who: &str| seat_in(PERIOD, who, "IF104", "A", "");
        import(&app, vec![seat("s1")]).await;
        let (ok, faults, _) = told(&app, vec![seat("s2"), seat("s3")]).await;
        assert_eq!((ok, faults.len()), (false, 2));
        // A letter without a scale in the import is worth what it was worth before.
        import(&app, vec![seat("s2"), result("s2", "20252", "IF101", "C")]).await;
        import(&app, vec![seat("s3"), equivalent("IF102", "IF101")]).await;
    }

    async fn a_past_plan_over_its_ceiling_is_a_warning_and_a_present_one_a_fault(app: TestApp) {
        let many = |at: &str, who: &str, skip: usize| -> Vec<Row> {
            (0..6).skip(skip).map(|n| seat_in(at, who, &format!("X{n}"), "A", "")).collect()
        };
        let mut rows: Vec<Row> = campus();
        for n in 0..6 {
            rows.push(course(&format!("X{n}"), "4"));
            rows.extend(["20252", PERIOD].map(|at| class_in(at, &format!("X{n}"), "A", "40")));
        }
        rows.extend(scale());
        // 3.00 in the period before: 24 SKS. 2.00: 18.
        rows.push(result("s1", "20251", "IF101", "B"));
        rows.extend(many("20252", "s1", 0));
        rows.push(result("s2", "20251", "IF101", "C"));
        rows.extend(many("20252", "s2", 0));
        let (ok, told_of, talk) = told(&app, rows.clone()).await;
        assert!(ok);
        assert_eq!(told_of, ["!plans.csv credit-limit", "!plans.csv credit-limit"]);
        let facts = talk.facts(0);
        assert_eq!((facts["wanted"].as_str(), facts["ceiling"].as_str()), ("20", "18"));
        assert_eq!(talk.facts(1)["wanted"], "24");
        let mut talk = talk;
        talk.apply().await.expect("applied all the same");

        // Of 20252 every grade is awaited: the ceiling of 20261 follows from the period before.
        let present: Vec<_> = campus().into_iter().chain(scale()).chain([result("s2", "20251", "IF101", "C")]).collect();
        let present = |skip: usize| present.iter().cloned().chain(many(PERIOD, "s2", skip)).collect::<Vec<_>>();
        let (ok, told_of, talk) = told(&app, present(0)).await;
        assert_eq!((ok, told_of.len()), (false, 2));
        assert_eq!((talk.facts(0)["wanted"].as_str(), talk.facts(0)["ceiling"].as_str()), ("20", "18"));
        import(&app, present(2)).await;
    }

    async fn a_student_who_comes_with_the_import_has_the_ceiling_of_the_first_period(app: TestApp) {
        let mut rows = campus();
        for n in 0..6 {
            rows.push(course(&format!("X{n}"), "4"));
            rows.push(class_in(PERIOD, &format!("X{n}"), "A", "40"));
            rows.push(seat_in(PERIOD, "new", &format!("X{n}"), "A", ""));
        }
        rows.push(crate::support::rows::announce(pb::announcement::Key::Student("nim-new".to_owned())));
        let (ok, told_of, talk) = told(&app, rows.clone()).await;
        assert_eq!((ok, told_of), (false, vec!["plans.csv credit-limit".to_owned()]));
        assert_eq!(talk.facts(0)["ceiling_reason"], "first-period");
        app.tell(&[student("new", "IF-S1", PERIOD, "l1")]).await;
        let (_, known, _) = told(&app, rows).await;
        assert_eq!(known, ["plans.csv credit-limit"], "the same once the student has arrived");
    }

    async fn an_unknown_state_is_a_wrong_cell(app: TestApp) {
        let (ok, faults, talk) = told(&app, with(vec![seat_in(PERIOD, "s1", "IF101", "A", "returned")])).await;
        assert_eq!((ok, faults), (false, vec!["plans.csv unknown-value".to_owned()]));
        assert_eq!(talk.facts(0)["allowed"], "draft submitted approved locked");
    }

    async fn rosters_of_past_periods_are_told(app: TestApp) {
        import(&app, with(vec![seat_in("20251", "s1", "IF101", "A", "")])).await;
        let mut feed = FeedClient::new(app.server.channel(&app.pki, "student"));
        let request = proto::feed::v1::SnapshotRequest { consumer: "test".to_owned(), kinds: vec!["course.plan".to_owned()] };
        let mut stream = feed.snapshot(request).await.expect("a stream").into_inner();
        let mut plans = Vec::new();
        while let Some(message) = stream.message().await.expect("a message").and_then(|answer| answer.message) {
            match message {
                proto::feed::v1::snapshot_response::Message::Rows(batch) => plans.extend(batch.events),
                proto::feed::v1::snapshot_response::Message::End(_) => break,
                _ => {}
            }
        }
        let plans: Vec<_> = plans.iter().filter(|event| event.kind == "course.plan").collect();
        assert_eq!(plans.len(), 1);
        let plan = crate::support::decoded::<pb::PlanSnapshot>(&plans[0].payload);
        assert_eq!((plan.state(), plan.class_ids.len()), (pb::PlanState::Locked, 1));
        // The advisor of the student reads it, months later.
        let request = pb::GetPlanRequest { student_id: id("s1"), period_code: "20251".to_owned() };
        let advisor = app.bearing(&app.token().lecturer(&id("l1")).sign());
        let read = answer(KrsClient::new(advisor).get_plan(request).await).expect("read");
        assert_eq!(read.items.len(), 1);
    }
}

impl TestApp {
    /// Opens the KRS window of the period that an import made.
    async fn open_window(&self) {
        let get = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let known = answer(self.catalogue().get_period(get).await).expect("it is there");
        let windows = vec![crate::support::krs_window(self.clock.now(), -1, 1)];
        let request = pb::UpdatePeriodRequest { period: Some(pb::Period { windows, ..known }) };
        answer(self.offering().update_period(request).await).expect("changed");
    }

    /// Takes IF101 and hands the plan in.
    async fn submit_new(&self, student: &str) {
        let classes = self.list(crate::support::list_request()).await;
        let class = classes.iter().find(|class| class.course.as_ref().is_some_and(|course| course.code == "IF101"));
        self.add(student, &class.expect("it is offered").id).await.expect("a seat");
        self.submit(student).await.expect("submitted");
    }
}
