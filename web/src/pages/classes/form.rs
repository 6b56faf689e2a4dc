//! The form of a class: new, or changed with a version check.

use api::{Period, PeriodState};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::input::{FieldError, Typed};
use super::list::Filter;
use super::lookup::Lookup;
use super::{address, office, periods};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::krs::panel::class_label;
use crate::session::random_word;
use crate::view::{Note, Tone};
use crate::visit::{Draft, Visit};

mod page;
mod refusal;

use page::About;
pub use page::{Field, FormPage, LecturerField, MeetingFields};
pub use refusal::{Difference, differences};

const LIST: &str = "/admin/kelas";
const NEW: &str = "/admin/kelas/baru";

fn draft_note(lang: Lang) -> Note {
    Note::new(Tone::Info, lang.t("draft-restored"), lang.t("draft-restored.text"))
}

/// `GET /admin/kelas/baru?periode=&prodi=`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no classes.
pub async fn new(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    office(&visit)?;
    let filter = Filter::read(&pairs);
    let client = visit.client();
    let period = if filter.period.is_empty() { latest(periods(&client).await?) } else { filter.period };
    let lookup = Lookup::fetch(&client, &filter.programme).await?;
    let about = About { visit: &visit, lookup: &lookup, class: None, key: random_word() };
    Ok(visit.page(&restored(about, NEW, Typed::blank(&period))))
}

fn latest(periods: Vec<Period>) -> String {
    let active = periods.iter().find(|period| period.state == PeriodState::Active).or(periods.first());
    active.map(|period| period.code.clone()).unwrap_or_default()
}

/// The form, with what was typed before the session ended.
fn restored(mut about: About<'_>, path: &str, typed: Typed) -> FormPage {
    let Some(Draft { fields, .. }) = about.visit.take_draft(path) else { return about.page(&typed, Vec::new()) };
    // The same key: had the form been accepted after all, sending it again changes nothing.
    let posted = Posted(fields);
    if let Some(key) = posted.key() {
        about.key = key.to_owned();
    }
    let mut page = about.page(&Typed::read(&posted.0), Vec::new());
    page.f.notes.push(draft_note(about.visit.lang));
    page
}

/// `GET /admin/kelas/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such class for them.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    office(&visit)?;
    let client = visit.client();
    let class = client.class(&id).await?;
    let lookup = Lookup::fetch(&client, &class.course.programme_id).await?;
    let about = About { visit: &visit, lookup: &lookup, class: Some(&class), key: random_word() };
    let typed = Typed::of(&visit.app.campus, &class, &lookup);
    Ok(visit.page(&restored(about, &address(&class), typed)))
}

/// `POST /admin/kelas`: makes a class, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no classes.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    save(&visit, None, &posted).await
}

/// `POST /admin/kelas/{id}`: changes a class, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no classes, or there is no such class for them.
pub async fn update(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    save(&visit, Some(&id), &posted).await
}

async fn save(visit: &Visit, id: Option<&str>, posted: &Posted) -> Result<Response, Failure> {
    office(visit)?;
    let client = visit.client();
    let typed = Typed::read(&posted.0);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let class = match id {
        Some(id) => match client.class(id).await.map_err(Failure::from) {
            Ok(class) => Some(class),
            Err(Failure::Down) => return unsaved(visit, id, &typed, key),
            Err(failure) => return Err(failure),
        },
        None => None,
    };
    let programme = class.as_ref().map_or("", |class| class.course.programme_id.as_str());
    let mut lookup = Lookup::fetch(&client, programme).await?;
    if let Some(changed) = typed.clone().pressed(posted.get("tombol")) {
        let about = About { visit, lookup: &lookup, class: class.as_ref(), key };
        return Ok(visit.page(&about.page(&changed, Vec::new())));
    }
    let typed = typed.compact();
    let course = if class.is_some() { "" } else { typed.course.as_str() };
    lookup.widen(&client, course, &typed.lecturers).await?;
    let about = About { visit, lookup: &lookup, class: class.as_ref(), key: key.clone() };
    let input = match typed.resolve(visit.lang, &visit.app.campus, &lookup, class.as_ref()) {
        Ok(input) => input,
        // With a list missing, "unknown" would be a false answer.
        Err(_) if lookup.down => return Ok(about.down(&typed)),
        Err(errors) => return Ok(about.wrong(StatusCode::BAD_REQUEST, &typed, errors)),
    };
    let saved = match (&class, typed.version.trim().parse::<i64>()) {
        (Some(class), Ok(version)) => client.update_class(&class.id, version, &input).await,
        (Some(_), Err(_)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
        (None, _) => client.idempotency_key(&key).create_class(&input).await,
    };
    match saved {
        Ok(saved) => {
            let done = if class.is_some() { "class-saved" } else { "class-created" };
            let title = visit.lang.with(done, &Vars::new().text("class", class_label(visit.lang, &saved)));
            visit.flash(Tone::Ok, title, saved_text(visit.lang, done, &saved));
            Ok(visit.see(&with_query(LIST, &[("periode", &saved.period_code)])))
        }
        Err(error) => about.refused(&client, &typed, error).await,
    }
}

/// What a save means; for a class that has fewer seats now than students, what becomes of them.
fn saved_text(lang: Lang, done: &str, saved: &api::Class) -> String {
    match saved.taken.filter(|taken| *taken > saved.capacity) {
        Some(taken) => lang.with("class-saved.over", &Vars::new().count("taken", taken)),
        None => lang.t(&format!("{done}.text")),
    }
}

/// The form when not even the class can be read: what was typed, and that nothing was changed.
fn unsaved(visit: &Visit, id: &str, typed: &Typed, key: String) -> Result<Response, Failure> {
    let lookup = Lookup::default();
    let about = About { visit, lookup: &lookup, class: None, key };
    let mut page = about.page(typed, Vec::new());
    page.title = visit.t("class-edit-short");
    page.f.title.clone_from(&page.title);
    page.action = format!("{LIST}/{id}");
    page.course_open = false;
    page.f.notes.push(Note::down(visit.lang, "down-save"));
    Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page))
}

