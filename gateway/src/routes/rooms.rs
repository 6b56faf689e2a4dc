//! `/rooms`.

use api::{Page, PageQuery, Room, RoomInput};
use axum::extract::{OriginalUri, State};
use http::StatusCode;
use proto::course::v1::{CreateRoomRequest, UpdateRoomRequest};

use super::Answer;
use crate::convert::course as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List rooms
///
/// By code.
#[utoipa::path(
    get, path = "/api/v1/rooms", operation_id = "rooms", tag = "Rooms", params(PageQuery),
    responses((status = 200, description = "A page of rooms", body = Page<Room>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> Answer {
    let list = gateway.catalogue().list_rooms(convert::room_query(query)?).await?.into_inner();
    reply::list(&uri, &convert::rooms(list)?)
}

/// Make a room
///
/// Registrar only.
#[utoipa::path(
    post, path = "/api/v1/rooms", operation_id = "create_room", tag = "Rooms", request_body = RoomInput,
    responses((status = 201, description = "The new room", body = Room))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(input): Json<RoomInput>) -> Answer {
    let request = CreateRoomRequest { room: Some(convert::to_room(String::new(), 0, input)) };
    let room = convert::room(gateway.offering().create_room(request).await?.into_inner());
    // A single room cannot be read, so there is no Location.
    let mut response = reply::one(&room)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Change a room
///
/// The body is the whole new state. Registrar only.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}", operation_id = "update_room", tag = "Rooms",
    params(("id" = String, Path, description = "Room")), request_body = RoomInput,
    responses((status = 200, description = "The changed room", body = Room))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([id]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<RoomInput>,
) -> Answer {
    let request = UpdateRoomRequest { room: Some(convert::to_room(id, version, input)) };
    let room = gateway.offering().update_room(request).await?.into_inner();
    reply::one(&convert::room(room))
}
