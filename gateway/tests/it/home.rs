//! The front page while services are out: it comes, and says what is missing.

use api::{Home, Part};
use reqwest::Method;

use crate::app::{App, answer};

fn missing<T>(part: &Part<T>) -> &str {
    match part {
        Part::Available { .. } => "available",
        Part::Unavailable { reason } => reason,
    }
}

async fn home(app: &App, token: &str) -> Home {
    let answer = answer(app.open(Method::GET, "/api/v1/home").bearer_auth(token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn the_front_page_comes_though_every_service_is_out() {
    let app = App::start().await;
    let home = home(&app, &app.issuer.token(app.clock.now()).student("s").sign()).await;
    let student = home.student.unwrap();
    let reasons = [
        missing(&home.period),
        missing(&student.student),
        missing(&student.statuses),
        missing(&student.holds),
        missing(&student.plan),
        missing(&student.semesters),
    ];
    assert_eq!(reasons, ["service-down"; 6]);
    assert!(home.lecturer.is_none() && home.office.is_none());
}

#[tokio::test]
async fn who_is_several_things_sees_the_parts_of_each() {
    let app = App::start().await;
    let token = app.issuer.token(app.clock.now());
    let both = home(&app, &token.clone().lecturer("l").programme_admin("p").sign()).await;
    assert!(both.student.is_none());
    let (lecturer, office) = (both.lecturer.unwrap(), both.office.unwrap());
    let parts = [
        missing(&lecturer.lecturer),
        missing(&lecturer.classes),
        missing(&lecturer.advisees),
        missing(&lecturer.plans),
        missing(&lecturer.sheets),
    ];
    assert_eq!(parts, ["service-down"; 5]);
    assert_eq!([missing(&office.programmes), missing(&office.periods)], ["service-down"; 2]);

    let admin = home(&app, &token.clone().system_admin().sign()).await;
    assert!(admin.student.is_none() && admin.lecturer.is_none() && admin.office.is_none());
    // An id without the role of a student is not a student's.
    let left = home(&app, &token.claim("student_id", "s").sign()).await;
    assert!(left.student.is_none());
}
