//! What a page of a form says to a "no": at its fields, above the form, beside what is stored now.

use axum::http::StatusCode;
use axum::response::Response;

use super::EntryPage;
use crate::error::Failure;
use crate::i18n::Lang;
use crate::pages::classes::input::FieldError;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Note, Tone};
use crate::visit::Visit;

/// What a service said to a form.
pub enum No {
    /// These fields are wrong. With a spent key the next sending needs another one.
    Wrong {
        /// Status of the page.
        status: StatusCode,
        /// At which fields, and why.
        errors: Vec<FieldError>,
        /// Whether the key was used before for something else.
        spent: bool,
    },
    /// The account may not do this.
    Denied,
    /// Somebody else changed it in the meantime.
    Stale,
    /// It does not answer.
    Down,
}

/// Reads a "no". `place` says which field of the page a path of the request or a reason means; `whole` is the id for
/// the rest.
///
/// # Errors
///
/// When the page cannot be shown again: nobody is logged in any more, there is no such thing, or it is our fault.
pub fn no(
    visit: &Visit,
    error: api::client::Error,
    place: impl Fn(Option<&str>, &str) -> Option<String>,
    whole: &str,
) -> Result<No, Failure> {
    match error.problem() {
        Some(problem) if problem.status == 412 || problem.has_reason("version-stale") => Ok(No::Stale),
        Some(problem) if problem.status == 403 => Ok(No::Denied),
        Some(problem) if matches!(problem.status, 400 | 409 | 422) => {
            let (lang, campus) = (visit.lang, &visit.app.campus);
            let at = |path: Option<&str>, reason: &str| place(path, reason).unwrap_or_else(|| whole.to_owned());
            let mut errors: Vec<FieldError> = Vec::new();
            for found in &problem.errors {
                let reason = reasons::sentence(lang, campus, &found.reason, &found.facts);
                let text = format!("{} {}", reason.title, reason.detail).trim().to_owned();
                errors.push(FieldError { field: at(found.field.as_deref(), &found.reason), text });
            }
            if errors.is_empty() {
                let text = reasons::sentence(lang, campus, &problem.reason, &reasons::Facts::new()).title;
                errors.push(FieldError { field: at(None, &problem.reason), text });
            }
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            Ok(No::Wrong { status, errors, spent: problem.has_reason("idempotency-key-reused") })
        }
        _ => match Failure::from(error) {
            Failure::Down => Ok(No::Down),
            failure => Err(failure),
        },
    }
}

/// Row and rest of a path like `windows[2].kind`.
#[must_use]
pub fn indexed<'a>(path: &'a str, list: &str) -> Option<(usize, &'a str)> {
    let (n, rest) = path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
    Some((n.parse().ok()?, rest.trim_start_matches('.')))
}

/// The answer to a "no" that is no matter of versions: the page that `build` makes for the key, with what is wrong.
#[must_use]
pub fn again(visit: &Visit, no: No, key: &str, down: &str, build: impl Fn(&str) -> EntryPage) -> Response {
    let lang = visit.lang;
    let (status, page) = match no {
        No::Wrong { status, errors, spent } => {
            let key = if spent { random_word() } else { key.to_owned() };
            (status, build(&key).wrong(errors))
        }
        No::Denied => {
            let note = Note::new(Tone::Bad, lang.t("entry-denied"), lang.t("entry-denied.text"));
            (StatusCode::FORBIDDEN, build(key).note(note))
        }
        No::Stale => (StatusCode::PRECONDITION_FAILED, build(key).stale(&[], &[])),
        No::Down => (StatusCode::SERVICE_UNAVAILABLE, build(key).note(Note::down(lang, down))),
    };
    visit.page_with(status, &page)
}

/// Said above a form that shows again what was typed before the session ended.
#[must_use]
pub fn draft_note(lang: Lang) -> Note {
    Note::new(Tone::Info, lang.t("draft-restored"), lang.t("draft-restored.text"))
}
