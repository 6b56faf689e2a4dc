//! Who may do what to whose: every route, every role, own, foreign and unassigned.
//!
//! The table says whom a route serves; everybody else is refused with 403 or 404 (401 without a token). A route that is
//! not in the table fails the test, and so does an actor that the table forgets.

use api::routes::{self, Route};
use reqwest::header;
use serde_json::{Value, json};

use crate::both_engines;
use crate::campus;
use crate::people::{Answer, PERIOD, Person, answer, demo};
use crate::system::System;

/// Everybody who tries. The object is always the same student, their plan, or something of their study programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    /// No token.
    Anonymous,
    /// The student.
    Own,
    /// Another student of the same programme.
    Other,
    /// The student's advisor.
    Advisor,
    /// A lecturer with other advisees.
    Lecturer,
    /// Admin of the student's programme.
    Programme,
    /// Admin of another programme.
    Foreign,
    /// An account without any role.
    Unassigned,
    /// The academic bureau.
    Registrar,
    /// Runs the system.
    System,
}
use Actor::{Advisor, Anonymous, Foreign, Lecturer, Other, Own, Programme, Registrar, System as Operator, Unassigned};

const EVERYBODY: &[Actor] =
    &[Anonymous, Own, Other, Advisor, Lecturer, Programme, Foreign, Unassigned, Registrar, Operator];
const LOGGED_IN: &[Actor] = &[Own, Other, Advisor, Lecturer, Programme, Foreign, Unassigned, Registrar, Operator];
/// May read the student's record and plan.
const READERS: &[Actor] = &[Own, Advisor, Programme, Registrar];
/// Keep the programme.
const KEEPERS: &[Actor] = &[Programme, Registrar];

/// Whom each route serves.
fn allowed(route: Route) -> Option<&'static [Actor]> {
    Some(match route {
        routes::JWKS_GET | routes::HEALTH_GET | routes::READY_GET => EVERYBODY,
        routes::SESSIONS_POST | routes::SESSIONS_REFRESH => EVERYBODY,
        routes::CLASSES_GET | routes::PERIODS_GET => EVERYBODY,
        routes::SESSION_DELETE | routes::HOME_GET => LOGGED_IN,
        routes::ME_GET | routes::PASSWORD_PUT => LOGGED_IN,
        routes::ACCOUNTS_GET | routes::ROLE_PUT | routes::ROLE_DELETE => &[Operator],
        routes::FACULTIES_GET | routes::PROGRAMMES_GET | routes::LECTURERS_GET | routes::LECTURER_GET => LOGGED_IN,
        routes::PERIOD_GET | routes::ROOMS_GET | routes::COURSES_GET | routes::COURSE_GET | routes::CLASS_GET => {
            LOGGED_IN
        }
        routes::STUDENTS_GET => &[Own, Other, Advisor, Lecturer, Programme, Foreign, Registrar],
        routes::STUDENT_GET | routes::STATUSES_GET => READERS,
        routes::HOLDS_GET => READERS,
        routes::STUDENTS_POST | routes::STUDENT_PUT | routes::STATUS_PUT => KEEPERS,
        routes::HOLDS_POST | routes::WAIVERS_POST | routes::HOLD_DELETE => &[Registrar],
        routes::PERIODS_POST | routes::PERIOD_PUT | routes::ROOMS_POST | routes::ROOM_PUT => &[Registrar],
        routes::COURSES_POST | routes::COURSE_PUT => KEEPERS,
        routes::CLASSES_POST | routes::CLASS_PUT | routes::CLASS_DELETE => KEEPERS,
        routes::PLAN_GET | routes::CHOICES_GET => READERS,
        routes::PLAN_POST | routes::ITEMS_POST | routes::ITEM_DELETE => &[Own],
        _ => return None,
    })
}

/// The scene: who is who, and what they reach for.
struct Scene {
    actors: Vec<(Actor, Person)>,
    registrar: Person,
    own: Person,
    student: String,
    advisor: String,
    programme: String,
    course: String,
    class: String,
    account: String,
}

/// Password of the accounts that the scene makes or gives one.
const PASSWORD: &str = "sandi-cerita-2026";

