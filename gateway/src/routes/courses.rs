//! `/courses`: the catalogue of courses.

use api::{Course, CourseInput, CourseQuery, Page};
use axum::extract::{OriginalUri, State};
use proto::course::v1::{CreateCourseRequest, GetCourseRequest, UpdateCourseRequest};

use super::Answer;
use crate::convert::course as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List courses
///
/// By code.
#[utoipa::path(
    get, path = "/api/v1/courses", operation_id = "courses", tag = "Courses", params(CourseQuery),
    responses((status = 200, description = "A page of courses", body = Page<Course>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<CourseQuery>,
) -> Answer {
    let list = gateway.catalogue().list_courses(convert::course_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::courses(list)?)
}

/// Make a course
///
/// Programme admin of that programme, or registrar.
#[utoipa::path(
    post, path = "/api/v1/courses", operation_id = "create_course", tag = "Courses", request_body = CourseInput,
    responses((status = 201, description = "The new course", body = Course))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<CourseInput>) -> Answer {
    let request = CreateCourseRequest { course: Some(convert::to_course(String::new(), 0, input)) };
    let course = convert::course(gateway.offering().create_course(request).await?.into_inner())?;
    reply::created(&course, &format!("/api/v1/courses/{}", course.id))
}

/// Read a course
#[utoipa::path(
    get, path = "/api/v1/courses/{id}", operation_id = "course", tag = "Courses",
    params(("id" = String, Path, description = "Course")),
    responses((status = 200, description = "The course", body = Course))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let course = gateway.catalogue().get_course(GetCourseRequest { id }).await?.into_inner();
    reply::one(&convert::course(course)?)
}

/// Change a course
///
/// The body is the whole new state. Programme admin of that programme, or registrar.
#[utoipa::path(
    put, path = "/api/v1/courses/{id}", operation_id = "update_course", tag = "Courses",
    params(("id" = String, Path, description = "Course")), request_body = CourseInput,
    responses((status = 200, description = "The changed course", body = Course))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<CourseInput>,
) -> Answer {
    let request = UpdateCourseRequest { course: Some(convert::to_course(id, version, input)) };
    let course = gateway.offering().update_course(request).await?.into_inner();
    reply::one(&convert::course(course)?)
}
