//! Wire to domain: everything that is wrong with a request, at once. Fields are named without the wrapping message:
//! `meetings[2].room_id` of a class, whichever request carries it.

use std::collections::HashSet;

use chassis::error::FieldFault;
use chassis::text::fold;
use jiff::Timestamp;
use proto::course::v1 as pb;

use crate::app::offering::Draft;
use crate::app::{catalogue, periods};
use crate::error::Error;
use crate::model::{Course, Credits, RequirementKind, Room};
use crate::reasons;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::registration::{self, Registration, SeatPolicy};
use crate::rules::schedule::Slot;
use crate::rules::text;
use crate::rules::window::{Scope, Window, WindowKind};
use crate::store::courses;

/// Longest text to search for, in characters.
pub(super) const SEARCH: usize = 100;
/// Windows of one period at most.
const WINDOWS: usize = 200;
/// Meetings and lecturers of one class at most.
const PARTS: usize = 20;

/// Collects what is wrong.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    pub(super) fn push(&mut self, field: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.0.push(FieldFault::new(field, reason, message));
    }

    /// The value, if nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Fields(self.0)),
        }
    }

    /// A text of `min` to `max` characters, without control characters and without spaces around it.
    pub(super) fn text(&mut self, field: impl Into<String>, value: &str, min: usize, max: usize) -> String {
        if let Err(fault) = text::check(value, min, max) {
            self.push(field, fault.reason(), format!("wanted {min} to {max} characters"));
        }
        value.trim().to_owned()
    }

    /// As [`Self::text`], of several lines.
    pub(super) fn lines(&mut self, field: impl Into<String>, value: &str, min: usize, max: usize) -> String {
        let value = value.replace("\r\n", "\n");
        if let Err(fault) = text::check_lines(&value, min, max) {
            self.push(field, fault.reason(), format!("wanted {min} to {max} characters"));
        }
        value.trim().to_owned()
    }

    pub(super) fn number(&mut self, field: impl Into<String>, value: u32, min: u32, max: u32) -> u32 {
        if !(min..=max).contains(&value) {
            self.push(field, reasons::OUT_OF_RANGE, format!("wanted {min} to {max}"));
        }
        value
    }

    pub(super) fn known<T>(&mut self, field: impl Into<String>, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(field, reasons::UNKNOWN_VALUE, "is none of the known values");
        }
        value
    }

    pub(super) fn period(&mut self, field: impl Into<String>, code: &str) -> Option<PeriodCode> {
        let period = PeriodCode::parse(code);
        if period.is_none() {
            self.push(field, reasons::BAD_PERIOD, "wanted a start year and 1, 2 or 3");
        }
        period
    }

    pub(super) fn moment(&mut self, field: impl Into<String>, at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        let moment = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
        // The database counts microseconds.
        let moment = moment.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
        if moment.is_none() {
            self.push(field, reasons::BAD_TIME, "wanted a moment");
        }
        moment
    }
}

/// A period's code.
pub fn period_code(field: &str, code: &str) -> Result<PeriodCode, Error> {
    let mut faults = Faults::default();
    let period = faults.period(field, code);
    faults.finish(period)
}

/// Which courses.
pub fn course_filter(request: &pb::ListCoursesRequest) -> Result<courses::Filter, Error> {
    let mut faults = Faults::default();
    faults.text("search", &request.search, 0, SEARCH);
    let programme_id = faults.text("programme_id", &request.programme_id, 0, 36);
    faults.finish(Some(courses::Filter { search: fold(&request.search), programme_id }))
}

/// Which classes of which period.
pub fn class_filter(request: &pb::ListClassesRequest) -> Result<(PeriodCode, catalogue::Filter), Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    faults.text("search", &request.search, 0, SEARCH);
    faults.number("day", request.day, 0, 7);
    for (field, id) in [
        ("programme_id", &request.programme_id),
        ("course_id", &request.course_id),
        ("lecturer_id", &request.lecturer_id),
    ] {
        faults.text(field, id, 0, 36);
    }
    let filter = catalogue::Filter {
        search: fold(&request.search),
        programme_id: request.programme_id.clone(),
        day: request.day,
        course_id: request.course_id.clone(),
        lecturer_id: request.lecturer_id.clone(),
    };
    Ok((faults.finish(period)?, filter))
}

/// How a course counts, if it was said.
pub(super) fn requirement(kind: pb::RequirementKind) -> Option<RequirementKind> {
    match kind {
        pb::RequirementKind::Unspecified => None,
        pb::RequirementKind::Compulsory => Some(RequirementKind::Compulsory),
        pb::RequirementKind::Elective => Some(RequirementKind::Elective),
        pb::RequirementKind::National => Some(RequirementKind::National),
        pb::RequirementKind::Thesis => Some(RequirementKind::Thesis),
    }
}

