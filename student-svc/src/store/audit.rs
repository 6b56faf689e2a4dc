//! Who changed what: append-only, in the transaction of the change.

use chassis::db::{DbError, Tx};
use chassis::sql;
use jiff::Timestamp;

/// One change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Account of the person, or name of the operator's service.
    pub actor: &'a str,
    /// What was done: `student.create`, `student.update`, `status.put`, `hold.place`, `hold.waive`, `hold.lift`, `import`.
    pub action: &'static str,
    /// Whose record; empty for an import.
    pub student_id: &'a str,
    /// The changed row.
    pub subject: &'a str,
    /// Its version afterwards.
    pub version: i64,
    /// Names of the changed fields, or counts of an import. Never a value of a field.
    pub detail: &'a str,
}

/// Writes the entry.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn put(tx: &mut Tx, entry: &Entry<'_>, now: Timestamp) -> Result<(), DbError> {
    sql!(
        "INSERT INTO audit (audit_id, at, actor, action, student_id, subject, version, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(chassis::id::new())
    .bind(now)
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.student_id)
    .bind(entry.subject)
    .bind(entry.version)
    .bind(entry.detail)
    .run(tx)
    .await
    .map(drop)
}
