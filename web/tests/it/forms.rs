//! No form takes effect that did not come from a page of ours.

use api::RoleKind;
use axum::http::{Method, StatusCode};

use crate::browser::{Browser, form};

const ROUTES: [&str; 12] = [
    "/masuk",
    "/keluar",
    "/akun",
    "/preferensi",
    "/krs/kelas/c1",
    "/krs/lepas/c1",
    "/krs/ajukan",
    "/krs/tarik",
    "/perwalian/s1/20261",
    "/admin/kelas",
    "/admin/kelas/c1",
    "/admin/kelas/c1/hapus",
];

fn everyone() -> Browser {
    Browser::new().logged_in(&[RoleKind::Student, RoleKind::ProgrammeAdmin])
}

#[tokio::test]
async fn a_form_without_a_token_is_refused_on_every_route() {
    for route in ROUTES {
        for token in ["", "x", &"A".repeat(86)] {
            let mut browser = everyone();
            let body = form(&[("token", token), ("theme", "dark")]);
            let answer = browser.send(Method::POST, route, &[("sec-fetch-site", "same-origin")], body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route} {token}");
            assert!(answer.body.contains("Formulir ini sudah tidak berlaku"), "{route}");
        }
    }
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_even_with_a_token() {
    let cases: [&[(&str, &str)]; 8] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
        &[("origin", "null")],
        &[("origin", "http://evil.example")],
        &[("origin", "http://localhost:8081")],
        &[("referer", "http://localhost:8080/krs")],
    ];
    for headers in cases {
        let mut browser = everyone();
        let token = browser.vault().form_token(&browser.session().unwrap().id);
        let body = form(&[("token", token.as_str()), ("theme", "dark")]);
        let answer = browser.send(Method::POST, "/preferensi", headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(!browser.cookies.contains_key("theme"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_form_of_ours_is_taken_by_either_sign() {
    for headers in [[("sec-fetch-site", "same-origin")], [("origin", "http://localhost:8080")]] {
        let mut browser = everyone();
        let token = browser.vault().form_token(&browser.session().unwrap().id);
        let body = form(&[("token", token.as_str()), ("theme", "dark"), ("back", "/krs?q=a")]);
        let answer = browser.send(Method::POST, "/preferensi", &headers, body).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/krs?q=a"));
        assert_eq!(browser.cookies["theme"], "dark");
    }
}

#[tokio::test]
async fn the_token_of_another_session_is_refused() {
    let mut browser = everyone();
    let token = browser.vault().form_token("another session");
    let body = form(&[("token", token.as_str())]);
    let answer = browser.send(Method::POST, "/keluar", &[("sec-fetch-site", "same-origin")], body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(browser.session().unwrap().user.is_some(), "still logged in");
}

#[tokio::test]
async fn the_token_on_a_page_is_the_one_that_its_form_needs() {
    let mut browser = everyone();
    let token = browser.get("/akun").await.field("/keluar", "token");
    let body = form(&[("token", &token)]);
    let answer = browser.send(Method::POST, "/keluar", &[("sec-fetch-site", "same-origin")], body).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/masuk"));
}

#[tokio::test]
async fn other_methods_change_nothing() {
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = everyone().send(method, "/keluar", &[("sec-fetch-site", "same-origin")], Vec::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let mut browser = everyone();
    let body = form(&[("token", &"x".repeat(70_000))]);
    let answer = browser.send(Method::POST, "/admin/kelas", &[("sec-fetch-site", "same-origin")], body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn rows_of_the_form_of_a_class_come_and_go_without_scripts() {
    let mut browser = everyone();
    let fields = [("periode", "20261"), ("mk", "IF201"), ("dosen.0", "Ratna"), ("hari.0", "1"), ("mulai.0", "07.00")];
    let mut more = fields.to_vec();
    more.push(("tombol", "tambah-pertemuan"));
    let answer = browser.post("/admin/kelas", &more).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("name=\"hari.1\"") && answer.body.contains("value=\"07.00\""));
    let mut fewer = fields.to_vec();
    fewer.push(("tombol", "hapus-pertemuan-0"));
    let answer = browser.post("/admin/kelas", &fewer).await;
    assert!(!answer.body.contains("name=\"hari.0\"") && answer.body.contains("value=\"Ratna\""));
}

#[tokio::test]
async fn a_page_is_only_for_those_whose_role_has_it() {
    let mut student = Browser::new().logged_in(&[RoleKind::Student]);
    for page in ["/admin/kelas", "/admin/kelas/baru", "/admin/kelas/c1", "/admin/kelas/c1/hapus"] {
        assert_eq!(student.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    for form in ["/admin/kelas", "/admin/kelas/c1", "/admin/kelas/c1/hapus"] {
        assert_eq!(student.post(form, &[]).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    let mut admin = Browser::new().logged_in(&[RoleKind::ProgrammeAdmin]);
    assert_eq!(admin.get("/krs").await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.post("/krs/kelas/c1?periode=20261", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.get("/no/such/page").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn passwords_that_cannot_be_are_refused_here_and_never_sent_back() {
    let mut browser = everyone();
    let wrong = [("current_password", "old-secret"), ("new_password", "short"), ("new_password_again", "short")];
    let answer = browser.post("/akun", &wrong).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("<title>Galat: Akun") && answer.body.contains("href=\"#new_password\""));
    assert!(!answer.body.contains("old-secret") && !answer.body.contains("value=\"short\""));
    let differ = [("current_password", "a"), ("new_password", "long enough"), ("new_password_again", "long enough?")];
    assert!(browser.post("/akun", &differ).await.body.contains("href=\"#new_password_again\""));
}
