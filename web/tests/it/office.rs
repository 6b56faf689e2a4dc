//! The pages of the office and of lecturers: who may open them, which forms they take, and what they keep when nobody
//! listens at the gateway.

use api::RoleKind;
use axum::http::{Method, StatusCode};

use crate::browser::{Browser, form};

const READ: [&str; 8] = [
    "/matakuliah",
    "/matakuliah/k1",
    "/periode",
    "/periode/20261",
    "/kurikulum",
    "/kurikulum/u1",
    "/nilai",
    "/nilai/c1",
];

const WRITE: [&str; 17] = [
    "/matakuliah",
    "/matakuliah/k1",
    "/matakuliah/k1/prasyarat",
    "/matakuliah/k1/setara",
    "/periode",
    "/periode/20261",
    "/periode/20261/kunci",
    "/mahasiswa",
    "/mahasiswa/s1",
    "/mahasiswa/s1/status",
    "/mahasiswa/s1/tanggungan",
    "/mahasiswa/s1/tanggungan/h1/dispensasi",
    "/mahasiswa/s1/tanggungan/h1/cabut",
    "/nilai/c1",
    "/nilai/c1/komponen",
    "/nilai/c1/terbitkan",
    "/kurikulum/u1/ubah",
];

fn of(roles: &[RoleKind]) -> Browser {
    Browser::new().logged_in(roles)
}

#[tokio::test]
async fn a_form_without_a_token_is_refused_on_every_route() {
    for route in WRITE {
        let mut browser = of(&[RoleKind::Lecturer, RoleKind::Registrar]);
        let body = form(&[("token", "x"), ("nama", "x")]);
        let answer = browser.send(Method::POST, route, &[("sec-fetch-site", "same-origin")], body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route}");
    }
}

