//! Publishing the grades of a class: asked first, on a page that shows what students will read.

use api::{Sheet, SheetState};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::chart::Chart;
use super::{LIST, address, class_label, facts, writer};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::login;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Frame, Hidden, Layout, Note, Reason, Tone};
use crate::visit::Visit;

/// `grades_publish.html`.
#[derive(Template)]
#[template(path = "grades_publish.html")]
pub struct PublishPage {
    /// Frame.
    pub f: Frame,
    /// Token and key.
    pub hidden: Hidden,
    /// The version that is looked at.
    pub version: i64,
    /// Course and class.
    pub title: String,
    /// Code, SKS, period, students.
    pub line: String,
    /// Where the form is sent.
    pub action: String,
    /// The grid.
    pub back: String,
    /// Distribution.
    pub chart: Option<Chart>,
    /// The earlier period that it stands beside; none without one.
    pub earlier: Option<String>,
    /// What is agreed to.
    pub agree: String,
    /// What the button says.
    pub button: String,
    /// What is wrong: the box was not ticked.
    pub error: String,
    /// False while something stands in the way.
    pub possible: bool,
}

/// `GET /nilai/{class}/terbitkan`.
///
/// # Errors
///
/// When nobody is logged in, somebody who enters no grades, or there is no such class for them.
pub async fn ask(visit: Visit, Path(class): Path<String>) -> Result<Response, Failure> {
    writer(&visit)?;
    let sheet = visit.client().sheet(&class).await?;
    if sheet.summary.state == SheetState::Published {
        return Ok(visit.see(&address(&class)));
    }
    Ok(visit.page(&page(&visit, &sheet, &random_word())))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, sheet: &Sheet, key: &str) -> PublishPage {
    let lang = visit.lang;
    let summary = &sheet.summary;
    let title = class_label(summary);
    let heading = lang.with("publish-title", &Vars::new().text("class", title.as_str()));
    let mut f = visit.frame(heading, Layout::App, LIST);
    let mut reasons = reasons::sentences(lang, &visit.app.campus, &sheet.publish_refusals);
    if !summary.lead && !sheet.publish_refusals.iter().any(|refusal| refusal.reason == "not-lead") {
        let who = summary.lecturer_names.first().cloned().unwrap_or_else(|| lang.t("lecturer-none"));
        let title = lang.with("grades-check-lead", &Vars::new().text("lecturer", who));
        reasons.push(Reason { title, detail: String::new() });
    }
    let possible = reasons.is_empty();
    if possible {
        f.notes.push(Note::new(Tone::Wait, lang.t("publish-warning"), lang.t("publish-warning.text")));
    } else {
        let mut note = Note::new(Tone::Bad, lang.t("publish-not-yet"), lang.t("publish-not-yet.text"));
        note.items = reasons;
        f.notes.push(note);
    }
    let count = Vars::new().count("count", summary.students);
    let earlier = sheet.earlier_period.as_deref().filter(|_| !sheet.earlier_distribution.is_empty());
    PublishPage {
        f,
        hidden: Hidden::new(visit.form_token()).key(key),
        version: sheet.version,
        title,
        line: facts(lang, summary).join(" · "),
        action: format!("{}/terbitkan", address(&summary.class_id)),
        back: address(&summary.class_id),
        chart: Chart::new(lang, &sheet.distribution, &sheet.earlier_distribution),
        earlier: earlier.map(|code| format::period(lang, code)),
        agree: lang.with("publish-agree", &count),
        button: lang.with("publish-button", &count),
        error: String::new(),
        possible,
    }
}

/// `POST /nilai/{class}/terbitkan`.
///
/// # Errors
///
/// When nobody is logged in, somebody who enters no grades, or there is no such class for them.
pub async fn publish(visit: Visit, Path(class): Path<String>, posted: Posted) -> Result<Response, Failure> {
    writer(&visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let key = posted.key().map_or_else(random_word, str::to_owned);
    if posted.get("yakin").is_empty() {
        let sheet = client.sheet(&class).await?;
        let mut page = page(&visit, &sheet, &key);
        page.error = lang.t("publish-agree-required");
        page.f.title = lang.with("error-title", &Vars::new().text("title", page.f.title.clone()));
        return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
    }
    let Ok(version) = posted.get("versi").parse() else { return Err(Failure::Malformed(StatusCode::BAD_REQUEST)) };
    let error = match client.idempotency_key(&key).publish_sheet(&class, version).await {
        Ok(sheet) => {
            let vars = Vars::new().text("class", class_label(&sheet.summary));
            visit.flash(Tone::Ok, lang.with("publish-done", &vars), lang.t("publish-done.text"));
            return Ok(visit.see(&address(&class)));
        }
        Err(error) => error,
    };
    if error.has_reason("login-too-old") {
        let next = format!("{}/terbitkan", address(&class));
        return Ok(visit.see(&with_query(login::PATH, &[("next", &next), ("lagi", "1")])));
    }
    let (status, note) = match error.problem() {
        Some(problem) if problem.status == 412 || problem.has_reason("version-stale") => {
            let note = Note::new(Tone::Wait, lang.t("publish-stale"), lang.t("publish-stale.text"));
            (StatusCode::PRECONDITION_FAILED, note)
        }
        Some(problem) if matches!(problem.status, 400 | 403 | 409 | 422) => {
            let mut note = Note::new(Tone::Bad, lang.t("publish-refused"), lang.t("nothing-changed"));
            let campus = &visit.app.campus;
            let said = problem.errors.iter().map(|e| reasons::sentence(lang, campus, &e.reason, &e.facts));
            note.items = said.collect();
            if note.items.is_empty() {
                note.items.push(reasons::sentence(lang, campus, &problem.reason, &reasons::Facts::new()));
            }
            (StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT), note)
        }
        _ => match Failure::from(error) {
            Failure::Down => (StatusCode::SERVICE_UNAVAILABLE, Note::down(lang, "down-publish")),
            failure => return Err(failure),
        },
    };
    // Looked at anew: the next press agrees to what is shown now.
    let sheet = match client.sheet(&class).await.map_err(Failure::from) {
        Ok(sheet) => sheet,
        Err(Failure::Down) => {
            visit.flash(Tone::Wait, note.title, note.text);
            return Ok(visit.see(&address(&class)));
        }
        Err(failure) => return Err(failure),
    };
    if sheet.summary.state == SheetState::Published {
        return Ok(visit.see(&address(&class)));
    }
    let mut page = page(&visit, &sheet, &random_word());
    page.f.notes.insert(0, note);
    Ok(visit.page_with(status, &page))
}
