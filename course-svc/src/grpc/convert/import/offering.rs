//! Rows of what is offered: courses, rooms, periods, classes, plans.

use proto::course::v1 as pb;

use super::cells::Cells;
use crate::app::import::row::{ClassBody, ClassKey, CourseBody, CourseKey, Row};
use crate::model::{Credits, RequirementKind};
use crate::reasons;
use crate::rules::period::PeriodState;
use crate::rules::plan_state::PlanState;
use crate::rules::schedule::Slot;
use crate::rules::window::{Scope, Window, WindowKind};

/// A row of `courses.csv`.
pub(super) fn course(cells: &mut Cells, row: &pb::CourseRow) -> Row {
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

/// A row of `rooms.csv`.
pub(super) fn room(cells: &mut Cells, row: &pb::RoomRow) -> Row {
    let code = cells.text("code", &row.code, 1, 20);
    let name = cells.text("name", &row.name, 0, 100);
    let capacity = cells.number("capacity", &row.capacity, (0, 10_000), Some(0));
    Row::Room { code, body: capacity.map(|capacity| (name, capacity)) }
}

/// A row of `windows.csv`.
pub(super) fn window(cells: &mut Cells, row: &pb::WindowRow) -> Row {
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

/// Natural key of a class; `None` with a fault for each part that cannot be read.
pub(super) fn class_key(
    cells: &mut Cells,
    period: &str,
    programme: &str,
    course: &str,
    name: &str,
) -> Option<ClassKey> {
    let before = cells.faults.len();
    let period = cells.period("period", period);
    let programme = cells.text("programme", programme, 1, 10);
    let code = cells.text("course", course, 1, 20);
    let name = cells.text("name", name, 1, 5);
    let sound = cells.faults.len() == before;
    period.filter(|_| sound).map(|period| ClassKey { period, course: CourseKey { programme, code }, name })
}

/// A row of `classes.csv`.
pub(super) fn class(cells: &mut Cells, row: &pb::ClassRow) -> Row {
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

/// A row of `meetings.csv`.
pub(super) fn meeting(cells: &mut Cells, row: &pb::MeetingRow) -> Row {
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

/// A row of `periods.csv`.
pub(super) fn period(cells: &mut Cells, row: &pb::PeriodRow) -> Row {
    Row::Period {
        code: cells.period("code", &row.code),
        state: cells.word("state", &row.state, PeriodState::parse, PeriodState::ALL.map(PeriodState::word)),
    }
}

/// States that a plan may have in a file.
const STATES: [PlanState; 4] = [PlanState::Draft, PlanState::Submitted, PlanState::Approved, PlanState::Locked];

/// A row of `plans.csv`.
pub(super) fn plan(cells: &mut Cells, row: &pb::PlanRow) -> Row {
    let nim = cells.text("nim", &row.nim, 1, 24);
    let key = class_key(cells, &row.period, &row.programme, &row.course, &row.name);
    let read = |word: &str| match word {
        "" => Some(None),
        word => STATES.into_iter().find(|state| state.word() == word).map(Some),
    };
    let state = cells.word("state", &row.state, read, STATES.map(PlanState::word));
    Row::Plan { nim, key, state: state.flatten() }
}
