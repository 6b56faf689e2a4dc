//! Checks that a test of every service runs on both engines.

use sqlx::{Executor, SqlSafeStr};

use super::{Db, DbError, pools::Pools, statements};

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `src/store/plan.rs:42`, or a table.
    pub place: String,
    /// What is wrong, with the engine's own words.
    pub what: String,
}

/// Has the engine prepare every statement of the packages named (and of the chassis itself) against the present schema.
/// A test calls it with `env!("CARGO_PKG_NAME")` on both engines, so no statement is shipped unchecked.
///
/// # Errors
/// No connection.
pub async fn check_statements(db: &Db, packages: &[&str]) -> Result<Vec<Problem>, DbError> {
    let mut wanted = vec![env!("CARGO_PKG_NAME")];
    wanted.extend(packages);
    let mut problems = Vec::new();
    for statement in statements(&wanted) {
        let result = match db.pools() {
            Pools::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                connection.prepare(statement.sqlite.into_sql_str()).await.map(drop)
            }
            Pools::Postgres { pool } => {
                let mut connection = pool.acquire().await?;
                connection.prepare(statement.postgres.into_sql_str()).await.map(drop)
            }
        };
        if let Err(error) = result {
            problems.push(Problem { place: statement.place(), what: error.to_string() });
        }
    }
    Ok(problems)
}

/// Compares the names of the constraints with the convention by which SQLite's messages are mapped: `pk_<table>` (anything may
/// follow), `uq_<table>_<columns>`; an index over expressions is named by the message itself and may be called anything. Looks at PostgreSQL, where every name can be read; finds nothing on SQLite.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn check_constraints(db: &Db) -> Result<Vec<Problem>, DbError> {
    let Pools::Postgres { pool } = db.pools() else { return Ok(Vec::new()) };
    let rows: Vec<(String, String, bool, Option<String>)> = sqlx::query_as(
        "SELECT CAST(t.relname AS TEXT), CAST(i.relname AS TEXT), x.indisprimary,
                (SELECT string_agg(CAST(a.attname AS TEXT), '_' ORDER BY k.place)
                   FROM unnest(x.indkey) WITH ORDINALITY AS k (number, place)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
           FROM pg_index x
           JOIN pg_class t ON t.oid = x.indrelid
           JOIN pg_class i ON i.oid = x.indexrelid
           JOIN pg_namespace n ON n.oid = t.relnamespace
          WHERE x.indisunique AND x.indexprs IS NULL AND n.nspname = current_schema() AND t.relname <> '_sqlx_migrations'
          ORDER BY 1, 2",
    )
    .fetch_all(pool)
    .await?;
    let mut problems = Vec::new();
    for (table, name, primary, columns) in rows {
        let wanted = match (primary, columns) {
            (true, _) if name == format!("pk_{table}") || name.starts_with(&format!("pk_{table}_")) => continue,
            (true, _) => format!("pk_{table}"),
            (false, columns) => format!("uq_{table}_{}", columns.unwrap_or_default()),
        };
        if name != wanted {
            problems.push(Problem { place: table, what: format!("{name} should be called {wanted}") });
        }
    }
    Ok(problems)
}
