//! Entering scores.

use chassis::error::{Fault, Kind};
use jiff::SignedDuration;
use proto::course::v1::PlanState;
use proto::grade::v1 as pb;

use crate::support::{PERIOD, TestApp, all_of, answer, fails, fields, id, one_of, plan, row, words};

async fn put(app: &TestApp, class: &str, rows: Vec<pb::ScoreInput>) -> Result<pb::PutScoresResponse, Fault> {
    let request = pb::PutScoresRequest { class_id: class.to_owned(), rows };
    answer(app.grading("l1").put_scores(request).await)
}

chassis::both_engines! {
    async fn scores_are_set_changed_and_taken_away(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        let sheet = app.sheet("l1", &class).await;
        let said = put(&app, &class, vec![one_of(&sheet, "s2", 0, Some(10_000)), one_of(&sheet, "s1", 1, Some(0))]).await;
        let said = said.expect("scores");
        let who: Vec<_> = said.rows.iter().map(|row| (row.student_id.clone(), row.version)).collect();
        assert_eq!(who, [(id("s2"), 1), (id("s1"), 1)], "in the order of the request");
        assert_eq!(said.rows[0].scores[0].score_hundredths, Some(10_000));
        assert_eq!(said.summary.expect("a summary").state(), pb::SheetState::Draft);

        let sheet = app.sheet("l1", &class).await;
        let said = put(&app, &class, vec![one_of(&sheet, "s2", 0, Some(5500))]).await.expect("changed");
        assert_eq!((said.rows[0].version, said.rows[0].scores[0].score_hundredths), (2, Some(5500)));
        let sheet = app.sheet("l1", &class).await;
        assert_eq!(row(&sheet, "s1").scores[1].score_hundredths, Some(0), "others keep theirs");
        let said = put(&app, &class, vec![one_of(&sheet, "s2", 0, Some(5500))]).await.expect("the same again");
        assert_eq!(said.rows[0].version, 2, "nothing changed");
        let gone = vec![one_of(&sheet, "s2", 0, None), one_of(&sheet, "s1", 1, None)];
        let said = put(&app, &class, gone).await.expect("taken away");
        assert!(said.rows.iter().all(|row| row.scores.iter().all(|score| score.score_hundredths.is_none())));
        assert_eq!(said.summary.expect("a summary").state(), pb::SheetState::Empty);
    }

    async fn one_wrong_score_stores_none(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        let sheet = app.sheet("l1", &class).await;
        let good = || one_of(&sheet, "s1", 0, Some(8000));
        let mut foreign = one_of(&sheet, "s2", 0, Some(8000));
        foreign.student_id = id("s3");
        let mut unknown = one_of(&sheet, "s2", 0, Some(8000));
        unknown.scores[0].component_id = id("other");
        let mut twice = one_of(&sheet, "s2", 0, Some(8000));
        twice.scores.push(twice.scores[0].clone());
        let table = [
            (one_of(&sheet, "s2", 2, Some(10_001)), "rows[1].scores[0]", "score-out-of-range"),
            (one_of(&sheet, "s2", 2, Some(u32::MAX)), "rows[1].scores[0]", "score-out-of-range"),
            (foreign, "rows[1].student_id", "not-on-roster"),
            (unknown, "rows[1].scores[0].component_id", "unknown-component"),
            (one_of(&sheet, "s1", 1, Some(8000)), "rows[1].student_id", "named-twice"),
            (twice, "rows[1].scores[1].component_id", "named-twice"),
        ];
        for (wrong, field, reason) in table {
            let fault = fails(put(&app, &class, vec![good(), wrong]).await, Kind::Malformed);
            assert_eq!(fields(&fault), [(field.to_owned(), reason.to_owned())]);
        }
        let fault = fails(put(&app, &class, Vec::new()).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("rows".to_owned(), "out-of-range".to_owned())]);
        let stale = pb::ScoreInput { version: 1, ..one_of(&sheet, "s2", 0, Some(8000)) };
        let fault = fails(put(&app, &class, vec![good(), stale]).await, Kind::Stale);
        assert_eq!(fault.reason(), "version-stale");
        assert_eq!(app.sheet("l1", &class).await, sheet, "nothing was stored");
    }

    async fn a_row_that_somebody_changed_is_not_overwritten(app: TestApp) {
        let class = app.class("IF201", &["l1", "l2"], &["s1", "s2"]).await;
        let read = app.sheet("l1", &class).await;
        app.score("l2", &class, &[("s1", 7000)]).await.expect("the other lecturer was faster");
        fails(put(&app, &class, vec![all_of(&read, "s1", 9000)]).await, Kind::Stale);
        put(&app, &class, vec![all_of(&read, "s2", 9000)]).await.expect("another row is another version");
        let sheet = app.sheet("l1", &class).await;
        assert_eq!(row(&sheet, "s1").total_hundredths, Some(7000));
        assert_eq!(row(&sheet, "s2").total_hundredths, Some(9000));
    }

    async fn outside_of_its_window_nothing_is_written(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let sheet = app.sheet("l1", &class).await;
        // The last second, and the first moment after it.
        app.clock.advance(SignedDuration::from_hours(24 * 14) - SignedDuration::from_secs(1));
        app.trust.heard();
        let said = put(&app, &class, vec![all_of(&sheet, "s1", 8000)]).await;
        said.expect("a second before the end");
        app.clock.advance(SignedDuration::from_secs(1));
        app.trust.heard();
        let sheet = app.sheet("l1", &class).await;
        let fault = fails(put(&app, &class, vec![all_of(&sheet, "s1", 9000)]).await, Kind::Refused);
        assert_eq!(words(&fault), ["grade-entry-closed"]);
        assert_eq!(fault.refusals()[0].facts["closed_at"], "2027-01-03T02:00:00Z");
    }

    async fn a_student_who_leaves_the_plan_leaves_the_sheet_and_the_scores_wait(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        app.score("l1", &class, &[("s1", 8000), ("s2", 9000)]).await.expect("scores");
        let read = app.sheet("l1", &class).await;
        app.tell_course(&[plan("s1", PERIOD, PlanState::Returned, &["IF201A"])]).await;
        let sheet = app.sheet("l1", &class).await;
        assert_eq!(sheet.rows.iter().map(|row| row.student_id.clone()).collect::<Vec<_>>(), [id("s2")]);
        let fault = fails(put(&app, &class, vec![all_of(&read, "s1", 9000)]).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("rows[0].student_id".to_owned(), "not-on-roster".to_owned())]);
        app.tell_course(&[plan("s1", PERIOD, PlanState::Locked, &["IF201A"])]).await;
        assert_eq!(app.sheet("l1", &class).await.rows, read.rows, "as if nothing had happened");
    }

    async fn entering_scores_outlives_a_silent_login_service(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let sheet = app.sheet("l1", &class).await;
        let mut lecturer = app.grading("l1");
        app.clock.advance(SignedDuration::from_mins(10));
        let request = pb::PutScoresRequest { class_id: class.clone(), rows: vec![all_of(&sheet, "s1", 8000)] };
        answer(lecturer.put_scores(request).await).expect("an expired token, while nobody can renew it");
        assert_eq!(answer(lecturer.get_sheet(pb::GetSheetRequest { class_id: class }).await).expect("it").version, 1);
    }
}
