//! The one place where wire types and the types of this service meet.

use chassis::auth::{Caller, roles};
use chassis::db::Stamp;
use jiff::Timestamp;
use proto::common::v1 as common;
use proto::student::v1 as pb;

use crate::app::import::{Count, RowFault, Verdict};
use crate::app::{CreateStudent, PlaceHold, PutStatus, UpdateStudent, WaiveHold};
use crate::reasons;
use crate::rules::access::Who;
use crate::rules::field::Wrong;
use crate::rules::row::{FacultyRow, HoldRow, LecturerRow, ProgrammeRow, Row, StatusRow, StudentRow};
use crate::rules::student::{Person, Record};
use crate::rules::words::{DegreeLevel, Gender, HoldKind, NumberKind, StatusKind};
use crate::store::faculty::Faculty;
use crate::store::hold::Hold;
use crate::store::lecturer::Lecturer;
use crate::store::programme::Programme;
use crate::store::status::PeriodStatus;
use crate::store::student::{Student, StudentView};

/// What counts of a caller here.
pub(super) fn who(caller: &Caller) -> Who {
    Who {
        student_id: caller.student_id.clone().filter(|id| caller.is_student(id)),
        lecturer_id: caller.lecturer_id.clone().filter(|id| caller.is_lecturer(id)),
        programmes: caller.programmes().map(str::to_owned).collect(),
        registrar: caller.has(roles::REGISTRAR),
    }
}

// To the wire.

pub(crate) fn faculty(row: &Faculty) -> pb::Faculty {
    pb::Faculty { id: row.faculty_id.clone(), code: row.code.clone(), name: row.name.clone(), version: row.version }
}

pub(crate) fn programme(row: &Programme) -> pb::Programme {
    pb::Programme {
        id: row.programme_id.clone(),
        code: row.code.clone(),
        name: row.name.clone(),
        degree_level: match row.degree_level {
            DegreeLevel::D3 => pb::DegreeLevel::D3,
            DegreeLevel::D4 => pb::DegreeLevel::D4,
            DegreeLevel::S1 => pb::DegreeLevel::S1,
            DegreeLevel::S2 => pb::DegreeLevel::S2,
            DegreeLevel::S3 => pb::DegreeLevel::S3,
            DegreeLevel::Profesi => pb::DegreeLevel::Profesi,
        }
        .into(),
        faculty_id: row.faculty_id.clone(),
        pddikti_id: row.pddikti_id.clone(),
        version: row.version,
    }
}

pub(crate) fn lecturer(row: &Lecturer) -> pb::Lecturer {
    let number = |kind| if row.number_kind == kind { row.number.clone() } else { String::new() };
    pb::Lecturer {
        id: row.lecturer_id.clone(),
        name: row.name.clone(),
        nidn: number(NumberKind::Nidn),
        nidk: number(NumberKind::Nidk),
        nuptk: number(NumberKind::Nuptk),
        programme_id: row.programme_id.clone(),
        email: row.email.clone(),
        version: row.version,
    }
}

/// The student; personal data only for those who may read it.
pub(super) fn student(view: &StudentView, personal: bool) -> pb::Student {
    let row = &view.student;
    let private = |value: &str| if personal { value.to_owned() } else { String::new() };
    pb::Student {
        id: row.student_id.clone(),
        nim: row.nim.clone(),
        name: row.name.clone(),
        programme_id: row.programme_id.clone(),
        entry_period: row.entry_period.clone(),
        advisor_id: row.advisor_id.clone().unwrap_or_default(),
        email: row.email.clone(),
        phone: private(&row.phone),
        national_id: private(&row.national_id),
        gender: match Gender::of(&row.gender) {
            Some(Gender::Male) => pb::Gender::Male,
            Some(Gender::Female) => pb::Gender::Female,
            Some(Gender::NotGiven) | None => pb::Gender::Unspecified,
        }
        .into(),
        birth_place: private(&row.birth_place),
        birth_date: private(&row.birth_date),
        mother_name: private(&row.mother_name),
        exit_kind: row.exit_kind.clone(),
        version: row.version,
        advisor_name: view.advisor_name.clone(),
        programme_name: format!("{} {}", view.degree_level, view.programme_name),
    }
}

