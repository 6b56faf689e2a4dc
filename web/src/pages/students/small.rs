//! The small forms beside a student's record: the status in a period, and placing a hold.

use api::{HoldInput, HoldKind, PageQuery, StatusInput, StatusKind};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{About, ROWS, about, status_key};
use super::{LIST, address, hold, keeper, record, registrar};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::pages::entry::{Check, Entry, EntryPage, Fields, Input, Kind, No, Section, again, no};
use crate::session::random_word;
use crate::view::{Choice, Link, Tone};
use crate::visit::Visit;

/// `POST /mahasiswa/{id}/status`: sets the status in a period.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no students, or there is no such student for them.
pub async fn set_status(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let typed = Fields::of(&posted);
    let mut check = Check::new(lang, &typed);
    let period = check.text("status_periode", "period", 5);
    let status = check.choice::<StatusKind>("status_kata", "state");
    let read = check.done((period, status));
    let (period, status) = match read {
        Ok((period, Some(status))) => (period, status),
        Ok((_, None)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
        Err(errors) => {
            let refused = No::Wrong { status: StatusCode::BAD_REQUEST, errors, spent: false };
            return beside(&visit, &id, &typed, refused).await;
        }
    };
    match client.put_status(&id, &period, &StatusInput { status }).await {
        Ok(set) => {
            let vars = Vars::new().text("period", format::period(lang, &set.period_code));
            visit.flash(Tone::Ok, lang.with("status-saved", &vars), String::new());
            Ok(visit.see(&format!("{}#h-status", address(&id))))
        }
        Err(error) => {
            let place = |path: Option<&str>, _: &str| {
                Some(if path == Some("status") { "status_kata" } else { "status_periode" }.to_owned())
            };
            let refused = no(&visit, error, place, "f-status")?;
            beside(&visit, &id, &typed, refused).await
        }
    }
}

/// `POST /mahasiswa/{id}/tanggungan`: places a hold.
///
/// # Errors
///
/// When nobody is logged in, somebody who places none, or there is no such student.
pub async fn place_hold(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    registrar(&visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let typed = Fields::of(&posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let mut check = Check::new(lang, &typed);
    let kind = check.choice::<HoldKind>("tanggungan_jenis", "hold-kind");
    let note = check.text("tanggungan_catatan", "hold-note", 200);
    let input = match check.done((kind, note)) {
        Ok((Some(kind), note)) => HoldInput { kind, note },
        Ok((None, _)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
        Err(errors) => {
            let refused = No::Wrong { status: StatusCode::BAD_REQUEST, errors, spent: false };
            return beside(&visit, &id, &typed, refused).await;
        }
    };
    match client.idempotency_key(&key).place_hold(&id, &input).await {
        Ok(_) => {
            visit.flash(Tone::Ok, lang.t("hold-placed"), lang.t("hold-placed.text"));
            Ok(visit.see(&format!("{}#h-tanggungan", address(&id))))
        }
        Err(error) => {
            let place = |path: Option<&str>, _: &str| {
                Some(if path == Some("kind") { "tanggungan_jenis" } else { "tanggungan_catatan" }.to_owned())
            };
            let refused = no(&visit, error, place, "f-tanggungan")?;
            beside(&visit, &id, &typed, refused).await
        }
    }
}

/// The page after a "no" to one of the small forms: the record as it is stored, the small form as it is typed.
async fn beside(visit: &Visit, id: &str, typed: &Fields, refused: No) -> Result<Response, Failure> {
    let client = visit.client();
    let student = match client.student(id).await.map_err(Failure::from) {
        Ok(student) => student,
        Err(Failure::Down) => {
            let about = about(visit, id, None).await?;
            return Ok(again(visit, No::Down, "", "down-entry-student", |_| about.small(typed)));
        }
        Err(failure) => return Err(failure),
    };
    let query = PageQuery { limit: Some(ROWS), cursor: None };
    let (about, statuses, holds) = futures_util::future::join3(
        about(visit, id, Some(&student)),
        client.statuses(id, &query),
        client.holds(id, &query),
    )
    .await;
    let about =
        About { statuses: Some(statuses.map_err(Failure::from)), holds: Some(holds.map_err(Failure::from)), ..about? };
    let mut fields = record::typed(&student, &about.lookup.lecturers);
    for name in ["status_periode", "status_kata", "tanggungan_jenis", "tanggungan_catatan"] {
        fields.set(name, typed.get(name));
    }
    Ok(again(visit, refused, &random_word(), "down-entry-student", |key| about.page(&fields, key)))
}

impl About<'_> {
    /// The small form alone, when not even the record can be read.
    fn small(&self, typed: &Fields) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let back = Link { href: address(self.id), text: lang.t("students-title") };
        let page = EntryPage::new(visit, LIST, lang.t("students-title"), back);
        match typed.get("tanggungan_jenis") {
            "" => page.form(self.status_form(typed)),
            _ => page.form(self.hold_form(typed, &random_word())),
        }
    }

    /// The form of the status.
    pub(super) fn status_form(&self, typed: &Fields) -> Entry {
        let (visit, lang) = (self.visit, self.visit.lang);
        let choices = StatusKind::ALL.iter().map(|s| Choice::new(s.as_str(), lang.t(status_key(*s)), ""));
        let period = Input::new("status_periode", lang.t("period-code"), Kind::Number, typed).max(5);
        let inputs = vec![
            period.hint(lang.t("student-entry-hint")),
            Input::new("status_kata", lang.t("state"), Kind::Select(choices.collect()), typed),
        ];
        let section = Section::plain("s-status", inputs);
        let action = format!("{}/status", address(self.id));
        Entry::new(visit, "f-status", action, "status-save", vec![section]).heading(lang.t("status-set"))
    }

    /// The form of a new hold.
    pub(super) fn hold_form(&self, typed: &Fields, key: &str) -> Entry {
        let (visit, lang) = (self.visit, self.visit.lang);
        let kinds = HoldKind::ALL.iter().map(|k| Choice::new(k.as_str(), lang.t(hold::kind_key(*k)), ""));
        let note = Input::new("tanggungan_catatan", lang.t("hold-note"), Kind::Text, typed).width("w4").max(200);
        let inputs = vec![
            Input::new("tanggungan_jenis", lang.t("hold-kind"), Kind::Select(kinds.collect()), typed).width("w2"),
            note.hint(lang.t("hold-note-hint")),
        ];
        let section = Section::plain("s-tanggungan", inputs);
        let action = format!("{}/tanggungan", address(self.id));
        let entry = Entry::new(visit, "f-tanggungan", action, "hold-place", vec![section]);
        let key = if key.is_empty() { random_word() } else { key.to_owned() };
        entry.heading(lang.t("hold-place-title")).key(&key)
    }
}
