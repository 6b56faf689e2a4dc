//! Registration under load while nobody listens at the gateway, or while it says that there are too many.

use api::RoleKind;
use axum::http::{Method, StatusCode};
use gateway::{EdgeConfig, Rate};

use crate::browser::{Browser, form};
use crate::gateway::Gateway;

const KEY: &str = "0123456789abcdef";

fn someone(role: RoleKind) -> Browser {
    Browser::new().logged_in(&[role])
}

#[tokio::test]
async fn a_page_of_registration_is_only_for_those_whose_role_has_it() {
    for page in ["/krs/tukar/c1?periode=20261", "/krs/tunggu/c1?periode=20261", "/krs/antrean?periode=20261"] {
        assert_eq!(someone(RoleKind::Lecturer).get(page).await.status, StatusCode::FORBIDDEN, "{page}");
        assert_eq!(Browser::new().get(page).await.status, StatusCode::SEE_OTHER, "{page} without a login");
    }
    for sent in ["/krs/tukar/c1", "/krs/tunggu/c1", "/krs/batal/c1", "/krs/paket/g1", "/krs/ubah"] {
        let answer = someone(RoleKind::Lecturer).post(sent, &[("versi", "1"), ("lepas", "c2")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sent}");
    }
    for page in ["/perwalian/massal", "/perwalian/massal/b1", "/perwalian/delegasi", "/perwalian/sisa", "/paket"] {
        assert_eq!(someone(RoleKind::Student).get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    for page in ["/perwalian/sisa", "/paket", "/pantauan-kursi", "/admin/kelas/c1/tunggu"] {
        assert_eq!(someone(RoleKind::Lecturer).get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    let answer = someone(RoleKind::ProgrammeAdmin).get("/perwalian/delegasi").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "who decides nothing delegates nothing");
    let answer = someone(RoleKind::Lecturer).post("/perwalian/s1/20261/batal", &[("versi", "1")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "only the bureau voids");
}

#[tokio::test]
async fn pages_of_registration_stand_without_their_data() {
    for (role, page, said) in [
        (RoleKind::Lecturer, "/perwalian/massal?periode=20261", "Antrean belum dapat ditampilkan"),
        (RoleKind::Lecturer, "/perwalian/delegasi", "Delegasi belum dapat ditampilkan."),
        (RoleKind::Registrar, "/paket?periode=20261", "Paket belum dapat ditampilkan"),
        (RoleKind::Registrar, "/pantauan-kursi?periode=20261", "Daftar ini belum dapat ditampilkan"),
    ] {
        let answer = someone(role).get(page).await;
        assert!(answer.body.contains(said), "{page}: {}", answer.status);
    }
    for page in ["/krs/tukar/c1?periode=20261", "/perwalian/massal/b1", "/admin/kelas/c1/tunggu"] {
        let role = if page.starts_with("/krs") { RoleKind::Student } else { RoleKind::Registrar };
        assert_eq!(someone(role).get(page).await.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
    }
}

#[tokio::test]
async fn nothing_is_lost_silently_when_a_change_has_no_answer() {
    let said = "Kami belum tahu apakah permintaan tadi tercatat.";
    for (sent, fields) in [
        ("/krs/tukar/c1?periode=20261", [("key", KEY), ("lepas", "c2"), ("x", "")]),
        ("/krs/tunggu/c1?periode=20261", [("key", KEY), ("lepas", ""), ("x", "")]),
        ("/krs/ubah", [("key", KEY), ("periode", "20261"), ("versi", "3")]),
    ] {
        let mut browser = someone(RoleKind::Student);
        let answer = browser.post(sent, &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/krs?periode=20261"), "{sent}");
        assert!(browser.get("/krs?periode=20261").await.body.contains(said), "{sent}");
    }
    let answer = someone(RoleKind::Student).post("/krs/tukar/c1?periode=20261", &[("key", KEY)]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "a swap names what is given back");
    let mut browser = someone(RoleKind::Lecturer);
    let answer = browser.post("/perwalian/massal", &[("periode", "20261"), ("key", KEY)]).await;
    assert_eq!(answer.location(), "/perwalian?periode=20261");
    assert!(browser.get("/perwalian?periode=20261").await.body.contains("Belum ada KRS yang dipilih."));
    let answer = browser.post("/perwalian/massal", &[("periode", "20261"), ("key", KEY), ("pilih", "s1:3")]).await;
    assert_eq!(answer.location(), "/perwalian?periode=20261");
    assert!(browser.get("/perwalian?periode=20261").await.body.contains("Kami belum tahu apakah persetujuan dimulai."));
    let typed = [("versi", "1"), ("alasan", "Cuti, SK <12>"), ("key", KEY)];
    let answer = someone(RoleKind::Registrar).post("/perwalian/s1/20261/batal", &typed).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Cuti, SK &#60;12&#62;</textarea>"), "the reason stays");
}

#[tokio::test]
async fn a_delegation_that_is_typed_stays_when_it_cannot_be_stored() {
    let typed = [("key", KEY), ("pengganti", "Ratna <Sari>"), ("mulai", "2026-08-13T09:00"), ("alasan", "Cuti")];
    let answer = someone(RoleKind::Lecturer).post("/perwalian/delegasi", &typed).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("value=\"Ratna &#60;Sari&#62;\"") && answer.body.contains("value=\"Cuti\""));
    assert_eq!(answer.field("/perwalian/delegasi", "key"), KEY);
}

#[tokio::test]
async fn when_there_are_too_many_what_was_asked_for_is_kept_and_sent_again_with_its_key() {
    let one = Rate { per_second: 1, burst: 1 };
    let gateway = Gateway::start(EdgeConfig { rate_account: one, ..EdgeConfig::default() }).await;
    let mut browser = gateway.browser().with_tokens(&[RoleKind::Student], &gateway.token(), "refresh");
    let sent = "/krs/kelas/c1?periode=20261";
    let mut last = browser.post(sent, &[("key", KEY), ("back", "/krs?q=awan")]).await;
    for _ in 0..5 {
        if last.status == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        last = browser.post(sent, &[("key", KEY), ("back", "/krs?q=awan")]).await;
    }
    assert_eq!(last.status, StatusCode::SERVICE_UNAVAILABLE, "the account is never slowed down");
    assert!(last.body.contains("KRS sedang sangat ramai.") && last.body.contains("data-again="));
    assert!(!last.header("retry-after").is_empty());
    assert_eq!((last.field(sent, "key"), last.field(sent, "coba")), (KEY.to_owned(), "1".to_owned()));
    assert_eq!(last.field(sent, "back"), "/krs?q=awan");

    // For htmx it takes the place of the notices; the page below stays as it is.
    let token = browser.vault().form_token(&browser.session().unwrap().id).as_str().to_owned();
    let headers = [("sec-fetch-site", "same-origin"), ("hx-request", "true")];
    let body = form(&[("token", &token), ("key", KEY), ("coba", "6")]);
    let part = browser.send(Method::POST, sent, &headers, body).await;
    assert_eq!((part.status, part.header("hx-retarget")), (StatusCode::SERVICE_UNAVAILABLE, "#kabar"));
    assert!(!part.body.contains("data-again") && !part.body.contains("<html"), "after many tries the student presses");
}
