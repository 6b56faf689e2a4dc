//! Components of a class.

use chassis::error::{Fault, Kind};
use proto::grade::v1 as pb;

use crate::support::{PERIOD, TestApp, answer, approved, fails, fields, one_of, row, words};

/// Id, name and weight of each component.
type Parts<'a> = &'a [(&'a str, &'a str, u32)];

async fn put(app: &TestApp, class: &str, components: Parts<'_>, version: i64) -> Result<pb::Sheet, Fault> {
    let component = |(id, name, weight): &(&str, &str, u32)| pb::Component {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        weight: *weight,
    };
    let components = components.iter().map(component).collect();
    let request = pb::PutComponentsRequest { class_id: class.to_owned(), components, version };
    answer(app.grading("l1").put_components(request).await)
}

chassis::both_engines! {
    async fn components_that_keep_their_id_keep_their_scores(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let sheet = app.sheet("l1", &class).await;
        let uas = sheet.components[3].id.clone();
        let rows = vec![one_of(&sheet, "s1", 3, Some(9000))];
        let request = pb::PutScoresRequest { class_id: class.clone(), rows };
        answer(app.grading("l1").put_scores(request).await).expect("a score");

        let changed = put(&app, &class, &[("", "Proyek", 50), (&uas, "Ujian akhir", 50)], 1).await.expect("replaced");
        let names: Vec<_> = changed.components.iter().map(|one| (one.name.as_str(), one.weight)).collect();
        assert_eq!(names, [("Proyek", 50), ("Ujian akhir", 50)]);
        assert_eq!((changed.version, changed.components[1].id.clone()), (2, uas.clone()));
        let scores: Vec<_> = row(&changed, "s1").scores.iter().map(|score| score.score_hundredths).collect();
        assert_eq!(scores, [None, Some(9000)]);

        let fault = fails(put(&app, &class, &[("", "Proyek", 100)], 2).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("components".to_owned(), "component-has-scores".to_owned())]);
        assert_eq!(app.sheet("l1", &class).await.components, changed.components, "nothing changed");
        // In the other order, under each other's names.
        let project = changed.components[0].id.clone();
        let swapped = [(&*uas, "Proyek", 40), (&*project, "Ujian akhir", 60)];
        let swapped = put(&app, &class, &swapped, 2).await.expect("swapped");
        assert_eq!(row(&swapped, "s1").scores[0].score_hundredths, Some(9000));
    }

    async fn scores_of_who_left_the_roster_keep_no_component(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        let sheet = app.sheet("l1", &class).await;
        let (kuis, uas) = (sheet.components[1].id.clone(), sheet.components[3].id.clone());
        let rows = vec![one_of(&sheet, "s1", 1, Some(7000)), one_of(&sheet, "s2", 3, Some(9000))];
        answer(app.grading("l1").put_scores(pb::PutScoresRequest { class_id: class.clone(), rows }).await).expect("scores");
        let without_kuis: Parts<'_> = &[(&uas, "UAS", 100)];
        let fault = fails(put(&app, &class, without_kuis, 1).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("components".to_owned(), "component-has-scores".to_owned())]);
        // The student leaves: the score stays, and comes back with the student.
        let plan = |classes: &[&str]| approved("s1", PERIOD, classes);
        app.tell_course(&[plan(&[])]).await;
        app.tell_course(&[plan(&["IF201A"])]).await;
        assert_eq!(row(&app.sheet("l1", &class).await, "s1").scores[1].score_hundredths, Some(7000));
        app.tell_course(&[plan(&[])]).await;
        let changed = put(&app, &class, without_kuis, 1).await.expect("nobody of the class has a score for it");
        assert_eq!((changed.components.len(), row(&changed, "s2").scores[0].score_hundredths), (1, Some(9000)));
        app.tell_course(&[plan(&["IF201A"])]).await;
        let back = app.sheet("l1", &class).await;
        assert_eq!(row(&back, "s1").scores[0].score_hundredths, None, "{kuis} is gone with its scores");
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scored anew");
    }

    async fn what_is_wrong_is_named_by_its_place(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let table: [(Parts<'_>, &str, &str); 9] = [
            (&[], "components", "out-of-range"),
            (&[("", "UTS", 60), ("", "UAS", 30)], "components", "weights-not-100"),
            (&[("", "UTS", 60), ("", "UTS", 40)], "components[1].name", "named-twice"),
            (&[("another", "UTS", 100)], "components[0].id", "unknown-component"),
            (&[("", "", 100)], "components[0].name", "required"),
            (&[("", "UTS\u{202e}", 100)], "components[0].name", "forbidden-character"),
            (&[("", "x234567890123456789012345678901234567890y", 100)], "components[0].name", "too-long"),
            (&[("", "UTS", 0), ("", "UAS", 100)], "components[0].weight", "out-of-range"),
            (&[("", "UTS", u32::MAX)], "components[0].weight", "out-of-range"),
        ];
        for (components, field, reason) in table {
            let fault = fails(put(&app, &class, components, 0).await, Kind::Malformed);
            assert_eq!(fields(&fault), [(field.to_owned(), reason.to_owned())]);
        }
        assert_eq!(app.sheet("l1", &class).await.version, 0);
    }

    async fn only_what_was_read_is_replaced(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        put(&app, &class, &[("", "Ujian", 100)], 0).await.expect("replaced");
        fails(put(&app, &class, &[("", "Lain", 100)], 0).await, Kind::Stale);
        app.score("l1", &class, &[("s1", 8000)]).await.expect("scores");
        let published = app.publish("l1", &class).await.expect("published");
        let fault = fails(put(&app, &class, &[("", "Lain", 100)], published.version).await, Kind::Refused);
        assert_eq!(words(&fault), ["sheet-published"]);
    }
}
