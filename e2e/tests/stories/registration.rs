//! Registration when everybody comes at once, in the browser: the waiting room, a waiting list, a swap, and an advisor who
//! approves three hundred plans.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::browser::{self, Browser, Screen};
use crate::campus::Files;
use crate::people::{PERIOD, Person, demo, make_account};
use crate::system::{Engine, System};

/// The lecturer who advises everybody here.
const LECTURER: &str = "0097000001";
/// Takes the last seat, and gives it back.
const FIRST: &str = "2697000001";
/// Waits for it.
const SECOND: &str = "2697000002";
/// Whose plans are approved.
const PLANS: usize = 300;
/// A period that opens while one looks.
const OPENING: &str = "20262";

fn nim(n: usize) -> String {
    format!("2697{:06}", n + 100)
}

/// The campus of these stories.
fn import(system: &System) {
    let student = |nim: &str| format!("{nim},Mahasiswa {nim},REG-S1,{PERIOD},{LECTURER},,,,,,,");
    let everybody = || [FIRST.to_owned(), SECOND.to_owned()].into_iter().chain((0..PLANS).map(nim));
    let course = |(code, name): &(&str, &str)| format!("REG-S1,{code},{name},,3,,,,elective,");
    let mut files = Files::default();
    files
        .rows("faculties.csv", ["REG,Fakultas Ramai"])
        .rows("programmes.csv", ["REG-S1,Ramai,S1,REG,"])
        .rows("lecturers.csv", [format!("{LECTURER},\"Rita Dosen, M.Kom.\",REG-S1,,nidn")])
        .rows("students.csv", everybody().map(|nim| student(&nim)))
        .rows("statuses.csv", everybody().flat_map(|nim| [PERIOD, OPENING].map(|period| format!("{nim},{period},A"))))
        .rows(
            "courses.csv",
            [("REG101", "Rebutan"), ("REG102", "Semula"), ("REG103", "Pengganti"), ("REG104", "Besar")]
                .iter()
                .map(course),
        )
        .rows("periods.csv", [format!("{OPENING},active")])
        .rows(
            "classes.csv",
            [
                format!("{PERIOD},REG-S1,REG101,A,1,{LECTURER},open"),
                format!("{PERIOD},REG-S1,REG102,A,10,{LECTURER},open"),
                // Nobody's yet: its hours are another class's of the lecturer.
                format!("{PERIOD},REG-S1,REG103,A,10,,open"),
                format!("{PERIOD},REG-S1,REG104,A,400,{LECTURER},open"),
                format!("{OPENING},REG-S1,REG101,A,10,{LECTURER},open"),
            ],
        )
        .rows(
            "meetings.csv",
            [format!("{PERIOD},REG-S1,REG102,A,2,07:00,09:00,"), format!("{PERIOD},REG-S1,REG103,A,2,08:00,10:00,")],
        )
        .rows("plans.csv", (0..PLANS).map(|n| format!("{},{PERIOD},REG-S1,REG104,A,submitted", nim(n))));
    files.apply(system, "registration-campus");
}

async fn campus(engine: Engine) -> System {
    let system = System::start(engine).await;
    import(&system);
    for user_name in [FIRST, SECOND, LECTURER] {
        make_account(&system, user_name, demo::PASSWORD, &[]);
    }
    system
}

async fn class(person: &Person, period: &str, code: &str) -> String {
    let classes = person.all(&format!("/api/v1/classes?period={period}&search={code}")).await;
    classes[0]["id"].as_str().expect("an id").to_owned()
}

fn row(class: &str) -> String {
    format!("//*[@id='k-{class}']")
}

async fn holds(person: &Person, student: &str, class: &str) -> bool {
    let plan = person.get(&format!("/api/v1/students/{student}/plans/{PERIOD}")).await.good();
    plan.body["items"].as_array().into_iter().flatten().any(|item| item["class"]["id"] == class)
}

async fn open(system: &System, user_name: &str, screen: Screen, javascript: bool) -> Browser {
    let page = browser::open(screen, javascript).await;
    crate::krs::log_in(&page, system, user_name).await;
    page
}

both_engines! {
    async fn a_seat_that_is_given_back_goes_to_who_waits_for_it(engine: Engine) {
        let system = campus(engine).await;
        let first = Person::login(&system, FIRST, demo::PASSWORD).await;
        let second = Person::login(&system, SECOND, demo::PASSWORD).await;
        let (one, two) = (first.student_id().await, second.student_id().await);
        let wanted = class(&second, PERIOD, "REG101").await;
        first.take(&one, &wanted).await.good();

        // The second one reads that it is full, joins the line on a phone, and sees the place.
        let page = open(&system, SECOND, Screen::Phone, true).await;
        let krs = format!("{}/krs?periode={PERIOD}&q=REG", system.web);
        page.visit(&krs).await;
        let said = page.text_of(&row(&wanted)).await;
        assert!(said.contains("Penuh"), "{said}");
        page.press_in(&row(&wanted), "Antre").await;
        page.sees("Anda akan menjadi nomor 1").await;
        page.fits().await;
        page.press_in("//form[@id='form-tukar']", "Masuk daftar tunggu").await;
        page.sees("Anda nomor 1 di daftar tunggu Rebutan A.").await;
        page.fits().await;

        // The seat is given back: it is the second one's, and at no moment anybody's.
        first.give_back(&one, &wanted).await.good();
        assert!(crate::eventually(async || holds(&second, &two, &wanted).await.then_some(())).await.is_some());
        page.visit(&krs).await;
        let said = page.text_of(&row(&wanted)).await;
        assert!(said.contains("Ada di rencana Anda"), "{said}");
        assert!(!page.text().await.contains("Anda nomor 1"));

        // Without scripts: a class that clashes is swapped for the one in the plan.
        let (before, after) = (class(&second, PERIOD, "REG102").await, class(&second, PERIOD, "REG103").await);
        second.take(&two, &before).await.good();
        let plain = open(&system, SECOND, Screen::Desk, false).await;
        plain.visit(&krs).await;
        let said = plain.text_of(&row(&after)).await;
        assert!(said.contains("Bentrok dengan Semula A."), "{said}");
        plain.press_in(&row(&after), "Tukar").await;
        plain.sees("Tukar dengan Pengganti A?").await;
        plain.fits().await;
        plain.press_in("//form[@id='form-tukar']", "Tukar kelas").await;
        plain.sees("Sekarang Anda di Pengganti A.").await;
        assert!(holds(&second, &two, &after).await && !holds(&second, &two, &before).await);
        page.close().await;
        plain.close().await;
    }
}

