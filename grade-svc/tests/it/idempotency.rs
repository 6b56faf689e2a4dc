//! Commands sent more than once: one effect, the same answer.

use chassis::error::Kind;
use proto::grade::v1 as pb;

use crate::support::{TestApp, all_of, answer, fails, keyed, row};

chassis::both_engines! {
    async fn scores_sent_three_times_are_written_once(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let sheet = app.sheet("l1", &class).await;
        let request = |score| pb::PutScoresRequest { class_id: class.clone(), rows: vec![all_of(&sheet, "s1", score)] };
        let mut lecturer = app.grading("l1");
        let first = answer(lecturer.put_scores(keyed(request(8000), "key-1")).await).expect("done");
        for _ in 0..2 {
            let again = answer(lecturer.put_scores(keyed(request(8000), "key-1")).await).expect("done before");
            assert_eq!(again, first);
        }
        let fault = fails(answer(lecturer.put_scores(keyed(request(9000), "key-1")).await), Kind::KeyReused);
        assert_eq!(fault.reason(), "idempotency-key-reused");
        fails(answer(lecturer.put_scores(request(9000)).await), Kind::Stale);
        assert_eq!(row(&app.sheet("l1", &class).await, "s1").version, 1);
    }

    async fn a_sheet_published_three_times_is_published_once(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let mut lecturer = app.grading("l1");
        let publish = |version| pb::PublishSheetRequest { class_id: class.clone(), version };
        let refused = answer(lecturer.publish_sheet(keyed(publish(0), "key-0")).await);
        assert_eq!(fails(refused, Kind::Refused).reason(), "grades-incomplete");
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        let first = answer(lecturer.publish_sheet(keyed(publish(1), "key-1")).await).expect("done");
        for _ in 0..2 {
            let again = answer(lecturer.publish_sheet(keyed(publish(1), "key-1")).await).expect("done before");
            assert_eq!(again, first);
        }
        assert_eq!(app.sheet("l1", &class).await.version, 2);
    }
}
