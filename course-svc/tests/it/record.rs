//! What grade-svc tells of results: the ceiling, the flags, and what is forgotten again.

use chassis::outbox::Change;
use proto::course::v1 as pb;
use proto::feed::v1::GetCursorsRequest;
use proto::feed::v1::feed_client::FeedClient;
use proto::student::v1 as student_pb;

use crate::support::{Alone, PERIOD, TestApp, id, krs_window, reasons, record, result, status, student_state};

/// SKS, reason and IPS of a student's ceiling.
async fn ceiling(app: &TestApp, student: &str) -> (u32, pb::CeilingReason, u32) {
    let ceiling = app.plan(student).await.ceiling.expect("a ceiling");
    (ceiling.credits, ceiling.reason(), ceiling.last_gpa_hundredths)
}

/// Rows that the projection keeps: semesters, results, standings.
async fn rows(app: &TestApp) -> (i64, i64, i64) {
    let query = chassis::sql!(
        "SELECT (SELECT COUNT(*) FROM academic_semester), (SELECT COUNT(*) FROM course_result),
             (SELECT COUNT(*) FROM academic_standing)"
    );
    query.one::<(i64, i64, i64)>(&app.db.db).await.expect("counts")
}

chassis::both_engines! {
    async fn the_ceiling_follows_the_latest_complete_period_before(app: TestApp) {
        app.open_period().await;
        use pb::CeilingReason::{GpaUnknown, LastGpa};
        assert_eq!(ceiling(&app, "s1").await, (12, GpaUnknown, 0));
        app.tell_records(&[record("s1", &[("20251", 320, 20, 0), ("20252", 240, 20, 0)])]).await;
        assert_eq!(ceiling(&app, "s1").await, (18, LastGpa, 240));
        assert_eq!(reasons(&app.plan("s1").await.flags), [""; 0]);

        // Grades of the latest period are still to come.
        app.tell_records(&[record("s1", &[("20251", 320, 20, 0), ("20252", 400, 3, 5)])]).await;
        assert_eq!(ceiling(&app, "s1").await, (24, LastGpa, 320));
        let flags = app.plan("s1").await.flags;
        assert_eq!(reasons(&flags), ["gpa-pending"]);
        assert_eq!((flags[0].facts["period"].as_str(), flags[0].facts["pending"].as_str()), ("20252", "5"));

        // The period of the plan itself, and those after it, say nothing about it.
        let ahead = [("20251", 250, 20, 0), ("20252", 210, 20, 0), (PERIOD, 400, 20, 0), ("20262", 0, 0, 7)];
        app.tell_records(&[record("s1", &ahead)]).await;
        assert_eq!(ceiling(&app, "s1").await, (18, LastGpa, 210));
        assert_eq!(reasons(&app.plan("s1").await.flags), [""; 0]);
    }

    async fn who_was_away_from_the_first_semester_on_begins_as_a_new_student(app: TestApp) {
        app.open_period().await;
        use pb::CeilingReason::{FirstPeriod, GpaUnknown, LastGpa};
        let entered = student_state("s1", "IF-S1", "20252", "l1");
        app.tell(&[
            Change::new("student.student", id("s1"), 2, &entered),
            status("s1", "20252", student_pb::StatusKind::Leave, 1),
            // Of whom nobody says so something is missing.
            status("s2", "20252", student_pb::StatusKind::Active, 1),
        ])
        .await;
        assert_eq!(ceiling(&app, "s1").await, (20, FirstPeriod, 0));
        assert_eq!(reasons(&app.plan("s1").await.flags), [""; 0]);
        assert_eq!(ceiling(&app, "s2").await, (12, GpaUnknown, 0));
        app.tell_records(&[record("s1", &[("20252", 0, 0, 2)])]).await;
        assert_eq!(ceiling(&app, "s1").await, (12, GpaUnknown, 0), "grades are to come");
        app.tell_records(&[record("s1", &[("20252", 210, 4, 0)])]).await;
        assert_eq!(ceiling(&app, "s1").await, (18, LastGpa, 210));
    }

    async fn a_record_replaces_the_one_before_and_a_tombstone_forgets_it(app: TestApp) {
        app.open_period().await;
        let mut full = record("s1", &[("20251", 320, 20, 0), ("20252", 240, 20, 0)]);
        full.results = vec![result(&id("IF101"), "20251", "A", 4), result(&id("IF102"), "20252", "E", 3)];
        (full.cumulative_hundredths, full.credits_passed) = (Some(310), 37);
        app.tell_records(&[full.clone(), record("s2", &[])]).await;
        assert_eq!(rows(&app).await, (2, 2, 2));
        let kept = chassis::sql!("SELECT letter, points, passed, credits FROM course_result ORDER BY letter");
        let kept = kept.all::<(String, i64, bool, i64)>(&app.db.db).await.expect("results");
        assert_eq!(kept, [("A".to_owned(), 400, true, 4), ("E".to_owned(), 0, false, 3)]);

        full.results.remove(0);
        full.semesters.remove(0);
        (full.cumulative_hundredths, full.credits_passed) = (Some(12), 0);
        app.tell_records(&[full]).await;
        assert_eq!(rows(&app).await, (1, 1, 2));
        let plan = app.plan("s1").await;
        assert_eq!((plan.gpa_hundredths, plan.credits_earned), (Some(12), 0));

        app.grade.tell(&[Change::tombstone("grade.record", id("s1"), 99)]).await;
        app.heard(&app.grade).await;
        assert_eq!(rows(&app).await, (0, 0, 1));
        let plan = app.plan("s1").await;
        assert_eq!((plan.gpa_hundredths, plan.credits_earned), (None, 0));
    }

    async fn a_kind_that_is_not_ours_is_passed_over(app: TestApp) {
        app.open_period().await;
        let sheet = proto::grade::v1::SheetSnapshot { class_id: id("c"), ..Default::default() };
        app.grade.tell(&[Change::new("grade.sheet", id("c"), 1, &sheet)]).await;
        app.tell_records(&[record("s1", &[("20252", 300, 20, 0)])]).await;
        assert_eq!(ceiling(&app, "s1").await, (24, pb::CeilingReason::LastGpa, 300));
    }

    async fn results_that_were_never_heard_of_are_flagged_and_refuse_nothing(alone: Alone) {
        let app = alone.0;
        app.period(PERIOD, pb::PeriodState::Active, vec![krs_window(app.clock.now(), -1, 1)]).await;
        let plan = app.plan("s1").await;
        assert_eq!(reasons(&plan.flags), ["hold-unknown", "results-unknown"]);
        assert_eq!(plan.ceiling.expect("a ceiling").reason(), pb::CeilingReason::GpaUnknown);
        let mut feed = FeedClient::new(app.server.channel(&app.pki, "siakad"));
        let cursors = feed.get_cursors(GetCursorsRequest {}).await.expect("cursors").into_inner().cursors;
        assert!(cursors.iter().all(|cursor| cursor.epoch.is_empty()), "{cursors:?}");
    }

    async fn the_lag_of_both_feeds_is_measured_and_neither_is_needed_to_be_ready(app: TestApp) {
        app.open_period().await;
        app.tell_records(&[record("s1", &[])]).await;
        let page = |path: &'static str| {
            let address = format!("http://{}{path}", app.server.private_address());
            async move { fetch(&address).await }
        };
        let metrics = page("/metrics").await;
        for source in ["student", "grade"] {
            assert!(metrics.contains(&format!("feed_lag_events{{source=\"{source}\"}}")), "{source} in {metrics}");
        }
    }

    async fn a_service_that_hears_nobody_is_ready(alone: Alone) {
        let address = format!("http://{}/readyz", alone.0.server.private_address());
        assert!(fetch(&address).await.starts_with("HTTP/1.1 200"));
    }
}

/// A page of the private port, head included.
async fn fetch(address: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (host, path) = address.trim_start_matches("http://").split_once('/').expect("a path");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("it listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}
