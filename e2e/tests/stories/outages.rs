//! Each service killed in turn while a student works: the rest answers, the page says what is missing, and it comes
//! back by itself with everything that was confirmed. What one service decides while another is away, the other learns
//! when it is back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{self, Browser, Screen};
use crate::people::{GRADED, PERIOD, Person, demo};
use crate::system::System;
use crate::{both_engines, eventually, within};

/// How soon a killed service must be of use again.
const RECOVERY: Duration = Duration::from_secs(5);
/// A period whose grades are out.
const PUBLISHED: &str = "20251";

/// What a service owns, and what must go on without it.
struct Outage<'a> {
    service: &'a str,
    /// What the front page says meanwhile.
    notices: &'a [&'a str],
    /// What only this service can answer.
    owned: &'a str,
    others: &'a [&'a str],
}

both_engines! {
    async fn a_killed_service_takes_nothing_else_with_it(engine: Engine) {
        let system = System::start(engine).await;
        let student = Person::demo(&system, demo::STUDENT).await;
        let id = student.student_id().await;
        let registrar = Person::demo(&system, demo::REGISTRAR).await;
        let own = format!("/api/v1/students/{id}");
        let plan = format!("{own}/plans/{PERIOD}");
        let results = format!("{own}/semesters/{PUBLISHED}");
        let transcript = format!("{own}/transcript");
        let choices = student.all(&format!("{plan}/choices?takeable=true")).await;
        let class = choices[0]["class"]["id"].as_str().expect("an id").to_owned();
        student.take(&id, &class).await.good();
        let ceiling = student.get(&plan).await.good().body["ceiling"].clone();
        assert_eq!((&ceiling["reason"], &ceiling["credits"]), (&json!("last_gpa"), &json!(18)));

        let page = browser::open(Screen::Phone, true).await;
        crate::krs::log_in(&page, &system, demo::STUDENT).await;
        page.sees("KRS").await;

        let outages = [
            Outage { service: "auth", notices: &[], owned: "/api/v1/me", others: &[&plan, &own, &results] },
            Outage {
                service: "student",
                notices: &["Data mahasiswa belum dapat ditampilkan"],
                owned: &own,
                others: &[&plan, "/api/v1/me", &results, &transcript],
            },
            Outage {
                service: "course",
                notices: &["Rencana belum dapat ditampilkan"],
                owned: &plan,
                others: &[&own, "/api/v1/me", &results, &transcript],
            },
            Outage {
                service: "grade",
                notices: &["Nilai belum dapat ditampilkan", "KRS dan jadwal tetap bisa dipakai"],
                owned: &results,
                others: &[&plan, &own, "/api/v1/me"],
            },
        ];
        for outage in outages {
            let service = outage.service;
            let frozen = system.freeze(service);
            for other in outage.others {
                let answer = student.get(other).await;
                assert!(answer.status.is_success(), "{service} is stopped, {other}: {} {}", answer.status, answer.body);
            }
            let missing = student.get(outage.owned).await;
            assert!(matches!(missing.status.as_u16(), 503 | 504), "{service} is stopped: {} {}", missing.status, missing.body);
            assert!(!missing.reason().is_empty());
            page.visit(&system.web).await;
            for notice in outage.notices {
                page.sees(notice).await;
            }
            page.sees("KRS").await;
            page.fits().await;
            match service {
                "course" => results_without_courses(&page, &system).await,
                "grade" => {
                    // The last IPS that course-svc has heard of still decides.
                    let now = student.get(&plan).await.good().body;
                    assert_eq!(now["ceiling"], ceiling);
                    student.give_back(&id, &class).await.good();
                    student.take(&id, &class).await.good();
                    page.visit(&format!("{}/krs", system.web)).await;
                    page.sees("dari 18 SKS").await;
                    page.fits().await;
                    page.visit(&format!("{}/khs/{PUBLISHED}", system.web)).await;
                    page.sees("Nilai belum dapat ditampilkan").await;
                    page.fits().await;
                }
                _ => {}
            }
            drop(frozen);
            killed(&system, service, &registrar, &student, outage.owned).await;
            page.visit(&system.web).await;
            for notice in outage.notices {
                page.no_longer_sees(notice).await;
            }
        }
        for service in ["gateway", "web"] {
            system.kill(service);
            let url = if service == "web" { format!("{}/masuk", system.web) } else { format!("{}/healthz", system.api) };
            let http = reqwest::Client::new();
            let back = within(RECOVERY, async || http.get(&url).send().await.ok().filter(|answer| answer.status().is_success())).await;
            assert!(back.is_some(), "{service} did not come back within {RECOVERY:?}");
        }
        page.visit(&system.web).await;
        page.sees("KRS").await;
        let student = Person::demo(&system, demo::STUDENT).await;
        let kept = student.get(&plan).await.good();
        let held = kept.body["items"].as_array().into_iter().flatten().any(|item| item["class"]["id"] == class.as_str());
        assert!(held, "the confirmed seat is gone: {}", kept.body);
        page.close().await;
        catches_up(&system, &student, &id).await;
    }
}

