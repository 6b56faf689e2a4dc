//! Classes and their timetable.

use api::{ClassState, ExamKind, WindowScope};
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, course, given, moment, page, page_request, promised, text, timestamp, words};

words!(ClassState, pb::ClassState { Open, Closed });
words!(ExamKind, pb::ExamKind { Uts, Uas });

/// Who reads a class: only those who are logged in see the seats taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    LoggedIn,
    Anyone,
}

pub(crate) fn class_query(query: api::ClassQuery) -> Result<pb::ListClassesRequest, Fault> {
    Ok(pb::ListClassesRequest {
        page: page_request(query.limit, query.cursor)?,
        period_code: query.period,
        search: text(query.search),
        programme_id: text(query.programme_id),
        day: query.day.unwrap_or_default(),
        course_id: text(query.course_id),
        lecturer_id: text(query.lecturer_id),
    })
}

pub(crate) fn classes(list: pb::ListClassesResponse, reader: Reader) -> Result<api::Page<api::Class>, Fault> {
    page(list.classes, list.page, |row| class(row, reader))
}

pub(crate) fn class(class: pb::Class, reader: Reader) -> Result<api::Class, Fault> {
    Ok(api::Class {
        id: class.id,
        period_code: class.period_code,
        course: course::course(promised(class.course, "Class.course")?)?,
        name: class.name,
        capacity: class.capacity,
        taken: (reader == Reader::LoggedIn).then_some(class.taken),
        reserved: class.reserved,
        waiting: class.waiting,
        meetings: class.meetings.into_iter().map(meeting).collect(),
        lecturers: class.lecturers.into_iter().map(lecturer).collect(),
        exams: class.exams.into_iter().map(exam).collect::<Result<_, _>>()?,
        reservations: class.reservations.into_iter().map(reservation).collect::<Result<_, _>>()?,
        state: ClassState::from_wire(class.state)?,
        version: class.version,
    })
}

fn meeting(meeting: pb::Meeting) -> api::Meeting {
    api::Meeting {
        day: meeting.day,
        start_minute: meeting.start_minute,
        end_minute: meeting.end_minute,
        room_id: given(meeting.room_id),
        room_code: given(meeting.room_code),
    }
}

fn lecturer(lecturer: pb::ClassLecturer) -> api::ClassLecturer {
    api::ClassLecturer { lecturer_id: lecturer.lecturer_id, name: given(lecturer.name), lead: lecturer.lead }
}

fn exam(exam: pb::Exam) -> Result<api::Exam, Fault> {
    let pb::Exam { kind, date, start_minute, end_minute } = exam;
    Ok(api::Exam { kind: ExamKind::from_wire(kind)?, date, start_minute, end_minute })
}

fn reservation(kept: pb::SeatReservation) -> Result<api::SeatReservation, Fault> {
    Ok(api::SeatReservation {
        scope: WindowScope::from_wire(kept.scope)?,
        scope_key: kept.scope_key,
        seats: kept.seats,
        taken: kept.taken,
        until: moment(kept.until)?,
    })
}

fn to_exam(exam: api::Exam) -> pb::Exam {
    let api::Exam { kind, date, start_minute, end_minute } = exam;
    pb::Exam { kind: kind.to_wire(), date, start_minute, end_minute }
}

fn to_reservation(kept: api::SeatReservationInput) -> pb::SeatReservation {
    pb::SeatReservation {
        scope: kept.scope.to_wire(),
        scope_key: kept.scope_key,
        seats: kept.seats,
        taken: 0,
        until: kept.until.map(timestamp),
    }
}

pub(crate) fn to_class(input: api::ClassInput) -> pb::ClassInput {
    pb::ClassInput {
        period_code: input.period_code,
        course_id: input.course_id,
        name: input.name,
        capacity: input.capacity,
        meetings: input.meetings.into_iter().map(to_meeting).collect(),
        lecturers: input
            .lecturers
            .into_iter()
            .map(|row| pb::ClassLecturer { lecturer_id: row.lecturer_id, name: String::new(), lead: row.lead })
            .collect(),
        state: input.state.to_wire(),
        exams: input.exams.map(|exams| pb::ExamList { exams: exams.into_iter().map(to_exam).collect() }),
        reservations: input.reservations.map(|kept| {
            let reservations = kept.into_iter().map(to_reservation).collect();
            pb::ReservationList { reservations }
        }),
    }
}

fn to_meeting(input: api::MeetingInput) -> pb::Meeting {
    pb::Meeting {
        day: input.day,
        start_minute: input.start_minute,
        end_minute: input.end_minute,
        room_id: text(input.room_id),
        room_code: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    fn wire() -> pb::Class {
        let requirement_kind = pb::RequirementKind::Compulsory as i32;
        pb::Class {
            id: "c".into(),
            course: Some(pb::Course { requirement_kind, ..pb::Course::default() }),
            state: pb::ClassState::Open as i32,
            taken: 17,
            ..pb::Class::default()
        }
    }

    #[test]
    fn only_those_logged_in_see_the_seats_taken() {
        assert_eq!(class(wire(), Reader::LoggedIn).unwrap().taken, Some(17));
        assert_eq!(class(wire(), Reader::Anyone).unwrap().taken, None);
    }

    #[test]
    fn exams_and_kept_seats_that_are_left_out_stay_as_they_are() {
        let input = |exams, reservations| api::ClassInput {
            period_code: "20261".into(),
            course_id: "c".into(),
            name: "A".into(),
            capacity: 40,
            meetings: vec![],
            lecturers: vec![],
            exams,
            reservations,
            state: ClassState::Open,
        };
        let kept = to_class(input(None, None));
        assert_eq!((kept.exams, kept.reservations), (None, None));
        let none = to_class(input(Some(vec![]), Some(vec![])));
        assert!(none.exams.unwrap().exams.is_empty() && none.reservations.unwrap().reservations.is_empty());
        let exam =
            pb::Exam { kind: pb::ExamKind::Uas as i32, date: "2026-12-14".into(), start_minute: 480, end_minute: 600 };
        let kept =
            pb::SeatReservation { scope: pb::WindowScope::Cohort as i32, seats: 10, taken: 4, ..Default::default() };
        let found =
            class(pb::Class { exams: vec![exam.clone()], reservations: vec![kept], ..wire() }, Reader::LoggedIn)
                .unwrap();
        assert_eq!((found.reservations[0].taken, found.exams[0].kind), (4, ExamKind::Uas));
        assert_eq!(to_class(input(Some(found.exams), None)).exams.unwrap().exams, [exam]);
    }

    #[test]
    fn a_class_without_a_course_is_our_fault() {
        let fault = class(pb::Class { course: None, ..wire() }, Reader::Anyone).unwrap_err();
        assert_eq!(fault.kind(), Kind::Internal);
    }
}
