//! Running a statement, on either engine, inside a transaction or on the readers.

use std::time::Instant;

use sqlx::{
    FromRow,
    postgres::{PgRow, Postgres},
    sqlite::{Sqlite, SqliteRow},
};

use super::{
    Db, DbError, Statement, Tx,
    pools::Pools,
    tx::Open,
    value::{Bind, Value, postgres_arguments, sqlite_arguments},
};

/// What a row can be read into: a tuple, or a struct with `#[derive(sqlx::FromRow)]`. Integers are `i64` (or
/// `#[sqlx(try_from = "i64")]`), times are [`Stamp`](super::Stamp).
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// Where a reading statement runs: `&mut tx`, or `&db` for a read outside of any transaction.
/// In a function that was given `tx: &mut Tx`, pass `&mut *tx` when it is used again afterwards.
#[derive(Debug)]
pub enum On<'t> {
    /// Inside a transaction.
    Tx(&'t mut Tx),
    /// Outside: SQLite takes a reader, PostgreSQL any connection.
    Db(&'t Db),
}

impl<'t> From<&'t mut Tx> for On<'t> {
    fn from(tx: &'t mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl<'t> From<&'t Db> for On<'t> {
    fn from(db: &'t Db) -> Self {
        Self::Db(db)
    }
}

/// A statement with its values so far. Made by [`sql!`](crate::sql).
#[derive(Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Query {
    statement: &'static Statement,
    values: Vec<Value>,
}

/// Fetches with `$method` on whatever `$on` is.
macro_rules! fetch {
    ($query:expr, $on:expr, $row:ty, $method:ident) => {{
        let query: Query = $query;
        query.check()?;
        match $on {
            On::Tx(tx) => {
                let watch = Watch::start(tx.db());
                let budget = tx.db().budget();
                let keeps = tx.keeps_plans;
                let result = match &mut tx.open {
                    Open::Sqlite(open) => super::within(budget, query.sqlite_as::<$row>()?.$method(&mut **open)).await,
                    Open::Postgres(open) => {
                        super::within(budget, query.postgres_as::<$row>(keeps)?.$method(&mut **open)).await
                    }
                };
                watch.stop(result)
            }
            On::Db(db) => {
                let watch = Watch::start(db);
                let budget = db.budget();
                let result = match db.pools() {
                    Pools::Sqlite { reader, .. } => {
                        super::within(budget, query.sqlite_as::<$row>()?.$method(reader)).await
                    }
                    Pools::Postgres { pool } => {
                        super::within(budget, query.postgres_as::<$row>(false)?.$method(pool)).await
                    }
                };
                watch.stop(result)
            }
        }
    }};
}

impl Query {
    #[doc(hidden)]
    pub fn new(statement: &'static Statement) -> Self {
        Self { statement, values: Vec::with_capacity(statement.params) }
    }

    /// Binds the next placeholder: the first call is `$1`.
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.into_value());
        self
    }

    /// Runs a writing statement and tells how many rows it touched.
    ///
    /// # Errors
    /// A violated constraint, see [`DbErrorKind`](super::DbErrorKind). After an error the transaction is of no use: PostgreSQL
    /// refuses what follows, SQLite would go on; so return, and the transaction rolls back.
    pub async fn run(self, tx: &mut Tx) -> Result<u64, DbError> {
        self.check()?;
        let watch = Watch::start(tx.db());
        let budget = tx.db().budget();
        let keeps = tx.keeps_plans;
        let result = match &mut tx.open {
            Open::Sqlite(open) => {
                let arguments = sqlite_arguments(self.values).map_err(encode)?;
                let query = sqlx::query_with::<Sqlite, _>(self.statement.sqlite, arguments);
                super::within(budget, query.execute(&mut **open)).await.map(|done| done.rows_affected())
            }
            Open::Postgres(open) => {
                let persistent = self.persistent(keeps);
                let arguments = postgres_arguments(self.values).map_err(encode)?;
                let query = sqlx::query_with::<Postgres, _>(self.statement.postgres, arguments).persistent(persistent);
                super::within(budget, query.execute(&mut **open)).await.map(|done| done.rows_affected())
            }
        };
        watch.stop(result)
    }

    /// Exactly one row; more than one is cut to the first.
    ///
    /// # Errors
    /// No row is an error of kind `Other`: use [`opt`](Self::opt) where a row may be absent.
    pub async fn one<R: Row>(self, on: impl Into<On<'_>>) -> Result<R, DbError> {
        fetch!(self, on.into(), R, fetch_one)
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn opt<R: Row>(self, on: impl Into<On<'_>>) -> Result<Option<R>, DbError> {
        fetch!(self, on.into(), R, fetch_optional)
    }

    /// All rows, in memory: bound it with LIMIT.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn all<R: Row>(self, on: impl Into<On<'_>>) -> Result<Vec<R>, DbError> {
        fetch!(self, on.into(), R, fetch_all)
    }

    /// SQLite reads a missing bind as NULL and ignores one too many; PostgreSQL refuses. Here both are refused.
    fn check(&self) -> Result<(), DbError> {
        if self.values.len() == self.statement.params {
            return Ok(());
        }
        Err(DbError::usage(format!(
            "{}: {} values bound, {} wanted",
            self.statement.place(),
            self.values.len(),
            self.statement.params
        )))
    }

    /// A statement over lists is planned anew each time, unless its transaction says otherwise ([`Tx::keep_plans`]): a generic
    /// plan, made while its tables were empty, was measured at an eighth of the speed.
    fn persistent(&self, keeps: bool) -> bool {
        keeps || !self.values.iter().any(Value::is_list)
    }

    fn sqlite_as<R: Row>(
        self,
    ) -> Result<sqlx::query::QueryAs<'static, Sqlite, R, sqlx::sqlite::SqliteArguments>, DbError> {
        let arguments = sqlite_arguments(self.values).map_err(encode)?;
        Ok(sqlx::query_as_with(self.statement.sqlite, arguments))
    }

    fn postgres_as<R: Row>(
        self,
        keeps: bool,
    ) -> Result<sqlx::query::QueryAs<'static, Postgres, R, sqlx::postgres::PgArguments>, DbError> {
        let persistent = self.persistent(keeps);
        let arguments = postgres_arguments(self.values).map_err(encode)?;
        Ok(sqlx::query_as_with(self.statement.postgres, arguments).persistent(persistent))
    }
}

fn encode(error: sqlx::error::BoxDynError) -> DbError {
    DbError::from(sqlx::Error::Encode(error))
}

/// Measures one statement.
struct Watch {
    engine: &'static str,
    start: Instant,
}

impl Watch {
    fn start(db: &Db) -> Self {
        Self { engine: db.engine().word(), start: Instant::now() }
    }

    fn stop<T>(self, result: Result<T, DbError>) -> Result<T, DbError> {
        metrics::histogram!("db_query_seconds", "engine" => self.engine).record(self.start.elapsed());
        if let Err(error) = &result {
            metrics::counter!("db_errors_total", "engine" => self.engine, "kind" => error.kind().word()).increment(1);
        }
        result
    }
}