pub(crate) fn student_state(row: &Student) -> pb::StudentState {
    pb::StudentState {
        id: row.student_id.clone(),
        nim: row.nim.clone(),
        name: row.name.clone(),
        programme_id: row.programme_id.clone(),
        entry_period: row.entry_period.clone(),
        advisor_id: row.advisor_id.clone().unwrap_or_default(),
        exit_kind: row.exit_kind.clone(),
    }
}

pub(crate) fn status(row: &PeriodStatus) -> pb::PeriodStatus {
    pb::PeriodStatus {
        student_id: row.student_id.clone(),
        period_code: row.period_code.clone(),
        status: match row.status {
            StatusKind::Active => pb::StatusKind::Active,
            StatusKind::Leave => pb::StatusKind::Leave,
            StatusKind::Inactive => pb::StatusKind::Inactive,
            StatusKind::DoubleDegree => pb::StatusKind::DoubleDegree,
            StatusKind::Merdeka => pb::StatusKind::Merdeka,
        }
        .into(),
        version: row.version,
    }
}

/// The hold; its note only for those who may read personal data.
pub(crate) fn hold(row: &Hold, personal: bool) -> pb::Hold {
    pb::Hold {
        id: row.hold_id.clone(),
        student_id: row.student_id.clone(),
        kind: match row.kind {
            HoldKind::Tuition => pb::HoldKind::Tuition,
            HoldKind::Library => pb::HoldKind::Library,
            HoldKind::Academic => pb::HoldKind::Academic,
            HoldKind::Document => pb::HoldKind::Document,
        }
        .into(),
        note: if personal { row.note.clone() } else { String::new() },
        placed_at: Some(moment(row.placed_at)),
        waived_until: row.waived_until.map(moment),
        lifted_at: row.lifted_at.map(moment),
        version: row.version,
    }
}

fn moment(Stamp(at): Stamp) -> prost_types::Timestamp {
    // jiff gives both parts the same sign, the wire wants nanoseconds from 0 up.
    let (seconds, nanos) = match (at.as_second(), at.subsec_nanosecond()) {
        (seconds, nanos @ ..0) => (seconds - 1, nanos + 1_000_000_000),
        both => both,
    };
    prost_types::Timestamp { seconds, nanos }
}

pub(super) fn page_info(next_cursor: String) -> Option<common::PageInfo> {
    Some(common::PageInfo { next_cursor })
}

pub(super) fn row_fault(fault: RowFault) -> common::ImportFault {
    common::ImportFault {
        file: fault.file,
        line: fault.line,
        column: fault.column.to_owned(),
        refusal: Some(common::Refusal {
            reason: fault.reason.to_owned(),
            facts: fault.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }),
        warning: false,
    }
}

pub(super) fn progress(done: u64, total: u64) -> common::ImportProgress {
    common::ImportProgress { done, total }
}

pub(super) fn verdict(verdict: &Verdict) -> common::ImportVerdict {
    common::ImportVerdict {
        ok: verdict.wrong == 0,
        created: verdict.count.created,
        changed: verdict.count.changed,
        unchanged: verdict.count.unchanged,
        wrong: verdict.wrong,
        warnings: 0,
    }
}

pub(super) fn applied(count: &Count, feed_head: i64) -> common::ImportApplied {
    common::ImportApplied { created: count.created, changed: count.changed, unchanged: count.unchanged, feed_head }
}

// From the wire.

fn record(student: pb::Student) -> Record {
    Record {
        person: Person {
            nim: student.nim,
            name: student.name,
            entry_period: student.entry_period,
            email: student.email,
            phone: student.phone,
            national_id: student.national_id,
            gender: match pb::Gender::try_from(student.gender) {
                Ok(pb::Gender::Unspecified) => "",
                Ok(pb::Gender::Male) => "L",
                Ok(pb::Gender::Female) => "P",
                // No word of the vocabulary: the check will say so, with the other wrong fields.
                Err(_) => "?",
            }
            .to_owned(),
            birth_place: student.birth_place,
            birth_date: student.birth_date,
            mother_name: student.mother_name,
        },
        programme_id: student.programme_id,
        advisor_id: Some(student.advisor_id).filter(|id| !id.is_empty()),
        exit_kind: student.exit_kind,
    }
}

