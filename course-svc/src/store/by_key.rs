//! Transactions whose statements name every row that they want.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chassis::db::{DbError, Engine, Tx};
use chassis::sql;

/// How often a connection's plans are compared with the sizes of the tables.
const LOOK: Duration = Duration::from_millis(250);
/// Connections that are remembered at most.
const MOST: usize = 1024;

/// What is known of connections, by the number of the process that serves each.
static SEEN: LazyLock<Mutex<HashMap<i32, Seen>>> = LazyLock::new(Mutex::default);

struct Seen {
    at: Instant,
    /// How large the tables were, roughly, when it made its plans.
    sizes: String,
}

/// Tells PostgreSQL until the transaction ends that its rows are found by their keys, for whoever names every row that it
/// wants. Its statistics lag behind tables that grow by thousands of rows a second: it would walk all plans of a period
/// for those of a batch, and it keeps the plan of a foreign key that it made while the table was empty. And that its plans do
/// not depend on what is looked for, so that a connection makes them once; again when a table has outgrown them.
pub async fn by_key(tx: &mut Tx) -> Result<(), DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    // What cannot be found by a key costs so much then that it would be compiled first, for longer than it takes.
    let query = sql!(
        sqlite = "SELECT 'off', 0",
        postgres = "SELECT set_config('enable_seqscan', 'off', true) || set_config('enable_bitmapscan', 'off', true)
                        || set_config('enable_hashjoin', 'off', true) || set_config('enable_mergejoin', 'off', true)
                        || set_config('jit', 'off', true)
                        || set_config('plan_cache_mode', 'force_generic_plan', true), pg_backend_pid()"
    );
    let (_, connection) = query.one::<(String, i32)>(&mut *tx).await?;
    tx.keep_plans();
    if is_due(connection) {
        forget_outgrown(tx, connection).await?;
    }
    Ok(())
}

fn is_due(connection: i32) -> bool {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.get(&connection).is_none_or(|last| last.at.elapsed() >= LOOK)
}

/// Makes a connection forget its plans when a table has become some eight times as large since it made them; answers whether
/// it did. One that was made while a table was all but empty walks the whole table, and PostgreSQL itself learns of its growth
/// a minute later.
pub async fn forget_outgrown(tx: &mut Tx, connection: i32) -> Result<bool, DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(false);
    }
    let query = sql!(
        sqlite = "SELECT ''",
        postgres = "SELECT string_agg(CAST(width_bucket(pg_relation_size(oid),
                            ARRAY[131072, 1048576, 8388608, 67108864]) AS text), '' ORDER BY oid)
                    FROM pg_class WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace)"
    );
    let (sizes,) = query.one::<(String,)>(&mut *tx).await?;
    let is_outgrown = {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.clear();
        }
        let before = seen.insert(connection, Seen { at: Instant::now(), sizes: sizes.clone() });
        before.is_none_or(|before| before.sizes != sizes)
    };
    if is_outgrown {
        sql!(sqlite = "SELECT 1", postgres = "DISCARD PLANS").run(tx).await?;
    }
    Ok(is_outgrown)
}