/// A course as an admin writes it.
pub fn course_draft(course: Option<pb::Course>) -> Result<Course, Error> {
    let course = course.unwrap_or_default();
    let mut faults = Faults::default();
    let code = faults.text("code", &course.code, 1, 20);
    let name = faults.text("name", &course.name, 1, 200);
    let name_en = faults.text("name_en", &course.name_en, 0, 200);
    let programme_id = faults.text("programme_id", &course.programme_id, 1, 36);
    let credits = Credits {
        lecture: faults.number("credits_lecture", course.credits_lecture, 0, 24),
        practice: faults.number("credits_practice", course.credits_practice, 0, 24),
        field: faults.number("credits_field", course.credits_field, 0, 24),
        simulation: faults.number("credits_simulation", course.credits_simulation, 0, 24),
    };
    if !(1..=24).contains(&credits.total()) {
        faults.push("credits", reasons::OUT_OF_RANGE, "wanted 1 to 24 in all");
    } else if credits.total() != course.credits {
        faults.push("credits", reasons::CREDITS_SUM, "wanted the sum of the four parts");
    }
    let requirement = faults.known("requirement_kind", requirement(course.requirement_kind()));
    let semester = faults.number("recommended_semester", course.recommended_semester, 0, 8);
    let draft = requirement.map(|requirement| Course {
        id: course.id,
        programme_id,
        programme_code: String::new(),
        code,
        name,
        name_en,
        credits,
        requirement,
        semester,
        version: course.version,
    });
    faults.finish(draft)
}

/// A room as the registrar writes it.
pub fn room_draft(room: Option<pb::Room>) -> Result<Room, Error> {
    let room = room.unwrap_or_default();
    let mut faults = Faults::default();
    let code = faults.text("code", &room.code, 1, 20);
    let name = faults.text("name", &room.name, 0, 100);
    let capacity = faults.number("capacity", room.capacity, 0, 10_000);
    faults.finish(Some(Room { id: room.id, code, name, capacity, version: room.version }))
}

/// A period as the registrar writes it.
pub fn period_draft(period: Option<pb::Period>) -> Result<periods::Draft, Error> {
    let period = period.unwrap_or_default();
    let mut faults = Faults::default();
    let code = faults.period("code", &period.code);
    let state = match period.state() {
        pb::PeriodState::Unspecified => None,
        pb::PeriodState::Planned => Some(PeriodState::Planned),
        pb::PeriodState::Active => Some(PeriodState::Active),
        pb::PeriodState::Closed => Some(PeriodState::Closed),
        pb::PeriodState::Reported => Some(PeriodState::Reported),
    };
    let state = faults.known("state", state);
    if period.windows.len() > WINDOWS {
        faults.push("windows", reasons::OUT_OF_RANGE, format!("at most {WINDOWS} windows"));
    }
    let windows: Vec<_> =
        period.windows.iter().enumerate().filter_map(|(n, window)| self::window(&mut faults, n, window)).collect();
    let registration = period.registration.as_ref().map(|settings| registration(&mut faults, settings));
    let version = period.version;
    let draft = code.zip(state).map(|(code, state)| periods::Draft { code, state, windows, registration, version });
    faults.finish(draft)
}

fn registration(faults: &mut Faults, settings: &pb::RegistrationSettings) -> Registration {
    let policy = match settings.seat_policy {
        sent if sent == i32::from(pb::SeatPolicy::Unspecified) => Some(SeatPolicy::default()),
        sent if sent == i32::from(pb::SeatPolicy::AtAdd) => Some(SeatPolicy::AtAdd),
        sent if sent == i32::from(pb::SeatPolicy::AtSubmit) => Some(SeatPolicy::AtSubmit),
        sent if sent == i32::from(pb::SeatPolicy::Allocation) => Some(SeatPolicy::Allocation),
        _ => None,
    };
    let mut number = |name: &str, value, max| faults.number(format!("registration.{name}"), value, 0, max);
    let settings = Registration {
        seat_policy: SeatPolicy::default(),
        admission_rate: number("admission_rate", settings.admission_rate, registration::RATE_MAX),
        admission_burst: number("admission_burst", settings.admission_burst, registration::BURST_MAX),
        presence_minutes: number("presence_minutes", settings.presence_minutes, registration::PRESENCE_MAX),
        waiting_limit: number("waiting_limit", settings.waiting_limit, registration::WAITING_MAX),
        trading_limit: number("trading_limit", settings.trading_limit, registration::TRADING_MAX),
        trading_hours: number("trading_hours", settings.trading_hours, registration::TRADING_HOURS_MAX),
    };
    let seat_policy = faults.known("registration.seat_policy", policy).unwrap_or_default();
    Registration { seat_policy, ..settings }
}

