//! What a database can answer instead of a result, in one vocabulary for both engines.

use std::{borrow::Cow, fmt, time::Duration};

use crate::{error::Fault, reasons};

/// What kind of failure it was. Decides who is to blame and whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DbErrorKind {
    /// A UNIQUE constraint, a unique index or a primary key.
    Unique,
    /// A FOREIGN KEY. Checked in code before the insert, so this is our fault.
    ForeignKey,
    /// A CHECK constraint.
    Check,
    /// A NOT NULL column.
    NotNull,
    /// The engine gave up this transaction in favour of another one; the same transaction may succeed when run again.
    Serialization,
    /// The database cannot be reached, is shutting down, or has no connection free in time.
    Unavailable,
    /// The statement took longer than the statement timeout or the caller's deadline.
    Timeout,
    /// The facade was used wrongly: too few or too many binds, an event that is too large.
    Usage,
    /// Anything else: a statement that the engine refuses, a row that does not decode, a full disk.
    Other,
}

impl DbErrorKind {
    /// The word for metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign-key",
            Self::Check => "check",
            Self::NotNull => "not-null",
            Self::Serialization => "serialization",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Usage => "usage",
            Self::Other => "other",
        }
    }
}

/// A failed statement. `Display` names kind and constraint; the engine's own text is the [`source`](std::error::Error::source)
/// and may name values, so it belongs into a log and never into an answer.
pub struct DbError {
    kind: DbErrorKind,
    constraint: Option<String>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Text(Cow<'static, str>),
    Engine(sqlx::Error),
}

impl DbError {
    /// A wrong use of the facade.
    pub fn usage(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: DbErrorKind::Usage, constraint: None, cause: Cause::Text(text.into()) }
    }

    pub(crate) fn of(kind: DbErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, constraint: None, cause: Cause::Text(text.into()) }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> DbErrorKind {
        self.kind
    }

    /// The violated constraint, by the same name on both engines: `uq_<table>_<columns>`, `pk_<table>`, `ck_..`.
    /// `None` for NOT NULL, and for foreign keys on SQLite, which does not say which one it was.
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// Whether this error says that the named UNIQUE or CHECK constraint was violated.
    pub fn violates(&self, constraint: &str) -> bool {
        self.constraint.as_deref() == Some(constraint)
    }

    /// Whether running the whole transaction again may succeed. Never true after a lost COMMIT, whose outcome is unknown.
    pub fn is_retryable(&self) -> bool {
        self.kind == DbErrorKind::Serialization
    }

    /// The engine's own text, for a log.
    pub fn detail(&self) -> String {
        match &self.cause {
            Cause::Text(text) => text.clone().into_owned(),
            Cause::Engine(error) => error.to_string(),
        }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database error ({})", self.kind.word())?;
        match &self.constraint {
            Some(name) => write!(f, " on {name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}: {}", self.detail())
    }
}

impl std::error::Error for DbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Text(_) => None,
            Cause::Engine(error) => Some(error),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        let (kind, constraint) = classify(&error);
        Self { kind, constraint, cause: Cause::Engine(error) }
    }
}

/// A constraint that the service has not turned into an answer of its own is a fault of ours.
impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        const SOON: Option<Duration> = Some(Duration::from_secs(1));
        match error.kind() {
            DbErrorKind::Unavailable => Self::unavailable(reasons::DATABASE_DOWN, SOON),
            DbErrorKind::Serialization => Self::unavailable(reasons::OVERLOADED, SOON),
            DbErrorKind::Timeout => Self::too_slow(),
            _ => Self::internal(format!("{error:?}")),
        }
    }
}

fn classify(error: &sqlx::Error) -> (DbErrorKind, Option<String>) {
    use sqlx::Error as E;
    match error {
        E::Database(failure) => {
            if let Some(pg) = failure.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                postgres(pg)
            } else {
                sqlite(failure.code().as_deref().unwrap_or_default(), failure.message())
            }
        }
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => (DbErrorKind::Unavailable, None),
        _ => (DbErrorKind::Other, None),
    }
}

