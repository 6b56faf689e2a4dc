//! Requests of the registration: swaps, waiting lists, packages, the waiting room, many plans at once, allocation and
//! policies.

use api::routes::{self, Route};
use reqwest::Method;
use serde_json::{Value, json};

use super::Actor::{Advisor, Own};
use super::PASSWORD;
use super::scene::{Scene, etag_of, free_period, text};
use super::semester::{ALWAYS, Prepared, at, with_etag};
use crate::campus;
use crate::people::{PERIOD, Person, make_account};
use crate::system::System;

/// What the requests need beside the student's own plan.
#[derive(Default)]
pub(super) struct Spare {
    /// A student whose plan is there to be voided.
    void: String,
    /// A student whose plan is a draft with the only seat of [`full`](Self::full) in it.
    draft: String,
    /// A class without a free seat.
    full: String,
    /// A lecturer to delegate to.
    delegate: String,
    /// A period whose seats are given by wishes, and a class in it.
    wished: (String, String),
}

impl Scene {
    pub(super) async fn set_registration(&mut self, system: &System, delegate: &str) {
        self.spare.delegate = delegate.to_owned();
        self.spare.full = self.make("/api/v1/classes", self.class_of_its_own("F", PERIOD, 1).await).await;
        let mut ids = Vec::new();
        for (n, class) in [(2, &self.class), (3, &self.spare.full)] {
            make_account(system, &campus::nim(n), PASSWORD, &[]);
            let person = Person::login(system, &campus::nim(n), PASSWORD).await;
            let id = person.student_id().await;
            person.take(&id, class).await.good();
            ids.push(id);
        }
        self.spare.draft = ids.remove(1);
        self.spare.void = ids.remove(0);
        self.spare.wished = self.set_wishes().await;
    }

    /// A class of a new course.
    async fn class_of_its_own(&self, name: &str, period: &str, capacity: u32) -> Value {
        let course = self.make("/api/v1/courses", self.new_course(&super::scene::unique())).await;
        json!({ "period_code": period, "course_id": course, "name": name, "capacity": capacity, "state": "open" })
    }

    /// A period whose seats are given by wishes, in which the student is active.
    async fn set_wishes(&self) -> (String, String) {
        let period = free_period();
        let (opens_at, closes_at) = ALWAYS;
        let windows = json!([{ "kind": "krs", "scope": "university", "opens_at": opens_at, "closes_at": closes_at }]);
        let body = json!({
            "code": period, "state": "active", "windows": windows, "registration": { "seat_policy": "allocation" },
        });
        self.registrar().send(Method::POST, "/api/v1/periods", Some(body)).await.good();
        let status = format!("/api/v1/students/{}/statuses/{period}", self.student);
        self.registrar().send(Method::PUT, &status, Some(json!({ "status": "active" }))).await.good();
        let class = self.make("/api/v1/classes", self.class_of_its_own("W", &period, 10).await).await;
        (period, class)
    }

