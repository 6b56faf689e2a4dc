//! Classes and their timetable.

use api::ClassState;
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, course, given, page, page_request, promised, text, words};

words!(ClassState, pb::ClassState { Open, Closed });

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
        // Kept as they are.
        exams: None,
        reservations: None,
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
    fn a_class_without_a_course_is_our_fault() {
        let fault = class(pb::Class { course: None, ..wire() }, Reader::Anyone).unwrap_err();
        assert_eq!(fault.kind(), Kind::Internal);
    }
}
