//! What is typed into the form of a class, and what it means.

use api::{Class, ClassInput, ClassLecturerInput, ClassState, MeetingInput};

use super::lookup::{Lookup, lecturer_label};
use super::seats::{self, Extras};
use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::pages::entry::Fields;

/// Most lecturers of a class.
pub const LECTURERS_MAX: usize = 10;

/// Most weekly meetings of a class.
pub const MEETINGS_MAX: usize = 14;

/// A weekly meeting as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedMeeting {
    /// `1` to `7`; may be empty.
    pub day: String,
    /// `07.00`.
    pub start: String,
    /// `09.30`.
    pub end: String,
    /// Code of a room.
    pub room: String,
}

impl TypedMeeting {
    fn is_empty(&self) -> bool {
        [&self.day, &self.start, &self.end, &self.room].into_iter().all(|text| text.trim().is_empty())
    }
}

/// The form as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Code of the period.
    pub period: String,
    /// Course: code, name or both.
    pub course: String,
    /// Name of the class.
    pub name: String,
    /// Seats.
    pub capacity: String,
    /// `open` or `closed`.
    pub state: String,
    /// Lecturers: names or numbers.
    pub lecturers: Vec<String>,
    /// Meetings.
    pub meetings: Vec<TypedMeeting>,
    /// Exams and kept seats.
    pub extras: Fields,
    /// The version that was read; empty for a new class.
    pub version: String,
}

/// Something that is wrong: which field, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Id of the field.
    pub field: String,
    /// What is wrong.
    pub text: String,
}

