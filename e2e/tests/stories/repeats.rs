//! Each POST, and the DELETE that carries a key, sent three times, the first one cut off before its answer: one effect,
//! one answer.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::campus;
use crate::people::{Answer, GRADED, PERIOD, Person, answer, demo};
use crate::system::System;
use crate::tokens::Issuer;
use crate::{both_engines, within};

/// A POST or DELETE, and where its effect can be counted.
struct Deed<'a> {
    person: &'a Person,
    method: Method,
    path: String,
    /// The version that was read, where the deed names one.
    etag: String,
    body: Value,
    /// A list that shows the effect, and the text that marks it there.
    list: String,
    mark: String,
    /// Another body that the same key must not be used for.
    other: Value,
}

impl<'a> Deed<'a> {
    fn post(person: &'a Person, path: &str, body: Value) -> Self {
        let (path, none) = (path.to_owned(), String::new());
        Self {
            person,
            method: Method::POST,
            path,
            etag: none.clone(),
            body,
            list: none.clone(),
            mark: none,
            other: Value::Null,
        }
    }

    /// As it was when this version was read.
    fn at(self, read: &Answer) -> Self {
        Self { etag: read.etag(), ..self }
    }

    /// Its effect is one item of the list with this text.
    fn seen(self, list: &str, mark: &str) -> Self {
        Self { list: list.to_owned(), mark: mark.to_owned(), ..self }
    }

    fn not(self, other: Value) -> Self {
        Self { other, ..self }
    }
}