impl Scene {
    async fn set(system: &System) -> Self {
        campus::import(system, &[("MATRIX".into(), 1, 500)]);
        let registrar = Person::demo(system, demo::REGISTRAR).await;
        let programmes = registrar.all("/api/v1/programmes").await;
        let programme = id_where(&programmes, "code", campus::PROGRAMME);
        let students = registrar.all(&format!("/api/v1/students?programme_id={programme}")).await;
        let student = id_where(&students, "nim", &campus::nim(0));
        let class = registrar.all(&format!("/api/v1/classes?period={PERIOD}&search=MATRIX")).await.remove(0);
        let class_id = text(&class["id"]);
        let course = text(&class["course"]["id"]);
        let advisor = text(&class["lecturers"][0]["lecturer_id"]);
        for (name, arguments) in [
            ("matrix.own", vec!["--role", "programme_admin", "--scope", campus::PROGRAMME]),
            ("matrix.foreign", vec!["--role", "programme_admin", "--scope", "IF-S1"]),
            ("matrix.account", vec![]),
            ("matrix.nobody", vec![]),
        ] {
            crate::people::make_account(system, name, PASSWORD, &arguments);
        }
        for existing in [campus::nim(0), campus::nim(1), campus::LECTURER.to_owned(), demo::OTHER_LECTURER.to_owned()] {
            crate::people::make_account(system, &existing, PASSWORD, &[]);
        }
        let login = async |name: &str| Person::login(system, name, PASSWORD).await;
        let own = login(&campus::nim(0)).await;
        let actors = vec![
            (Anonymous, Person::anonymous(system)),
            (Own, own.clone()),
            (Other, login(&campus::nim(1)).await),
            (Advisor, login(campus::LECTURER).await),
            (Lecturer, login(demo::OTHER_LECTURER).await),
            (Programme, login("matrix.own").await),
            (Foreign, login("matrix.foreign").await),
            (Unassigned, login("matrix.nobody").await),
            (Registrar, registrar.clone()),
            (Operator, Person::demo(system, demo::SYSTEM_ADMIN).await),
        ];
        let operator = &actors[actors.len() - 1].1;
        let accounts = operator.all("/api/v1/accounts?search=matrix.account").await;
        let account = id_where(&accounts, "user_name", "matrix.account");
        Self { actors, registrar, own, student, advisor, programme, course, class: class_id, account }
    }

