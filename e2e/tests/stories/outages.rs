//! Each service killed in turn while a student works: the rest answers, the page says what is missing, and it comes
//! back by itself with everything that was confirmed.

use std::time::{Duration, Instant};

use crate::browser::{self, Screen};
use crate::people::{PERIOD, Person, demo};
use crate::system::System;
use crate::{both_engines, within};

/// How soon a killed service must be of use again.
const RECOVERY: Duration = Duration::from_secs(5);

both_engines! {
    async fn a_killed_service_takes_nothing_else_with_it(engine: Engine) {
        let system = System::start(engine).await;
        let student = Person::demo(&system, demo::FRESHMAN).await;
        let id = student.student_id().await;
        let registrar = Person::demo(&system, demo::REGISTRAR).await;
        let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
        let choices = student.all(&format!("{plan}/choices?takeable=true")).await;
        let class = choices[0]["class"]["id"].as_str().expect("an id").to_owned();
        student.take(&id, &class).await.good();

        let page = browser::open(Screen::Phone, true).await;
        page.visit(&system.web).await;
        page.fill("NIM", demo::FRESHMAN).await;
        page.fill("Kata sandi", demo::PASSWORD).await;
        page.press("Masuk").await;
        page.sees("KRS").await;

        // What each service owns, and what must go on without it.
        let own = format!("/api/v1/students/{id}");
        let table = [
            ("auth", "", "/api/v1/me", [plan.as_str(), own.as_str()]),
            ("student", "Data mahasiswa belum dapat ditampilkan", own.as_str(), [plan.as_str(), "/api/v1/me"]),
            ("course", "Rencana belum dapat ditampilkan", plan.as_str(), [own.as_str(), "/api/v1/me"]),
        ];
        for (service, notice, owned, others) in table {
            let frozen = system.freeze(service);
            for other in others {
                let answer = student.get(other).await;
                assert!(answer.status.is_success(), "{service} is stopped, {other}: {} {}", answer.status, answer.body);
            }
            let missing = student.get(owned).await;
            assert!(matches!(missing.status.as_u16(), 503 | 504), "{service} is stopped: {} {}", missing.status, missing.body);
            assert!(!missing.reason().is_empty());
            page.visit(&system.web).await;
            page.sees(notice).await;
            page.sees("KRS").await;
            drop(frozen);
            killed(&system, service, &registrar, &student, owned).await;
            page.visit(&system.web).await;
            if !notice.is_empty() {
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
        let kept = student.get(&plan).await.good();
        let held = kept.body["items"].as_array().into_iter().flatten().any(|item| item["class"]["id"] == class.as_str());
        assert!(held, "the confirmed seat is gone: {}", kept.body);
        page.close().await;
    }
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
