//! `GradeImport`: judged together, applied together, and again only what changed.

use chassis::error::Kind;
use proto::common::v1::Empty;
use proto::feed::v1::GetHeadRequest;
use proto::feed::v1::feed_client::FeedClient;
use proto::grade::v1 as pb;
use proto::grade::v1::announcement::Key;
use proto::grade::v1::import_request::Message as Ask;
use proto::grade::v1::import_row::Row;
use tonic::Request;

use crate::import_support::{
    Campus, NOW, PAST, Talk, announce, grade, history, import, import_with, letters, scale, score, step,
};
use crate::support::{TestApp, approved, class, course, decoded, id, period, student};

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

/// The head of the feed.
async fn head(app: &TestApp) -> i64 {
    let head = FeedClient::new(app.server.channel(&app.pki, "siakad")).get_head(GetHeadRequest {}).await;
    head.expect("a head").into_inner().head
}

/// The record of a student as the feed tells it now.
async fn record(app: &TestApp, name: &str) -> pb::AcademicRecord {
    let events = app.snapshot().await.into_iter();
    let mut found = events.filter(|event| event.kind == "grade.record" && event.aggregate_id == id(name));
    decoded(&found.next().expect("the student has a record").payload)
}

fn results(record: &pb::AcademicRecord) -> Vec<(String, &str, &str, u32, bool, u32)> {
    let result = |one: &pb::RecordResult| (one.course_id.clone(), one.points_hundredths, one.passed, one.credits);
    let of = |one| {
        let (course, points, passed, credits) = result(one);
        (course, one.period_code.as_str(), one.letter.as_str(), points, passed, credits)
    };
    record.results.iter().map(of).collect()
}

async fn sheet(app: &TestApp, class: &str) -> pb::Sheet {
    app.sheet("l1", &id(class)).await
}

