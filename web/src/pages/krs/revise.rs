//! Opening an approved plan for changes while the revision window (PRS) is open.

use api::{Plan, PlanState};
use axum::http::StatusCode;
use axum::response::Response;

use super::busy;
use super::deed::{self, Deed};
use super::submit::refused;
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Hidden, Note, Reason, Tone};
use crate::visit::Visit;

/// The form that opens an approved plan.
pub struct ReviseForm {
    /// Hidden fields.
    pub hidden: Hidden,
    /// Period.
    pub period: String,
    /// Version that was shown.
    pub version: i64,
}

/// The form; none while it would be refused.
#[must_use]
pub fn form(visit: &Visit, plan: &Plan) -> Option<ReviseForm> {
    let open = plan.state == PlanState::Approved && plan.revise_refusals.is_empty() && plan.revision_window.is_some();
    open.then(|| ReviseForm {
        hidden: Hidden::new(visit.form_token()).key(random_word()),
        period: plan.period_code.clone(),
        version: plan.version,
    })
}

/// What is said about changing an approved plan: until when it can be opened, or why it cannot.
#[must_use]
pub fn note(visit: &Visit, plan: &Plan) -> Option<Note> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let window = plan.revision_window.as_ref();
    match plan.state {
        PlanState::Approved if plan.revise_refusals.is_empty() => {
            let vars = Vars::new().text("date", campus.date_time(lang, campus.last_moment(window?.closes_at)));
            let mut note = Note::new(Tone::Info, lang.with("revise-open", &vars), lang.t("revise-open.text"));
            note.until = Some(left(visit, plan));
            Some(note)
        }
        PlanState::Approved if window.is_some() => {
            let mut note = Note::new(Tone::Mute, lang.t("revise-not"), String::new());
            note.items = reasons::sentences(lang, campus, &plan.revise_refusals);
            Some(note)
        }
        PlanState::Revising => {
            let title = match window {
                Some(window) => {
                    let vars = Vars::new().text("date", campus.date_time(lang, campus.last_moment(window.closes_at)));
                    lang.with("revise-now", &vars)
                }
                None => lang.t("revise-now.bare"),
            };
            let mut note = Note::new(Tone::Wait, title, lang.t("revise-now.text"));
            note.icon = "pencil";
            note.until = window.map(|_| left(visit, plan));
            Some(note)
        }
        _ => None,
    }
}

/// Seconds until the revision window closes.
fn left(visit: &Visit, plan: &Plan) -> i64 {
    let closes = plan.revision_window.as_ref().map(|window| window.closes_at);
    closes.map_or(0, |closes| closes.duration_since(visit.app.clock.now()).as_secs().max(0))
}

/// `POST /krs/ubah`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who is not a student.
pub async fn open(mut visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let student = visit.user()?.student_id().ok_or(Failure::Forbidden)?.to_owned();
    let period = posted.get("periode").to_owned();
    let version: i64 = posted.get("versi").parse().map_err(|_| Failure::Malformed(StatusCode::BAD_REQUEST))?;
    let home = with_query("/krs", &[("periode", &period)]);
    let note = match deed::send(&mut visit, &student, &period, posted.key(), &Deed::Revise(version)).await {
        Ok(_) => Note::new(Tone::Ok, visit.t("revise-done"), visit.t("revise-done.text")),
        Err(error) => {
            if let Some(seconds) = busy::seconds(&error) {
                return Ok(busy::answer(&visit, "/krs/ubah", &period, &posted, seconds));
            }
            refused(&visit, error, "revise-refused", "down-submit")?
        }
    };
    let said: Vec<_> = note.items.iter().map(Reason::whole).chain([note.text.clone()]).collect();
    visit.flash(note.tone, note.title, said.join(" ").trim());
    Ok(visit.see(&home))
}
