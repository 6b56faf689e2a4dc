//! Domain to wire.

use jiff::Timestamp;
use prost::Message;
use proto::common::v1 as common;
use proto::course::v1 as pb;

use crate::app::choices::Choice;
use crate::model::{Class, ClassLecturer, Course, Period, RequirementKind, Room};
use crate::rules::Refusal;
use crate::rules::credits::{Ceiling, CeilingReason};
use crate::rules::exam::{Exam, ExamKind};
use crate::rules::period::PeriodState;
use crate::rules::registration::{Registration, SeatPolicy};
use crate::rules::schedule::Meeting;
use crate::rules::seats::{Reservation, Seats};
use crate::rules::window::{Scope, Window, WindowKind};

/// A message as it is stored and sent.
pub fn encoded(message: &impl Message) -> Vec<u8> {
    message.encode_to_vec()
}

pub(super) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    // jiff counts nanoseconds towards zero, protobuf upwards from the second below.
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    match nanos < 0 {
        true => prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
        false => prost_types::Timestamp { seconds, nanos },
    }
}

/// Where a list goes on.
pub fn page_info(next_cursor: String) -> Option<common::PageInfo> {
    Some(common::PageInfo { next_cursor })
}

/// A refusal or flag.
pub fn refusal(refusal: &Refusal) -> common::Refusal {
    let facts = refusal.facts().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    common::Refusal { reason: refusal.reason().to_owned(), facts }
}

pub(super) fn refusals(refusals: &[Refusal]) -> Vec<common::Refusal> {
    refusals.iter().map(refusal).collect()
}

/// How a course counts.
pub(super) fn requirement_kind(requirement: RequirementKind) -> pb::RequirementKind {
    match requirement {
        RequirementKind::Compulsory => pb::RequirementKind::Compulsory,
        RequirementKind::Elective => pb::RequirementKind::Elective,
        RequirementKind::National => pb::RequirementKind::National,
        RequirementKind::Thesis => pb::RequirementKind::Thesis,
    }
}

/// A course.
pub fn course(course: &Course) -> pb::Course {
    pb::Course {
        id: course.id.clone(),
        code: course.code.clone(),
        name: course.name.clone(),
        name_en: course.name_en.clone(),
        credits: course.credits.total(),
        credits_lecture: course.credits.lecture,
        credits_practice: course.credits.practice,
        credits_field: course.credits.field,
        credits_simulation: course.credits.simulation,
        programme_id: course.programme_id.clone(),
        requirement_kind: requirement_kind(course.requirement).into(),
        recommended_semester: course.semester,
        version: course.version,
        programme_code: course.programme_code.clone(),
    }
}

pub(super) fn window(window: &Window) -> pb::Window {
    let kind = match window.kind {
        WindowKind::Offering => pb::WindowKind::Offering,
        WindowKind::Krs => pb::WindowKind::Krs,
        WindowKind::KrsApproval => pb::WindowKind::KrsApproval,
        WindowKind::Revision => pb::WindowKind::Revision,
        WindowKind::GradeEntry => pb::WindowKind::GradeEntry,
    };
    let (scope, scope_key) = scope(&window.scope);
    pb::Window {
        kind: kind.into(),
        scope: scope.into(),
        scope_key,
        opens_at: Some(timestamp(window.opens_at)),
        closes_at: Some(timestamp(window.closes_at)),
    }
}

pub(super) fn seat_policy(policy: SeatPolicy) -> pb::SeatPolicy {
    match policy {
        SeatPolicy::AtAdd => pb::SeatPolicy::AtAdd,
        SeatPolicy::AtSubmit => pb::SeatPolicy::AtSubmit,
        SeatPolicy::Allocation => pb::SeatPolicy::Allocation,
    }
}

fn registration(settings: &Registration) -> pb::RegistrationSettings {
    pb::RegistrationSettings {
        seat_policy: seat_policy(settings.seat_policy).into(),
        admission_rate: settings.admission_rate,
        admission_burst: settings.admission_burst,
        presence_minutes: settings.presence_minutes,
        waiting_limit: settings.waiting_limit,
        trading_limit: settings.trading_limit,
        trading_hours: settings.trading_hours,
    }
}

/// A period with its windows.
pub fn period(period: &Period) -> pb::Period {
    let state = match period.state {
        PeriodState::Planned => pb::PeriodState::Planned,
        PeriodState::Active => pb::PeriodState::Active,
        PeriodState::Closed => pb::PeriodState::Closed,
        PeriodState::Reported => pb::PeriodState::Reported,
    };
    pb::Period {
        code: period.code.to_string(),
        state: state.into(),
        windows: period.windows.iter().map(window).collect(),
        version: period.version,
        registration: Some(registration(&period.registration)),
    }
}

/// A room.
pub fn room(room: &Room) -> pb::Room {
    pb::Room {
        id: room.id.clone(),
        code: room.code.clone(),
        name: room.name.clone(),
        capacity: room.capacity,
        version: room.version,
    }
}

