//! Commands at once. Each race runs for twenty rounds on both engines.

use chassis::db::Engine;
use chassis::error::Kind;
use chassis::testing::{Rng, Setup, TestDb, TestEnv};
use futures_util::future::{join, join_all};
use grade_svc::MIGRATIONS;
use grade_svc::store::records;
use proto::grade::v1 as pb;
use proto::grade::v1::grading_client::GradingClient;

use crate::support::{PERIOD, TestApp, all_of, answer, approved, class, course, decoded, id, row};

const ROUNDS: u32 = 20;

/// The schema alone, without the server and its task.
struct Bare(TestDb);

impl Setup for Bare {
    async fn setup(env: &TestEnv) -> Self {
        Self(env.database(&MIGRATIONS).await)
    }
}

chassis::both_engines! {
    // A feed notes a student whose earlier note is worked off before the feed's batch commits: the work was done over the
    // old state, so the new note must still be there. On SQLite writers follow each other.
    async fn a_note_written_while_another_is_worked_off_stays(bare: Bare) {
        let db = &bare.0.db;
        for round in 0..ROUNDS {
            let mut before = db.begin().await.expect("a transaction");
            records::due(&mut before, "s1").await.expect("noted");
            before.commit().await.expect("committed");
            let mut feed = match db.engine() {
                Engine::Postgres => {
                    let mut feed = db.begin().await.expect("a transaction");
                    records::due(&mut feed, "s1").await.expect("noted");
                    Some(feed)
                }
                Engine::Sqlite => None,
            };
            let mut worker = db.begin().await.expect("a transaction");
            assert_eq!(records::take_due(&mut worker, 10).await.expect("taken"), ["s1"], "round {round}");
            worker.commit().await.expect("committed");
            if feed.is_none() {
                let mut late = db.begin().await.expect("a transaction");
                records::due(&mut late, "s1").await.expect("noted");
                feed = Some(late);
            }
            feed.expect("one of them").commit().await.expect("committed");
            assert!(records::is_due(db).await.expect("read"), "round {round}: the note is lost");
            let mut rest = db.begin().await.expect("a transaction");
            assert_eq!(records::take_due(&mut rest, 10).await.expect("taken"), ["s1"]);
            rest.commit().await.expect("committed");
        }
    }
}

