//! Rows of an import, from the wire to staging and back, and what is found in them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::error::Fault;
use jiff::Timestamp;
use jiff::civil::Time;
use prost::Message;
use proto::common::v1 as common;
use proto::course::v1 as pb;
use proto::course::v1::import_response::Message as Said;
use proto::course::v1::import_row::Row as Sent;

use crate::app::import::Tally;
use crate::app::import::row::{ClassBody, ClassKey, CourseBody, CourseKey, Origin, Parsed, Row, RowFault, Step};
use crate::model::{Credits, RequirementKind};
use crate::reasons;
use crate::rules::period::{PeriodCode, PeriodState};
use crate::rules::schedule::Slot;
use crate::rules::text;
use crate::rules::window::{Scope, Window, WindowKind};

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
        None | Some(Sent::Announcement(_)) => (Step::Announcements, None),
        Some(Sent::Course(_)) => (Step::Courses, None),
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
        Some(Sent::Course(row)) => course(&mut cells, &row),
        Some(Sent::Room(row)) => room(&mut cells, &row),
        Some(Sent::Period(row)) => Row::Period {
            code: cells.period("code", &row.code),
            state: cells.word("state", &row.state, PeriodState::parse, PeriodState::ALL.map(PeriodState::word)),
        },
        Some(Sent::Window(row)) => window(&mut cells, &row),
        Some(Sent::Class(row)) => class(&mut cells, &row),
        Some(Sent::Meeting(row)) => meeting(&mut cells, &row),
        Some(Sent::Plan(row)) => {
            let nim = cells.text("nim", &row.nim, 1, 24);
            Row::Plan { nim, key: class_key(&mut cells, &row.period, &row.programme, &row.course, &row.name) }
        }
    };
    Ok(Parsed { origin: cells.origin, row, faults: cells.faults })
}

/// The cells of one row, and what is wrong with them.
struct Cells {
    origin: Origin,
    faults: Vec<RowFault>,
}

impl Cells {
    fn fault(&mut self, column: &'static str, reason: &'static str) -> &mut RowFault {
        self.faults.push(RowFault::new(&self.origin, column, reason));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn text(&mut self, column: &'static str, value: &str, min: usize, max: usize) -> String {
        if let Err(wrong) = text::check(value, min, max) {
            let fault = self.fault(column, wrong.reason());
            if wrong == text::TextFault::TooLong {
                fault.facts.push(("max", max.to_string()));
            }
        }
        value.trim().to_owned()
    }

    /// A number; an empty cell is `empty`, or missing when there is no such value.
    fn number(&mut self, column: &'static str, value: &str, bounds: (u32, u32), empty: Option<u32>) -> Option<u32> {
        let value = value.trim();
        if value.is_empty() {
            if empty.is_none() {
                self.fault(column, reasons::REQUIRED);
            }
            return empty;
        }
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (bounds.0..=bounds.1).contains(number));
        if number.is_none() {
            let fault = self.fault(column, reasons::OUT_OF_RANGE);
            fault.facts.extend([("min", bounds.0.to_string()), ("max", bounds.1.to_string())]);
        }
        number
    }

