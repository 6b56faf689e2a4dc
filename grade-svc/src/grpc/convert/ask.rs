//! Wire to domain: everything that is wrong with a request, at once. Fields are named without the wrapping message:
//! `steps[2].letter` of a scale, whichever request carries it.

use std::collections::HashSet;

use chassis::auth::Caller;
use chassis::error::FieldFault;
use chassis::id::is_id;
use proto::grade::v1 as pb;

use crate::app::put_components::PutComponents;
use crate::app::put_scores::{PutScores, RowInput};
use crate::error::Error;
use crate::model::Scale;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::scale::{self, MAX_LETTER, MAX_STEPS, Points, RepeatPolicy, Step, StepFault};
use crate::rules::score::Score;
use crate::rules::sheet::{Component, MAX_COMPONENTS, MAX_NAME, SheetState};
use crate::rules::text;
use crate::store::sheets::list::Filter;

/// Students of one command at most.
const ROWS: usize = 200;

/// Collects what is wrong.
#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn push(&mut self, field: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.0.push(FieldFault::new(field, reason, message));
    }

    /// The value, if nothing was wrong.
    fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Fields(self.0)),
        }
    }

    /// A text of `min` to `max` characters, without control characters and without spaces around it.
    fn text(&mut self, field: impl Into<String>, value: &str, min: usize, max: usize) -> String {
        if let Err(fault) = text::check(value, min, max) {
            self.push(field, fault.reason(), format!("wanted {min} to {max} characters"));
        }
        value.trim().to_owned()
    }

    fn number(&mut self, field: impl Into<String>, value: u32, min: u32, max: u32) -> u32 {
        if !(min..=max).contains(&value) {
            self.push(field, reasons::OUT_OF_RANGE, format!("wanted {min} to {max}"));
        }
        value
    }

    fn points(&mut self, field: impl Into<String>, value: u32) -> Option<Points> {
        let points = Points::from_hundredths(value);
        if points.is_none() {
            self.push(field, reasons::OUT_OF_RANGE, "wanted 0 to 400 hundredths");
        }
        points
    }

    fn score(&mut self, field: impl Into<String>, value: u32) -> Option<Score> {
        let score = Score::from_hundredths(value);
        if score.is_none() {
            self.push(field, reasons::SCORE_OUT_OF_RANGE, "wanted 0 to 10000 hundredths");
        }
        score
    }

    fn period(&mut self, field: impl Into<String>, code: &str) -> Option<PeriodCode> {
        let period = PeriodCode::parse(code);
        if period.is_none() {
            self.push(field, reasons::BAD_PERIOD, "wanted a start year and 1, 2 or 3");
        }
        period
    }
}

/// Of which programme; empty for all.
pub fn programme_filter(programme_id: &str) -> Result<String, Error> {
    let mut faults = Faults::default();
    let id = faults.text("programme_id", programme_id, 0, 36);
    faults.finish(Some(id))
}

/// Which sheets.
pub fn sheet_filter(request: &pb::ListSheetsRequest) -> Result<Filter, Error> {
    let mut faults = Faults::default();
    if !request.period_code.is_empty() {
        faults.period("period_code", &request.period_code);
    }
    let lecturer_id = faults.text("lecturer_id", &request.lecturer_id, 0, 36);
    let programme_id = faults.text("programme_id", &request.programme_id, 0, 36);
    let state = match pb::SheetState::try_from(request.state) {
        Ok(pb::SheetState::Unspecified) => "",
        Ok(pb::SheetState::Empty) => SheetState::Empty.word(),
        Ok(pb::SheetState::Draft) => SheetState::Draft.word(),
        Ok(pb::SheetState::Published) => SheetState::Published.word(),
        Err(_) => {
            faults.push("state", reasons::UNKNOWN_VALUE, "is none of the known values");
            ""
        }
    };
    faults.finish(Some(Filter { period: request.period_code.clone(), lecturer_id, programme_id, state }))
}

/// The components that a class shall have.
pub fn put_components(request: pb::PutComponentsRequest) -> Result<PutComponents, Error> {
    let mut faults = Faults::default();
    if !(1..=MAX_COMPONENTS).contains(&request.components.len()) {
        faults.push("components", reasons::OUT_OF_RANGE, format!("wanted 1 to {MAX_COMPONENTS} components"));
    }
    let component = |(n, component): (usize, &pb::Component)| Component {
        id: faults.text(format!("components[{n}].id"), &component.id, 0, 36),
        name: faults.text(format!("components[{n}].name"), &component.name, 1, MAX_NAME),
        weight: faults.number(format!("components[{n}].weight"), component.weight, 1, 100),
    };
    let components = request.components.iter().enumerate().map(component).collect();
    faults.finish(Some(PutComponents { class_id: request.class_id, components, version: request.version }))
}

