//! From a "no" of course-svc to the fields that it concerns.

use api::{ClassState, Problem};

use crate::format;
use crate::i18n::Lang;
use crate::pages::classes::input::{FieldError, Typed, TypedMeeting};
use crate::pages::classes::seats;
use crate::reasons;
use crate::visit::Visit;

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
    let [exams_before, kept_before] = seats::shown(lang, &stored.extras);
    let [exams, kept] = seats::shown(lang, &typed.extras);
    let all = [
        ("class-name", stored.name.clone(), typed.name.trim().to_owned()),
        ("class-capacity", stored.capacity.clone(), typed.capacity.trim().to_owned()),
        ("class-state", state(stored), state(typed)),
        ("class-lecturers", lecturers(stored), lecturers(typed)),
        ("class-meetings", meetings(stored), meetings(typed)),
        ("exams-title", exams_before, exams),
        ("kept-title", kept_before, kept),
    ];
    let differing = all.into_iter().filter(|(_, stored, typed)| stored != typed);
    differing.map(|(key, stored, typed)| Difference { name: lang.t(key), stored, typed }).collect()
}

/// The reasons of a "no", each at the field that it concerns.
pub(super) fn field_errors(visit: &Visit, typed: &Typed, problem: &Problem) -> Vec<FieldError> {
    let campus = &visit.app.campus;
    let mut errors: Vec<FieldError> = Vec::new();
    for found in &problem.errors {
        let text = match found.field.as_deref().and_then(|path| own_words(path, &found.reason)) {
            Some(key) => visit.t(key),
            None => {
                let reason = reasons::sentence(visit.lang, campus, &found.reason, &found.facts);
                format!("{} {}", reason.title, reason.detail).trim().to_owned()
            }
        };
        let field = found
            .field
            .as_deref()
            .and_then(field_of)
            .unwrap_or_else(|| field_by_reason(typed, &found.reason, &found.facts));
        errors.push(FieldError { field, text });
    }
    if errors.is_empty() {
        let text = reasons::sentence(visit.lang, campus, &problem.reason, &reasons::Facts::new()).title;
        errors.push(FieldError { field: field_by_reason(typed, &problem.reason, &reasons::Facts::new()), text });
    }
    errors
}

/// Message for a reason that by itself says too little at this place.
fn own_words(path: &str, reason: &str) -> Option<&'static str> {
    let list = path.split('[').next().unwrap_or_default();
    match (list, reason) {
        ("exams", "named-twice") => Some("exams-overlap"),
        ("reservations", "named-twice") => Some("kept-twice"),
        ("reservations", "out-of-range") if path.ends_with(".seats") => Some("kept-beyond"),
        ("reservations", "out-of-range") if path == list => Some("kept-beyond-all"),
        _ => None,
    }
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
        _ => seats::place(path),
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
        "students-exams-would-clash" => Some("ujian".into()),
        "class-exists" => Some("nama".into()),
        "unknown-reference" | "period-over" => Some("mk".into()),
        _ => None,
    }
    .unwrap_or_else(|| "form-kelas".into())
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
