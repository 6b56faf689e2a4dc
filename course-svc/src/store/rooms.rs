//! Table `room`.

use chassis::db::{DbError, On, Texts, Tx};
use chassis::sql;

use super::small;
use crate::model::Room;

#[derive(Debug, sqlx::FromRow)]
struct RoomRow {
    room_id: String,
    code: String,
    name: String,
    capacity: i64,
    version: i64,
}

impl RoomRow {
    fn room(self) -> Result<Room, DbError> {
        let capacity = small(self.capacity)?;
        Ok(Room { id: self.room_id, code: self.code, name: self.name, capacity, version: self.version })
    }
}

fn rooms(rows: Vec<RoomRow>) -> Result<Vec<Room>, DbError> {
    rows.into_iter().map(RoomRow::room).collect()
}

/// One room, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Room>, DbError> {
    let query = sql!(
        sqlite = "SELECT room_id, code, name, capacity, version FROM room WHERE room_id = $1",
        postgres = "SELECT room_id, code, name, capacity, version FROM room WHERE room_id = $1 FOR NO KEY UPDATE"
    );
    query.bind(id).opt::<RoomRow>(tx).await?.map(RoomRow::room).transpose()
}

/// Those of the rooms that exist, in any order.
pub async fn by_ids(on: impl Into<On<'_>>, ids: &[String]) -> Result<Vec<Room>, DbError> {
    let query = sql!(
        sqlite = "SELECT room_id, code, name, capacity, version FROM room
                  WHERE room_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT room_id, code, name, capacity, version FROM room WHERE room_id = ANY($1)"
    );
    rooms(query.bind(Texts(ids.to_vec())).all::<RoomRow>(on).await?)
}

/// Rooms by code, after a code.
pub async fn list(on: impl Into<On<'_>>, after: &str, limit: i64) -> Result<Vec<Room>, DbError> {
    let query = sql!("SELECT room_id, code, name, capacity, version FROM room WHERE code > $1 ORDER BY code LIMIT $2");
    rooms(query.bind(after).bind(limit).all::<RoomRow>(on).await?)
}

/// Rooms by id, after an id: every one, for a snapshot.
pub async fn page(on: impl Into<On<'_>>, after: &str, limit: i64) -> Result<Vec<Room>, DbError> {
    let query =
        sql!("SELECT room_id, code, name, capacity, version FROM room WHERE room_id > $1 ORDER BY room_id LIMIT $2");
    rooms(query.bind(after).bind(limit).all::<RoomRow>(on).await?)
}

/// Locks every room until the transaction ends, in id order.
pub async fn lock_all(tx: &mut Tx) -> Result<(), DbError> {
    let query = sql!(
        sqlite = "SELECT room_id FROM room ORDER BY room_id",
        postgres = "SELECT room_id FROM room ORDER BY room_id FOR NO KEY UPDATE"
    );
    query.all::<(String,)>(tx).await.map(drop)
}

/// Every room, for an import.
pub async fn all(tx: &mut Tx) -> Result<Vec<Room>, DbError> {
    rooms(sql!("SELECT room_id, code, name, capacity, version FROM room ORDER BY room_id").all::<RoomRow>(tx).await?)
}

/// Adds a room. Violates `uq_room_code` when the code is taken.
pub async fn insert(tx: &mut Tx, room: &Room) -> Result<(), DbError> {
    let query = sql!("INSERT INTO room (room_id, code, name, capacity, version) VALUES ($1, $2, $3, $4, $5)");
    let query = query.bind(&room.id).bind(&room.code).bind(&room.name).bind(room.capacity).bind(room.version);
    query.run(tx).await.map(drop)
}

/// Replaces what may change of a room, `version` included. The caller holds the row's lock.
pub async fn update(tx: &mut Tx, room: &Room) -> Result<(), DbError> {
    let query = sql!("UPDATE room SET name = $2, capacity = $3, version = $4 WHERE room_id = $1");
    query.bind(&room.id).bind(&room.name).bind(room.capacity).bind(room.version).run(tx).await.map(drop)
}
