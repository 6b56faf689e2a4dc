//! The import as a conversation: what has no place in it, and what it leaves behind when it breaks.

use chassis::both_engines;
use chassis::testing::eventually;
use jiff::SignedDuration;
use proto::common::v1::Empty;
use proto::student::v1 as pb;
use proto::student::v1::import_request::Message as Say;
use proto::student::v1::import_response::Message as Heard;
use proto::student::v1::import_row::Row;

use crate::rows;
use crate::support::{App, fields, reason, wrong};

async fn staged(app: &App) -> (i64, i64) {
    app.row(chassis::sql!("SELECT (SELECT COUNT(*) FROM import), (SELECT COUNT(*) FROM stage_student)")).await
}

fn students(many: usize) -> impl Iterator<Item = Row> {
    (0..many).map(|n| Row::Student(rows::student(&format!("26{n:06}"), "Mahasiswa", "IF-S1", "20261", "")))
}

both_engines! {
    async fn a_stream_that_breaks_leaves_nothing_behind(app: App) {
        app.campus().await;
        let head = app.head().await;
        // Broken after rows, broken after a good verdict, ended without `apply`.
        for turn in 0..3 {
            let mut import = app.open_import().await;
            for row in students(1100) {
                import.row(row).await;
            }
            if turn > 0 {
                assert!(import.judge().await.1.ok);
            } else {
                eventually("rows are staged", async || staged(&app).await.1 >= 1000).await;
            }
            if turn == 2 {
                import.finish().await;
            }
            drop(import);
            eventually("the staged rows are gone", async || staged(&app).await == (0, 0)).await;
        }
        assert_eq!(app.head().await, head);
        assert_eq!(app.all_students().await.len(), 2);
    }

    async fn messages_out_of_order_end_the_import(app: App) {
        app.campus().await;
        let apply = || Say::Apply(Empty {});
        let mut import = app.open_import().await;
        import.say(apply()).await;
        assert_eq!(reason(import.hear().await), "import-out-of-order");

        let mut import = app.open_import().await;
        import.say_nothing().await;
        assert_eq!(reason(import.hear().await), "import-out-of-order");

        for late in [Say::Judge(Empty {}), Say::Row(pb::ImportRow { file: "x".into(), line: 2, row: None })] {
            let mut import = app.open_import().await;
            assert!(import.judge().await.1.ok);
            import.say(late).await;
            assert_eq!(reason(import.hear().await), "import-out-of-order");
        }
        eventually("nothing is left", async || staged(&app).await == (0, 0)).await;
    }

    async fn a_bad_verdict_cannot_be_applied(app: App) {
        let mut import = app.open_import().await;
        import.row(rows::faculty("FT", "Fakultas Teknik")).await;
        import.row(rows::status("1", "20261", "A")).await;
        assert!(!import.judge().await.1.ok);
        assert_eq!(reason(import.apply().await), "import-has-faults");
        assert_eq!(app.head().await, 0);
    }

    async fn a_verdict_that_is_no_longer_true_is_not_applied(app: App) {
        let campus = app.campus().await;
        let mut import = app.open_import().await;
        import.row(rows::status(rows::BUDI, "20242", "A")).await;
        assert!(import.judge().await.1.ok);
        let later = pb::Student { entry_period: "20251".into(), ..app.read(&campus.budi).await };
        app.students(&app.registrar()).update(pb::UpdateStudentRequest { student: Some(later) }).await.unwrap();
        let head = app.head().await;
        assert_eq!(reason(import.apply().await), "import-outdated");
        assert_eq!(app.head().await, head);
    }

    async fn a_file_without_a_name_ends_the_import(app: App) {
        let mut import = app.open_import().await;
        import.say(Say::Row(pb::ImportRow { file: String::new(), line: 2, row: Some(rows::faculty("FT", "x")) })).await;
        assert_eq!(fields(import.hear().await), wrong([("file", "required")]));
        let mut import = app.open_import().await;
        import.say(Say::Row(pb::ImportRow { file: "a\0b".into(), line: 2, row: Some(rows::faculty("FT", "x")) })).await;
        assert_eq!(fields(import.hear().await), wrong([("file", "forbidden-character")]));
    }

    async fn what_a_crash_left_is_removed_when_it_is_stale(app: App) {
        let mut tx = app.test.db.begin().await.unwrap();
        chassis::sql!("INSERT INTO import (import_id, started_at, touched_at) VALUES ($1, $2, $2)")
            .bind("left-over").bind(app.now()).run(&mut tx).await.unwrap();
        chassis::sql!(
            "INSERT INTO stage_status (import_id, place, file, line, sound, nim, period, status)
             VALUES ('left-over', 1, 'statuses.csv', 2, TRUE, '1', '20261', 'A')"
        ).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        app.import(vec![rows::faculty("FT", "Fakultas Teknik")]).await.applied.unwrap();
        eventually("the own rows are gone", async || staged(&app).await.0 == 1).await;
        app.clock.advance(SignedDuration::from_hours(3));
        app.import(vec![rows::faculty("FT", "Fakultas Teknik")]).await.applied.unwrap();
        eventually("the stale rows are gone too", async || staged(&app).await.0 == 0).await;
        let (rows,): (i64,) = app.row(chassis::sql!("SELECT COUNT(*) FROM stage_status")).await;
        assert_eq!(rows, 0);
    }

    async fn a_client_that_says_nothing_is_let_go(app: App) {
        let mut app = app;
        app.restart(|config| config.import.silence = std::time::Duration::from_millis(200)).await;
        let mut import = app.open_import().await;
        import.row(rows::faculty("FT", "Fakultas Teknik")).await;
        assert_eq!(reason(import.hear().await), "too-slow");
        eventually("nothing is left", async || staged(&app).await == (0, 0)).await;
    }

    async fn progress_is_told_on_the_way(app: App) {
        app.campus().await;
        let mut import = app.open_import().await;
        for row in students(1600) {
            import.row(row).await;
        }
        assert!(import.judge().await.1.ok);
        import.say(Say::Apply(Empty {})).await;
        let heard = import.hear_all().await.unwrap();
        let progress: Vec<_> = heard.iter().filter_map(|h| match h {
            Heard::Progress(p) => Some((p.done, p.total)),
            _ => None,
        }).collect();
        assert_eq!(progress, [(1000, 1600), (1600, 1600)]);
        assert!(matches!(heard.last(), Some(Heard::Applied(applied)) if applied.created == 1600));
    }

    async fn imports_at_once_wait_for_each_other(app: App) {
        app.campus().await;
        for round in 0..20 {
            let entry = format!("{}1", 2026 + round);
            let row = |n: usize| Row::Student(rows::student(&format!("26{n:06}"), "Mahasiswa", "IF-S1", &entry, ""));
            let (mut one, mut two) = (app.open_import().await, app.open_import().await);
            // In opposite orders: each would wait for a row that the other holds.
            for n in 0..200 {
                one.row(row(n)).await;
                two.row(row(199 - n)).await;
            }
            assert!(one.judge().await.1.ok);
            assert!(two.judge().await.1.ok);
            let (one, two) = tokio::join!(one.apply(), two.apply());
            let (one, two) = (one.unwrap(), two.unwrap());
            let touched = [one.created + one.changed, two.created + two.changed];
            assert!(touched == [200, 0] || touched == [0, 200], "what one has done is unchanged to the other: {touched:?}");
        }
        assert_eq!(app.all_students().await.len(), 202);
    }
}
