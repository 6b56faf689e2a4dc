//! Rows of an import, from the wire to staging and back, and what is found in them.

mod cells;
mod curriculum;
mod offering;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::error::Fault;
use prost::Message;
use proto::common::v1 as common;
use proto::course::v1 as pb;
use proto::course::v1::announcement::Key;
use proto::course::v1::import_response::Message as Said;
use proto::course::v1::import_row::Row as Sent;

use crate::app::import::Tally;
use crate::app::import::row::{Origin, Parsed, Row, RowFault, Step};
use crate::rules::period::PeriodCode;
use cells::Cells;

/// A row on its way into staging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// In which step it is judged.
    pub step: Step,
    /// Period that it speaks of.
    pub period: Option<PeriodCode>,
    /// The row as it came.
    pub content: String,
}

/// Prepares a row for staging.
pub fn staged(row: &pb::ImportRow) -> Staged {
    let (step, period) = match &row.row {
        Some(Sent::Announcement(pb::Announcement { key: Some(Key::Result(_)) })) => (Step::Results, None),
        Some(Sent::Announcement(pb::Announcement { key: Some(Key::Grade(_)) })) => (Step::Grades, None),
        None | Some(Sent::Announcement(_)) => (Step::Announcements, None),
        Some(Sent::Course(_)) => (Step::Courses, None),
        Some(Sent::Curriculum(_)) => (Step::Curricula, None),
        Some(Sent::CurriculumCourse(_)) => (Step::CurriculumCourses, None),
        Some(Sent::Prerequisite(_)) => (Step::Prerequisites, None),
        Some(Sent::Equivalent(_)) => (Step::Equivalents, None),
        Some(Sent::Room(_)) => (Step::Rooms, None),
        Some(Sent::Period(row)) => (Step::Periods, Some(&row.code)),
        Some(Sent::Window(row)) => (Step::Windows, Some(&row.period)),
        Some(Sent::Class(row)) => (Step::Classes, Some(&row.period)),
        Some(Sent::Meeting(row)) => (Step::Meetings, Some(&row.period)),
        Some(Sent::Plan(row)) => (Step::Plans, Some(&row.period)),
    };
    let period = period.and_then(|code| PeriodCode::parse(code.trim()));
    Staged { step, period, content: STANDARD.encode(row.encode_to_vec()) }
}

/// Reads a staged row.
///
/// # Errors
/// Only for a row that this program did not stage.
pub fn import_row(content: &str) -> Result<Parsed, Fault> {
    let bytes = STANDARD.decode(content).map_err(Fault::internal)?;
    let row = pb::ImportRow::decode(bytes.as_slice()).map_err(Fault::internal)?;
    let origin = Origin { file: row.file, line: row.line };
    let mut cells = Cells { origin, faults: Vec::new() };
    let row = match row.row {
        None => Row::Empty,
        Some(Sent::Announcement(announced)) => announcement(announced),
        Some(Sent::Course(row)) => offering::course(&mut cells, &row),
        Some(Sent::Curriculum(row)) => curriculum::curriculum(&mut cells, &row),
        Some(Sent::CurriculumCourse(row)) => curriculum::curriculum_course(&mut cells, &row),
        Some(Sent::Prerequisite(row)) => curriculum::prerequisite(&mut cells, &row),
        Some(Sent::Equivalent(row)) => curriculum::equivalent(&mut cells, &row),
        Some(Sent::Room(row)) => offering::room(&mut cells, &row),
        Some(Sent::Period(row)) => offering::period(&mut cells, &row),
        Some(Sent::Window(row)) => offering::window(&mut cells, &row),
        Some(Sent::Class(row)) => offering::class(&mut cells, &row),
        Some(Sent::Meeting(row)) => offering::meeting(&mut cells, &row),
        Some(Sent::Plan(row)) => offering::plan(&mut cells, &row),
    };
    Ok(Parsed { origin: cells.origin, row, faults: cells.faults })
}

/// What another service is about to learn. That service judges it: what cannot be read here is no fault here.
fn announcement(announced: pb::Announcement) -> Row {
    match announced.key {
        None => Row::Empty,
        Some(Key::Faculty(code)) => Row::Faculty(code.trim().to_owned()),
        Some(Key::Programme(code)) => Row::Programme(code.trim().to_owned()),
        Some(Key::Lecturer(number)) => Row::Lecturer(number.trim().to_owned()),
        Some(Key::Student(nim)) => Row::Student(nim.trim().to_owned()),
        Some(Key::Result(row)) => curriculum::result(&row),
        Some(Key::Grade(row)) => curriculum::grade(&row),
    }
}

/// A fault of a row.
pub fn import_fault(fault: RowFault) -> Said {
    let facts: HashMap<_, _> = fault.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Said::Fault(common::ImportFault {
        file: fault.origin.file,
        line: fault.origin.line,
        column: fault.column.to_owned(),
        refusal: Some(common::Refusal { reason: fault.reason.to_owned(), facts }),
        warning: fault.warning,
    })
}

/// How far an import is.
pub fn import_progress(done: u64, total: u64) -> Said {
    Said::Progress(common::ImportProgress { done, total })
}

/// The verdict.
pub fn import_verdict(tally: Tally) -> Said {
    Said::Verdict(common::ImportVerdict {
        ok: tally.wrong == 0,
        created: tally.created,
        changed: tally.changed,
        unchanged: tally.unchanged,
        wrong: tally.wrong,
        warnings: tally.warnings,
    })
}

/// It was applied.
pub fn import_applied(tally: Tally, feed_head: i64) -> Said {
    let Tally { created, changed, unchanged, .. } = tally;
    Said::Applied(common::ImportApplied { created, changed, unchanged, feed_head })
}
