//! The two-engine facade.

use std::time::Duration;

use chassis::{
    both_engines,
    db::{
        self, Blobs, Bools, Db, DbErrorKind, Engine, OpenError, OptInts, OptTexts, Registered, Stamp, Statement, Texts,
    },
    error::{Fault, Kind},
    sql,
    telemetry::Context,
};
use jiff::Timestamp;

use crate::fixture::{App, MIGRATIONS, start};

#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct Sample {
    sample_id: String,
    name: String,
    #[sqlx(try_from = "i64")]
    rank: u32,
    good: Option<bool>,
    bytes: Option<Vec<u8>>,
    at: Option<Stamp>,
}

both_engines! {
    async fn values_come_back_as_they_went(app: App) {
        let at: Timestamp = "1969-12-31T23:59:59.000001Z".parse().unwrap();
        let mut tx = app.db.begin().await.unwrap();
        for (id, rank, good, bytes, at) in
            [("a", 7_u32, Some(true), Some(vec![0_u8, 255]), Some(at)), ("b", 8, None, None, None)]
        {
            let rows = sql!("INSERT INTO sample (sample_id, name, rank, good, bytes, at) VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(id)
                .bind("O'Neill \u{1F600} \"%_\\")
                .bind(rank)
                .bind(good)
                .bind(bytes)
                .bind(at)
                .run(&mut tx)
                .await
                .unwrap();
            assert_eq!(rows, 1);
        }
        tx.commit().await.unwrap();
        let samples: Vec<Sample> = sql!("SELECT * FROM sample ORDER BY sample_id").all(&app.db).await.unwrap();
        let name = "O'Neill \u{1F600} \"%_\\".to_owned();
        assert_eq!(samples, [
            Sample {
                sample_id: "a".to_owned(),
                name: name.clone(),
                rank: 7,
                good: Some(true),
                bytes: Some(vec![0, 255]),
                at: Some(Stamp(at)),
            },
            Sample { sample_id: "b".to_owned(), name, rank: 8, good: None, bytes: None, at: None },
        ]);
        // A placeholder may be used twice and out of order; a NULL parameter has a type.
        let (twice, null) = sql!("SELECT $2 || $1 || $2, CAST($3 AS BIGINT)")
            .bind("b")
            .bind("a")
            .bind(None::<i64>)
            .one::<(String, Option<i64>)>(&app.db)
            .await
            .unwrap();
        assert_eq!((twice.as_str(), null), ("aba", None));
        let (sum, any) = sql!("SELECT CAST(SUM(rank) AS BIGINT), EXISTS (SELECT 1 FROM sample WHERE good) FROM sample")
            .one::<(i64, bool)>(&app.db)
            .await
            .unwrap();
        assert_eq!((sum, any), (15, true));
    }

    async fn lists_are_one_bind(app: App) {
        let mut tx = app.db.begin().await.unwrap();
        let rows = sql!(
            sqlite = "INSERT INTO sample (sample_id, name, rank, good, bytes)
                      SELECT i.value, COALESCE($2 ->> i.key, '-'), $3 ->> i.key, $4 ->> i.key, unhex($5 ->> i.key)
                        FROM json_each($1) AS i",
            postgres = "INSERT INTO sample (sample_id, name, rank, good, bytes)
                        SELECT i, COALESCE(n, '-'), r, g, b
                          FROM UNNEST(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]), CAST($3 AS BIGINT[]),
                                      CAST($4 AS BOOLEAN[]), CAST($5 AS BYTEA[])) AS u (i, n, r, g, b)"
        )
        .bind(["x", "y"].map(str::to_owned).into_iter().collect::<Texts>())
        .bind(OptTexts(vec![None, Some("\"quoted\", [json]".to_owned())]))
        .bind(OptInts(vec![Some(3), None]))
        .bind(Bools(vec![true, false]))
        .bind(Blobs(vec![vec![], vec![1, 2, 0]]))
        .run(&mut tx)
        .await
        .unwrap();
        assert_eq!(rows, 2);
        let found = sql!("SELECT sample_id, name, rank, good, bytes FROM sample ORDER BY sample_id")
            .all::<(String, String, Option<i64>, bool, Vec<u8>)>(&mut tx)
            .await
            .unwrap();
        assert_eq!(found, [
            ("x".to_owned(), "-".to_owned(), Some(3), true, vec![]),
            ("y".to_owned(), "\"quoted\", [json]".to_owned(), None, false, vec![1, 2, 0]),
        ]);
    }

    async fn violated_constraints_have_the_same_names(app: App) {
        let insert = async |id: &str, name: Option<&str>, rank: i64| {
            let mut tx = app.db.begin().await.unwrap();
            sql!("INSERT INTO sample (sample_id, name, rank) VALUES ($1, $2, $3)")
                .bind(id)
                .bind(name)
                .bind(rank)
                .run(&mut tx)
                .await?;
            tx.commit().await
        };
        insert("a", Some("n"), 1).await.unwrap();
        let cases = [
            (insert("b", Some("n"), 1).await, DbErrorKind::Unique, Some("uq_sample_name_rank")),
            (insert("a", Some("m"), 1).await, DbErrorKind::Unique, Some("pk_sample")),
            (insert("c", Some("n"), -1).await, DbErrorKind::Check, Some("ck_sample_rank")),
            (insert("d", None, 1).await, DbErrorKind::NotNull, None),
        ];
        for (result, kind, constraint) in cases {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.constraint()), (kind, constraint), "{error:?}");
            assert!(!error.is_retryable());
            assert!(!error.to_string().contains("INSERT") && !error.to_string().contains("failed"), "{error}");
        }
        let mut tx = app.db.begin().await.unwrap();
        let error = sql!("INSERT INTO note (note_id, counter_id) VALUES ('n', 'nobody')").run(&mut tx).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::ForeignKey);
    }

    async fn a_missing_or_extra_bind_is_refused(app: App) {
        let few = sql!("SELECT COUNT(*) FROM sample WHERE name = $1 AND rank = $2").bind("a").one::<(i64,)>(&app.db).await;
        assert_eq!(few.unwrap_err().kind(), DbErrorKind::Usage);
        let mut tx = app.db.begin().await.unwrap();
        let many = sql!("DELETE FROM sample WHERE name = $1").bind("a").bind("b").run(&mut tx).await;
        assert_eq!(many.unwrap_err().kind(), DbErrorKind::Usage);
        // The statement never reached the engine: the transaction is still good.
        tx.commit().await.unwrap();
    }

    async fn a_dropped_transaction_leaves_nothing(app: App) {
        let mut tx = app.db.begin().await.unwrap();
        sql!("INSERT INTO sample (sample_id, name) VALUES ('a', 'a')").run(&mut tx).await.unwrap();
        assert_eq!(count(&app.db).await, 0, "not visible before the commit");
        drop(tx);
        let mut tx = app.db.begin().await.unwrap();
        sql!("INSERT INTO sample (sample_id, name) VALUES ('a', 'a')").run(&mut tx).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(count(&app.db).await, 0);
        let mut tx = app.db.begin().await.unwrap();
        sql!("INSERT INTO sample (sample_id, name) VALUES ('a', 'a')").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&app.db).await, 1);
    }

    async fn a_snapshot_sees_one_moment_and_cannot_write(app: App) {
        let mut snapshot = app.db.snapshot().await.unwrap();
        let count_in = async |tx: &mut db::Tx| sql!("SELECT COUNT(*) FROM sample").one::<(i64,)>(tx).await.unwrap().0;
        assert_eq!(count_in(&mut snapshot).await, 0);
        let mut tx = app.db.begin().await.unwrap();
        sql!("INSERT INTO sample (sample_id, name) VALUES ('a', 'a')").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count_in(&mut snapshot).await, 0);
        assert_eq!(count(&app.db).await, 1);
        sql!("DELETE FROM sample").run(&mut snapshot).await.unwrap_err();
        drop(snapshot);
        assert_eq!(count(&app.db).await, 1);
    }

    async fn a_second_process_is_refused_on_sqlite_and_welcome_on_postgres(app: App) {
        let second = Db::open(&app.test.config, &MIGRATIONS).await;
        match app.db.engine() {
            Engine::Sqlite => {
                let error = second.unwrap_err();
                assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
                assert!(error.to_string().contains("one process per SQLite file"), "{error}");
                app.db.close().await;
                Db::open(&app.test.config, &MIGRATIONS).await.expect("free again after close");
            }
            Engine::Postgres => second.unwrap().ready().await.unwrap(),
        }
    }

    async fn whoever_waits_too_long_for_a_connection_is_told(app: App) {
        app.db.close().await;
        let mut config = app.test.config.clone();
        config.acquire_timeout = Duration::from_millis(100);
        config.max_connections = 1;
        let db = Db::open(&config, &MIGRATIONS).await.unwrap();
        let held = db.begin().await.unwrap();
        let error = db.begin().await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Unavailable, "{error:?}");
        drop(held);
        db.begin().await.unwrap();
    }

    async fn a_statement_ends_at_the_timeout(app: App) {
        app.db.close().await;
        let mut config = app.test.config.clone();
        config.statement_timeout = Duration::from_millis(50);
        let db = Db::open(&config, &MIGRATIONS).await.unwrap();
        let slow = || sql!(
            sqlite = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000000) SELECT COUNT(*) FROM n",
            postgres = "SELECT COUNT(*) FROM pg_sleep(20)"
        );
        let error = slow().one::<(i64,)>(&db).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Timeout, "{error:?}");
        db.close().await;

        // The deadline of the request shortens it further.
        let db = Db::open(&app.test.config, &MIGRATIONS).await.unwrap();
        let soon = tokio::time::Instant::now() + Duration::from_millis(50);
        let error = Context::default().due(soon).scope(slow().one::<(i64,)>(&db)).await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Timeout, "{error:?}");
    }

    async fn every_statement_is_prepared_and_a_wrong_one_is_found(app: App) {
        static WRONG: Statement = Statement::new("SELECT a FROM nowhere", "SELECT a FROM nowhere", "wrong", "w.rs", 3);
        chassis::inventory::submit!(Registered(&WRONG));

        let all = db::statements(&["chassis"]);
        assert!(all.iter().any(|statement| statement.place().contains("outbox.rs")), "the library's own are registered");
        assert!(all.len() > 40, "{}", all.len());
        assert_eq!(db::check_statements(&app.db, &[]).await.unwrap(), []);
        let problems = db::check_statements(&app.db, &["wrong"]).await.unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, "w.rs:3");
        assert!(problems[0].what.contains("nowhere"), "{problems:?}");
    }

    async fn constraints_are_named_by_the_convention(app: App) {
        assert_eq!(db::check_constraints(&app.db).await.unwrap(), []);
    }

    async fn readiness_is_an_answer_of_the_database(app: App) {
        app.db.ready().await.unwrap();
        app.db.close().await;
        let error = app.db.ready().await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Unavailable);
        let fault = Fault::from(error);
        assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "database-down"));
    }

    async fn many_writers_lose_no_update(app: App) {
        let mut tx = app.db.begin().await.unwrap();
        sql!("INSERT INTO sample (sample_id, name, rank, at) VALUES ('n', 'n', 0, $1)").bind(start()).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let db = app.db.clone();
                tokio::spawn(async move {
                    for _ in 0..25 {
                        let mut tx = db.begin().await.unwrap();
                        let (rank,) = sql!(
                            sqlite = "SELECT rank FROM sample WHERE sample_id = 'n'",
                            postgres = "SELECT rank FROM sample WHERE sample_id = 'n' FOR UPDATE"
                        )
                        .one::<(i64,)>(&mut tx)
                        .await
                        .unwrap();
                        tokio::task::yield_now().await;
                        sql!("UPDATE sample SET rank = $1 WHERE sample_id = 'n'").bind(rank + 1).run(&mut tx).await.unwrap();
                        tx.commit().await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let (rank,) = sql!("SELECT rank FROM sample").one::<(i64,)>(&app.db).await.unwrap();
        assert_eq!(rank, 200);
    }
}

async fn count(db: &Db) -> i64 {
    sql!("SELECT COUNT(*) FROM sample").one::<(i64,)>(db).await.unwrap().0
}