/// A new student. A message without a student is one with every field empty.
pub(super) fn create_student(request: pb::CreateStudentRequest) -> CreateStudent {
    CreateStudent { record: record(request.student.unwrap_or_default()) }
}

/// A changed student.
pub(super) fn update_student(request: pb::UpdateStudentRequest) -> UpdateStudent {
    let student = request.student.unwrap_or_default();
    UpdateStudent { student_id: student.id.clone(), version: student.version, record: record(student) }
}

/// A status to set; an unknown one is `None`.
pub(super) fn put_status(request: pb::PutStatusRequest) -> PutStatus {
    let status = match pb::StatusKind::try_from(request.status) {
        Ok(pb::StatusKind::Active) => Some(StatusKind::Active),
        Ok(pb::StatusKind::Leave) => Some(StatusKind::Leave),
        Ok(pb::StatusKind::Inactive) => Some(StatusKind::Inactive),
        Ok(pb::StatusKind::DoubleDegree) => Some(StatusKind::DoubleDegree),
        Ok(pb::StatusKind::Merdeka) => Some(StatusKind::Merdeka),
        Ok(pb::StatusKind::Unspecified) | Err(_) => None,
    };
    PutStatus { student_id: request.student_id, period_code: request.period_code, status }
}

/// A hold to place; an unknown kind is `None`.
pub(super) fn place_hold(request: pb::PlaceHoldRequest) -> PlaceHold {
    let kind = match pb::HoldKind::try_from(request.kind) {
        Ok(pb::HoldKind::Tuition) => Some(HoldKind::Tuition),
        Ok(pb::HoldKind::Library) => Some(HoldKind::Library),
        Ok(pb::HoldKind::Academic) => Some(HoldKind::Academic),
        Ok(pb::HoldKind::Document) => Some(HoldKind::Document),
        Ok(pb::HoldKind::Unspecified) | Err(_) => None,
    };
    PlaceHold { student_id: request.student_id, kind, note: request.note }
}

/// A waiver to grant.
///
/// # Errors
/// When the moment is none that a calendar has.
pub(super) fn waive_hold(request: pb::WaiveHoldRequest) -> Result<WaiveHold, Vec<Wrong>> {
    let until = match request.until {
        None => None,
        Some(at) => {
            Some(Timestamp::new(at.seconds, at.nanos).map_err(|_| vec![Wrong::new("until", reasons::BAD_TIME)])?)
        }
    };
    Ok(WaiveHold { hold_id: request.hold_id, until, version: request.version })
}

/// A row of an import; `None` when it says nothing.
pub(super) fn row(row: pb::import_row::Row) -> Row {
    use pb::import_row::Row as Wire;
    match row {
        Wire::Faculty(r) => Row::Faculty(FacultyRow { code: r.code, name: r.name }),
        Wire::Programme(r) => Row::Programme(ProgrammeRow {
            code: r.code,
            name: r.name,
            degree_level: r.degree_level,
            faculty: r.faculty,
            pddikti_id: r.pddikti_id,
        }),
        Wire::Lecturer(r) => Row::Lecturer(LecturerRow {
            number: r.number,
            name: r.name,
            programme: r.programme,
            email: r.email,
            number_kind: r.number_kind,
        }),
        Wire::Student(r) => Row::Student(StudentRow {
            person: Person {
                nim: r.nim,
                name: r.name,
                entry_period: r.entry_period,
                email: r.email,
                phone: r.phone,
                national_id: r.national_id,
                gender: r.gender,
                birth_place: r.birth_place,
                birth_date: r.birth_date,
                mother_name: r.mother_name,
            },
            programme: r.programme,
            advisor: r.advisor,
        }),
        Wire::Status(r) => Row::Status(StatusRow { nim: r.nim, period: r.period, status: r.status }),
        Wire::Hold(r) => Row::Hold(HoldRow { nim: r.nim, kind: r.kind, note: r.note, waived_until: r.waived_until }),
    }
}