#[tokio::test]
async fn nobody_without_the_role_opens_a_page_or_sends_its_form() {
    let mut anonymous = Browser::new();
    for page in READ.iter().chain(["/mahasiswa", "/mahasiswa/s1", "/menu"].iter()) {
        let answer = anonymous.get(page).await;
        assert!(answer.location().starts_with("/masuk"), "{page}");
        if *page != "/menu" {
            assert_eq!(of(&[RoleKind::Student]).get(page).await.status, StatusCode::FORBIDDEN, "{page}");
        }
    }
    for route in WRITE {
        assert_eq!(of(&[RoleKind::Student]).post(route, &[]).await.status, StatusCode::FORBIDDEN, "{route}");
        assert_eq!(of(&[RoleKind::SystemAdmin]).post(route, &[]).await.status, StatusCode::FORBIDDEN, "{route}");
    }
    let mut lecturer = of(&[RoleKind::Lecturer]);
    for page in ["/matakuliah", "/mahasiswa", "/mahasiswa/s1", "/periode/baru"] {
        assert_eq!(lecturer.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    let mut admin = of(&[RoleKind::ProgrammeAdmin]);
    for route in ["/periode", "/periode/20261", "/mahasiswa/s1/tanggungan", "/mahasiswa/s1/tanggungan/h1/cabut"] {
        assert_eq!(admin.post(route, &[]).await.status, StatusCode::FORBIDDEN, "{route}");
    }
    assert_eq!(admin.post("/nilai/c1", &[]).await.status, StatusCode::FORBIDDEN, "who only reads grades");
}

#[tokio::test]
async fn lists_stand_without_their_rows_and_keep_the_filter() {
    let mut registrar = of(&[RoleKind::Registrar, RoleKind::Lecturer]);
    for (page, kept) in [
        ("/matakuliah?q=basis", "value=\"basis\""),
        ("/mahasiswa?q=nadia&angkatan=2024", "value=\"nadia\""),
        ("/periode", "Periode belum dapat ditampilkan"),
        ("/kurikulum", "Kurikulum belum dapat ditampilkan"),
        ("/nilai?status=draft", "value=\"draft\" selected"),
    ] {
        let answer = registrar.get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(answer.body.contains(kept) && answer.body.contains("belum dapat ditampilkan"), "{page}");
    }
    for page in ["/matakuliah/k1", "/mahasiswa/s1", "/periode/20261", "/kurikulum/u1", "/nilai/c1"] {
        let answer = registrar.get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(answer.body.contains(&format!("href=\"{page}\"")), "{page}: a way to retry");
    }
}

/// A form, what is typed into it, and what must be in it again.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test]
async fn a_form_that_cannot_be_saved_keeps_its_input() {
    let course = [("kode", "IF201"), ("nama", "Basis <Data>"), ("prodi", "p1"), ("jenis", "elective"), ("sks_tm", "3")];
    let period = [
        ("tahun", "2027"),
        ("semester", "2"),
        ("status", "planned"),
        ("masa.0", "krs"),
        ("lingkup.0", "university"),
        ("buka.0", "2027-08-10T08:00"),
        ("tutup.0", "2027-08-21T23:59"),
        ("versi", "4"),
    ];
    let student =
        [("nim", "2410512034"), ("nama", "Nadia <Putri>"), ("prodi", "p1"), ("masuk", "20241"), ("versi", "2")];
    let asks = [("jenis.0.0", "passed"), ("mk.0.0", "IF101 <x>"), ("min.0.0", "C"), ("versi", "1")];
    let components = [("nama.0", "UAS <x>"), ("bobot.0", "100"), ("id.0", "u"), ("versi", "5")];
    let curriculum =
        [("nama", "Kurikulum <2027>"), ("prodi", "p1"), ("mulai", "20271"), ("sks", "144"), ("versi", "6")];
    let cases: [Case<'_>; 11] = [
        ("/kurikulum", &curriculum, &["Kurikulum &#60;2027&#62;", "20271"]),
        ("/kurikulum/u1/ubah", &curriculum, &["Kurikulum &#60;2027&#62;", "6"]),
        ("/matakuliah", &course, &["Basis &#60;Data&#62;", "IF201"]),
        ("/matakuliah/k1", &course, &["Basis &#60;Data&#62;"]),
        ("/matakuliah/k1/prasyarat", &asks, &["IF101 &#60;x&#62;", "C", "1"]),
        ("/matakuliah/k1/setara", &[("mk.0", "SI201 <x>"), ("versi", "1")], &["SI201 &#60;x&#62;"]),
        ("/periode", &period, &["2027-08-10T08:00", "2027"]),
        ("/periode/20272", &period, &["2027-08-21T23:59", "4"]),
        ("/mahasiswa", &student, &["Nadia &#60;Putri&#62;", "2410512034"]),
        ("/mahasiswa/s1", &student, &["Nadia &#60;Putri&#62;", "2"]),
        ("/nilai/c1/komponen", &components, &["UAS &#60;x&#62;", "100", "u", "5"]),
    ];
    for (path, typed, kept) in cases {
        let mut browser = of(&[RoleKind::Registrar, RoleKind::Lecturer]);
        let answer = browser.post(path, typed).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.body.contains("Belum disimpan."), "{path}");
        for value in kept {
            assert!(answer.body.contains(&format!("value=\"{value}\"")), "{path} {value}");
        }
    }
}

#[tokio::test]
async fn small_forms_keep_their_input_too() {
    let mut registrar = of(&[RoleKind::Registrar]);
    let hold = [("tanggungan_jenis", "library"), ("tanggungan_catatan", "Dua <buku>")];
    let answer = registrar.post("/mahasiswa/s1/tanggungan", &hold).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Dua &#60;buku&#62;") && answer.body.contains("value=\"library\" selected"));
    let status = [("status_periode", "20261"), ("status_kata", "leave")];
    let answer = registrar.post("/mahasiswa/s1/status", &status).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("value=\"20261\"") && answer.body.contains("value=\"leave\" selected"));
    let until = [("sampai", "2026-09-01T12:00"), ("versi", "3")];
    let answer = registrar.post("/mahasiswa/s1/tanggungan/h1/dispensasi", &until).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("value=\"2026-09-01T12:00\"") && answer.body.contains("value=\"3\""));
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field_before_anybody_is_asked() {
    let mut registrar = of(&[RoleKind::Registrar]);
    let period = [
        ("tahun", "kapan"),
        ("semester", "1"),
        ("status", "planned"),
        ("masa.0", "krs"),
        ("lingkup.0", "cohort"),
        ("kunci.0", ""),
        ("buka.0", "besok"),
        ("tutup.0", "2027-08-21T23:59"),
    ];
    let answer = registrar.post("/periode", &period).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("<title>Galat: Tambah periode"));
    for id in ["tahun", "kunci-0", "buka-0"] {
        assert!(
            answer.body.contains(&format!("href=\"#{id}\"")) && answer.body.contains(&format!("id=\"{id}-e\"")),
            "{id}"
        );
    }
    assert!(answer.body.contains("value=\"besok\""), "what is typed stays");
    let course = [("kode", ""), ("nama", "x"), ("prodi", "p1"), ("jenis", "?"), ("sks_tm", "tiga")];
    let answer = registrar.post("/matakuliah", &course).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    for id in ["kode", "jenis", "sks_tm"] {
        assert!(answer.body.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert!(answer.body.contains("value=\"tiga\""));
    let answer = registrar.post("/mahasiswa/s1/tanggungan", &[("tanggungan_jenis", "library")]).await;
    assert!(answer.body.contains("tanggungan_catatan"), "the small form comes back");
}

#[tokio::test]
async fn rows_come_and_go_without_scripts_and_without_services() {
    let mut registrar = of(&[RoleKind::Registrar, RoleKind::Lecturer]);
    let more = [("masa.0", "krs"), ("buka.0", "2027-08-10T08:00"), ("tombol", "tambah-masa")];
    let answer = registrar.post("/periode/20261", &more).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("name=\"masa.1\"") && answer.body.contains("value=\"2027-08-10T08:00\""));
    let fewer = [("mk.0", "IF201"), ("mk.1", "SI201"), ("tombol", "hapus-setara-0")];
    let answer = registrar.post("/matakuliah/k1/setara", &fewer).await;
    assert!(answer.body.contains("value=\"SI201\"") && !answer.body.contains("value=\"IF201\""));
    let component = [("nama.0", "UAS"), ("bobot.0", "60"), ("id.0", "u"), ("tombol", "tambah-komponen")];
    let answer = registrar.post("/nilai/c1/komponen", &component).await;
    assert!(answer.body.contains("name=\"nama.1\"") && answer.body.contains("Jumlah sekarang 60%"));
}

