//! The form of a class: new, or changed with a version check.

use api::{Class, ClassState, Period, PeriodState, Problem};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::input::{FieldError, LECTURERS_MAX, MEETINGS_MAX, Typed, TypedMeeting};
use super::list::Filter;
use super::lookup::{Lookup, lecturer_label};
use super::{address, office, periods};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::local::with_query;
use crate::pages::krs::panel::class_label;
use crate::reasons;
use crate::session::random_word;
use crate::view::{Choice, Frame, Hidden, Layout, Note, Tone};
use crate::visit::{Draft, Visit};

const LIST: &str = "/admin/kelas";
const NEW: &str = "/admin/kelas/baru";

/// A field with what is typed and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What is typed.
    pub value: String,
    /// What is wrong; may be empty.
    pub error: String,
}

/// A weekly meeting.
#[derive(Debug, Clone)]
pub struct MeetingFields {
    /// `Pertemuan 1`.
    pub title: String,
    /// Day.
    pub day: Field,
    /// Days to choose from.
    pub days: Vec<Choice>,
    /// Begin.
    pub start: Field,
    /// End.
    pub end: Field,
    /// Room.
    pub room: Field,
    /// Value of the button that removes it.
    pub remove: String,
}

impl MeetingFields {
    /// Fields with an error.
    #[must_use]
    pub fn wrong(&self) -> Vec<Field> {
        let all = [&self.day, &self.start, &self.end, &self.room];
        all.into_iter().filter(|field| !field.error.is_empty()).cloned().collect()
    }
}

/// A lecturer.
#[derive(Debug, Clone)]
pub struct LecturerField {
    /// `Dosen pengampu` or `Dosen anggota 1`.
    pub label: String,
    /// The field.
    pub field: Field,
    /// Value of the button that removes it; none for the only one.
    pub remove: Option<String>,
}

/// What somebody else changed in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which field.
    pub name: String,
    /// As it is stored now.
    pub stored: String,
    /// As it is typed.
    pub typed: String,
}

/// `class_form.html`.
#[derive(Template)]
#[template(path = "class_form.html")]
pub struct FormPage {
    /// Frame.
    pub f: Frame,
    /// Token and key.
    pub hidden: Hidden,
    /// Heading.
    pub title: String,
    /// Period.
    pub line: String,
    /// Where the form is sent.
    pub action: String,
    /// The list.
    pub back: String,
    /// Where the class is removed; none for a new one.
    pub delete: Option<String>,
    /// Everything that is wrong, for the summary.
    pub errors: Vec<FieldError>,
    /// What somebody else changed.
    pub stale: Vec<Difference>,
    /// The period; hidden.
    pub period: String,
    /// The version that was read; hidden.
    pub version: String,
    /// The course: a field for a new class, a text for an old one.
    pub course: Field,
    /// Whether the course can still be chosen.
    pub course_open: bool,
    /// Name.
    pub name: Field,
    /// Seats.
    pub capacity: Field,
    /// Takes students or not.
    pub state: Field,
    /// Choices for it.
    pub states: Vec<Choice>,
    /// Lecturers.
    pub lecturers: Vec<LecturerField>,
    /// Whether another one may be added.
    pub more_lecturers: bool,
    /// Meetings.
    pub meetings: Vec<MeetingFields>,
    /// Whether another one may be added.
    pub more_meetings: bool,
    /// Suggestions: courses, lecturers, rooms.
    pub suggestions: [(&'static str, Vec<String>); 3],
}

/// What the page is about.
struct About<'a> {
    visit: &'a Visit,
    lookup: &'a Lookup,
    class: Option<&'a Class>,
    key: String,
}

impl About<'_> {
    fn page(&self, typed: &Typed, errors: Vec<FieldError>) -> FormPage {
        let lang = self.visit.lang;
        let heading = match self.class {
            Some(class) => lang.with("class-edit-title", &Vars::new().text("class", class_label(lang, class))),
            None => lang.t("class-new-title"),
        };
        let wrong = !errors.is_empty();
        let title = if wrong { lang.with("error-title", &Vars::new().text("title", heading.clone())) } else { heading.clone() };
        let wrong_of = |id: &str| errors.iter().find(|error| error.field == id).map(|error| error.text.clone());
        let field = |id: &str, name: &str, value: &str| Field {
            id: id.to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
            error: wrong_of(id).unwrap_or_default(),
        };
        let mut f = self.visit.frame(title, Layout::App, LIST);
        if self.lookup.down {
            f.notes.push(Note::down(lang, "down-suggestions"));
        }
        let only = typed.lecturers.len() < 2;
        let lecturer = |(n, text): (usize, &String)| LecturerField {
            label: match n {
                0 => lang.t("class-lecturer"),
                n => lang.with("class-lecturer-more", &Vars::new().count("number", i64::try_from(n).unwrap_or_default())),
            },
            field: field(&format!("dosen-{n}"), &format!("dosen.{n}"), text),
            remove: (!only).then(|| format!("hapus-dosen-{n}")),
        };
        let meeting = |(n, typed): (usize, &TypedMeeting)| {
            let number = Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
            let part = |name: &str, value: &str| field(&format!("{name}-{n}"), &format!("{name}.{n}"), value);
            let mut days = vec![Choice::new("", lang.t("choose-day"), &typed.day)];
            days.extend((1..=7).map(|day| Choice::new(day.to_string(), format::day(lang, day), &typed.day)));
            MeetingFields {
                title: lang.with("class-meeting", &number),
                day: part("hari", &typed.day),
                days,
                start: part("mulai", &typed.start),
                end: part("selesai", &typed.end),
                room: part("ruang", &typed.room),
                remove: format!("hapus-pertemuan-{n}"),
            }
        };
        let lecturers: Vec<_> = typed.lecturers.iter().enumerate().map(lecturer).collect();
        let meetings: Vec<_> = typed.meetings.iter().enumerate().map(meeting).collect();
        FormPage {
            hidden: Hidden::new(self.visit.form_token()).key(self.key.clone()),
            title: heading,
            line: format::period(lang, &typed.period),
            action: self.class.map_or_else(|| LIST.to_owned(), address),
            back: with_query(LIST, &[("periode", &typed.period)]),
            delete: self.class.map(|class| format!("{}/hapus", address(class))),
            stale: Vec::new(),
            period: typed.period.clone(),
            version: typed.version.clone(),
            course: field("mk", "mk", &typed.course),
            course_open: self.class.is_none(),
            name: field("nama", "nama", &typed.name),
            capacity: field("kapasitas", "kapasitas", &typed.capacity),
            state: field("status", "status", &typed.state),
            states: vec![
                Choice::new(ClassState::Open.as_str(), lang.t("class-state-open"), &typed.state),
                Choice::new(ClassState::Closed.as_str(), lang.t("class-state-closed"), &typed.state),
            ],
            more_lecturers: lecturers.len() < LECTURERS_MAX,
            lecturers,
            more_meetings: meetings.len() < MEETINGS_MAX,
            meetings,
            suggestions: suggestions(self.lookup),
            errors,
            f,
        }
    }
}

