//! Requests of the semester: deciding about plans, curricula, grades and results.

use api::routes::{self, Route};
use reqwest::{Method, header};
use serde_json::{Value, json};

use super::Actor::{Own, Teacher};
use super::scene::{Scene, etag_of, free_period, text, unique};
use crate::people::{Answer, PERIOD, Person, answer};

/// What is particular to one request.
#[derive(Default)]
pub(super) struct Prepared {
    /// Another path than the route's with the student in it.
    pub(super) path: Option<String>,
    pub(super) etag: Option<header::HeaderValue>,
    pub(super) body: Option<Value>,
}

/// Wide enough for every day on which the stories run.
pub(super) const ALWAYS: (&str, &str) = ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");

impl Scene {
    /// Approval and grade entry are open, the programme has a scale, and there are a class to grade and a curriculum.
    pub(super) async fn set_semester(&mut self, teacher: &str, assistant: &str) {
        let path = format!("/api/v1/periods/{PERIOD}");
        let now = self.registrar().get(&path).await.good();
        let mut windows = now.body["windows"].as_array().expect("a period has windows").clone();
        for kind in ["krs_approval", "revision", "grade_entry"] {
            let (opens_at, closes_at) = ALWAYS;
            windows.push(json!({ "kind": kind, "scope": "university", "opens_at": opens_at, "closes_at": closes_at }));
        }
        let body = json!({ "state": now.body["state"], "windows": windows });
        self.write(self.registrar(), Method::PUT, &path, etag_of(&now), Some(body)).await.good();
        self.set_scale().await;
        let course = self.make("/api/v1/courses", self.new_course(&unique())).await;
        let lecturers = json!([{ "lecturer_id": teacher, "lead": true }, { "lecturer_id": assistant }]);
        let class = json!({
            "period_code": PERIOD, "course_id": course, "name": "A", "capacity": 10, "state": "open",
            "lecturers": lecturers,
        });
        self.graded = self.make("/api/v1/classes", class).await;
        self.curriculum = self.make("/api/v1/curricula", self.new_curriculum(&unique())).await;
    }

    /// grade-svc learns of the programme a moment after its import.
    async fn set_scale(&self) {
        let path = self.scale_path();
        let set = crate::eventually(async || {
            let etag = self.scale_etag().await;
            let set = self.write(self.registrar(), Method::PUT, &path, etag, Some(scale())).await;
            set.status.is_success().then_some(())
        });
        set.await.expect("the programme gets a scale");
    }

    fn scale_path(&self) -> String {
        format!("/api/v1/programmes/{}/grade-scales/{PERIOD}", self.programme)
    }

    async fn scale_etag(&self) -> Option<header::HeaderValue> {
        let scales = self.registrar().all(&format!("/api/v1/grade-scales?programme_id={}", self.programme)).await;
        let version = scales.iter().find(|scale| scale["start_period"] == PERIOD).map(|scale| scale["version"].clone());
        format!("\"{}\"", version.unwrap_or(json!(0))).parse().ok()
    }

    /// What a request of this route needs to be right in everything but perhaps its actor.
    pub(super) async fn prepare(&self, route: Route, tag: &str) -> Prepared {
        let sheet = format!("/api/v1/classes/{}/sheet", self.graded);
        match route {
            routes::SUBMISSION_POST => with_etag(&self.bring("draft").await),
            routes::SUBMISSION_DELETE | routes::APPROVAL_POST => with_etag(&self.bring("submitted").await),
            routes::RETURN_POST => {
                Prepared { body: Some(json!({ "note": "Kurangi SKS." })), ..with_etag(&self.bring("submitted").await) }
            }
            routes::PLANS_GET => at(format!("/api/v1/plans?period={PERIOD}")),
            routes::PLAN_LOCKS_POST => {
                self.bring("approved").await;
                Prepared::default()
            }
            routes::CURRICULA_POST => Prepared { body: Some(self.new_curriculum(tag)), ..Prepared::default() },
            routes::CURRICULUM_GET => at(format!("/api/v1/curricula/{}", self.curriculum)),
            routes::CURRICULUM_PUT => {
                let input = self.new_curriculum(tag);
                let made = self.make("/api/v1/curricula", input.clone()).await;
                self.versioned(format!("/api/v1/curricula/{made}"), input).await
            }
            routes::PREREQUISITES_GET => at(format!("/api/v1/courses/{}/prerequisites", self.course)),
            routes::EQUIVALENTS_GET => at(format!("/api/v1/courses/{}/equivalents", self.course)),
            routes::PREREQUISITES_PUT => {
                let course = self.make("/api/v1/courses", self.new_course(tag)).await;
                let body = json!({ "all_of": [{ "any_of": [{ "kind": "credits", "credits": 80 }] }] });
                self.versioned(format!("/api/v1/courses/{course}/prerequisites"), body).await
            }
            routes::EQUIVALENTS_PUT => {
                let course = self.make("/api/v1/courses", self.new_course(tag)).await;
                let other = self.make("/api/v1/courses", self.new_course(&unique())).await;
                let body = json!({ "course_ids": [other] });
                self.versioned(format!("/api/v1/courses/{course}/equivalents"), body).await
            }
            routes::SHEET_GET => {
                self.sheet().await;
                at(sheet)
            }
            routes::COMPONENTS_PUT => {
                let now = self.sheet().await;
                let body = json!({ "components": now.body["components"] });
                Prepared { path: Some(format!("{sheet}/components")), body: Some(body), etag: etag_of(&now) }
            }
            routes::SCORES_PUT => {
                let body = scores(&self.sheet().await.body);
                Prepared { body: Some(body), ..at(format!("{sheet}/scores")) }
            }
            routes::PUBLICATION_POST => {
                let now = self.sheet().await;
                if now.body["summary"]["state"] != "published" {
                    let body = scores(&now.body);
                    let path = format!("{sheet}/scores");
                    self.as_who(Teacher).send(Method::PUT, &path, Some(body)).await.good();
                }
                Prepared { path: Some(format!("{sheet}/publication")), ..with_etag(&self.sheet().await) }
            }
            routes::SCALE_PUT => {
                let etag = self.scale_etag().await;
                Prepared { path: Some(self.scale_path()), body: Some(scale()), etag }
            }
            _ => self.prepare_registration(route, tag).await,
        }
    }

