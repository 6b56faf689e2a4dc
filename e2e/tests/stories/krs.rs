//! A student's KRS and an admin's class, in the browser, as on a cheap phone and at a desk, with and without scripts.

use serde_json::Value;

use crate::both_engines;
use crate::browser::{self, Browser, Screen};
use crate::people::{PERIOD, Person, demo};
use crate::system::System;

/// Logs in through the form and lands on the home page.
pub(crate) async fn log_in(page: &Browser, system: &System, user_name: &str) {
    page.visit(&format!("{}/masuk", system.web)).await;
    page.fill("NIM, NIDN", user_name).await;
    page.fill("Kata sandi", demo::PASSWORD).await;
    page.press("Masuk").await;
    page.sees("Selamat ").await;
}

/// The card part of one class on the KRS page.
fn class_row(id: &str) -> String {
    format!("//*[@id='k-{id}']")
}

/// Id of the first class that the student could take now.
async fn takeable(student: &Person, id: &str) -> String {
    let path = format!("/api/v1/students/{id}/plans/{PERIOD}/choices?takeable=true");
    let choices = student.all(&path).await;
    let class = choices.first().expect("something can be taken");
    class["class"]["id"].as_str().expect("an id").to_owned()
}

async fn plan_holds(student: &Person, id: &str, class: &str) -> bool {
    let plan = student.get(&format!("/api/v1/students/{id}/plans/{PERIOD}")).await.good();
    plan.body["items"].as_array().into_iter().flatten().any(|item| item["class"]["id"] == class)
}

both_engines! {
    async fn a_student_reads_why_not_takes_a_class_and_gives_it_back(engine: Engine) {
        let system = System::start(engine).await;
        let student = Person::demo(&system, demo::STUDENT).await;
        let id = student.student_id().await;

        // The page names the reasons that the interface would refuse with.
        let page = browser::open(Screen::Desk, true).await;
        log_in(&page, &system, demo::STUDENT).await;
        page.press("Isi KRS").await;
        page.sees("Kartu Rencana Studi").await;
        let choices = student.all(&format!("/api/v1/students/{id}/plans/{PERIOD}/choices")).await;
        for (reason, sentence) in [
            ("class-full", "Semua kursi sudah terisi."),
            ("schedule-clash", "Bentrok dengan"),
            ("credit-limit", "Melebihi batas"),
        ] {
            let refused = choices.iter().find(|choice| reasons(choice).contains(&reason));
            let class = refused.unwrap_or_else(|| panic!("no class is refused as {reason}"))["class"]["id"].as_str().expect("an id");
            let row = page.text_of(&class_row(class)).await;
            assert!(row.contains(sentence), "{reason}: the page says `{row}`");
            let answer = student.take(&id, class).await;
            assert_eq!(answer.status.as_u16(), 409);
            assert!(answer.reasons().contains(&reason), "{reason}: {}", answer.body);
        }
        page.close().await;

        // Taking and giving back, on a phone and at a desk, with scripts and without.
        let student = Person::demo(&system, demo::FRESHMAN).await;
        let id = student.student_id().await;
        for (screen, javascript) in [(Screen::Phone, true), (Screen::Phone, false), (Screen::Desk, true), (Screen::Desk, false)] {
            let class = takeable(&student, &id).await;
            let page = browser::open(screen, javascript).await;
            log_in(&page, &system, demo::FRESHMAN).await;
            let width = if let Screen::Phone = screen { 390 } else { 1280 };
            assert_eq!(page.width().await, width, "{screen:?}, scripts {javascript}");
            page.press("Isi KRS").await;
            page.press_in(&class_row(&class), "Ambil").await;
            page.sees("diambil. Rencana Anda sekarang").await;
            assert!(plan_holds(&student, &id, &class).await, "{screen:?}, scripts {javascript}");
            assert_eq!(page.sideways().await, "", "{screen:?}, scripts {javascript}: scrolls sideways");
            page.press_until(&class_row(&class), "Lepas", "kursinya dikembalikan").await;
            assert!(!plan_holds(&student, &id, &class).await, "{screen:?}, scripts {javascript}");
            page.close().await;
        }
    }
}