/// KHS and transcript, with every grade of theirs, in the browser.
async fn results_without_courses(page: &Browser, system: &System) {
    page.visit(&format!("{}/khs/{PUBLISHED}", system.web)).await;
    page.sees("IPS = jumlah mutu").await;
    page.fits().await;
    page.visit(&format!("{}/transkrip", system.web)).await;
    page.sees("IPK = jumlah mutu").await;
    page.fits().await;
}

/// Grades are published while course-svc is away: the student reads them at once, and the ceiling follows when it is back.
async fn catches_up(system: &System, student: &Person, id: &str) {
    let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
    let lecturer = Person::demo(system, demo::LECTURER).await;
    let before = student.get(&plan).await.good().body;
    let head = system.metric("grade", "feed_head").await.expect("grade-svc tells the head of its feed");
    let caught_up = || async {
        let behind = system.metric("course", "feed_lag_events{source=\"grade\"}").await?;
        (behind <= 0.0).then_some(())
    };
    assert!(eventually(async || caught_up().await).await.is_some(), "course-svc does not tell how far it is behind");

    let frozen = system.freeze("course");
    let open = lecturer.open_sheets(GRADED).await;
    assert!(!open.is_empty(), "no grades wait to be published");
    for class in open {
        lecturer.fill_sheet(&class, 8_800).await;
        let sheet = format!("/api/v1/classes/{class}/sheet");
        let etag = lecturer.get(&sheet).await.good().etag();
        lecturer.post(&format!("{sheet}/publication"), &etag).await.good();
    }
    let result = student.get(&format!("/api/v1/students/{id}/semesters/{GRADED}")).await.good().body;
    assert_eq!(result["semester"]["pending"], 0, "{result}");
    let gpa = &result["semester"]["gpa_hundredths"];
    assert!(
        gpa.as_u64() > before["ceiling"]["last_gpa_hundredths"].as_u64(),
        "{gpa} teaches nothing after {}",
        before["ceiling"]
    );
    let risen = eventually(async || system.metric("grade", "feed_head").await.filter(|now| *now > head));
    assert!(risen.await.is_some(), "the feed of grade-svc does not go on");
    drop(frozen);

    let follows = eventually(async || {
        let now = student.get(&plan).await;
        (now.body["ceiling"]["last_gpa_hundredths"] == *gpa).then_some(now.body)
    });
    let now = follows.await.unwrap_or_else(|| panic!("the ceiling does not follow from an IPS of {gpa}"));
    assert!(now["ceiling"]["credits"].as_u64() >= before["ceiling"]["credits"].as_u64(), "{}", now["ceiling"]);
    assert!(eventually(async || caught_up().await).await.is_some(), "course-svc stays behind");
}

/// `kill -9`, and the wait for the service to be of use again.
async fn killed(system: &System, service: &str, registrar: &Person, student: &Person, owned: &str) {
    system.kill(service);
    let begun = Instant::now();
    let back = within(RECOVERY, async || student.get(owned).await.status.is_success().then_some(())).await;
    assert!(back.is_some(), "{service} did not come back within {RECOVERY:?}: {:?}", student.get(owned).await);
    let also = registrar.get(owned).await.status;
    assert!(
        also.is_success() || owned.ends_with("/me"),
        "{service} came back after {:?} but not for all: {also}",
        begun.elapsed()
    );
}
