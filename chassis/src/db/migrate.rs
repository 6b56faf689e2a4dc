//! The schema: numbered files, applied once each, in order, and never changed afterwards.

use std::{collections::HashMap, path::Path};

use sqlx::{
    AssertSqlSafe, Connection, SqlSafeStr,
    migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType, Migrator},
    postgres::PgConnection,
};

use super::{Db, DbConfig, Engine, OpenError, config::Target, pools::Pools};

const TABLE: &str = "_sqlx_migrations";

/// The chassis' own tables, first in every service's database. Versions below 0100.
const CHASSIS: &[(&str, &str)] = &[
    ("0001_feed.sqlite.sql", include_str!("../../../migrations/chassis/0001_feed.sqlite.sql")),
    ("0001_feed.postgres.sql", include_str!("../../../migrations/chassis/0001_feed.postgres.sql")),
    ("0002_idempotency.sqlite.sql", include_str!("../../../migrations/chassis/0002_idempotency.sqlite.sql")),
    ("0002_idempotency.postgres.sql", include_str!("../../../migrations/chassis/0002_idempotency.postgres.sql")),
];

/// The schema of a service: the chassis' files and its own, which start at 0101.
///
/// `NNNN_what.sql` is for both engines; where they differ, `NNNN_what.sqlite.sql` and `NNNN_what.postgres.sql`.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    service: &'static str,
    files: &'static [(&'static str, &'static str)],
}

impl Migrations {
    /// The files of a service: name and text, as `("0101_course.sql", include_str!(".."))`.
    pub const fn new(service: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { service, files }
    }

    /// The service.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// The files for one engine, by version.
    fn resolve(&self, engine: Engine) -> Result<Vec<Migration>, OpenError> {
        let mut found: Vec<Migration> = Vec::new();
        let own = self.files.iter().map(|file| (file, 101..=9999));
        for ((file, text), versions) in CHASSIS.iter().map(|file| (file, 1..=99)).chain(own) {
            let bad = |what| OpenError::BadMigration { file: (*file).to_owned(), what };
            let stem = file.strip_suffix(".sql").ok_or_else(|| bad("must end in .sql"))?;
            let (number, what) = stem.split_once('_').ok_or_else(|| bad("must be NNNN_what.sql"))?;
            let version: i64 = number.parse().map_err(|_| bad("must start with a number of four digits"))?;
            if number.len() != 4 || !versions.contains(&version) {
                return Err(bad("numbers of a service are 0101 to 9999, of the chassis 0001 to 0099"));
            }
            let (what, only) = match (what.strip_suffix(".sqlite"), what.strip_suffix(".postgres")) {
                (Some(what), _) => (what, Some(Engine::Sqlite)),
                (_, Some(what)) => (what, Some(Engine::Postgres)),
                _ => (what, None),
            };
            if only.is_some_and(|only| only != engine) {
                continue;
            }
            if found.iter().any(|other| other.version == version) {
                return Err(bad("another file has the same number"));
            }
            let sql = text.into_sql_str();
            found.push(Migration::new(version, what.to_owned().into(), MigrationType::Simple, sql, false));
        }
        found.sort();
        Ok(found)
    }

    /// A short name for exactly this schema.
    #[cfg(feature = "testing")]
    pub(crate) fn fingerprint(&self, engine: Engine) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for migration in self.resolve(engine).expect("the migrations are well named") {
            hash.update(migration.version.to_be_bytes());
            hash.update(&migration.checksum);
        }
        hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Compares what is applied with what this program knows.
    pub(super) async fn verify(&self, db: &Db) -> Result<(), OpenError> {
        let known = self.resolve(db.engine())?;
        let applied = applied(db).await.map_err(|error| self.failed(error))?;
        self.compare(&known, &applied)?;
        let applied: Vec<i64> = applied.iter().map(|migration| migration.version).collect();
        match known.iter().find(|migration| !applied.contains(&migration.version)) {
            Some(missing) => Err(OpenError::SchemaBehind { service: self.service, version: missing.version }),
            None => Ok(()),
        }
    }

