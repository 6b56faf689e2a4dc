//! `/students`.

use api::{Page, Student, StudentInput, StudentQuery};
use axum::extract::{OriginalUri, State};
use proto::student::v1::{CreateStudentRequest, GetStudentRequest, UpdateStudentRequest};

use super::Answer;
use crate::convert::student as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List students
///
/// Those whom the caller may see: a lecturer their advisees, a programme admin that programme, the registrar all.
/// Without personal data.
#[utoipa::path(
    get, path = "/api/v1/students", operation_id = "students", tag = "Students", params(StudentQuery),
    responses((status = 200, description = "A page of students", body = Page<Student>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<StudentQuery>,
) -> Answer {
    let list = gateway.students().list(convert::student_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::students(list)?)
}

/// Make a student
///
/// Programme admin of that programme, or registrar.
#[utoipa::path(
    post, path = "/api/v1/students", operation_id = "create_student", tag = "Students", request_body = StudentInput,
    responses((status = 201, description = "The new student", body = Student))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<StudentInput>) -> Answer {
    let request = CreateStudentRequest { student: Some(convert::to_student(String::new(), 0, input)) };
    let student = convert::student(gateway.students().create(request).await?.into_inner())?;
    reply::created(&student, &format!("/api/v1/students/{}", student.id))
}

/// Read a student
///
/// A student whom the caller may not see answers like one that does not exist.
#[utoipa::path(
    get, path = "/api/v1/students/{id}", operation_id = "student", tag = "Students",
    params(("id" = String, Path, description = "Student")),
    responses((status = 200, description = "The student", body = Student))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let student = gateway.students().get(GetStudentRequest { id }).await?.into_inner();
    reply::one(&convert::student(student)?)
}

/// Change a student
///
/// The body is the whole new state. Programme admin of that programme, or registrar.
#[utoipa::path(
    put, path = "/api/v1/students/{id}", operation_id = "update_student", tag = "Students",
    params(("id" = String, Path, description = "Student")), request_body = StudentInput,
    responses((status = 200, description = "The changed student", body = Student))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<StudentInput>,
) -> Answer {
    let request = UpdateStudentRequest { student: Some(convert::to_student(id, version, input)) };
    let student = gateway.students().update(request).await?.into_inner();
    reply::one(&convert::student(student)?)
}
