//! Every statement of this service is one that both engines take, and every constraint has the name that errors go by.

use chassis::db::{Engine, check_constraints, check_statements};
use chassis::sql;
use chassis::testing::{Setup, TestDb, TestEnv};
use course_svc::MIGRATIONS;
use course_svc::store::forget_outgrown;

/// The schema alone.
struct Schema(TestDb);

impl Setup for Schema {
    async fn setup(env: &TestEnv) -> Self {
        Self(env.database(&MIGRATIONS).await)
    }
}

chassis::both_engines! {
    async fn every_statement_is_prepared(schema: Schema) {
        let problems = check_statements(&schema.0.db, &[env!("CARGO_PKG_NAME")]).await.expect("a connection");
        assert_eq!(problems, []);
    }

    async fn every_constraint_is_named_after_its_columns(schema: Schema) {
        assert_eq!(check_constraints(&schema.0.db).await.expect("a connection"), []);
    }

    async fn plans_are_made_anew_when_a_table_has_outgrown_them(schema: Schema) {
        const CONNECTION: i32 = -1;
        let mut tx = schema.0.db.begin().await.expect("a transaction");
        let is_postgres = tx.engine() == Engine::Postgres;
        let mut forgets = async |rows: i64| {
            let grow = sql!(
                "INSERT INTO faculty (faculty_id, code, name)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
                 SELECT CAST($1 AS BIGINT) || '-' || i, CAST($1 AS BIGINT) || '-' || i, 'a name of some length, so that rows fill pages' FROM n"
            );
            grow.bind(rows).run(&mut tx).await.expect("rows");
            forget_outgrown(&mut tx, CONNECTION).await.expect("an answer")
        };
        assert_eq!(forgets(1).await, is_postgres, "nothing is known of its plans");
        assert!(!forgets(10).await, "all tables are small");
        assert_eq!(forgets(3000).await, is_postgres, "one no longer is");
        assert!(!forgets(20).await, "its plans are young");
    }
}