fn suggestions(lookup: &Lookup) -> [(&'static str, Vec<String>); 3] {
    [
        ("saran-mk", lookup.courses.iter().map(|course| lookup.course_label(course)).collect()),
        ("saran-dosen", lookup.lecturers.iter().map(lecturer_label).collect()),
        ("saran-ruang", lookup.rooms.iter().map(|room| room.code.clone()).collect()),
    ]
}

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
    let typed = Typed::of(&class, &lookup);
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
    let input = match typed.resolve(visit.lang, &lookup, class.as_ref()) {
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
            visit.flash(Tone::Ok, title, visit.t(&format!("{done}.text")));
            Ok(visit.see(&with_query(LIST, &[("periode", &saved.period_code)])))
        }
        Err(error) => about.refused(&client, &typed, error).await,
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
                Ok(self.wrong(status, typed, field_errors(self.visit, typed, problem)))
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
        let stored = Typed::of(&now, self.lookup);
        let typed = Typed { version: stored.version.clone(), ..typed.clone() };
        let mut page = self.page(&typed, Vec::new());
        page.stale = differences(lang, &stored, &typed);
        let text = if page.stale.is_empty() { "class-stale.same" } else { "class-stale.text" };
        page.f.notes.push(Note::new(Tone::Wait, lang.t("class-stale"), lang.t(text)));
        Ok(self.visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
    }
}