    fn new_curriculum(&self, tag: &str) -> Value {
        let course = json!({ "course_id": self.course, "semester": 1, "requirement_kind": "elective" });
        json!({
            "programme_id": self.programme, "name": format!("Kurikulum {tag}"), "start_period": free_period(),
            "credits_required": 144, "credits_compulsory": 120, "credits_elective": 24, "courses": [course],
        })
    }

    /// Makes something as the registrar; its id.
    pub(super) async fn make(&self, path: &str, body: Value) -> String {
        text(&self.registrar().send(Method::POST, path, Some(body)).await.good().body["id"])
    }

    /// The change of something as it is now.
    pub(super) async fn versioned(&self, path: String, body: Value) -> Prepared {
        let now = self.registrar().get(&path).await.good();
        Prepared { path: Some(path), body: Some(body), etag: etag_of(&now) }
    }

    async fn write(
        &self,
        person: &Person,
        method: Method,
        path: &str,
        etag: Option<header::HeaderValue>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = person.request(method.clone(), path);
        if let Some(etag) = etag {
            request = request.header(header::IF_MATCH, etag);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Takes the student's plan, with both classes in it, to a state by the deeds of those who may do them. A locked plan
    /// stays locked. Returns the plan.
    pub(super) async fn bring(&self, wanted: &str) -> Answer {
        let path = format!("/api/v1/students/{}/plans/{PERIOD}", self.student);
        for _ in 0..6 {
            let state = text(&self.registrar().get(&path).await.good().body["state"]);
            let open = matches!(state.as_str(), "none" | "draft" | "returned");
            if open {
                for class in [&self.class, &self.graded] {
                    // Refused when it is in the plan already.
                    self.as_who(Own).take(&self.student, class).await;
                }
            }
            let now = self.registrar().get(&path).await.good();
            if state == wanted || state == "locked" || (wanted == "draft" && open) {
                return now;
            }
            let (person, method, deed, body) = match state.as_str() {
                _ if open => (self.as_who(Own), Method::POST, "submission", None),
                // Taken back, one that was approved before would be revised again.
                "submitted" if wanted != "draft" => (self.registrar(), Method::POST, "approval", None),
                "revising" => (self.as_who(Own), Method::POST, "submission", None),
                _ => (self.registrar(), Method::POST, "return", Some(json!({ "note": "Sekali lagi." }))),
            };
            self.write(person, method, &format!("{path}/{deed}"), etag_of(&now), body).await.good();
        }
        panic!("the plan does not become {wanted}");
    }

    /// The grade sheet, once the student's approved plan has put them on the roster.
    async fn sheet(&self) -> Answer {
        self.bring("approved").await;
        let path = format!("/api/v1/classes/{}/sheet", self.graded);
        let sheet = crate::eventually(async || {
            let found = self.as_who(Teacher).get(&path).await;
            let rows = found.body["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
            let listed = rows.iter().any(|row| row["student_id"] == self.student.as_str());
            listed.then_some(found)
        });
        sheet.await.expect("grade-svc learns who is in the class")
    }
}

pub(super) fn at(path: String) -> Prepared {
    Prepared { path: Some(path), ..Prepared::default() }
}

pub(super) fn with_etag(now: &Answer) -> Prepared {
    Prepared { etag: etag_of(now), ..Prepared::default() }
}

/// The same score for everything and everybody.
fn scores(sheet: &Value) -> Value {
    let components = sheet["components"].as_array().expect("a sheet has components");
    let scores: Vec<Value> = components
        .iter()
        .map(|component| json!({ "component_id": component["id"], "score_hundredths": 8250 }))
        .collect();
    let rows = sheet["rows"].as_array().expect("a sheet has rows").iter();
    let rows: Vec<Value> = rows
        .map(|row| json!({ "student_id": row["student_id"], "version": row["version"], "scores": scores }))
        .collect();
    json!({ "rows": rows })
}

fn scale() -> Value {
    let step = |letter: &str, bound: u32, points: u32| json!({ "letter": letter, "min_score_hundredths": bound, "points_hundredths": points });
    json!({
        "steps": [step("A", 8500, 400), step("B", 7000, 300), step("C", 5500, 200), step("E", 0, 0)],
        "pass_points_hundredths": 200, "repeat_policy": "best",
    })
}
