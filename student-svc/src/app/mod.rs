//! What this service does: one use case a file. Each begins a transaction, locks, loads, decides by the rules, stores, puts
//! the event into the outbox, and commits.

mod create_student;
mod lift_hold;
mod place_hold;
mod put_status;
mod update_student;
mod waive_hold;

pub(crate) mod import;

use chassis::db::{Db, Tx};
use chassis::idempotency::{self, Opened, Scope};
use chassis::outbox::{self, Change};
use jiff::Timestamp;

pub(crate) use create_student::{CreateStudent, create_student};
pub(crate) use lift_hold::lift_hold;
pub(crate) use place_hold::{PlaceHold, place_hold};
pub(crate) use put_status::{PutStatus, put_status};
pub(crate) use update_student::{UpdateStudent, update_student};
pub(crate) use waive_hold::{WaiveHold, waive_hold};

use crate::error::{Error, permit};
use crate::rules::access::{Act, Who};
use crate::rules::field::Wrong;
use crate::store;
use crate::store::audit::Entry;
use crate::store::student::Student;

/// On whose behalf a command runs, and when.
#[derive(Debug, Clone)]
pub(crate) struct By {
    /// What the caller may do.
    pub who: Who,
    /// The caller's account, for the audit.
    pub account_id: String,
    /// The Idempotency-Key, of commands that take one.
    pub key: Option<Scope>,
    /// The moment of the command.
    pub now: Timestamp,
    /// Trace context for the events.
    pub traceparent: String,
}

/// A command was done now, or was done before under the same Idempotency-Key: then this was the answer.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// Done now.
    Now(T),
    /// The stored answer, encoded.
    Before(Vec<u8>),
}

/// Begins the transaction of a command, or finds the answer that was given before.
async fn open(db: &Db, by: &By) -> Result<Opened, Error> {
    Ok(idempotency::open(db, by.key.as_ref(), by.now).await?)
}

/// Stores the answer under the command's key, and commits.
async fn close(mut tx: Tx, by: &By, answer: &[u8]) -> Result<(), Error> {
    idempotency::finish(&mut tx, by.key.as_ref(), answer, by.now).await?;
    Ok(tx.commit().await?)
}

/// Tells the others of the change, and keeps who made it. `detail` names the changed fields.
async fn tell(
    tx: &mut Tx,
    by: &By,
    change: Change,
    action: &'static str,
    student_id: &str,
    detail: &str,
) -> Result<(), Error> {
    let entry = Entry {
        actor: &by.account_id,
        action,
        student_id,
        subject: &change.aggregate_id,
        version: change.version,
        detail,
    };
    store::audit::put(tx, &entry, by.now).await?;
    outbox::put(tx, &change.traced(by.traceparent.as_str()), by.now).await?;
    Ok(())
}

/// Locks the student whom the act is about, and answers as if there were none when the caller may not know of one.
async fn lock_student(tx: &mut Tx, by: &By, act: Act, student_id: &str) -> Result<Student, Error> {
    if !chassis::id::is_id(student_id) {
        return Err(Error::Absent("student"));
    }
    let student = store::student::lock(tx, student_id).await?.ok_or(Error::Absent("student"))?;
    permit(by.who.decide(act, &student.subject()))?;
    Ok(student)
}

/// Nothing wrong, or all of it.
fn complete(wrong: Vec<Wrong>) -> Result<(), Error> {
    if wrong.is_empty() { Ok(()) } else { Err(Error::Malformed(wrong)) }
}

/// Adds what a record refers to and nobody knows.
async fn check_references(
    tx: &mut Tx,
    record: &crate::rules::student::Record,
    wrong: &mut Vec<Wrong>,
) -> Result<(), Error> {
    let programme = &record.programme_id;
    let known = chassis::id::is_id(programme) && store::programme::exists(&mut *tx, programme).await?;
    if !programme.is_empty() && !known {
        wrong.push(Wrong::new("programme_id", crate::reasons::UNKNOWN_PROGRAMME));
    }
    if let Some(advisor) = &record.advisor_id {
        let known = chassis::id::is_id(advisor) && store::lecturer::get(&mut *tx, advisor).await?.is_some();
        if !known {
            wrong.push(Wrong::new("advisor_id", crate::reasons::UNKNOWN_LECTURER));
        }
    }
    Ok(())
}
