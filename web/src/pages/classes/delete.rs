//! Removing a class: asked first, on a page of its own.

use api::Class;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{address, office};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::home::lecturers;
use crate::pages::krs::panel::{class_label, meetings};
use crate::reasons;
use crate::view::{Frame, Hidden, Layout, Note, Tone};
use crate::visit::Visit;

/// `class_delete.html`.
#[derive(Template)]
#[template(path = "class_delete.html")]
pub struct DeletePage {
    /// Frame.
    pub f: Frame,
    /// Token.
    pub hidden: Hidden,
    /// Where the form is sent.
    pub action: String,
    /// The class's own page.
    pub back: String,
    /// `Basis Data Lanjut A`.
    pub title: String,
    /// What goes with it: heading and text.
    pub facts: Vec<(String, String)>,
    /// False while students have seats in it.
    pub possible: bool,
}

/// `GET /admin/kelas/{id}/hapus`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such class for them.
pub async fn ask(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    office(&visit)?;
    let class = visit.client().class(&id).await?;
    Ok(visit.page(&page(&visit, &class)))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, class: &Class) -> DeletePage {
    let lang = visit.lang;
    let title = class_label(lang, class);
    let taken = class.taken.unwrap_or_default();
    let heading = lang.with("class-delete-title", &Vars::new().text("class", title.clone()));
    let seats = Vars::new().count("taken", taken).count("capacity", class.capacity);
    let mut f = visit.frame(heading, Layout::App, "/admin/kelas");
    if taken > 0 {
        let text = lang.with("class-delete-taken.text", &seats);
        f.notes.push(Note::new(Tone::Wait, lang.t("class-delete-taken"), text));
    }
    DeletePage {
        f,
        hidden: Hidden::new(visit.form_token()),
        action: format!("{}/hapus", address(class)),
        back: address(class),
        facts: vec![
            (lang.t("course"), format!("{} {}", class.course.code, title)),
            (lang.t("period"), format::period(lang, &class.period_code)),
            (lang.t("lecturer"), lecturers(lang, class)),
            (lang.t("schedule"), meetings(lang, class).join(", ")),
            (lang.t("seats"), lang.with("seats-of", &seats)),
        ],
        title,
        possible: taken == 0,
    }
}

/// `POST /admin/kelas/{id}/hapus`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such class for them.
pub async fn delete(visit: Visit, Path(id): Path<String>, _posted: Posted) -> Result<Response, Failure> {
    office(&visit)?;
    let client = visit.client();
    let class = client.class(&id).await?;
    let lang = visit.lang;
    match client.delete_class(&id).await {
        Ok(()) => {
            let title = lang.with("class-deleted", &Vars::new().text("class", class_label(lang, &class)));
            visit.flash(Tone::Ok, title, String::new());
            Ok(visit.see(&with_query("/admin/kelas", &[("periode", &class.period_code)])))
        }
        Err(error) => {
            let (status, note) = match error.problem().filter(|problem| problem.status == 409) {
                Some(problem) => {
                    let mut note = Note::new(Tone::Bad, lang.t("class-not-deleted"), lang.t("nothing-changed"));
                    let campus = &visit.app.campus;
                    let said = problem.errors.iter().map(|e| reasons::sentence(lang, campus, &e.reason, &e.facts));
                    note.items = said.collect();
                    (StatusCode::CONFLICT, note)
                }
                None => match Failure::from(error) {
                    Failure::Down => (StatusCode::SERVICE_UNAVAILABLE, Note::down(lang, "down-delete")),
                    failure => return Err(failure),
                },
            };
            let mut page = page(&visit, &class);
            page.f.notes.push(note);
            Ok(visit.page_with(status, &page))
        }
    }
}
