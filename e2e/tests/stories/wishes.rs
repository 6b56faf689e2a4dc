//! Seats given by ranked wishes, in the browser: three students want the same seat, the office gives the seats by a seed,
//! everybody reads why, and what is left goes to who comes first.

use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::browser::{self, Browser, Screen};
use crate::campus::Files;
use crate::people::{Person, demo, make_account};
use crate::system::{Engine, System};

/// The period whose seats are given so.
const PERIOD: &str = "20262";
const LECTURER: &str = "0096000001";
/// Three students who want the same seat.
const NIMS: [&str; 3] = ["2696000001", "2696000002", "2696000003"];
/// What the office shuffles by.
const SEED: &str = "undian 2026-08-13";

/// The campus of this story: a class with one seat that all want, another one with one seat, and two with many.
async fn campus(engine: Engine) -> System {
    let system = System::start(engine).await;
    let student = |nim: &str| format!("{nim},Mahasiswa {nim},WSH-S1,{PERIOD},{LECTURER},,,,,,,");
    let courses = [("WSH101", "Diminati"), ("WSH102", "Cadangan"), ("WSH103", "Lapang"), ("WSH104", "Sisa")];
    let classes = [("WSH101", 1), ("WSH102", 1), ("WSH103", 10), ("WSH104", 10)];
    let mut files = Files::default();
    files
        .rows("faculties.csv", ["WSH,Fakultas Pilihan"])
        .rows("programmes.csv", ["WSH-S1,Pilihan,S1,WSH,"])
        .rows("lecturers.csv", [format!("{LECTURER},\"Wulan Dosen, M.Kom.\",WSH-S1,,nidn")])
        .rows("students.csv", NIMS.map(student))
        .rows("statuses.csv", NIMS.map(|nim| format!("{nim},{PERIOD},A")))
        .rows("courses.csv", courses.map(|(code, name)| format!("WSH-S1,{code},{name},,3,,,,elective,")))
        .rows("periods.csv", [format!("{PERIOD},active")])
        .rows("classes.csv", classes.map(|(code, seats)| format!("{PERIOD},WSH-S1,{code},A,{seats},{LECTURER},open")));
    files.apply(&system, "wishes-campus");
    for nim in NIMS {
        make_account(&system, nim, demo::PASSWORD, &[]);
    }
    let registrar = Person::demo(&system, demo::REGISTRAR).await;
    let path = format!("/api/v1/periods/{PERIOD}");
    let period = registrar.get(&path).await.good();
    let window = json!({
        "kind": "krs", "scope": "university", "opens_at": "2020-01-01T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z",
    });
    let body = json!({ "state": "active", "windows": [window], "registration": { "seat_policy": "allocation" } });
    registrar.put(&path, &period.etag(), body).await.good();
    system
}

async fn class(person: &Person, code: &str) -> String {
    let classes = person.all(&format!("/api/v1/classes?period={PERIOD}&search={code}")).await;
    classes[0]["id"].as_str().expect("an id").to_owned()
}

fn row(class: &str) -> String {
    format!("//*[@id='k-{class}']")
}

/// The wish of a class in the list.
fn wish(class: &str) -> String {
    format!("//*[@id='w-{class}']")
}

fn wishes_of(student: &str) -> String {
    format!("/api/v1/students/{student}/wishes/{PERIOD}")
}

async fn put(person: &Person, student: &str, class_ids: &[&str]) {
    let path = wishes_of(student);
    let now = person.get(&path).await.good();
    person.put(&path, &now.etag(), json!({ "class_ids": class_ids })).await.good();
}

/// The wished classes, by rank.
async fn listed(person: &Person, student: &str) -> Vec<String> {
    let found = person.get(&wishes_of(student)).await.good().body;
    let id = |wish: &Value| wish["class"]["id"].as_str().unwrap_or_default().to_owned();
    found["wishes"].as_array().into_iter().flatten().map(id).collect()
}

async fn open(system: &System, user_name: &str, screen: Screen, javascript: bool) -> Browser {
    let page = browser::open(screen, javascript).await;
    crate::krs::log_in(&page, system, user_name).await;
    page
}

fn krs(system: &System) -> String {
    format!("{}/krs?periode={PERIOD}&q=WSH", system.web)
}

/// Puts the wishes of one student on a phone: adds three, moves one up, removes one, and meets a change made elsewhere.
async fn puts_wishes(system: &System, page: &Browser, person: &Person, student: &str, classes: &[String; 4]) {
    let [wanted, spare, wide, _] = classes;
    page.visit(&krs(system)).await;
    page.sees("Kursi dibagi dari pilihan berurutan.").await;
    for (class, rank) in [(spare, 1), (wanted, 2), (wide, 3)] {
        page.press_in(&row(class), "Tambah ke pilihan").await;
        page.sees(&format!("sekarang pilihan {rank}.")).await;
    }
    page.fits().await;
    page.press_in(&wish(wanted), "Naikkan").await;
    page.sees("Diminati A sekarang pilihan 1.").await;
    assert_eq!(listed(person, student).await, [wanted.clone(), spare.clone(), wide.clone()]);
    page.press_in(&wish(wide), "Hapus dari pilihan").await;
    page.sees("Lapang A dihapus dari pilihan Anda.").await;
    // Somewhere else the list is changed: what is pressed here is not written over it, and can be pressed again.
    put(person, student, &[wanted, spare, wide]).await;
    page.press_in(&wish(spare), "Naikkan").await;
    page.sees("Daftar pilihan Anda baru saja berubah di jendela atau perangkat lain.").await;
    page.sees("3 dari 30 pilihan").await;
    assert_eq!(listed(person, student).await, [wanted.clone(), spare.clone(), wide.clone()]);
    page.fits().await;
}