async fn plans(person: &Person) -> Vec<Value> {
    person.all(&format!("/api/v1/plans?period={PERIOD}&state=submitted")).await
}

both_engines! {
    async fn three_hundred_plans_are_approved_at_once(engine: Engine) {
        let system = campus(engine).await;
        let advisor = Person::login(&system, LECTURER, demo::PASSWORD).await;
        let waiting = plans(&advisor).await;
        assert_eq!(waiting.len(), PLANS);
        let page = open(&system, LECTURER, Screen::Desk, true).await;
        page.visit(&format!("{}/perwalian?periode={PERIOD}", system.web)).await;
        page.press("Semua yang tanpa catatan").await;
        page.sees("300 KRS menunggu tanpa catatan.").await;
        page.fits().await;

        // Since the page was opened one of them owes something: that one is not approved, the others are.
        let owes = waiting[7]["student_id"].as_str().expect("an id").to_owned();
        let registrar = Person::demo(&system, demo::REGISTRAR).await;
        let hold = json!({ "kind": "tuition", "note": "UKT semester ini" });
        registrar.send(Method::POST, &format!("/api/v1/students/{owes}/holds"), Some(hold)).await.good();
        let heard = crate::eventually(async || {
            let now = plans(&advisor).await;
            let row = now.iter().find(|row| row["student_id"] == owes.as_str())?;
            (row["flags"].as_array().is_some_and(|flags| !flags.is_empty())).then_some(())
        });
        assert!(heard.await.is_some(), "the hold never arrives");
        page.press("Setujui yang dipilih").await;
        page.sees("Persetujuan sekaligus").await;
        page.sees("Selesai: 300 dari 300 sudah diputuskan").await;
        page.sees("Ada pembayaran UKT yang belum selesai.").await;
        page.fits().await;
        let left = plans(&advisor).await;
        assert_eq!(left.iter().map(|row| row["student_id"].as_str().unwrap_or_default()).collect::<Vec<_>>(), [owes]);
        page.close().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the services of a story run by the real clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Lets the second period open in a moment, with a waiting room that lets in one student a second.
async fn open_soon(system: &System, after: SignedDuration) {
    let registrar = Person::demo(system, demo::REGISTRAR).await;
    let path = format!("/api/v1/periods/{OPENING}");
    let period = registrar.get(&path).await.good();
    let now = now();
    let window = json!({
        "kind": "krs",
        "scope": "university",
        "opens_at": (now + after).to_string(),
        "closes_at": (now + SignedDuration::from_hours(24)).to_string(),
    });
    let registration = json!({ "admission_rate": 1, "admission_burst": 1, "presence_minutes": 10 });
    let body = json!({ "state": "active", "windows": [window], "registration": registration });
    registrar.put(&path, &period.etag(), body).await.good();
}

both_engines! {
    async fn whoever_is_there_at_the_opening_gets_a_place_and_a_turn(engine: Engine) {
        let system = campus(engine).await;
        open_soon(&system, SignedDuration::from_secs(12)).await;
        let page = open(&system, SECOND, Screen::Phone, true).await;
        page.visit(&format!("{}/krs?periode={OPENING}", system.web)).await;
        page.sees("KRS dibuka").await;
        page.sees("Kehadiran Anda tercatat.").await;
        page.fits().await;
        // Without scripts, in another window: the same countdown, and the catalogue to read.
        let plain = open(&system, FIRST, Screen::Desk, false).await;
        plain.visit(&format!("{}/krs?periode={OPENING}", system.web)).await;
        plain.sees("Rebutan").await;
        plain.fits().await;
        // Nobody presses anything: the page goes through the line by itself.
        let student = Person::login(&system, SECOND, demo::PASSWORD).await;
        let wanted = class(&student, OPENING, "REG101").await;
        let turn = crate::within(std::time::Duration::from_secs(60), async || {
            page.text_of(&row(&wanted)).await.contains("Ambil").then_some(())
        });
        assert!(turn.await.is_some(), "the turn never comes: {}", page.text().await);
        page.press_in(&row(&wanted), "Ambil").await;
        page.sees("Rebutan A diambil.").await;
        page.close().await;
        plain.close().await;
    }
}
