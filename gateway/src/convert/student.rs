//! Structure, students, statuses and holds.

use api::{DegreeLevel, Gender, HoldKind, StatusKind, StudentOrder};
use chassis::error::Fault;
use proto::student::v1 as pb;

use super::{Word, given, moment, page, page_request, promised_moment, text, timestamp, words};

words!(DegreeLevel, pb::DegreeLevel { D3, D4, S1, S2, S3, Profesi });
words!(Gender, pb::Gender { Male, Female });
words!(StatusKind, pb::StatusKind { Active, Leave, Inactive, DoubleDegree, Merdeka });
words!(HoldKind, pb::HoldKind { Tuition, Library, Academic, Document });
words!(StudentOrder, pb::StudentOrder { Nim = Unspecified, Name = Name });

pub(crate) fn faculty_query(query: api::PageQuery) -> Result<pb::ListFacultiesRequest, Fault> {
    Ok(pb::ListFacultiesRequest { page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn faculties(list: pb::ListFacultiesResponse) -> Result<api::Page<api::Faculty>, Fault> {
    page(list.faculties, list.page, |row| {
        Ok(api::Faculty { id: row.id, code: row.code, name: row.name, version: row.version })
    })
}

pub(crate) fn programme_query(query: api::ProgrammeQuery) -> Result<pb::ListProgrammesRequest, Fault> {
    Ok(pb::ListProgrammesRequest { page: page_request(query.limit, query.cursor)?, faculty_id: text(query.faculty_id) })
}

pub(crate) fn programmes(list: pb::ListProgrammesResponse) -> Result<api::Page<api::Programme>, Fault> {
    page(list.programmes, list.page, |row| {
        Ok(api::Programme {
            id: row.id,
            code: row.code,
            name: row.name,
            degree_level: DegreeLevel::from_wire(row.degree_level)?,
            faculty_id: row.faculty_id,
            pddikti_id: given(row.pddikti_id),
            version: row.version,
        })
    })
}

pub(crate) fn lecturer_query(query: api::LecturerQuery) -> Result<pb::ListLecturersRequest, Fault> {
    Ok(pb::ListLecturersRequest {
        page: page_request(query.limit, query.cursor)?,
        search: text(query.search),
        programme_id: text(query.programme_id),
    })
}

pub(crate) fn lecturers(list: pb::ListLecturersResponse) -> Result<api::Page<api::Lecturer>, Fault> {
    page(list.lecturers, list.page, |row| Ok(lecturer(row)))
}

pub(crate) fn lecturer(lecturer: pb::Lecturer) -> api::Lecturer {
    api::Lecturer {
        id: lecturer.id,
        name: lecturer.name,
        nidn: given(lecturer.nidn),
        nidk: given(lecturer.nidk),
        nuptk: given(lecturer.nuptk),
        programme_id: given(lecturer.programme_id),
        email: given(lecturer.email),
        version: lecturer.version,
    }
}

pub(crate) fn student_query(query: api::StudentQuery) -> Result<pb::ListStudentsRequest, Fault> {
    Ok(pb::ListStudentsRequest {
        page: page_request(query.limit, query.cursor)?,
        search: text(query.search),
        programme_id: text(query.programme_id),
        cohort: text(query.cohort),
        advisor_id: text(query.advisor_id),
        order: query.order.unwrap_or(StudentOrder::Nim).to_wire(),
    })
}

pub(crate) fn students(list: pb::ListStudentsResponse) -> Result<api::Page<api::Student>, Fault> {
    page(list.students, list.page, student)
}

pub(crate) fn student(student: pb::Student) -> Result<api::Student, Fault> {
    let gender = match pb::Gender::try_from(student.gender) {
        Ok(pb::Gender::Unspecified) => None,
        _ => Some(Gender::from_wire(student.gender)?),
    };
    Ok(api::Student {
        id: student.id,
        nim: student.nim,
        name: student.name,
        programme_id: student.programme_id,
        programme_name: given(student.programme_name),
        entry_period: student.entry_period,
        advisor_id: given(student.advisor_id),
        advisor_name: given(student.advisor_name),
        email: given(student.email),
        phone: given(student.phone),
        national_id: given(student.national_id),
        gender,
        birth_place: given(student.birth_place),
        birth_date: given(student.birth_date),
        mother_name: given(student.mother_name),
        exit_kind: given(student.exit_kind),
        version: student.version,
    })
}

/// The whole new state; for a new student id and version are empty and ignored.
pub(crate) fn to_student(id: String, version: i64, input: api::StudentInput) -> pb::Student {
    pb::Student {
        id,
        nim: input.nim,
        name: input.name,
        programme_id: input.programme_id,
        entry_period: input.entry_period,
        advisor_id: text(input.advisor_id),
        email: text(input.email),
        phone: text(input.phone),
        national_id: text(input.national_id),
        gender: input.gender.map_or(pb::Gender::Unspecified as i32, Word::to_wire),
        birth_place: text(input.birth_place),
        birth_date: text(input.birth_date),
        mother_name: text(input.mother_name),
        exit_kind: text(input.exit_kind),
        version,
        advisor_name: String::new(),
        programme_name: String::new(),
    }
}

pub(crate) fn status_query(student_id: String, query: api::PageQuery) -> Result<pb::ListStatusesRequest, Fault> {
    Ok(pb::ListStatusesRequest { student_id, page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn statuses(list: pb::ListStatusesResponse) -> Result<api::Page<api::PeriodStatus>, Fault> {
    page(list.statuses, list.page, status)
}

pub(crate) fn status(status: pb::PeriodStatus) -> Result<api::PeriodStatus, Fault> {
    Ok(api::PeriodStatus {
        student_id: status.student_id,
        period_code: status.period_code,
        status: StatusKind::from_wire(status.status)?,
        version: status.version,
    })
}

pub(crate) fn to_status(student_id: String, period_code: String, input: &api::StatusInput) -> pb::PutStatusRequest {
    pb::PutStatusRequest { student_id, period_code, status: input.status.to_wire() }
}

pub(crate) fn hold_query(student_id: String, query: api::PageQuery) -> Result<pb::ListHoldsRequest, Fault> {
    Ok(pb::ListHoldsRequest { student_id, page: page_request(query.limit, query.cursor)? })
}

pub(crate) fn holds(list: pb::ListHoldsResponse) -> Result<api::Page<api::Hold>, Fault> {
    page(list.holds, list.page, hold)
}

pub(crate) fn hold(hold: pb::Hold) -> Result<api::Hold, Fault> {
    Ok(api::Hold {
        id: hold.id,
        student_id: hold.student_id,
        kind: HoldKind::from_wire(hold.kind)?,
        note: hold.note,
        placed_at: promised_moment(hold.placed_at, "Hold.placed_at")?,
        waived_until: moment(hold.waived_until)?,
        lifted_at: moment(hold.lifted_at)?,
        version: hold.version,
    })
}

pub(crate) fn to_hold(student_id: String, input: api::HoldInput) -> pb::PlaceHoldRequest {
    pb::PlaceHoldRequest { student_id, kind: input.kind.to_wire(), note: input.note }
}

pub(crate) fn to_waiver(hold_id: String, version: i64, input: &api::WaiverInput) -> pb::WaiveHoldRequest {
    pb::WaiveHoldRequest { hold_id, until: Some(timestamp(input.until)), version }
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
        check(DegreeLevel::ALL);
        check(Gender::ALL);
        check(StatusKind::ALL);
        check(HoldKind::ALL);
        check(StudentOrder::ALL);
    }

    #[test]
    fn a_student_sent_back_unchanged_is_the_student_that_was_read() {
        let wire = pb::Student {
            id: "s".into(),
            nim: "202401001".into(),
            name: "Anindya Putri".into(),
            programme_id: "p".into(),
            entry_period: "20241".into(),
            gender: pb::Gender::Female as i32,
            national_id: "3171234567890123".into(),
            version: 7,
            ..pb::Student::default()
        };
        let rest = student(wire.clone()).unwrap();
        assert_eq!(rest.email, None);
        assert_eq!(to_student(rest.id.clone(), rest.version, rest.into()), wire);
    }

    #[test]
    fn a_hold_without_a_date_is_our_fault() {
        let wire = pb::Hold { kind: pb::HoldKind::Tuition as i32, ..pb::Hold::default() };
        assert_eq!(hold(wire).unwrap_err().kind(), Kind::Internal);
    }
}
