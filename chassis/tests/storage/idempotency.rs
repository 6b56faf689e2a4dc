//! Commands with an Idempotency-Key.

use chassis::{
    both_engines,
    db::{Db, Engine},
    error::{Fault, Kind},
    idempotency::{self, KEEP, Opened, Outcome, Scope},
    sql,
};
use jiff::{SignedDuration, Timestamp};

use crate::fixture::{App, MIGRATIONS, start};

fn scope(key: &str, request: &str) -> Scope {
    Scope::new("account", "/test/Add", key, request.as_bytes()).unwrap()
}

/// A command: adds one row and answers with its number.
async fn add(db: &Db, scope: &Scope, now: Timestamp) -> Result<Vec<u8>, Fault> {
    let mut tx = match idempotency::open(db, scope, now).await? {
        Opened::Replay(answer) => return Ok(answer),
        Opened::Fresh(tx) => tx,
    };
    sql!("INSERT INTO sample (sample_id, name) VALUES ($1, 'row')").bind(chassis::id::new()).run(&mut tx).await?;
    let (rows,) = sql!("SELECT COUNT(*) FROM sample").one::<(i64,)>(&mut tx).await?;
    let answer = format!("row {rows}").into_bytes();
    idempotency::finish(&mut tx, scope, &answer, now).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn rows(db: &Db) -> i64 {
    sql!("SELECT COUNT(*) FROM sample").one::<(i64,)>(db).await.unwrap().0
}

both_engines! {
    async fn three_sends_have_one_effect_and_one_answer(app: App) {
        let scope = scope("key-1", "request");
        for _ in 0..3 {
            assert_eq!(add(&app.db, &scope, start()).await.unwrap(), b"row 1");
        }
        assert_eq!(rows(&app.db).await, 1);
        // Without a key every send counts.
        for _ in 0..2 {
            assert!(matches!(idempotency::open(&app.db, None, start()).await.unwrap(), Opened::Fresh(_)));
        }
    }

    async fn an_attempt_that_is_cut_off_leaves_the_key_free(app: App) {
        let scope = scope("key-1", "request");
        let Opened::Fresh(mut tx) = idempotency::open(&app.db, &scope, start()).await.unwrap() else { panic!("not new") };
        sql!("INSERT INTO sample (sample_id, name) VALUES ('cut', 'cut')").run(&mut tx).await.unwrap();
        idempotency::finish(&mut tx, &scope, b"never sent", start()).await.unwrap();
        drop(tx);
        assert_eq!(add(&app.db, &scope, start()).await.unwrap(), b"row 1");
        assert_eq!(rows(&app.db).await, 1);
    }

    async fn a_key_in_flight_is_answered_at_once(app: App) {
        let scope = scope("key-1", "request");
        let Opened::Fresh(mut tx) = idempotency::open(&app.db, &scope, start()).await.unwrap() else { panic!("not new") };
        let fault = add(&app.db, &scope, start()).await.unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (Kind::InFlight, "request-in-flight"));
        if app.db.engine() == Engine::Postgres {
            let replica = Db::open(&app.test.config, &MIGRATIONS).await.unwrap();
            assert_eq!(add(&replica, &scope, start()).await.unwrap_err().kind(), Kind::InFlight, "in another replica");
        }
        idempotency::finish(&mut tx, &scope, b"done", start()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(add(&app.db, &scope, start()).await.unwrap(), b"done");
    }

    async fn a_key_inside_an_open_transaction_works_alike(app: App) {
        let scope = scope("key-1", "request");
        let mut tx = app.db.begin().await.unwrap();
        assert_eq!(idempotency::begin(&mut tx, &scope, start()).await.unwrap(), Outcome::Fresh);
        assert_eq!(idempotency::begin(&mut tx, &scope, start()).await.unwrap_err().kind(), Kind::InFlight);
        idempotency::finish(&mut tx, &scope, b"done", start()).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        assert_eq!(idempotency::begin(&mut tx, &scope, start()).await.unwrap(), Outcome::Replay(b"done".to_vec()));
    }

    async fn another_request_under_the_same_key_is_refused(app: App) {
        add(&app.db, &scope("key-1", "request"), start()).await.unwrap();
        let fault = add(&app.db, &scope("key-1", "another"), start()).await.unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (Kind::KeyReused, "idempotency-key-reused"));
        // Other accounts and other methods have keys of their own.
        let theirs = Scope::new("somebody", "/test/Add", "key-1", b"another").unwrap();
        assert_eq!(add(&app.db, &theirs, start()).await.unwrap(), b"row 2");
        let other = Scope::new("account", "/test/Other", "key-1", b"another").unwrap();
        assert_eq!(add(&app.db, &other, start()).await.unwrap(), b"row 3");
    }

    async fn an_answer_is_kept_for_a_day(app: App) {
        let scope = scope("key-1", "request");
        add(&app.db, &scope, start()).await.unwrap();
        let almost = start() + KEEP - SignedDuration::from_secs(1);
        assert_eq!(add(&app.db, &scope, almost).await.unwrap(), b"row 1");
        assert_eq!(idempotency::purge(&app.db, almost).await.unwrap(), 0);
        assert_eq!(add(&app.db, &scope, start() + KEEP).await.unwrap(), b"row 2", "a new command after a day");
        assert_eq!(idempotency::purge(&app.db, start() + KEEP + KEEP).await.unwrap(), 1);
        assert_eq!(idempotency::purge(&app.db, start() + KEEP + KEEP).await.unwrap(), 0);
    }

    async fn a_thousand_and_more_old_answers_are_purged(app: App) {
        let mut tx = app.db.begin().await.unwrap();
        for n in 0..1001 {
            idempotency::finish(&mut tx, &scope(&format!("key-{n}"), ""), b"", start()).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(idempotency::purge(&app.db, start() + KEEP).await.unwrap(), 1001);
    }

    async fn many_at_once_have_one_effect(app: App) {
        for round in 0..20 {
            let scope = scope(&format!("round-{round}"), "request");
            let attempts: Vec<_> = (0..6)
                .map(|_| {
                    let (db, scope) = (app.db.clone(), scope.clone());
                    tokio::spawn(async move { add(&db, &scope, start()).await })
                })
                .collect();
            let expected = format!("row {}", round + 1).into_bytes();
            let mut answered = 0;
            for attempt in attempts {
                match attempt.await.unwrap() {
                    Ok(answer) => {
                        assert_eq!(answer, expected);
                        answered += 1;
                    }
                    Err(fault) => assert_eq!(fault.kind(), Kind::InFlight, "{fault}"),
                }
            }
            assert!(answered >= 1);
            assert_eq!(rows(&app.db).await, round + 1);
        }
    }
}

#[test]
fn keys_are_printable_and_short() {
    let long = "k".repeat(129);
    for key in ["", "with space", "tab\t", "é", &long] {
        let fault = Scope::new("account", "/test/Add", key, b"").unwrap_err();
        assert_eq!(
            (fault.kind(), fault.fields()[0].reason.as_ref()),
            (Kind::Malformed, "idempotency-key-invalid"),
            "{key}"
        );
    }
    assert!(Scope::new("account", "/test/Add", "k".repeat(128), b"").is_ok());
}
