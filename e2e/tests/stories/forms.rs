//! Forms of the office in the browser: what is typed is kept, or refused at its field; it never gets lost on the way.

use crate::browser::{self, Screen};
use crate::people::{Person, demo};
use crate::system::{Engine, System};

/// A period that no other story makes.
const PERIOD: &str = "20891";

/// How many fields the browser holds back.
const HELD_BACK: &str = "return document.querySelectorAll('input:invalid').length";

/// A browser sends a date that is typed half as nothing at all: it must not send it.
#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_typed_half_is_not_taken_for_an_empty_row() {
    let system = System::shared(Engine::Sqlite).await;
    let page = browser::open(Screen::Desk, true).await;
    crate::krs::log_in(&page, system, demo::REGISTRAR).await;
    let new = format!("{}/periode/baru", system.web);
    page.visit(&new).await;
    page.fill("Tahun mulai", "2089").await;
    page.fill("Dibuka", "0205").await;
    page.fill("Menit terakhir", "0210").await;
    assert_eq!(page.run(HELD_BACK).await, 2);
    page.press("Simpan periode").await;
    assert_eq!(page.run(HELD_BACK).await, 2, "what is typed is still there");
    assert_eq!(page.address().await, new);
    let registrar = Person::demo(system, demo::REGISTRAR).await;
    let path = format!("/api/v1/periods/{PERIOD}");
    assert_eq!(registrar.get(&path).await.status.as_u16(), 404);

    // Nonsense that a browser does send is said at its field, and can be put right there.
    page.visit(&new).await;
    page.fill("Tahun mulai", "2089").await;
    page.fill("Kode atau angkatan", "IF-S1").await;
    page.press("Simpan periode").await;
    page.sees("Dibuka harus tanggal dan jam").await;
    page.sees("Kosongkan kode bila masa ini berlaku bagi universitas").await;
    assert_eq!(page.value_of("Kode atau angkatan").await, "IF-S1");
    page.fits().await;
    page.fill("Kode atau angkatan", "").await;
    page.press("Simpan periode").await;
    page.sees("Ganjil 2089/2090 ditambahkan.").await;
    page.close().await;
}
