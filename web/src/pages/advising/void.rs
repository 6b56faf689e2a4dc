//! Voiding a plan: the academic bureau takes the seats back and says why.

use api::VoidInput;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::review::{NOTE_MAX, Typed, address, answer, fetch};
use crate::error::Failure;
use crate::layer::Posted;
use crate::pages::krs::submit::refused;
use crate::view::Tone;
use crate::visit::Visit;

/// `POST /perwalian/{student}/{period}/batal`.
///
/// # Errors
///
/// When nobody is logged in, somebody who is not of the academic bureau, or there is no such student.
pub async fn void(
    visit: Visit,
    Path((student, period)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    if !visit.user()?.is_registrar() {
        return Err(Failure::Forbidden);
    }
    let version = posted.get("versi").parse().map_err(|_| Failure::Malformed(StatusCode::BAD_REQUEST))?;
    let note = posted.get("alasan").replace("\r\n", "\n").trim().to_owned();
    let mut typed = Typed { void: note.clone(), version, ..Typed::default() };
    if !(1..=NOTE_MAX).contains(&note.chars().count()) {
        typed.void_error = visit.t("void-note-required");
        let fetched = fetch(&visit, &student, &period).await?;
        return Ok(answer(&visit, StatusCode::BAD_REQUEST, &student, &period, &fetched, typed));
    }
    let client = match posted.key() {
        Some(key) => visit.client().idempotency_key(key),
        None => visit.client(),
    };
    let error = match client.void_plan(&student, &period, version, &VoidInput { note }).await {
        Ok(_) => {
            visit.flash(Tone::Ok, visit.t("void-done"), visit.t("void-done.text"));
            return Ok(visit.see(&address(&student, &period)));
        }
        Err(error) => error,
    };
    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
    typed.said = Some(refused(&visit, error, "void-refused", "down-decide")?);
    let fetched = fetch(&visit, &student, &period).await?;
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Ok(answer(&visit, status, &student, &period, &fetched, typed))
}
