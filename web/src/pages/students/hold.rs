//! One hold: granting a dated waiver, and lifting it for good.

use api::{Hold, HoldKind, PageQuery, Student, WaiverInput};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, keeper, registrar};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::entry::{Block, Check, Entry, EntryPage, Fields, Input, Kind, No, Section, again, no};
use crate::pages::home::FactCard;
use crate::view::{Link, Note, Tone};
use crate::visit::Visit;

/// Pages of a student's holds that are looked through for one.
const PAGES: usize = 10;

/// Address of a hold's page.
#[must_use]
pub fn address(student: &str, hold: &str) -> String {
    format!("{}/tanggungan/{hold}", super::address(student))
}

/// Message of a kind of hold.
#[must_use]
pub fn kind_key(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Tuition => "hold-word-tuition",
        HoldKind::Library => "hold-word-library",
        HoldKind::Academic => "hold-word-academic",
        HoldKind::Document => "hold-word-document",
    }
}

/// Kind and note of a hold; the note may be hidden from this reader.
#[must_use]
pub fn title(lang: Lang, hold: &Hold) -> String {
    let kind = lang.t(kind_key(hold.kind));
    if hold.note.is_empty() { kind } else { format!("{kind}: {}", hold.note) }
}

/// Whether a hold binds now.
#[must_use]
pub fn state(visit: &Visit, hold: &Hold) -> String {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let date = |at| Vars::new().text("date", campus.date(lang, at));
    match (hold.lifted_at, hold.waived_until) {
        (Some(at), _) => lang.with("hold-state-lifted", &date(at)),
        (None, Some(until)) if until > visit.app.clock.now() => {
            lang.with("hold-waived-until", &date(campus.last_moment(until)))
        }
        _ => lang.with("hold-state-binding", &date(hold.placed_at)),
    }
}