impl Typed {
    /// Reads the fields of a form.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let get = |name: &str| find(name).unwrap_or_default();
        let lecturers = (0..LECTURERS_MAX).map_while(|n| find(&format!("dosen.{n}"))).collect();
        let meeting = |n: usize| {
            Some(TypedMeeting {
                day: find(&format!("hari.{n}"))?,
                start: get(&format!("mulai.{n}")),
                end: get(&format!("selesai.{n}")),
                room: get(&format!("ruang.{n}")),
            })
        };
        Self {
            period: get("periode"),
            course: get("mk"),
            name: get("nama"),
            capacity: get("kapasitas"),
            state: get("status"),
            lecturers,
            meetings: (0..MEETINGS_MAX).map_while(meeting).collect(),
            extras: seats::read(pairs),
            version: get("versi"),
        }
    }

    /// An empty form for a period.
    #[must_use]
    pub fn blank(period: &str) -> Self {
        Self {
            period: period.to_owned(),
            state: ClassState::Open.as_str().to_owned(),
            lecturers: vec![String::new()],
            meetings: vec![TypedMeeting::default()],
            extras: seats::blank(),
            ..Self::default()
        }
    }

    /// The form of a class as it stands.
    #[must_use]
    pub fn of(campus: &Campus, class: &Class, lookup: &Lookup) -> Self {
        let lecturer = |of: &api::ClassLecturer| {
            let known = lookup.lecturers.iter().find(|lecturer| lecturer.id == of.lecturer_id);
            known.map(lecturer_label).or_else(|| of.name.clone()).unwrap_or_else(|| of.lecturer_id.clone())
        };
        let meeting = |m: &api::Meeting| TypedMeeting {
            day: m.day.to_string(),
            start: format::clock(Lang::Id, m.start_minute),
            end: format::clock(Lang::Id, m.end_minute),
            room: m.room_code.clone().unwrap_or_default(),
        };
        Self {
            period: class.period_code.clone(),
            course: lookup.course_label(&class.course),
            name: class.name.clone(),
            capacity: class.capacity.to_string(),
            state: class.state.as_str().to_owned(),
            lecturers: class.lecturers.iter().map(lecturer).collect(),
            meetings: class.meetings.iter().map(meeting).collect(),
            extras: seats::of(campus, class),
            version: class.version.to_string(),
        }
    }

    /// The same without empty rows.
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.lecturers.retain(|text| !text.trim().is_empty());
        self.meetings.retain(|meeting| !meeting.is_empty());
        self.extras = seats::compact(self.extras);
        self
    }

    /// The same with a row more or less, as a button of the form asks: `tambah-pertemuan`, `hapus-pertemuan-2`,
    /// `tambah-dosen`, `hapus-dosen-0`. `None` when the button is another.
    #[must_use]
    pub fn pressed(mut self, button: &str) -> Option<Self> {
        if button == "tambah-pertemuan" {
            self.meetings.push(TypedMeeting::default());
            self.meetings.truncate(MEETINGS_MAX);
        } else if button == "tambah-dosen" {
            self.lecturers.push(String::new());
            self.lecturers.truncate(LECTURERS_MAX);
        } else if let Some(index) = index_of(button, "hapus-pertemuan-").filter(|n| *n < self.meetings.len()) {
            self.meetings.remove(index);
        } else if let Some(index) = index_of(button, "hapus-dosen-").filter(|n| *n < self.lecturers.len()) {
            self.lecturers.remove(index);
        } else if let Some(extras) = seats::pressed(&self.extras, button) {
            self.extras = extras;
        } else {
            return None;
        }
        Some(self)
    }

    /// What the form means. `class` is the class as it stands when one is changed: its course and period stay, and
    /// its lecturers are known by name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the form. What only course-svc can know is not among it.
    pub fn resolve(
        &self,
        lang: Lang,
        campus: &Campus,
        lookup: &Lookup,
        class: Option<&Class>,
    ) -> Result<ClassInput, Vec<FieldError>> {
        let mut errors = Errors { lang, found: Vec::new() };
        let (period_code, course_id) = match class {
            Some(class) => (class.period_code.clone(), class.course.id.clone()),
            None => (self.period.clone(), self.course_id(lookup, &mut errors)),
        };
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 5 {
            errors.say("nama", "class-name-length");
        }
        let capacity = match self.capacity.trim().parse::<u32>() {
            Ok(seats @ 1..=1000) => seats,
            _ => {
                errors.say("kapasitas", "class-capacity-range");
                0
            }
        };
        let state = self.state.parse().unwrap_or_else(|_| {
            errors.say("status", "class-state-required");
            ClassState::Open
        });
        let lecturers = self.lecturer_inputs(lookup, class, &mut errors);
        let meetings = self.meeting_inputs(lookup, class, &mut errors);
        let Extras { exams, reservations } = seats::resolve(lang, campus, &self.extras).unwrap_or_else(|wrong| {
            errors.found.extend(wrong);
            Extras::default()
        });
        let input =
            ClassInput { period_code, course_id, name, capacity, meetings, lecturers, exams, reservations, state };
        if errors.found.is_empty() { Ok(input) } else { Err(errors.found) }
    }

    fn course_id(&self, lookup: &Lookup, errors: &mut Errors) -> String {
        if self.course.trim().is_empty() {
            errors.say("mk", "class-course-required");
            return String::new();
        }
        match lookup.course(&self.course).as_slice() {
            [only] => return only.id.clone(),
            [] => errors.say_with("mk", "class-course-unknown", Vars::new().text("typed", self.course.trim())),
            several => {
                let labels: Vec<_> = several.iter().take(5).map(|course| lookup.course_label(course)).collect();
                errors.say_with("mk", "class-course-several", Vars::new().text("found", labels.join("; ")));
            }
        }
        String::new()
    }

    fn lecturer_inputs(&self, lookup: &Lookup, class: Option<&Class>, errors: &mut Errors) -> Vec<ClassLecturerInput> {
        let mut inputs: Vec<ClassLecturerInput> = Vec::new();
        for (index, text) in self.lecturers.iter().enumerate() {
            let field = format!("dosen-{index}");
            let of_class = class.into_iter().flat_map(|class| &class.lecturers);
            let mut present = of_class.filter(|of| of.name.as_deref().unwrap_or(&of.lecturer_id) == text.trim());
            let found = lookup.lecturer(text);
            let id = match (found.as_slice(), present.next()) {
                ([only], _) => only.id.clone(),
                (_, Some(present)) => present.lecturer_id.clone(),
                ([], None) => {
                    errors.say_with(&field, "class-lecturer-unknown", Vars::new().text("typed", text.trim()));
                    continue;
                }
                (several, None) => {
                    let labels: Vec<_> = several.iter().take(5).map(|lecturer| lecturer_label(lecturer)).collect();
                    errors.say_with(&field, "class-lecturer-several", Vars::new().text("found", labels.join("; ")));
                    continue;
                }
            };
            if inputs.iter().any(|other| other.lecturer_id == id) {
                errors.say(&field, "class-lecturer-twice");
                continue;
            }
            inputs.push(ClassLecturerInput { lecturer_id: id, lead: inputs.is_empty() });
        }
        inputs
    }

    fn meeting_inputs(&self, lookup: &Lookup, class: Option<&Class>, errors: &mut Errors) -> Vec<MeetingInput> {
        let mut inputs = Vec::new();
        for (index, typed) in self.meetings.iter().enumerate() {
            let day = typed.day.trim().parse().ok().filter(|day| (1..=7).contains(day));
            if day.is_none() {
                errors.say(&format!("hari-{index}"), "class-day-required");
            }
            let start = format::read_clock(&typed.start);
            if start.is_none() {
                errors.say(&format!("mulai-{index}"), "class-start-wrong");
            }
            let end = format::read_clock(&typed.end);
            match (start, end) {
                (_, None) => errors.say(&format!("selesai-{index}"), "class-end-wrong"),
                (Some(start), Some(end)) if end <= start => errors.say(&format!("selesai-{index}"), "class-hour-order"),
                _ => {}
            }
            let room = typed.room.trim();
            let of_class = class.into_iter().flat_map(|class| &class.meetings);
            let mut present = of_class.filter(|meeting| meeting.room_code.as_deref() == Some(room));
            let room_id = match (room.is_empty(), lookup.room(room)) {
                (true, _) => None,
                (false, Some(room)) => Some(room.id.clone()),
                (false, None) => {
                    let id = present.next().and_then(|meeting| meeting.room_id.clone());
                    if id.is_none() {
                        let vars = Vars::new().text("typed", room);
                        errors.say_with(&format!("ruang-{index}"), "class-room-unknown", vars);
                    }
                    id
                }
            };
            if let (Some(day), Some(start_minute), Some(end_minute)) = (day, start, end) {
                inputs.push(MeetingInput { day, start_minute, end_minute, room_id });
            }
        }
        inputs
    }
}

fn index_of(button: &str, prefix: &str) -> Option<usize> {
    button.strip_prefix(prefix)?.parse().ok()
}

struct Errors {
    lang: Lang,
    found: Vec<FieldError>,
}

impl Errors {
    fn say(&mut self, field: &str, key: &str) {
        self.say_with(field, key, Vars::new());
    }

    fn say_with(&mut self, field: &str, key: &str, vars: Vars) {
        self.found.push(FieldError { field: field.to_owned(), text: self.lang.with(key, &vars) });
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
