//! A whole semester in the browser: from the KRS over the advisor's desk and the lecturer's grid to KHS and transcript.

use crate::both_engines;
use crate::browser::{self, Browser, Screen};
use crate::campus::Files;
use crate::people::{PERIOD, Person, demo, make_account};
use crate::system::System;

/// The period whose grades are entered.
const GRADED: &str = "20252";
/// In the third semester; the second one's grades are not out yet.
const STUDENT: &str = "2598000001";
/// Advises the student and leads the class.
const LECTURER: &str = "0098000001";
/// Administers the programme.
const ADMIN: &str = "admin.smt";

/// The campus of this story: one student, one lecturer, one class to be graded, three to choose from.
fn import(system: &System) {
    let mut files = Files::default();
    files
        .rows("faculties.csv", ["SMT,Fakultas Semester"])
        .rows("programmes.csv", ["SMT-S1,Semester,S1,SMT,"])
        .rows("lecturers.csv", ["0098000001,\"Sri Dosen, M.Kom.\",SMT-S1,,nidn"])
        .rows("students.csv", ["2598000001,Semi Mahasiswa,SMT-S1,20251,0098000001,,,,,,,"])
        .rows("statuses.csv", ["2598000001,20251,A", "2598000001,20252,A", "2598000001,20261,A"])
        .rows(
            "courses.csv",
            [
                "SMT-S1,SMT101,Dasar Semester,,3,,,,compulsory,1",
                "SMT-S1,SMT102,Lanjutan Semester,,4,,,,compulsory,2",
                "SMT-S1,SMT201,Puncak Semester,,4,,,,compulsory,3",
                "SMT-S1,SMT202,Samping Semester,,3,,,,elective,3",
                "SMT-S1,SMT203,Akhir Semester,,3,,,,elective,3",
            ],
        )
        .rows("prerequisites.csv", ["SMT-S1,SMT102,1,passed,,SMT101,C,2.00", "SMT-S1,SMT203,1,taken,,SMT201,,"])
        .rows("scales.csv", ["SMT-S1,20241,1.00,best"])
        .rows(
            "scale_steps.csv",
            [
                "SMT-S1,20241,A,85,4.00",
                "SMT-S1,20241,B,70,3.00",
                "SMT-S1,20241,C,60,2.00",
                "SMT-S1,20241,D,50,1.00",
                "SMT-S1,20241,E,0,0.00",
            ],
        )
        .rows(
            "classes.csv",
            [
                "20252,SMT-S1,SMT102,A,10,0098000001,open",
                "20261,SMT-S1,SMT201,A,10,0098000001,open",
                "20261,SMT-S1,SMT202,A,10,0098000001,open",
                "20261,SMT-S1,SMT203,A,10,0098000001,open",
            ],
        )
        .rows("plans.csv", ["2598000001,20252,SMT-S1,SMT102,A,locked"])
        .rows("components.csv", ["20252,SMT-S1,SMT102,A,Tugas,40", "20252,SMT-S1,SMT102,A,Ujian,60"])
        .rows("grades.csv", ["2598000001,20251,SMT-S1,SMT101,,C,"]);
    files.apply(system, "semester-campus");
}

async fn log_in(system: &System, user_name: &str, screen: Screen) -> Browser {
    let page = browser::open(screen, true).await;
    crate::krs::log_in(&page, system, user_name).await;
    page
}

/// Over the page that asks once more.
async fn submit(student: &Browser, krs: &str) {
    student.visit(krs).await;
    student.press("Ajukan ke dosen wali").await;
    student.sees("Ajukan rencana ini?").await;
    student.fits().await;
    student.press_in("//form[@id='form-ajukan']", "Ajukan 7 SKS").await;
    student.sees("KRS Anda sudah diajukan.").await;
    student.sees("Menunggu").await;
}