/// There is no route for one hold: it is looked for in the student's list.
async fn find(visit: &Visit, student: &str, id: &str) -> Result<Hold, Failure> {
    let client = visit.client();
    let mut query = PageQuery { limit: Some(api::limits::PAGE_MAX), cursor: None };
    for _ in 0..PAGES {
        let page = client.holds(student, &query).await?;
        if let Some(hold) = page.items.into_iter().find(|hold| hold.id == id) {
            return Ok(hold);
        }
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    Err(Failure::NotFound)
}

/// `GET /mahasiswa/{id}/tanggungan/{hold}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no students, or there is no such hold for them.
pub async fn show(visit: Visit, Path((student, id)): Path<(String, String)>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let (hold, student) = futures_util::future::join(find(&visit, &student, &id), client.student(&student)).await;
    Ok(visit.page(&page(&visit, &student?, &hold?, &Fields::default())))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, student: &Student, hold: &Hold, typed: &Fields) -> EntryPage {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let back = Link { href: super::address(&student.id), text: student.name.clone() };
    let mut page = EntryPage::new(visit, LIST, title(lang, hold), back);
    page.line = format!("{} · {}", student.nim, student.name);
    let mut facts =
        vec![(lang.t("hold-placed-at"), campus.date_time(lang, hold.placed_at)), (lang.t("state"), state(visit, hold))];
    if let Some(until) = hold.waived_until {
        facts.push((lang.t("hold-waiver"), campus.date_time(lang, campus.last_moment(until))));
    }
    page.blocks.push(Block::Facts(FactCard { id: "h-fakta", title: lang.t("hold-facts"), facts }));
    let registrar = visit.session.user.as_ref().is_some_and(crate::session::User::is_registrar);
    if hold.lifted_at.is_some() || !registrar {
        return page;
    }
    let here = address(&student.id, &hold.id);
    let until = Input::new("sampai", lang.t("hold-waive-until"), Kind::Moment, typed);
    let waive = Section::plain("s-dispensasi", vec![until.hint(lang.t("hold-waive-hint"))]);
    let waive = Entry::new(visit, "f-dispensasi", format!("{here}/dispensasi"), "hold-waive", vec![waive]);
    let lift = Section {
        id: "s-cabut".into(),
        title: lang.t("hold-lift-title"),
        hint: lang.t("hold-lift-hint"),
        ..Section::default()
    };
    let lift = Entry::new(visit, "f-cabut", format!("{here}/cabut"), "hold-lift", vec![lift]);
    page = page.form(waive.heading(lang.t("hold-waive-title")).version(&hold.version.to_string()));
    page.form(Entry { grave: true, ..lift })
}

/// `POST /mahasiswa/{id}/tanggungan/{hold}/dispensasi`.
///
/// # Errors
///
/// When nobody is logged in, somebody who grants none, or there is no such hold.
pub async fn waive(
    visit: Visit,
    Path((student, id)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    registrar(&visit)?;
    let lang = visit.lang;
    let typed = Fields::of(&posted);
    let mut check = Check::new(lang, &typed);
    let until = check.moment("sampai", "hold-waive-until", &visit.app.campus);
    // Until the end of the minute that is typed.
    let until = until.and_then(|until| until.checked_add(jiff::SignedDuration::from_mins(1)).ok());
    let refused = match (check.done(()), until, typed.get("versi").parse()) {
        (Ok(()), Some(until), Ok(version)) => {
            match visit.client().waive_hold(&id, version, &WaiverInput { until }).await {
                Ok(hold) => {
                    visit.flash(Tone::Ok, lang.t("hold-waived"), state(&visit, &hold));
                    return Ok(visit.see(&format!("{}#h-tanggungan", super::address(&student))));
                }
                Err(error) => no(&visit, error, |_, _| Some("sampai".to_owned()), "sampai")?,
            }
        }
        (Err(errors), ..) => No::Wrong { status: StatusCode::BAD_REQUEST, errors, spent: false },
        _ => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
    };
    answer(&visit, &student, &id, &typed, refused).await
}

/// `POST /mahasiswa/{id}/tanggungan/{hold}/cabut`.
///
/// # Errors
///
/// When nobody is logged in, somebody who lifts none, or there is no such hold.
pub async fn lift(
    visit: Visit,
    Path((student, id)): Path<(String, String)>,
    _posted: Posted,
) -> Result<Response, Failure> {
    registrar(&visit)?;
    match visit.client().lift_hold(&id).await {
        Ok(_) => {
            visit.flash(Tone::Ok, visit.t("hold-lifted-done"), visit.t("hold-lifted-done.text"));
            Ok(visit.see(&format!("{}#h-tanggungan", super::address(&student))))
        }
        Err(error) => {
            let refused = no(&visit, error, |_, _| None, "f-cabut")?;
            answer(&visit, &student, &id, &Fields::default(), refused).await
        }
    }
}

/// The page after a "no"; what is typed stays, also when nothing can be read.
async fn answer(visit: &Visit, student: &str, id: &str, typed: &Fields, refused: No) -> Result<Response, Failure> {
    let client = visit.client();
    let (hold, found) = futures_util::future::join(find(visit, student, id), client.student(student)).await;
    match (hold, found.map_err(Failure::from)) {
        (Ok(hold), Ok(student)) => {
            Ok(again(visit, refused, "", "down-entry-student", |_| page(visit, &student, &hold, typed)))
        }
        (Err(Failure::Down), _) | (_, Err(Failure::Down)) => {
            let lang = visit.lang;
            let back = Link { href: super::address(student), text: lang.t("students-title") };
            let until = Input::new("sampai", lang.t("hold-waive-until"), Kind::Moment, typed);
            let section = Section::plain("s-dispensasi", vec![until]);
            let action = format!("{}/dispensasi", address(student, id));
            let entry = Entry::new(visit, "f-dispensasi", action, "hold-waive", vec![section]);
            let page = EntryPage::new(visit, LIST, lang.t("hold-facts"), back);
            let page = page.form(entry.version(typed.get("versi"))).note(Note::down(lang, "down-entry-student"));
            Ok(visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page))
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}
