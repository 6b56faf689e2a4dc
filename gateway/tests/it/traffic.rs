//! How much at once, and how much per second.

use std::time::Duration;

use chassis::testing::eventually;
use futures_util::{StreamExt as _, stream};
use gateway::{Budgets, EdgeConfig, LaneLimits, Rate};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::app::{App, answer, roomy};

const ITEMS: &str = "/api/v1/students/s/plans/20261/items";
const LOGIN: &str = "/api/v1/sessions";
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
async fn a_campus_behind_one_address_shares_nothing_but_what_comes_without_a_token() {
    // Everybody comes from loopback here. What the address may do without a token is used up at once.
    let app = App::with(EdgeConfig { rate_account: FEW, rate_address: FEW, ..roomy() }).await;
    let me = |token: &str| answer(app.open(Method::GET, "/api/v1/me").bearer_auth(token));
    // As often at once as nobody may, however slow the machine is.
    let often = async |token: &str| {
        let answers = futures_util::future::join_all((0..30).map(|_| me(token))).await;
        answers.into_iter().map(|answer| answer.refusal()).collect::<Vec<_>>()
    };
    let held_back = (429, "rate-limited".to_owned());
    assert!(often("guess").await.contains(&held_back));
    let tokens: Vec<_> = (0..300).map(|n| app.token_of(&format!("account-{n}"))).collect();
    for token in &tokens {
        assert_eq!(me(token).await.status, 503, "it came through to its service");
    }
    // Their tokens run out all at once: each is told so, and is held back only for asking over and over.
    app.clock.advance(jiff::SignedDuration::from_hours(1));
    assert!(often("guess").await.contains(&held_back));
    for token in &tokens {
        assert_eq!(me(token).await.refusal(), (401, "token-expired".to_owned()));
    }
    assert!(often(&tokens[0]).await.contains(&held_back));
    assert_eq!(me(&tokens[1]).await.refusal(), (401, "token-expired".to_owned()));
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

/// Sends the head of a POST, waits until the gateway asks for the body, sends the beginning of it and leaves it at that.
async fn dawdle(app: &App, path: &str) -> TcpStream {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let token = app.token();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: 30\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = [0; GO_ON.len()];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(said, GO_ON);
    stream.write_all(b"{").await.unwrap();
    stream
}

/// What comes on a connection within five seconds.
async fn next(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn who_does_not_send_a_body_takes_nobodys_place() {
    // As many as the lane of logins has places by default, for longer than the test lasts.
    let minute = Duration::from_secs(60);
    let budgets = Budgets { read: minute, write: minute };
    let app = App::with(EdgeConfig { budgets, body_budget: minute, ..roomy() }).await;
    let mut slow = Vec::new();
    for _ in 0..EdgeConfig::default().lanes.login {
        slow.push(dawdle(&app, LOGIN).await);
    }
    assert_eq!(slow.len(), 64);
    let login = answer(app.open(Method::POST, LOGIN).json(&json!({"user_name": "a", "password": "b"}))).await;
    assert_eq!(login.refusal(), (503, "service-down".to_owned()), "it came through to auth-svc");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_its_body_is_read() {
    let app = App::with(EdgeConfig { rate_login: FEW, ..roomy() }).await;
    for (path, token, status) in [(ITEMS, "guess", 401), (LOGIN, "", 200), (LOGIN, "", 200), (LOGIN, "", 429)] {
        let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: 30\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let want = if status == 200 { "HTTP/1.1 100".to_owned() } else { format!("HTTP/1.1 {status}") };
        let said = next(&mut stream).await;
        assert!(said.starts_with(&want), "{said}");
    }
}

#[tokio::test]
async fn a_full_lane_sheds_at_once_and_reading_goes_on() {
    let lanes = LaneLimits { login: 1, refresh: 1, read: 1, write: 1 };
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::with_mute_course(EdgeConfig { lanes, ..roomy() }, &mute).await;
    let add = app.request(Method::POST, ITEMS).json(&json!({"class_id": "k"}));
    let slow = tokio::spawn(add.send());
    let _asked = mute.accept().await.unwrap();
    // The slow request has its place: course-svc is being asked.
    let write = || answer(app.request(Method::DELETE, "/api/v1/holds/h"));
    let shed = write().await;
    assert_eq!(shed.refusal(), (503, "overloaded".to_owned()));
    assert_eq!(shed.header("retry-after"), "1");
    assert_eq!(app.get("/api/v1/me").await.refusal(), (503, "service-down".to_owned()));
    slow.abort();
    eventually("the place is free again", || async { write().await.refusal().1 == "service-down" }).await;
}

fn refresh(app: &App, token: &str) -> reqwest::RequestBuilder {
    app.open(Method::POST, "/api/v1/sessions/refresh").json(&json!({"refresh_token": token}))
}

#[tokio::test]
async fn one_web_refreshes_the_sessions_of_many_while_logins_are_held_back() {
    // A thousand at once: eight seconds of a campus that refreshes 125 times a second. The limits of refreshing are
    // the default ones.
    let app = App::with(EdgeConfig { rate_login: FEW, ..EdgeConfig::default() }).await;
    let login = || answer(app.open(Method::POST, LOGIN).json(&json!({"user_name": "a", "password": "b"})));
    assert_eq!((login().await.status, login().await.status), (503, 503));
    assert_eq!(login().await.refusal(), (429, "rate-limited".to_owned()));
    let app = &app;
    let refreshes = stream::iter(0..1000).map(async |n| answer(refresh(app, &format!("token-{n}"))).await.refusal());
    let refusals: Vec<_> = refreshes.buffer_unordered(32).collect().await;
    assert_eq!(refusals.len(), 1000);
    assert!(refusals.iter().all(|refusal| *refusal == (503, "service-down".to_owned())), "all came to auth-svc");
}

#[tokio::test]
async fn a_refresh_token_that_is_sent_over_and_over_holds_back_itself_only() {
    let app = App::with(EdgeConfig { rate_refresh: FEW, ..roomy() }).await;
    let ask = async |token: &str| answer(refresh(&app, token)).await.refusal();
    assert_eq!((ask("a").await.0, ask("a").await.0), (503, 503));
    assert_eq!(ask("a").await, (429, "rate-limited".to_owned()));
    assert_eq!(ask("b").await, (503, "service-down".to_owned()));
}

#[tokio::test]
async fn an_address_that_guesses_refresh_tokens_is_held_back() {
    let app = App::with(EdgeConfig { rate_refresh_address: FEW, ..roomy() }).await;
    let ask = async |client: &str, token: &str| {
        answer(refresh(&app, token).header("x-forwarded-for", client)).await.refusal()
    };
    assert_eq!((ask("203.0.113.1", "a").await.0, ask("203.0.113.1", "b").await.0), (503, 503));
    assert_eq!(ask("203.0.113.1", "c").await, (429, "rate-limited".to_owned()));
    assert_eq!(ask("203.0.113.2", "d").await, (503, "service-down".to_owned()));
}

#[tokio::test]
async fn a_body_that_does_not_come_costs_no_more_than_its_time_or_the_deadline() {
    let short = Duration::from_millis(300);
    let budgets = Budgets { read: short, write: short };
    for config in [EdgeConfig { body_budget: short, ..roomy() }, EdgeConfig { budgets, ..roomy() }] {
        let app = App::with(config).await;
        let answer = next(&mut dawdle(&app, ITEMS).await).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body-too-slow"), "{answer}");
    }
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
    let mut slow = dawdle(&app, ITEMS).await;
    slow.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.contains("body-unreadable"), "{answer}");
    assert_eq!(app.get("/api/v1/me").await.status, 503);
}
