//! Rows of an import, from the wire to staging and back, and what is found in them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::error::Fault;
use prost::Message;
use proto::common::v1 as common;
use proto::grade::v1 as pb;
use proto::grade::v1::import_response::Message as Said;
use proto::grade::v1::import_row::Row as Sent;

use crate::app::import::Tally;
use crate::app::import::row::{ClassKey, CourseKey, GradeBody, Key, Origin, Parsed, Phase, Row, RowFault, ScaleKey};
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::scale::{MAX_LETTER, Points, RepeatPolicy, Step};
use crate::rules::score::Score;
use crate::rules::sheet::MAX_NAME;
use crate::rules::text;

/// What arrives while rows are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// A key of another service; `None` when it is none, which is a fault that the other service tells.
    Announced(Option<Key>),
    /// A row on its way into staging.
    Staged(Staged),
}

/// A row on its way into staging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// In which phase it is judged.
    pub phase: Phase,
    /// Period that it speaks of.
    pub period: Option<PeriodCode>,
    /// The row as it came.
    pub content: String,
}

/// Takes a row that arrived.
pub fn import_arrived(row: pb::ImportRow) -> Arrived {
    let period = |code: &str| PeriodCode::parse(code.trim());
    let (phase, period) = match &row.row {
        Some(Sent::Announcement(announced)) => return Arrived::Announced(announced.key.as_ref().and_then(key)),
        None | Some(Sent::Scale(_)) => (Phase::Scales, None),
        Some(Sent::ScaleStep(_)) => (Phase::Steps, None),
        Some(Sent::Component(row)) => (Phase::Components, period(&row.period)),
        Some(Sent::Score(row)) => (Phase::Scores, period(&row.period)),
        Some(Sent::Grade(row)) => (Phase::Grades, period(&row.period)),
    };
    Arrived::Staged(Staged { phase, period, content: STANDARD.encode(row.encode_to_vec()) })
}

fn key(key: &pb::announcement::Key) -> Option<Key> {
    use pb::announcement::Key as Sent;
    let text = |text: &str| text.trim().to_owned();
    let class = |class: &pb::AnnouncedClass| {
        let course = CourseKey { programme: text(&class.programme), code: text(&class.course) };
        Some(ClassKey { period: PeriodCode::parse(class.period.trim())?, course, name: text(&class.name) })
    };
    match key {
        Sent::Programme(code) => Some(Key::Programme(text(code))),
        Sent::Student(nim) => Some(Key::Student(text(nim))),
        Sent::Course(both) => {
            let (programme, code) = both.split_once('/')?;
            Some(Key::Course(CourseKey { programme: text(programme), code: text(code) }))
        }
        Sent::Period(code) => PeriodCode::parse(code.trim()).map(Key::Period),
        Sent::Class(announced) => class(announced).map(Key::Class),
        Sent::Place(place) => Some(Key::Place(class(place.class.as_ref()?)?, text(&place.nim))),
    }
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
        // An announcement is never staged.
        None | Some(Sent::Announcement(_)) => Row::Empty,
        Some(Sent::Scale(row)) => scale(&mut cells, &row),
        Some(Sent::ScaleStep(row)) => scale_step(&mut cells, &row),
        Some(Sent::Component(row)) => component(&mut cells, &row),
        Some(Sent::Score(row)) => score(&mut cells, &row),
        Some(Sent::Grade(row)) => grade(&mut cells, &row),
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

    fn period(&mut self, column: &'static str, value: &str) -> Option<PeriodCode> {
        let period = PeriodCode::parse(value.trim());
        if period.is_none() {
            self.fault(column, reasons::BAD_PERIOD);
        }
        period
    }

    /// A whole number within bounds.
    fn number(&mut self, column: &'static str, value: &str, (min, max): (u32, u32)) -> Option<u32> {
        let value = value.trim();
        if value.is_empty() {
            self.fault(column, reasons::REQUIRED);
            return None;
        }
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (min..=max).contains(number));
        if number.is_none() {
            let fault = self.fault(column, reasons::OUT_OF_RANGE);
            fault.facts.extend([("min", min.to_string()), ("max", max.to_string())]);
        }
        number
    }

    /// Hundredths of a decimal number such as `87.5`, read by `read`; `outside` is the word for one that `read` refuses.
    fn decimal<T>(
        &mut self,
        column: &'static str,
        value: &str,
        read: impl Fn(u32) -> Option<T>,
        (outside, max): (&'static str, &'static str),
    ) -> Option<T> {
        let value = value.trim();
        if value.is_empty() {
            self.fault(column, reasons::REQUIRED);
            return None;
        }
        let Some(hundredths) = hundredths(value) else {
            self.fault(column, reasons::BAD_NUMBER).facts.push(("value", value.to_owned()));
            return None;
        };
        let found = hundredths.and_then(read);
        if found.is_none() {
            let fault = self.fault(column, outside);
            fault.facts.extend([("min", "0".to_owned()), ("max", max.to_owned())]);
        }
        found
    }

    fn score(&mut self, column: &'static str, value: &str) -> Option<Score> {
        self.decimal(column, value, Score::from_hundredths, (reasons::SCORE_OUT_OF_RANGE, "100"))
    }

    fn points(&mut self, column: &'static str, value: &str) -> Option<Points> {
        self.decimal(column, value, Points::from_hundredths, (reasons::OUT_OF_RANGE, "4.00"))
    }

    fn course(&mut self, programme: &str, course: &str) -> CourseKey {
        CourseKey { programme: self.text("programme", programme, 1, 10), code: self.text("course", course, 1, 20) }
    }

    fn class(&mut self, period: &str, programme: &str, course: &str, class: &str) -> Option<ClassKey> {
        let before = self.faults.len();
        let period = self.period("period", period);
        let course = self.course(programme, course);
        let name = self.text("class", class, 1, 5);
        let sound = self.faults.len() == before;
        period.filter(|_| sound).map(|period| ClassKey { period, course, name })
    }

    fn scale(&mut self, programme: &str, start: &str) -> Option<ScaleKey> {
        let before = self.faults.len();
        let programme = self.text("programme", programme, 1, 10);
        let start = self.period("start_period", start);
        let sound = self.faults.len() == before;
        start.filter(|_| sound).map(|start| ScaleKey { programme, start })
    }
}

