//! Every statement of this service is one that both engines take, and every constraint has the name that errors go by.

use chassis::db::{check_constraints, check_statements};
use chassis::testing::{Setup, TestDb, TestEnv};
use grade_svc::MIGRATIONS;

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
}