/// The office gives the seats.
async fn gives_seats(system: &System) {
    let page = open(system, demo::REGISTRAR, Screen::Desk, true).await;
    page.visit(&format!("{}/periode/{PERIOD}", system.web)).await;
    page.press("Pembagian kursi").await;
    page.sees("Belum dibagikan").await;
    page.fits().await;
    page.press("Bagikan kursi").await;
    page.sees("Ini hanya dilakukan sekali per periode dan tidak dapat dibatalkan").await;
    page.fill("Benih undian", SEED).await;
    page.press("Bagikan kursi sekarang").await;
    page.sees("Semua pilihan sudah diputuskan.").await;
    page.sees(SEED).await;
    page.fits().await;
    page.fill("NIM", NIMS[1]).await;
    page.press("Terapkan").await;
    page.sees(&format!("Mahasiswa {}", NIMS[1])).await;
    page.no_longer_sees(&format!("Mahasiswa {}", NIMS[0])).await;
    // A row leads to all outcomes of its class; another class is found by its code.
    page.press("Lapang A").await;
    page.no_longer_sees("Diminati A").await;
    page.sees(&format!("Mahasiswa {}", NIMS[1])).await;
    page.fill("Kelas", "wsh101 a").await;
    page.press("Terapkan").await;
    page.sees(&format!("Mahasiswa {}", NIMS[2])).await;
    page.no_longer_sees("Lapang A").await;
    page.close().await;
}

both_engines! {
    async fn seats_are_given_by_wishes_and_everybody_reads_why(engine: Engine) {
        let system = campus(engine).await;
        let mut people = Vec::new();
        for nim in NIMS {
            let person = Person::login(&system, nim, demo::PASSWORD).await;
            let id = person.student_id().await;
            people.push((person, id));
        }
        let [(one, first), (two, second), (three, third)] = people.as_slice() else { panic!("three students") };
        let classes = [
            class(one, "WSH101").await,
            class(one, "WSH102").await,
            class(one, "WSH103").await,
            class(one, "WSH104").await,
        ];
        let [wanted, spare, wide, left] = &classes;
        let phone = open(&system, NIMS[0], Screen::Phone, true).await;
        puts_wishes(&system, &phone, one, first, &classes).await;
        put(two, second, &[wanted, wide]).await;
        // Without scripts it is the same.
        let plain = open(&system, NIMS[2], Screen::Desk, false).await;
        plain.visit(&krs(&system)).await;
        plain.press_in(&row(wanted), "Tambah ke pilihan").await;
        plain.sees("Diminati A sekarang pilihan 1.").await;
        plain.sees("3 mahasiswa memilih, 1 kursi").await;
        assert_eq!(listed(three, third).await, std::slice::from_ref(wanted));
        plain.fits().await;
        // Nobody takes a seat past it.
        let items = format!("/api/v1/students/{third}/plans/{PERIOD}/items");
        let refused = three.send(Method::POST, &items, Some(json!({ "class_id": wanted }))).await;
        assert!(refused.body.to_string().contains("allocation-pending"), "{}", refused.body);

        gives_seats(&system).await;

        // One of the three has the seat, and it is the one who comes first in the draw.
        let registrar = Person::demo(&system, demo::REGISTRAR).await;
        let outcomes = registrar.all(&format!("/api/v1/periods/{PERIOD}/allocation/outcomes")).await;
        assert_eq!(outcomes.len(), 6, "every wish has an outcome");
        let of_wanted: Vec<_> = outcomes.iter().filter(|one| one["class_id"] == wanted.as_str()).collect();
        let granted: Vec<_> = of_wanted.iter().filter(|one| one["granted"] == true).collect();
        assert_eq!(granted.len(), 1);
        assert_eq!(granted[0]["place"], 1, "all wished for it first");
        let winner = granted[0]["student_id"].as_str().expect("an id");

        for (page, id) in [(&phone, first), (&plain, third)] {
            page.visit(&krs(&system)).await;
            page.sees("Hasil pembagian kursi").await;
            let place = of_wanted.iter().find(|one| one["student_id"] == id.as_str()).expect("an outcome")["place"].clone();
            page.sees(&format!("{place} dari 3")).await;
            page.sees(SEED).await;
            page.sees(if id == winner { "Ada di rencana Anda" } else { "Semua kursi sudah terisi." }).await;
            page.fits().await;
            // First come, first served.
            page.press_in(&row(left), "Ambil").await;
            page.sees("Sisa A diambil.").await;
        }
        let plan = one.get(&format!("/api/v1/students/{first}/plans/{PERIOD}")).await.good().body;
        let held: Vec<_> = plan["items"].as_array().into_iter().flatten().map(|item| item["class"]["id"].clone()).collect();
        assert!(held.contains(&json!(spare)) && held.contains(&json!(wide)), "{held:?}");
        let again = registrar.send(Method::POST, &format!("/api/v1/periods/{PERIOD}/allocation"), Some(json!({}))).await;
        assert!(again.body.to_string().contains("allocation-started"), "{}", again.body);
        phone.close().await;
        plain.close().await;
    }
}
