//! Keeping rooms.

use chassis::idempotency::{self, Opened, Scope};

use crate::app::App;
use crate::app::events;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Room;
use crate::reasons;
use crate::store::rooms;
use chassis::once::{self, Answer, with_retries};

/// Makes a room. Its id and version are given here.
///
/// # Errors
/// `Duplicate` when the code is taken.
pub async fn create(app: &App, draft: &Room, scope: Option<&Scope>) -> Result<Answer<Room>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let room = Room { id: chassis::id::new(), version: 1, ..draft.clone() };
        let inserted = rooms::insert(&mut tx, &room).await;
        inserted.map_err(|error| Error::unless_taken(error, "uq_room_code", reasons::ROOM_EXISTS))?;
        events::put(&mut tx, events::room(&room), now).await?;
        once::commit(tx, scope, || convert::encoded(&convert::room(&room)), now).await?;
        Ok(Answer::Done(room))
    })
    .await
}

/// Changes a room, if `draft.version` is the one that is there. A room may become smaller than classes that meet in it:
/// they are asked again when they change.
///
/// # Errors
/// `Absent`, `Stale`, `Fields` when the code differs.
pub async fn update(app: &App, draft: &Room) -> Result<Room, Error> {
    let room = with_retries(async || {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let known = rooms::lock(&mut tx, &draft.id).await?.ok_or(Error::Absent("room"))?;
        if known.version != draft.version {
            return Err(Error::Stale);
        }
        if known.code != draft.code {
            return Err(Error::field("code", reasons::FIXED, "the code of a room never changes"));
        }
        let room = Room { version: known.version + 1, ..draft.clone() };
        rooms::update(&mut tx, &room).await?;
        events::put(&mut tx, events::room(&room), now).await?;
        tx.commit().await?;
        Ok(room)
    })
    .await?;
    app.catalogue.everything_changed();
    Ok(room)
}
