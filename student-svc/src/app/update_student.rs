//! Changes a student.

use chassis::db::Db;

use super::{By, check_references, complete, lock_student, tell};
use crate::error::Error;
use crate::feed;
use crate::reasons;
use crate::rules::access::Act;
use crate::rules::field::{Checker, Wrong};
use crate::rules::student::Record;
use crate::store;
use crate::store::student::StudentView;

/// A changed student, as it came.
#[derive(Debug, Clone)]
pub(crate) struct UpdateStudent {
    /// Whom.
    pub student_id: String,
    /// The version that the caller read.
    pub version: i64,
    /// The whole new record.
    pub record: Record,
}

/// Stores the record as the next version, if the one that the caller read is still the present one. A change that others
/// cannot see raises the version and is an event all the same.
///
/// # Errors
/// `Absent`, `NotAllowed`, `Malformed` with every wrong field, `Stale`.
pub(crate) async fn update_student(
    db: &Db,
    by: &By,
    exit_kinds: &[String],
    cmd: &UpdateStudent,
) -> Result<StudentView, Error> {
    let mut tx = db.begin().await?;
    let before = lock_student(&mut tx, by, Act::Write, &cmd.student_id).await?;
    let mut checker = Checker::new();
    let record = cmd.record.checked(exit_kinds, &mut checker);
    let mut wrong = checker.into_wrong();
    if record.person.nim != before.nim && !wrong.iter().any(|w| w.field == "nim") {
        wrong.push(Wrong::new("nim", reasons::NIM_FIXED));
    }
    check_references(&mut tx, &record, &mut wrong).await?;
    complete(wrong)?;
    if !by.who.may_admit_to(&record.programme_id) {
        return Err(Error::NotAllowed);
    }
    if before.version != cmd.version {
        return Err(Error::Stale);
    }

    store::student::update(&mut tx, &cmd.student_id, &record).await?;
    let view = store::student::get(&mut tx, &cmd.student_id).await?.ok_or(Error::Absent("student"))?;
    let changed = before.record().differences(&record).join(",");
    tell(&mut tx, by, feed::student(&view.student), "student.update", &cmd.student_id, &changed).await?;
    tx.commit().await?;
    Ok(view)
}
