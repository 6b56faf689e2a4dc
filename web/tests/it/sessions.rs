//! Cookies: what they hold, who can make them, when they change.

use api::RoleKind;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use jiff::SignedDuration;
use web::session::{DRAFT, FLASH, SESSION};
use web::visit::Draft;

use crate::browser::Browser;

#[tokio::test]
async fn the_session_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
    let answer = Browser::new().get("/masuk").await;
    let cookie = answer.headers.get_all(SET_COOKIE).iter().next().unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-sid="), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.split("; ").any(|found| found == part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Max-Age"), "{cookie}");
}

#[tokio::test]
async fn nobody_gets_in_with_a_forged_cookie() {
    let honest = Browser::new().logged_in(&[RoleKind::Student]);
    let stranger = Browser::new().logged_in(&[RoleKind::Student]);
    let mut forged = honest.cookies[SESSION].clone().into_bytes();
    forged[40] ^= 1;
    let forgeries = [String::from_utf8_lossy(&forged).into_owned(), stranger.cookies[SESSION].clone(), "{}".into()];
    for forgery in forgeries {
        let mut browser = Browser::new();
        browser.cookies.insert(SESSION.into(), forgery);
        let answer = browser.get("/akun").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/masuk?next=%2Fakun"));
    }
    let mut honest = honest;
    assert_eq!(honest.get("/akun").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_survives_a_rotation_of_the_keys_and_dies_with_its_key() {
    let before = Browser::new().logged_in(&[RoleKind::Student]);
    let file = before.config.session_keys.clone();
    let old = std::fs::read_to_string(&file).unwrap();
    let fresh = Browser::new();
    fresh.vault();
    let new = std::fs::read_to_string(&fresh.config.session_keys).unwrap();

    std::fs::write(&file, format!("{new}{old}")).unwrap();
    let mut rotated = Browser::over(before.config.server.data_dir.clone());
    rotated.cookies = before.cookies.clone();
    assert_eq!(rotated.get("/akun").await.status, StatusCode::OK);
    let form = rotated.post("/preferensi", &[("theme", "light")]).await;
    assert_eq!(form.status, StatusCode::SEE_OTHER);

    std::fs::write(&file, new).unwrap();
    let mut revoked = Browser::over(before.config.server.data_dir.clone());
    revoked.cookies = before.cookies.clone();
    assert_eq!(revoked.get("/akun").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn logging_out_makes_another_session_even_when_nobody_answers() {
    let mut browser = Browser::new().logged_in(&[RoleKind::Student]);
    let before = browser.session().unwrap();
    let answer = browser.post("/keluar", &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/masuk"));
    let after = browser.session().unwrap();
    assert!(after.user.is_none() && after.id != before.id);
    let page = browser.get("/masuk").await;
    assert!(page.body.contains("Anda sudah keluar."));
    assert!(!browser.get("/masuk").await.body.contains("Anda sudah keluar."), "a notice is shown once");
}

#[tokio::test]
async fn after_the_login_one_goes_on_only_to_this_site() {
    let foreign =
        ["//evil.example", "/%5Cevil.example", "https://evil.example/", "javascript:alert(1)", "/%0d%0aX:%20y"];
    for next in foreign {
        let mut anonymous = Browser::new();
        let page = anonymous.get(&format!("/masuk?next={next}")).await;
        assert_eq!(page.field("/masuk", "back"), "/", "{next}");
        let mut known = Browser::new().logged_in(&[RoleKind::Student]);
        assert_eq!(known.get(&format!("/masuk?next={next}")).await.location(), "/", "{next}");
        let answer = known.get(&format!("/bahasa/en?back={next}")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{next}");
        let answer = known.post("/preferensi", &[("theme", "dark"), ("back", "//evil.example")]).await;
        assert_eq!(answer.location(), "/");
    }
    let mut known = Browser::new().logged_in(&[RoleKind::Student]);
    assert_eq!(known.get("/masuk?next=%2Fkrs%3Fq%3Da").await.location(), "/krs?q=a");
}

#[tokio::test]
async fn what_was_typed_waits_until_one_has_logged_in_again() {
    let mut browser = Browser::new();
    let typed =
        [("nama", "C"), ("kapasitas", "35"), ("hari.0", "2"), ("key", "0123456789abcdef"), ("my_password", "x")];
    let answer = browser.post("/admin/kelas", &typed).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/masuk?next=%2Fadmin%2Fkelas%2Fbaru"));
    let draft: Draft = browser.vault().open(DRAFT, &browser.cookies[DRAFT]).unwrap();
    assert_eq!(draft.path, "/admin/kelas/baru");
    assert!(draft.fields.iter().all(|(name, _)| !name.contains("password") && name != "token"));
    assert!(browser.get("/masuk?next=%2Fadmin%2Fkelas%2Fbaru").await.body.contains("Isian terakhir disimpan"));

    let mut browser = browser.logged_in(&[RoleKind::Registrar]);
    let page = browser.get("/admin/kelas/baru?periode=20261").await;
    assert!(page.body.contains("Isian Anda dikembalikan.") && page.body.contains("value=\"35\""));
    assert_eq!(page.field("/admin/kelas", "key"), "0123456789abcdef", "sending it again has one effect");
    assert!(!browser.cookies.contains_key(DRAFT), "shown once");
}

#[tokio::test]
async fn a_password_is_never_kept() {
    let mut browser = Browser::new();
    browser.post("/akun", &[("new_password", "secret-secret")]).await;
    assert!(!browser.cookies.contains_key(DRAFT));
}

#[tokio::test]
async fn a_due_token_stays_in_use_while_nobody_answers_and_the_page_says_so() {
    let mut browser = Browser::new().logged_in(&[RoleKind::Student]);
    assert!(!browser.get("/akun").await.body.contains("Layanan akun sedang tidak menjawab."));
    browser.clock.advance(SignedDuration::from_mins(4) + SignedDuration::from_secs(30));
    let answer = browser.get("/akun").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Layanan akun sedang tidak menjawab."));
    let session = browser.session().unwrap();
    assert_eq!(session.user.unwrap().tokens.refresh_token, "refresh");
}

#[tokio::test]
async fn over_plain_http_the_page_says_that_https_is_needed() {
    let mut browser = Browser::new();
    for (host, plain) in [("localhost:8080", false), ("127.0.0.1:8080", false), ("[::1]:8080", false), ("[::1]", false)]
    {
        browser.host = host;
        assert_eq!(browser.get("/masuk").await.body.contains("perlu dibuka lewat https"), plain, "{host}");
    }
    for host in ["siakad.kampus.example", "10.0.0.5:8080", "localhost.evil.example"] {
        browser.host = host;
        let answer = browser.get("/masuk").await;
        assert!(
            answer.body.contains("perlu dibuka lewat https") && !answer.body.contains("type=\"password\""),
            "{host}"
        );
    }
    browser.headers = vec![("x-forwarded-proto", "https".into())];
    assert!(browser.get("/masuk").await.body.contains("type=\"password\""));
}

#[tokio::test]
async fn a_login_without_a_cookie_explains_itself() {
    let mut browser = Browser::new();
    let answer = browser.post("/masuk", &[("user_name", "nadia"), ("password", "secret")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Peramban Anda tidak menyimpan sesi.") && !answer.body.contains("secret"));
}

#[tokio::test]
async fn language_and_theme_stay() {
    let mut browser = Browser::new().logged_in(&[RoleKind::Student]);
    assert!(browser.get("/akun").await.body.contains("<html lang=\"id\">"));
    browser.headers = vec![("accept-language", "en-GB,en;q=0.9".into())];
    assert!(browser.get("/akun").await.body.contains("<html lang=\"en\">"));
    browser.get("/bahasa/id?back=/akun").await;
    browser.post("/preferensi", &[("theme", "dark"), ("back", "/akun")]).await;
    assert!(browser.get("/akun").await.body.contains("<html lang=\"id\" data-theme=\"dark\">"));
    assert_eq!(browser.get("/bahasa/fr").await.status, StatusCode::NOT_FOUND);
    assert!(!browser.cookies.contains_key(FLASH));
}