/// Hundredths of a decimal number with a point and at most two digits after it; `None` when it is none, `Some(None)` when it
/// is one beyond all bounds (a minus among them).
fn hundredths(text: &str) -> Option<Option<u32>> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > 2 || digits.ends_with('.') {
        return None;
    }
    let number = format!("{whole}{part:0<2}").parse().ok();
    Some(number.filter(|number: &u32| !negative || *number == 0))
}

fn scale(cells: &mut Cells, row: &pb::ScaleRow) -> Row {
    let key = cells.scale(&row.programme, &row.start_period);
    let pass = cells.points("pass_points", &row.pass_points);
    let policy = RepeatPolicy::parse(row.repeat_policy.trim());
    if policy.is_none() {
        cells.fault("repeat_policy", reasons::UNKNOWN_VALUE).facts.push(("allowed", "best latest".to_owned()));
    }
    Row::Scale { key, body: pass.zip(policy) }
}

fn scale_step(cells: &mut Cells, row: &pb::ScaleStepRow) -> Row {
    let key = cells.scale(&row.programme, &row.start_period);
    let before = cells.faults.len();
    let letter = cells.text("letter", &row.letter, 1, MAX_LETTER);
    let min_score = cells.score("min_score", &row.min_score);
    let points = cells.points("points", &row.points);
    let sound = cells.faults.len() == before;
    let step = min_score.zip(points).filter(|_| sound).map(|(min_score, points)| Step { letter, min_score, points });
    Row::ScaleStep { key, step }
}

fn component(cells: &mut Cells, row: &pb::ComponentRow) -> Row {
    let key = cells.class(&row.period, &row.programme, &row.course, &row.class);
    let before = cells.faults.len();
    let name = cells.text("name", &row.name, 1, MAX_NAME);
    let weight = cells.number("weight", &row.weight, (1, 100));
    let sound = cells.faults.len() == before;
    Row::Component { key, body: weight.filter(|_| sound).map(|weight| (name, weight)) }
}

fn score(cells: &mut Cells, row: &pb::ScoreRow) -> Row {
    let nim = cells.text("nim", &row.nim, 1, 24);
    let key = cells.class(&row.period, &row.programme, &row.course, &row.class);
    let component = cells.text("component", &row.component, 1, MAX_NAME);
    let score = cells.score("score", &row.score);
    Row::Score { nim, key, component, score }
}

fn grade(cells: &mut Cells, row: &pb::GradeRow) -> Row {
    let nim = cells.text("nim", &row.nim, 1, 24);
    let period = cells.period("period", &row.period);
    let course = cells.course(&row.programme, &row.course);
    let before = cells.faults.len();
    let class = cells.text("class", &row.class, 0, 5);
    let letter = cells.text("letter", &row.letter, 1, MAX_LETTER);
    let score = match row.score.trim() {
        "" => None,
        score => cells.score("score", score),
    };
    let sound = cells.faults.len() == before;
    Row::Grade { nim, period, course, body: sound.then_some(GradeBody { class, letter, score }) }
}

/// A fault or a warning about a row.
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
    let Tally { created, changed, unchanged, wrong, warnings } = tally;
    Said::Verdict(common::ImportVerdict { ok: wrong == 0, created, changed, unchanged, wrong, warnings })
}

/// It was applied.
pub fn import_applied(tally: Tally, feed_head: i64) -> Said {
    let Tally { created, changed, unchanged, .. } = tally;
    Said::Applied(common::ImportApplied { created, changed, unchanged, feed_head })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, expected) in [
            ("87.5", Some(Some(8750))),
            ("87.05", Some(Some(8705))),
            ("100", Some(Some(10_000))),
            ("0", Some(Some(0))),
            ("4.00", Some(Some(400))),
            ("-0.0", Some(Some(0))),
            ("-1", Some(None)),
            ("99999999999", Some(None)),
            ("87,5", None),
            ("87.555", None),
            ("87.", None),
            (".5", None),
            ("1e2", None),
            ("+5", None),
            ("٨٧", None),
            ("NaN", None),
            ("-", None),
        ] {
            assert_eq!(hundredths(text), expected, "{text}");
        }
    }
}
