//! `CourseImport`: judged together, applied together, and again only what changed.

use chassis::error::Kind;
use proto::common::v1::Empty;
use proto::course::v1 as pb;
use proto::course::v1::import_request::Message as Ask;
use proto::course::v1::import_response::Message as Said;
use proto::course::v1::import_row::Row;
use proto::feed::v1::GetHeadRequest;
use proto::feed::v1::feed_client::FeedClient;

use crate::support::rows::{Talk, announce, campus, class, course, import, room, seat, window};
use crate::support::{PERIOD, TestApp, begin, id, lecturer, list_request, programme, reasons, status, student};

async fn staged(app: &TestApp) -> i64 {
    let (rows,) = chassis::sql!("SELECT (SELECT COUNT(*) FROM import_row) + (SELECT COUNT(*) FROM import)")
        .one::<(i64,)>(&app.db.db)
        .await
        .expect("a count");
    rows
}

/// Nothing staged is left once a stream has ended.
async fn nothing_is_left(app: &TestApp) {
    chassis::testing::eventually("what was staged is gone", || async { staged(app).await == 0 }).await;
}

chassis::both_engines! {
    async fn a_campus_comes_in_from_its_files(app: TestApp) {
        let applied = import(&app, campus()).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (16, 0, 0));
        let head = FeedClient::new(app.server.channel(&app.pki, "siakad")).get_head(GetHeadRequest {}).await;
        assert_eq!(head.expect("a head").into_inner().head, applied.feed_head);

        let classes = app.list(list_request()).await;
        let summary: Vec<_> = classes
            .iter()
            .map(|class| {
                let course = class.course.as_ref().expect("a course");
                (course.code.as_str(), class.name.as_str(), class.capacity, class.taken, class.meetings.len())
            })
            .collect();
        assert_eq!(summary, [("IF201", "A", 40, 2, 1), ("IF201", "B", 30, 0, 1), ("IF202", "A", 20, 1, 1)]);
        let first = &classes[0];
        assert_eq!((first.meetings[0].start_minute, first.meetings[0].room_code.as_str()), (420, "A.2.03"));
        let names: Vec<_> = first.lecturers.iter().map(|l| (l.name.as_str(), l.lead)).collect();
        assert_eq!(names, [("Dr. Andi", true), ("Dr. Budi", false)]);

        let plan = app.plan("s1").await;
        assert_eq!((plan.credits, plan.version, plan.items.len()), (7, 1, 2));
        assert_eq!(reasons(&plan.refusals), [""; 0]);
        app.add("s3", &first.id).await.expect("the window of the file is open");
        nothing_is_left(&app).await;
    }

    async fn a_second_import_changes_exactly_what_changed(app: TestApp) {
        import(&app, campus()).await;
        let again = import(&app, campus()).await;
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 16));
        let quiet = again.feed_head;

        let mut edited = campus();
        for row in &mut edited {
            match row {
                Row::Course(row) if row.code == "IF202" => row.name = "Basis Data".to_owned(),
                Row::Class(row) if row.name == "B" => row.capacity = "35".to_owned(),
                Row::Meeting(row) if row.name == "B" => row.start = "08:00".to_owned(),
                Row::Room(row) if row.code == "DARING" => row.name = "Kuliah daring".to_owned(),
                _ => {}
            }
        }
        edited.push(seat("s3", "IF202", "A"));
        let applied = import(&app, edited).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (2, 3, 12));
        // One course, one room, one class (its row and its meeting), one plan.
        assert_eq!(applied.feed_head - quiet, 4);
        let classes = app.list(list_request()).await;
        let versions: Vec<_> = classes.iter().map(|class| (class.name.as_str(), class.version)).collect();
        assert_eq!(versions, [("A", 1), ("B", 2), ("A", 1)]);
        assert_eq!((classes[1].capacity, classes[1].meetings[0].start_minute), (35, 480));
        assert_eq!(classes[2].course.as_ref().expect("a course").name, "Basis Data");
        assert_eq!((app.plan("s1").await.version, app.plan("s3").await.version), (1, 1));
    }

    async fn what_a_file_does_not_name_stays(app: TestApp) {
        import(&app, campus()).await;
        let windows = || vec![window("university", "", "2026-08-03T00:00:00+07:00", "2026-08-24T00:00:00+07:00")];
        let applied = import(&app, windows()).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (0, 1, 0));
        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        let period = app.catalogue().get_period(request).await.expect("a period").into_inner();
        assert_eq!((period.windows.len(), period.version), (1, 2), "windows of a named period are replaced together");
        assert_eq!(app.list(list_request()).await.len(), 3);
        assert_eq!(app.plan("s1").await.items.len(), 2);
    }

    async fn announced_keys_are_judged_good_and_must_have_arrived_when_it_is_applied(app: TestApp) {
        use pb::announcement::Key;
        let announced = || {
            vec![
                announce(Key::Programme("TI-S1".to_owned())),
                announce(Key::Lecturer("0000000077".to_owned())),
                announce(Key::Student("nim-new".to_owned())),
                announce(Key::Faculty("FT".to_owned())),
            ]
        };
        let rows = || {
            let of_new = Row::Course(pb::CourseRow {
                programme: "TI-S1".to_owned(),
                code: "TI101".to_owned(),
                name: "Fisika".to_owned(),
                credits_lecture: "3".to_owned(),
                requirement_kind: "compulsory".to_owned(),
                ..Default::default()
            });
            vec![
                of_new,
                class("IF201", "C", "20", "0000000077"),
                seat("new", "IF201", "C"),
                window("faculty", "FT", "2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z"),
            ]
        };
        import(&app, campus()).await;
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows());
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults().len(), 4, "not announced: {:?}", talk.faults());
        drop(talk);

        let mut talk = Talk::begin(&app).await;
        talk.rows(announced().into_iter().chain(rows()));
        let verdict = talk.judge().await;
        assert!(verdict.ok, "{:?}", talk.faults());
        let fault = talk.apply().await.expect_err("nothing has arrived");
        assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "import-outdated"));
        let expected = [
            "courses.csv:6:programme:unknown-programme",
            "windows.csv:9:scope_key:unknown-faculty",
            "classes.csv:7:lecturers:unknown-lecturer",
            "plans.csv:8:nim:unknown-student",
        ];
        assert_eq!(talk.faults(), expected);
        assert_eq!(app.list(list_request()).await.len(), 3, "nothing was applied");
        drop(talk);

        let mut talk = Talk::begin(&app).await;
        talk.rows(announced().into_iter().chain(rows()));
        assert!(talk.judge().await.ok);
        app.tell(&[
            crate::support::faculty("FT", "Teknik"),
            programme("TI-S1", "Teknik Industri", "FT"),
            lecturer("l7", "Dr. Tujuh", "0000000077"),
            student("new", "TI-S1", PERIOD, "l7"),
            status("new", PERIOD, proto::student::v1::StatusKind::Active, 1),
        ])
        .await;
        let applied = talk.apply().await.expect("it has arrived");
        assert_eq!(applied.created, 4);
        assert_eq!(app.plan("new").await.items.len(), 1);
        nothing_is_left(&app).await;
    }

    async fn an_import_with_a_wrong_row_applies_nothing(app: TestApp) {
        let mut talk = Talk::begin(&app).await;
        talk.rows(campus().into_iter().chain([course("IF203", "30")]));
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong), (false, 1));
        assert_eq!(talk.faults(), ["courses.csv:18:credits_lecture:out-of-range"]);
        let fault = talk.apply().await.expect_err("it was judged wrong");
        assert_eq!(fault.reason(), "import-has-faults");
        assert_eq!(app.list(list_request()).await, []);
        nothing_is_left(&app).await;
    }

    async fn a_stream_that_ends_early_leaves_nothing(app: TestApp) {
        for judged in [false, true] {
            let mut talk = Talk::begin(&app).await;
            talk.rows(campus());
            if judged {
                assert!(talk.judge().await.ok);
            }
            drop(talk);
            nothing_is_left(&app).await;
        }
        assert_eq!(app.list(list_request()).await, []);
    }

    async fn a_message_out_of_order_is_refused(app: TestApp) {
        let orders: [&[Ask]; 3] = [
            &[Ask::Apply(Empty {})],
            &[Ask::Judge(Empty {}), Ask::Judge(Empty {})],
            &[Ask::Judge(Empty {}), Ask::Row(pb::ImportRow::default())],
        ];
        for messages in orders {
            let mut talk = Talk::begin(&app).await;
            messages.iter().for_each(|message| talk.send(message.clone()));
            let fault = loop {
                match talk.next().await {
                    Ok(Some(Said::Verdict(_))) => {}
                    Ok(other) => panic!("{other:?}"),
                    Err(fault) => break fault,
                }
            };
            assert_eq!(fault.reason(), "import-out-of-order");
        }
        nothing_is_left(&app).await;
    }

    async fn what_a_crash_left_behind_is_removed_by_the_next_import(app: TestApp) {
        let import = "01900000-0000-7000-8000-000000000000";
        course_svc::store::imports::begin(&app.db.db, import, begin()).await.expect("begun");
        let batch = course_svc::store::imports::Batch {
            places: vec![1],
            steps: vec![1],
            contents: vec![String::new()],
        };
        course_svc::store::imports::stage(&app.db.db, import, batch, begin()).await.expect("staged");
        app.clock.advance(jiff::SignedDuration::from_mins(61));
        assert_eq!(staged(&app).await, 2);
        drop(Talk::begin(&app).await);
        nothing_is_left(&app).await;
    }

    async fn many_rows_are_judged_and_applied_in_chunks(app: TestApp) {
        let mut rows = campus();
        for n in 0..2500 {
            rows.push(room(&format!("R{n}"), "40"));
        }
        let applied = import(&app, rows).await;
        assert_eq!(applied.created, 2516);
        nothing_is_left(&app).await;
    }

    async fn an_import_has_an_end(app: TestApp) {
        let mut talk = Talk::begin(&app).await;
        talk.rows((0..3001).map(|n| room(&format!("R{n}"), "40")));
        let fault = talk.next().await.expect_err("one row too many");
        assert_eq!((fault.reason(), fault.refusals()[0].facts["max"].as_str()), ("import-too-large", "3000"));
        nothing_is_left(&app).await;
    }

    async fn an_import_and_students_at_once_sell_no_seat_twice(app: TestApp) {
        import(&app, campus()).await;
        let class = app.list(list_request()).await[1].clone();
        let request = pb::UpdateClassRequest {
            id: class.id.clone(),
            class: Some(pb::ClassInput { capacity: 4, ..crate::support::input_of(&class) }),
            version: class.version,
        };
        app.offering().update_class(request).await.expect("four seats");
        let mut talk = Talk::begin(&app).await;
        talk.rows([seat("s6", "IF201", "B"), seat("s7", "IF201", "B")]);
        assert!(talk.judge().await.ok);
        let adds = futures_util::future::join_all(["s3", "s4", "s5", "s8"].map(|student| app.add(student, &class.id)));
        let (results, applied) = tokio::join!(adds, talk.apply());
        let seated = results.iter().filter(|result| result.is_ok()).count() + if applied.is_ok() { 2 } else { 0 };
        if let Err(fault) = &applied {
            assert_eq!(fault.reason(), "import-outdated");
        }
        assert!(seated <= 4, "{seated}");
        for (class, taken, items) in app.seats().await {
            assert_eq!(taken, items, "{class}");
        }
        assert_eq!(usize::try_from(app.taken(&class.id).await).ok(), Some(seated));
        assert_eq!(app.plan("s1").await.student_id, id("s1"));
    }
}