fn postgres(error: &sqlx::postgres::PgDatabaseError) -> (DbErrorKind, Option<String>) {
    let kind = match error.code() {
        "23505" => DbErrorKind::Unique,
        "23503" => DbErrorKind::ForeignKey,
        "23514" => DbErrorKind::Check,
        "23502" => DbErrorKind::NotNull,
        "40001" | "40P01" => DbErrorKind::Serialization,
        "57014" | "55P03" => DbErrorKind::Timeout,
        // Connection exceptions, insufficient resources, operator intervention (shutdown, cannot connect now).
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => DbErrorKind::Unavailable,
        _ => DbErrorKind::Other,
    };
    let constraint = match (error.constraint(), error.table()) {
        // A primary key is reported as `pk_<table>` whatever follows in its name, because SQLite knows no more.
        (Some(name), Some(table)) if name.starts_with("pk_") => Some(format!("pk_{table}")),
        (name, _) => name.map(str::to_owned),
    };
    (kind, constraint)
}

/// SQLite's extended result codes: <https://sqlite.org/rescode.html>.
fn sqlite(code: &str, message: &str) -> (DbErrorKind, Option<String>) {
    let code: i32 = code.parse().unwrap_or(0);
    match code {
        2067 => (DbErrorKind::Unique, unique_name(message)),
        1555 | 2579 => {
            let columns = unique_columns(message);
            (DbErrorKind::Unique, columns.first().map(|(table, _)| format!("pk_{table}")))
        }
        787 => (DbErrorKind::ForeignKey, None),
        275 => (DbErrorKind::Check, message.strip_prefix("CHECK constraint failed: ").map(str::to_owned)),
        1299 => (DbErrorKind::NotNull, None),
        _ => match code & 0xff {
            // BUSY, LOCKED: somebody else holds the file in spite of the process lock (a backup tool, for example).
            5 | 6 => (DbErrorKind::Serialization, None),
            9 => (DbErrorKind::Timeout, None),
            // CANTOPEN, IOERR.
            10 | 14 => (DbErrorKind::Unavailable, None),
            // READONLY: a write through the reader pool.
            8 => (DbErrorKind::Usage, None),
            _ => (DbErrorKind::Other, None),
        },
    }
}

/// `UNIQUE constraint failed: enrolment.student_id, enrolment.class_id` names `uq_enrolment_student_id_class_id`;
/// an index over expressions is named by the message itself: `UNIQUE constraint failed: index 'uq_..'`.
fn unique_name(message: &str) -> Option<String> {
    if let Some(index) = message.strip_prefix("UNIQUE constraint failed: index '") {
        return Some(index.trim_end_matches('\'').to_owned());
    }
    let columns = unique_columns(message);
    let (table, _) = columns.first()?;
    let names: Vec<&str> = columns.iter().map(|(_, column)| *column).collect();
    Some(format!("uq_{table}_{}", names.join("_")))
}

fn unique_columns(message: &str) -> Vec<(&str, &str)> {
    let list = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    list.split(", ").filter_map(|column| column.split_once('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_messages_name_the_same_constraints_as_postgres() {
        let cases = [
            ("2067", "UNIQUE constraint failed: student.nim", DbErrorKind::Unique, Some("uq_student_nim")),
            ("2067", "UNIQUE constraint failed: seat.a, seat.b", DbErrorKind::Unique, Some("uq_seat_a_b")),
            ("2067", "UNIQUE constraint failed: index 'uq_room_lower'", DbErrorKind::Unique, Some("uq_room_lower")),
            ("1555", "UNIQUE constraint failed: seat.id", DbErrorKind::Unique, Some("pk_seat")),
            ("275", "CHECK constraint failed: ck_class_capacity", DbErrorKind::Check, Some("ck_class_capacity")),
            ("1299", "NOT NULL constraint failed: seat.a", DbErrorKind::NotNull, None),
            ("787", "FOREIGN KEY constraint failed", DbErrorKind::ForeignKey, None),
            ("5", "database is locked", DbErrorKind::Serialization, None),
            ("517", "database is locked", DbErrorKind::Serialization, None),
            ("8", "attempt to write a readonly database", DbErrorKind::Usage, None),
            ("1", "near \"SELEC\": syntax error", DbErrorKind::Other, None),
        ];
        for (code, message, kind, constraint) in cases {
            assert_eq!(sqlite(code, message), (kind, constraint.map(str::to_owned)), "{message}");
        }
    }
}
