//! Grants a dated waiver (dispensasi).

use chassis::db::Db;
use chassis::idempotency::Opened;
use jiff::Timestamp;

use super::place_hold::stored;
use super::{By, Outcome, close, lock_student, open, tell};
use crate::error::Error;
use crate::feed;
use crate::rules::access::Act;
use crate::rules::field::Checker;
use crate::rules::hold::{NoWaiver, until};
use crate::store;
use crate::store::hold::Hold;

/// A waiver to grant, as it came.
#[derive(Debug, Clone)]
pub(crate) struct WaiveHold {
    /// Which hold.
    pub hold_id: String,
    /// Until when.
    pub until: Option<Timestamp>,
    /// The version that the caller read.
    pub version: i64,
}

/// Suspends the hold until then; a waiver that is there already is replaced. `answer` encodes what is answered to a
/// repetition under the same Idempotency-Key.
///
/// # Errors
/// `Absent`, `NotAllowed`, `Malformed`, `Stale`, `HoldLifted`.
pub(crate) async fn waive_hold(
    db: &Db,
    by: &By,
    cmd: &WaiveHold,
    answer: fn(&Hold) -> Vec<u8>,
) -> Result<Outcome<Hold>, Error> {
    let mut tx = match open(db, by).await? {
        Opened::Fresh(tx) => tx,
        Opened::Replay(bytes) => return Ok(Outcome::Before(bytes)),
    };
    let mut hold = lock_hold(&mut tx, by, &cmd.hold_id).await?;
    let mut c = Checker::new();
    let until = until(&mut c, cmd.until.map(|at| stored(at).0), by.now);
    let Some(until) = until else { return Err(Error::Malformed(c.into_wrong())) };
    let state = hold.state().waived(until, cmd.version).map_err(|no| match no {
        NoWaiver::Stale => Error::Stale,
        NoWaiver::Lifted => Error::HoldLifted,
    })?;

    store::hold::save(&mut tx, &hold.hold_id, &state).await?;
    hold.take(&state);
    tell(&mut tx, by, feed::hold(&hold), "hold.waive", &hold.student_id, "waived_until").await?;
    close(tx, by, &answer(&hold)).await?;
    Ok(Outcome::Now(hold))
}

/// Locks the student of the hold, then the hold. Who may not know of the student hears that there is no such hold.
pub(super) async fn lock_hold(tx: &mut chassis::db::Tx, by: &By, hold_id: &str) -> Result<Hold, Error> {
    if !chassis::id::is_id(hold_id) {
        return Err(Error::Absent("hold"));
    }
    let student_id = store::hold::student_of(&mut *tx, hold_id).await?.ok_or(Error::Absent("hold"))?;
    lock_student(tx, by, Act::ManageHolds, &student_id).await.map_err(|error| match error {
        Error::Absent(_) => Error::Absent("hold"),
        other => other,
    })?;
    store::hold::lock(tx, hold_id).await?.ok_or(Error::Absent("hold"))
}
