//! Staging the rows of a bulk import until they are judged together and applied.

/// For [`staging!`](crate::staging!) alone.
#[doc(hidden)]
pub use jiff::Timestamp;

/// Writes what a service stages its imports with: `begin`, `stage`, `rows`, `remove`, `stale`, `take_gate` and `Batch`, over its
/// tables `import`, `import_row` and `import_gate`.
///
/// A macro, because these tables are not every service's: its statements belong to the service that has them, and are tried
/// by that service's own test on both engines.
#[macro_export]
macro_rules! staging {
    () => {
        use $crate::db::{Db, DbError, Ints, On, Texts, Tx};
        use $crate::sql;
        use $crate::staging::Timestamp;

        /// Begins an import.
        pub async fn begin(db: &Db, import_id: &str, now: Timestamp) -> Result<(), DbError> {
            let mut tx = db.begin().await?;
            let query = sql!("INSERT INTO import (import_id, touched_at) VALUES ($1, $2)");
            query.bind(import_id).bind(now).run(&mut tx).await?;
            tx.commit().await
        }

        /// Rows to stage: those of one statement, 500 at most.
        #[derive(Debug, Default)]
        pub struct Batch {
            /// Order of arrival, from 1.
            pub places: Vec<i64>,
            /// Step in which each is judged.
            pub steps: Vec<i64>,
            /// The rows, base64 of their messages.
            pub contents: Vec<String>,
        }

        /// Stages rows, in a short transaction of their own.
        pub async fn stage(db: &Db, import_id: &str, batch: Batch, now: Timestamp) -> Result<(), DbError> {
            let mut tx = db.begin().await?;
            sql!("UPDATE import SET touched_at = $2 WHERE import_id = $1")
                .bind(import_id)
                .bind(now)
                .run(&mut tx)
                .await?;
            let query = sql!(
                sqlite = "INSERT INTO import_row (import_id, place, step, content)
                          SELECT $1, p.value, $3 ->> p.key, $4 ->> p.key FROM json_each($2) AS p",
                postgres = "INSERT INTO import_row (import_id, place, step, content)
                            SELECT $1, n.place, n.step, n.content
                            FROM UNNEST($2::bigint[], $3::bigint[], $4::text[]) AS n (place, step, content)"
            );
            let query =
                query.bind(import_id).bind(Ints(batch.places)).bind(Ints(batch.steps)).bind(Texts(batch.contents));
            query.run(&mut tx).await?;
            tx.commit().await
        }

        /// Staged rows of one step in order of arrival, after a place.
        pub async fn rows(
            on: impl Into<On<'_>>,
            import_id: &str,
            step: i64,
            after: i64,
            limit: i64,
        ) -> Result<Vec<(i64, String)>, DbError> {
            let query = sql!(
                "SELECT place, content FROM import_row
                 WHERE import_id = $1 AND step = $2 AND place > $3 ORDER BY place LIMIT $4"
            );
            query.bind(import_id).bind(step).bind(after).bind(limit).all::<(i64, String)>(on).await
        }

        /// Removes an import and its rows, a few thousand at a time, so that no writer waits long.
        pub async fn remove(db: &Db, import_id: &str) -> Result<(), DbError> {
            const CHUNK: i64 = 5000;
            loop {
                let mut tx = db.begin().await?;
                let query = sql!(
                    "DELETE FROM import_row WHERE import_id = $1 AND (step, place) IN (
                         SELECT step, place FROM import_row WHERE import_id = $1 ORDER BY step, place LIMIT $2)"
                );
                let gone = query.bind(import_id).bind(CHUNK).run(&mut tx).await?;
                if gone == 0 {
                    sql!("DELETE FROM import WHERE import_id = $1").bind(import_id).run(&mut tx).await?;
                    return tx.commit().await;
                }
                tx.commit().await?;
            }
        }

        /// Imports that nobody has touched since: left behind by a crash.
        pub async fn stale(db: &Db, since: Timestamp) -> Result<Vec<String>, DbError> {
            let query = sql!("SELECT import_id FROM import WHERE touched_at < $1");
            let rows = query.bind(since).all::<(String,)>(db).await?;
            Ok(rows.into_iter().map(|(id,)| id).collect())
        }

        /// Takes the gate that imports are applied through, one at a time, until the transaction ends.
        pub async fn take_gate(tx: &mut Tx) -> Result<(), DbError> {
            sql!("UPDATE import_gate SET applied = applied + 1 WHERE gate = 1").run(tx).await.map(drop)
        }
    };
}