    /// Refuses a schema with an unknown or a changed migration.
    fn compare(&self, known: &[Migration], applied: &[AppliedMigration]) -> Result<(), OpenError> {
        let known: HashMap<i64, &Migration> = known.iter().map(|migration| (migration.version, migration)).collect();
        for migration in applied {
            let (service, version) = (self.service, migration.version);
            match known.get(&version) {
                None => return Err(OpenError::SchemaUnknown { service, version }),
                Some(file) if file.checksum != migration.checksum => {
                    return Err(OpenError::SchemaChanged { service, version });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn failed(&self, error: MigrateError) -> OpenError {
        let service = self.service;
        match error {
            MigrateError::VersionMissing(version) => OpenError::SchemaUnknown { service, version },
            MigrateError::VersionMismatch(version) => OpenError::SchemaChanged { service, version },
            MigrateError::ExecuteMigration(error, version) => {
                OpenError::MigrationFailed { service, version, error: error.to_string() }
            }
            MigrateError::Dirty(version) => {
                OpenError::MigrationFailed { service, version, error: "it was left half applied".to_owned() }
            }
            other => OpenError::MigrationFailed { service, version: 0, error: other.to_string() },
        }
    }
}

/// Brings the database to the schema of `migrations`, making a SQLite file that does not exist (its folder too), but not a
/// PostgreSQL database: see [`create_database`]. Returns the versions that were applied now; none when all was done before.
/// Each file is one transaction; two processes that migrate at once wait for each other.
///
/// # Errors
/// As [`Db::open`], and [`OpenError::MigrationFailed`].
pub async fn migrate(config: &DbConfig, migrations: &Migrations) -> Result<Vec<i64>, OpenError> {
    if let Target::Sqlite(path) = &config.target
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::Io { path: folder.to_owned(), error })?;
    }
    let db = Db::connect(config, true).await?;
    let result = apply(&db, migrations).await;
    db.close().await;
    result
}

async fn apply(db: &Db, migrations: &Migrations) -> Result<Vec<i64>, OpenError> {
    let known = migrations.resolve(db.engine())?;
    let before = applied(db).await.map_err(|error| migrations.failed(error))?;
    migrations.compare(&known, &before)?;
    let migrator = Migrator::with_migrations(known.clone());
    match db.pools() {
        Pools::Sqlite { writer, .. } => migrator.run(writer).await,
        Pools::Postgres { pool } => {
            // A migration may take longer than any statement of a request.
            let options = (*pool.connect_options()).clone().options([("statement_timeout", "0")]);
            let mut connection = PgConnection::connect_with(&options)
                .await
                .map_err(|error| migrations.failed(MigrateError::Execute(error)))?;
            let done = migrator.run_direct(None, &mut connection, false).await;
            connection.close().await.ok();
            done
        }
    }
    .map_err(|error| migrations.failed(error))?;
    crate::feed::ensure_head(db)
        .await
        .map_err(|error| OpenError::Database { database: migrations.service.to_owned(), error })?;
    let before: Vec<i64> = before.iter().map(|migration| migration.version).collect();
    Ok(known.iter().map(|migration| migration.version).filter(|version| !before.contains(version)).collect())
}

/// What is applied; nothing when the database is empty.
async fn applied(db: &Db) -> Result<Vec<AppliedMigration>, MigrateError> {
    match db.pools() {
        Pools::Sqlite { writer, .. } => {
            let mut connection = writer.acquire().await?;
            let (tables,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM sqlite_schema WHERE name = $1")
                .bind(TABLE)
                .fetch_one(&mut *connection)
                .await?;
            if tables == 0 { Ok(Vec::new()) } else { connection.list_applied_migrations(TABLE).await }
        }
        Pools::Postgres { pool } => {
            let mut connection = pool.acquire().await?;
            let (exists,): (bool,) =
                sqlx::query_as("SELECT to_regclass($1) IS NOT NULL").bind(TABLE).fetch_one(&mut *connection).await?;
            if exists { connection.list_applied_migrations(TABLE).await } else { Ok(Vec::new()) }
        }
    }
}

/// Makes the PostgreSQL database that `config` names, with locale C and encoding UTF8, when there is none. Nothing to do for
/// SQLite. Returns whether it was made.
///
/// # Errors
/// The server cannot be reached, or its user may not create databases.
pub async fn create_database(config: &DbConfig) -> Result<bool, OpenError> {
    let Target::Postgres(options) = &config.target else { return Ok(false) };
    let failed = |error: sqlx::Error| OpenError::Database { database: config.to_string(), error: error.into() };
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    if name.contains(['"', '\0']) {
        return Err(OpenError::Io {
            path: Path::new(name).to_owned(),
            error: std::io::Error::other("a database name cannot contain a quotation mark"),
        });
    }
    let mut connection =
        PgConnection::connect_with(&options.as_ref().clone().database("postgres")).await.map_err(failed)?;
    let (exists,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    let made = if exists {
        false
    } else {
        let text = format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        match sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await {
            Ok(_) => true,
            // Another process was faster: duplicate_database, or the unique index of pg_database itself.
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P04" | "23505")) => false,
            Err(error) => return Err(failed(error)),
        }
    };
    connection.close().await.ok();
    Ok(made)
}
