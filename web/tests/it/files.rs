//! Static files and headers.

use api::RoleKind;
use axum::http::{Method, StatusCode};

use crate::browser::Browser;

#[tokio::test]
async fn files_are_kept_forever_under_the_hash_of_their_content() {
    let mut browser = Browser::new();
    let page = browser.get("/masuk").await;
    let address = page.body.split("href=\"").find(|rest| rest.contains("app.css")).unwrap().split('"').next().unwrap();
    let (folder, _) = address.rsplit_once('/').unwrap();
    for name in ["app.css", "app.js", "htmx.min.js", "icons.svg", "mark.svg", "kawung.svg"] {
        let address = format!("{folder}/{name}");
        let plain = browser.get(&address).await;
        assert_eq!(plain.status, StatusCode::OK, "{name}");
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!plain.headers.contains_key("set-cookie"), "{name}");
        let packed = browser.send(Method::GET, &address, &[("accept-encoding", "gzip, br")], Vec::new()).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{name}");
    }
    let other = browser.get("/static/0000000000000000/app.css").await;
    assert_eq!((other.status, other.header("cache-control")), (StatusCode::OK, "no-store"));
    assert_eq!(browser.get("/static/0000000000000000/../main.rs").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_pages_are_not_kept() {
    let mut browser = Browser::new().logged_in(&[RoleKind::Student]);
    for path in ["/", "/akun", "/krs", "/no/such/page", "/static/x/app.css", "/static/x/none"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        if !path.starts_with("/static") {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn pages_are_packed_for_those_who_take_it_and_have_no_inline_code() {
    let mut browser = Browser::new().logged_in(&[RoleKind::Student]);
    let packed = browser.send(Method::GET, "/akun", &[("accept-encoding", "gzip")], Vec::new()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let page = browser.get("/akun").await;
    assert_eq!(page.header("content-encoding"), "");
    assert!(!page.body.contains(" style=") && !page.body.contains("<style") && !page.body.contains(" onclick="));
    let inline = page.body.split("<script").skip(1).filter(|rest| !rest.starts_with(" src=")).count();
    assert_eq!(inline, 0);
}

#[tokio::test]
async fn with_https_in_front_browsers_are_told_to_stay_with_it() {
    let mut plain = Browser::new();
    assert_eq!(plain.get("/masuk").await.header("strict-transport-security"), "");
    let mut config = plain.config.clone();
    config.public_url = Some("https://siakad.kampus.example".parse().unwrap());
    let mut secure = Browser::with(config);
    secure.host = "siakad.kampus.example";
    let page = secure.get("/masuk").await;
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    assert!(page.body.contains("type=\"password\""));
}
