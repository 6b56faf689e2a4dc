//! Sets the status of a student in a period.

use chassis::db::Db;

use super::{By, complete, lock_student, tell};
use crate::error::Error;
use crate::feed;
use crate::reasons;
use crate::rules::access::Act;
use crate::rules::field::{Checker, Wrong};
use crate::rules::student::has_entered;
use crate::rules::words::StatusKind;
use crate::store;
use crate::store::status::PeriodStatus;

/// A status to set, as it came.
#[derive(Debug, Clone)]
pub(crate) struct PutStatus {
    /// Whose.
    pub student_id: String,
    /// In which period.
    pub period_code: String,
    /// Which; `None` for one that is unknown.
    pub status: Option<StatusKind>,
}

/// Sets the status. Setting the one that is there changes nothing: no version, no event.
///
/// # Errors
/// `Absent`, `NotAllowed`, `Malformed` with every wrong field.
pub(crate) async fn put_status(db: &Db, by: &By, cmd: &PutStatus) -> Result<PeriodStatus, Error> {
    let mut tx = db.begin().await?;
    let student = lock_student(&mut tx, by, Act::Write, &cmd.student_id).await?;
    let mut c = Checker::new();
    let period = c.period("period_code", &cmd.period_code);
    if !period.is_empty() && !has_entered(&student.entry_period, &period) {
        c.push(Wrong::new("period_code", reasons::PERIOD_BEFORE_ENTRY).fact("entry_period", &student.entry_period));
    }
    let Some(status) = cmd.status else {
        let letters: Vec<&str> = StatusKind::ALL.iter().map(|s| s.word()).collect();
        c.push(Wrong::new("status", reasons::UNKNOWN_VALUE).fact("allowed", letters.join(", ")));
        return Err(Error::Malformed(c.into_wrong()));
    };
    complete(c.into_wrong())?;

    if let Some(same) = store::status::get(&mut tx, &cmd.student_id, &period).await?.filter(|s| s.status == status) {
        return Ok(same);
    }
    let row = store::status::put(&mut tx, &cmd.student_id, &period, status).await?;
    tell(&mut tx, by, feed::status(&row), "status.put", &cmd.student_id, "status").await?;
    tx.commit().await?;
    Ok(row)
}
