//! Grade scales.

use chassis::error::Kind;
use proto::grade::v1 as pb;
use proto::grade::v1::scales_client::ScalesClient;

use crate::support::{TestApp, ab_scale, answer, fails, fields, id};

async fn list(app: &TestApp, programme: &str) -> Vec<pb::Scale> {
    let mut scales = ScalesClient::new(app.as_student("s1"));
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = Some(proto::common::v1::PageRequest { size: 2, cursor });
        let programme_id = if programme.is_empty() { String::new() } else { id(programme) };
        let answer = answer(scales.list_scales(pb::ListScalesRequest { page, programme_id }).await).expect("scales");
        found.extend(answer.scales);
        cursor = answer.page.expect("a page").next_cursor;
        if cursor.is_empty() {
            return found;
        }
    }
}

chassis::both_engines! {
    async fn scales_are_listed_by_programme_the_latest_first(app: TestApp) {
        for (programme, start) in [("SI-S1", "20241"), ("IF-S1", "20251"), ("HK-S1", "20241"), ("IF-S1", "20241")] {
            let scale = app.put_scale(ab_scale(programme, start)).await.expect("a scale");
            assert_eq!((scale.version, scale.programme_code.as_str()), (1, programme));
        }
        let names = |scales: Vec<pb::Scale>| -> Vec<_> {
            scales.into_iter().map(|scale| (scale.programme_code, scale.start_period)).collect()
        };
        let own = |pairs: &[(&str, &str)]| -> Vec<_> {
            pairs.iter().map(|(code, start)| ((*code).to_owned(), (*start).to_owned())).collect()
        };
        let expected =
            own(&[("HK-S1", "20241"), ("IF-S1", "20251"), ("IF-S1", "20241"), ("IF-S1", "20201"), ("SI-S1", "20241")]);
        assert_eq!(names(list(&app, "").await), expected);
        assert_eq!(names(list(&app, "IF-S1").await), expected[1..4]);
    }

    async fn a_scale_is_replaced_by_who_has_read_it(app: TestApp) {
        let first = list(&app, "IF-S1").await.remove(0);
        fails(app.put_scale(ab_scale("IF-S1", "20201")).await, Kind::Stale);
        fails(app.put_scale(pb::Scale { version: 2, ..first.clone() }).await, Kind::Stale);
        fails(app.put_scale(pb::Scale { version: 1, ..ab_scale("IF-S1", "20211") }).await, Kind::Stale);
        let mut changed = first.clone();
        changed.steps.remove(6);
        changed.pass_points_hundredths = 200;
        changed.repeat_policy = pb::RepeatPolicy::Latest.into();
        let said = app.put_scale(changed.clone()).await.expect("replaced");
        assert_eq!(said, pb::Scale { version: 2, ..changed });
        assert_eq!(list(&app, "IF-S1").await, [said]);
    }

    async fn what_is_wrong_with_a_scale_is_named_by_its_place(app: TestApp) {
        let good = || ab_scale("SI-S1", "20241");
        let with = |change: fn(&mut pb::Scale)| {
            let mut scale = good();
            change(&mut scale);
            scale
        };
        let table = [
            (with(|s| s.steps.clear()), "steps", "out-of-range"),
            (with(|s| s.steps[1].min_score_hundredths = 8500), "steps[1].min_score_hundredths", "steps-order"),
            (with(|s| s.steps[1].points_hundredths = 400 + 1), "steps[1].points_hundredths", "out-of-range"),
            (with(|s| s.steps[2].points_hundredths = 375), "steps[2].points_hundredths", "steps-order"),
            (with(|s| s.steps[1].letter = "A".to_owned()), "steps[1].letter", "named-twice"),
            (with(|s| s.steps[1].letter = "AABB".to_owned()), "steps[1].letter", "too-long"),
            (with(|s| s.steps[7].min_score_hundredths = 1), "steps[7].min_score_hundredths", "lowest-step"),
            (with(|s| s.steps[0].min_score_hundredths = 10_001), "steps[0].min_score_hundredths", "score-out-of-range"),
            (with(|s| s.pass_points_hundredths = 401), "pass_points_hundredths", "out-of-range"),
            (with(|s| s.repeat_policy = 0), "repeat_policy", "unknown-value"),
            (with(|s| s.start_period = "2024".to_owned()), "start_period", "bad-period"),
            (with(|s| s.programme_id = id("XX-S1")), "programme_id", "unknown-programme"),
            (with(|s| s.programme_id = String::new()), "programme_id", "required"),
        ];
        for (scale, field, reason) in table {
            let fault = fails(app.put_scale(scale).await, Kind::Malformed);
            assert_eq!(fields(&fault), [(field.to_owned(), reason.to_owned())]);
        }
        assert_eq!(list(&app, "SI-S1").await, []);
    }
}
