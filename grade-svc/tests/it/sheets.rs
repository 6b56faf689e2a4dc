//! Sheets: what stands on them, and lists of them.

use chassis::outbox::Change;
use proto::course::v1 as course_pb;
use proto::grade::v1 as pb;

use crate::support::{
    PERIOD, TestApp, answer, approved, begin, class, course, course_of, entry_window, id, lecturer, period, reasons,
    row, student,
};

fn codes(answer: &pb::ListSheetsResponse) -> Vec<String> {
    answer.sheets.iter().map(|sheet| format!("{} {}", sheet.period_code, sheet.course_code)).collect()
}

chassis::both_engines! {
    async fn a_new_class_has_the_components_of_the_university(app: TestApp) {
        let class = app.class("IF201", &["l1", "l2"], &["s2", "s1"]).await;
        let sheet = app.sheet("l1", &class).await;
        let components: Vec<_> = sheet.components.iter().map(|one| (one.name.as_str(), one.weight)).collect();
        assert_eq!(components, [("Tugas", 20), ("Kuis", 10), ("UTS", 30), ("UAS", 40)]);
        let summary = sheet.summary.clone().expect("a summary");
        assert_eq!(
            (summary.course_code.as_str(), summary.course_name.as_str(), summary.class_name.as_str()),
            ("IF201", "Mata Kuliah IF201", "A")
        );
        assert_eq!((summary.credits, summary.students, summary.complete, summary.lead), (3, 2, 0, true));
        assert_eq!(summary.lecturer_names, ["Dr. Andi", "Dr. Budi"]);
        assert_eq!((summary.state(), sheet.version), (pb::SheetState::Empty, 0));
        assert_eq!(summary.programme_id, id("IF-S1"));
        assert_eq!(summary.window.and_then(|window| window.opens_at), entry_window(begin(), -7, 14).opens_at);
        let people: Vec<_> = sheet.rows.iter().map(|row| (row.nim.as_str(), row.name.as_str(), row.version)).collect();
        assert_eq!(people, [("nim-s1", "Mahasiswa s1", 0), ("nim-s2", "Mahasiswa s2", 0)]);
        assert!(sheet.rows[0].scores.iter().all(|score| score.score_hundredths.is_none()));
        assert_eq!(sheet.scale.map(|scale| scale.steps.len()), Some(8));
        assert_eq!(reasons(&sheet.refusals), [""; 0]);
        assert_eq!(reasons(&sheet.publish_refusals), ["grades-incomplete"]);
        assert_eq!(sheet.publish_refusals[0].facts["missing"], "2");

        // The same components with the same ids, however often the class is told.
        app.tell_course(&[crate::support::class("IF201", "A", PERIOD, &["l1"])]).await;
        assert_eq!(app.sheet("l1", &class).await.components, sheet.components);
    }

    async fn letters_follow_from_scores_and_scale(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1", "s2", "s3"]).await;
        app.score("l1", &class, &[("s1", 8500), ("s2", 8499)]).await.expect("scores");
        let sheet = app.sheet("l1", &class).await;
        let found = |student: &str| {
            let row = row(&sheet, student);
            (row.total_hundredths, row.letter.clone(), row.points_hundredths)
        };
        assert_eq!(found("s1"), (Some(8500), "A".to_owned(), 400));
        assert_eq!(found("s2"), (Some(8499), "AB".to_owned(), 350));
        assert_eq!(found("s3"), (None, String::new(), 0));
        let letters: Vec<_> = sheet.distribution.iter().map(|one| (one.letter.as_str(), one.students)).collect();
        let expected =
            [("A", 1), ("AB", 1), ("B", 0), ("BC", 0), ("C", 0), ("CD", 0), ("D", 0), ("E", 0)];
        assert_eq!(letters, expected);
        let summary = sheet.summary.expect("a summary");
        assert_eq!((summary.state(), summary.students, summary.complete), (pb::SheetState::Draft, 3, 2));
        assert_eq!(sheet.version, 1, "the state changed");
    }

    async fn the_earlier_distribution_is_that_of_the_latest_period_before(app: TestApp) {
        app.graded("20241", "IF201", &[("s1", 9000), ("s2", 9000)]).await;
        app.tell_course(&[period("20251", vec![entry_window(begin(), -7, 14)])]).await;
        app.tell_course(&[class("IF201", "B", "20251", &["l1"]), approved("s3", "20251", &["IF201B"])]).await;
        app.score("l1", &id("IF201B"), &[("s3", 6100)]).await.expect("scores");
        app.publish("l1", &id("IF201B")).await.expect("published");
        app.tell_course(&[class("IF201", "C", PERIOD, &["l1"])]).await;
        let sheet = app.sheet("l1", &id("IF201C")).await;
        assert_eq!(sheet.earlier_period, "20251");
        let given: Vec<_> = sheet.earlier_distribution.iter().filter(|one| one.students > 0).collect();
        assert_eq!(given.iter().map(|one| one.letter.as_str()).collect::<Vec<_>>(), ["C"]);
    }

    async fn windows_of_other_classes_open_nothing(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let window = |scope: course_pb::WindowScope, key: &str, opens, closes| course_pb::Window {
            scope: scope.into(),
            scope_key: key.to_owned(),
            ..entry_window(begin(), opens, closes)
        };
        use course_pb::WindowScope::{Cohort, Faculty, Programme};
        let table = [
            (vec![], "grade-entry-no-window"),
            (vec![window(Cohort, "2024", -1, 1)], "grade-entry-no-window"),
            (vec![window(Faculty, "FH", -1, 1), window(Programme, "SI-S1", -1, 1)], "grade-entry-no-window"),
            (vec![course_pb::Window { kind: course_pb::WindowKind::Krs.into(), ..entry_window(begin(), -1, 1) }],
             "grade-entry-no-window"),
            (vec![window(Faculty, "FIK", 1, 2)], "grade-entry-not-open"),
            (vec![window(Programme, "IF-S1", -2, -1)], "grade-entry-closed"),
            (vec![window(Programme, "IF-S1", -2, 1), window(Faculty, "FIK", 1, 2)], ""),
        ];
        for (windows, word) in table {
            app.tell_course(&[period(PERIOD, windows)]).await;
            let sheet = app.sheet("l1", &class).await;
            let words = reasons(&sheet.refusals);
            assert_eq!(words, if word.is_empty() { vec![] } else { vec![word] });
            assert_eq!(reasons(&sheet.publish_refusals).first() == Some(&word), !word.is_empty());
        }
        let facts = |sheet: &pb::Sheet| sheet.refusals[0].facts.clone();
        app.tell_course(&[period(PERIOD, vec![entry_window(begin(), 1, 2)])]).await;
        let facts = facts(&app.sheet("l1", &class).await);
        assert_eq!(facts["opens_at"], "2026-12-21T02:00:00Z");
        assert_eq!(facts["closes_at"], "2026-12-22T02:00:00Z");
    }

    async fn without_a_scale_there_are_no_letters(app: TestApp) {
        app.tell_course(&[course_of("SI-S1", "SI201", 3), class("SI201", "A", PERIOD, &["l1"]),
                          approved("s1", PERIOD, &["SI201A"])]).await;
        app.score("l1", &id("SI201A"), &[("s1", 9000)]).await.expect("scores");
        let sheet = app.sheet("l1", &id("SI201A")).await;
        let only = row(&sheet, "s1");
        assert_eq!((only.total_hundredths, only.letter.as_str()), (Some(9000), ""));
        assert_eq!(reasons(&sheet.publish_refusals), ["scale-missing"]);
        assert_eq!(sheet.publish_refusals[0].facts["programme"], "SI-S1");
        assert!(sheet.scale.is_none() && sheet.distribution.is_empty());
    }

    async fn the_scale_is_the_one_that_holds_in_the_period(app: TestApp) {
        let mut plain = crate::support::ab_scale("IF-S1", "20262");
        plain.steps.truncate(1);
        plain.steps[0].min_score_hundredths = 0;
        app.put_scale(plain).await.expect("a later scale");
        app.tell_course(&[period("20262", vec![entry_window(begin(), -1, 1)])]).await;
        let now = app.class("IF201", &["l1"], &["s1"]).await;
        app.tell_course(&[class("IF201", "B", "20262", &["l1"]), approved("s1", "20262", &["IF201B"])]).await;
        for (class, letter) in [(now, "E"), (id("IF201B"), "A")] {
            app.score("l1", &class, &[("s1", 1000)]).await.expect("scores");
            assert_eq!(row(&app.sheet("l1", &class).await, "s1").letter, letter);
        }
    }

    async fn sheets_are_listed_by_period_course_and_class(app: TestApp) {
        app.tell_course(&[course("IF201", 3), course("IF105", 2), course_of("SI-S1", "SI201", 3)]).await;
        app.tell_course(&[
            class("IF201", "B", PERIOD, &["l1"]),
            class("IF201", "A", PERIOD, &["l2", "l1"]),
            class("IF105", "A", PERIOD, &["l3"]),
            class("SI201", "A", PERIOD, &["l1"]),
            class("IF201", "C", "20252", &["l1"]),
            approved("s1", PERIOD, &["IF201A", "IF105A"]),
            approved("s2", PERIOD, &["IF201A"]),
        ])
        .await;
        let mut found = Vec::new();
        let mut cursor = String::new();
        let mut lecturer = app.grading("l1");
        loop {
            let page = Some(proto::common::v1::PageRequest { size: 2, cursor });
            let request = pb::ListSheetsRequest { page, ..Default::default() };
            let answer = answer(lecturer.list_sheets(request).await).expect("sheets");
            found.extend(answer.sheets);
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        let names: Vec<_> =
            found.iter().map(|one| (one.period_code.as_str(), one.course_code.as_str(), one.class_name.as_str())).collect();
        let expected =
            [(PERIOD, "IF201", "A"), (PERIOD, "IF201", "B"), (PERIOD, "SI201", "A"), ("20252", "IF201", "C")];
        assert_eq!(names, expected, "those that the lecturer teaches");
        assert_eq!((found[0].students, found[0].complete, found[0].lead), (2, 0, false));
        assert!(found[1].lead && found[0].window.is_some() && found[3].window.is_none());

        let ask = |request: pb::ListSheetsRequest| {
            let mut client = proto::grade::v1::grading_client::GradingClient::new(app.as_registrar());
            async move { codes(&answer(client.list_sheets(request).await).expect("sheets")) }
        };
        let filter = pb::ListSheetsRequest::default();
        assert_eq!(ask(filter.clone()).await.len(), 5);
        let of = pb::ListSheetsRequest { period_code: "20252".to_owned(), ..filter.clone() };
        assert_eq!(ask(of).await, ["20252 IF201"]);
        let of = pb::ListSheetsRequest { lecturer_id: id("l3"), ..filter.clone() };
        assert_eq!(ask(of).await, ["20261 IF105"]);
        let of = pb::ListSheetsRequest { programme_id: id("SI-S1"), ..filter.clone() };
        assert_eq!(ask(of).await, ["20261 SI201"]);
        app.score("l3", &id("IF105A"), &[("s1", 8000)]).await.expect("scores");
        let of = pb::ListSheetsRequest { state: pb::SheetState::Draft.into(), ..filter.clone() };
        assert_eq!(ask(of.clone()).await, ["20261 IF105"]);
        let complete = answer(app.grading("l3").list_sheets(of).await).expect("sheets");
        assert_eq!((complete.sheets[0].students, complete.sheets[0].complete), (1, 1));
    }

    async fn a_new_name_of_a_person_is_shown(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        app.tell(&[lecturer("l1", "Prof. Andi"), student("s1", "IF-S1", "20241", "l2")]).await;
        let sheet = app.sheet("l1", &class).await;
        assert_eq!(sheet.summary.expect("a summary").lecturer_names, ["Prof. Andi"]);
        app.tell(&[Change::tombstone("student.student", id("s1"), 1)]).await;
        let sheet = app.sheet("l1", &class).await;
        assert_eq!((sheet.rows[0].nim.as_str(), sheet.rows[0].name.as_str()), ("", ""), "still on the roster");
    }
}