    pub(super) async fn prepare_registration(&self, route: Route, tag: &str) -> Prepared {
        let Spare { void, draft, full, delegate, wished } = &self.spare;
        let plan = |student: &str| format!("/api/v1/students/{student}/plans/{PERIOD}");
        let with = |body: Value| Prepared { body: Some(body), ..Prepared::default() };
        match route {
            routes::SWAPS_POST => {
                self.bring("draft").await;
                self.only(&self.class).await;
                let other = self.make("/api/v1/classes", self.new_class(tag)).await;
                with(json!({ "drop_class_id": self.class, "add_class_id": other }))
            }
            routes::REVISION_POST => with_etag(&self.bring("approved").await),
            routes::VOID_POST => {
                let now = self.registrar().get(&plan(void)).await.good();
                Prepared {
                    path: Some(format!("{}/void", plan(void))),
                    etag: etag_of(&now),
                    body: Some(json!({ "note": "Cuti." })),
                }
            }
            routes::WAITING_POST | routes::WAITING_DELETE => {
                self.bring("draft").await;
                let own = format!("{}/waiting", plan(&self.student));
                let line = format!("{own}/{full}");
                // Refused when the student is, or is not, in the line already.
                if route == routes::WAITING_POST {
                    self.as_who(Own).send(Method::DELETE, &line, None).await;
                    with(json!({ "class_id": full }))
                } else {
                    self.as_who(Own).send(Method::POST, &own, Some(json!({ "class_id": full }))).await;
                    at(line)
                }
            }
            routes::LINE_GET => at(format!("/api/v1/classes/{full}/waiting")),
            routes::PACKAGES_GET => at(format!("/api/v1/packages?period={PERIOD}")),
            routes::PACKAGES_POST => with(self.new_package(tag, &self.class)),
            routes::PACKAGE_PUT | routes::PACKAGE_DELETE => {
                let input = self.new_package(tag, &self.class);
                let made = self.registrar().send(Method::POST, "/api/v1/packages", Some(input.clone())).await.good();
                Prepared {
                    path: Some(format!("/api/v1/packages/{}", text(&made.body["id"]))),
                    etag: etag_of(&made),
                    body: (route == routes::PACKAGE_PUT).then_some(input),
                }
            }
            routes::PACKAGE_TAKE => {
                self.bring("draft").await;
                let class = self.make("/api/v1/classes", self.class_of_its_own("P", PERIOD, 10).await).await;
                with(json!({ "package_id": self.make("/api/v1/packages", self.new_package(tag, &class)).await }))
            }
            routes::APPROVALS_POST => with(self.many_plans(draft).await),
            routes::BULK_GET | routes::OUTCOMES_GET => {
                let body = self.many_plans(draft).await;
                let started = self.as_who(Advisor).send(Method::POST, "/api/v1/approvals", Some(body)).await.good();
                at(route.path.replace("{id}", &text(&started.body["id"])))
            }
            routes::DELEGATIONS_POST => with(self.new_delegation(delegate)),
            routes::DELEGATION_DELETE => {
                let made = self.make("/api/v1/delegations", self.new_delegation(delegate)).await;
                at(format!("/api/v1/delegations/{made}"))
            }
            routes::WISHES_GET => at(format!("/api/v1/students/{}/wishes/{}", self.student, wished.0)),
            routes::WISHES_PUT => {
                self.versioned(
                    format!("/api/v1/students/{}/wishes/{}", self.student, wished.0),
                    json!({ "class_ids": [wished.1] }),
                )
                .await
            }
            routes::ALLOCATION_POST => {
                let (period, _) = self.set_wishes().await;
                Prepared { body: Some(json!({})), ..at(format!("/api/v1/periods/{period}/allocation")) }
            }
            routes::ALLOCATION_GET | routes::ALLOCATED_GET => at(route.path.replace("{code}", &wished.0)),
            routes::POLICIES_POST => with(new_policy()),
            routes::POLICY_GET => at(format!("/api/v1/policies/{}", self.make("/api/v1/policies", new_policy()).await)),
            routes::POLICY_PUT | routes::POLICY_DELETE => {
                let input = new_policy();
                let made = self.registrar().send(Method::POST, "/api/v1/policies", Some(input.clone())).await.good();
                Prepared {
                    path: Some(format!("/api/v1/policies/{}", text(&made.body["id"]))),
                    etag: etag_of(&made),
                    body: (route == routes::POLICY_PUT).then_some(input),
                }
            }
            routes::EFFECTIVE_GET => {
                at(format!("/api/v1/policies/effective?period={PERIOD}&student_id={}", self.student))
            }
            _ => Prepared::default(),
        }
    }

    /// Sees to it that the student has this class of its course, and no other one of it.
    async fn only(&self, class: &str) {
        let path = format!("/api/v1/students/{}/plans/{PERIOD}", self.student);
        let now = self.registrar().get(&path).await.good();
        for item in now.body["items"].as_array().into_iter().flatten() {
            if item["class"]["course"]["id"] == self.course.as_str() && item["class"]["id"] != class {
                self.as_who(Own).give_back(&self.student, &text(&item["class"]["id"])).await.good();
            }
        }
        // Refused when it is in the plan already.
        self.as_who(Own).take(&self.student, class).await;
    }

    fn new_package(&self, tag: &str, class: &str) -> Value {
        json!({
            "period_code": PERIOD, "programme_id": self.programme, "name": format!("Paket {tag}"), "class_ids": [class],
        })
    }

    /// The one plan, as it is now.
    async fn many_plans(&self, student: &str) -> Value {
        let now = self.registrar().get(&format!("/api/v1/students/{student}/plans/{PERIOD}")).await.good();
        json!({ "period_code": PERIOD, "plans": [{ "student_id": student, "version": now.body["version"] }] })
    }

    fn new_delegation(&self, delegate: &str) -> Value {
        json!({
            "advisor_id": self.advisor, "delegate_id": delegate, "from": "2098-01-01T00:00:00Z",
            "until": "2098-06-01T00:00:00Z",
        })
    }
}

/// A document for a period of its own.
fn new_policy() -> Value {
    json!({ "title": "SK", "scope": "university", "valid_from": free_period(), "body": { "short_term": 9 } })
}
