//! Every statement of this service on both engines, the names of its constraints, and its table of methods.

use chassis::both_engines;
use chassis::db::{check_constraints, check_statements};
use proto::student::v1 as pb;

use crate::support::{App, reason};

both_engines! {
    async fn every_statement_can_be_prepared(app: App) {
        assert_eq!(check_statements(&app.test.db, &[env!("CARGO_PKG_NAME")]).await.unwrap(), []);
    }

    async fn constraints_are_called_what_the_mapping_expects(app: App) {
        assert_eq!(check_constraints(&app.test.db).await.unwrap(), []);
    }

    async fn the_audit_is_append_only(app: App) {
        app.campus().await;
        let (entries,): (i64,) = app.row(chassis::sql!("SELECT COUNT(*) FROM audit")).await;
        assert_eq!(entries, 1, "one entry for the import of the campus");
        for query in [chassis::sql!("UPDATE audit SET actor = 'x'"), chassis::sql!("DELETE FROM audit")] {
            let mut tx = app.test.db.begin().await.unwrap();
            let error = query.run(&mut tx).await.unwrap_err();
            assert!(error.detail().contains("append-only"), "{error:?}");
        }
    }

    async fn other_services_may_call_nothing_but_the_feed(app: App) {
        let campus = app.campus().await;
        for peer in ["web", "auth", "course", "siakad"] {
            let token = app.registrar();
            let mut client = pb::students_client::StudentsClient::new(app.channel_of(peer, &token));
            assert_eq!(reason(client.get(pb::GetStudentRequest { id: campus.budi.clone() }).await), "peer-refused");
        }
        for peer in ["gateway", "web", "auth", "course"] {
            let rows = tokio_stream::iter([pb::ImportRequest::default()]);
            assert_eq!(reason(app.importer(peer).import(rows).await), "peer-refused");
        }
        for peer in ["gateway", "web"] {
            let mut feed = proto::feed::v1::feed_client::FeedClient::new(app.channel(peer));
            assert_eq!(reason(feed.get_head(proto::feed::v1::GetHeadRequest {}).await), "peer-refused");
        }
    }
}

#[test]
fn the_table_of_methods_is_complete() {
    assert_eq!(chassis::auth::unlisted(student_svc::POLICY, student_svc::SERVICES), Vec::<String>::new());
}