both_engines! {
    async fn from_the_krs_to_the_transcript(engine: Engine) {
        let system = System::start(engine).await;
        import(&system);
        for user_name in [STUDENT, LECTURER] {
            make_account(&system, user_name, demo::PASSWORD, &[]);
        }
        make_account(&system, ADMIN, demo::PASSWORD, &["--role", "programme-admin", "--scope", "SMT-S1"]);
        let krs = format!("{}/krs", system.web);
        let own = Person::login(&system, STUDENT, demo::PASSWORD).await;
        let id = own.student_id().await;

        // The student: IPS 2.00 of the first semester allows 18 SKS. Two classes, then handed in.
        let student = log_in(&system, STUDENT, Screen::Phone).await;
        student.visit(&krs).await;
        student.sees("dari 18 SKS").await;
        student.sees("Puncak Semester").await;
        student.fits().await;
        for code in ["SMT201", "SMT202"] {
            let classes = own.all(&format!("/api/v1/classes?period={PERIOD}&search={code}")).await;
            let row = format!("//*[@id='k-{}']", classes[0]["id"].as_str().expect("an id"));
            student.visit(&format!("{krs}?q={code}")).await;
            student.press_in(&row, "Ambil").await;
            student.sees("diambil. Rencana Anda sekarang").await;
        }
        let unmet = own.all(&format!("/api/v1/classes?period={PERIOD}&search=SMT203")).await;
        student.visit(&format!("{krs}?q=SMT203")).await;
        let row = student.text_of(&format!("//*[@id='k-{}']", unmet[0]["id"].as_str().expect("an id"))).await;
        assert!(row.contains("Prasyarat belum terpenuhi: pernah mengambil SMT201"), "the page does not say why: {row}");
        submit(&student, &krs).await;
        student.fits().await;

        // The advisor returns it; without a note the page asks for one and nothing happens. What was returned is changed
        // by nobody but the student, who hands it in again.
        let desk = log_in(&system, LECTURER, Screen::Desk).await;
        desk.visit(&format!("{}/perwalian", system.web)).await;
        desk.fits().await;
        desk.press("Semi Mahasiswa").await;
        desk.sees("Puncak Semester").await;
        desk.fits().await;
        desk.press_in("//form[@id='form-putusan']", "Kembalikan").await;
        desk.sees("Tulis apa yang perlu diubah").await;
        desk.fill("Catatan untuk mahasiswa", "Ambil juga satu mata kuliah wajib.").await;
        desk.press_in("//form[@id='form-putusan']", "Kembalikan").await;
        desk.sees("KRS Semi Mahasiswa dikembalikan.").await;
        student.visit(&krs).await;
        student.sees("Dosen wali meminta perubahan.").await;
        student.sees("Ambil juga satu mata kuliah wajib.").await;
        submit(&student, &krs).await;
        desk.visit(&format!("{}/perwalian/{id}/{PERIOD}", system.web)).await;
        desk.press("Setujui KRS").await;
        desk.sees("KRS Semi Mahasiswa disetujui.").await;
        desk.visit(&format!("{}/perwalian/{id}/{PERIOD}", system.web)).await;
        desk.sees("Riwayat rencana").await;
        student.visit(&krs).await;
        student.sees("KRS Anda disetujui.").await;
        student.press("Kartu KRS").await;
        student.sees("Disetujui secara elektronik").await;
        student.fits().await;

        // The lecturer: 120 is no score and is named at its cell; then the right ones, and the publication.
        let class = Person::login(&system, LECTURER, demo::PASSWORD)
            .await
            .all(&format!("/api/v1/sheets?period={GRADED}"))
            .await
            .remove(0);
        let class = class["class_id"].as_str().expect("an id").to_owned();
        let sheet = format!("/api/v1/classes/{class}/sheet");
        desk.visit(&format!("{}/nilai", system.web)).await;
        desk.sees("Lanjutan Semester").await;
        desk.fits().await;
        desk.visit(&format!("{}/nilai/{class}", system.web)).await;
        desk.sees("Semi Mahasiswa").await;
        desk.fill("Tugas, Semi Mahasiswa", "120").await;
        desk.fill("Ujian, Semi Mahasiswa", "90").await;
        desk.press("Simpan").await;
        desk.sees("Tugas Semi Mahasiswa: 120 melebihi 100. Masukkan angka 0 sampai 100.").await;
        assert_eq!(desk.value_of("Tugas, Semi Mahasiswa").await, "120", "what was typed stays");
        let teacher = Person::login(&system, LECTURER, demo::PASSWORD).await;
        let stored = teacher.get(&sheet).await.good().body["rows"][0]["scores"].to_string();
        assert!(!stored.contains("12000"), "120 was stored: {stored}");
        desk.fill("Tugas, Semi Mahasiswa", "95").await;
        desk.press("Simpan").await;
        desk.no_longer_sees("melebihi 100").await;
        desk.sees("1 dari 1 lengkap").await;
        desk.fits().await;
        desk.visit(&format!("{}/nilai/{class}/terbitkan", system.web)).await;
        desk.fits().await;
        desk.press_in("//form[@id='form-terbit']", "Terbitkan 1 nilai").await;
        desk.sees("Centang bahwa Anda sudah memeriksa nilai ini").await;
        assert_ne!(teacher.get(&sheet).await.good().body["summary"]["state"], "published");
        desk.tick("Saya sudah memeriksa 1 nilai").await;
        desk.press_in("//form[@id='form-terbit']", "Terbitkan 1 nilai").await;
        desk.sees("terbit. Mahasiswa sekarang dapat membacanya di KHS.").await;

        // The student reads 4 x 4.00 / 4 in the KHS, and (3 x 2.00 + 4 x 4.00) / 7 = 3.14 in the transcript.
        student.visit(&format!("{}/khs/{GRADED}", system.web)).await;
        student.sees("Lanjutan Semester").await;
        student.sees("16,00 ÷ 4 = 4,00").await;
        student.fits().await;
        student.visit(&format!("{}/transkrip", system.web)).await;
        student.sees("Dasar Semester").await;
        student.sees("3,14").await;
        student.fits().await;
        student.visit(&system.web).await;
        student.sees("3,14").await;
        student.fits().await;

        // course-svc hears of it: 24 SKS.
        let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
        let ceiling = crate::eventually(async || {
            let plan = own.get(&plan).await.good().body;
            (plan["ceiling"]["credits"] == 24).then_some(plan)
        });
        assert!(ceiling.await.is_some(), "the ceiling does not follow the IPS: {}", own.get(&plan).await.body["ceiling"]);
        student.visit(&krs).await;
        student.sees("dari 24 SKS").await;
        student.sees("4,00").await;

        // The admin: a prerequisite that makes a cycle is refused with the courses named, and what was typed stays.
        let admin = log_in(&system, ADMIN, Screen::Desk).await;
        let courses = own.all("/api/v1/courses?search=SMT101").await;
        let course = courses[0]["id"].as_str().expect("an id");
        admin.visit(&format!("{}/matakuliah?q=SMT1", system.web)).await;
        admin.sees("Dasar Semester").await;
        admin.fits().await;
        admin.visit(&format!("{}/matakuliah/{course}", system.web)).await;
        admin.sees("Tanpa prasyarat.").await;
        admin.fits().await;
        admin.press("Ubah prasyarat").await;
        admin.fill("Mata kuliah", "SMT102").await;
        admin.press("Simpan prasyarat").await;
        admin.sees("Prasyarat tidak boleh berputar: SMT101 > SMT102 > SMT101.").await;
        assert!(admin.value_of("Mata kuliah").await.contains("SMT102"), "what was typed stays");
        admin.fits().await;
        let stored = own.get(&format!("/api/v1/courses/{course}/prerequisites")).await.good().body;
        assert_eq!(stored["all_of"], serde_json::json!([]));
        for page in [student, desk, admin] {
            page.close().await;
        }
    }
}