    /// Sends the route's request as this actor, everything about it being right but perhaps the actor.
    async fn attempt(&self, route: Route, actor: Actor, person: &Person) -> Answer {
        let tag = unique();
        let (student, class) = (&self.student, &self.class);
        let mut path = route.path.replace("{class_id}", class).replace("{period}", PERIOD).replace("{code}", PERIOD);
        let mut etag = None;
        let body = match route {
            routes::SESSIONS_POST => Some(json!({ "user_name": campus::nim(0), "password": PASSWORD })),
            routes::SESSIONS_REFRESH => {
                let login = json!({ "user_name": campus::nim(0), "password": PASSWORD });
                let session = person.send(reqwest::Method::POST, "/api/v1/sessions", Some(login)).await.good();
                Some(json!({ "refresh_token": session.body["refresh_token"] }))
            }
            routes::PASSWORD_PUT => {
                let present = if matches!(actor, Registrar | Operator) { demo::PASSWORD } else { PASSWORD };
                Some(json!({ "current_password": present, "new_password": present }))
            }
            routes::ROLE_PUT | routes::ROLE_DELETE => {
                path = format!("/api/v1/accounts/{}/roles/registrar", self.account);
                None
            }
            routes::CLASSES_GET | routes::CHOICES_GET => {
                let joint = if route == routes::CLASSES_GET { format!("?period={PERIOD}") } else { String::new() };
                path.push_str(&joint);
                path = path.replace("{id}", student);
                None
            }
            routes::LECTURER_GET => {
                path = path.replace("{id}", &self.advisor);
                None
            }
            routes::STUDENTS_POST => Some(self.new_student(&tag)),
            routes::STUDENT_PUT => {
                path = path.replace("{id}", student);
                let now = self.registrar.get(&path).await.good();
                etag = etag_of(&now);
                Some(as_input(now.body))
            }
            routes::STATUS_PUT => Some(json!({ "status": "active" })),
            routes::HOLDS_POST => Some(json!({ "kind": "library", "note": tag })),
            routes::WAIVERS_POST | routes::HOLD_DELETE => {
                let hold = self.new_hold(&tag).await;
                path = path.replace("{id}", &text(&hold.body["id"]));
                let until = "2099-01-01T00:00:00Z";
                etag = etag_of(&hold);
                (route == routes::WAIVERS_POST).then(|| json!({ "until": until }))
            }
            routes::PERIODS_POST => Some(json!({ "code": free_period(), "state": "planned", "windows": [] })),
            routes::PERIOD_PUT => {
                let now = self.registrar.get(&path).await.good();
                etag = etag_of(&now);
                Some(json!({ "state": now.body["state"], "windows": now.body["windows"] }))
            }
            routes::ROOMS_POST => Some(json!({ "code": tag, "capacity": 10 })),
            routes::ROOM_PUT => {
                let room = self
                    .registrar
                    .send(reqwest::Method::POST, "/api/v1/rooms", Some(json!({ "code": tag, "capacity": 10 })))
                    .await
                    .good();
                etag = etag_of(&room);
                path = path.replace("{id}", &text(&room.body["id"]));
                Some(json!({ "code": tag, "capacity": 20 }))
            }
            routes::COURSES_POST => Some(self.new_course(&tag)),
            routes::COURSE_PUT => {
                let made = self
                    .registrar
                    .send(reqwest::Method::POST, "/api/v1/courses", Some(self.new_course(&tag)))
                    .await
                    .good();
                etag = etag_of(&made);
                path = path.replace("{id}", &text(&made.body["id"]));
                Some(self.new_course(&tag))
            }
            routes::COURSE_GET => {
                path = path.replace("{id}", &self.course);
                None
            }
            routes::CLASSES_POST => Some(self.new_class(&tag)),
            routes::CLASS_GET => {
                path = path.replace("{id}", class);
                None
            }
            routes::CLASS_PUT | routes::CLASS_DELETE => {
                let made = self
                    .registrar
                    .send(reqwest::Method::POST, "/api/v1/classes", Some(self.new_class(&tag)))
                    .await
                    .good();
                etag = etag_of(&made);
                path = path.replace("{id}", &text(&made.body["id"]));
                (route == routes::CLASS_PUT).then(|| self.new_class(&tag))
            }
            routes::ITEMS_POST => {
                self.own.give_back(student, class).await;
                Some(json!({ "class_id": class }))
            }
            routes::ITEM_DELETE => {
                self.own.take(student, class).await;
                None
            }
            _ => None,
        };
        let path = path.replace("{id}", student);
        let method = route.method.as_str().parse().expect("a method");
        let mut request = person.request(method, &path);
        if let Some(etag) = etag {
            request = request.header(header::IF_MATCH, etag);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await.unwrap_or_else(|error| panic!("{route}: {error}"))
    }

    fn new_student(&self, tag: &str) -> Value {
        json!({ "nim": tag, "name": "Mahasiswa Baru", "programme_id": self.programme, "entry_period": PERIOD })
    }

    fn new_course(&self, tag: &str) -> Value {
        json!({ "code": tag, "name": "Mata Kuliah", "credits_lecture": 2, "programme_id": self.programme, "requirement_kind": "elective" })
    }

    fn new_class(&self, tag: &str) -> Value {
        let name = &tag[tag.len() - 5..];
        json!({ "period_code": PERIOD, "course_id": self.course, "name": name, "capacity": 10, "state": "open" })
    }

    async fn new_hold(&self, tag: &str) -> Answer {
        let path = format!("/api/v1/students/{}/holds", self.student);
        let hold =
            self.registrar.send(reqwest::Method::POST, &path, Some(json!({ "kind": "library", "note": tag }))).await;
        hold.good()
    }

    /// Nobody but the registrar takes a student to another programme: neither its own admin away, nor a foreign one over.
    async fn moves(&self) -> Vec<String> {
        let path = format!("/api/v1/students/{}", self.student);
        let programmes = self.registrar.all("/api/v1/programmes").await;
        let mut complaints = Vec::new();
        for (actor, person) in self.actors.iter().filter(|(actor, _)| *actor != Registrar) {
            let now = self.registrar.get(&path).await.good();
            let etag = now.headers[header::ETAG].to_str().expect("plain text").to_owned();
            let mut body = as_input(now.body);
            body["programme_id"] = json!(id_where(&programmes, "code", "IF-S1"));
            let found = person.put(&path, &etag, body).await;
            if !matches!(found.status.as_u16(), 401 | 403 | 404) {
                complaints.push(format!(
                    "moving the student as {actor:?} should be refused: {} {}",
                    found.status, found.body
                ));
            }
        }
        complaints
    }

    /// A list shows exactly the students whose record one may read.
    async fn lists(&self) -> Vec<String> {
        let path = format!("/api/v1/students?search={}", campus::nim(0));
        let mut complaints = Vec::new();
        for (actor, person) in self.actors.iter().filter(|(actor, _)| *actor != Anonymous) {
            let found = person.get(&path).await;
            let items = found.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let shown = items.iter().any(|item| item["id"] == self.student.as_str());
            if shown != READERS.contains(actor) {
                complaints.push(format!("the list as {actor:?} shows the student: {shown}"));
            }
        }
        complaints
    }

    /// A hold would keep the student from what follows.
    async fn lift_holds(&self) {
        for hold in self.registrar.all(&format!("/api/v1/students/{}/holds", self.student)).await {
            let path = format!("/api/v1/holds/{}", text(&hold["id"]));
            self.registrar.send(reqwest::Method::DELETE, &path, None).await.good();
        }
    }
}

both_engines! {
    async fn every_route_serves_whom_it_should_and_nobody_else(engine: Engine) {
        let system = System::start(engine).await;
        let scene = Scene::set(&system).await;
        let mut complaints = Vec::new();
        for &route in routes::ALL {
            let Some(allowed) = allowed(route) else {
                complaints.push(format!("{route} has no row in the table"));
                continue;
            };
            for (actor, person) in &scene.actors {
                // The end of a session must not end the session that the others are tried with.
                let person = if route == routes::SESSION_DELETE && *actor != Anonymous {
                    Person::login(&system, "matrix.account", PASSWORD).await
                } else {
                    person.clone()
                };
                let found = scene.attempt(route, *actor, &person).await;
                let served = found.status.is_success();
                let status = found.status.as_u16();
                let right = match (allowed.contains(actor), *actor) {
                    (true, _) => served,
                    (false, Anonymous) => status == 401,
                    (false, _) => matches!(status, 403 | 404),
                };
                if !right {
                    let wanted = if allowed.contains(actor) { "should be served" } else { "should be refused" };
                    complaints.push(format!("{route} as {actor:?} {wanted}: {} {}", found.status, found.body));
                }
            }
            if matches!(route, routes::HOLDS_POST | routes::WAIVERS_POST | routes::HOLD_DELETE) {
                scene.lift_holds().await;
            }
        }
        complaints.extend(scene.moves().await);
        complaints.extend(scene.lists().await);
        assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    }
}

/// A student as read, without what is derived: a student as written.
fn as_input(mut student: Value) -> Value {
    let members = student.as_object_mut().expect("an object");
    for derived in ["id", "version", "advisor_name", "programme_name"] {
        members.remove(derived);
    }
    student
}

fn id_where(items: &[Value], key: &str, wanted: &str) -> String {
    let found =
        items.iter().find(|item| item[key] == wanted).unwrap_or_else(|| panic!("no {key} {wanted} in {items:?}"));
    text(&found["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn etag_of(answer: &Answer) -> Option<header::HeaderValue> {
    answer.headers.get(header::ETAG).cloned()
}

/// A short word that no other attempt uses.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("M{:05}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A period that nobody has made yet.
fn free_period() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(2050);
    format!("{}1", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Known without starting anything.
#[test]
fn every_route_has_a_row_in_the_table() {
    let missing: Vec<String> =
        routes::ALL.iter().filter(|route| allowed(**route).is_none()).map(Route::to_string).collect();
    assert_eq!(missing, Vec::<String>::new());
}
