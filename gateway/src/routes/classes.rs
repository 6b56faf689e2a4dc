//! `/classes`: what is offered in a period.

use api::{Class, ClassInput, ClassQuery, Page};
use axum::extract::{OriginalUri, State};
use http::HeaderMap;
use proto::course::v1::{CreateClassRequest, DeleteClassRequest, GetClassRequest, UpdateClassRequest};

use super::{Answer, list_for_anyone};
use crate::convert::class::{self as convert, Reader};
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::error::Rejection;
use crate::reasons;
use crate::state::Gateway;

/// List the classes of a period
///
/// By course code and class name. With a token with live seats. Without one the answer has no seats and is shared: up
/// to half a minute old, and up to five minutes while its service is down.
#[utoipa::path(
    get, path = "/api/v1/classes", operation_id = "classes", tag = "Classes", params(ClassQuery),
    responses((status = 200, description = "A page of classes", body = Page<Class>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(query): Query<ClassQuery>,
) -> Answer {
    if query.period.is_empty() {
        return Err(Rejection::field("period", reasons::REQUIRED, "is required"));
    }
    let request = convert::class_query(query.clone())?;
    let mut catalogue = gateway.catalogue();
    list_for_anyone(&gateway, &uri, &headers, &query, |known| async move {
        Ok(if known {
            convert::classes(catalogue.list_classes(request).await?.into_inner(), Reader::LoggedIn)?
        } else {
            convert::classes(catalogue.list_public_classes(request).await?.into_inner(), Reader::Anyone)?
        })
    })
    .await
    .map_err(|refused| refused.renaming("period_code", "period"))
}

/// Open a class
///
/// Clashes of rooms and lecturers are refused, all at once. Programme admin of that programme, or registrar.
#[utoipa::path(
    post, path = "/api/v1/classes", operation_id = "create_class", tag = "Classes", request_body = ClassInput,
    responses((status = 201, description = "The new class", body = Class))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<ClassInput>) -> Answer {
    let request = CreateClassRequest { class: Some(convert::to_class(input)) };
    let class = gateway.offering().create_class(request).await?.into_inner();
    let class = convert::class(class, Reader::LoggedIn)?;
    reply::created(&class, &format!("/api/v1/classes/{}", class.id))
}

/// Read a class
///
/// With live seats.
#[utoipa::path(
    get, path = "/api/v1/classes/{id}", operation_id = "class", tag = "Classes",
    params(("id" = String, Path, description = "Class")),
    responses((status = 200, description = "The class", body = Class))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    let class = gateway.catalogue().get_class(GetClassRequest { id }).await?.into_inner();
    reply::one(&convert::class(class, Reader::LoggedIn)?)
}

/// Change a class
///
/// The body is the whole new state. Capacity may fall below the seats taken: nobody is thrown out, nobody new comes
/// in. Meetings cannot change under students whose plan would then clash. Programme admin of that programme, or
/// registrar.
#[utoipa::path(
    put, path = "/api/v1/classes/{id}", operation_id = "update_class", tag = "Classes",
    params(("id" = String, Path, description = "Class")), request_body = ClassInput,
    responses((status = 200, description = "The changed class", body = Class))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<ClassInput>,
) -> Answer {
    let request = UpdateClassRequest { id, class: Some(convert::to_class(input)), version };
    let class = gateway.offering().update_class(request).await?.into_inner();
    reply::one(&convert::class(class, Reader::LoggedIn)?)
}

/// Remove a class
///
/// Only one in which no seat is taken. Programme admin of that programme, or registrar.
#[utoipa::path(
    delete, path = "/api/v1/classes/{id}", operation_id = "delete_class", tag = "Classes",
    params(("id" = String, Path, description = "Class")),
    responses((status = 204, description = "The class is gone"))
)]
pub(crate) async fn delete(State(gateway): State<Gateway>, Path([id]): Path<1>) -> Answer {
    gateway.offering().delete_class(DeleteClassRequest { id }).await?;
    Ok(reply::done())
}
