//! The schema is applied once, in order, and never changes afterwards.

use chassis::{
    both_engines,
    db::{self, Db, DbConfig, Engine, Migrations, OpenError},
    testing::{Setup, TestEnv},
};

const TWO: Migrations = Migrations::new(
    "two",
    &[
        ("0101_first.sql", "CREATE TABLE first (id TEXT NOT NULL CONSTRAINT pk_first PRIMARY KEY);"),
        ("0102_second.sqlite.sql", "CREATE TABLE second (bytes BLOB);"),
        ("0102_second.postgres.sql", "CREATE TABLE second (bytes BYTEA);"),
    ],
);
const ONE: Migrations = Migrations::new(
    "two",
    &[("0101_first.sql", "CREATE TABLE first (id TEXT NOT NULL CONSTRAINT pk_first PRIMARY KEY);")],
);
const CHANGED: Migrations = Migrations::new(
    "two",
    &[
        ("0101_first.sql", "CREATE TABLE first (id TEXT NOT NULL CONSTRAINT pk_first PRIMARY KEY, more TEXT);"),
        ("0102_second.sqlite.sql", "CREATE TABLE second (bytes BLOB);"),
        ("0102_second.postgres.sql", "CREATE TABLE second (bytes BYTEA);"),
    ],
);

/// An empty database.
struct Empty {
    config: DbConfig,
}

impl Setup for Empty {
    async fn setup(env: &TestEnv) -> Self {
        Self { config: env.empty().await }
    }
}

both_engines! {
    async fn migrations_apply_once_and_in_order(app: Empty) {
        assert_eq!(db::migrate(&app.config, &ONE).await.unwrap(), [1, 2, 101]);
        assert_eq!(db::migrate(&app.config, &TWO).await.unwrap(), [102]);
        assert_eq!(db::migrate(&app.config, &TWO).await.unwrap(), Vec::<i64>::new());
        let db = Db::open(&app.config, &TWO).await.unwrap();
        assert_eq!(db::check_constraints(&db).await.unwrap(), []);
    }

    async fn an_empty_or_older_schema_is_not_served(app: Empty) {
        let error = Db::open(&app.config, &ONE).await.unwrap_err();
        match app.config.engine() {
            Engine::Sqlite => assert!(matches!(error, OpenError::Io { .. }), "{error:?}"),
            Engine::Postgres => assert!(matches!(error, OpenError::SchemaBehind { version: 1, .. }), "{error:?}"),
        }
        db::migrate(&app.config, &ONE).await.unwrap();
        let error = Db::open(&app.config, &TWO).await.unwrap_err();
        assert!(matches!(error, OpenError::SchemaBehind { version: 102, .. }), "{error:?}");
    }

    async fn a_newer_schema_is_left_alone(app: Empty) {
        db::migrate(&app.config, &TWO).await.unwrap();
        for error in [Db::open(&app.config, &ONE).await.unwrap_err(), db::migrate(&app.config, &ONE).await.unwrap_err()] {
            assert!(matches!(error, OpenError::SchemaUnknown { version: 102, .. }), "{error:?}");
        }
    }

    async fn a_changed_file_is_refused(app: Empty) {
        db::migrate(&app.config, &TWO).await.unwrap();
        for error in
            [Db::open(&app.config, &CHANGED).await.unwrap_err(), db::migrate(&app.config, &CHANGED).await.unwrap_err()]
        {
            assert!(matches!(error, OpenError::SchemaChanged { version: 101, .. }), "{error:?}");
        }
    }

    async fn a_migration_that_fails_leaves_nothing_and_can_be_mended(app: Empty) {
        let broken = Migrations::new(
            "two",
            &[("0101_first.sql", "CREATE TABLE first (id TEXT); INSERT INTO first (nowhere) VALUES ('x');")],
        );
        let error = db::migrate(&app.config, &broken).await.unwrap_err();
        assert!(matches!(error, OpenError::MigrationFailed { version: 101, .. }), "{error:?}");
        assert_eq!(db::migrate(&app.config, &ONE).await.unwrap(), [101]);
    }

    async fn files_with_wrong_names_are_refused(app: Empty) {
        let wrong = [
            Migrations::new("w", &[("0001_mine.sql", "SELECT 1")]),
            Migrations::new("w", &[("101_mine.sql", "SELECT 1")]),
            Migrations::new("w", &[("0101_mine.txt", "SELECT 1")]),
            Migrations::new("w", &[("0101mine.sql", "SELECT 1")]),
            Migrations::new("w", &[("0101_a.sql", "SELECT 1"), ("0101_b.sql", "SELECT 1")]),
        ];
        for migrations in wrong {
            let error = db::migrate(&app.config, &migrations).await.unwrap_err();
            assert!(matches!(error, OpenError::BadMigration { .. }), "{error:?}");
        }
    }

    async fn two_that_migrate_at_once_wait_for_each_other(app: Empty) {
        let (one, two) = tokio::join!(db::migrate(&app.config, &TWO), db::migrate(&app.config, &TWO));
        match app.config.engine() {
            Engine::Sqlite => {
                // One process per file: the second one is told so.
                let (done, refused) = if one.is_ok() { (one, two) } else { (two, one) };
                assert_eq!(done.unwrap(), [1, 2, 101, 102]);
                assert!(matches!(refused.unwrap_err(), OpenError::InUse { .. }));
            }
            Engine::Postgres => {
                one.unwrap();
                two.unwrap();
            }
        }
        Db::open(&app.config, &TWO).await.unwrap();
    }

    async fn databases_are_made_with_locale_c(app: Empty) {
        assert!(!db::create_database(&app.config).await.unwrap(), "it is there already, or nothing to make");
        db::migrate(&app.config, &TWO).await.unwrap();
        let db = Db::open(&app.config, &TWO).await.unwrap();
        if db.engine() == Engine::Postgres {
            let (collate, encoding) = chassis::sql!(
                sqlite = "SELECT 'C', 'UTF8'",
                postgres = "SELECT CAST(datcollate AS TEXT), CAST(pg_encoding_to_char(encoding) AS TEXT)
                              FROM pg_database WHERE datname = current_database()"
            )
            .one::<(String, String)>(&db)
            .await
            .unwrap();
            assert_eq!((collate.as_str(), encoding.as_str()), ("C", "UTF8"));
        }
    }
}
