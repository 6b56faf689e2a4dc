//! Events that this service tells: the full new state of one aggregate, written in the transaction of the change. Those of
//! records are written by [`crate::app::records`].

use chassis::db::{DbError, Tx};
use chassis::outbox::{self, Change};
use chassis::telemetry::Context;
use jiff::Timestamp;

use crate::grpc::convert;
use crate::model::SheetHead;

/// Kind of the events of a student's academic record.
pub const RECORD: &str = "grade.record";
/// Kind of a sheet's events.
pub const SHEET: &str = "grade.sheet";

/// A sheet is now like this.
pub fn sheet(class_id: &str, head: &SheetHead) -> Change {
    Change::new(SHEET, class_id, head.version, &convert::sheet_snapshot(class_id, head))
}

/// Writes one event of the present request.
pub async fn put(tx: &mut Tx, change: Change, now: Timestamp) -> Result<(), DbError> {
    outbox::put(tx, &change.traced(Context::traceparent()), now).await
}
