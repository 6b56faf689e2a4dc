//! Periods, rooms and courses.

use api::{PeriodState, RequirementKind, SeatPolicy, WindowKind, WindowScope};
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, given, page, page_request, promised_moment, text, timestamp, words};

words!(PeriodState, pb::PeriodState { Planned, Active, Closed, Reported });
words!(WindowKind, pb::WindowKind { Offering, Krs, KrsApproval, Revision, GradeEntry });
words!(
    WindowScope,
    pb::WindowScope { University = Unspecified, Faculty = Faculty, Programme = Programme, Cohort = Cohort }
);
words!(SeatPolicy, pb::SeatPolicy { AtAdd, AtSubmit, Allocation });
words!(RequirementKind, pb::RequirementKind { Compulsory, Elective, National, Thesis });

pub(crate) fn period_query(query: api::PageQuery) -> Result<pb::ListPeriodsRequest, Fault> {
    Ok(pb::ListPeriodsRequest { page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn periods(list: pb::ListPeriodsResponse) -> Result<api::Page<api::Period>, Fault> {
    page(list.periods, list.page, period)
}

pub(crate) fn period(period: pb::Period) -> Result<api::Period, Fault> {
    Ok(api::Period {
        code: period.code,
        state: PeriodState::from_wire(period.state)?,
        windows: period.windows.into_iter().map(window).collect::<Result<_, _>>()?,
        // A service from before there were settings says nothing.
        registration: period.registration.map(registration).transpose()?.unwrap_or_default(),
        version: period.version,
    })
}

fn registration(settings: pb::RegistrationSettings) -> Result<api::Registration, Fault> {
    Ok(api::Registration {
        seat_policy: SeatPolicy::from_wire(settings.seat_policy)?,
        admission_rate: settings.admission_rate,
        admission_burst: settings.admission_burst,
        presence_minutes: settings.presence_minutes,
        waiting_limit: settings.waiting_limit,
        trading_limit: settings.trading_limit,
        trading_hours: settings.trading_hours,
    })
}

fn to_registration(settings: api::Registration) -> pb::RegistrationSettings {
    pb::RegistrationSettings {
        seat_policy: settings.seat_policy.to_wire(),
        admission_rate: settings.admission_rate,
        admission_burst: settings.admission_burst,
        presence_minutes: settings.presence_minutes,
        waiting_limit: settings.waiting_limit,
        trading_limit: settings.trading_limit,
        trading_hours: settings.trading_hours,
    }
}

pub(crate) fn window(window: pb::Window) -> Result<api::Window, Fault> {
    Ok(api::Window {
        kind: WindowKind::from_wire(window.kind)?,
        scope: WindowScope::from_wire(window.scope)?,
        scope_key: given(window.scope_key),
        opens_at: promised_moment(window.opens_at, "Window.opens_at")?,
        closes_at: promised_moment(window.closes_at, "Window.closes_at")?,
    })
}

/// The whole new state; for a new period the version is ignored.
pub(crate) fn to_period(code: String, version: i64, input: api::PeriodInput) -> pb::Period {
    let windows = input.windows.into_iter().map(to_window).collect();
    let registration = input.registration.map(to_registration);
    pb::Period { code, state: input.state.to_wire(), windows, version, registration }
}

fn to_window(window: api::Window) -> pb::Window {
    pb::Window {
        kind: window.kind.to_wire(),
        scope: window.scope.to_wire(),
        scope_key: text(window.scope_key),
        opens_at: Some(timestamp(window.opens_at)),
        closes_at: Some(timestamp(window.closes_at)),
    }
}

pub(crate) fn room_query(query: api::PageQuery) -> Result<pb::ListRoomsRequest, Fault> {
    Ok(pb::ListRoomsRequest { page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn rooms(list: pb::ListRoomsResponse) -> Result<api::Page<api::Room>, Fault> {
    page(list.rooms, list.page, |row| Ok(room(row)))
}

pub(crate) fn room(room: pb::Room) -> api::Room {
    api::Room { id: room.id, code: room.code, name: given(room.name), capacity: room.capacity, version: room.version }
}

pub(crate) fn to_room(id: String, version: i64, input: api::RoomInput) -> pb::Room {
    pb::Room { id, code: input.code, name: text(input.name), capacity: input.capacity, version }
}

pub(crate) fn course_query(query: api::CourseQuery) -> Result<pb::ListCoursesRequest, Fault> {
    Ok(pb::ListCoursesRequest {
        page: page_request(query.limit, query.cursor)?,
        search: text(query.search),
        programme_id: text(query.programme_id),
    })
}

pub(crate) fn courses(list: pb::ListCoursesResponse) -> Result<api::Page<api::Course>, Fault> {
    page(list.courses, list.page, course)
}

pub(crate) fn course(course: pb::Course) -> Result<api::Course, Fault> {
    Ok(api::Course {
        id: course.id,
        code: course.code,
        name: course.name,
        name_en: given(course.name_en),
        credits: course.credits,
        credits_lecture: course.credits_lecture,
        credits_practice: course.credits_practice,
        credits_field: course.credits_field,
        credits_simulation: course.credits_simulation,
        programme_id: course.programme_id,
        programme_code: given(course.programme_code),
        requirement_kind: RequirementKind::from_wire(course.requirement_kind)?,
        recommended_semester: (course.recommended_semester != 0).then_some(course.recommended_semester),
        version: course.version,
    })
}

/// The whole new state; for a new course id and version are empty and ignored. A sum beyond what fits stays beyond
/// what the service takes.
pub(crate) fn to_course(id: String, version: i64, input: api::CourseInput) -> pb::Course {
    let parts = [input.credits_lecture, input.credits_practice, input.credits_field, input.credits_simulation];
    pb::Course {
        id,
        code: input.code,
        name: input.name,
        name_en: text(input.name_en),
        credits: parts.into_iter().fold(0, u32::saturating_add),
        credits_lecture: input.credits_lecture,
        credits_practice: input.credits_practice,
        credits_field: input.credits_field,
        credits_simulation: input.credits_simulation,
        programme_id: input.programme_id,
        requirement_kind: input.requirement_kind.to_wire(),
        recommended_semester: input.recommended_semester.unwrap_or_default(),
        version,
        programme_code: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    #[test]
    fn every_word_has_a_number_and_comes_back() {
        fn check<W: Word + PartialEq + std::fmt::Debug>(all: &[W]) {
            for word in all {
                assert_eq!(W::from_wire(word.to_wire()).unwrap(), *word);
            }
            assert_eq!(W::from_wire(99).unwrap_err().kind(), Kind::Internal);
        }
        check(PeriodState::ALL);
        check(WindowKind::ALL);
        check(WindowScope::ALL);
        check(SeatPolicy::ALL);
        check(RequirementKind::ALL);
    }

    #[test]
    fn a_period_sent_back_unchanged_is_the_period_that_was_read() {
        let wire = pb::Period {
            code: "20261".into(),
            state: pb::PeriodState::Active as i32,
            windows: vec![pb::Window {
                kind: pb::WindowKind::Krs as i32,
                scope: pb::WindowScope::Unspecified as i32,
                scope_key: String::new(),
                opens_at: Some(prost_types::Timestamp { seconds: 1_788_000_000, nanos: 0 }),
                closes_at: Some(prost_types::Timestamp { seconds: 1_789_000_000, nanos: 0 }),
            }],
            version: 3,
            registration: Some(pb::RegistrationSettings {
                seat_policy: pb::SeatPolicy::Allocation as i32,
                admission_rate: 1,
                admission_burst: 2,
                presence_minutes: 3,
                waiting_limit: 4,
                trading_limit: 5,
                trading_hours: 6,
            }),
        };
        let rest = period(wire.clone()).unwrap();
        assert_eq!(rest.windows[0].scope, WindowScope::University);
        let input =
            api::PeriodInput { state: rest.state, windows: rest.windows, registration: Some(rest.registration) };
        assert_eq!(to_period(rest.code, rest.version, input), wire);
    }

    #[test]
    fn the_credits_of_a_course_are_the_sum_of_its_parts_and_never_overflow() {
        let input = |lecture, practice| api::CourseInput {
            code: "IF201".into(),
            name: "Struktur Data".into(),
            name_en: None,
            credits_lecture: lecture,
            credits_practice: practice,
            credits_field: 0,
            credits_simulation: 0,
            programme_id: "p".into(),
            requirement_kind: RequirementKind::Compulsory,
            recommended_semester: None,
        };
        assert_eq!(to_course(String::new(), 0, input(3, 1)).credits, 4);
        assert_eq!(to_course(String::new(), 0, input(u32::MAX, u32::MAX)).credits, u32::MAX);
    }
}