    fn word<T, const N: usize>(
        &mut self,
        column: &'static str,
        value: &str,
        read: impl Fn(&str) -> Option<T>,
        allowed: [&'static str; N],
    ) -> Option<T> {
        let found = read(value.trim());
        if found.is_none() {
            let fault = self.fault(column, reasons::UNKNOWN_VALUE);
            fault.facts.push(("allowed", allowed.join(" ")));
        }
        found
    }

    fn period(&mut self, column: &'static str, value: &str) -> Option<PeriodCode> {
        let period = PeriodCode::parse(value.trim());
        if period.is_none() {
            self.fault(column, reasons::BAD_PERIOD);
        }
        period
    }

    fn moment(&mut self, column: &'static str, value: &str) -> Option<Timestamp> {
        let moment = value.trim().parse::<Timestamp>().ok();
        // The database counts microseconds.
        let moment = moment.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
        if moment.is_none() {
            self.fault(column, reasons::BAD_TIME);
        }
        moment
    }

    /// `HH:MM` as a minute of the day; `24:00` is its end.
    fn minute(&mut self, column: &'static str, value: &str) -> Option<u32> {
        let value = value.trim();
        let minute = match value {
            "24:00" => Some(24 * 60),
            _ if value.len() == 5 => Time::strptime("%H:%M", value)
                .ok()
                .and_then(|time| u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()),
            _ => None,
        };
        if minute.is_none() {
            self.fault(column, reasons::BAD_TIME);
        }
        minute
    }
}

fn announcement(announced: pb::Announcement) -> Row {
    use pb::announcement::Key;
    match announced.key {
        None => Row::Empty,
        Some(Key::Faculty(code)) => Row::Faculty(code.trim().to_owned()),
        Some(Key::Programme(code)) => Row::Programme(code.trim().to_owned()),
        Some(Key::Lecturer(number)) => Row::Lecturer(number.trim().to_owned()),
        Some(Key::Student(nim)) => Row::Student(nim.trim().to_owned()),
    }
}

fn course(cells: &mut Cells, row: &pb::CourseRow) -> Row {
    let programme = cells.text("programme", &row.programme, 1, 10);
    let code = cells.text("code", &row.code, 1, 20);
    let name = cells.text("name", &row.name, 1, 200);
    let name_en = cells.text("name_en", &row.name_en, 0, 200);
    let parts = [
        cells.number("credits_lecture", &row.credits_lecture, (0, 24), None),
        cells.number("credits_practice", &row.credits_practice, (0, 24), Some(0)),
        cells.number("credits_field", &row.credits_field, (0, 24), Some(0)),
        cells.number("credits_simulation", &row.credits_simulation, (0, 24), Some(0)),
    ];
    let credits = match parts {
        [Some(lecture), Some(practice), Some(field), Some(simulation)] => {
            let credits = Credits { lecture, practice, field, simulation };
            if !(1..=24).contains(&credits.total()) {
                let fault = cells.fault("credits_lecture", reasons::OUT_OF_RANGE);
                fault.facts.extend([("min", "1".to_owned()), ("max", "24".to_owned())]);
            }
            Some(credits)
        }
        _ => None,
    };
    let kinds = RequirementKind::ALL.map(RequirementKind::word);
    let requirement = cells.word("requirement_kind", &row.requirement_kind, RequirementKind::parse, kinds);
    let semester = cells.number("semester", &row.semester, (0, 8), Some(0));
    let body = credits.zip(requirement).zip(semester);
    let body =
        body.map(|((credits, requirement), semester)| CourseBody { name, name_en, credits, requirement, semester });
    Row::Course { key: CourseKey { programme, code }, body }
}

fn room(cells: &mut Cells, row: &pb::RoomRow) -> Row {
    let code = cells.text("code", &row.code, 1, 20);
    let name = cells.text("name", &row.name, 0, 100);
    let capacity = cells.number("capacity", &row.capacity, (0, 10_000), Some(0));
    Row::Room { code, body: capacity.map(|capacity| (name, capacity)) }
}

fn window(cells: &mut Cells, row: &pb::WindowRow) -> Row {
    let period = cells.period("period", &row.period);
    let kind = cells.word("kind", &row.kind, WindowKind::parse, WindowKind::ALL.map(WindowKind::word));
    let key = cells.text("scope_key", &row.scope_key, 0, 10);
    let scopes = ["university", "faculty", "programme", "cohort"];
    let word = |word: &str| scopes.contains(&word).then(|| word.to_owned());
    let word = cells.word("scope", &row.scope, word, scopes);
    let scope = word.and_then(|word| {
        let scope = Scope::parse(&word, &key);
        if scope.is_none() {
            cells.fault("scope_key", reasons::BAD_SCOPE);
        }
        scope
    });
    let opens_at = cells.moment("opens_at", &row.opens_at);
    let closes_at = cells.moment("closes_at", &row.closes_at);
    if let Some((opens_at, closes_at)) = opens_at.zip(closes_at)
        && closes_at <= opens_at
    {
        cells.fault("closes_at", reasons::NOT_AFTER);
    }
    let window = kind.zip(scope).zip(opens_at.zip(closes_at));
    let window = window.map(|((kind, scope), (opens_at, closes_at))| Window { kind, scope, opens_at, closes_at });
    Row::Window { period, window }
}

fn class_key(cells: &mut Cells, period: &str, programme: &str, course: &str, name: &str) -> Option<ClassKey> {
    let before = cells.faults.len();
    let period = cells.period("period", period);
    let programme = cells.text("programme", programme, 1, 10);
    let code = cells.text("course", course, 1, 20);
    let name = cells.text("name", name, 1, 5);
    let sound = cells.faults.len() == before;
    period.filter(|_| sound).map(|period| ClassKey { period, course: CourseKey { programme, code }, name })
}

fn class(cells: &mut Cells, row: &pb::ClassRow) -> Row {
    let key = class_key(cells, &row.period, &row.programme, &row.course, &row.name);
    let capacity = cells.number("capacity", &row.capacity, (1, 1000), None);
    let lecturers: Vec<_> =
        row.lecturers.split(';').map(str::trim).filter(|number| !number.is_empty()).map(str::to_owned).collect();
    if lecturers.len() > 20 {
        let fault = cells.fault("lecturers", reasons::OUT_OF_RANGE);
        fault.facts.extend([("min", "0".to_owned()), ("max", "20".to_owned())]);
    }
    if lecturers.iter().enumerate().any(|(n, number)| lecturers[..n].contains(number)) {
        cells.fault("lecturers", reasons::NAMED_TWICE);
    }
    let state = |word: &str| match word {
        "" | "open" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    let open = cells.word("state", &row.state, state, ["open", "closed"]);
    let body = capacity.zip(open).map(|(capacity, open)| ClassBody { capacity, lecturers, open });
    Row::Class { key, body }
}

fn meeting(cells: &mut Cells, row: &pb::MeetingRow) -> Row {
    let key = class_key(cells, &row.period, &row.programme, &row.course, &row.name);
    let day = cells.number("day", &row.day, (1, 7), None);
    let start = cells.minute("start", &row.start);
    let end = cells.minute("end", &row.end);
    let room = cells.text("room", &row.room, 0, 20);
    let slot = day.zip(start.zip(end)).and_then(|(day, (start, end))| {
        let slot = Slot::new(day, start, end);
        if slot.is_none() {
            cells.fault("end", reasons::NOT_AFTER);
        }
        slot
    });
    Row::Meeting { key, slot, room }
}

/// A fault of a row.
pub fn import_fault(fault: RowFault) -> Said {
    let facts: HashMap<_, _> = fault.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Said::Fault(common::ImportFault {
        file: fault.origin.file,
        line: fault.origin.line,
        column: fault.column.to_owned(),
        refusal: Some(common::Refusal { reason: fault.reason.to_owned(), facts }),
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
    })
}

/// It was applied.
pub fn import_applied(tally: Tally, feed_head: i64) -> Said {
    let Tally { created, changed, unchanged, .. } = tally;
    Said::Applied(common::ImportApplied { created, changed, unchanged, feed_head })
}