both_engines! {
    async fn an_admin_opens_a_class_and_the_student_sees_it(engine: Engine) {
        let system = System::shared(engine).await;
        let admin = browser::open(Screen::Desk, true).await;
        log_in(&admin, system, demo::PROGRAMME_ADMIN).await;
        admin.press("Kelas").await;
        admin.press("Tambah kelas").await;
        admin.sees("Tambah kelas").await;

        // First with everything wrong: the errors are named, what was typed stays.
        admin.fill("Mata kuliah", "IF999").await;
        admin.fill("Nama kelas", "Z9").await;
        admin.fill("Kapasitas", "banyak").await;
        admin.press("Simpan kelas").await;
        admin.sees("Ada yang perlu diperbaiki").await;
        admin.sees("Kapasitas harus angka 1 sampai 1000").await;
        assert_eq!(admin.value_of("Nama kelas").await, "Z9");

        admin.fill("Mata kuliah", "UN101").await;
        admin.fill("Kapasitas", "33").await;
        admin.press("Simpan kelas").await;
        admin.sees("ditambahkan").await;
        admin.close().await;

        let student = Person::demo(system, demo::FRESHMAN).await;
        let found = student.all(&format!("/api/v1/classes?period={PERIOD}&search=UN101")).await;
        let class = found.iter().find(|class| class["name"] == "Z9").expect("the class is there");
        assert_eq!(class["capacity"], 33);
        let id = class["id"].as_str().expect("an id");
        let page = browser::open(Screen::Phone, true).await;
        log_in(&page, system, demo::FRESHMAN).await;
        page.visit(&format!("{}/krs?q=UN101", system.web)).await;
        let row = page.text_of(&class_row(id)).await;
        assert!(row.contains("Z9") && row.contains("33"), "{row}");
        page.close().await;
    }
}

both_engines! {
    async fn a_stale_form_keeps_what_was_typed(engine: Engine) {
        let system = System::shared(engine).await;
        let registrar = Person::demo(system, demo::REGISTRAR).await;
        let class = registrar.all(&format!("/api/v1/classes?period={PERIOD}&search=UN102")).await.remove(0);
        let id = class["id"].as_str().expect("an id");
        let page = browser::open(Screen::Desk, false).await;
        log_in(&page, system, demo::PROGRAMME_ADMIN).await;
        page.visit(&format!("{}/admin/kelas/{id}", system.web)).await;
        page.fill("Kapasitas", "77").await;

        // Meanwhile somebody else changes it.
        let path = format!("/api/v1/classes/{id}");
        let now = registrar.get(&path).await.good();
        registrar.put(&path, &now.etag(), changed(&now.body, 66)).await.good();

        page.press("Simpan kelas").await;
        page.sees("baru saja diubah orang lain").await;
        assert_eq!(page.value_of("Kapasitas").await, "77");
        page.press("Simpan kelas").await;
        page.sees("Pancasila A disimpan").await;
        assert_eq!(registrar.get(&path).await.good().body["capacity"], 77);
        page.close().await;
    }
}

fn reasons(choice: &Value) -> Vec<&str> {
    choice["refusals"].as_array().into_iter().flatten().filter_map(|refusal| refusal["reason"].as_str()).collect()
}

/// The class as an input, with another capacity.
fn changed(class: &Value, capacity: u32) -> Value {
    let pick = |items: &Value, keys: &[&str]| -> Value {
        let kept = items.as_array().into_iter().flatten().map(|item| {
            keys.iter().map(|key| ((*key).to_owned(), item[*key].clone())).collect::<serde_json::Map<_, _>>().into()
        });
        Value::Array(kept.collect())
    };
    serde_json::json!({
        "period_code": class["period_code"],
        "course_id": class["course"]["id"],
        "name": class["name"],
        "capacity": capacity,
        "meetings": pick(&class["meetings"], &["day", "start_minute", "end_minute", "room_id"]),
        "lecturers": pick(&class["lecturers"], &["lecturer_id", "lead"]),
        "state": class["state"],
    })
}