impl About<'_> {
    fn down(&self, typed: &Typed) -> Response {
        let mut page = self.page(typed, Vec::new());
        page.f.notes.push(Note::down(self.visit.lang, "down-save"));
        self.visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page)
    }

    fn wrong(&self, status: StatusCode, typed: &Typed, errors: Vec<FieldError>) -> Response {
        self.visit.page_with(status, &self.page(typed, errors))
    }

    /// The form after a "no": with the reasons at their fields, with the newer state, or with what is down.
    async fn refused(
        &self,
        client: &api::Client,
        typed: &Typed,
        error: api::client::Error,
    ) -> Result<Response, Failure> {
        match error.problem() {
            Some(problem) if problem.status == 412 || problem.has_reason("version-stale") => {
                self.stale(client, typed).await
            }
            Some(problem) if matches!(problem.status, 400 | 409 | 422) => {
                let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
                // Sent before with other values: a new key, so that saving again is a deed of its own.
                let spent = problem.has_reason("idempotency-key-reused");
                let key = if spent { random_word() } else { self.key.clone() };
                let about = About { visit: self.visit, lookup: self.lookup, class: self.class, key };
                Ok(about.wrong(status, typed, refusal::field_errors(self.visit, typed, problem)))
            }
            _ => match Failure::from(error) {
                Failure::Down => Ok(self.down(typed)),
                failure => Err(failure),
            },
        }
    }

    /// Somebody else was quicker: what is stored now beside what is typed, and the next save counts against that.
    async fn stale(&self, client: &api::Client, typed: &Typed) -> Result<Response, Failure> {
        let Some(class) = self.class else { return Err(Failure::internal("a new class cannot be stale")) };
        let now = client.class(&class.id).await?;
        let lang = self.visit.lang;
        let stored = Typed::of(&self.visit.app.campus, &now, self.lookup);
        let typed = Typed { version: stored.version.clone(), ..typed.clone() };
        let mut page = self.page(&typed, Vec::new());
        page.stale = differences(lang, &stored, &typed);
        let text = if page.stale.is_empty() { "class-stale.same" } else { "class-stale.text" };
        page.f.notes.push(Note::new(Tone::Wait, lang.t("class-stale"), lang.t(text)));
        Ok(self.visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
    }
}

/// The page as tests need it: with an error at the capacity unless `error` is empty.
#[cfg(test)]
pub(crate) fn sample(
    visit: &Visit,
    lookup: &Lookup,
    class: Option<&api::Class>,
    typed: &Typed,
    error: &str,
) -> FormPage {
    let wrong = FieldError { field: "kapasitas".into(), text: error.into() };
    let errors = if error.is_empty() { Vec::new() } else { vec![wrong] };
    About { visit, lookup, class, key: random_word() }.page(typed, errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    #[test]
    fn a_save_below_the_seats_taken_says_what_becomes_of_the_students() {
        let mut class = samples::class("c1", "A");
        (class.capacity, class.taken) = (10, Some(20));
        assert!(saved_text(Lang::Id, "class-saved", &class).starts_with("20 mahasiswa sudah terdaftar;"));
        class.capacity = 20;
        assert_eq!(saved_text(Lang::Id, "class-saved", &class), "Perubahan langsung berlaku.");
    }
}