chassis::both_engines! {
    async fn scales_scores_and_grades_come_in_from_their_files(app: Campus) {
        let applied = import(&app, history()).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (13, 2, 0), "UTS and UAS had other weights");
        assert_eq!(head(&app).await, applied.feed_head);
        nothing_is_left(&app).await;

        // 3 x 3.00 + 2 x 4.00 over 5: of IF102 the better result counts.
        let first = record(&app, "s1").await;
        assert_eq!((first.cumulative_hundredths, first.credits_passed), (Some(340), 5));
        let expected = [(id("IF101"), PAST, "B", 300, true, 3), (id("IF102"), NOW, "A", 400, true, 2)];
        assert_eq!(results(&first), expected);
        let semesters: Vec<_> = first
            .semesters
            .iter()
            .map(|one| (one.period_code.as_str(), one.gpa_hundredths, one.credits, one.pending))
            .collect();
        assert_eq!(semesters, [(PAST, 180, 5, 0), (NOW, 400, 2, 1)], "IPS counts the E; IF201 waits");
        let transcript = app.transcript("s1").await;
        assert_eq!((transcript.weighted, transcript.credits, transcript.results.len()), (1700, 5, 3));
        assert_eq!(record(&app, "s2").await.cumulative_hundredths, Some(400));

        let graded = sheet(&app, "IF102A").await;
        assert_eq!(graded.summary.as_ref().map(|summary| summary.state()), Some(pb::SheetState::Published));
        let draft = sheet(&app, "IF201A").await;
        assert_eq!(draft.summary.as_ref().map(|summary| summary.state()), Some(pb::SheetState::Draft));
        let parts: Vec<_> = draft.components.iter().map(|part| (part.name.as_str(), part.weight)).collect();
        assert_eq!(parts, [("UTS", 40), ("UAS", 60)]);
        let scores = |student: &str| {
            let row = draft.rows.iter().find(|row| row.student_id == id(student)).expect("on the roster");
            let scores: Vec<_> = row.scores.iter().map(|score| score.score_hundredths).collect();
            (scores, row.total_hundredths, row.letter.clone(), row.version)
        };
        assert_eq!(scores("s1"), (vec![Some(8000), Some(7525)], Some(7715), "B".to_owned(), 1));
        assert_eq!(scores("s2"), (vec![Some(6000), None], None, String::new(), 1));
    }

    async fn a_second_import_applies_exactly_the_edits(app: Campus) {
        import(&app, history()).await;
        let quiet = head(&app).await;
        let again = import(&app, history()).await;
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 15));
        assert_eq!(again.feed_head, quiet, "nothing changed, nothing is told");

        let mut edited = history();
        for row in &mut edited {
            match row {
                Row::Score(row) if row.nim == "nim-s2" => row.score = "61".to_owned(),
                Row::ScaleStep(row) if row.letter == "C" => row.min_score = "57".to_owned(),
                _ => {}
            }
        }
        edited.push(score("s2", "IF201", "UAS", "90"));
        let (applied, warnings) = import_with(&app, edited).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (1, 2, 13));
        assert_eq!(warnings, [""; 0]);
        let first = record(&app, "s1").await;
        assert_eq!((first.cumulative_hundredths, record(&app, "s2").await.cumulative_hundredths), (Some(340), Some(400)));
        let draft = sheet(&app, "IF201A").await;
        let row = draft.rows.iter().find(|row| row.student_id == id("s2")).expect("on the roster");
        assert_eq!((row.total_hundredths, row.version), (Some(7840), 2));
        let untouched = draft.rows.iter().find(|row| row.student_id == id("s1")).expect("on the roster");
        assert_eq!(untouched.version, 1);
    }

    async fn what_falls_away_from_a_list_is_a_change_and_nothing_else_falls_away(app: Campus) {
        import(&app, history()).await;
        // A scale without its D; IF201 keeps its components since no row names the class, and every grade stays.
        let mut rows = letters();
        rows.retain(|row| !matches!(row, Row::ScaleStep(row) if row.letter == "D"));
        let applied = import(&app, rows).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (0, 1, 4));
        let transcript = app.transcript("s1").await;
        assert_eq!(transcript.results.len(), 3);
        assert_eq!(sheet(&app, "IF201A").await.components.len(), 2);
    }

    async fn a_grade_keeps_what_its_letter_was_worth_and_what_no_row_says(app: Campus) {
        import(&app, history()).await;
        let mut worth_more = letters();
        worth_more[3] = step("20241", "B", "68", "3.25");
        import(&app, worth_more).await;
        // The same letter again, without a score; then a grade of a course that had none.
        let same = import(&app, vec![grade("s1", PAST, "IF101", "", "B", "")]).await;
        assert_eq!((same.changed, same.unchanged), (0, 1));
        assert_eq!(record(&app, "s1").await.results[0].points_hundredths, 300);
        import(&app, vec![grade("s4", PAST, "IF101", "", "B", "")]).await;
        assert_eq!(record(&app, "s4").await.results[0].points_hundredths, 325);
    }

    async fn a_published_grade_is_never_changed_by_an_import(app: Campus) {
        import(&app, letters()).await;
        import_with(&app, vec![grade("s1", PAST, "IF101", "", "A", ""), grade("s2", NOW, "IF201", "A", "B", "70")]).await;
        let before = (record(&app, "s1").await, record(&app, "s2").await);
        for (row, column, letter) in [
            (grade("s1", PAST, "IF101", "", "B", ""), "letter", "A"),
            (grade("s2", NOW, "IF201", "A", "A", ""), "letter", "B"),
            (grade("s2", NOW, "IF201", "A", "B", "71"), "score", "B"),
        ] {
            let mut talk = Talk::begin(&app).await;
            talk.rows([row]);
            assert!(!talk.judge().await.ok);
            assert_eq!(talk.faults(), [format!("grades.csv:2:{column}:grade-published")]);
            assert_eq!(talk.facts(0)["letter"], letter);
        }
        assert_eq!((record(&app, "s1").await, record(&app, "s2").await), before);
        // What is so already is no change, and what was not known may come.
        let same = import(&app, vec![grade("s2", NOW, "IF201", "A", "B", "70"), grade("s1", PAST, "IF101", "", "A", "")]).await;
        assert_eq!((same.changed, same.unchanged), (0, 2));
        let added = import(&app, vec![grade("s1", PAST, "IF101", "", "A", "88")]).await;
        assert_eq!((added.changed, added.unchanged), (1, 0));
        assert_eq!(record(&app, "s1").await.results, before.0.results);
    }

    async fn another_repeat_policy_changes_the_averages_of_the_programme(app: Campus) {
        let rows = letters().into_iter().chain([
            grade("s1", PAST, "IF101", "", "A", ""),
            grade("s1", NOW, "IF101", "", "C", ""),
        ]);
        import(&app, rows.collect()).await;
        assert_eq!(record(&app, "s1").await.cumulative_hundredths, Some(400));
        let applied = import(&app, vec![scale("20241", "1.00", "latest")]).await;
        assert_eq!((applied.created, applied.changed), (0, 1));
        app.record_when("the latest result counts", "s1", |record| record.cumulative_hundredths == Some(200)).await;
    }

    async fn what_was_announced_is_known_to_the_judgement_and_must_have_arrived_to_be_applied(app: Campus) {
        let place = |name: &str, student: &str| pb::AnnouncedPlace {
            class: Some(pb::AnnouncedClass {
                period: "20261".to_owned(),
                programme: "IF-S1".to_owned(),
                course: "IF301".to_owned(),
                name: name.to_owned(),
            }),
            nim: format!("nim-{student}"),
        };
        let announced = || {
            vec![
                announce(Key::Programme("IF-S1".to_owned())),
                announce(Key::Student("nim-s5".to_owned())),
                announce(Key::Course("IF-S1/IF301".to_owned())),
                announce(Key::Period("20261".to_owned())),
                announce(Key::Class(place("A", "").class.expect("a class"))),
                announce(Key::Place(place("A", "s5"))),
            ]
        };
        let mut rows = letters();
        for row in [grade("s5", "20261", "IF301", "A", "A", ""), score("s5", "IF301", "UTS", "80")] {
            let mut row = row;
            if let Row::Score(row) = &mut row {
                row.period = "20261".to_owned();
            }
            rows.push(row);
        }
        let mut alone = Talk::begin(&app).await;
        alone.rows(rows.clone());
        assert!(!alone.judge().await.ok);
        let wanted = ["scores.csv:9:nim:unknown-student", "scores.csv:9:period:unknown-period"];
        assert_eq!(alone.faults()[..2], wanted);
        drop(alone);

        let mut talk = Talk::begin(&app).await;
        talk.rows(announced().into_iter().chain(rows.clone()));
        let verdict = talk.judge().await;
        assert!(verdict.ok, "{:?}", talk.faults());
        let fault = talk.apply().await.expect_err("nothing of it has arrived");
        assert_eq!((fault.kind(), fault.refusals()[0].reason.as_ref()), (Kind::Refused, "import-outdated"));
        assert!(talk.faults().iter().any(|fault| fault.ends_with("unknown-student")), "{:?}", talk.faults());
        nothing_is_left(&app).await;

        let mut talk = Talk::begin(&app).await;
        talk.rows(announced().into_iter().chain(rows));
        assert!(talk.judge().await.ok);
        app.tell(&[student("s5", "IF-S1", "20251", "")]).await;
        let offered = [
            course("IF301", 3),
            period("20261", Vec::new()),
            class("IF301", "A", "20261", &["l1"]),
            approved("s5", "20261", &["IF301A"]),
        ];
        app.tell_course(&offered).await;
        talk.apply().await.expect("everything is there now");
        assert_eq!(record(&app, "s5").await.cumulative_hundredths, Some(400));
    }

    async fn an_announced_class_that_the_import_publishes_is_looked_at_with_its_announced_roster(app: Campus) {
        let class = || pb::AnnouncedClass {
            period: NOW.to_owned(),
            programme: "IF-S1".to_owned(),
            course: "IF101".to_owned(),
            name: "A".to_owned(),
        };
        let mut rows = vec![announce(Key::Class(class()))];
        for student in ["s1", "s2", "s3"] {
            rows.push(announce(Key::Place(pb::AnnouncedPlace { class: Some(class()), nim: format!("nim-{student}") })));
        }
        rows.extend(letters());
        rows.push(grade("s1", NOW, "IF101", "A", "A", ""));
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows);
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.warnings), (true, 1), "{:?}", talk.faults());
        assert_eq!((talk.warnings(), talk.facts(0)["missing"].as_str()), (vec!["grades.csv:12:class:grades-incomplete".to_owned()], "2"));
    }

    async fn one_wrong_row_and_nothing_is_applied(app: Campus) {
        let mut talk = Talk::begin(&app).await;
        talk.rows(history().into_iter().chain([grade("s1", PAST, "IF201", "", "Z", "")]));
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong, verdict.created), (false, 1, 13));
        let fault = talk.apply().await.expect_err("it was judged wrong");
        assert_eq!(fault.refusals()[0].reason, "import-has-faults");
        nothing_is_left(&app).await;
        // Records of the rosters may still be told for the first time; no sheet is.
        let (rows,) = chassis::sql!(
            "SELECT (SELECT COUNT(*) FROM grade) + (SELECT COUNT(*) FROM scale) + (SELECT COUNT(*) FROM score)
                + (SELECT COUNT(*) FROM outbox WHERE kind = 'grade.sheet')"
        )
        .one::<(i64,)>(&app.db.db)
        .await
        .expect("a count");
        assert_eq!(rows, 0);
    }

    async fn a_stream_that_ends_early_leaves_nothing(app: Campus) {
        let talk = Talk::begin(&app).await;
        talk.rows(history());
        drop(talk);
        nothing_is_left(&app).await;
        let mut talk = Talk::begin(&app).await;
        talk.rows(history());
        assert!(talk.judge().await.ok);
        drop(talk);
        nothing_is_left(&app).await;
        assert!(app.transcript("s1").await.results.is_empty());
    }

    async fn messages_have_their_order(app: Campus) {
        let mut talk = Talk::begin(&app).await;
        talk.send(Ask::Apply(Empty {}));
        let fault = talk.next().await.expect_err("nothing was judged");
        assert_eq!(fault.refusals()[0].reason, "import-out-of-order");
        let mut talk = Talk::begin(&app).await;
        talk.rows(letters());
        assert!(talk.judge().await.ok);
        talk.rows(letters());
        let fault = talk.next().await.expect_err("rows after the verdict");
        assert_eq!(fault.refusals()[0].reason, "import-out-of-order");
        nothing_is_left(&app).await;
    }

    async fn an_import_has_an_end(app: Campus) {
        let mut talk = Talk::begin(&app).await;
        talk.rows((0..3001).map(|n| announce(Key::Student(format!("x{n}")))));
        let fault = talk.next().await.expect_err("one row too many");
        assert_eq!((fault.refusals()[0].reason.as_ref(), fault.refusals()[0].facts["max"].as_str()), ("import-too-large", "3000"));
        nothing_is_left(&app).await;
    }

    async fn only_the_operator_imports(app: Campus) {
        for peer in ["gateway", "web", "student", "course", "auth"] {
            let mut client = pb::grade_import_client::GradeImportClient::new(app.server.channel(&app.pki, peer));
            let asked = client.import(Request::new(tokio_stream::iter([]))).await;
            let fault = chassis::error::Fault::from_status(&asked.expect_err("refused"));
            assert_eq!(fault.reason(), "peer-refused", "{peer}");
        }
    }

    async fn what_a_crash_left_behind_is_removed(app: Campus) {
        let now = app.clock.now();
        let mut tx = app.db.db.begin().await.expect("a transaction");
        for query in [
            chassis::sql!("INSERT INTO import (import_id, touched_at) VALUES ('old', $1)").bind(now),
            chassis::sql!("INSERT INTO import_row (import_id, place, step, content) VALUES ('old', $1, 4, '')").bind(1),
        ] {
            query.run(&mut tx).await.expect("written");
        }
        tx.commit().await.expect("a commit");
        app.clock.advance(jiff::SignedDuration::from_mins(30));
        import(&app, letters()).await;
        assert_eq!(staged(&app).await, 2, "somebody may still be at it");
        app.clock.advance(jiff::SignedDuration::from_hours(1));
        import(&app, letters()).await;
        nothing_is_left(&app).await;
    }

    async fn imports_and_a_lecturer_at_once_lose_nothing(app: Campus) {
        import(&app, history()).await;
        let names: Vec<_> = (0..20).map(|round| format!("q{round}")).collect();
        app.tell(&names.iter().map(|name| student(name, "IF-S1", "20241", "l1")).collect::<Vec<_>>()).await;
        for (round, name) in (0..20).zip(&names) {
            let (one, other) = (format!("{}", 50 + round), format!("{}", 30 + round));
            let mut first = Talk::begin(&app).await;
            first.rows([score("s1", "IF201", "UTS", &one), grade(name, PAST, "IF101", "", if round % 2 == 0 { "A" } else { "B" }, "")]);
            let mut second = Talk::begin(&app).await;
            second.rows([score("s2", "IF201", "UTS", &other), grade(name, PAST, "IF102", "", if round % 2 == 0 { "B" } else { "A" }, "")]);
            assert!(first.judge().await.ok && second.judge().await.ok);
            let sheet_before = sheet(&app, "IF201A").await;
            let entered = crate::support::one_of(&sheet_before, "s2", 1, Some(9000 - round));
            let (request, mut lecturer) = (
                pb::PutScoresRequest { class_id: id("IF201A"), rows: vec![entered] },
                app.grading("l1"),
            );
            let (first, second, entered) = tokio::join!(first.apply(), second.apply(), lecturer.put_scores(request));
            first.expect("applied");
            second.expect("applied");
            let after = sheet(&app, "IF201A").await;
            let of = |student: &str, part: usize| crate::support::row(&after, student).scores[part].score_hundredths;
            assert_eq!((of("s1", 0), of("s2", 0)), (Some((50 + round) * 100), Some((30 + round) * 100)), "round {round}");
            // The lecturer's row was read before: it is written, or refused because the import was faster.
            if entered.is_ok() {
                assert_eq!(of("s2", 1), Some(9000 - round), "round {round}");
            }
            let record = record(&app, name).await;
            let sum: u32 = record.results.iter().map(|one| one.credits * one.points_hundredths).sum();
            assert_eq!((record.results.len(), record.cumulative_hundredths), (2, Some(sum / 5)), "round {round}");
        }
    }
}
