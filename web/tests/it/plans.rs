//! Plans, results and the advisor's desk while nobody listens at the gateway, and for whom they are.

use api::RoleKind;
use axum::http::StatusCode;
use web::session::DRAFT;
use web::visit::Draft;

use crate::browser::Browser;

const KEY: &str = "0123456789abcdef";

fn student() -> Browser {
    Browser::new().logged_in(&[RoleKind::Student])
}

fn lecturer() -> Browser {
    Browser::new().logged_in(&[RoleKind::Lecturer])
}

#[tokio::test]
async fn pages_of_results_and_plans_stand_without_their_data() {
    for (page, said) in [
        ("/khs", "Nilai belum dapat ditampilkan"),
        ("/khs/20252", "href=\"/khs/20252\""),
        ("/transkrip", "Nilai belum dapat ditampilkan"),
        ("/krs/ajukan?periode=20261", "Rencana belum dapat ditampilkan"),
        ("/krs/kartu?periode=20261", "Rencana belum dapat ditampilkan"),
    ] {
        let answer = student().get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(answer.body.contains(said) && answer.body.contains("Nadia"), "{page}");
    }
    for (page, said) in [
        ("/perwalian?periode=20261&q=nadia", "value=\"nadia\""),
        ("/perwalian", "Antrean belum dapat ditampilkan"),
        ("/perwalian/s1/20261", "Rencana ini belum dapat ditampilkan"),
        ("/transkrip?mahasiswa=s1", "Nilai belum dapat ditampilkan"),
    ] {
        let answer = lecturer().get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(answer.body.contains(said), "{page}");
    }
}

#[tokio::test]
async fn a_page_of_results_or_plans_is_only_for_those_whose_role_has_it() {
    for page in ["/perwalian", "/perwalian/s1/20261"] {
        assert_eq!(student().get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    assert_eq!(student().post("/perwalian/s1/20261", &[("aksi", "setuju")]).await.status, StatusCode::FORBIDDEN);
    for page in ["/khs", "/khs/20252", "/transkrip", "/krs/ajukan?periode=20261", "/krs/kartu?periode=20261"] {
        assert_eq!(lecturer().get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    for form in ["/krs/ajukan", "/krs/tarik"] {
        assert_eq!(lecturer().post(form, &[("versi", "1")]).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    for page in ["/khs", "/transkrip", "/perwalian", "/krs/ajukan"] {
        assert_eq!(Browser::new().get(page).await.status, StatusCode::SEE_OTHER, "{page} without a login");
    }
}

#[tokio::test]
async fn a_decision_that_nobody_answered_for_keeps_the_note_and_the_key() {
    for action in ["kembali", "setuju"] {
        let fields = [("aksi", action), ("versi", "3"), ("key", KEY), ("catatan", "Ganti <IF305>\r\ndulu")];
        let answer = lecturer().post("/perwalian/s1/20261", &fields).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{action}");
        assert!(answer.body.contains("Ganti &#60;IF305&#62;\ndulu</textarea>"), "{action}");
        assert!(answer.body.contains("Kami belum tahu apakah keputusan tadi tercatat."), "{action}");
        assert_eq!(answer.field("/perwalian/s1/20261", "key"), KEY, "sending it again has one effect");
        assert_eq!(answer.field("/perwalian/s1/20261", "versi"), "3");
    }
}

#[tokio::test]
async fn a_return_needs_a_note_of_a_length_that_can_be_kept() {
    let send = async |note: &str| {
        let fields = [("aksi", "kembali"), ("versi", "3"), ("key", KEY), ("catatan", note)];
        lecturer().post("/perwalian/s1/20261", &fields).await.body
    };
    let long = "é".repeat(501);
    assert!(send(&long).await.contains("Catatan paling banyak 500 karakter; ini 501"));
    assert!(!send(&"é".repeat(500)).await.contains("paling banyak"));
    let answer = lecturer().post("/perwalian/s1/20261", &[("aksi", "kembali"), ("versi", "x")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "a version that is none");
    let answer = lecturer().post("/perwalian/s1/20261", &[("aksi", "hapus"), ("versi", "3")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "a decision that is none");
}

#[tokio::test]
async fn a_note_outlives_its_session() {
    let mut browser = Browser::new();
    let typed = [("aksi", "kembali"), ("versi", "3"), ("key", KEY), ("catatan", "Ganti IF305")];
    let answer = browser.post("/perwalian/s1/20261", &typed).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/masuk?next=%2Fperwalian%2Fs1%2F20261"));
    let draft: Draft = browser.vault().open(DRAFT, &browser.cookies[DRAFT]).unwrap();
    assert_eq!(draft.path, "/perwalian/s1/20261");
    let mut browser = browser.logged_in(&[RoleKind::Lecturer]);
    let page = browser.get("/perwalian/s1/20261").await;
    assert!(page.body.contains(">Ganti IF305</textarea>") && page.body.contains("Isian Anda dikembalikan."));
    assert_eq!(page.field("/perwalian/s1/20261", "key"), KEY);
    assert!(!browser.cookies.contains_key(DRAFT), "shown once");
}

#[tokio::test]
async fn handing_in_and_taking_back_without_an_answer_say_so() {
    let answer = student().post("/krs/ajukan", &[("periode", "20261"), ("versi", "4"), ("key", KEY)]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Kami belum tahu apakah permintaan tadi tercatat."));
    let mut browser = student();
    let answer = browser.post("/krs/tarik", &[("periode", "20261"), ("versi", "4"), ("key", KEY)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/krs?periode=20261"));
    assert!(browser.get("/krs?periode=20261").await.body.contains("Kami belum tahu apakah permintaan tadi tercatat."));
    let answer = student().post("/krs/ajukan", &[("periode", "20261")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "without the version that was shown");
}
