//! Every statement and every constraint, on both engines.

use crate::harness::TestApp;

chassis::both_engines! {
    async fn every_statement_is_understood_by_the_engine(app: TestApp) {
        let problems = chassis::db::check_statements(&app.db, &[env!("CARGO_PKG_NAME")]).await.unwrap();
        assert_eq!(problems, []);
    }

    async fn every_constraint_has_the_name_that_errors_are_known_by(app: TestApp) {
        assert_eq!(chassis::db::check_constraints(&app.db).await.unwrap(), []);
    }
}
