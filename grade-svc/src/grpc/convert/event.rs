//! Events of student-svc and course-svc to rows of the projections.

use jiff::Timestamp;
use prost::Message;
use proto::course::v1 as course_pb;
use proto::feed::v1::Event;
use proto::student::v1 as student_pb;

use crate::model::Course;
use crate::rules::period::PeriodCode;
use crate::rules::window::{Scope, Window};
use crate::store::campus::{Faculty, Lecturer, Programme, Student};
use crate::store::classes::ClassRow;

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
}

/// What an event of course-svc says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CourseEvent {
    /// `course.course`.
    Course(Course),
    /// `course.period`.
    Period {
        /// Which.
        code: PeriodCode,
        /// Word of the state.
        state: &'static str,
        /// Those of its windows in which grades are entered.
        windows: Vec<Window>,
    },
    /// `course.class`.
    Class {
        /// The class.
        row: ClassRow,
        /// Lecturers and whether they lead.
        lecturers: Vec<(String, bool)>,
    },
    /// `course.plan`.
    Plan {
        /// Whose.
        student_id: String,
        /// In which period.
        period: String,
        /// Classes in which it gives a place: none while it was never approved; a change that waits for its approval has
        /// the seats that the student holds.
        class_ids: Vec<String>,
    },
    /// `course.equivalents`.
    Equivalents {
        /// Course.
        course_id: String,
        /// The others.
        others: Vec<String>,
    },
}

/// Reads an event of student-svc; the error says why it is of no use.
pub fn student_event(event: &Event) -> Result<StudentEvent, String> {
    let payload = event.payload.as_slice();
    let decoded = match event.kind.as_str() {
        "student.faculty" => student_pb::Faculty::decode(payload)
            .map(|row| StudentEvent::Faculty(Faculty { id: row.id, code: row.code, name: row.name })),
        "student.programme" => student_pb::Programme::decode(payload).map(programme),
        "student.lecturer" => student_pb::Lecturer::decode(payload)
            .map(|row| StudentEvent::Lecturer(Lecturer { id: row.id, name: row.name })),
        "student.student" => student_pb::StudentState::decode(payload).map(student),
        other => return Err(format!("{other} is not a kind that this service applies")),
    };
    decoded.map_err(|error| error.to_string())
}

fn programme(row: student_pb::Programme) -> StudentEvent {
    let degree_level = match row.degree_level() {
        student_pb::DegreeLevel::Unspecified => "",
        student_pb::DegreeLevel::D3 => "D3",
        student_pb::DegreeLevel::D4 => "D4",
        student_pb::DegreeLevel::S1 => "S1",
        student_pb::DegreeLevel::S2 => "S2",
        student_pb::DegreeLevel::S3 => "S3",
        student_pb::DegreeLevel::Profesi => "Profesi",
    };
    let (id, code, name, faculty_id) = (row.id, row.code, row.name, row.faculty_id);
    StudentEvent::Programme(Programme { id, code, name, degree_level, faculty_id })
}

fn student(row: student_pb::StudentState) -> StudentEvent {
    StudentEvent::Student(Student {
        id: row.id,
        nim: row.nim,
        name: row.name,
        programme_id: row.programme_id,
        entry_period: row.entry_period,
        advisor_id: row.advisor_id,
    })
}

/// Reads an event of course-svc; the error says why it is of no use.
pub fn course_event(event: &Event) -> Result<CourseEvent, String> {
    let payload = event.payload.as_slice();
    let wrong = |error: prost::DecodeError| error.to_string();
    match event.kind.as_str() {
        "course.course" => Ok(course(course_pb::Course::decode(payload).map_err(wrong)?)),
        "course.period" => period(course_pb::Period::decode(payload).map_err(wrong)?),
        "course.class" => class(course_pb::Class::decode(payload).map_err(wrong)?),
        "course.plan" => plan(course_pb::PlanSnapshot::decode(payload).map_err(wrong)?),
        "course.equivalents" => Ok(equivalents(course_pb::Equivalents::decode(payload).map_err(wrong)?)),
        other => Err(format!("{other} is not a kind that this service applies")),
    }
}

