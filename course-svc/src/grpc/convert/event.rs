//! Events of student-svc and grade-svc to what the projections hold.

use jiff::Timestamp;
use prost::Message;
use proto::feed::v1::Event;
use proto::grade::v1 as grade;
use proto::student::v1 as pb;

use crate::rules::credits::Gpa;
use crate::rules::eligibility::{HoldKind, Status};
use crate::rules::period::PeriodCode;
use crate::rules::record::{CourseResult, Record, Semester};
use crate::store::campus::{Faculty, Hold, Lecturer, Programme, Student};

/// What an event of student-svc says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StudentEvent {
    /// `student.faculty`.
    Faculty(Faculty),
    /// `student.programme`.
    Programme(Programme),
    /// `student.lecturer`.
    Lecturer(Lecturer),
    /// `student.student`.
    Student(Student),
    /// `student.status`: whose, in which period, which.
    Status(String, String, Status),
    /// `student.hold`.
    Hold(Hold),
}

/// Reads an event; the error says why it is of no use.
pub fn student_event(event: &Event) -> Result<StudentEvent, String> {
    let payload = event.payload.as_slice();
    let decoded = match event.kind.as_str() {
        "student.faculty" => pb::Faculty::decode(payload).map(faculty),
        "student.programme" => pb::Programme::decode(payload).map(programme),
        "student.lecturer" => pb::Lecturer::decode(payload).map(lecturer),
        "student.student" => pb::StudentState::decode(payload).map(student),
        "student.status" => return status(pb::PeriodStatus::decode(payload).map_err(|e| e.to_string())?),
        "student.hold" => return hold(pb::Hold::decode(payload).map_err(|e| e.to_string())?),
        other => return Err(format!("{other} is not a kind that this service applies")),
    };
    decoded.map_err(|error| error.to_string())
}

fn faculty(row: pb::Faculty) -> StudentEvent {
    StudentEvent::Faculty(Faculty { id: row.id, code: row.code, name: row.name })
}

fn programme(row: pb::Programme) -> StudentEvent {
    StudentEvent::Programme(Programme { id: row.id, code: row.code, name: row.name, faculty_id: row.faculty_id })
}

fn lecturer(row: pb::Lecturer) -> StudentEvent {
    let (id, name, nidn, nidk, nuptk) = (row.id, row.name, row.nidn, row.nidk, row.nuptk);
    StudentEvent::Lecturer(Lecturer { id, name, nidn, nidk, nuptk })
}

fn student(row: pb::StudentState) -> StudentEvent {
    StudentEvent::Student(Student {
        id: row.id,
        nim: row.nim,
        name: row.name,
        programme_id: row.programme_id,
        entry_period: row.entry_period,
        advisor_id: row.advisor_id,
        exit_kind: row.exit_kind,
    })
}

fn status(row: pb::PeriodStatus) -> Result<StudentEvent, String> {
    let status = match row.status() {
        pb::StatusKind::Unspecified => return Err(format!("status {} is not known here", row.status)),
        pb::StatusKind::Active => Status::Active,
        pb::StatusKind::Leave => Status::Leave,
        pb::StatusKind::Inactive => Status::Inactive,
        pb::StatusKind::DoubleDegree => Status::DoubleDegree,
        pb::StatusKind::Merdeka => Status::Merdeka,
    };
    Ok(StudentEvent::Status(row.student_id, row.period_code, status))
}

fn hold(row: pb::Hold) -> Result<StudentEvent, String> {
    let kind = match row.kind() {
        pb::HoldKind::Unspecified => return Err(format!("hold kind {} is not known here", row.kind)),
        pb::HoldKind::Tuition => HoldKind::Tuition,
        pb::HoldKind::Library => HoldKind::Library,
        pb::HoldKind::Academic => HoldKind::Academic,
        pb::HoldKind::Document => HoldKind::Document,
    };
    Ok(StudentEvent::Hold(Hold {
        kind: kind.word(),
        waived_until: moment(row.waived_until)?,
        lifted_at: moment(row.lifted_at)?,
        id: row.id,
        student_id: row.student_id,
        note: row.note,
    }))
}

/// Reads a `grade.record`: whose, and what. The error says why it is of no use.
pub fn academic_record(event: &Event) -> Result<(String, Record), String> {
    let message = grade::AcademicRecord::decode(event.payload.as_slice()).map_err(|error| error.to_string())?;
    let mut record = Record {
        cumulative: message.cumulative_hundredths.map(gpa).transpose()?,
        credits_passed: message.credits_passed,
        ..Record::default()
    };
    for row in message.results {
        let result = CourseResult {
            period: period(&row.period_code)?,
            letter: row.letter,
            points: gpa(row.points_hundredths)?.hundredths(),
            passed: row.passed,
            credits: row.credits,
        };
        record.results.insert(row.course_id, result);
    }
    for row in message.semesters {
        record.semesters.push(Semester {
            period: period(&row.period_code)?,
            gpa: gpa(row.gpa_hundredths)?,
            credits: row.credits,
            pending: row.pending,
            pending_courses: row.pending_course_ids,
        });
    }
    Ok((message.student_id, record))
}

fn gpa(hundredths: u32) -> Result<Gpa, String> {
    Gpa::from_hundredths(hundredths).ok_or_else(|| format!("{hundredths} is above 4.00"))
}

fn period(code: &str) -> Result<PeriodCode, String> {
    PeriodCode::parse(code).ok_or_else(|| format!("{code} is no period"))
}

fn moment(at: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>, String> {
    at.map(|at| Timestamp::new(at.seconds, at.nanos).map_err(|error| error.to_string())).transpose()
}
