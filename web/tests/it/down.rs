//! Nobody listens at the gateway: pages say what is missing, and keep what was typed.

use api::RoleKind;
use axum::http::{Method, StatusCode};
use web::session::FLASH;

use crate::browser::{Browser, form};

fn student() -> Browser {
    Browser::new().logged_in(&[RoleKind::Student])
}

fn admin() -> Browser {
    Browser::new().logged_in(&[RoleKind::ProgrammeAdmin])
}

#[tokio::test]
async fn pages_stand_without_their_data() {
    let front = student().get("/").await;
    assert_eq!(front.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(front.body.contains("Data Anda aman") && front.body.contains("Nadia"));
    let krs = student().get("/krs").await;
    assert_eq!(krs.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(krs.body.contains("Katalog belum dapat ditampilkan") && krs.body.contains("tetap tersimpan"));
    let krs = student().get("/krs?periode=20261&q=basis").await;
    assert!(krs.body.contains("Ganjil 2026/2027") && krs.body.contains("href=\"/krs?periode=20261&#38;q=basis\""));
    let list = admin().get("/admin/kelas?periode=20261&q=basis").await;
    assert_eq!(list.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(list.body.contains("Daftar kelas belum dapat ditampilkan") && list.body.contains("value=\"basis\""));
    let class = admin().get("/admin/kelas/c1").await;
    assert_eq!(class.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(class.body.contains("Data Anda aman") && class.body.contains("href=\"/admin/kelas/c1\""), "a way to retry");
    assert_eq!(student().get("/akun").await.status, StatusCode::OK, "what needs nobody works");
}

#[tokio::test]
async fn a_login_says_what_is_down_and_keeps_the_name() {
    let mut browser = Browser::new();
    browser.get("/masuk").await;
    let answer = browser.post("/masuk", &[("user_name", "nadia"), ("password", "secret")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Layanan akun sedang tidak menjawab.") && answer.body.contains("value=\"nadia\""));
    assert!(!answer.body.contains("secret"));
    let empty = browser.post("/masuk", &[("user_name", " "), ("password", "")]).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert!(empty.body.contains("id=\"user_name-e\"") && empty.body.contains("id=\"password-e\""));
}

#[tokio::test]
async fn a_class_that_cannot_be_saved_keeps_its_input_and_its_key() {
    let typed = [
        ("mk", "IF201"),
        ("nama", "C"),
        ("kapasitas", "37"),
        ("status", "closed"),
        ("dosen.0", "Ratna <Sari>"),
        ("hari.0", "2"),
        ("mulai.0", "7"),
        ("selesai.0", "9.30"),
        ("ruang.0", "A.2.03"),
        ("periode", "20261"),
        ("versi", "3"),
        ("key", "0123456789abcdef"),
    ];
    for path in ["/admin/kelas", "/admin/kelas/c1"] {
        let answer = admin().post(path, &typed).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.body.contains("Kelas belum disimpan."), "{path}");
        for value in ["37", "Ratna &#60;Sari&#62;", "9.30", "A.2.03", "C"] {
            assert!(answer.body.contains(&format!("value=\"{value}\"")), "{path} {value}");
        }
        assert!(
            answer.body.contains("<option value=\"2\" selected>") && answer.body.contains("value=\"closed\" selected")
        );
        assert_eq!(answer.field(path, "key"), "0123456789abcdef", "{path}");
        assert_eq!(answer.field(path, "versi"), "3", "{path}");
    }
}

#[tokio::test]
async fn a_seat_that_nobody_answered_for_is_said_on_the_next_page() {
    let mut browser = student();
    let fields = [("back", "/krs?periode=20261&q=awan"), ("key", "0123456789abcdef")];
    let answer = browser.post("/krs/kelas/c9?periode=20261", &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/krs?periode=20261&q=awan#kabar"));
    assert!(browser.cookies.contains_key(FLASH));
    let page = browser.get("/krs?periode=20261&q=awan").await;
    assert!(page.body.contains("Layanan KRS sedang tidak menjawab."));
    assert!(!browser.cookies.contains_key(FLASH), "said once");
    let elsewhere = browser.post("/krs/lepas/c9?periode=20261", &[("back", "//evil.example")]).await;
    assert_eq!(elsewhere.location(), "/krs#kabar");
}

#[tokio::test]
async fn for_htmx_the_notice_goes_where_notices_are() {
    let mut browser = student();
    let token = browser.vault().form_token(&browser.session().unwrap().id);
    let body = form(&[("token", token.as_str()), ("back", "/krs?periode=20261"), ("key", "0123456789abcdef")]);
    let headers = [("sec-fetch-site", "same-origin"), ("hx-request", "true"), ("hx-target", "panel")];
    let answer = browser.send(Method::POST, "/krs/kelas/c9?periode=20261", &headers, body).await;
    assert_eq!(answer.header("hx-retarget"), "#kabar");
    assert!(answer.body.contains("Layanan KRS sedang tidak menjawab.") && !answer.body.contains("<html"));
}

#[tokio::test]
async fn for_htmx_an_ended_session_leads_to_the_login() {
    let mut browser = Browser::new();
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("hx-request", "true"),
        ("hx-target", "panel"),
        ("hx-current-url", "http://localhost:8080/krs?q=awan"),
    ];
    let answer = browser.send(Method::POST, "/krs/kelas/c9?periode=20261", &headers, form(&[("token", "old")])).await;
    assert_eq!(answer.header("hx-redirect"), "/masuk?next=%2Fkrs%3Fq%3Dawan");
    let answer = browser.send(Method::POST, "/krs/kelas/c9?periode=20261", &headers, form(&[("token", "old")])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "the new session has another token");
    assert_eq!(answer.header("hx-retarget"), "#kabar");
}