fn course(row: course_pb::Course) -> CourseEvent {
    CourseEvent::Course(Course {
        course_id: row.id,
        programme_id: row.programme_id,
        code: row.code,
        name: row.name,
        name_en: row.name_en,
        credits: row.credits,
    })
}

fn code(text: &str) -> Result<PeriodCode, String> {
    PeriodCode::parse(text).ok_or_else(|| format!("{text} is no period"))
}

fn period(row: course_pb::Period) -> Result<CourseEvent, String> {
    let state = match row.state() {
        course_pb::PeriodState::Unspecified => return Err(format!("period state {} is not known here", row.state)),
        course_pb::PeriodState::Planned => "planned",
        course_pb::PeriodState::Active => "active",
        course_pb::PeriodState::Closed => "closed",
        course_pb::PeriodState::Reported => "reported",
    };
    let windows = row.windows.iter().filter(|window| window.kind() == course_pb::WindowKind::GradeEntry);
    let windows = windows.map(window).collect::<Result<Vec<_>, _>>()?;
    Ok(CourseEvent::Period { code: code(&row.code)?, state, windows })
}

fn window(row: &course_pb::Window) -> Result<Window, String> {
    // 0 is the whole university, which is what `Unspecified` means here.
    let word = match course_pb::WindowScope::try_from(row.scope) {
        Ok(course_pb::WindowScope::Unspecified) => "university",
        Ok(course_pb::WindowScope::Faculty) => "faculty",
        Ok(course_pb::WindowScope::Programme) => "programme",
        Ok(course_pb::WindowScope::Cohort) => "cohort",
        Err(_) => return Err(format!("window scope {} is not known here", row.scope)),
    };
    let scope = Scope::parse(word, &row.scope_key).ok_or_else(|| format!("a window of {word} {}", row.scope_key))?;
    Ok(Window { scope, opens_at: moment(row.opens_at)?, closes_at: moment(row.closes_at)? })
}

fn moment(at: Option<prost_types::Timestamp>) -> Result<Timestamp, String> {
    let at = at.ok_or("a window without an end")?;
    Timestamp::new(at.seconds, at.nanos).map_err(|error| error.to_string())
}

fn class(row: course_pb::Class) -> Result<CourseEvent, String> {
    let course_id = row.course.map(|course| course.id).ok_or("a class without a course")?;
    let period_code = code(&row.period_code)?.to_string();
    let lecturers = row.lecturers.into_iter().map(|lecturer| (lecturer.lecturer_id, lecturer.lead)).collect();
    Ok(CourseEvent::Class { row: ClassRow { class_id: row.id, period_code, course_id, name: row.name }, lecturers })
}

fn plan(row: course_pb::PlanSnapshot) -> Result<CourseEvent, String> {
    use course_pb::PlanState;
    let gives_places = match row.state() {
        PlanState::Approved | PlanState::Revising | PlanState::Locked => true,
        PlanState::Draft | PlanState::Submitted | PlanState::Returned => row.revision,
        PlanState::Unspecified | PlanState::Void => false,
    };
    let mut class_ids = if gives_places { row.class_ids } else { Vec::new() };
    class_ids.retain(|id| !row.wished_class_ids.contains(id));
    Ok(CourseEvent::Plan { student_id: row.student_id, period: code(&row.period_code)?.to_string(), class_ids })
}

fn equivalents(row: course_pb::Equivalents) -> CourseEvent {
    let mut others: Vec<_> = row.courses.into_iter().map(|course| course.course_id).collect();
    others.sort();
    others.dedup();
    others.retain(|other| *other != row.course_id);
    CourseEvent::Equivalents { course_id: row.course_id, others }
}
