//! Events that this service tells: the full new state of one aggregate, written in the transaction of the change.

use chassis::db::{DbError, Tx};
use chassis::outbox::{self, Change};
use chassis::telemetry::Context;
use jiff::Timestamp;

use crate::app::registrar::Notice;
use crate::grpc::convert;
use crate::model::{Class, Course, Period, Room};
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::Stage;
use crate::rules::trading::Trading;

/// Kind of a course's events.
pub const COURSE: &str = "course.course";
/// Kind of a period's events.
pub const PERIOD: &str = "course.period";
/// Kind of a room's events.
pub const ROOM: &str = "course.room";
/// Kind of a class's events.
pub const CLASS: &str = "course.class";
/// Kind of the events of a course's equivalents.
pub const EQUIVALENTS: &str = "course.equivalents";
/// Kind of a plan's events.
pub const PLAN: &str = "course.plan";
/// Kind of what a student is told about a waiting list. Told once, in no snapshot.
pub const NOTICE: &str = "course.notice";
/// Kind of what the registrar is told about classes given back often. Told once, in no snapshot.
pub const TRADING: &str = "course.trading";

/// A course is now like this.
pub fn course(course: &Course) -> Change {
    Change::new(COURSE, &course.id, course.version, &convert::course(course))
}

/// The equivalents of a course are now these.
pub fn equivalents(course_id: &str, version: i64, others: Vec<String>) -> Change {
    let snapshot = convert::equivalents_snapshot(course_id, version, others);
    Change::new(EQUIVALENTS, course_id, version, &snapshot)
}

/// A period is now like this.
pub fn period(period: &Period) -> Change {
    Change::new(PERIOD, period.code.to_string(), period.version, &convert::period(period))
}

/// A room is now like this.
pub fn room(room: &Room) -> Change {
    Change::new(ROOM, &room.id, room.version, &convert::room(room))
}

/// A class is now like this. Seats taken are those of this moment; plans tell how they change.
pub fn class(class: &Class) -> Change {
    Change::new(CLASS, &class.id, class.version, &convert::class(class, &class.seats))
}

/// A class is gone.
pub fn class_gone(class: &Class) -> Change {
    Change::tombstone(CLASS, &class.id, class.version + 1)
}

/// Classes of a plan as they are told: in order, those without a seat marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// All of them.
    pub class_ids: Vec<String>,
    /// Those that are only wished for.
    pub wished: Vec<String>,
}

impl FromIterator<(String, bool)> for Places {
    /// From classes, and whether a seat is held in each.
    fn from_iter<I: IntoIterator<Item = (String, bool)>>(classes: I) -> Self {
        let mut classes: Vec<_> = classes.into_iter().collect();
        classes.sort();
        let wished = classes.iter().filter(|(_, held)| !held).map(|(id, _)| id.clone()).collect();
        Self { class_ids: classes.into_iter().map(|(id, _)| id).collect(), wished }
    }
}

/// A plan is now at this stage and has these classes.
pub fn plan(student_id: &str, period: PeriodCode, version: i64, stage: &Stage, places: Places) -> Change {
    let snapshot = convert::plan_snapshot(student_id, period, stage, places);
    Change::new(PLAN, plan_id(student_id, period), version, &snapshot)
}

/// Aggregate id of a plan.
pub fn plan_id(student_id: &str, period: PeriodCode) -> String {
    format!("{student_id}/{period}")
}

/// What became of a student's place on a waiting list; `version` is that of the plan.
pub fn notice(student_id: &str, period: PeriodCode, version: i64, notice: &Notice, now: Timestamp) -> Change {
    let id = format!("{}/{}", plan_id(student_id, period), notice.class_id);
    Change::new(NOTICE, id, version, &convert::notice(student_id, period, notice, now))
}

/// A student gives back classes often; `version` is that of the plan.
pub fn trading(student_id: &str, period: PeriodCode, version: i64, record: &Trading) -> Change {
    Change::new(TRADING, plan_id(student_id, period), version, &convert::trading_told(student_id, period, record))
}

/// Writes one event of the present request.
pub async fn put(tx: &mut Tx, change: Change, now: Timestamp) -> Result<(), DbError> {
    outbox::put(tx, &change.traced(Context::traceparent()), now).await
}

/// Writes many events of the present request.
pub async fn put_all(tx: &mut Tx, changes: Vec<Change>, now: Timestamp) -> Result<(), DbError> {
    let traceparent = Context::traceparent();
    let changes: Vec<_> = changes.into_iter().map(|change| change.traced(traceparent.clone())).collect();
    outbox::put_all(tx, &changes, now).await
}
