//! The scene: who is who, what they reach for, and the requests of the foundation.

use api::routes::{self, Route};
use reqwest::header;
use serde_json::{Value, json};

use super::Actor::{
    self, Advisor, Anonymous, Assistant, Foreign, Lecturer, Other, Own, Programme, Registrar, System as Operator,
    Teacher, Unassigned,
};
use super::registration::Spare;
use crate::campus;
use crate::people::{Answer, PERIOD, Person, answer, demo};
use crate::system::System;

/// The scene: who is who, and what they reach for.
pub(super) struct Scene {
    pub(super) actors: Vec<(Actor, Person)>,
    /// Whom each actor logs in as, and with which password.
    names: Vec<(Actor, String, &'static str)>,
    pub(super) student: String,
    pub(super) advisor: String,
    pub(super) programme: String,
    pub(super) course: String,
    pub(super) class: String,
    /// The class that is graded: of a course of its own, led by [`Teacher`].
    pub(super) graded: String,
    pub(super) curriculum: String,
    pub(super) spare: Spare,
    account: String,
}

/// Password of the accounts that the scene makes or gives one.
pub(super) const PASSWORD: &str = "sandi-cerita-2026";

impl Scene {
    pub(super) async fn set(system: &System) -> Self {
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
        let [teacher, assistant] = two_lecturers(&registrar).await;
        let names = vec![
            (Own, campus::nim(0), PASSWORD),
            (Other, campus::nim(1), PASSWORD),
            (Advisor, campus::LECTURER.to_owned(), PASSWORD),
            (Lecturer, demo::OTHER_LECTURER.to_owned(), PASSWORD),
            (Assistant, text(&assistant["nidn"]), PASSWORD),
            (Teacher, text(&teacher["nidn"]), PASSWORD),
            (Programme, "matrix.own".to_owned(), PASSWORD),
            (Foreign, "matrix.foreign".to_owned(), PASSWORD),
            (Unassigned, "matrix.nobody".to_owned(), PASSWORD),
            (Registrar, demo::REGISTRAR.to_owned(), demo::PASSWORD),
            (Operator, demo::SYSTEM_ADMIN.to_owned(), demo::PASSWORD),
        ];
        for (_, name, _) in names.iter().take(6) {
            crate::people::make_account(system, name, PASSWORD, &[]);
        }
        let mut scene = Self {
            actors: Vec::new(),
            names,
            student,
            advisor,
            programme,
            course,
            class: class_id,
            graded: String::new(),
            curriculum: String::new(),
            spare: Spare::default(),
            account: String::new(),
        };
        scene.log_in_again(system).await;
        let accounts = scene.as_who(Operator).all("/api/v1/accounts?search=matrix.account").await;
        scene.account = id_where(&accounts, "user_name", "matrix.account");
        scene.set_semester(&text(&teacher["id"]), &text(&assistant["id"])).await;
        scene.set_registration(system, &text(&teacher["id"])).await;
        scene
    }

    /// New access tokens for everybody.
    pub(super) async fn log_in_again(&mut self, system: &System) {
        self.actors = vec![(Anonymous, Person::anonymous(system))];
        for (actor, name, password) in &self.names {
            self.actors.push((*actor, Person::login(system, name, password).await));
        }
    }

    /// The person behind an actor.
    pub(super) fn as_who(&self, actor: Actor) -> &Person {
        let found = self.actors.iter().find(|(who, _)| *who == actor);
        found.map(|(_, person)| person).unwrap_or_else(|| panic!("{actor:?} is not in the scene"))
    }

    pub(super) fn registrar(&self) -> &Person {
        self.as_who(Registrar)
    }

    /// Sends the route's request as this actor, everything about it being right but perhaps the actor.
    pub(super) async fn attempt(&self, route: Route, actor: Actor, person: &Person) -> Answer {
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
                let now = self.registrar().get(&path).await.good();
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
                let now = self.registrar().get(&path).await.good();
                etag = etag_of(&now);
                Some(json!({ "state": now.body["state"], "windows": now.body["windows"] }))
            }
            routes::ROOMS_POST => Some(json!({ "code": tag, "capacity": 10 })),
            routes::ROOM_PUT => {
                let room = self
                    .registrar()
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
                    .registrar()
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
                    .registrar()
                    .send(reqwest::Method::POST, "/api/v1/classes", Some(self.new_class(&tag)))
                    .await
                    .good();
                etag = etag_of(&made);
                path = path.replace("{id}", &text(&made.body["id"]));
                (route == routes::CLASS_PUT).then(|| self.new_class(&tag))
            }
            routes::ITEMS_POST => {
                self.as_who(Own).give_back(student, class).await;
                Some(json!({ "class_id": class }))
            }
            routes::ITEM_DELETE => {
                self.as_who(Own).take(student, class).await;
                None
            }
            _ => {
                let prepared = self.prepare(route, &tag).await;
                path = prepared.path.unwrap_or(path);
                etag = prepared.etag;
                prepared.body
            }
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

    pub(super) fn new_course(&self, tag: &str) -> Value {
        json!({ "code": tag, "name": "Mata Kuliah", "credits_lecture": 2, "programme_id": self.programme, "requirement_kind": "elective" })
    }

    pub(super) fn new_class(&self, tag: &str) -> Value {
        let name = &tag[tag.len() - 5..];
        json!({ "period_code": PERIOD, "course_id": self.course, "name": name, "capacity": 10, "state": "open" })
    }

    async fn new_hold(&self, tag: &str) -> Answer {
        let path = format!("/api/v1/students/{}/holds", self.student);
        let hold =
            self.registrar().send(reqwest::Method::POST, &path, Some(json!({ "kind": "library", "note": tag }))).await;
        hold.good()
    }

    /// A hold would keep the student from what follows.
    pub(super) async fn lift_holds(&self) {
        for hold in self.registrar().all(&format!("/api/v1/students/{}/holds", self.student)).await {
            let path = format!("/api/v1/holds/{}", text(&hold["id"]));
            self.registrar().send(reqwest::Method::DELETE, &path, None).await.good();
        }
    }
}

/// A student as read, without what is derived: a student as written.
pub(super) fn as_input(mut student: Value) -> Value {
    let members = student.as_object_mut().expect("an object");
    for derived in ["id", "version", "advisor_name", "programme_name"] {
        members.remove(derived);
    }
    student
}

pub(super) fn id_where(items: &[Value], key: &str, wanted: &str) -> String {
    let found =
        items.iter().find(|item| item[key] == wanted).unwrap_or_else(|| panic!("no {key} {wanted} in {items:?}"));
    text(&found["id"])
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(super) fn etag_of(answer: &Answer) -> Option<header::HeaderValue> {
    answer.headers.get(header::ETAG).cloned()
}

/// A short word that no other attempt uses.
pub(super) fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("M{:05}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A period that nobody has made yet.
pub(super) fn free_period() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(2050);
    format!("{}1", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Two lecturers of the demo campus who have nothing to do with the student.
async fn two_lecturers(registrar: &Person) -> [Value; 2] {
    let mut lecturers = registrar.all("/api/v1/lecturers").await;
    lecturers.retain(|row| {
        row["nidn"].as_str().is_some_and(|number| ![campus::LECTURER, demo::OTHER_LECTURER].contains(&number))
    });
    lecturers.truncate(2);
    lecturers.try_into().expect("the demo campus has lecturers")
}