chassis::both_engines! {
    // Two lecturers write the same row, each from the version that both have read: one of them wins, the other hears of
    // it, and no score of the one is mixed with those of the other.
    async fn two_lecturers_on_one_row(app: TestApp) {
        let class = app.class("IF201", &["l1", "l2"], &["s1", "s2"]).await;
        let other = match app.db.db.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(app.replica().await),
        };
        let channel = |lecturer: &str| match (&other, lecturer) {
            (Some(server), "l2") => {
                let token = app.token().account("account-l2").lecturer(&id("l2")).sign();
                server.channel(&app.pki, "gateway").with_bearer(&token)
            }
            _ => app.as_lecturer(lecturer),
        };
        for round in 0..ROUNDS {
            let sheet = app.sheet("l1", &class).await;
            let put = |lecturer: &str, score: u32| {
                let mut client = GradingClient::new(channel(lecturer));
                let rows = vec![all_of(&sheet, "s1", score), all_of(&sheet, "s2", score)];
                let request = pb::PutScoresRequest { class_id: class.clone(), rows };
                async move { answer(client.put_scores(request).await) }
            };
            let (mine, theirs) = (1000 + round * 10, 5000 + round * 10);
            let (one, two) = join(put("l1", mine), put("l2", theirs)).await;
            let won = match (&one, &two) {
                (Ok(_), Err(fault)) => { assert_eq!(fault.kind(), Kind::Stale); mine }
                (Err(fault), Ok(_)) => { assert_eq!(fault.kind(), Kind::Stale); theirs }
                other => panic!("round {round}: {other:?}"),
            };
            let after = app.sheet("l1", &class).await;
            for student in ["s1", "s2"] {
                let row = row(&after, student);
                assert_eq!((row.total_hundredths, row.version), (Some(won), i64::from(round) + 1), "round {round}");
            }
        }
    }

    // A score is entered while the sheet is published: either it comes first and the publication is refused, since nobody
    // agreed to that score, or it is refused itself. What students read is what stands on the sheet.
    async fn publishing_against_entering_scores(app: TestApp) {
        let mut rng = Rng::new(app.db.seed);
        let codes: Vec<_> = (0..ROUNDS).map(|round| format!("R{round:02}")).collect();
        let names: Vec<_> = codes.iter().map(|code| format!("{code}A")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut changes = vec![approved("s1", PERIOD, &names)];
        for code in &codes {
            changes.extend([course(code, 2), class(code, "A", PERIOD, &["l1", "l2"])]);
        }
        app.tell_course(&changes).await;
        let (mut published_first, mut entered_first) = (0, 0);
        for name in &names {
            let class = id(name);
            app.score("l1", &class, &[("s1", 6000)]).await.expect("scores");
            let sheet = app.sheet("l1", &class).await;
            let late = rng.below(2) == 0;
            let put = async {
                if late { tokio::task::yield_now().await; }
                let rows = vec![all_of(&sheet, "s1", 9000)];
                answer(app.grading("l2").put_scores(pb::PutScoresRequest { class_id: class.clone(), rows }).await)
            };
            let publish = async {
                if !late { tokio::task::yield_now().await; }
                let request = pb::PublishSheetRequest { class_id: class.clone(), version: sheet.version };
                answer(app.grading("l1").publish_sheet(request).await)
            };
            let (put, publish) = join(put, publish).await;
            let expected = match (put, publish) {
                (Ok(_), Err(fault)) => {
                    assert_eq!(fault.reason(), "version-stale");
                    entered_first += 1;
                    let version = app.sheet("l1", &class).await.version;
                    let request = pb::PublishSheetRequest { class_id: class.clone(), version };
                    answer(app.grading("l1").publish_sheet(request).await).expect("with the score that was read");
                    9000
                }
                (Err(fault), Ok(_)) => {
                    assert_eq!(fault.reason(), "sheet-published");
                    published_first += 1;
                    6000
                }
                both => panic!("{name}: {both:?}"),
            };
            let after = app.sheet("l1", &class).await;
            let row = row(&after, "s1");
            let scores: Vec<_> = row.scores.iter().map(|score| score.score_hundredths).collect();
            assert_eq!((row.total_hundredths, scores), (Some(expected), vec![Some(expected); 4]));
        }
        assert_eq!(published_first + entered_first, ROUNDS);
        let khs = app.semester("s1", PERIOD).await;
        assert_eq!(khs.results.len(), names.len());
        for result in khs.results {
            let sheet = app.sheet("l1", &id(&format!("{}A", result.course_code))).await;
            assert_eq!(result.score_hundredths, row(&sheet, "s1").total_hundredths, "{}", result.course_code);
        }
    }

    // Sheets with the same students are published at once, on two replicas where the engine allows: no record loses what
    // another publication put into it, and the last one says what the transcript says.
    async fn many_sheets_of_the_same_students_at_once(app: TestApp) {
        let other = match app.db.db.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(app.replica().await),
        };
        let token = app.token().account("account-l1").lecturer(&id("l1")).sign();
        for round in 0..ROUNDS {
            let codes: Vec<_> = ["A", "B", "C"].iter().map(|letter| format!("{letter}{round:02}")).collect();
            let names: Vec<_> = codes.iter().map(|code| format!("{code}A")).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let at = format!("20{:02}{}", 31 + round / 2, 1 + round % 2);
            let windows = vec![crate::support::entry_window(app.clock.now(), -1, 1)];
            let mut changes = vec![crate::support::period(&at, windows)];
            changes.extend(["s1", "s2", "s3"].map(|student| approved(student, &at, &names)));
            for code in &codes {
                changes.extend([course(code, 3), class(code, "A", &at, &["l1"])]);
            }
            app.tell_course(&changes).await;
            for name in &names {
                app.score("l1", &id(name), &[("s1", 8000), ("s2", 7000), ("s3", 6000)]).await.expect("scores");
            }
            let sheets = join_all(names.iter().map(|name| {
                let class = id(name);
                let app = &app;
                async move { app.sheet("l1", &class).await }
            }))
            .await;
            let published = join_all(sheets.iter().enumerate().map(|(n, sheet)| {
                let mut client = GradingClient::new(match &other {
                    Some(server) if n % 2 == 1 => server.channel(&app.pki, "gateway").with_bearer(&token),
                    _ => app.bearing(&token),
                });
                let class_id = id(names[n]);
                let request = pb::PublishSheetRequest { class_id, version: sheet.version };
                async move { answer(client.publish_sheet(request).await) }
            }))
            .await;
            assert!(published.iter().all(Result::is_ok), "round {round}: {published:?}");
        }
        // Each publication told the record in its own transaction: it only grows, and no version of it is told twice.
        for student in ["s1", "s2", "s3"] {
            let events = app.told().await.into_iter();
            let events = events.filter(|event| event.kind == "grade.record" && event.aggregate_id == id(student));
            let (mut version, mut results) = (0, 0);
            for event in events {
                let record = decoded::<pb::AcademicRecord>(&event.payload);
                assert!(event.version == version + 1 && record.results.len() >= results, "version {}", event.version);
                (version, results) = (event.version, record.results.len());
            }
            assert_eq!(results, usize::try_from(ROUNDS * 3).expect("few"));
            let transcript = app.transcript(student).await;
            let record = app.record_when("the last record", student, |record| record.results.len() == results).await;
            assert_eq!(record.cumulative_hundredths, transcript.cumulative_hundredths);
            assert_eq!(record.credits_passed, transcript.credits_passed);
            assert!(record.semesters.iter().all(|semester| semester.pending == 0));
        }
    }
}
