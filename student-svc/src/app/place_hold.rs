//! Places a hold.

use chassis::db::{Db, Stamp};
use chassis::idempotency::Opened;
use jiff::Timestamp;

use super::{By, Outcome, close, lock_student, open, tell};
use crate::error::Error;
use crate::feed;
use crate::reasons;
use crate::rules::access::Act;
use crate::rules::field::{Checker, Wrong};
use crate::rules::hold::note;
use crate::rules::words::HoldKind;
use crate::store;
use crate::store::hold::Hold;

/// A hold to place, as it came.
#[derive(Debug, Clone)]
pub(crate) struct PlaceHold {
    /// Whose.
    pub student_id: String,
    /// Kind; `None` for one that is unknown.
    pub kind: Option<HoldKind>,
    /// What the student reads.
    pub note: String,
}

/// Places the hold. `answer` encodes what is answered to a repetition under the same Idempotency-Key.
///
/// # Errors
/// `Absent`, `NotAllowed`, `Malformed` with every wrong field, `HoldExists`.
pub(crate) async fn place_hold(
    db: &Db,
    by: &By,
    cmd: &PlaceHold,
    answer: fn(&Hold) -> Vec<u8>,
) -> Result<Outcome<Hold>, Error> {
    let mut tx = match open(db, by).await? {
        Opened::Fresh(tx) => tx,
        Opened::Replay(bytes) => return Ok(Outcome::Before(bytes)),
    };
    lock_student(&mut tx, by, Act::ManageHolds, &cmd.student_id).await?;
    let mut c = Checker::new();
    let note = note(&mut c, &cmd.note);
    if cmd.kind.is_none() {
        let words: Vec<&str> = HoldKind::ALL.iter().map(|k| k.word()).collect();
        c.push(Wrong::new("kind", reasons::UNKNOWN_VALUE).fact("allowed", words.join(", ")));
    }
    let wrong = c.into_wrong();
    let Some(kind) = cmd.kind.filter(|_| wrong.is_empty()) else { return Err(Error::Malformed(wrong)) };

    let hold = Hold {
        hold_id: chassis::id::new(),
        student_id: cmd.student_id.clone(),
        kind,
        note,
        placed_at: stored(by.now),
        waived_until: None,
        lifted_at: None,
        version: 1,
    };
    match store::hold::insert(&mut tx, &hold).await {
        Err(error) if error.violates("uq_hold_student_id_kind_note") => return Err(Error::HoldExists),
        inserted => inserted?,
    }
    tell(&mut tx, by, feed::hold(&hold), "hold.place", &hold.student_id, kind.word()).await?;
    close(tx, by, &answer(&hold)).await?;
    Ok(Outcome::Now(hold))
}

/// A moment as the database keeps it: in whole microseconds.
pub(super) fn stored(at: Timestamp) -> Stamp {
    Stamp(Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at))
}