fn meeting(meeting: &Meeting) -> pb::Meeting {
    let (room_id, room_code) = match &meeting.place {
        Some(place) => (place.room_id.clone(), place.room_code.clone()),
        None => Default::default(),
    };
    pb::Meeting {
        day: meeting.slot.day(),
        start_minute: meeting.slot.start(),
        end_minute: meeting.slot.end(),
        room_id,
        room_code,
    }
}

fn lecturer(lecturer: &ClassLecturer) -> pb::ClassLecturer {
    pb::ClassLecturer { lecturer_id: lecturer.lecturer_id.clone(), name: lecturer.name.clone(), lead: lecturer.lead }
}

/// A scope and its key.
fn scope(scope: &Scope) -> (pb::WindowScope, String) {
    let word = match scope {
        Scope::University => pb::WindowScope::Unspecified,
        Scope::Faculty(_) => pb::WindowScope::Faculty,
        Scope::Programme(_) => pb::WindowScope::Programme,
        Scope::Cohort(_) => pb::WindowScope::Cohort,
    };
    (word, scope.key())
}

fn exam(exam: &Exam) -> pb::Exam {
    let kind = match exam.kind() {
        ExamKind::Uts => pb::ExamKind::Uts,
        ExamKind::Uas => pb::ExamKind::Uas,
    };
    pb::Exam { kind: kind.into(), date: exam.day().to_string(), start_minute: exam.start(), end_minute: exam.end() }
}

/// Seats that a class keeps for some.
pub(super) fn reservations(seats: &Seats) -> Vec<pb::SeatReservation> {
    seats.reservations.iter().map(reservation).collect()
}

fn reservation(kept: &Reservation) -> pb::SeatReservation {
    let (scope, scope_key) = scope(&kept.scope);
    pb::SeatReservation {
        scope: scope.into(),
        scope_key,
        seats: kept.seats,
        taken: kept.taken,
        until: kept.until.map(timestamp),
    }
}

/// A class with the seats of this moment.
pub fn class(class: &Class, seats: &Seats) -> pb::Class {
    let state = if class.open { pb::ClassState::Open } else { pb::ClassState::Closed };
    pb::Class {
        id: class.id.clone(),
        period_code: class.period.to_string(),
        course: Some(course(&class.course)),
        name: class.name.clone(),
        capacity: seats.capacity,
        taken: seats.taken,
        meetings: class.meetings.iter().map(meeting).collect(),
        lecturers: class.lecturers.iter().map(lecturer).collect(),
        exams: class.exams.iter().map(exam).collect(),
        reservations: reservations(seats),
        state: state.into(),
        version: class.version,
        reserved: seats.reserved,
        waiting: seats.waiting,
    }
}

/// A class as anyone may see it: without seats taken.
pub fn public_class(class: &Class) -> pb::Class {
    self::class(class, &Seats::new(class.seats.capacity, 0))
}

pub(super) fn ceiling(ceiling: Ceiling) -> pb::Ceiling {
    let reason = match ceiling.reason {
        CeilingReason::LastGpa => pb::CeilingReason::LastGpa,
        CeilingReason::FirstPeriod => pb::CeilingReason::FirstPeriod,
        CeilingReason::FirstYear => pb::CeilingReason::FirstYear,
        CeilingReason::GpaUnknown => pb::CeilingReason::GpaUnknown,
        CeilingReason::ShortTerm => pb::CeilingReason::ShortTerm,
        CeilingReason::GpaMatrix => pb::CeilingReason::GpaMatrix,
        CeilingReason::AfterLeave => pb::CeilingReason::AfterLeave,
        CeilingReason::AfterAbsence => pb::CeilingReason::AfterAbsence,
        CeilingReason::WithCourse => pb::CeilingReason::WithCourse,
    };
    pb::Ceiling {
        credits: ceiling.credits,
        reason: reason.into(),
        last_gpa_hundredths: ceiling.last_gpa.map_or(0, |gpa| gpa.hundredths()),
    }
}

/// A class as one student sees it.
pub fn choice(choice: &Choice) -> pb::Choice {
    pb::Choice {
        class: Some(class(&choice.class, &choice.seats)),
        in_plan: choice.in_plan,
        refusals: refusals(&choice.refusals),
        swap_class_id: choice.swap_class_id.clone().unwrap_or_default(),
        may_wait: choice.may_wait,
        place: choice.place,
        uncounted: !choice.counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_1970_count_their_fraction_upwards() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00.25Z", 0, 250_000_000),
            ("1969-12-31T23:59:59.75Z", -1, 750_000_000),
            ("2026-09-01T00:00:00Z", 1_788_220_800, 0),
        ] {
            let found = timestamp(text.parse().unwrap());
            assert_eq!((found.seconds, found.nanos), (seconds, nanos), "{text}");
        }
    }
}
