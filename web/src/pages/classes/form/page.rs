//! What the form of a class shows.

use api::{Class, ClassState};
use askama::Template;

use super::LIST;
use super::refusal::Difference;
use crate::format;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::pages::classes::address;
use crate::pages::classes::input::{FieldError, LECTURERS_MAX, MEETINGS_MAX, Typed, TypedMeeting};
use crate::pages::classes::lookup::{Lookup, lecturer_label};
use crate::pages::classes::seats::{self, Rows};
use crate::pages::entry::Kind;
use crate::pages::krs::panel::class_label;
use crate::view::{self, Choice, Frame, Hidden, Html, Layout, Note};
use crate::visit::Visit;

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

impl Field {
    /// Ties the input to its error, and to its hint when there is one.
    #[must_use]
    pub fn described(&self, hint: bool) -> Html {
        view::described(&self.id, hint, &self.error)
    }
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
    /// Where its waiting list is; none for a new one.
    pub line_up: Option<String>,
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
    /// Exams.
    pub exams: Rows,
    /// Kept seats.
    pub kept: Rows,
    /// Suggestions: courses, lecturers, rooms.
    pub suggestions: [(&'static str, Vec<String>); 3],
}

/// What the page is about.
pub(super) struct About<'a> {
    pub(super) visit: &'a Visit,
    pub(super) lookup: &'a Lookup,
    pub(super) class: Option<&'a Class>,
    pub(super) key: String,
}

impl About<'_> {
    /// The page with what is typed and what is wrong with it.
    pub(super) fn page(&self, typed: &Typed, errors: Vec<FieldError>) -> FormPage {
        let lang = self.visit.lang;
        let heading = match self.class {
            Some(class) => lang.with("class-edit-title", &Vars::new().text("class", class_label(lang, class))),
            None => lang.t("class-new-title"),
        };
        let wrong = !errors.is_empty();
        let title =
            if wrong { lang.with("error-title", &Vars::new().text("title", heading.clone())) } else { heading.clone() };
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
                n => {
                    lang.with("class-lecturer-more", &Vars::new().count("number", i64::try_from(n).unwrap_or_default()))
                }
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
            line_up: self.class.map(|class| crate::pages::watch::line_address(&class.id)),
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
            exams: seats::exams(lang, &typed.extras, &errors),
            kept: seats::kept(lang, &typed.extras, &errors),
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
