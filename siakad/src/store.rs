//! The databases of the services: which, where, and bringing them to the schema of this version.

use chassis::db::{DbConfig, Engine, Migrations, OpenError, create_database, migrate};

use crate::layout::Layout;
use crate::services::Service;

/// Where the databases of an installation are.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    /// A file per service in the data folder.
    Sqlite(Layout),
    /// A database per service on one server.
    Postgres {
        /// As given, with its secrets.
        url: String,
        /// First part of the databases' names.
        prefix: String,
    },
}

impl Store {
    /// Judges what was given.
    ///
    /// # Errors
    /// A sentence. It never repeats the address, which may hold a password.
    pub(crate) fn new(layout: &Layout, url: Option<&str>, prefix: &str) -> Result<Self, String> {
        let Some(url) = url else { return Ok(Self::Sqlite(layout.clone())) };
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err("--database-url: wanted postgres://USER:PASSWORD@HOST; without it SQLite is used".to_owned());
        }
        let _config: DbConfig = url.parse().map_err(|fault| format!("--database-url: {fault}"))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if prefix.is_empty() || prefix.len() > 40 || !prefix.chars().all(plain) {
            return Err("--database-prefix: wanted small letters, digits and _".to_owned());
        }
        Ok(Self::Postgres { url: url.to_owned(), prefix: prefix.to_owned() })
    }

    /// Which engine it is.
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Address of a service's database, with its secrets.
    pub(crate) fn url(&self, service: Service) -> String {
        match self {
            Self::Sqlite(layout) => format!("sqlite:{}", layout.database(service.name()).display()),
            Self::Postgres { url, prefix } => with_database(url, &format!("{prefix}_{}", service.name())),
        }
    }

    /// Settings of a service's database.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn config(&self, service: Service) -> Result<DbConfig, String> {
        self.url(service).parse().map_err(|fault| format!("database of {}: {fault}", service.name()))
    }
}

/// The same PostgreSQL address with another database: what stands between the host and the options is its name.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let host = address.find("://").map_or(0, |at| at + 3);
    let address = match address[host..].find('/') {
        Some(slash) => &address[..host + slash],
        None => address,
    };
    format!("{address}/{name}{options}")
}

/// What the schema of a service consists of.
pub(crate) fn migrations(service: Service) -> Option<Migrations> {
    match service {
        Service::Auth => Some(auth_svc::MIGRATIONS),
        Service::Student => Some(student_svc::MIGRATIONS),
        Service::Course => Some(course_svc::MIGRATIONS),
        Service::Grade => Some(grade_svc::MIGRATIONS),
        Service::Gateway | Service::Web => None,
    }
}

/// What was done to one database.
pub(crate) struct Migrated {
    /// Whose it is.
    pub(crate) service: Service,
    /// It did not exist before.
    pub(crate) made: bool,
    /// Migrations applied now.
    pub(crate) applied: Vec<i64>,
}

/// Makes missing databases and applies missing migrations.
///
/// # Errors
/// A sentence that names the service.
pub(crate) async fn bring_up_to_date(store: &Store) -> Result<Vec<Migrated>, String> {
    let mut done = Vec::new();
    for service in Service::WITH_DATABASE {
        let Some(migrations) = migrations(service) else { continue };
        let config = store.config(service)?;
        let wrong = |error: OpenError| format!("database of {}: {error}", service.name());
        let existed = config.sqlite_path().is_some_and(std::path::Path::exists);
        let made = match config.engine() {
            Engine::Sqlite => !existed,
            Engine::Postgres => create_database(&config).await.map_err(wrong)?,
        };
        let applied = migrate(&config, &migrations).await.map_err(wrong)?;
        done.push(Migrated { service, made, applied });
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_service_has_a_database_of_its_own() {
        let layout = Layout::at(Path::new("/srv/siakad"));
        let sqlite = Store::new(&layout, None, "siakad").expect("accepted");
        assert_eq!(sqlite.url(Service::Course), "sqlite:/srv/siakad/course.db");
        for (given, meant) in [
            ("postgres://u:p@db:5433", "postgres://u:p@db:5433/siakad_auth"),
            ("postgres://u:p@db:5433/", "postgres://u:p@db:5433/siakad_auth"),
            ("postgres://u@db/postgres?sslmode=require", "postgres://u@db/siakad_auth?sslmode=require"),
            ("postgresql://db?host=/tmp/x/y", "postgresql://db/siakad_auth?host=/tmp/x/y"),
        ] {
            let store = Store::new(&layout, Some(given), "siakad").expect("accepted");
            assert_eq!(store.url(Service::Auth), meant);
            assert!(store.config(Service::Auth).expect("readable").to_string().ends_with("/siakad_auth"));
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        let layout = Layout::at(Path::new("data"));
        for (url, prefix) in [
            ("mysql://root:rahasia@db/x", "siakad"),
            ("sqlite:rahasia.db", "siakad"),
            ("postgres://u:rahasia@:99999999/x", "siakad"),
            ("postgres://u:rahasia@db/x", "Si\"akad"),
        ] {
            let refused = Store::new(&layout, Some(url), prefix).expect_err("refused");
            assert!(!refused.contains("rahasia"), "{refused}");
        }
    }
}
