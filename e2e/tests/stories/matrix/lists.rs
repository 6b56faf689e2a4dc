//! Ways around a row of the table: taking what belongs to others, and lists that show too much.

use reqwest::header;
use serde_json::json;

use super::Actor::{Advisor, Anonymous, Programme, Registrar};
use super::scene::{Scene, as_input, id_where};
use super::{GRADE_READERS, READERS};
use crate::campus;
use crate::people::PERIOD;

impl Scene {
    /// Nobody but the registrar takes a student to another programme: neither its own admin away, nor a foreign one over.
    pub(super) async fn moves(&self) -> Vec<String> {
        let path = format!("/api/v1/students/{}", self.student);
        let programmes = self.registrar().all("/api/v1/programmes").await;
        let mut complaints = Vec::new();
        for (actor, person) in self.actors.iter().filter(|(actor, _)| *actor != Registrar) {
            let now = self.registrar().get(&path).await.good();
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

    /// A list shows exactly what one may read one by one.
    pub(super) async fn lists(&self) -> Vec<String> {
        let nim = campus::nim(0);
        let lists = [
            (format!("/api/v1/students?search={nim}"), "id", &self.student, READERS),
            // The queue is for those who advise and keep: a student reads the own plan by itself.
            (
                format!("/api/v1/plans?period={PERIOD}&search={nim}"),
                "student_id",
                &self.student,
                &[Advisor, Programme, Registrar],
            ),
            (format!("/api/v1/sheets?period={PERIOD}&limit=200"), "class_id", &self.graded, GRADE_READERS),
        ];
        let mut complaints = Vec::new();
        for (path, key, wanted, readers) in lists {
            for (actor, person) in self.actors.iter().filter(|(actor, _)| *actor != Anonymous) {
                let found = person.get(&path).await;
                let items = found.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                let shown = items.iter().any(|item| item[key] == wanted.as_str());
                if shown != readers.contains(actor) {
                    complaints.push(format!("{path} as {actor:?} shows what the table is about: {shown}"));
                }
            }
        }
        complaints
    }
}
