//! The form of requests and answers.

use api::routes as r;
use reqwest::Method;
use serde_json::json;

use crate::app::{App, answer, roomy};
use gateway::EdgeConfig;

const ITEMS: &str = "/api/v1/students/s/plans/20261/items";

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_are_told_apart() {
    let app = App::start().await;
    for path in
        ["/", "/api", "/api/v1/student", "/api/v1/students/", "/api/v2/students", "/%ff", "/..%2f..%2fetc/passwd"]
    {
        assert_eq!(app.get(path).await.refusal(), (404, "route-unknown".to_owned()), "{path}");
    }
    for (method, path) in [(Method::PATCH, "/api/v1/students"), (Method::POST, "/api/docs"), (Method::OPTIONS, ITEMS)] {
        let refused = answer(app.request(method.clone(), path)).await;
        assert_eq!(refused.refusal(), (405, "method-not-allowed".to_owned()), "{method} {path}");
        assert!(!refused.header("allow").is_empty(), "{refused:?}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_one_is_absent() {
    let app = App::start().await;
    for id in ["%00", "a%0Ab", "%ff", &"x".repeat(129)] {
        assert_eq!(app.get(&format!("/api/v1/students/{id}")).await.refusal(), (404, "not-found".to_owned()), "{id}");
    }
    let role = answer(app.request(Method::PUT, "/api/v1/accounts/a/roles/emperor")).await;
    assert_eq!(role.refusal(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn an_address_that_is_too_long_is_refused() {
    let app = App::start().await;
    let long = format!("/api/v1/students?search={}", "x".repeat(4096));
    assert_eq!(app.get(&long).await.refusal(), (414, "uri-too-long".to_owned()));
}

#[tokio::test]
async fn a_body_must_be_declared_as_json_be_json_and_be_short() {
    let app = App::start().await;
    let post = || app.request(Method::POST, ITEMS);
    let cases = [
        (post().body("{}"), 415, "media-type-unsupported"),
        (post().header("content-type", "text/plain").body("{}"), 415, "media-type-unsupported"),
        (post().header("content-type", "application/jsonp").body("{}"), 415, "media-type-unsupported"),
        (post().header("content-type", "application/json").body(""), 400, "body-not-json"),
        (post().header("content-type", "application/json").body("class_id=k"), 400, "body-not-json"),
        (post().header("content-type", "application/json").body(&b"\xff\xfe{}"[..]), 400, "body-not-json"),
        (post().json(&json!({"class_id": "x".repeat(270_000)})), 413, "body-too-large"),
        (post().json(&json!({})), 400, "malformed-request"),
        (post().json(&json!({"class_id": "a\u{0}b"})), 400, "forbidden-character"),
    ];
    for (request, status, reason) in cases {
        assert_eq!(answer(request).await.refusal(), (status, reason.to_owned()));
    }
    let charset = post().header("content-type", "Application/JSON; charset=utf-8").body(r#"{"class_id":"k"}"#);
    assert_eq!(answer(charset).await.refusal(), (503, "service-down".to_owned()));
}

#[tokio::test]
async fn every_wrong_field_has_its_name_and_its_reason() {
    let app = App::start().await;
    let cases = [
        (json!({}), "class_id", "required"),
        (json!({"class_id": 7}), "class_id", "field-invalid"),
        (json!({"class_id": "k", "seat": 1}), "seat", "field-unknown"),
    ];
    for (body, field, reason) in cases {
        let problem = answer(app.request(Method::POST, ITEMS).json(&body)).await.problem();
        assert_eq!(problem.errors.len(), 1);
        assert_eq!((problem.errors[0].field.as_deref(), problem.errors[0].reason.as_str()), (Some(field), reason));
    }
    let status = app.request(Method::PUT, "/api/v1/students/s/statuses/20261").json(&json!({"status": "absent"}));
    let problem = answer(status).await.problem();
    assert_eq!(
        (problem.errors[0].field.as_deref(), problem.errors[0].reason.as_str()),
        (Some("status"), "unknown-value")
    );
}

#[tokio::test]
async fn a_wrong_parameter_is_refused_before_any_service_is_asked() {
    let app = App::start().await;
    let cases = [
        ("/api/v1/students?limit=0", "limit", "page-size"),
        ("/api/v1/students?limit=201", "limit", "page-size"),
        ("/api/v1/students?limit=ten", "limit", "field-invalid"),
        ("/api/v1/students?nama=x", "nama", "field-unknown"),
        ("/api/v1/students?search=%00", "search", "forbidden-character"),
        ("/api/v1/students?order=age", "order", "unknown-value"),
        ("/api/v1/classes", "period", "required"),
        ("/api/v1/plans?state=submitted", "period", "required"),
        ("/api/v1/plans?period=20261&state=lost", "state", "unknown-value"),
        ("/api/v1/sheets?state=graded", "state", "unknown-value"),
        ("/api/v1/students/s/semesters?limit=0", "limit", "page-size"),
        ("/api/v1/students/s/plans/20261/choices?takeable=perhaps", "takeable", "field-invalid"),
    ];
    for (path, field, reason) in cases {
        let answer = app.get(path).await;
        assert_eq!(answer.refusal(), (400, "malformed-request".to_owned()), "{path}");
        let error = answer.problem().errors.remove(0);
        assert_eq!((error.field.as_deref(), error.reason.as_str()), (Some(field), reason), "{path}");
    }
}

#[tokio::test]
async fn a_versioned_resource_changes_only_with_the_version_that_was_read() {
    let app = App::start().await;
    let document: serde_json::Value = serde_json::from_str(gateway::openapi()).unwrap();
    let mut versioned = 0;
    for route in r::ALL {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        let body = operation.pointer("/requestBody/content/application~1json/example");
        let needed = operation["responses"].get("428").is_some();
        if body.is_none() && !needed {
            continue;
        }
        let path = route.path.replace("{id}", "x").replace("{code}", "20261").replace("{period}", "20261");
        let request = || {
            let request = app.request(route.method.as_str().parse().unwrap(), &path);
            if let Some(body) = body { request.json(body) } else { request }
        };
        let without = answer(request()).await.refusal();
        if needed {
            versioned += 1;
            assert_eq!(without, (428, "precondition-required".to_owned()), "{route}");
            for tag in ["7", "*", "\"a\"", "\"1\", \"2\""] {
                let wrong = answer(request().header("if-match", tag)).await.refusal();
                assert_eq!(wrong, (400, "if-match-malformed".to_owned()), "{route} {tag}");
            }
        }
        let with = answer(request().header("if-match", "\"7-x\"")).await.refusal();
        assert_eq!(with, (503, "service-down".to_owned()), "{route}");
    }
    assert_eq!(versioned, 23);
}

#[tokio::test]
async fn an_idempotency_key_is_looked_at_before_it_is_passed_on() {
    let app = App::start().await;
    let post =
        |key: &str| app.request(Method::POST, ITEMS).header("idempotency-key", key).json(&json!({"class_id": "k"}));
    for key in ["", "a b", &"x".repeat(129)] {
        assert_eq!(answer(post(key)).await.refusal(), (400, "idempotency-key-invalid".to_owned()), "{key}");
    }
    assert_eq!(answer(post("0198f2d0-6a9e")).await.refusal(), (503, "service-down".to_owned()));
    let drop = |path: &str, key: &str| {
        answer(app.request(Method::DELETE, path).header("idempotency-key", key).header("if-match", "\"1\""))
    };
    let item = format!("{ITEMS}/k");
    assert_eq!(drop(&item, "a b").await.refusal(), (400, "idempotency-key-invalid".to_owned()));
    assert_eq!(drop(&item, "0198f2d0-6a9e").await.refusal(), (503, "service-down".to_owned()));
    let elsewhere = drop("/api/v1/holds/h", "a b").await.refusal();
    assert_eq!(elsewhere, (503, "service-down".to_owned()), "a key means nothing there");
}

#[tokio::test]
async fn an_answer_carries_the_id_of_the_request_and_the_headers_of_safety() {
    let app = App::start().await;
    let named = answer(app.request(Method::GET, "/api/v1/me").header("x-request-id", "story-0001")).await;
    assert_eq!((named.header("x-request-id"), named.problem().trace_id.as_deref()), ("story-0001", Some("story-0001")));
    let other = answer(app.request(Method::GET, "/api/v1/me").header("x-request-id", "a b")).await;
    assert_eq!(other.header("x-request-id").len(), 32);
    for answer in [&other, &app.get("/api/v1/nowhere").await, &app.get("/healthz").await, &app.get("/api/docs").await] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(answer.header("access-control-allow-origin").is_empty());
    }
}

#[tokio::test]
async fn a_preflight_of_another_site_gets_no_leave() {
    let app = App::start().await;
    let preflight = app
        .open(Method::OPTIONS, "/api/v1/me")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET");
    let answer = answer(preflight).await;
    assert_eq!(answer.status, 405);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{answer:?}");
}

#[tokio::test]
async fn the_limit_of_a_body_is_a_setting() {
    let app = App::with(EdgeConfig { body_limit: 20, ..roomy() }).await;
    let post = |id: &str| app.request(Method::POST, ITEMS).json(&json!({"class_id": id}));
    assert_eq!(answer(post("k")).await.status, 503);
    assert_eq!(answer(post("0123456789")).await.refusal(), (413, "body-too-large".to_owned()));
}