/// Fields that are typed otherwise than they are stored.
#[must_use]
pub fn differences(lang: Lang, stored: &Typed, typed: &Typed) -> Vec<Difference> {
    let state = |typed: &Typed| {
        let key = if typed.state == ClassState::Closed.as_str() { "class-state-closed" } else { "class-state-open" };
        lang.t(key)
    };
    let meeting = |meeting: &TypedMeeting| {
        let day = meeting.day.parse().map(|day| format::day(lang, day)).unwrap_or_default();
        let hour = |text: &str| format::read_clock(text).map_or_else(|| text.to_owned(), |at| format::clock(lang, at));
        let text = format!("{day} {}–{} {}", hour(&meeting.start), hour(&meeting.end), meeting.room.trim());
        text.trim().to_owned()
    };
    let meetings = |typed: &Typed| typed.meetings.iter().map(meeting).collect::<Vec<_>>().join("; ");
    let lecturers = |typed: &Typed| typed.lecturers.iter().map(|l| l.trim()).collect::<Vec<_>>().join("; ");
    let all = [
        ("class-name", stored.name.clone(), typed.name.trim().to_owned()),
        ("class-capacity", stored.capacity.clone(), typed.capacity.trim().to_owned()),
        ("class-state", state(stored), state(typed)),
        ("class-lecturers", lecturers(stored), lecturers(typed)),
        ("class-meetings", meetings(stored), meetings(typed)),
    ];
    let differing = all.into_iter().filter(|(_, stored, typed)| stored != typed);
    differing.map(|(key, stored, typed)| Difference { name: lang.t(key), stored, typed }).collect()
}

/// The reasons of a "no", each at the field that it concerns.
fn field_errors(visit: &Visit, typed: &Typed, problem: &Problem) -> Vec<FieldError> {
    let campus = &visit.app.campus;
    let mut errors: Vec<FieldError> = Vec::new();
    for found in &problem.errors {
        let reason = reasons::sentence(visit.lang, campus, &found.reason, &found.facts);
        let text = format!("{} {}", reason.title, reason.detail).trim().to_owned();
        let field = found.field.as_deref().and_then(field_of).unwrap_or_else(|| {
            field_by_reason(typed, &found.reason, &found.facts)
        });
        errors.push(FieldError { field, text });
    }
    if errors.is_empty() {
        let text = reasons::sentence(visit.lang, campus, &problem.reason, &reasons::Facts::new()).title;
        errors.push(FieldError { field: field_by_reason(typed, &problem.reason, &reasons::Facts::new()), text });
    }
    errors
}

/// Id of the field for a path of the request, for example `meetings[0].day`.
fn field_of(path: &str) -> Option<String> {
    let (head, rest) = path.split_once('[').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let row = rest.and_then(|rest| rest.split_once(']'));
    match (head, row) {
        ("name", None) => Some("nama".into()),
        ("capacity", None) => Some("kapasitas".into()),
        ("state", None) => Some("status".into()),
        ("course_id" | "period_code", None) => Some("mk".into()),
        ("lecturers", None) => Some("dosen-0".into()),
        ("meetings", None) => Some("pertemuan".into()),
        ("lecturers", Some((n, _))) => Some(format!("dosen-{n}")),
        ("meetings", Some((n, part))) => {
            let part = match part {
                ".day" => "hari",
                ".start_minute" => "mulai",
                ".end_minute" => "selesai",
                ".room_id" => "ruang",
                _ => return Some("pertemuan".into()),
            };
            Some(format!("{part}-{n}"))
        }
        _ => None,
    }
}

/// Id of the field that a refusal concerns, by what it says.
fn field_by_reason(typed: &Typed, reason: &str, facts: &reasons::Facts) -> String {
    let fact = |name: &str| facts.get(name).map(String::as_str);
    let number = |name: &str| fact(name).and_then(|value| value.parse::<u32>().ok());
    let meeting = || {
        let (day, start, end) = (fact("day")?, number("start")?, number("end")?);
        typed.meetings.iter().position(|meeting| {
            let from = format::read_clock(&meeting.start).unwrap_or_default();
            let to = format::read_clock(&meeting.end).unwrap_or_default();
            meeting.day == day && from < end && start < to
        })
    };
    match reason {
        "room-clash" => meeting().map(|n| format!("ruang-{n}")),
        "room-too-small" => Some("kapasitas".into()),
        "lecturer-clash" => {
            let name = fact("lecturer").unwrap_or("\n");
            let named = typed.lecturers.iter().position(|text| text.contains(name)).unwrap_or_default();
            Some(format!("dosen-{named}"))
        }
        "meetings-overlap" => meeting().map(|n| format!("mulai-{n}")),
        "students-would-clash" => Some("pertemuan".into()),
        "class-exists" => Some("nama".into()),
        "unknown-reference" | "period-over" => Some("mk".into()),
        _ => None,
    }
    .unwrap_or_else(|| "form-kelas".into())
}

/// The page as tests need it: with an error at the capacity unless `error` is empty.
#[cfg(test)]
pub(crate) fn sample(visit: &Visit, lookup: &Lookup, class: Option<&Class>, typed: &Typed, error: &str) -> FormPage {
    let wrong = FieldError { field: "kapasitas".into(), text: error.into() };
    let errors = if error.is_empty() { Vec::new() } else { vec![wrong] };
    About { visit, lookup, class, key: random_word() }.page(typed, errors)
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
