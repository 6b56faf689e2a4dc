//! How much at once, and how much per second.

use std::time::Duration;

use chassis::testing::eventually;
use gateway::{Budgets, EdgeConfig, LaneLimits, Rate};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{App, answer, roomy};

const ITEMS: &str = "/api/v1/students/s/plans/20261/items";
const FEW: Rate = Rate { per_second: 1, burst: 2 };

#[tokio::test]
async fn an_account_that_asks_too_often_is_told_when_to_come_back() {
    let app = App::with(EdgeConfig { rate_account: FEW, ..roomy() }).await;
    let me = |account: &str| answer(app.open(Method::GET, "/api/v1/me").bearer_auth(app.token_of(account)));
    assert_eq!((me("a").await.status, me("a").await.status), (503, 503));
    let refused = me("a").await;
    assert_eq!(refused.refusal(), (429, "rate-limited".to_owned()));
    assert_eq!((refused.header("retry-after"), refused.problem().retry_after), ("1", Some(1)));
    assert_eq!(me("b").await.status, 503, "another account is not held back");
}

#[tokio::test]
async fn an_address_that_guesses_tokens_is_held_back() {
    let app = App::with(EdgeConfig { rate_address: FEW, ..roomy() }).await;
    let guess = || answer(app.open(Method::GET, "/api/v1/me").bearer_auth("guess"));
    assert_eq!((guess().await.status, guess().await.status), (401, 401));
    assert_eq!(guess().await.refusal(), (429, "rate-limited".to_owned()));
    assert_eq!(app.get("/api/v1/me").await.status, 503, "who has a token is not held back");
}

#[tokio::test]
async fn logins_count_against_the_client_behind_a_proxy_that_is_trusted() {
    let app = App::with(EdgeConfig { rate_login: FEW, ..roomy() }).await;
    let login = |client: &str| {
        let body = json!({"user_name": "a", "password": "b"});
        answer(app.open(Method::POST, "/api/v1/sessions").header("x-forwarded-for", client).json(&body))
    };
    for client in ["203.0.113.1", "203.0.113.2", "6.6.6.6, 203.0.113.3"] {
        assert_eq!((login(client).await.status, login(client).await.status), (503, 503), "{client}");
    }
    assert_eq!(login("7.7.7.7, 203.0.113.3").await.refusal(), (429, "rate-limited".to_owned()));

    let stranger = App::with(EdgeConfig { rate_login: FEW, trusted_proxies: vec![], ..roomy() }).await;
    for (client, status) in [("203.0.113.1", 503), ("203.0.113.2", 503), ("203.0.113.3", 429)] {
        let body = json!({"user_name": "a", "password": "b"});
        let login = stranger.open(Method::POST, "/api/v1/sessions").header("x-forwarded-for", client).json(&body);
        assert_eq!(answer(login).await.status, status, "a client cannot choose its address");
    }
}

/// Sends the head of a POST and the beginning of its body, and leaves it at that.
async fn dawdle(app: &App) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let token = app.token();
    let head = format!(
        "POST {ITEMS} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 30\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_full_lane_sheds_at_once_and_reading_goes_on() {
    let lanes = LaneLimits { login: 1, read: 1, write: 1 };
    let app = App::with(EdgeConfig { lanes, ..roomy() }).await;
    let slow = dawdle(&app).await;
    let write = || answer(app.request(Method::POST, ITEMS).json(&json!({"class_id": "k"})));
    eventually("the slow request holds the one place", || async { write().await.refusal().1 == "overloaded" }).await;
    let shed = write().await;
    assert_eq!(shed.refusal(), (503, "overloaded".to_owned()));
    assert_eq!(shed.header("retry-after"), "1");
    assert_eq!(app.get("/api/v1/me").await.refusal(), (503, "service-down".to_owned()));
    drop(slow);
    eventually("the place is free again", || async { write().await.refusal().1 == "service-down" }).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_costs_no_more_than_the_deadline() {
    let budgets = Budgets { read: Duration::from_millis(300), write: Duration::from_millis(300) };
    let app = App::with(EdgeConfig { budgets, ..roomy() }).await;
    let mut slow = dawdle(&app).await;
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), slow.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body-too-slow"), "{answer}");
}

#[tokio::test]
async fn a_body_of_undeclared_length_is_cut_off_at_the_limit() {
    let app = App::with(EdgeConfig { body_limit: 100, ..roomy() }).await;
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let token = app.token();
    let head = format!(
        "POST {ITEMS} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(format!("80\r\n{}\r\n", "x".repeat(128)).as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body-too-large"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_harms_nobody() {
    let app = App::start().await;
    let mut slow = dawdle(&app).await;
    slow.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.contains("body-unreadable"), "{answer}");
    assert_eq!(app.get("/api/v1/me").await.status, 503);
}
