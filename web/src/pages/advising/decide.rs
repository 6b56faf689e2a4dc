//! Approving a plan, or returning it with a note.

use api::{Plan, ReturnInput};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::desk;
use super::review::{NOTE_MAX, Typed, answer, fetch};
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::krs::submit::refused;
use crate::reasons;
use crate::view::Tone;
use crate::visit::Visit;

/// `POST /perwalian/{student}/{period}`: `aksi` is `setuju` or `kembali`.
///
/// # Errors
///
/// When nobody is logged in, or the student is none that the person may know of.
pub async fn decide(
    visit: Visit,
    Path((student, period)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    desk(&visit)?;
    let version = posted.get("versi").parse().map_err(|_| Failure::Malformed(StatusCode::BAD_REQUEST))?;
    // Browsers send line ends as two characters; one is what people count.
    let note = posted.get("catatan").replace("\r\n", "\n").trim().to_owned();
    let mut typed = Typed { note, version, ..Typed::default() };
    let returns = posted.get("aksi") == "kembali";
    if returns {
        typed.error = wrong(&visit, &typed.note);
    } else if posted.get("aksi") != "setuju" {
        return Err(Failure::Malformed(StatusCode::BAD_REQUEST));
    }
    if !typed.error.is_empty() {
        let fetched = fetch(&visit, &student, &period).await?;
        return Ok(answer(&visit, StatusCode::BAD_REQUEST, &student, &period, &fetched, typed));
    }
    let client = match posted.key() {
        Some(key) => visit.client().idempotency_key(key),
        None => visit.client(),
    };
    let done = if returns {
        client.return_plan(&student, &period, version, &ReturnInput { note: typed.note.clone() }).await
    } else {
        client.approve_plan(&student, &period, version).await
    };
    let error = match done {
        Ok(plan) => {
            let key = if returns { "return-done" } else { "approve-done" };
            visit.flash(Tone::Ok, say(&visit, key, &plan), visit.t(&format!("{key}.text")));
            return Ok(visit.see(&with_query("/perwalian", &[("periode", &period)])));
        }
        Err(error) => error,
    };
    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
    if status.is_none_or(|status| status.is_server_error()) {
        typed.key = posted.key().map(str::to_owned);
    }
    if let Some(wrong) = error.problem().and_then(|problem| {
        problem.errors.iter().find(|wrong| wrong.field.as_deref().is_some_and(|field| field.ends_with("note")))
    }) {
        typed.error = reasons::sentence(visit.lang, &visit.app.campus, &wrong.reason, &wrong.facts).title;
    } else {
        let key = if returns { "return-refused" } else { "approve-refused" };
        typed.said = Some(refused(&visit, error, key, "down-decide")?);
    }
    let fetched = fetch(&visit, &student, &period).await?;
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Ok(answer(&visit, status, &student, &period, &fetched, typed))
}

/// What is wrong with a note; empty when nothing is.
fn wrong(visit: &Visit, note: &str) -> String {
    match note.chars().count() {
        0 => visit.t("return-note-required"),
        1..=NOTE_MAX => String::new(),
        long => {
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            let vars = Vars::new().count("max", count(NOTE_MAX)).count("long", count(long));
            visit.lang.with("return-note-long", &vars)
        }
    }
}

fn say(visit: &Visit, key: &str, plan: &Plan) -> String {
    match &plan.student_name {
        Some(name) => visit.lang.with(key, &Vars::new().text("name", name.clone())),
        None => visit.t(&format!("{key}.bare")),
    }
}
