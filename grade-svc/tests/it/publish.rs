//! Publishing a sheet.

use chassis::error::{Fault, Kind};
use jiff::SignedDuration;
use proto::grade::v1 as pb;
use proto::grade::v1::grading_client::GradingClient;

use crate::support::{
    PERIOD, TestApp, ab_scale, all_of, answer, approved, begin, class, entry_window, fails, id, one_of, period,
    reasons, row, words,
};

async fn publish(app: &TestApp, token: &str, class: &str, version: i64) -> Result<pb::Sheet, Fault> {
    let request = pb::PublishSheetRequest { class_id: class.to_owned(), version };
    answer(GradingClient::new(app.bearing(token)).publish_sheet(request).await)
}

chassis::both_engines! {
    async fn what_is_published_is_what_students_read(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        app.score("l1", &class, &[("s1", 8000), ("s2", 4999)]).await.expect("scores");
        let before = app.semester("s1", PERIOD).await;
        assert_eq!((before.results[0].letter.as_str(), before.results[0].score_hundredths), ("", None));
        assert_eq!(before.semester.expect("sums").pending, 1);

        let sheet = app.publish("l1", &class).await.expect("published");
        let summary = sheet.summary.clone().expect("a summary");
        assert_eq!((summary.state(), sheet.version), (pb::SheetState::Published, 2));
        assert_eq!(summary.published_at.map(|at| at.seconds), Some(begin().as_second()));
        assert_eq!(reasons(&sheet.refusals), ["sheet-published"]);
        assert_eq!(reasons(&sheet.publish_refusals), ["sheet-published"]);

        let after = app.semester("s1", PERIOD).await;
        let result = &after.results[0];
        assert_eq!((result.letter.as_str(), result.points_hundredths, result.weighted), ("AB", 350, 1050));
        assert!(result.passed && result.score_hundredths == Some(8000));
        let sums = after.semester.expect("sums");
        assert_eq!((sums.pending, sums.credits, sums.credits_passed, sums.gpa_hundredths), (0, 3, 3, Some(350)));
        let failed = app.semester("s2", PERIOD).await.semester.expect("sums");
        assert_eq!((failed.credits, failed.credits_passed, failed.gpa_hundredths), (3, 0, Some(0)));
    }

    async fn a_published_sheet_no_longer_changes(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        app.publish("l1", &class).await.expect("published");
        let sheet = app.sheet("l1", &class).await;
        let request = pb::PutScoresRequest { class_id: class.clone(), rows: vec![all_of(&sheet, "s1", 9000)] };
        let fault = fails(answer(app.grading("l1").put_scores(request).await), Kind::Refused);
        assert_eq!(words(&fault), ["sheet-published"]);
        assert_eq!(words(&fails(app.publish("l1", &class).await, Kind::Refused)), ["sheet-published"]);
        // Another scale changes no letter that was published.
        let mut harder = ab_scale("IF-S1", "20201");
        harder.version = 1;
        harder.steps[1].min_score_hundredths = 8400;
        app.put_scale(harder).await.expect("a harder scale");
        assert_eq!(row(&app.sheet("l1", &class).await, "s1").letter, "AB");
    }

    async fn everything_that_is_missing_is_said_at_once(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        let sheet = app.sheet("l1", &class).await;
        let rows = vec![all_of(&sheet, "s1", 8000), one_of(&sheet, "s2", 0, Some(8000))];
        let request = pb::PutScoresRequest { class_id: class.clone(), rows };
        answer(app.grading("l1").put_scores(request).await).expect("scores");
        let fault = fails(app.publish("l1", &class).await, Kind::Refused);
        assert_eq!((words(&fault), fault.refusals()[0].facts["missing"].as_str()), (vec!["grades-incomplete".to_owned()], "1"));

        app.tell_course(&[period(PERIOD, vec![entry_window(begin(), 3, 4)])]).await;
        let fault = fails(app.publish("l1", &class).await, Kind::Refused);
        assert_eq!(words(&fault), ["grade-entry-not-open", "grades-incomplete"]);
        app.tell_course(&[period(PERIOD, vec![entry_window(begin(), -4, -3)])]).await;
        assert_eq!(words(&fails(app.publish("l1", &class).await, Kind::Refused))[0], "grade-entry-closed");
        app.tell_course(&[period(PERIOD, vec![])]).await;
        assert_eq!(words(&fails(app.publish("l1", &class).await, Kind::Refused))[0], "grade-entry-no-window");
        assert!(app.semester("s1", PERIOD).await.results[0].letter.is_empty(), "nothing was published");
    }

    async fn nobody_in_the_class_is_nothing_to_publish(app: TestApp) {
        app.tell_course(&[crate::support::course_of("SI-S1", "SI201", 2), class("SI201", "A", PERIOD, &["l1"])]).await;
        let fault = fails(app.publish("l1", &id("SI201A")).await, Kind::Refused);
        assert_eq!(words(&fault), ["roster-empty", "scale-missing"]);
    }

    async fn only_the_leading_lecturer_publishes(app: TestApp) {
        let class = app.class("IF201", &["l1", "l2"], &["s1"]).await;
        app.score("l2", &class, &[("s1", 8000)]).await.expect("any lecturer of the class enters scores");
        assert_eq!(reasons(&app.sheet("l2", &class).await.publish_refusals), ["not-lead"]);
        let fault = fails(app.publish("l2", &class).await, Kind::Denied);
        assert_eq!(fault.reason(), "not-lead");
        app.publish("l1", &class).await.expect("published");
    }

    async fn grades_are_published_only_soon_after_a_login(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        let version = app.sheet("l1", &class).await.version;
        let token = |minutes: i64, seconds: i64| {
            let ago = SignedDuration::from_mins(minutes) + SignedDuration::from_secs(seconds);
            app.token().account("account-l1").lecturer(&id("l1")).auth_time(app.clock.now() - ago).sign()
        };
        let fault = fails(publish(&app, &token(30, 1), &class, version).await, Kind::Denied);
        assert_eq!(fault.reason(), "login-too-old");
        publish(&app, &token(30, 0), &class, version).await.expect("published");
    }

    async fn a_silent_login_service_publishes_nothing(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        let version = app.sheet("l1", &class).await.version;
        let token = app.token().account("account-l1").lecturer(&id("l1")).sign();
        app.clock.advance(SignedDuration::from_secs(11));
        let fault = fails(publish(&app, &token, &class, version).await, Kind::Unavailable);
        assert_eq!(fault.reason(), "service-down");
        app.clock.advance(SignedDuration::from_mins(10));
        let fault = fails(publish(&app, &token, &class, version).await, Kind::Unauthenticated);
        assert_eq!(fault.reason(), "token-expired", "an expired token reads and writes, and never publishes");
        app.trust.heard();
        app.publish("l1", &class).await.expect("it is back");
    }

    async fn only_what_was_read_is_published(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        let token = app.token().lecturer(&id("l1")).sign();
        fails(publish(&app, &token, &class, 0).await, Kind::Stale);
        fails(publish(&app, &token, &class, 2).await, Kind::Stale);
        publish(&app, &token, &class, 1).await.expect("published");
    }

    async fn a_student_who_joins_later_waits_for_a_grade(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        app.publish("l1", &class).await.expect("published");
        app.tell_course(&[approved("s2", PERIOD, &["IF201A"]), approved("s1", PERIOD, &[])]).await;
        let sheet = app.sheet("l1", &class).await;
        assert_eq!(row(&sheet, "s1").letter, "AB", "who has a grade of the class stands on its sheet");
        assert_eq!(row(&sheet, "s2").letter, "");
        let summary = sheet.summary.expect("a summary");
        assert_eq!((summary.students, summary.complete), (2, 1));
        assert_eq!(app.semester("s2", PERIOD).await.semester.expect("sums").pending, 1);
    }
}