const GRID: [(&str, &str); 6] =
    [("hal", "1"), ("k.0", "t"), ("s.3", "s9"), ("o.3", "8500"), ("n.3.0", "77,5"), ("key", "x")];

#[tokio::test]
async fn scores_that_cannot_be_saved_are_kept_to_be_sent_again() {
    let mut lecturer = of(&[RoleKind::Lecturer]);
    let answer = lecturer.post("/nilai/c1", &GRID).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Nilai belum tersimpan."));
    for (name, value) in GRID.iter().filter(|(name, _)| *name != "key") {
        assert_eq!(answer.field("/nilai/c1", name), *value, "{name}");
    }
}

#[tokio::test]
async fn for_htmx_only_the_bar_and_the_notice_change_and_the_cells_stay() {
    let mut lecturer = of(&[RoleKind::Lecturer]);
    let token = lecturer.vault().form_token(&lecturer.session().unwrap().id);
    let mut fields = GRID.to_vec();
    fields.push(("token", token.as_str()));
    let headers = [("sec-fetch-site", "same-origin"), ("hx-request", "true")];
    let answer = lecturer.send(Method::POST, "/nilai/c1", &headers, form(&fields)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("id=\"simpan-status\"") && answer.body.contains("id=\"kabar\""));
    assert!(
        !answer.body.contains("<html") && !answer.body.contains("id=\"sebaran\"") && !answer.body.contains("n.3.0")
    );
}

#[tokio::test]
async fn publishing_needs_the_tick_and_says_when_nobody_answers() {
    let mut lecturer = of(&[RoleKind::Lecturer]);
    let fields = [("versi", "3"), ("yakin", "ya"), ("key", "0123456789abcdef")];
    let answer = lecturer.post("/nilai/c1/terbitkan", &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/nilai/c1"));
    assert!(lecturer.get("/menu").await.body.contains("Nilai belum diterbitkan."), "said on the next page");
}

#[tokio::test]
async fn who_is_logged_in_can_be_asked_to_log_in_anew() {
    let mut lecturer = of(&[RoleKind::Lecturer]);
    let there = "/masuk?next=%2Fnilai%2Fc1%2Fterbitkan";
    assert_eq!(lecturer.get(there).await.location(), "/nilai/c1/terbitkan", "a login is there already");
    let page = lecturer.get(&format!("{there}&lagi=1")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Masuk lagi untuk melanjutkan.") && page.body.contains("value=\"2410512034\""));
    assert_eq!(page.field("/masuk", "back"), "/nilai/c1/terbitkan", "and back to where it was asked for");
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_comes_back_after_the_login() {
    let typed = [("nama", "Basis Data"), ("sks_tm", "3"), ("key", "0123456789abcdef")];
    let mut anonymous = Browser::new();
    let answer = anonymous.send(Method::POST, "/matakuliah", &[("sec-fetch-site", "same-origin")], form(&typed)).await;
    assert_eq!(answer.location(), "/masuk?next=%2Fmatakuliah%2Fbaru");
    let mut back = anonymous.logged_in(&[RoleKind::Registrar]);
    let page = back.get("/matakuliah/baru").await;
    assert!(page.body.contains("value=\"Basis Data\"") && page.body.contains("Isian Anda dikembalikan."));
    assert_eq!(page.field("/matakuliah", "key"), "0123456789abcdef", "the same key: sending it again changes nothing");
}
