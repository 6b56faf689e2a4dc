//! Lifts a hold for good.

use chassis::db::Db;

use super::place_hold::stored;
use super::waive_hold::lock_hold;
use super::{By, tell};
use crate::error::Error;
use crate::feed;
use crate::store;
use crate::store::hold::Hold;

/// Lifts the hold. Lifting it again changes nothing, and answers the same.
///
/// # Errors
/// `Absent`, `NotAllowed`.
pub(crate) async fn lift_hold(db: &Db, by: &By, hold_id: &str) -> Result<Hold, Error> {
    let mut tx = db.begin().await?;
    let mut hold = lock_hold(&mut tx, by, hold_id).await?;
    let Some(state) = hold.state().lifted(stored(by.now).0) else { return Ok(hold) };

    store::hold::save(&mut tx, &hold.hold_id, &state).await?;
    hold.take(&state);
    tell(&mut tx, by, feed::hold(&hold), "hold.lift", &hold.student_id, "lifted_at").await?;
    tx.commit().await?;
    Ok(hold)
}
