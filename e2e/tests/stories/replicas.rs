//! Several processes of one service: what one of them does not do any more, another one does.

use reqwest::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::people::{Answer, PERIOD, Person, answer, demo};
use crate::system::{Engine, System};
use crate::{eventually, within};

/// How often a process of course-svc is killed.
const ROUNDS: usize = 4;
/// Requests one after the other in each round; the process dies in the middle of them.
const REQUESTS: usize = 60;

/// Does something as a careful client does: again with the same key while the answer is that somebody is away.
async fn surely(person: &Person, method: Method, path: &str, body: Option<Value>, key: &str) -> Answer {
    let done = eventually(async || {
        let mut request = person.request(method.clone(), path).header("idempotency-key", key);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = answer(request).await.expect("the gateway answers");
        (answer.status != StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
    });
    done.await.unwrap_or_else(|| panic!("{method} {path} is not answered"))
}

async fn both(system: &System) -> [Pid; 2] {
    let pids = eventually(async || <[Pid; 2]>::try_from(system.pids("course")).ok());
    pids.await.unwrap_or_else(|| panic!("wanted two processes of course-svc, there are {:?}", system.pids("course")))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_processes_of_a_service_may_die_at_any_time() {
    let system = System::with(Engine::Postgres, &["--replicas", "course=2"]).await;
    let student = Person::demo(&system, demo::STUDENT).await;
    let registrar = Person::demo(&system, demo::REGISTRAR).await;
    let id = student.student_id().await;
    let plan = format!("/api/v1/students/{id}/plans/{PERIOD}");
    let takeable = format!("{plan}/choices?takeable=true&limit=1");
    let choices = student.all(&format!("{plan}/choices?takeable=true")).await;
    let class = choices[0]["class"]["id"].as_str().expect("an id").to_owned();
    let held = |plan: &Answer| {
        plan.body["items"].as_array().into_iter().flatten().any(|item| item["class"]["id"] == class.as_str())
    };

    for round in 0..ROUNDS {
        let dying = both(&system).await[round % 2];
        let mut wanted = false;
        for n in 0..REQUESTS {
            if n == REQUESTS / 3 {
                kill_process(dying, Signal::KILL).expect("the process is ours");
            }
            let key = format!("round-{round}-{n}");
            if wanted {
                surely(&student, Method::DELETE, &format!("{plan}/items/{class}"), None, &key).await.good();
            } else {
                let body = json!({ "class_id": class });
                surely(&student, Method::POST, &format!("{plan}/items"), Some(body), &key).await.good();
            }
            wanted = !wanted;
            let now = student.get(&plan).await.good();
            assert_eq!(
                held(&now),
                wanted,
                "round {round}, request {n}: what was answered is there at once, {}",
                now.body
            );
        }

        // What student-svc says is applied by the one that is left, whichever it was before.
        let hold = json!({ "kind": "library", "note": "buku" });
        let hold = registrar.send(Method::POST, &format!("/api/v1/students/{id}/holds"), Some(hold)).await.good();
        let blocked = eventually(async || {
            let left = student.get(&takeable).await.good();
            left.body["items"].as_array().is_some_and(Vec::is_empty).then_some(())
        });
        assert!(blocked.await.is_some(), "round {round}: the hold does not arrive");
        let hold = hold.body["id"].as_str().expect("an id").to_owned();
        registrar.send(Method::DELETE, &format!("/api/v1/holds/{hold}"), None).await.good();
        let free = eventually(async || {
            let left = student.get(&takeable).await.good();
            left.body["items"].as_array().is_some_and(|items| !items.is_empty()).then_some(())
        });
        assert!(free.await.is_some(), "round {round}: the end of the hold does not arrive");
    }
    let back = within(std::time::Duration::from_secs(10), async || (system.pids("course").len() == 2).then_some(()));
    assert!(back.await.is_some(), "the supervisor brings a process back");
}

#[test]
fn more_processes_need_postgresql() {
    let refused = System::refused(&["--replicas", "course=2"]);
    assert!(refused.contains("--replicas") && refused.contains("--database-url postgres://"), "{refused}");
}
