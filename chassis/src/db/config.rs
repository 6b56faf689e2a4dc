//! Where a service's database is, and what can be wrong with it at start.

use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

use sqlx::postgres::PgConnectOptions;

use super::{DbError, Engine};

/// Where a service's database is and how it is used. `"sqlite:data/course/course.db".parse()` or
/// `"postgres://user:password@host/course".parse()`; the fields have sensible values then.
#[derive(Clone)]
pub struct DbConfig {
    pub(super) target: Target,
    /// Connections to PostgreSQL at most (16; more were slower on a hot row).
    pub max_connections: u32,
    /// Readers of a SQLite file at most (4); there is always exactly one writer.
    pub readers: u32,
    /// Longest time for one statement (30 s); a caller's deadline shortens it further. PostgreSQL ends the statement too; on
    /// SQLite only the caller stops waiting.
    pub statement_timeout: Duration,
    /// Longest wait for a free connection (5 s).
    pub acquire_timeout: Duration,
}

#[derive(Clone)]
pub(super) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DbConfig {
    /// A SQLite file. Its folder must exist.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self::to(Target::Sqlite(path.into()))
    }

    fn to(target: Target) -> Self {
        Self {
            target,
            max_connections: 16,
            readers: 4,
            statement_timeout: Duration::from_secs(30),
            acquire_timeout: Duration::from_secs(5),
        }
    }

    /// Which engine it names.
    pub fn engine(&self) -> Engine {
        match self.target {
            Target::Sqlite(_) => Engine::Sqlite,
            Target::Postgres(_) => Engine::Postgres,
        }
    }

    /// The SQLite file; `None` for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<&std::path::Path> {
        match &self.target {
            Target::Sqlite(path) => Some(path),
            Target::Postgres(_) => None,
        }
    }

    /// The same PostgreSQL server with another database; a SQLite configuration is unchanged.
    #[must_use]
    pub fn with_database(mut self, name: &str) -> Self {
        if let Target::Postgres(options) = &mut self.target {
            **options = options.as_ref().clone().database(name);
        }
        self
    }
}

#[cfg(feature = "testing")]
impl DbConfig {
    /// A connection of its own, outside of any pool.
    pub(crate) async fn postgres_connection(&self) -> Result<sqlx::PgConnection, sqlx::Error> {
        match &self.target {
            Target::Sqlite(_) => Err(sqlx::Error::Configuration("not a PostgreSQL address".into())),
            Target::Postgres(options) => <sqlx::PgConnection as sqlx::Connection>::connect_with(options).await,
        }
    }
}

impl FromStr for DbConfig {
    type Err = UrlFault;

    fn from_str(url: &str) -> Result<Self, UrlFault> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains('?') || path.contains(":memory:") {
                return Err(UrlFault("sqlite: wants the path of a file, without options"));
            }
            return Ok(Self::sqlite(path));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // The parser's own text may repeat the password.
            let options = PgConnectOptions::from_str(url).map_err(|_| UrlFault("not a valid postgres:// address"))?;
            return Ok(Self::to(Target::Postgres(Box::new(options))));
        }
        Err(UrlFault("wanted sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"))
    }
}

impl fmt::Display for DbConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Target::Postgres(options) => write!(
                f,
                "postgres://{}@{}:{}/{}",
                options.get_username(),
                options.get_socket().map_or(options.get_host().into(), |path| path.display().to_string()),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

impl fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DbConfig({self})")
    }
}

/// An address that cannot be used. Never repeats the address, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlFault(&'static str);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the SQLite file.
    #[error(
        "another process is using {}: one process per SQLite file; run PostgreSQL for more than one replica",
        path.display()
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The file cannot be made or locked.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// The database does not answer, or not as it should.
    #[error("{database}: {}", error.detail())]
    Database {
        /// Its address, without the password.
        database: String,
        /// What it says.
        error: DbError,
    },
    /// The schema is older than this program: `siakad migrate` brings it up to date.
    #[error("the schema of {service} lacks migration {version:04}: run the migrations first")]
    SchemaBehind {
        /// The service.
        service: &'static str,
        /// First migration that is not applied.
        version: i64,
    },
    /// The schema is newer than this program.
    #[error(
        "the schema of {service} has migration {version:04}, which this program does not know: it is too old for it"
    )]
    SchemaUnknown {
        /// The service.
        service: &'static str,
        /// The unknown migration.
        version: i64,
    },
    /// A migration was changed after it had been applied.
    #[error("migration {version:04} of {service} is not the file that was applied: an applied migration never changes")]
    SchemaChanged {
        /// The service.
        service: &'static str,
        /// The changed migration.
        version: i64,
    },
    /// A file of the migrations has a wrong name.
    #[error("migration file {file}: {what}")]
    BadMigration {
        /// File name.
        file: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A migration failed; nothing of it was applied.
    #[error("migration {version:04} of {service} failed: {error}")]
    MigrationFailed {
        /// The service.
        service: &'static str,
        /// The failed migration.
        version: i64,
        /// What the database says.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_passwords_never_shown() {
        let sqlite: DbConfig = "sqlite:data/course.db".parse().unwrap();
        assert_eq!((sqlite.engine(), sqlite.to_string().as_str()), (Engine::Sqlite, "sqlite:data/course.db"));
        let absolute: DbConfig = "sqlite:///var/x.db".parse().unwrap();
        assert_eq!(absolute.to_string(), "sqlite:/var/x.db");

        let pg: DbConfig = "postgres://siakad:geheim@db.kampus.ac.id:5433/course".parse().unwrap();
        assert_eq!(pg.engine(), Engine::Postgres);
        assert_eq!(pg.to_string(), "postgres://siakad@db.kampus.ac.id:5433/course");
        assert!(!format!("{pg:?}").contains("geheim"));
        assert_eq!(pg.with_database("auth").to_string(), "postgres://siakad@db.kampus.ac.id:5433/auth");

        for wrong in ["", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:x.db?mode=ro", "postgres://[", "course.db"]
        {
            let fault = wrong.parse::<DbConfig>().unwrap_err();
            assert!(!fault.to_string().contains("geheim"), "{wrong}");
        }
    }
}
