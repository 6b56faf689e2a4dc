//! Makes a student.

use chassis::db::Db;
use chassis::idempotency::Opened;

use super::{By, Outcome, check_references, close, complete, open, tell};
use crate::error::Error;
use crate::feed;
use crate::rules::field::Checker;
use crate::rules::student::Record;
use crate::store;
use crate::store::student::StudentView;

/// A new student, as it came.
#[derive(Debug, Clone)]
pub(crate) struct CreateStudent {
    /// The record.
    pub record: Record,
}

/// Makes the student, in a study programme that the caller administers. `answer` encodes what is answered to a repetition
/// under the same Idempotency-Key.
///
/// # Errors
/// `NotAllowed`, `Malformed` with every wrong field, `NimTaken`.
pub(crate) async fn create_student(
    db: &Db,
    by: &By,
    exit_kinds: &[String],
    cmd: &CreateStudent,
    answer: fn(&StudentView) -> Vec<u8>,
) -> Result<Outcome<StudentView>, Error> {
    if !by.who.may_admit() {
        return Err(Error::NotAllowed);
    }
    let mut tx = match open(db, by).await? {
        Opened::Fresh(tx) => tx,
        Opened::Replay(bytes) => return Ok(Outcome::Before(bytes)),
    };
    let mut checker = Checker::new();
    let record = cmd.record.checked(exit_kinds, &mut checker);
    let mut wrong = checker.into_wrong();
    check_references(&mut tx, &record, &mut wrong).await?;
    complete(wrong)?;
    if !by.who.may_admit_to(&record.programme_id) {
        return Err(Error::NotAllowed);
    }

    let student_id = chassis::id::new();
    match store::student::insert(&mut tx, &student_id, &record).await {
        Err(error) if error.violates("uq_student_nim") => return Err(Error::NimTaken),
        inserted => inserted?,
    }
    let view = store::student::get(&mut tx, &student_id).await?.ok_or(Error::Absent("student"))?;
    tell(&mut tx, by, feed::student(&view.student), "student.create", &student_id, "").await?;
    close(tx, by, &answer(&view)).await?;
    Ok(Outcome::Now(view))
}
