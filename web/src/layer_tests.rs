use super::*;
use crate::config::Config;
use crate::pages::render_tests::{account, tokens};
use crate::session::SESSION;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use chassis::clock::Clock;
use futures_util::stream;
use tower::ServiceExt as _;

fn app(proxies: &[&str]) -> Arc<App> {
    let data = std::env::temp_dir().join(format!("siakad-web-layer-{}", crate::session::random_word()));
    let mut config = Config::local("http://127.0.0.1:9", data.clone());
    config.trusted_proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
    let app = Arc::new(App::new(config, Clock::manual(jiff::Timestamp::UNIX_EPOCH)).unwrap());
    std::fs::remove_dir_all(data).unwrap();
    app
}

fn parts(peer: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri("/krs?q=a").method("POST");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut parts = request.body(Body::empty()).unwrap().into_parts().0;
    let peer: SocketAddr = format!("{peer}:50000").parse().unwrap();
    parts.extensions.insert(ConnectInfo(peer));
    parts
}

#[test]
fn the_address_of_a_person_is_what_the_last_trusted_hop_says() {
    let seen = |app: &Arc<App>, peer: &str, forwarded: &[&str]| {
        let headers: Vec<_> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        client_address(app, &parts(peer, &headers)).unwrap().to_string()
    };
    let none = app(&[]);
    assert_eq!(seen(&none, "10.0.0.1", &["203.0.113.9"]), "10.0.0.1", "nobody is believed by default");
    let proxied = app(&["10.0.0.0/8"]);
    assert_eq!(seen(&proxied, "203.0.113.1", &["198.51.100.7"]), "203.0.113.1", "not from a proxy of ours");
    assert_eq!(seen(&proxied, "10.0.0.1", &["198.51.100.7, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
    assert_eq!(seen(&proxied, "10.0.0.1", &["198.51.100.7", "203.0.113.9"]), "203.0.113.9");
    assert_eq!(seen(&proxied, "10.0.0.1", &["203.0.113.9, unknown"]), "10.0.0.1");
    assert_eq!(seen(&proxied, "10.0.0.1", &[]), "10.0.0.1");
}

#[test]
fn the_page_one_is_on_never_leads_away() {
    let place = |method: Method, headers: &[(&str, &str)]| {
        let parts = parts("127.0.0.1", headers);
        here(&parts.uri, &method, &parts.headers).to_string()
    };
    assert_eq!(place(Method::GET, &[]), "/krs?q=a");
    let htmx = [("hx-current-url", "http://localhost:8080/krs?q=b"), ("hx-target", "hasil")];
    assert_eq!(place(Method::GET, &htmx), "/krs?q=b");
    assert_eq!(place(Method::POST, &htmx), "/krs?q=b");
    assert_eq!(place(Method::POST, &[("referer", "http://localhost:8080/akun")]), "/akun");
    assert_eq!(place(Method::POST, &[("referer", "http://evil.example//evil.example/x")]), "/");
    assert_eq!(place(Method::POST, &[]), "/");
}

#[test]
fn a_key_of_a_form_is_taken_only_when_a_header_can_carry_it() {
    let key = |key: &str| Posted(vec![("key".into(), key.into())]).key().map(str::to_owned);
    assert_eq!(key("0123456789abcdef").as_deref(), Some("0123456789abcdef"));
    for wrong in ["", "short", "0123456789abcde\n", "0123456789abcdef\u{e9}", &"a".repeat(200)] {
        assert_eq!(key(wrong), None, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_form_that_does_not_arrive_is_not_waited_for() {
    let soon = Duration::from_millis(20);
    let stuck = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(read_form(stuck, soon).await, Err(StatusCode::REQUEST_TIMEOUT));
    let large = Body::from(vec![b'a'; FORM_MAX + 1]);
    assert_eq!(read_form(large, FORM_TIME).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    assert_eq!(read_form(Body::from("a=b"), FORM_TIME).await.unwrap(), "a=b");
}

async fn ask(app: &Arc<App>, routes: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let routes = routes.layer(from_fn_with_state(app.clone(), visit));
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let (parts, body) = routes.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_panic_within_the_layer_is_answered() {
    async fn panics() -> StatusCode {
        panic!("on purpose")
    }
    let (status, _, body) = ask(&app(&[]), Router::new().route("/", get(panics)), "/").await;
    assert_eq!((status, body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, ""));
}

#[tokio::test]
async fn a_session_that_no_cookie_holds_ends_with_a_page_that_says_so() {
    async fn log_in(mut visit: Visit) -> Response {
        let mut tokens = tokens(account(&[api::RoleKind::ProgrammeAdmin], "Sri Rahayu"));
        tokens.access_token = "x".repeat(5_000);
        visit.log_in(tokens);
        visit.see("/")
    }
    let app = app(&[]);
    let (status, headers, body) = ask(&app, Router::new().route("/", get(log_in)), "/").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("Akun Anda punya terlalu banyak peran"), "{body}");
    assert!(headers.get("location").is_none(), "not sent on: nobody is logged in");
    let mut cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let value = cookies.find_map(|cookie| cookie.strip_prefix(SESSION)?.strip_prefix('=')?.split(';').next());
    let session: Session = app.vault.open(SESSION, value.unwrap()).unwrap();
    assert!(session.user.is_none());
}