both_engines! {
    async fn a_post_sent_three_times_has_one_effect_and_one_answer(engine: Engine) {
        let system = System::start(engine).await;
        campus::import(&system, &[("REPEAT".into(), 1, 50), ("REPEAU".into(), 1, 50)]);
        let registrar = Person::demo(&system, demo::REGISTRAR).await;
        let students = registrar.all("/api/v1/students?search=2699").await;
        let student = students[0]["id"].as_str().expect("an id");
        let programme = students[0]["programme_id"].as_str().expect("an id");
        let own = Person::anonymous(&system).with_token(&Issuer::of(&system).student(student));
        let classes = registrar.all(&format!("/api/v1/classes?period={PERIOD}&search=REPEA")).await;
        let (class, second) = (&classes[0]["id"], &classes[1]["id"]);
        let course = &classes[0]["course"]["id"];
        // Another student's: that a hold was lifted arrives at course-svc a little later.
        let held = students[1]["id"].as_str().expect("an id");
        let hold = registrar
            .send(Method::POST, &format!("/api/v1/students/{held}/holds"), Some(json!({ "kind": "library", "note": "Buku" })))
            .await
            .good();
        let hold_id = hold.body["id"].as_str().expect("an id");

        let post = |path: &str, body: Value, list: &str, mark: &str, other: Value| Deed::post(&registrar, path, body).seen(list, mark).not(other);
        let plans = format!("/api/v1/students/{student}/plans/{PERIOD}");
        let holds = format!("/api/v1/students/{held}/holds");
        let pupil = |name: &str| json!({ "nim": "TIGAKALI", "name": name, "programme_id": programme, "entry_period": PERIOD });
        let lesson = |name: &str| json!({ "code": "TIGA1", "name": name, "credits_lecture": 2, "programme_id": programme, "requirement_kind": "elective" });
        let section = |capacity: u32| json!({ "period_code": PERIOD, "course_id": course, "name": "TIGA", "capacity": capacity, "state": "open" });
        let room = |capacity: u32| json!({ "code": "TIGA.1", "capacity": capacity });
        let period = |state: &str| json!({ "code": "20993", "state": state, "windows": [] });
        let curriculum = |credits: u32| json!({
            "programme_id": programme, "name": "Kurikulum Tiga", "start_period": PERIOD, "credits_required": credits,
            "credits_compulsory": 120, "credits_elective": 24, "courses": [],
        });
        let waiver = |until: &str| json!({ "until": until });
        let deeds = [
            post("/api/v1/students", pupil("Tiga Kali"), "/api/v1/students?search=TIGAKALI", "TIGAKALI", pupil("Lain")),
            post(&holds, json!({ "kind": "document", "note": "Tiga kali" }), &holds, "Tiga kali", json!({ "kind": "document", "note": "Lain" })),
            post(&format!("/api/v1/holds/{hold_id}/waivers"), waiver("2099-01-01T00:00:00Z"), &holds, "2099-01-01", waiver("2098-01-01T00:00:00Z")).at(&hold),
            post("/api/v1/curricula", curriculum(144), &format!("/api/v1/curricula?programme_id={programme}"), "Kurikulum Tiga", curriculum(146)),
            post("/api/v1/periods", period("planned"), "/api/v1/periods", "20993", period("active")),
            post("/api/v1/rooms", room(30), "/api/v1/rooms", "TIGA.1", room(31)),
            post("/api/v1/courses", lesson("Tiga"), "/api/v1/courses?search=TIGA1", "TIGA1", lesson("Lain")),
            post("/api/v1/classes", section(20), &format!("/api/v1/classes?period={PERIOD}&search=REPEA"), "TIGA", section(21)),
        ];
        for deed in &deeds {
            thrice(&system, deed).await;
        }
        thrice(&system, &Deed::post(&own, &plans, json!({}))).await;
        let add = |class: &Value| json!({ "class_id": class });
        thrice(&system, &Deed::post(&own, &format!("{plans}/items"), add(class)).not(add(second))).await;
        let plan = own.get(&plans).await.good();
        assert_eq!(plan.body["items"].as_array().map(Vec::len), Some(1));
        let shown = registrar.get(&format!("/api/v1/classes/{}", class.as_str().expect("an id"))).await.good();
        assert_eq!(shown.body["taken"], 1);

        // Given back three times under one key; then taken anew: the late repetition must not give that one back.
        let id = class.as_str().expect("an id");
        let path = format!("{plans}/items/{id}");
        let drop = Deed { method: Method::DELETE, ..Deed::post(&own, &path, Value::Null) };
        thrice(&system, &drop).await;
        let plan = own.get(&plans).await.good();
        assert_eq!(plan.body["items"].as_array().map(Vec::len), Some(0));
        own.take(student, id).await.good();
        let late = settled(&drop, &key_of(&drop)).await.good();
        assert_eq!(late.body["items"].as_array().map(Vec::len), Some(0), "answered as it was");
        let plan = own.get(&plans).await.good();
        assert_eq!(plan.body["items"].as_array().map(Vec::len), Some(1), "the new seat stays");
        let key = key_of(&drop);
        let other = Deed { path: format!("{plans}/items/{}", second.as_str().expect("an id")), ..drop };
        let reused = send(&other, &key, &Value::Null).await;
        assert_eq!((reused.status, reused.reason()), (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused"));
        decisions(&system, &own, &plans).await;
        publication(&system).await;
    }
}

/// The way of a plan, each step of it three times: submitted, returned, submitted again, approved, locked.
async fn decisions(system: &System, own: &Person, plans: &str) {
    let issuer = Issuer::of(system);
    let registrar = own.with_token(&issuer.registrar());
    let lecturers = registrar.all(&format!("/api/v1/lecturers?search={}", campus::LECTURER)).await;
    let advisor = own.with_token(&issuer.lecturer(lecturers[0]["id"].as_str().expect("an id")));
    let steps = format!("{plans}/steps");
    let (submission, approval, returned) =
        (format!("{plans}/submission"), format!("{plans}/approval"), format!("{plans}/return"));

    let submit = Deed::post(own, &submission, Value::Null).at(&own.get(plans).await.good());
    let submit = submit.seen(&steps, "\"deed\":\"submit\"");
    thrice(system, &submit).await;
    let note = |text: &str| json!({ "note": text });
    let back = Deed::post(&advisor, &returned, note("Tiga kali.")).at(&own.get(plans).await.good());
    thrice(system, &back.seen(&steps, "Tiga kali.").not(note("Lain."))).await;

    // The late repetition of what was submitted before does not submit what was returned.
    let late = settled(&submit, &key_of(&submit)).await.good();
    assert_eq!(late.body["state"], "submitted", "answered as it was");
    let now = own.get(plans).await.good();
    assert_eq!(now.body["state"], "returned");
    own.post(&submission, &now.etag()).await.good();

    let approve = Deed::post(&advisor, &approval, Value::Null).at(&own.get(plans).await.good());
    thrice(system, &approve.seen(&steps, "\"deed\":\"approve\"")).await;

    let lock = Deed::post(&registrar, &format!("/api/v1/periods/{PERIOD}/plan-locks"), Value::Null);
    thrice(system, &lock).await;
    let later = registrar.send(Method::POST, &lock.path, None).await.good();
    assert_eq!(later.body["locked"], 0, "under another key nothing is left to lock");
    assert_eq!(own.get(plans).await.good().body["state"], "locked");
    let shown = own.all(&steps).await;
    assert_eq!(shown.iter().filter(|step| step["deed"] == "lock").count(), 1, "{shown:?}");
}

/// The grades of a class, published three times.
async fn publication(system: &System) {
    let lecturer = Person::demo(system, demo::LECTURER).await;
    let class = lecturer.open_sheets(GRADED).await.remove(0);
    lecturer.fill_sheet(&class, 7_700).await;
    let sheet = format!("/api/v1/classes/{class}/sheet");
    let publish =
        Deed::post(&lecturer, &format!("{sheet}/publication"), Value::Null).at(&lecturer.get(&sheet).await.good());
    let list = format!("/api/v1/sheets?period={GRADED}&state=published");
    thrice(system, &publish.seen(&list, &class)).await;
}

/// The key that a deed is repeated under.
fn key_of(deed: &Deed<'_>) -> String {
    format!("thrice-{}-{}", deed.method, deed.path.replace('/', "-"))
}

/// Once into a connection that is cut, then twice; then with another body.
async fn thrice(system: &System, deed: &Deed<'_>) {
    let key = key_of(deed);
    cut_off(system, deed, &key).await;
    let first = settled(deed, &key).await.good();
    let second = settled(deed, &key).await;
    assert_eq!((first.status, &first.body), (second.status, &second.body), "{}", deed.path);
    if !deed.list.is_empty() {
        let shown = deed.person.all(&deed.list).await;
        let marked = shown.iter().filter(|item| item.to_string().contains(&deed.mark)).count();
        assert_eq!(marked, 1, "{}: {shown:?}", deed.path);
    }
    if !deed.other.is_null() {
        let reused = send(deed, &key, &deed.other).await;
        assert_eq!(
            (reused.status, reused.reason()),
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused"),
            "{}",
            deed.path
        );
    }
}

/// The deed under its key.
fn request(deed: &Deed<'_>, key: &str, body: &Value) -> reqwest::RequestBuilder {
    let request = deed.person.request(deed.method.clone(), &deed.path).header("idempotency-key", key);
    let request = if body.is_null() { request } else { request.json(body) };
    if deed.etag.is_empty() { request } else { request.header(reqwest::header::IF_MATCH, &deed.etag) }
}

async fn send(deed: &Deed<'_>, key: &str, body: &Value) -> Answer {
    let (method, path) = (&deed.method, &deed.path);
    answer(request(deed, key, body)).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

/// The answer once the first request is no longer under way.
async fn settled(deed: &Deed<'_>, key: &str) -> Answer {
    let patience = Duration::from_secs(5);
    let found = within(patience, async || {
        let answer = send(deed, key, &deed.body).await;
        (answer.reason() != "request-in-flight").then_some(answer)
    });
    found.await.unwrap_or_else(|| panic!("{} stays in flight", deed.path))
}

/// Sends the request and hangs up without reading a byte of the answer.
async fn cut_off(system: &System, deed: &Deed<'_>, key: &str) {
    let request = request(deed, key, &deed.body).build().expect("a request");
    let (method, url) = (&deed.method, request.url());
    let mut text = format!("{method} {} HTTP/1.1\r\nhost: {}\r\n", url.path(), url.authority());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("plain text")));
    }
    let body = if deed.body.is_null() { String::new() } else { deed.body.to_string() };
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    let address = system.api.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    stream.write_all(text.as_bytes()).await.expect("the gateway reads");
    stream.flush().await.expect("the gateway reads");
}
