//! Who may pass.

use jiff::SignedDuration;
use reqwest::Method;

use crate::app::{App, answer};

const READ: &str = "/api/v1/students";

#[tokio::test]
async fn without_a_token_only_what_is_public_answers() {
    let app = App::start().await;
    let closed = answer(app.open(Method::GET, READ)).await;
    assert_eq!(closed.refusal(), (401, "token-missing".to_owned()));
    assert_eq!(closed.header("www-authenticate"), r#"Bearer realm="siakad""#);
    for open in ["/api/v1/periods", "/api/v1/classes?period=20261", "/.well-known/jwks.json"] {
        assert_eq!(answer(app.open(Method::GET, open)).await.refusal(), (503, "service-down".to_owned()), "{open}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_refused() {
    let app = App::start().await;
    let stranger = chassis::testing::TokenIssuer::new();
    let good = app.token();
    let tokens = [
        stranger.token(app.clock.now()).registrar().sign(),
        app.issuer.token(app.clock.now()).claim("aud", "another").sign(),
        good.chars().rev().collect(),
        format!("{good}x"),
        "x".repeat(20_000),
        "..".to_owned(),
    ];
    for token in tokens {
        let answer = answer(app.open(Method::GET, READ).bearer_auth(&token)).await;
        assert_eq!(answer.refusal(), (401, "token-invalid".to_owned()), "{token}");
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#));
    }
    for header in ["Basic YTpi", "Bearer", "Bearer ", &format!("Token {good}")] {
        let answer = answer(app.open(Method::GET, READ).header("authorization", header)).await;
        assert_eq!(answer.refusal(), (401, "token-invalid".to_owned()), "{header}");
    }
    let twice = app.request(Method::GET, READ).header("authorization", format!("Bearer {good}"));
    assert_eq!(answer(twice).await.refusal(), (401, "token-invalid".to_owned()));
}

#[tokio::test]
async fn a_wrong_token_is_refused_where_none_is_needed() {
    let app = App::start().await;
    let answer = answer(app.open(Method::GET, "/api/v1/periods").bearer_auth("nonsense")).await;
    assert_eq!(answer.refusal(), (401, "token-invalid".to_owned()));
}

#[tokio::test]
async fn an_ended_session_is_refused() {
    let app = App::start().await;
    app.trust.revoke("session-1", app.clock.now() + SignedDuration::from_mins(5));
    assert_eq!(app.get(READ).await.refusal(), (401, "session-revoked".to_owned()));
}

#[tokio::test]
async fn while_auth_is_silent_an_expired_token_reads_and_takes_seats_and_does_nothing_else() {
    let app = App::start().await;
    let token = app.token();
    app.clock.advance(SignedDuration::from_mins(10));
    let (seat_of, scores) = (serde_json::json!({"class_id": "k"}), serde_json::json!({"rows": []}));
    let seat = "/api/v1/students/student-1/plans/20261/items";
    let cases = [
        (Method::GET, READ, true),
        (Method::GET, "/api/v1/periods", true),
        (Method::POST, seat, true),
        (Method::DELETE, "/api/v1/students/student-1/plans/20261/items/k", true),
        (Method::POST, "/api/v1/students/student-1/plans/20261/submission", true),
        (Method::POST, "/api/v1/students/student-1/plans/20261/approval", false),
        (Method::GET, "/api/v1/students/student-1/transcript", true),
        (Method::PUT, "/api/v1/classes/k/sheet/scores", true),
        (Method::POST, "/api/v1/classes/k/sheet/publication", false),
        (Method::POST, "/api/v1/periods/20261/plan-locks", false),
        (Method::GET, "/api/v1/accounts", false),
        (Method::PUT, "/api/v1/accounts/a/roles/registrar", false),
        (Method::DELETE, "/api/v1/classes/k", false),
        (Method::DELETE, "/api/v1/sessions/current", false),
    ];
    for (method, path, passes) in &cases {
        let request = app.open(method.clone(), path).bearer_auth(&token).header("if-match", "\"1\"");
        let request = request.json(if path.ends_with("/scores") { &scores } else { &seat_of });
        let want = if *passes { (503, "service-down") } else { (401, "token-expired") };
        assert_eq!(answer(request).await.refusal(), (want.0, want.1.to_owned()), "{method} {path}");
    }
    app.trust.heard();
    for (method, path, _) in &cases {
        let request = app.open(method.clone(), path).bearer_auth(&token);
        assert_eq!(answer(request).await.refusal(), (401, "token-expired".to_owned()), "{method} {path}");
    }
}