/// Scores that a lecturer enters.
pub fn put_scores(request: pb::PutScoresRequest, caller: &Caller) -> Result<PutScores, Error> {
    let mut faults = Faults::default();
    if !(1..=ROWS).contains(&request.rows.len()) {
        faults.push("rows", reasons::OUT_OF_RANGE, format!("wanted 1 to {ROWS} students"));
    }
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(request.rows.len());
    for (n, row) in request.rows.into_iter().enumerate() {
        if !seen.insert(row.student_id.clone()) {
            faults.push(format!("rows[{n}].student_id"), reasons::NAMED_TWICE, "is in the list already");
        }
        if row.scores.len() > MAX_COMPONENTS {
            faults.push(format!("rows[{n}].scores"), reasons::OUT_OF_RANGE, format!("at most {MAX_COMPONENTS}"));
        }
        let mut named = HashSet::new();
        let mut scores = Vec::with_capacity(row.scores.len());
        for (m, score) in row.scores.into_iter().enumerate() {
            let field = format!("rows[{n}].scores[{m}]");
            if !named.insert(score.component_id.clone()) {
                faults.push(format!("{field}.component_id"), reasons::NAMED_TWICE, "is in the list already");
            }
            let value = score.score_hundredths.and_then(|value| faults.score(field, value));
            scores.push((score.component_id, value));
        }
        rows.push(RowInput { student_id: row.student_id, version: row.version, scores });
    }
    faults.finish(Some(PutScores { class_id: request.class_id, rows, by: caller.account_id.clone() }))
}

/// A scale as the registrar writes it.
pub fn scale_draft(scale: Option<pb::Scale>) -> Result<Scale, Error> {
    let scale = scale.unwrap_or_default();
    let mut faults = Faults::default();
    let programme_id = faults.text("programme_id", &scale.programme_id, 1, 36);
    if !programme_id.is_empty() && !is_id(&programme_id) {
        faults.push("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme");
    }
    let start = faults.period("start_period", &scale.start_period);
    let pass = faults.points("pass_points_hundredths", scale.pass_points_hundredths);
    let policy = match scale.repeat_policy() {
        pb::RepeatPolicy::Unspecified => None,
        pb::RepeatPolicy::Best => Some(RepeatPolicy::Best),
        pb::RepeatPolicy::Latest => Some(RepeatPolicy::Latest),
    };
    if policy.is_none() {
        faults.push("repeat_policy", reasons::UNKNOWN_VALUE, "is none of the known values");
    }
    let step = |(n, step): (usize, &pb::ScaleStep)| {
        let letter = faults.text(format!("steps[{n}].letter"), &step.letter, 1, MAX_LETTER);
        let min_score = faults.score(format!("steps[{n}].min_score_hundredths"), step.min_score_hundredths);
        let points = faults.points(format!("steps[{n}].points_hundredths"), step.points_hundredths);
        Some(Step { letter, min_score: min_score?, points: points? })
    };
    let steps: Vec<_> = scale.steps.iter().enumerate().map(step).collect();
    // The order is asked only of steps that can be read.
    let steps = steps.into_iter().collect::<Option<Vec<_>>>();
    for fault in steps.as_deref().map(scale::check).unwrap_or_default() {
        push_step(&mut faults, fault);
    }
    let draft = start.zip(pass).zip(policy.zip(steps)).map(|((start, pass), (policy, steps))| Scale {
        id: String::new(),
        programme_id,
        programme_code: String::new(),
        start,
        rules: scale::Scale { steps, pass, policy },
        version: scale.version,
    });
    faults.finish(draft)
}

fn push_step(faults: &mut Faults, fault: StepFault) {
    match fault {
        StepFault::Count => faults.push("steps", reasons::OUT_OF_RANGE, format!("wanted 1 to {MAX_STEPS} steps")),
        StepFault::Bound(n) => faults.push(
            format!("steps[{n}].min_score_hundredths"),
            reasons::STEPS_ORDER,
            "wanted less than the step before",
        ),
        StepFault::Points(n) => faults.push(
            format!("steps[{n}].points_hundredths"),
            reasons::STEPS_ORDER,
            "wanted at most what the step before is worth",
        ),
        StepFault::Letter(n) => {
            faults.push(format!("steps[{n}].letter"), reasons::NAMED_TWICE, "is in the list already");
        }
        StepFault::Lowest(n) => {
            faults.push(format!("steps[{n}].min_score_hundredths"), reasons::LOWEST_STEP, "wanted 0 for the lowest");
        }
    }
}