/// For whom something is: a scope and its key, named as the fields of one message.
pub(super) fn scope(faults: &mut Faults, field: &str, sent: i32, key: &str) -> Option<Scope> {
    let word = match sent {
        sent if sent == i32::from(pb::WindowScope::Unspecified) => "university",
        sent if sent == i32::from(pb::WindowScope::Faculty) => "faculty",
        sent if sent == i32::from(pb::WindowScope::Programme) => "programme",
        sent if sent == i32::from(pb::WindowScope::Cohort) => "cohort",
        _ => "",
    };
    faults.text(field, key, 0, 10);
    let scope = Scope::parse(word, key);
    if scope.is_none() {
        let message = "wanted the code of a faculty or programme, a year, or nothing for the university";
        faults.push(field, reasons::BAD_SCOPE, message);
    }
    scope
}

fn window(faults: &mut Faults, n: usize, window: &pb::Window) -> Option<Window> {
    let field = |name: &str| format!("windows[{n}].{name}");
    let kind = match window.kind() {
        pb::WindowKind::Unspecified => None,
        pb::WindowKind::Offering => Some(WindowKind::Offering),
        pb::WindowKind::Krs => Some(WindowKind::Krs),
        pb::WindowKind::KrsApproval => Some(WindowKind::KrsApproval),
        pb::WindowKind::Revision => Some(WindowKind::Revision),
        pb::WindowKind::GradeEntry => Some(WindowKind::GradeEntry),
    };
    let kind = faults.known(field("kind"), kind);
    let scope = scope(faults, &field("scope_key"), window.scope, &window.scope_key);
    let opens_at = faults.moment(field("opens_at"), window.opens_at);
    let closes_at = faults.moment(field("closes_at"), window.closes_at);
    let (opens_at, closes_at) = opens_at.zip(closes_at)?;
    if closes_at <= opens_at {
        faults.push(field("closes_at"), reasons::NOT_AFTER, "wanted a moment after opens_at");
    }
    Some(Window { kind: kind?, scope: scope?, opens_at, closes_at })
}

/// A class as an admin writes it.
pub fn class_draft(class: Option<pb::ClassInput>) -> Result<Draft, Error> {
    let class = class.unwrap_or_default();
    let mut faults = Faults::default();
    let period = faults.period("period_code", &class.period_code);
    let course_id = faults.text("course_id", &class.course_id, 1, 36);
    let name = faults.text("name", &class.name, 1, 5);
    let capacity = faults.number("capacity", class.capacity, 1, 1000);
    let kept = class.reservations.as_ref().map_or(0, |kept| kept.reservations.len());
    let exams = class.exams.as_ref().map_or(0, |exams| exams.exams.len());
    let parts = [("meetings", class.meetings.len()), ("lecturers", class.lecturers.len())];
    for (field, count) in parts.into_iter().chain([("exams", exams), ("reservations", kept)]) {
        if count > PARTS {
            faults.push(field, reasons::OUT_OF_RANGE, format!("at most {PARTS}"));
        }
    }
    let meeting = |(n, meeting): (usize, &pb::Meeting)| {
        let slot = Slot::new(meeting.day, meeting.start_minute, meeting.end_minute);
        if slot.is_none() {
            let message = "wanted a day from 1 to 7 and minutes of the day, the end after the start";
            faults.push(format!("meetings[{n}]"), reasons::OUT_OF_RANGE, message);
        }
        Some((slot?, faults.text(format!("meetings[{n}].room_id"), &meeting.room_id, 0, 36)))
    };
    let meetings: Vec<_> = class.meetings.iter().enumerate().filter_map(meeting).collect();
    let lecturers = lecturers(&mut faults, &class.lecturers);
    let open = match class.state() {
        pb::ClassState::Unspecified => None,
        pb::ClassState::Open => Some(true),
        pb::ClassState::Closed => Some(false),
    };
    let open = faults.known("state", open);
    let exams = class.exams.as_ref().map(|list| super::seats::exams(&mut faults, &list.exams));
    let kept = |list: &pb::ReservationList| super::seats::reservations(&mut faults, &list.reservations, capacity);
    let reservations = class.reservations.as_ref().map(kept);
    let draft = period.zip(open).map(|(period, open)| Draft {
        period,
        course_id,
        name,
        capacity,
        meetings,
        exams,
        lecturers,
        reservations,
        open,
    });
    faults.finish(draft)
}

/// Lecturers, none of them twice, at most one in the lead.
fn lecturers(faults: &mut Faults, lecturers: &[pb::ClassLecturer]) -> Vec<(String, bool)> {
    let mut seen = HashSet::new();
    let mut leading = false;
    for (n, lecturer) in lecturers.iter().enumerate() {
        let field = format!("lecturers[{n}].lecturer_id");
        faults.text(field.clone(), &lecturer.lecturer_id, 1, 36);
        if !seen.insert(&lecturer.lecturer_id) {
            faults.push(field, reasons::NAMED_TWICE, "is in the list already");
        }
        if lecturer.lead && std::mem::replace(&mut leading, true) {
            faults.push(format!("lecturers[{n}].lead"), reasons::NAMED_TWICE, "somebody leads already");
        }
    }
    lecturers.iter().map(|lecturer| (lecturer.lecturer_id.clone(), lecturer.lead)).collect()
}
