//! Every page, as whom it is made for, on a phone and at a desk: it is there, it fits, it keeps nobody out, and the browser
//! finds no fault in it.

use reqwest::Method;
use serde_json::json;

use crate::browser::{self, Browser, Screen};
use crate::people::{GRADED, PERIOD, Person, demo};
use crate::system::{Engine, System};

/// What a page says that could not be shown.
const TROUBLES: [&str; 6] = [
    "Halaman tidak ditemukan",
    "Halaman ini bukan untuk akun Anda",
    "Silakan masuk",
    "Ada kesalahan di sistem kami",
    "belum dapat ditampilkan",
    "tidak dapat kami baca",
];

/// Breaks a page: a picture without words, and words that are seen in the light only.
const BARRIERS: &str = "
    const words = Object.assign(document.createElement('p'), { textContent: 'hilang dalam gelap' });
    words.style.color = '#222';
    document.querySelector('main').append(words, Object.assign(new Image(), { src: '/static/mark.svg' }));";

/// Pages of each account of the demo campus.
async fn pages(system: &System) -> Vec<(&'static str, Vec<String>)> {
    let registrar = Person::demo(system, demo::REGISTRAR).await;
    let lecturer = Person::demo(system, demo::LECTURER).await;
    let student = Person::demo(system, demo::STUDENT).await.student_id().await;
    let id = |item: &serde_json::Value| item["id"].as_str().expect("an id").to_owned();
    let sheet = lecturer.open_sheets(GRADED).await.remove(0);
    let course = id(&registrar.all("/api/v1/courses?search=IF201").await[0]);
    let class = id(&registrar.all(&format!("/api/v1/classes?period={PERIOD}&search=IF201")).await[0]);
    let curriculum = id(&registrar.all("/api/v1/curricula").await[0]);
    let held = registrar.all("/api/v1/students?search=2405010").await;
    let held = id(held.last().expect("a student of 2024"));
    let hold = json!({ "kind": "document", "note": "Ijazah untuk cerita halaman" });
    let hold = registrar.send(Method::POST, &format!("/api/v1/students/{held}/holds"), Some(hold)).await.good().body;
    let listed = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    vec![
        (
            demo::STUDENT,
            listed(&["/", "/krs", "/krs/ajukan?periode=20261", "/khs", "/khs/20251", "/transkrip", "/akun", "/menu"]),
        ),
        (demo::FRESHMAN, listed(&["/", "/krs", "/khs", "/transkrip"])),
        (
            demo::LECTURER,
            vec![
                "/".into(),
                "/menu".into(),
                "/perwalian".into(),
                "/perwalian?status=semua".into(),
                "/perwalian/massal".into(),
                "/perwalian/delegasi".into(),
                format!("/perwalian/{student}/{PERIOD}"),
                "/nilai".into(),
                format!("/nilai/{sheet}"),
                format!("/nilai/{sheet}/komponen"),
                format!("/nilai/{sheet}/terbitkan"),
            ],
        ),
        (
            demo::PROGRAMME_ADMIN,
            vec![
                "/".into(),
                "/menu".into(),
                "/perwalian".into(),
                "/admin/kelas".into(),
                "/admin/kelas/baru".into(),
                format!("/admin/kelas/{class}"),
                format!("/admin/kelas/{class}/hapus"),
                format!("/admin/kelas/{class}/tunggu"),
                "/paket".into(),
                "/paket/baru".into(),
                "/matakuliah".into(),
                "/matakuliah/baru".into(),
                format!("/matakuliah/{course}"),
                format!("/matakuliah/{course}/prasyarat"),
                format!("/matakuliah/{course}/setara"),
                "/kurikulum".into(),
                format!("/kurikulum/{curriculum}"),
                "/mahasiswa".into(),
                "/mahasiswa/baru".into(),
                format!("/mahasiswa/{student}"),
            ],
        ),
        (
            demo::REGISTRAR,
            vec![
                "/".into(),
                "/menu".into(),
                "/perwalian".into(),
                "/perwalian/sisa".into(),
                "/perwalian/delegasi".into(),
                "/pantauan-kursi".into(),
                "/nilai".into(),
                "/periode".into(),
                "/periode/baru".into(),
                format!("/periode/{PERIOD}"),
                format!("/periode/{PERIOD}/pembagian"),
                format!("/mahasiswa/{held}"),
                format!("/mahasiswa/{held}/tanggungan/{}", id(&hold)),
            ],
        ),
        (demo::SYSTEM_ADMIN, listed(&["/", "/akun"])),
    ]
}

/// What is wrong with the page that is shown; nothing, if all is well.
async fn wrong(page: &Browser) -> Vec<String> {
    let mut found = page.faults().await;
    let text = page.text().await;
    found.extend(TROUBLES.iter().filter(|trouble| text.contains(**trouble)).map(|trouble| format!("says `{trouble}`")));
    let headings = page.run("return document.querySelectorAll('h1').length").await;
    found.extend((headings != 1).then(|| format!("has {headings} main headings")));
    let sideways = page.sideways().await;
    found.extend((!sideways.is_empty()).then(|| format!("scrolls sideways: {sideways}")));
    found.extend(page.barriers().await);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_there_and_fits() {
    let system = System::shared(Engine::Sqlite).await;
    let mut complaints = Vec::new();
    for (user_name, paths) in pages(system).await {
        for screen in [Screen::Phone, Screen::Desk] {
            let page = browser::open(screen, true).await;
            crate::krs::log_in(&page, system, user_name).await;
            for path in &paths {
                page.visit(&format!("{}{path}", system.web)).await;
                let found = wrong(&page).await;
                complaints.extend(found.into_iter().map(|what| format!("{user_name} {path} {screen:?}: {what}")));
            }
            page.close().await;
        }
    }
    let page = browser::open(Screen::Desk, true).await;
    page.visit(&format!("{}/tidak-ada", system.web)).await;
    assert_eq!(wrong(&page).await.len(), 2, "a page that is not there is found by its text and by the browser");
    page.run(BARRIERS).await;
    let found = page.barriers().await;
    let rules: Vec<_> = found.iter().map(|what| what.split(" (").next().unwrap_or_default()).collect();
    assert_eq!(rules, ["color-contrast", "image-alt"], "barriers are found: {found:?}");
    page.close().await;
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}
