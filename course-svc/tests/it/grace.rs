//! While auth-svc is silent, those who are logged in go on reading and registering; what is offered stays as it is.

use chassis::error::Kind;
use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::catalogue_client::CatalogueClient;
use proto::course::v1::krs_client::KrsClient;
use proto::course::v1::offering_client::OfferingClient;

use crate::support::{TestApp, add_request, answer, course, drop_request, fails, id, list_request};

chassis::both_engines! {
    async fn krs_outlives_ten_minutes_without_the_login_service_and_offering_does_not(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let student = app.bearing(&app.token().student(&id("s1")).sign());
        let registrar = app.bearing(&app.token().registrar().sign());
        app.clock.advance(SignedDuration::from_mins(10));

        let mut krs = KrsClient::new(student.clone());
        answer(krs.add_class(add_request("s1", &class.id)).await).expect("a seat");
        answer(krs.drop_class(drop_request("s1", &class.id)).await).expect("given back");
        answer(CatalogueClient::new(student).list_classes(list_request()).await).expect("classes");
        let create = pb::CreateCourseRequest { course: Some(course("IF202", 3)) };
        let fault = fails(answer(OfferingClient::new(registrar).create_course(create).await), Kind::Unauthenticated);
        assert_eq!(fault.reason(), "token-expired");

        app.trust.heard();
        let fault = fails(answer(krs.add_class(add_request("s1", &class.id)).await), Kind::Unauthenticated);
        assert_eq!(fault.reason(), "token-expired", "auth-svc is back: a token can be refreshed");
        app.clock.advance(SignedDuration::from_mins(30));
        fails(answer(krs.add_class(add_request("s1", &class.id)).await), Kind::Unauthenticated);
    }
}
